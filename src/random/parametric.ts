/**
 * Distributions with parameters, of shapes that broadcast to the result's; differentiable in them.
 *
 * Law: as the functions of the same names in `jax.random`.
 * Example: lognormal(key(0), 0.5, [4]) // e^(x/2) of four normal numbers x
 */
import { coerce, isFloat, isInteger, type DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { apply, float, knownDType, named, stretch } from '../numpy/arguments'
import { nextafter } from '../primitives/elementwise/rounding'
import { erf } from '../primitives/elementwise/special'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { exponentials } from './distributions'
import { keyOf, type ShapeArg } from './key'
import { erfinv, standardNormal } from './normal'
import { parameterOptions, parameterShape, stretched, type ParameterOptions } from './parameters'
import { betweenTensors, unit, type FloatDType } from './uniform'

/** e^(sigma · x) of normal numbers x. */
export function lognormal(key: TensorLike, sigma: TensorLike = 1, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('lognormal', parameterOptions('lognormal', shape, dtype), sigma)
  return ops.exp(ops.mul(standardNormal(keyOf('lognormal', key), s.shape, s.dtype), s.parameters[0]!))
}

/** Pareto numbers: P(X > x) = x^(−b) for x ≥ 1. */
export function pareto(key: TensorLike, b: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('pareto', parameterOptions('pareto', shape, dtype), b)
  return ops.exp(ops.div(exponentials(keyOf('pareto', key), s.shape, s.dtype), s.parameters[0]!))
}

/** Rayleigh numbers: density x/s² e^(−x²/2s²) with s = scale. */
export function rayleigh(key: TensorLike, scale: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('rayleigh', parameterOptions('rayleigh', shape, dtype), scale)
  return ops.mul(ops.sqrt(ops.mul(ops.log(unit(keyOf('rayleigh', key), s.shape, s.dtype)), -2)), s.parameters[0]!)
}

/** Weibull numbers: P(X > x) = e^(−(x/scale)^concentration). */
export function weibullMin(key: TensorLike, scale: TensorLike, concentration: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('weibullMin', parameterOptions('weibullMin', shape, dtype), scale, concentration)
  const [a, c] = s.parameters as [Tensor, Tensor]
  return ops.mul(ops.pow(exponentials(keyOf('weibullMin', key), s.shape, s.dtype), ops.div(1, c)), a)
}

/** Numbers between left and right with a density that rises to mode and falls from there, linearly. */
export function triangular(key: TensorLike, left: TensorLike, mode: TensorLike, right: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('triangular', parameterOptions('triangular', shape, dtype), left, mode, right)
  const [a, m, b] = s.parameters as [Tensor, Tensor, Tensor]
  const u = unit(keyOf('triangular', key), s.shape, s.dtype)
  const width = ops.sub(b, a)
  const rising = ops.add(a, ops.sqrt(ops.mul(ops.mul(u, width), ops.sub(m, a))))
  const falling = ops.sub(b, ops.sqrt(ops.mul(ops.mul(ops.sub(1, u), width), ops.sub(b, m))))
  return ops.select(ops.lt(u, ops.div(ops.sub(m, a), width)), rising, falling)
}

export interface GeometricOptions {
  readonly shape?: ShapeArg | null
  /** int32 unless given. */
  readonly dtype?: DType
}
/** How many trials with probability p of success it takes until the first success, that one included. */
export function geometric(key: TensorLike, p: TensorLike, shape?: ShapeArg | null | GeometricOptions, dtype?: DType | GeometricOptions): Tensor {
  const o = named<GeometricOptions>('geometric', ['shape', 'dtype'], [shape ?? undefined, dtype])
  const d = knownDType(o.dtype ?? 'int32')
  if (!isInteger(d) && !isFloat(d)) raise(fault('dtype', `geometric: dtype ${d} does not hold numbers`, "Give 'int32', 'uint32' or a floating dtype."))
  const t = float(p)
  const form = parameterShape('geometric', o.shape, t)
  const u = unit(keyOf('geometric', key), form, t.dtype as FloatDType)
  const logs = ops.log(ops.select(ops.eq(u, 0), 1, u))
  const failing = words.log1p(ops.neg(t.ndim === 0 ? t : stretch('geometric', t, form)))
  return ops.convert(ops.add(words.floor(ops.div(logs, failing)), 1), d)
}

/** Standard normal numbers that lie between two bounds, exclusive. */
export function truncatedNormal(key: TensorLike, lower: TensorLike, upper: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('truncatedNormal', parameterOptions('truncatedNormal', shape, dtype), lower, upper)
  const [low, high] = s.parameters as [Tensor, Tensor]
  const root2 = coerce(s.dtype, Math.SQRT2)
  const [from, to] = [low, high].map((x) => apply(erf, [ops.div(x, root2)])) as [Tensor, Tensor]
  const u = betweenTensors('truncatedNormal', keyOf('truncatedNormal', key), s.shape, s.dtype, from, to)
  const beside = (bound: Tensor, towards: number): Tensor => apply(nextafter, [words.stopGradient(bound), ops.full([], towards, s.dtype)])
  return ops.min(ops.max(ops.mul(apply(erfinv, [u]), root2), beside(low, Infinity)), beside(high, -Infinity))
}
