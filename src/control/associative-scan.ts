/**
 * associativeScan: all prefix results of an associative operation, in O(log n) batched steps.
 *
 * Law: for an associative f, equals the sequential scan.
 * Source: Blelloch 1990, "Prefix sums and their applications", in the recursive odd–even form.
 */
import { fault, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { axisOf } from '../primitives/vocabulary/vocabulary'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor } from '../trace/tensor'
import { leavesOf, matching, unflatten } from '../transforms/arguments'
import type { Tensors } from '../transforms/types'
import { demandFunctions } from './body'

export interface AssociativeScanOptions {
  readonly axis?: number
  readonly reverse?: boolean
}

/** Elements from start by a step of two along an axis, up to `stop`. */
const every = (x: Tensor, axis: number, start: number, stop: number, step: number): Tensor =>
  ops.slice(x, x.shape.map((_, i) => (i === axis ? Math.min(start, stop) : 0)), x.shape.map((e, i) => (i === axis ? stop : e)), x.shape.map((_, i) => (i === axis ? step : 1)))

/** a₀ b₀ a₁ b₁ …; a has as many elements as b, or one more. */
function interleave(a: Tensor, b: Tensor, axis: number): Tensor {
  const zero = ops.full([], 0, a.dtype)
  const n = a.shape[axis]! + b.shape[axis]!
  const spread = (x: Tensor, low: number): Tensor => {
    const m = x.shape[axis]!
    const width = m === 0 ? 0 : 2 * m - 1
    return words.pad(x, zero, x.shape.map((_, i) => (i === axis ? [low, n - low - width, 1] : [0, 0, 0])))
  }
  return a.dtype === 'bool' ? ops.or(spread(a, 0), spread(b, 1)) : ops.add(spread(a, 0), spread(b, 1))
}

/**
 * [x₀, f(x₀, x₁), f(f(x₀, x₁), x₂), …] along an axis (default 0), over trees. f gets batches of elements and must be
 * associative; it keeps shapes and dtypes.
 * @example associativeScan((a, b) => np.add(a, b), np.array([1, 2, 3])) // => [1, 3, 6]
 */
export function associativeScan<T>(f: (a: Tensors<T>, b: Tensors<T>) => unknown, xs: T, options: AssociativeScanOptions = {}): Tensors<T> {
  demandFunctions('associativeScan', f)
  const leaves = leavesOf(xs, 'xs')
  demandOptions('associativeScan', options, ['reverse', 'axis'])
  const { reverse = false } = options
  const first = leaves.tensors[0]
  if (!first) return unflatten(leaves.def, []) as Tensors<T>
  const axes = leaves.tensors.map((t) => axisOf('associativeScan', options.axis ?? 0, t.ndim))
  const n = first.shape[axes[0]!]!
  leaves.tensors.forEach((t, i) => {
    if (t.shape[axes[i]!] !== n) raise(fault('shape', `associativeScan: arrays have ${n} and ${t.shape[axes[i]!]} elements along the axis`, 'All leaves must have one length along the axis.'))
  })
  const combine = (a: readonly Tensor[], b: readonly Tensor[]): readonly Tensor[] =>
    matching('associativeScan', f(unflatten(leaves.def, a) as Tensors<T>, unflatten(leaves.def, b) as Tensors<T>), 'result', leaves.def, a.map((t) => t.aval))
  const prefix = (x: readonly Tensor[], m: number): readonly Tensor[] => {
    if (m < 2) return x
    const pick = (start: number, stop: number): Tensor[] => x.map((t, i) => every(t, axes[i]!, start, stop, 2))
    // Pairs are combined, scanned, and give the odd places; each even place is one more step.
    const odd = prefix(combine(pick(0, m - (m % 2)), pick(1, m)), Math.floor(m / 2))
    const before = odd.map((t, i) => every(t, axes[i]!, 0, Math.ceil(m / 2) - 1, 1))
    const rest = m > 2 ? combine(before, pick(2, m)) : before
    const even = rest.map((t, i) => ops.concatenate([every(x[i]!, axes[i]!, 0, 1, 1), t], axes[i]!))
    return even.map((t, i) => interleave(t, odd[i]!, axes[i]!))
  }
  const turned = leaves.tensors.map((t, i) => (reverse ? ops.reverse(t, [axes[i]!]) : t))
  const out = prefix(turned, n)
  return unflatten(leaves.def, out.map((t, i) => (reverse ? ops.reverse(t, [axes[i]!]) : t))) as Tensors<T>
}
