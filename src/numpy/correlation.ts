/**
 * The correlation of lines as one primitive: outᵢ = Σⱼ a[i + j − before] v[j] over those j for which a has an element. Bilinear.
 *
 * Law: where the two overlap completely it is the product of the windows of a, none of which is copied, and v, in the order of
 * products (compile/tiles.ts). Beyond its ends a has no elements: nothing is multiplied there, so that an infinity in v stays
 * out of the sums that it is no term of. Both transposes are correlations again: of the cotangent and v reversed, and of a and
 * the cotangent.
 */
import { right } from 'fp-ts/Either'
import { written, toRegister } from '../compile/loop/operation'
import { contiguous } from '../compile/loop/place'
import type { Lowering } from '../compile/loop/places'
import type { Factor } from '../compile/loop/types'
import { block } from '../compile/tiles'
import { coerce, type DType } from '../data/dtype'
import { range, sameShape, showShape, size } from '../data/shape'
import { opaque } from '../ir/kernel'
import type { CoreOps, Primitive } from '../ir/types'
import { isLinear, isZero, type Value } from '../ir/value'
import { bad, definePrimitive, number } from '../primitives/define'

/** How far the first window begins before a, and how far the last one ends after it; negative: inside. */
type Overhang = {
  readonly before?: number
  readonly after?: number
}

/** Of lines [batch…, n] and [batch…, m]: how many there are, n, m and the length of the results. */
const extents = (a: { readonly shape: readonly number[] }, v: { readonly shape: readonly number[] }, { before = 0, after = 0 }: Overhang): readonly [lines: number, n: number, m: number, count: number] => {
  const last = a.shape.length - 1
  const [n, m] = [a.shape[last]!, v.shape[last]!]
  return [size(a.shape.slice(0, last)), n, m, n + before + after - m + 1]
}

/** The terms of sum i: from which j on, and up to which (of lines of n and m elements). */
const first = (i: number, before: number): number => Math.max(0, before - i)
const end = (i: number, before: number, n: number, m: number): number => Math.min(m, n + before - i)

/** Σₗ x[p + l] y[q + l] over n terms, and four such sums for p, p + 1, p + 2 and p + 3. */
type Sum = (x: Float64Array, p: number, y: Float64Array, q: number, n: number) => number
type Sums = (x: Float64Array, p: number, y: Float64Array, q: number, n: number) => void
const four = new Float64Array(4)

const one64: Sum = (x, p, y, q, n) => {
  let a = 0
  for (let l = 0; l < n; l++) a += x[p + l]! * y[q + l]!
  return a
}
const four64: Sums = (x, p, y, q, n) => {
  let a = 0, b = 0, c = 0, d = 0
  let r = x[p]!, s = x[p + 1]!, t = x[p + 2]!
  for (let l = 0; l < n; l++) {
    const u = x[p + l + 3]!, z = y[q + l]!
    a += r * z
    b += s * z
    c += t * z
    d += u * z
    r = s
    s = t
    t = u
  }
  four[0] = a
  four[1] = b
  four[2] = c
  four[3] = d
}
const one32: Sum = (x, p, y, q, n) => {
  let a = 0
  for (let l = 0; l < n; l++) a = Math.fround(a + Math.fround(x[p + l]! * y[q + l]!))
  return a
}
const four32: Sums = (x, p, y, q, n) => {
  let a = 0, b = 0, c = 0, d = 0
  let r = x[p]!, s = x[p + 1]!, t = x[p + 2]!
  for (let l = 0; l < n; l++) {
    const u = x[p + l + 3]!, z = y[q + l]!
    a = Math.fround(a + Math.fround(r * z))
    b = Math.fround(b + Math.fround(s * z))
    c = Math.fround(c + Math.fround(t * z))
    d = Math.fround(d + Math.fround(u * z))
    r = s
    s = t
    t = u
  }
  four[0] = a
  four[1] = b
  four[2] = c
  four[3] = d
}
/** Of integers, modulo 2³². */
const oneWord: Sum = (x, p, y, q, n) => {
  let a = 0
  for (let l = 0; l < n; l++) a = (a + Math.imul(x[p + l]!, y[q + l]!)) | 0
  return a
}
const fourWords: Sums = (x, p, y, q, n) => {
  for (let r = 0; r < 4; r++) four[r] = oneWord(x, p + r, y, q, n)
}
const loops = (d: DType): readonly [one: Sum, four: Sums] => (d === 'float64' ? [one64, four64] : d === 'float32' ? [one32, four32] : [oneWord, fourWords])

