/**
 * Norms of vectors and matrices, and the condition number.
 *
 * Law: ‖c x‖ = |c| ‖x‖. The Euclidean norms have the derivative 0 at 0 (the subgradient of least norm), never NaN; norms by
 * singular values leave vanishing ones out.
 * Example: linalg.norm([3, 4]) // => 5
 */
import { fault, raise, shown } from '../data/errors'
import { demandOptions } from '../data/options'
import { range, showShape } from '../data/shape'
import { axesOf, axisIn, demandKnown, float, named, numbersOf, reshaped } from '../numpy/arguments'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { columnCount, matrix } from './arguments'
import { svdvals } from './factors'
import { inv } from './solving'

export type Order = number | 'fro' | 'nuc' | null

export interface NormOptions {
  /** Vectors: any number, ±Infinity, 0 counts; matrices: 'fro', 'nuc', ±1, ±2, ±Infinity. Default Euclidean. */
  readonly ord?: Order
  /** One axis: vectors along it. Two: matrices. Absent: all elements, by `ord` as a vector or a matrix. */
  readonly axis?: number | readonly number[] | null
  readonly keepdims?: boolean
}

/** √Σ x², with derivative 0 at 0. */
function euclidean(x: Tensor, axes: readonly number[]): Tensor {
  const squares = ops.sum(ops.mul(x, x), axes)
  const gone = ops.eq(squares, 0)
  return ops.select(gone, 0, ops.sqrt(ops.select(gone, 1, squares)))
}

/** |x|^p, with derivative 0 at 0. */
function powers(x: Tensor, p: number): Tensor {
  if (Number.isInteger(p) && p > 0 && p % 2 === 0) return ops.integerPow(x, p)
  const size = ops.abs(x)
  if (p < 0) return ops.pow(size, p)
  const gone = ops.eq(size, 0)
  return ops.select(gone, 0, ops.pow(ops.select(gone, 1, size), p))
}

function ofVectors(name: string, x: Tensor, ord: Order, axes: readonly number[]): Tensor {
  if (ord === null || ord === 2) return euclidean(x, axes)
  if (typeof ord !== 'number' || ord !== ord) return unknown(name, ord, 'a vector')
  if (ord === Infinity) return ops.reduceMax(ops.abs(x), axes)
  if (ord === -Infinity) return ops.reduceMin(ops.abs(x), axes)
  if (ord === 0) return ops.sum(ops.convert(ops.ne(x, 0), x.dtype), axes)
  if (ord === 1) return ops.sum(ops.abs(x), axes)
  const sum = ops.sum(powers(x, ord), axes)
  const gone = ops.eq(sum, 0)
  return ops.select(gone, 0, ops.pow(ops.select(gone, 1, sum), 1 / ord))
}

const unknown = (name: string, ord: Order, what: string): never =>
  raise((demandKnown(ord, name, 'the order'), fault('shape', `${name}: order ${shown(ord)} of ${what}`, "Vectors have any number as order, matrices 'fro', 'nuc', 1, 2, Infinity and their negatives.")))

/** Singular values, with derivative 0 where they are 0. */
function singular(x: Tensor): Tensor {
  const s = svdvals(x)
  return ops.select(ops.eq(s, 0), words.stopGradient(s), s)
}

/** Of the last two axes. */
function ofMatrices(name: string, x: Tensor, ord: Order): Tensor {
  const [row, column] = [x.ndim - 2, x.ndim - 1]
  switch (ord) {
    case null:
    case 'fro':
      return euclidean(x, [row, column])
    case 'nuc':
      return ops.sum(singular(x), [row])
    case 2:
      return ops.reduceMax(singular(x), [row])
    case -2:
      return ops.reduceMin(singular(x), [row])
    case 1:
      return ops.reduceMax(ops.sum(ops.abs(x), [row]), [row])
    case -1:
      return ops.reduceMin(ops.sum(ops.abs(x), [row]), [row])
    case Infinity:
      return ops.reduceMax(ops.sum(ops.abs(x), [column]), [row])
    case -Infinity:
      return ops.reduceMin(ops.sum(ops.abs(x), [column]), [row])
    default:
      return unknown(name, ord, 'a matrix')
  }
}

