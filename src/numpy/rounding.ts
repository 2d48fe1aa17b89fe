/**
 * Rounding and tests of floats. Integers and booleans are left as they are where rounding has nothing to do.
 *
 * Edge: halves go to the even neighbour (round(2.5) is 2).
 */
import * as math from '../compile/math/functions'
import { onTwo } from '../compile/scalar'
import { isFloat, isInteger } from '../data/dtype'
import type { Primitive } from '../ir/types'
import { isFinite as isFinitePrimitive } from '../primitives/elementwise/logic'
import * as primitives from '../primitives/elementwise/rounding'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { apply, constant, floatPair, integer, tensor } from './arguments'
import { named } from '../primitives/vocabulary/vocabulary'

const rounded = (to: Primitive, x: TensorLike): Tensor => {
  const a = tensor(x)
  return isFloat(a.dtype) ? apply(to, [a]) : a
}
const toEven = (x: Tensor): Tensor => apply(primitives.round, [x])

/** The largest integer ≤ x, as a float. */
export const floor = (x: TensorLike): Tensor => rounded(primitives.floor, x)
/** The smallest integer ≥ x, as a float. */
export const ceil = (x: TensorLike): Tensor => rounded(primitives.ceil, x)
/** The integer part, towards zero. */
export const trunc = (x: TensorLike): Tensor => rounded(primitives.trunc, x)
/** The nearest integer, halves to even. */
export const rint = (x: TensorLike): Tensor => rounded(primitives.round, x)

export interface RoundOptions {
  readonly decimals?: number
}
/**
 * The nearest multiple of 10^(−decimals), halves to even.
 * @example np.round([0.5, 1.5, 2.345], 1).toArray() // => [0.5, 1.5, 2.3]
 */
export function round(x: TensorLike, decimals?: number | RoundOptions): Tensor {
  const places = integer('round', 'decimals', named<RoundOptions>('round', ['decimals'], [decimals]).decimals ?? 0)
  const a = tensor(x)
  if (places === 0) return rint(a)
  const ten = onTwo(math.pow, 'float64')(10, Math.abs(places))
  if (isFloat(a.dtype)) return places > 0 ? ops.div(toEven(ops.mul(a, ten)), ten) : ops.mul(toEven(ops.div(a, ten)), ten)
  if (places > 0 || !isInteger(a.dtype)) return a
  return ops.convert(ops.mul(toEven(ops.div(ops.convert(a, 'float64'), ten)), ten), a.dtype)
}

/** The next number after x in the direction of y. */
export const nextafter = (x: TensorLike, y: TensorLike): Tensor => apply(primitives.nextafter, floatPair('nextafter', x, y))

const no = (a: Tensor): Tensor => ops.ne(a, a)
/** A test that only floats can pass. */
const test = (f: (x: Tensor) => Tensor, x: TensorLike): Tensor => {
  const a = tensor(x)
  return isFloat(a.dtype) ? f(a) : no(a)
}

/** Whether x is NaN. */
export const isnan = (x: TensorLike): Tensor => test(ops.isNaN, x)
/** Whether x is infinite. */
export const isinf = (x: TensorLike): Tensor => test((a) => ops.eq(ops.abs(a), Infinity), x)
/** Whether x is +∞. */
export const isposinf = (x: TensorLike): Tensor => test((a) => ops.eq(a, Infinity), x)
/** Whether x is −∞. */
export const isneginf = (x: TensorLike): Tensor => test((a) => ops.eq(a, -Infinity), x)
/** Whether x is neither infinite nor NaN. */
export const isfinite = (x: TensorLike): Tensor => {
  const a = tensor(x)
  return isFloat(a.dtype) ? apply(isFinitePrimitive, [a]) : ops.eq(a, a)
}
/** Whether the sign bit is set, that of −0 included. */
export function signbit(x: TensorLike): Tensor {
  const a = tensor(x)
  if (!isFloat(a.dtype)) return a.dtype === 'bool' ? no(a) : ops.lt(a, 0)
  return ops.lt(apply(primitives.copysign, [constant(1, a.dtype), a]), 0)
}
