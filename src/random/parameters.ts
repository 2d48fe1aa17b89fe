/**
 * Parameters of distributions: their dtype, and the shape that they give to the result.
 *
 * Law: the result has the shape that is given, to which all parameters broadcast, or else the one that they broadcast to.
 */
import type { DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { broadcastShapes, sameShape, showShape, type Shape } from '../data/shape'
import { named, shapeOf, stretch, tensor } from '../numpy/arguments'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import type { ShapeArg } from './key'
import { floatDType, type FloatDType } from './uniform'

/** The shape that is given, if parameters broadcast to it; else the one that they broadcast to. */
export function parameterShape(name: string, shape: ShapeArg | null | undefined, ...parameters: readonly Tensor[]): Shape {
  const common = broadcastShapes(...parameters.map((p) => p.shape))
  if (shape === undefined || shape === null)
    return common ?? raise(fault('shape', `${name}: shapes ${parameters.map((p) => showShape(p.shape)).join(' and ')} do not broadcast`, 'Extents must be equal or 1, aligned from the right.'))
  const wanted = shapeOf(name, shape)
  const fits = common && sameShape(broadcastShapes(common, wanted) ?? [-1], wanted)
  return fits ? wanted : raise(fault('shape', `${name}: parameters of shapes ${parameters.map((p) => showShape(p.shape)).join(' and ')} do not broadcast to ${showShape(wanted)}`, 'Give the shape of the result: the parameters are stretched to it.'))
}

export interface ParameterOptions {
  /** The shape of the result; that of the parameters unless given. */
  readonly shape?: ShapeArg | null
  readonly dtype?: FloatDType
}

/** A parameter in the dtype of the result. */
export const parameter = (x: TensorLike, dtype: DType): Tensor => ops.convert(tensor(x), dtype)

/** Parameters in the dtype of the result and stretched to its shape (rank 0 stays). */
export function stretched(name: string, o: ParameterOptions, ...parameters: readonly TensorLike[]): { shape: Shape; dtype: FloatDType; parameters: readonly Tensor[] } {
  const dtype = floatDType(name, o.dtype, o.shape)
  const ts = parameters.map((p) => parameter(p, dtype))
  const shape = parameterShape(name, o.shape, ...ts)
  return { shape, dtype, parameters: ts.map((t) => (t.ndim === 0 ? t : stretch(name, t, shape))) }
}
/** Options that may stand in the place of the shape or the dtype. */
export const parameterOptions = (name: string, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): ParameterOptions =>
  named<ParameterOptions>(name, ['shape', 'dtype'], [shape ?? undefined, dtype])