/**
 * The sums of one line. Four neighbours share the terms that all of them have, in blocks; what one has before these or after
 * them is a block of its own.
 */
function line(dtype: DType, x: Float64Array, p: number, n: number, y: Float64Array, q: number, m: number, before: number, o: Float64Array, to: number, count: number): void {
  const [one, many] = loops(dtype)
  const add = (i: number, from: number, stop: number): void => {
    if (stop > from) o[to + i] = coerce(dtype, o[to + i]! + one(x, p + i + from - before, y, q + from, stop - from))
  }
  const ahead = Math.min(count, Math.max(0, before))
  o.fill(0, to, to + count)
  for (let i = 0; i < count; ) {
    const from = i < ahead ? before - i : 0
    const stop = Math.min(m, n + before - i - 3)
    if (i + 4 > count || from >= stop) {
      for (let j = from, last = end(i, before, n, m); j < last; j += block) add(i, j, Math.min(last, j + block))
      i++
      continue
    }
    if (from > 0) for (let r = 1; r < 4; r++) add(i + r, first(i + r, before), from)
    for (let j = from; j < stop; j += block) {
      many(x, p + i + j - before, y, q + j, Math.min(block, stop - j))
      const at = to + i
      for (let r = 0; r < 4; r++) o[at + r] = o[at + r]! + four[r]!
      if (dtype !== 'float64') for (let r = 0; r < 4; r++) o[at + r] = coerce(dtype, o[at + r]!)
    }
    if (stop < m) for (let r = 0; r < 3; r++) add(i + r, stop, end(i + r, before, n, m))
    i += 4
  }
}

/** As a product of matrices whose rows overlap in memory. */
const lowering: Lowering = (b, places, { eqn, ins, outs }, avals) => {
  const [a, v, out] = [...ins, ...outs].map((i) => avals[i]!)
  const [lines, n, m, count] = extents(a!, v!, eqn.params)
  if (m < 2 || eqn.params['before'] || eqn.params['after']) return false
  const factor = (value: number, length: number, free: number): Factor => {
    const { buffer, offset } = contiguous(b, places.of(value), lines * length)
    return { from: { _tag: 'Buffer', buffer }, offset, batch: range(lines).map((i) => i * length), free, contract: 1 }
  }
  const [x, y] = [factor(ins[0]!, n, 1), factor(ins[1]!, m, 0)]
  const at = b.steps.length
  const [target, place] = lines * count > 1 ? written(b, lines * count, out!.shape, at) : toRegister(b, at)
  b.append({ _tag: 'Dot', x, y, batch: lines, m: count, n: 1, k: m, dtype: out!.dtype, target })
  places.put(outs[0]!, place)
  return true
}

const lastAxis = (v: { readonly aval: { readonly shape: readonly number[] } }): number => v.aval.shape.length - 1

/**
 * The correlation of a and v with windows over both ends of a. Those that lie in a are a product; the others, on each side, are
 * sums of their own.
 */
export function correlated<T extends Value>(ops: CoreOps, a: T, v: T, before = 0, after = 0): T {
  const k = lastAxis(a)
  const [, n, m] = extents(a.aval, v.aval, {})
  const bound = (x: Value, overhang: Overhang): Value => ops.bind(correlation, [x, v], overhang)[0]!
  if (n < m || before < 0 || after < 0 || before >= m || after >= m) return bound(a, { before, after }) as T
  const cut = (from: number, to: number): Value => ops.slice(a, a.aval.shape.map((_, i) => (i === k ? from : 0)), a.aval.shape.map((e, i) => (i === k ? to : e)))
  const parts = [before > 0 ? [bound(cut(0, m - 1), { before, after: 0 })] : [], [bound(a, { before: 0, after: 0 })], after > 0 ? [bound(cut(n - m + 1, n), { before: 0, after })] : []].flat()
  return (parts.length === 1 ? parts[0] : ops.concatenate(parts, k)) as T
}

