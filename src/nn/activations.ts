/**
 * Activation functions, element by element, of floats (integers become float64).
 *
 * Edges: relu′(0) = 0; sigmoid, softplus and what is made of them neither overflow nor lose their tails.
 * Source: JAX's `jax.nn`; Hendrycks & Gimpel 2016 (gelu), Klambauer et al. 2017 (selu), Misra 2019 (mish).
 */
import { erfc } from '../primitives/elementwise/special'
import { logaddexp, logistic } from '../primitives/elementwise/inverse'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { apply, axisIn, constant, cut, float, floatPair, named, number } from '../numpy/arguments'
import { fault, raise } from '../data/errors'
import { showShape } from '../data/shape'

/** max(x, 0), with derivative 0 at 0. */
export function relu(x: TensorLike): Tensor {
  const a = number(x)
  return ops.select(ops.le(a, 0), 0, a)
}
/** min(max(x, 0), 6), with derivative 0 at both ends. */
export function relu6(x: TensorLike): Tensor {
  const a = number(x)
  return ops.select(ops.le(a, 0), 0, ops.select(ops.ge(a, 6), 6, a))
}
/** x, or a small multiple of it (0.01) where it is negative. */
export function leakyRelu(x: TensorLike, negativeSlope: TensorLike = 0.01): Tensor {
  const [a, slope] = floatPair('leakyRelu', x, negativeSlope)
  return ops.select(ops.ge(a, 0), a, ops.mul(a, slope))
}
/** The positive side of x, and x where it is negative (0 elsewhere), for functions that grow on the other side. */
const below = (a: Tensor): Tensor => ops.select(ops.gt(a, 0), 0, a)

/** x, or α (eˣ − 1) where it is negative. */
export function elu(x: TensorLike, alpha: TensorLike = 1): Tensor {
  const [a, k] = floatPair('elu', x, alpha)
  return ops.select(ops.gt(a, 0), a, ops.mul(k, words.expm1(below(a))))
}
/** elu with the constants that keep mean 0 and variance 1 through layers. */
export function selu(x: TensorLike): Tensor {
  return ops.mul(elu(x, 1.6732632423543772), 1.0507009873554805)
}
/** x, or α (e^(x/α) − 1) where it is negative: once differentiable for every α. */
export function celu(x: TensorLike, alpha: TensorLike = 1): Tensor {
  const [a, k] = floatPair('celu', x, alpha)
  return ops.select(ops.gt(a, 0), a, ops.mul(k, words.expm1(ops.div(below(a), k))))
}

export interface GeluOptions {
  /** By tanh (the default), or exactly by erfc. */
  readonly approximate?: boolean
}
/** x Φ(x), Φ the normal distribution function. */
export function gelu(x: TensorLike, options?: boolean | GeluOptions): Tensor {
  const approximate = named<GeluOptions>('gelu', ['approximate'], [options]).approximate ?? true
  const a = float(x)
  if (!approximate) return ops.mul(ops.mul(a, 0.5), apply(erfc, [ops.mul(a, -Math.SQRT1_2)]))
  const cubic = ops.add(a, ops.mul(ops.integerPow(a, 3), 0.044715))
  return ops.mul(a, ops.mul(0.5, ops.add(1, words.tanh(ops.mul(cubic, Math.sqrt(2 / Math.PI))))))
}

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: TensorLike): Tensor => apply(logistic, [float(x)])
/** log(1 + eˣ). */
export function softplus(x: TensorLike): Tensor {
  const a = float(x)
  return apply(logaddexp, [a, constant(0, a.dtype)])
}
/** log σ(x) = −softplus(−x). */
export const logSigmoid = (x: TensorLike): Tensor => ops.neg(softplus(ops.neg(float(x))))
/** x σ(x). */
export function silu(x: TensorLike): Tensor {
  const a = float(x)
  return ops.mul(a, apply(logistic, [a]))
}
/** x tanh(softplus(x)). */
export function mish(x: TensorLike): Tensor {
  const a = float(x)
  return ops.mul(a, words.tanh(softplus(a)))
}
/** x / (1 + |x|). */
export function softSign(x: TensorLike): Tensor {
  const a = float(x)
  return ops.div(a, ops.add(1, ops.abs(a)))
}
/** Hyperbolic tangent. */
export const tanh = (x: TensorLike): Tensor => words.tanh(float(x))
/** relu6(x + 3) / 6: a piecewise linear sigmoid. */
export const hardSigmoid = (x: TensorLike): Tensor => ops.div(relu6(ops.add(float(x), 3)), 6)
/** x · hardSigmoid(x). */
export function hardSilu(x: TensorLike): Tensor {
  const a = float(x)
  return ops.mul(a, hardSigmoid(a))
}
/** x held between −1 and 1. */
export function hardTanh(x: TensorLike): Tensor {
  const a = float(x)
  return ops.select(ops.gt(a, 1), 1, ops.select(ops.lt(a, -1), -1, a))
}
/** (x + √(x² + b)) / 2. */
export function squareplus(x: TensorLike, b: TensorLike = 4): Tensor {
  const [a, c] = floatPair('squareplus', x, b)
  return ops.mul(0.5, ops.add(a, ops.sqrt(ops.add(ops.mul(a, a), c))))
}
/** The first half along an axis (the last) times the sigmoid of the second. */
export function glu(x: TensorLike, axis = -1): Tensor {
  const a = float(x)
  const k = axisIn('glu', axis, a)
  const n = a.shape[k]!
  if (n % 2 !== 0) raise(fault('shape', `glu: extent ${n} along axis ${k} of ${showShape(a.shape)} is odd`, 'Give an axis of even extent.'))
  return ops.mul(cut(a, k, 0, n / 2), apply(logistic, [cut(a, k, n / 2, n)]))
}
