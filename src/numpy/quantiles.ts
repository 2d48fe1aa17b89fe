/**
 * Medians and quantiles: a sort, and interpolation between two neighbours. Differentiable in x and in q.
 *
 * Edges: NaN if there is one (the nan… functions pass over them); positions that a method puts beyond an end are the
 * end; where q meets an element exactly, the derivative in q is 0, as in JAX.
 * Source: Hyndman & Fan 1996, the continuous methods by their plotting positions.
 */
import { fault, raise } from '../data/errors'
import { range, size, without } from '../data/shape'
import { ops } from '../primitives/core'
import { isKnown, type ReduceOptions, type Tensor, type TensorLike } from '../trace/tensor'
import { alike, axesOf, float, oneOf, type Axis } from './arguments'
import { reduceOptions } from '../primitives/vocabulary/vocabulary'
import * as words from '../primitives/tensor-words'

export type QuantileMethod =
  | 'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint'
  | 'hazen' | 'weibull' | 'median_unbiased' | 'normal_unbiased' | 'interpolated_inverted_cdf'

/** Plotting positions: the quantile q stands at q·n + a + q·(1 − a − b) − 1. */
const plotting: { readonly [K in QuantileMethod]: readonly [a: number, b: number] } = {
  linear: [1, 1], lower: [1, 1], higher: [1, 1], nearest: [1, 1], midpoint: [1, 1],
  hazen: [0.5, 0.5], weibull: [0, 0], median_unbiased: [1 / 3, 1 / 3], normal_unbiased: [3 / 8, 3 / 8], interpolated_inverted_cdf: [0, 1],
}

export interface QuantileOptions extends ReduceOptions {
  readonly method?: QuantileMethod
}

/** The reduced axes as one, in front; the others behind it as one. */
function lines(a: Tensor, axes: readonly number[]): Tensor {
  const kept = range(a.ndim).filter((i) => !axes.includes(i))
  const n = axes.reduce((p, i) => p * a.shape[i]!, 1)
  return ops.reshape(ops.transpose(a, [...axes, ...kept]), [n, size(kept.map((i) => a.shape[i]!))])
}

/** The row that the position stands for, where the method takes one element as it is. */
const rowOf: { readonly [K in QuantileMethod]?: (position: Tensor) => Tensor } = { lower: words.floor, higher: words.ceil, nearest: words.round }

/** Known fractions lie between 0 and `of`; a traced one is held at the ends. */
function demandInside(name: string, q: Tensor, of: number): void {
  if (!isKnown(q)) return
  for (const e of q.data()) if (!(e >= 0 && e <= of)) raise(fault('index', `${name}: q is ${e}`, `Give numbers from 0 to ${of}.`))
}

function quantiles(name: string, x: TensorLike, q: TensorLike, of: number, skip: boolean, axis?: Axis<QuantileOptions>, options?: QuantileOptions): Tensor {
  const o = reduceOptions<QuantileOptions>(name, axis, options, name.endsWith('median') ? [] : ['method'])
  const method = o.method ?? 'linear'
  oneOf(name, 'method', method, Object.keys(plotting))
  const given = float(q)
  demandInside(name, given, of)
  const [a, p] = alike([float(x), of === 1 ? given : ops.div(given, of)]) as [Tensor, Tensor]
  const { axes, keepdims } = axesOf(name, a, o)
  const rest = without(a.shape, axes)
  const m = lines(a, axes)
  const [n, width] = m.shape as [number, number]
  if (n === 0 && width > 0) raise(fault('shape', `${name}: no elements along the axis`, 'Give an array that has elements.'))
  const sorted = words.sort([m], 0, 1)[0]!
  // Without NaN every line has n elements; with them, those before its first NaN.
  const no = ops.isNaN(m)
  const there = ops.sum(ops.convert(ops.not(no), a.dtype), [0])
  const all = [p.size, width]
  const count = skip ? ops.broadcast(there, all, [1]) : ops.broadcast(ops.full([], n, a.dtype), all, [])
  const at = ops.broadcast(ops.reshape(p, [p.size]), all, [0])
  const [from, to] = plotting[method]
  const raw = ops.add(ops.mul(at, ops.add(count, 1 - from - to)), from - 1)
  const position = ops.max(ops.min(raw, ops.sub(count, 1)), 0)
  const held = ops.select(ops.eq(position, raw), raw, position) // at an end that the method does not pass, the slope is the method's
  const row = rowOf[method]
  const read = (i: Tensor): Tensor => pick(sorted, ops.convert(ops.max(words.stopGradient(i), 0), 'int32'))
  const between = row ? read(row(held)) : interpolated(read, held, method === 'midpoint', name.endsWith('median'))
  const none = skip ? ops.eq(count, 0) : ops.broadcast(ops.reduceOr(no, [0]), all, [1])
  const r = ops.reshape(ops.select(none, NaN, between), [...p.shape, ...rest])
  return keepdims ? ops.reshape(r, [...p.shape, ...a.shape.map((e, i) => (axes.includes(i) ? 1 : e))]) : r
}