/**
 * A norm: of all elements (Euclidean), of vectors along one axis, or of matrices in two.
 * @example linalg.norm([[3, 0], [0, 4]], 'nuc') // => 7
 */
export function norm(x: TensorLike, ord?: Order | NormOptions, axis?: number | readonly number[] | null, keepdims?: boolean): Tensor {
  const o = named<NormOptions>('norm', ['ord', 'axis', 'keepdims'], [ord ?? undefined, axis, keepdims])
  const a = float(x)
  const order = o.ord ?? null
  if (o.axis === undefined || o.axis === null) {
    const all = range(a.ndim)
    if (order === null || a.ndim === 1) return reshaped(ofVectors('norm', a, order, all), a.shape, all, o.keepdims ?? false)
    if (a.ndim !== 2) raise(fault('axis', `norm: order ${shown(order)} of shape ${showShape(a.shape)}`, 'Say by `axis` which axes hold the vectors or matrices.'))
    return reshaped(ofMatrices('norm', a, order), a.shape, all, o.keepdims ?? false)
  }
  const axes = numbersOf('norm', o.axis).map((k) => axisIn('norm', k, a))
  if (axes.length > 2 || axes.length === 0 || new Set(axes).size < axes.length) raise(fault('axis', `norm: axes ${showShape(axes)}`, 'Give one axis for vectors, or two different ones for matrices.'))
  if (axes.length === 1) return reshaped(ofVectors('norm', a, order, axes), a.shape, axes, o.keepdims ?? false)
  const moved = ops.transpose(a, [...range(a.ndim).filter((k) => !axes.includes(k)), ...axes])
  return reshaped(ofMatrices('norm', moved, order), a.shape, axes, o.keepdims ?? false)
}

/** The norm of vectors: of all elements, or along axes (any number of them). Default order 2. */
export function vectorNorm(x: TensorLike, options: NormOptions = {}): Tensor {
  demandOptions('vectorNorm', options, ['ord', 'axis', 'keepdims'])
  const a = float(x)
  const { axes } = axesOf('vectorNorm', a, options)
  return reshaped(ofVectors('vectorNorm', a, options.ord ?? 2, axes), a.shape, axes, options.keepdims ?? false)
}

/** The norm of the matrices in the last two axes. Default order 'fro'. */
export function matrixNorm(x: TensorLike, options: Omit<NormOptions, 'axis'> = {}): Tensor {
  demandOptions('matrixNorm', options, ['ord', 'keepdims'])
  const a = matrix('matrixNorm', x)
  return reshaped(ofMatrices('matrixNorm', a, options.ord ?? 'fro'), a.shape, [a.ndim - 2, a.ndim - 1], options.keepdims ?? false)
}

/** The condition number ‖A‖ ‖A⁻¹‖ by a matrix norm; by default 2: the largest singular value by the smallest. Of 0 it is ∞. */
export function cond(x: TensorLike, p: Order | { readonly p?: Order } = null): Tensor {
  const a = matrix('cond', x)
  const c = byNorms(a, named<{ p: Order }>('cond', ['p'], [p]).p ?? null)
  const defined = ops.not(ops.reduceOr(ops.isNaN(a), [a.ndim - 2, a.ndim - 1]))
  return ops.select(ops.and(ops.isNaN(c), defined), Infinity, c)
}

function byNorms(a: Tensor, order: Order): Tensor {
  if (order !== null && order !== 2 && order !== -2) return ops.mul(matrixNorm(a, { ord: order }), matrixNorm(inv(a), { ord: order }))
  const s = svdvals(a)
  if (columnCount(s) === 0) raise(fault('shape', `cond: matrices of shape ${showShape(a.shape)}`, 'Give matrices that have elements.'))
  const [most, least] = [ops.reduceMax(s, [s.ndim - 1]), ops.reduceMin(s, [s.ndim - 1])]
  return order === -2 ? ops.div(least, most) : ops.div(most, least)
}