/** Lines a [batch…, n] and v [batch…, m]: [batch…, n + before + after − m + 1]. */
export const correlation: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'correlation',
  shape: ([a, v], overhang: Overhang) => {
    const last = a!.shape.length - 1
    const fits = last >= 0 && v!.shape.length === last + 1 && sameShape(a!.shape.slice(0, last), v!.shape.slice(0, last)) && v!.shape[last]! >= 1 && extents(a!, v!, overhang)[3] >= 1
    if (!fits) return bad('shape', `correlation: shapes ${showShape(a!.shape)} and ${showShape(v!.shape)}`, 'Give lines, the second ones no longer than the first with what they may hang over.')
    if (a!.dtype !== v!.dtype || !number(a!.dtype)) return bad('dtype', `correlation: dtypes ${a!.dtype} and ${v!.dtype}`, 'Convert both to one number dtype with np.astype.')
    return right([{ shape: [...a!.shape.slice(0, last), extents(a!, v!, overhang)[3]], dtype: a!.dtype, weak: a!.weak && v!.weak }])
  },
  kernel: {
    ...opaque(([a, v], _outs, overhang: Overhang) => {
      const [lines, n, m, count] = extents(a!, v!, overhang)
      return ([x, y], [o]) => {
        for (let l = 0; l < lines; l++) line(a!.dtype, x!, l * n, n, y!, l * m, m, overhang.before ?? 0, o!, l * count, count)
      }
    }),
    lowering,
  },
  jvp: (ops, [a, v], _y, [da, dv], overhang: Overhang) => {
    const by = (x: Value, y: Value): Value => ops.bind(correlation, [x, y], overhang)[0]!
    return isZero(da!) ? by(a!, dv!) : isZero(dv!) ? by(da!, v!) : ops.add(by(da!, v!), by(a!, dv!))
  },
  transpose: (ops, [ct], [a, v], { before = 0, after = 0 }: Overhang) => {
    if (!isLinear(a!)) return [null, correlated(ops, a!, ct!, before, after)]
    const around = v!.aval.shape[lastAxis(v!)]! - 1
    return [correlated(ops, ct!, ops.reverse(v!, [lastAxis(v!)]), around - before, around - after), null]
  },
  batch: (ops, operands, batched, overhang: Overhang, n) => {
    const [a, v] = operands.map((o, i) => (batched[i] ? o : ops.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1)))) as [Value, Value]
    return ops.bind(correlation, [a, v], overhang)
  },
  linear: { each: [0, 1] },
  // All that a window holds, and what it is multiplied by.
  pattern: (sets, [a, v], overhang: Overhang, [out]) => {
    const [, n, m, count] = extents(a!.aval, v!.aval, overhang)
    const before = overhang.before ?? 0
    return [Int32Array.from({ length: size(out!.shape) }, (_, at) => {
      const [l, i] = [Math.floor(at / count), at % count]
      const [from, to] = [first(i, before), end(i, before, n, m)]
      const joined = (s: Int32Array | null, start: number): number => (s && from < to ? sets.unionAll(s.slice(start + from, start + to)) : 0)
      return sets.union(joined(a!.sets, l * n + i - before), joined(v!.sets, l * m))
    })]
  },
  // Products, of which term j takes part in all sums after it; sums of 256 are added in blocks, and those at the ends to them.
  rounding: (ops, [a, v], _outs, overhang: Overhang) => {
    const { shape, dtype } = v!.aval
    const m = shape[shape.length - 1]!
    const late = ops.min(ops.sub(m + 2, ops.convert(ops.iota(shape, 'int32', shape.length - 1), dtype)), Math.min(m + 1, 259 + m / 256))
    return ops.bind(correlation, [ops.abs(a!), ops.mul(ops.abs(v!), late)], overhang)
  },
  cost: ([, v], [out]) => 2 * size(out!.shape) * v!.shape[v!.shape.length - 1]!,
})