/** Rows of each column: result[i, j] = x[rows[i, j], j]. */
function pick(x: Tensor, rows: Tensor): Tensor {
  const [xt, rt] = [ops.transpose(x, [1, 0]), ops.transpose(rows, [1, 0])]
  return ops.transpose(ops.gather(xt, ops.reshape(rt, [...rt.shape, 1]), { batch: 1, mode: 'clip' }), [1, 0])
}

/**
 * Between the two rows beside a position, (1 − t)·a + t·b, exact at both ends. Equal infinities stay; the mean of a number and
 * an infinity is the infinity, what else lies between them NaN or the infinity, as in NumPy.
 */
function interpolated(read: (row: Tensor) => Tensor, position: Tensor, midpoint: boolean, mean: boolean): Tensor {
  const low = words.stopGradient(words.floor(position))
  const high = words.ceil(position)
  const [a, b] = [read(low), read(high)]
  const t = midpoint ? ops.mul(words.stopGradient(ops.sub(high, low)), 0.5) : ops.sub(position, low)
  const near = ops.lt(t, 0.5)
  const first = mean ? ops.or(near, ops.not(words.isFinite(b))) : near
  const gap = ops.sub(b, a)
  const finite = ops.select(ops.and(ops.isNaN(gap), ops.eq(words.stopGradient(a), words.stopGradient(b))), 0, gap)
  return ops.add(ops.select(first, a, b), ops.mul(finite, ops.select(first, t, ops.sub(t, 1))))
}

/**
 * The value below which the fraction q of the elements lies. q may be an array: its axes come first in the result.
 * `method` is NumPy's, 'linear' by default.
 * @example np.quantile([1, 2, 3, 4], 0.5).item() // => 2.5
 */
export const quantile = (x: TensorLike, q: TensorLike, axis?: Axis<QuantileOptions>, options?: QuantileOptions): Tensor =>
  quantiles('quantile', x, q, 1, false, axis, options)
/** quantile with q in percent. */
export const percentile = (x: TensorLike, q: TensorLike, axis?: Axis<QuantileOptions>, options?: QuantileOptions): Tensor =>
  quantiles('percentile', x, q, 100, false, axis, options)
/** The middle element, or the mean of the two middle ones. */
export const median = (x: TensorLike, axis?: Axis<ReduceOptions>, options?: ReduceOptions): Tensor =>
  quantiles('median', x, 0.5, 1, false, axis, options)
/** quantile of what is no NaN. */
export const nanquantile = (x: TensorLike, q: TensorLike, axis?: Axis<QuantileOptions>, options?: QuantileOptions): Tensor =>
  quantiles('nanquantile', x, q, 1, true, axis, options)
/** percentile of what is no NaN. */
export const nanpercentile = (x: TensorLike, q: TensorLike, axis?: Axis<QuantileOptions>, options?: QuantileOptions): Tensor =>
  quantiles('nanpercentile', x, q, 100, true, axis, options)
/** median of what is no NaN. */
export const nanmedian = (x: TensorLike, axis?: Axis<ReduceOptions>, options?: ReduceOptions): Tensor =>
  quantiles('nanmedian', x, 0.5, 1, true, axis, options)
