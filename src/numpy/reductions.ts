/**
 * Reductions over any axes: `axis` is one axis, a list, or null for all, positional or in the options.
 *
 * Edges: booleans are added as int32 and averaged as float64; a maximum of nothing raises unless `initial` is given;
 * elements where `where` is false are left out; equal extrema share the derivative equally.
 * Example: np.sum([[1, 2], [3, 4]], 0).toArray() // => [4, 6]
 */
import { isFloat, type DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { showShape, size, without } from '../data/shape'
import { engine, ops } from '../primitives/core'
import type { ReduceOptions, Tensor, TensorLike } from '../trace/tensor'
import { alike, axesOf, axisIn, constant, float, number, reshaped, stretch, tensor, type Axis } from './arguments'
import { truth } from './logic'
import { named, reduceOptions } from '../primitives/vocabulary/vocabulary'

export interface SumOptions extends ReduceOptions {
  readonly dtype?: DType
  /** Combined with the result. */
  readonly initial?: TensorLike
  /** Which elements take part (broadcast to x). */
  readonly where?: TensorLike
}
export interface MeanOptions extends ReduceOptions {
  readonly dtype?: DType
  readonly where?: TensorLike
}
export type ExtremeOptions = Omit<SumOptions, 'dtype'>

/** x with `filler` where `where` is false. */
export const filled = (name: string, x: Tensor, where: TensorLike | undefined, filler: number): Tensor =>
  where === undefined ? x : ops.select(stretch(name, truth(where), x.shape), x, filler)

/** How many elements each result is made of. */
export function counts(name: string, x: Tensor, axes: readonly number[], where: TensorLike | undefined): Tensor | number {
  if (where === undefined) return axes.reduce((n, a) => n * x.shape[a]!, 1)
  const dtype = isFloat(x.dtype) ? x.dtype : 'float64'
  return ops.sum(ops.convert(stretch(name, truth(where), x.shape), dtype), axes)
}

type Reduce = (x: Tensor, axes: readonly number[]) => Tensor
type Combine = (x: Tensor, y: Tensor) => Tensor

function accumulate(name: string, reduce: Reduce, combine: Combine, identity: number, x: TensorLike, axis?: Axis<SumOptions>, options?: SumOptions): Tensor {
  const o = reduceOptions(name, axis, options, ['dtype', 'initial', 'where'])
  const a = number(o.dtype === undefined ? x : engine.vocabulary.astype(x, o.dtype))
  const { axes, keepdims } = axesOf(name, a, o)
  const r = reshaped(reduce(filled(name, a, o.where, identity), axes), a.shape, axes, keepdims)
  return o.initial === undefined ? r : combine(...(alike([r, o.initial]) as [Tensor, Tensor]))
}

/** The sum; 0 of nothing. */
export const sum = (x: TensorLike, axis?: Axis<SumOptions>, options?: SumOptions): Tensor =>
  accumulate('sum', ops.sum, ops.add, 0, x, axis, options)
/** The product; 1 of nothing. Its derivative is exact where elements are 0. */
export const prod = (x: TensorLike, axis?: Axis<SumOptions>, options?: SumOptions): Tensor =>
  accumulate('prod', ops.prod, ops.mul, 1, x, axis, options)

/** The mean, in float64 for integers; NaN of nothing. */
export function mean(x: TensorLike, axis?: Axis<MeanOptions>, options?: MeanOptions): Tensor {
  const o = reduceOptions('mean', axis, options, ['dtype', 'where'])
  const a = float(o.dtype === undefined ? x : engine.vocabulary.astype(x, o.dtype))
  const { axes, keepdims } = axesOf('mean', a, o)
  const m = ops.div(ops.sum(filled('mean', a, o.where, 0), axes), counts('mean', a, axes, o.where))
  return reshaped(m, a.shape, axes, keepdims)
}

/** The least and greatest numbers of a dtype. */
const limits: { readonly [K in DType]: readonly [number, number] } = {
  float64: [-Infinity, Infinity],
  float32: [-Infinity, Infinity],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  bool: [0, 1],
}

function extreme(name: 'max' | 'min', x: TensorLike, axis?: Axis<ExtremeOptions>, options?: ExtremeOptions): Tensor {
  const o = reduceOptions(name, axis, options, ['initial', 'where'])
  const a = tensor(x)
  const { axes, keepdims } = axesOf(name, a, o)
  const least = limits[a.dtype][name === 'max' ? 0 : 1]
  const input = filled(name, a, o.where, least)
  const empty = a.size === 0 && size(without(a.shape, axes)) > 0
  if (empty && o.initial === undefined)
    raise(fault('shape', `${name}: zero-size array ${showShape(a.shape)} to a reduction which has no identity`, 'Reduce over axes that have elements, or give `initial`.'))
  const reduced = empty
    ? ops.broadcast(constant(least, a.dtype), without(a.shape, axes), [])
    : a.dtype === 'bool'
      ? (name === 'max' ? ops.reduceOr : ops.reduceAnd)(input, axes)
      : (name === 'max' ? ops.reduceMax : ops.reduceMin)(input, axes)
  const r = reshaped(reduced, a.shape, axes, keepdims)
  return o.initial === undefined ? r : ops[name](...(alike([r, o.initial]).map(number) as [Tensor, Tensor]))
}

/** The largest element; NaN if there is one. */
export const max = (x: TensorLike, axis?: Axis<ExtremeOptions>, options?: ExtremeOptions): Tensor => extreme('max', x, axis, options)
/** The smallest element; NaN if there is one. */
export const min = (x: TensorLike, axis?: Axis<ExtremeOptions>, options?: ExtremeOptions): Tensor => extreme('min', x, axis, options)

/** The largest less the smallest element. */
export function ptp(x: TensorLike, axis?: Axis<ReduceOptions>, options?: ReduceOptions): Tensor {
  const a = number(x)
  const o = reduceOptions('ptp', axis, options)
  return ops.sub(max(a, o), min(a, o))
}

export interface TruthOptions extends ReduceOptions {
  readonly where?: TensorLike
}
function quantified(name: string, reduce: Reduce, identity: number, x: TensorLike, axis?: Axis<TruthOptions>, options?: TruthOptions): Tensor {
  const o = reduceOptions(name, axis, options, ['where'])
  const a = truth(x)
  const { axes, keepdims } = axesOf(name, a, o)
  return reshaped(reduce(filled(name, a, o.where, identity), axes), a.shape, axes, keepdims)
}
/** Whether all elements are true; true of nothing. */
export const all = (x: TensorLike, axis?: Axis<TruthOptions>, options?: TruthOptions): Tensor => quantified('all', ops.reduceAnd, 1, x, axis, options)
/** Whether any element is true; false of nothing. */
export const any = (x: TensorLike, axis?: Axis<TruthOptions>, options?: TruthOptions): Tensor => quantified('any', ops.reduceOr, 0, x, axis, options)
/** How many elements are not 0, as int32. */
export const countNonzero = (x: TensorLike, axis?: Axis<ReduceOptions>, options?: ReduceOptions): Tensor => sum(truth(x), reduceOptions('countNonzero', axis, options))

export interface ArgOptions {
  readonly axis?: number | null
  readonly keepdims?: boolean
}
/** The position of an extremum along one axis, or in the raveled array. */
export function position(name: 'argmax' | 'argmin', x: Tensor, axis?: number | null | ArgOptions, options?: ArgOptions): Tensor {
  const o = named<ArgOptions>(name, ['axis'], [axis ?? undefined, options], ['keepdims'])
  const a = x.dtype === 'bool' ? number(x) : x
  if (a.size === 0 && (o.axis === null || o.axis === undefined)) raise(fault('shape', `${name}: ${showShape(a.shape)} has no elements`, 'Give an array that has elements.'))
  if (o.axis === null || o.axis === undefined) {
    const r = ops[name](ops.reshape(a, [a.size]), 0)
    return o.keepdims ? ops.reshape(r, a.shape.map(() => 1)) : r
  }
  const at = axisIn(name, o.axis, a)
  return reshaped(ops[name](a, at), a.shape, [at], o.keepdims ?? false)
}
/** Where the largest element stands, as int32: the first one, a NaN before all. */
export const argmax = (x: TensorLike, axis?: number | null | ArgOptions, options?: ArgOptions): Tensor => position('argmax', tensor(x), axis, options)
/** Where the smallest element stands, as int32: the first one, a NaN before all. */
export const argmin = (x: TensorLike, axis?: number | null | ArgOptions, options?: ArgOptions): Tensor => position('argmin', tensor(x), axis, options)
