/**
 * Products of arrays: matrix, inner, outer, tensor, Kronecker and cross products. All are bilinear.
 *
 * They lower to one general contraction; sums of products have the order that it fixes.
 * Example: np.matmul([[1, 2], [3, 4]], [1, 1]).toArray() // => [3, 7]
 */
import { fault, raise, shown } from '../data/errors'
import { demandOptions } from '../data/options'
import { range, showShape } from '../data/shape'
import { engine, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { alike, axisArg, axisIn, cut, integer, number } from './arguments'
import { expandDims } from './shaping'
import { demandKnown, named, numbersOf } from '../primitives/vocabulary/vocabulary'

const pairOf = (x: TensorLike, y: TensorLike): [Tensor, Tensor] => alike([x, y]).map(number) as [Tensor, Tensor]

/** The matrix product; ranks above 2 are batches that broadcast, a vector is a row on the left and a column on the right. */
export const matmul = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.matmul(x, y)
/** NumPy's dot: the sum over the last axis of x and the second-to-last of y. */
export const dot = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.dot(x, y)
/** The dot product of the raveled arrays. */
export function vdot(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pairOf(x, y)
  if (a.size !== b.size) raise(fault('shape', `vdot: shapes ${showShape(a.shape)} and ${showShape(b.shape)} have different sizes`, 'Give arrays with as many elements.'))
  return contracted(ops.reshape(a, [a.size]), ops.reshape(b, [b.size]), [0], [0])
}
/** The dot products of vectors along an axis (the last) of two arrays that broadcast. */
export function vecdot(x: TensorLike, y: TensorLike, axis: number | { readonly axis?: number } = -1): Tensor {
  const product = engine.vocabulary.multiply(x, y)
  return ops.sum(product, [axisIn('vecdot', axisArg<number>('vecdot', axis) ?? -1, product)])
}
/** A matrix with a vector, over the last axes. */
export const matvec = (x: TensorLike, y: TensorLike): Tensor => {
  const product = matmul(x, expandDims(y, -1))
  return ops.reshape(product, product.shape.slice(0, -1))
}
/** The sum over the last axes of both. */
export function inner(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pairOf(x, y)
  if (a.ndim === 0 || b.ndim === 0) return ops.mul(a, b)
  if (a.shape[a.ndim - 1] !== b.shape[b.ndim - 1]) raise(fault('shape', `inner: shapes ${showShape(a.shape)} and ${showShape(b.shape)} differ in their last extents`, 'The last extents must be equal.'))
  return contracted(a, b, [a.ndim - 1], [b.ndim - 1])
}
/** All products of an element of x with one of y: shape [x.size, y.size]. */
export function outer(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pairOf(x, y)
  const shape = [a.size, b.size]
  return ops.mul(ops.broadcast(ops.reshape(a, [a.size]), shape, [0]), ops.broadcast(ops.reshape(b, [b.size]), shape, [1]))
}

const contracted = (a: Tensor, b: Tensor, lhsContract: readonly number[], rhsContract: readonly number[]): Tensor =>
  ops.dot(a, b, { lhsContract, rhsContract, lhsBatch: [], rhsBatch: [] })

type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]]
/** The sum over pairs of axes: the last n of x with the first n of y (default 2), or the two given lists. */
export function tensordot(x: TensorLike, y: TensorLike, axes: TensordotAxes | { readonly axes?: TensordotAxes } = 2): Tensor {
  const [a, b] = pairOf(x, y)
  const given = named<{ axes: TensordotAxes }>('tensordot', ['axes'], [axes]).axes ?? 2
  const rank = Math.min(a.ndim, b.ndim)
  demandKnown(given, 'tensordot', 'axes')
  if (typeof given === 'number' ? integer('tensordot', 'axes', given, 0) > rank : !Array.isArray(given) || given.length !== 2)
    raise(fault('axis', `tensordot: axes ${shown(given)} for arrays of ranks ${a.ndim} and ${b.ndim}`, `Give a number of axes up to ${rank}, or a pair of lists of axes.`))
  const list = (v: number | readonly number[], of: Tensor): number[] => numbersOf('tensordot', v).map((k) => axisIn('tensordot', k, of))
  const [l, r] = typeof given === 'number' ? [range(given, a.ndim - given), range(given)] : [list(given[0], a), list(given[1], b)]
  if (l.length !== r.length || l.some((k, i) => a.shape[k] !== b.shape[r[i]!]))
    raise(fault('shape', `tensordot: axes ${showShape(l)} of ${showShape(a.shape)} do not fit axes ${showShape(r)} of ${showShape(b.shape)}`, 'Paired axes must have equal extents.'))
  return contracted(a, b, l, r)
}

/** The Kronecker product: every element of x times the whole of y. */
export function kron(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pairOf(x, y)
  const rank = Math.max(a.ndim, b.ndim)
  const full = (t: Tensor): number[] => [...new Array<number>(rank - t.ndim).fill(1), ...t.shape]
  const [p, q] = [full(a), full(b)]
  const shape = range(rank).flatMap((i) => [p[i]!, q[i]!])
  const spread = (t: Tensor, extents: number[], odd: number): Tensor => ops.broadcast(ops.reshape(t, extents), shape, range(rank).map((i) => 2 * i + odd))
  return ops.reshape(ops.mul(spread(a, p, 0), spread(b, q, 1)), range(rank).map((i) => p[i]! * q[i]!))
}

export interface CrossOptions {
  readonly axisa?: number
  readonly axisb?: number
  readonly axisc?: number
  /** Stands for all three. */
  readonly axis?: number
}
/** The cross product of vectors of 3 (or 2, the third being 0) along the last axes; of two plane vectors, the third component. */
export function cross(x: TensorLike, y: TensorLike, options: CrossOptions = {}): Tensor {
  demandOptions('cross', options, ['axisa', 'axisb', 'axisc', 'axis'])
  const last = (t: Tensor, axis: number | undefined): Tensor[] => {
    const at = axisIn('cross', options.axis ?? axis ?? -1, t)
    const n = t.shape[at]!
    if (n !== 2 && n !== 3) raise(fault('shape', `cross: vectors of ${n} along axis ${at} of ${showShape(t.shape)}`, 'Vectors have 2 or 3 components.'))
    const shape = t.shape.filter((_, i) => i !== at)
    return range(n).map((i) => ops.reshape(cut(t, at, i, i + 1), shape))
  }
  const [a, b] = pairOf(x, y)
  const [p, q] = [last(a, options.axisa), last(b, options.axisb)]
  const mul = engine.vocabulary.multiply
  const minus = engine.vocabulary.subtract
  const part = (i: number, j: number): Tensor => {
    const [left, right] = [p[i] && q[j] ? mul(p[i], q[j]) : undefined, p[j] && q[i] ? mul(p[j], q[i]) : undefined]
    if (left && right) return minus(left, right)
    return left ?? ops.neg(right!)
  }
  const z = part(0, 1)
  if (p.length === 2 && q.length === 2) return z
  const shape = z.shape
  const at = axisIn('cross', options.axis ?? options.axisc ?? -1, { ndim: shape.length + 1 })
  const thick = [...shape.slice(0, at), 1, ...shape.slice(at)]
  return ops.concatenate([part(1, 2), part(2, 0), z].map((c) => ops.reshape(c, thick)), at)
}

