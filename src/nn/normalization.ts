/**
 * Softmax and its kin, standardization, one-hot codes.
 *
 * All shift by the maximum first, so nothing overflows. Edges are limits: +∞ in a row takes all of it, in equal parts where there
 * are several; logsumexp of a row of −∞ is −∞ with derivative 0.
 */
import type { DType } from '../data/dtype'
import { isFloat } from '../data/dtype'
import { demandOptions } from '../data/options'
import { range } from '../data/shape'
import { axesOf, axisIn, counted, float, integer, named, reduceOptions, reshaped, tensor, together, type Axis } from '../numpy/arguments'
import { mean } from '../numpy/reductions'
import { variance } from '../numpy/statistics'
import { where } from '../numpy/selecting'
import { excess } from '../primitives/elementwise/inverse'
import { bind, ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { ReduceOptions, Tensor, TensorLike } from '../trace/tensor'

export interface SoftmaxOptions {
  readonly axis?: number | readonly number[] | null
  /** Which elements take part; the others get 0 (or −∞ in logSoftmax). */
  readonly where?: TensorLike
}

/** x less its maximum along axes, which is constant to derivatives, and the maximum at every element. */
function shifted(a: Tensor, axes: readonly number[]): { at: Tensor; top: Tensor } {
  const fixed = words.stopGradient(a)
  const most = a.size === 0 ? ops.sum(fixed, axes) : ops.reduceMax(fixed, axes)
  const top = ops.select(ops.eq(most, -Infinity), 0, most)
  return { at: bind(excess, [a, spread(top, a, axes)], {})[0] as Tensor, top }
}
const spread = (reduced: Tensor, a: Tensor, axes: readonly number[]): Tensor =>
  ops.broadcast(reduced, a.shape, range(a.ndim).filter((i) => !axes.includes(i)))

/** The last axis unless another is given; null stands for all. */
const lastUnless = ({ axis = -1 }: Pick<ReduceOptions, 'axis'>): ReduceOptions => ({ axis })

/** The exponents, their exponentials, and at every element a function of the sum of these, which is 1 where nothing takes part. */
function prepared(name: string, x: TensorLike, axis: Axis<SoftmaxOptions> | undefined, options: SoftmaxOptions | undefined): { at: Tensor; e: Tensor; total: (f: (sum: Tensor) => Tensor) => Tensor } {
  const o = named<SoftmaxOptions>(name, ['axis'], [axis, options], ['where'])
  const a = float(x)
  const { axes } = axesOf(name, a, lastUnless(o))
  const { at } = shifted(o.where === undefined ? a : where(o.where, a, -Infinity), axes)
  const e = ops.exp(at)
  const sum = ops.sum(e, axes)
  return { at, e, total: (f) => spread(f(o.where === undefined ? sum : ops.select(ops.eq(sum, 0), 1, sum)), at, axes) }
}

/** eˣ over its sum along an axis (the last): positive numbers with sum 1. */
export function softmax(x: TensorLike, axis?: Axis<SoftmaxOptions>, options?: SoftmaxOptions): Tensor {
  const { e, total } = prepared('softmax', x, axis, options)
  return ops.div(e, total((sum) => sum))
}
/** The logarithm of softmax, exact where that is tiny. */
export function logSoftmax(x: TensorLike, axis?: Axis<SoftmaxOptions>, options?: SoftmaxOptions): Tensor {
  const { at, total } = prepared('logSoftmax', x, axis, options)
  return ops.sub(at, total(ops.log))
}

export interface LogsumexpOptions extends ReduceOptions {
  /** Factors of the exponentials; where one is 0, its element does not take part. */
  readonly b?: TensorLike
  readonly where?: TensorLike
  /** Also gives the sign of the sum, whose absolute value is taken. */
  readonly returnSign?: boolean
}
/** log Σ b·eˣ over axes (all by default), without overflow; −∞ of nothing. With `returnSign`, [log |Σ|, sign]. */
export function logsumexp(x: TensorLike, axis: Axis<LogsumexpOptions> | undefined, options: LogsumexpOptions & { readonly returnSign: true }): [Tensor, Tensor]
export function logsumexp(x: TensorLike, options: LogsumexpOptions & { readonly returnSign: true }): [Tensor, Tensor]
export function logsumexp(x: TensorLike, axis?: Axis<LogsumexpOptions>, options?: LogsumexpOptions): Tensor
export function logsumexp(x: TensorLike, axis?: Axis<LogsumexpOptions>, options?: LogsumexpOptions): Tensor | [Tensor, Tensor] {
  const o = reduceOptions('logsumexp', axis, options, ['b', 'where', 'returnSign'])
  const [given, b] = o.b === undefined ? [float(x), undefined] : (together('logsumexp', float(x), float(o.b)) as [Tensor, Tensor])
  const full = b && given.ndim < b.ndim ? ops.broadcast(given, b.shape, []) : given
  const chosen = b ? ops.select(ops.eq(b, 0), -Infinity, full) : full
  const a = o.where === undefined ? chosen : where(o.where, chosen, -Infinity)
  const { axes, keepdims } = axesOf('logsumexp', a, o)
  const { at, top } = shifted(a, axes)
  const e = ops.exp(at)
  const total = ops.sum(b ? ops.mul(e, b) : e, axes)
  const none = ops.eq(total, 0)
  const log = (t: Tensor): Tensor => ops.add(ops.select(none, -Infinity, ops.log(ops.select(none, 1, t))), top)
  const done = (t: Tensor): Tensor => reshaped(t, a.shape, axes, keepdims)
  return o.returnSign ? [done(log(ops.abs(total))), done(ops.sign(total))] : done(log(total))
}

export interface StandardizeOptions {
  readonly axis?: number | readonly number[] | null
  readonly mean?: TensorLike
  readonly variance?: TensorLike
  readonly epsilon?: number
  readonly where?: TensorLike
}
/** (x − mean) / √(variance + ε) along an axis (the last), ε = 1e-5. */
export function standardize(x: TensorLike, axis?: Axis<StandardizeOptions>, options?: StandardizeOptions): Tensor {
  const o = named<StandardizeOptions>('standardize', ['axis'], [axis, options], ['mean', 'variance', 'epsilon', 'where'])
  const a = float(x)
  const { axes } = axesOf('standardize', a, lastUnless(o))
  const m = o.mean === undefined ? mean(a, axes, { keepdims: true, where: o.where }) : tensor(o.mean)
  const v = o.variance === undefined ? variance(a, axes, { keepdims: true, where: o.where }) : tensor(o.variance)
  const scale = ops.sqrt(ops.add(float(v), o.epsilon ?? 1e-5))
  const [off, s] = together('standardize', ops.sub(...(together('standardize', a, m) as [Tensor, Tensor])), scale) as [Tensor, Tensor]
  return ops.div(off, s)
}

export interface OneHotOptions {
  readonly dtype?: DType
  /** Where the new axis goes; the last by default. */
  readonly axis?: number
}
/**
 * 1 at the position that each integer numbers along a new axis, 0 elsewhere; all 0 for integers outside.
 * @example nn.oneHot([0, 2], 3).toArray() // => [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(x: TensorLike, numClasses: number, options: OneHotOptions = {}): Tensor {
  demandOptions('oneHot', options, ['dtype', 'axis'])
  integer('oneHot', 'numClasses', numClasses, 0)
  const a = tensor(x)
  const k = axisIn('oneHot', options.axis ?? -1, { ndim: a.ndim + 1 })
  const shape = [...a.shape.slice(0, k), numClasses, ...a.shape.slice(k)]
  const given = ops.broadcast(a, shape, range(a.ndim).map((i) => (i < k ? i : i + 1)))
  const classes = counted(a, shape, k, isFloat(a.dtype) ? a.dtype : 'int32')
  return ops.convert(ops.eq(a.dtype === 'bool' || a.dtype === 'uint32' ? ops.convert(given, 'int32') : given, classes), options.dtype ?? 'float64')
}
