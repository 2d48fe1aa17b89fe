/**
 * Running reductions and the linear recurrence. The element before element k along an axis stands `inner` places before
 * it, so that one loop over a block serves all its lines at once, in the order of memory.
 */
import * as math from '../../compile/math/functions'
import { onNumber } from '../../compile/scalar'
import { size, type Shape } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import { codeOf, settle, settledProduct } from './element'
import { recurrenceCode, runningCode, type Run, type RunningOp } from './running.code'

/** One block of lines: elements at `begin`, `begin + step`, …, each joined to the one `back` before it. */
interface Sweep {
  readonly blocks: number
  readonly stride: number
  /** Where the first elements of the lines stand, and how many lines there are. */
  readonly head: number
  readonly inner: number
  readonly begin: number
  readonly count: number
  readonly step: 1 | -1
  readonly back: number
}

function sweepOf(shape: Shape, { axis, reverse }: Run): Sweep {
  const n = shape[axis]!
  const inner = n === 0 ? 0 : size(shape.slice(axis + 1))
  const rest = { blocks: size(shape.slice(0, axis)), stride: n * inner, inner, count: Math.max(0, n - 1) * inner }
  return reverse
    ? { ...rest, head: (n - 1) * inner, begin: (n - 1) * inner - 1, step: -1, back: -inner }
    : { ...rest, head: 0, begin: inner, step: 1, back: inner }
}

type Join = (to: Float64Array, from: Float64Array, begin: number, count: number, step: number, back: number, code: number) => void

const larger = (a: number, b: number): number => (a >= b || a !== a ? a : b)
const smaller = (a: number, b: number): number => (a <= b || a !== a ? a : b)

/**
 * A single line keeps its state in a register; side by side, the states of the lines are the elements before. Sums and
 * products of float64 have loops of their own: what rounds to other dtypes would slow them.
 */
const join: { readonly [K in Exclude<RunningOp, 'logaddexp'>]: Join } = {
  add: (to, from, begin, count, step, back, code) => {
    if (code === 0) addFloats(to, from, begin, count, step, back)
    else if (back === step) for (let c = 0, k = begin, s = to[k - step]!; c < count; c++, k += step) to[k] = s = settle(code, s + from[k]!)
    else for (let c = 0, k = begin; c < count; c++, k += step) to[k] = settle(code, to[k - back]! + from[k]!)
  },
  mul: (to, from, begin, count, step, back, code) => {
    if (code === 0) multiplyFloats(to, from, begin, count, step, back)
    else if (back === step) for (let c = 0, k = begin, s = to[k - step]!; c < count; c++, k += step) to[k] = s = settledProduct(code, s, from[k]!)
    else for (let c = 0, k = begin; c < count; c++, k += step) to[k] = settledProduct(code, to[k - back]!, from[k]!)
  },
  max: (to, from, begin, count, step, back) => {
    if (back === step) for (let c = 0, k = begin, s = to[k - step]!; c < count; c++, k += step) to[k] = s = larger(s, from[k]!)
    else for (let end = begin + count * step, k = begin | 0, q = (begin - back) | 0; k !== end; k = (k + step) | 0, q = (q + step) | 0) to[k] = larger(to[q]!, from[k]!)
  },
  min: (to, from, begin, count, step, back) => {
    if (back === step) for (let c = 0, k = begin, s = to[k - step]!; c < count; c++, k += step) to[k] = s = smaller(s, from[k]!)
    else for (let end = begin + count * step, k = begin | 0, q = (begin - back) | 0; k !== end; k = (k + step) | 0, q = (q + step) | 0) to[k] = smaller(to[q]!, from[k]!)
  },
}

function addFloats(to: Float64Array, from: Float64Array, begin: number, count: number, step: number, back: number): void {
  const end = begin + count * step
  let k = begin | 0
  let q = (begin - back) | 0
  if (back === step) for (let s = to[q]!; k !== end; k = (k + step) | 0) to[k] = s += from[k]!
  else for (; k !== end; k = (k + step) | 0, q = (q + step) | 0) to[k] = to[q]! + from[k]!
}

