/**
 * Trigonometric and hyperbolic functions and their inverses, of floats (integers become float64); angles in radians.
 */
import { acos, acosh, asin, asinh, atan, atan2, atanh, hypot as hypotPrimitive, sinc as sincPrimitive } from '../primitives/elementwise/inverse'
import { range } from '../data/shape'
import * as functions from '../primitives/elementwise/transcendental'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { apply, axisIn, constant, cut, float, floatPair, named, real } from './arguments'

/** Sine. */
export const sin = (x: TensorLike): Tensor => apply(functions.sin, [float(x)])
/** Cosine. */
export const cos = (x: TensorLike): Tensor => apply(functions.cos, [float(x)])
/** Tangent. */
export const tan = (x: TensorLike): Tensor => apply(functions.tan, [float(x)])
/** Inverse sine, in [−π/2, π/2]. */
export const arcsin = (x: TensorLike): Tensor => apply(asin, [float(x)])
/** Inverse cosine, in [0, π]. */
export const arccos = (x: TensorLike): Tensor => apply(acos, [float(x)])
/** Inverse tangent, in [−π/2, π/2]. */
export const arctan = (x: TensorLike): Tensor => apply(atan, [float(x)])
/** The angle of the point (x, y), in [−π, π]. */
export const arctan2 = (y: TensorLike, x: TensorLike): Tensor => apply(atan2, floatPair('arctan2', y, x))
/** Hyperbolic sine. */
export const sinh = (x: TensorLike): Tensor => apply(functions.sinh, [float(x)])
/** Hyperbolic cosine. */
export const cosh = (x: TensorLike): Tensor => apply(functions.cosh, [float(x)])
/** Hyperbolic tangent. */
export const tanh = (x: TensorLike): Tensor => apply(functions.tanh, [float(x)])
/** Inverse hyperbolic sine. */
export const arcsinh = (x: TensorLike): Tensor => apply(asinh, [float(x)])
/** Inverse hyperbolic cosine. */
export const arccosh = (x: TensorLike): Tensor => apply(acosh, [float(x)])
/** Inverse hyperbolic tangent. */
export const arctanh = (x: TensorLike): Tensor => apply(atanh, [float(x)])
/** √(x² + y²) without overflow; its derivative at the origin is 0. */
export const hypot = (x: TensorLike, y: TensorLike): Tensor => apply(hypotPrimitive, floatPair('hypot', x, y))
/** sin(πx) / (πx), 1 at 0, smooth there to every order. */
export const sinc = (x: TensorLike): Tensor => apply(sincPrimitive, [float(x)], { order: 0 })
/** Degrees to radians. */
export const deg2rad = (x: TensorLike): Tensor => ops.mul(float(x), Math.PI / 180)
/** Radians to degrees. */
export const rad2deg = (x: TensorLike): Tensor => ops.mul(float(x), 180 / Math.PI)

/** The angle of real numbers: 0, or π for negative ones. */
export function angle(x: TensorLike): Tensor {
  const a = float(x)
  return ops.select(ops.isNaN(a), words.stopGradient(a), ops.select(ops.lt(a, 0), Math.PI, constant(0, a.dtype)))
}

export interface UnwrapOptions {
  readonly discont?: number | null
  readonly axis?: number
  readonly period?: number
}
/** Jumps along an axis (the last) of more than half a period are taken out by adding whole periods. */
export function unwrap(x: TensorLike, discont?: number | null | UnwrapOptions, options?: UnwrapOptions): Tensor {
  const o = named<UnwrapOptions>('unwrap', ['discont'], [discont ?? undefined, options], ['axis', 'period'])
  const a = float(x)
  const axis = axisIn('unwrap', o.axis ?? -1, a)
  const n = a.shape[axis]!
  if (n < 2) return a
  const period = real('unwrap', 'period', o.period ?? 2 * Math.PI)
  const jump = real('unwrap', 'discont', o.discont ?? period / 2)
  const step = words.stopGradient(ops.sub(cut(a, axis, 1, n), cut(a, axis, 0, n - 1)))
  const turned = ops.add(step, period / 2)
  const wrapped = ops.sub(ops.sub(turned, ops.mul(words.floor(ops.div(turned, period)), period)), period / 2)
  const inside = ops.select(ops.and(ops.eq(wrapped, -period / 2), ops.gt(step, 0)), period / 2, wrapped)
  const correction = ops.select(ops.lt(ops.abs(step), jump), 0, ops.sub(inside, step))
  const total = words.cumsum(correction, axis)
  return ops.add(a, words.pad(total, constant(0, a.dtype), range(a.ndim).map((i) => (i === axis ? [1, 0, 0] : [0, 0, 0]))))
}
