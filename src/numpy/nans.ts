/**
 * Reductions that pass over NaN. The NaN are replaced before anything is computed, so no derivative meets them.
 *
 * Edges: nansum of nothing but NaN is 0, nanprod 1, nanmean, nanmax and nanmin NaN.
 */
import { isFloat } from '../data/dtype'
import { range } from '../data/shape'
import { engine, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { axesOf, constant, float, number, real, reshaped, stretch, tensor, type Axis } from './arguments'
import { cumprod, cumsum, type CumulativeOptions } from './cumulative'
import { truth } from './logic'
import { max, mean, min, position, prod, sum, type ArgOptions, type ExtremeOptions, type MeanOptions, type SumOptions } from './reductions'
import { root, type VarOptions } from './statistics'
import { reduceOptions } from '../primitives/vocabulary/vocabulary'

/** x with its NaN replaced, and where there are none. */
function without(x: TensorLike, filler: number): { a: Tensor; there: Tensor } {
  const a = number(x)
  if (!isFloat(a.dtype)) return { a, there: ops.eq(a, a) }
  const no = ops.isNaN(a)
  return { a: ops.select(no, filler, a), there: ops.not(no) }
}

/** Where there is no NaN and, if a choice was made, the element takes part. */
const both = (name: string, there: Tensor, where: TensorLike | undefined): Tensor =>
  where === undefined ? there : ops.and(there, stretch(name, truth(where), there.shape))

/** The sum of what is no NaN. */
export const nansum = (x: TensorLike, axis?: Axis<SumOptions>, options?: SumOptions): Tensor => sum(without(x, 0).a, reduceOptions('nansum', axis, options, ['dtype', 'initial', 'where']))
/** The product of what is no NaN. */
export const nanprod = (x: TensorLike, axis?: Axis<SumOptions>, options?: SumOptions): Tensor => prod(without(x, 1).a, reduceOptions('nanprod', axis, options, ['dtype', 'initial', 'where']))
/** The mean of what is no NaN. */
export function nanmean(x: TensorLike, axis?: Axis<MeanOptions>, options?: MeanOptions): Tensor {
  const o = reduceOptions('nanmean', axis, options, ['dtype', 'where'])
  const { a, there } = without(float(x), 0)
  return mean(a, { ...o, where: both('nanmean', there, o.where) })
}

function extreme(f: typeof max, filler: number, x: TensorLike, axis?: Axis<ExtremeOptions>, options?: ExtremeOptions): Tensor {
  const name = f === max ? 'nanmax' : 'nanmin'
  const input = tensor(x)
  const o = reduceOptions(name, axis, options, ['initial', 'where'])
  if (!isFloat(input.dtype)) return f(input, o)
  const { a, there } = without(input, filler)
  if (o.initial !== undefined) return f(a, o)
  const { axes, keepdims } = axesOf(name, a, o)
  const some = reshaped(ops.reduceOr(there, axes), a.shape, axes, keepdims)
  return ops.select(some, f(a, o), NaN)
}
/** The largest element that is no NaN; NaN (or `initial`) if all are. */
export const nanmax = (x: TensorLike, axis?: Axis<ExtremeOptions>, options?: ExtremeOptions): Tensor => extreme(max, -Infinity, x, axis, options)
/** The smallest element that is no NaN; NaN (or `initial`) if all are. */
export const nanmin = (x: TensorLike, axis?: Axis<ExtremeOptions>, options?: ExtremeOptions): Tensor => extreme(min, Infinity, x, axis, options)

/** The variance of what is no NaN; NaN where `ddof` leaves nothing. */
export const nanvar = (x: TensorLike, axis?: Axis<VarOptions>, options?: VarOptions): Tensor => variances('nanvar', x, axis, options)

function variances(name: string, x: TensorLike, axis?: Axis<VarOptions>, options?: VarOptions): Tensor {
  const o = reduceOptions(name, axis, options, ['ddof', 'dtype', 'where'])
  const all = without(float(o.dtype === undefined ? x : engine.vocabulary.astype(x, o.dtype)), 0)
  const there = both(name, all.there, o.where)
  const a = ops.select(there, all.a, 0)
  const { axes, keepdims } = axesOf(name, a, o)
  const n = ops.sum(ops.convert(there, a.dtype), axes)
  const m = ops.div(ops.sum(a, axes), ops.max(n, 1))
  const kept = range(a.ndim).filter((i) => !axes.includes(i))
  const off = ops.select(there, ops.sub(a, ops.broadcast(m, a.shape, kept)), 0)
  const free = ops.sub(n, real(name, 'ddof', o.ddof ?? 0))
  const none = ops.le(free, 0)
  const v = ops.div(ops.sum(ops.mul(off, off), axes), ops.select(none, 1, free))
  return reshaped(ops.select(none, constant(NaN, a.dtype), v), a.shape, axes, keepdims)
}
/** The standard deviation of what is no NaN; its derivative at 0 is 0. */
export const nanstd = (x: TensorLike, axis?: Axis<VarOptions>, options?: VarOptions): Tensor => root(variances('nanstd', x, axis, options))

const nanPosition = (name: 'argmax' | 'argmin', filler: number, x: TensorLike, axis?: number | null | ArgOptions, options?: ArgOptions): Tensor =>
  position(name, without(x, filler).a, axis, options)
/** Where the largest element that is no NaN stands; 0 if all are. */
export const nanargmax = (x: TensorLike, axis?: number | null | ArgOptions, options?: ArgOptions): Tensor => nanPosition('argmax', -Infinity, x, axis, options)
/** Where the smallest element that is no NaN stands; 0 if all are. */
export const nanargmin = (x: TensorLike, axis?: number | null | ArgOptions, options?: ArgOptions): Tensor => nanPosition('argmin', Infinity, x, axis, options)

/** Running sums, NaN counted as 0. */
export const nancumsum = (x: TensorLike, axis?: number | null | CumulativeOptions, options?: CumulativeOptions): Tensor => cumsum(without(x, 0).a, axis, options)
/** Running products, NaN counted as 1. */
export const nancumprod = (x: TensorLike, axis?: number | null | CumulativeOptions, options?: CumulativeOptions): Tensor => cumprod(without(x, 1).a, axis, options)

