/**
 * Variance, weighted means, covariance and correlation.
 *
 * The variance is computed in two passes, about the mean. Edge: the standard deviation of equal numbers is 0 with
 * derivative 0 (the subgradient of least norm), where √'s own rule would give NaN.
 */
import type { DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { range, sameShape, showShape } from '../data/shape'
import { engine, ops } from '../primitives/core'
import type { ReduceOptions, Tensor, TensorLike } from '../trace/tensor'
import { alike, axesOf, constant, cut, float, real, reshaped, type Axis } from './arguments'
import { counts, filled, mean } from './reductions'
import { named, reduceOptions } from '../primitives/vocabulary/vocabulary'

/** √v with derivative 0 where v is 0. */
export function root(v: Tensor): Tensor {
  const none = ops.eq(v, 0)
  return ops.select(none, 0, ops.sqrt(ops.select(none, 1, v)))
}

export interface VarOptions extends ReduceOptions {
  /** Taken from the number of elements that the sum of squares is divided by. */
  readonly ddof?: number
  readonly dtype?: DType
  readonly where?: TensorLike
}
/**
 * The variance: the mean of the squared distances from the mean.
 * @example np.var([1, 2, 3, 4]).item() // => 1.25
 */
export const variance = (x: TensorLike, axis?: Axis<VarOptions>, options?: VarOptions): Tensor => variances('var', x, axis, options)

function variances(name: string, x: TensorLike, axis?: Axis<VarOptions>, options?: VarOptions): Tensor {
  const o = reduceOptions(name, axis, options, ['ddof', 'dtype', 'where'])
  const a = float(o.dtype === undefined ? x : engine.vocabulary.astype(x, o.dtype))
  const { axes, keepdims } = axesOf(name, a, o)
  const m = mean(a, axes, { keepdims: true, where: o.where })
  const off = filled(name, ops.sub(a, ops.broadcast(m, a.shape, range(a.ndim))), o.where, 0)
  const n = counts(name, a, axes, o.where)
  const ddof = real(name, 'ddof', o.ddof ?? 0)
  const free = typeof n === 'number' ? Math.max(0, n - ddof) : ops.max(ops.sub(n, ddof), 0)
  return reshaped(ops.div(ops.sum(ops.mul(off, off), axes), free), a.shape, axes, keepdims)
}
/** The standard deviation, √var; its derivative is 0 where it is 0. */
export const std = (x: TensorLike, axis?: Axis<VarOptions>, options?: VarOptions): Tensor => root(variances('std', x, axis, options))

export interface AverageOptions extends ReduceOptions {
  readonly weights?: TensorLike | null
  /** Also gives the sum of the weights. */
  readonly returned?: boolean
}
/** The weighted mean; `weights` has the shape of x, or is a vector along `axis`. With `returned`, [mean, sum of weights]. */
export function average(x: TensorLike, axis: Axis<AverageOptions> | undefined, options: AverageOptions & { readonly returned: true }): [Tensor, Tensor]
export function average(x: TensorLike, options: AverageOptions & { readonly returned: true }): [Tensor, Tensor]
export function average(x: TensorLike, axis?: Axis<AverageOptions>, options?: AverageOptions): Tensor
export function average(x: TensorLike, axis?: Axis<AverageOptions>, options?: AverageOptions): Tensor | [Tensor, Tensor] {
  const o = reduceOptions('average', axis, options, ['weights', 'returned'])
  const [a, given] = alike([float(x), o.weights ?? constant(1, 'bool')]) as [Tensor, Tensor]
  const { axes, keepdims } = axesOf('average', a, o)
  const weights = o.weights === undefined || o.weights === null || sameShape(given.shape, a.shape)
    ? ops.broadcast(given, a.shape, range(given.ndim))
    : given.ndim === axes.length && axes.every((k, i) => a.shape[k] === given.shape[i])
      ? ops.broadcast(given, a.shape, axes)
      : raise(fault('shape', `average: weights ${showShape(given.shape)} for an array ${showShape(a.shape)} along ${showShape(axes)}`, 'Give weights of the shape of x, or a vector along the axis.'))
  const total = ops.sum(weights, axes)
  const out = reshaped(ops.div(ops.sum(ops.mul(a, weights), axes), total), a.shape, axes, keepdims)
  return o.returned ? [out, reshaped(total, a.shape, axes, keepdims)] : out
}

export interface CovOptions {
  readonly y?: TensorLike | null
  /** Whether rows are variables (the default) and columns observations. */
  readonly rowvar?: boolean
  readonly bias?: boolean
  readonly ddof?: number | null
  readonly fweights?: TensorLike | null
  readonly aweights?: TensorLike | null
}

/** Variables as rows. */
function rows(name: string, x: TensorLike, rowvar: boolean): Tensor {
  const a = float(x)
  if (a.ndim > 2) raise(fault('shape', `${name}: an array of shape ${showShape(a.shape)}`, 'Give a vector or a matrix.'))
  if (a.ndim < 2) return ops.reshape(a, [1, a.size])
  return rowvar ? a : ops.transpose(a, [1, 0])
}

/** The covariance matrix of variables (rows, or columns when `rowvar` is false); rank 0 for a single one. */
export const cov = (x: TensorLike, y?: TensorLike | null | CovOptions, options?: CovOptions): Tensor => covariance('cov', x, y, options)

function covariance(name: string, x: TensorLike, y?: TensorLike | null | CovOptions, options?: CovOptions): Tensor {
  const o = named<CovOptions>(name, ['y'], [y ?? undefined, options], ['rowvar', 'bias', 'ddof', 'fweights', 'aweights'])
  const rowvar = o.rowvar ?? true
  const parts = o.y === undefined || o.y === null ? [rows(name, x, rowvar)] : alike([rows(name, x, rowvar), rows(name, o.y, rowvar)])
  const given = [o.fweights, o.aweights].filter((w) => w !== undefined && w !== null)
  const [joined, ...weights] = alike([parts.length === 1 ? parts[0]! : ops.concatenate(parts, 0), ...given])
  const a = joined!
  const [m, n] = a.shape as [number, number]
  const ddof = real(name, 'ddof', o.ddof ?? (o.bias ? 0 : 1))
  const aw = o.aweights === undefined || o.aweights === null ? undefined : weights.pop()
  const f = weights.pop()
  const w = f && aw ? ops.mul(f, aw) : (f ?? aw)
  const spread = (v: Tensor, axis: number): Tensor => ops.broadcast(v, [m, n], [axis])
  const total = w && ops.sum(w, [0])
  const center = w ? ops.div(ops.sum(ops.mul(a, spread(w, 1)), [1]), total!) : ops.div(ops.sum(a, [1]), n)
  const off = ops.sub(a, spread(center, 0))
  const lost = !total || ddof === 0 ? undefined : aw ? ops.mul(ddof, ops.div(ops.sum(ops.mul(w!, aw), [0]), total)) : constant(ddof, a.dtype)
  const free = total ? (lost ? ops.max(ops.sub(total, lost), 0) : total) : Math.max(0, n - ddof)
  const c = ops.div(ops.dot(off, w ? ops.mul(off, spread(w, 1)) : off, { lhsContract: [1], rhsContract: [1], lhsBatch: [], rhsBatch: [] }), free)
  return m === 1 ? ops.reshape(c, []) : c
}

/** The correlation coefficients of variables: their covariances over the products of their standard deviations. */
export function corrcoef(x: TensorLike, y?: TensorLike | null | CovOptions, options?: CovOptions): Tensor {
  const c = covariance('corrcoef', x, y, options)
  if (c.ndim === 0) return ops.div(c, c)
  const n = c.shape[0]!
  const spread = root(ops.reshape(cut(ops.reshape(c, [n * n]), 0, 0, n * n, n + 1), [n]))
  const over = ops.div(ops.div(c, ops.broadcast(spread, [n, n], [0])), ops.broadcast(spread, [n, n], [1]))
  return ops.min(ops.max(over, -1), 1)
}
