/**
 * Reductions of whole arrays, line by line, in the order that closure/monoid.ts states.
 *
 * Law: the bits are those of a fused reduction: chunks of 128 over eight lanes, combined like carries of a binary counter.
 * Reduced axes are taken group by group, the last one first; between two of them a float32 sum is not rounded.
 */
import { isFloat, type DType } from '../../data/dtype'
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { ReduceOp } from '../../ir/kernel'
import { passes, whole } from '../loop/views'
import { inArray, inRegister, type Builder, type Place } from './builder'
import { rounding } from './loops'

/** n elements from `at` on, `step` apart, as one. */
type Line = (a: Float64Array, at: number, step: number, n: number) => number

const chunk = 128

const sum: Line = (a, at, step, n) => {
  let t = 0, u = 0, v = 0, w = 0, x = 0, y = 0, z = 0, o = 0
  const eight = 8 * step
  let i = at
  let k = n
  for (; k > 7; k -= 8, i += eight) {
    t += a[i]
    u += a[i + step]
    v += a[i + 2 * step]
    w += a[i + 3 * step]
    x += a[i + 4 * step]
    y += a[i + 5 * step]
    z += a[i + 6 * step]
    o += a[i + 7 * step]
  }
  let s = t + u + (v + w) + (x + y + (z + o))
  for (; k > 0; k--, i += step) s += a[i]
  return s
}

const product: Line = (a, at, step, n) => {
  let t = 1, u = 1, v = 1, w = 1, x = 1, y = 1, z = 1, o = 1
  const eight = 8 * step
  let i = at
  let k = n
  for (; k > 7; k -= 8, i += eight) {
    t *= a[i]
    u *= a[i + step]
    v *= a[i + 2 * step]
    w *= a[i + 3 * step]
    x *= a[i + 4 * step]
    y *= a[i + 5 * step]
    z *= a[i + 6 * step]
    o *= a[i + 7 * step]
  }
  let s = t * u * (v * w) * (x * y * (z * o))
  for (; k > 0; k--, i += step) s *= a[i]
  return s
}

const largest: Line = (a, at, step, n) => {
  let x = -Infinity, y = -Infinity
  let i = at
  for (let k = n >> 1; k > 0; k--, i += 2 * step) {
    x = Math.max(x, a[i])
    y = Math.max(y, a[i + step])
  }
  return Math.max(x, y, n % 2 === 1 ? a[i] : y)
}

/** One after another, where the order does not matter. */
const folded = (f: (x: number, y: number) => number, unit: number): Line => (a, at, step, n) => {
  let x = unit
  for (let k = n, i = at; k > 0; k--, i += step) x = f(x, a[i])
  return x
}

/** Chunks of a line, which combine pairwise, and what is left at the end from the last to the first. */
const ordered = (f: Line, join: (x: number, y: number) => number): Line => (a, at, step, n) => {
  if (n <= chunk) return f(a, at, step, n)
  const levels: number[] = []
  for (let from = 0; from < n; from += chunk) {
    let s = f(a, at + from * step, step, Math.min(chunk, n - from))
    for (let k = from / chunk; k % 2 === 1; k = (k - 1) / 2) s = join(levels.pop()!, s)
    levels.push(s)
  }
  return levels.reduceRight((s, x) => join(x, s))
}

const min = folded(Math.min, Infinity)
const and = folded((x, y) => x & y, 1)
const or = folded((x, y) => x | y, 0)
const floats: { readonly [K in ReduceOp]: Line } = { add: ordered(sum, (x, y) => x + y), mul: ordered(product, (x, y) => x * y), max: largest, min, and, or }
/** Integers wrap. */
const integers: { readonly [K in ReduceOp]: Line } = { ...floats, add: folded((x, y) => (x + y) | 0, 0), mul: folded(Math.imul, 1) }

/** The value of an empty reduction. */
function unit(op: ReduceOp, d: DType): number {
  if (op === 'mul' || op === 'and') return 1
  if (op === 'add' || op === 'or') return 0
  const [low, high] = isFloat(d) ? [-Infinity, Infinity] : d === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, d === 'bool' ? 1 : 2 ** 32 - 1]
  return op === 'max' ? low : high
}

export function reduced(b: Builder, operand: Place, x: Aval, out: Aval, op: ReduceOp, axes: readonly number[]): Place {
  if (size(x.shape) === 0) return b.constant(unit(op, out.dtype))
  const line = (isFloat(out.dtype) ? floats : integers)[op]
  const list = passes(x.shape, axes)
  let place = operand
  list.forEach(({ outer, length, inner }, i) => {
    const round = op !== 'add' && op !== 'mul' ? undefined : isFloat(out.dtype) && i < list.length - 1 ? undefined : rounding[out.dtype]
    if (place._tag === 'Number') {
      if (op !== 'add' && op !== 'mul') return
      // One number throughout: its line is every line.
      const { at } = place
      const to = b.register()
      b.step((m) => {
        m[0]![to] = line(m[0]!, at, 0, length)
        round?.(m[0]!, to, m[0]!, to, 1)
      }, [], [])
      place = inRegister(to)
      return
    }
    const { buffer, offset } = b.contiguous(place, outer * length * inner)
    const n = outer * inner
    const to = n > 1 ? b.array(n) : 0
    const at = n > 1 ? 0 : b.register()
    b.step((m, take) => {
      const o = to > 0 ? take(to) : m[0]!
      const a = m[buffer]!
      for (let k = 0, p = offset, e = at; k < outer; k++, p += length * inner) for (let c = 0; c < inner; c++) o[e++] = line(a, p + c, inner, length)
      round?.(o, at, o, at, n)
    }, [buffer], to > 0 ? [to] : [])
    place = to > 0 ? inArray(whole(to, [n])) : inRegister(at)
  })
  return place._tag === 'Array' ? inArray(b.strided(place, out.shape)) : place
}