function multiplyFloats(to: Float64Array, from: Float64Array, begin: number, count: number, step: number, back: number): void {
  const end = begin + count * step
  let k = begin | 0
  let q = (begin - back) | 0
  if (back === step) for (let s = to[q]!; k !== end; k = (k + step) | 0) to[k] = s *= from[k]!
  else for (; k !== end; k = (k + step) | 0, q = (q + step) | 0) to[k] = to[q]! * from[k]!
}

const exp = onNumber(math.exp)
const log = onNumber(math.log)

/** log Σ eˣ so far, by the largest element so far and Σ e^(x − largest), for each line. */
function logSumExp(shape: Shape, run: Run, code: number): (from: Float64Array, to: Float64Array) => void {
  const s = sweepOf(shape, run)
  const n = shape[run.axis]!
  const top = new Float64Array(s.inner)
  const rest = new Float64Array(s.inner)
  return (from, to) => {
    for (let block = 0; block < s.blocks; block++) {
      top.fill(-Infinity)
      rest.fill(0)
      for (let i = 0, at = block * s.stride + s.head; i < n; i++, at += s.back)
        for (let j = 0; j < s.inner; j++) {
          const x = from[at + j]!
          if (x > top[j]!) {
            rest[j] = rest[j]! * exp(top[j]! - x) + 1
            top[j] = x
          } else rest[j] = rest[j]! + (x === top[j] ? 1 : exp(x - top[j]!))
          // Alone, an element stays what it is: −0 + log 1 is not −0.
          to[at + j] = rest[j] === 1 ? top[j]! : settle(code, top[j]! + log(rest[j]!))
        }
    }
  }
}

export const runningKernel = (op: RunningOp): KernelSpec => ({
  ...opaque(([x], _outs, run: Run) => {
    const code = codeOf(x!.dtype)
    if (op === 'logaddexp') {
      const go = logSumExp(x!.shape, run, code)
      return ([from], [to]) => go(from!, to!)
    }
    const { blocks, stride, head, inner, begin, count, step, back } = sweepOf(x!.shape, run)
    const go = join[op]
    return ([from], [to]) => {
      for (let b = 0, base = 0; b < blocks; b++, base += stride) {
        for (let j = base + head; j < base + head + inner; j++) to![j] = from![j]!
        go(to!, from!, base + begin, count, step, back, code)
      }
    }
  }),
  ...(op !== 'logaddexp' && { code: runningCode(op) }),
})

function recur(to: Float64Array, a: Float64Array, b: Float64Array, begin: number, count: number, step: number, back: number): void {
  const end = begin + count * step
  let k = begin | 0
  let q = (begin - back) | 0
  if (back === step) for (let s = to[q]!; k !== end; k = (k + step) | 0) to[k] = s = a[k]! * s + b[k]!
  else for (; k !== end; k = (k + step) | 0, q = (q + step) | 0) to[k] = a[k]! * to[q]! + b[k]!
}

/** tᵢ = aᵢ tᵢ₋₁ + bᵢ; a₀ is not looked at. */
export const recurrenceKernel: KernelSpec = { ...opaque(([x], _outs, run: Run) => {
  const code = codeOf(x!.dtype)
  const { blocks, stride, head, inner, begin, count, step, back } = sweepOf(x!.shape, run)
  return ([a, b], [to]) => {
    for (let block = 0, base = 0; block < blocks; block++, base += stride) {
      for (let j = base + head; j < base + head + inner; j++) to![j] = b![j]!
      if (code === 0) recur(to!, a!, b!, base + begin, count, step, back)
      else for (let c = 0, k = base + begin; c < count; c++, k += step) to![k] = settle(code, settledProduct(code, a![k]!, to![k - back]!) + b![k]!)
    }
  }
}), code: recurrenceCode }
