/**
 * Exponentials, logarithms and powers of two, of floats (integers become float64).
 */
import { elementwise } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { definePrimitive, floating, noTangent, pointwise } from '../primitives/define'
import { excess, exp2 as exp2Primitive, log10 as log10Primitive, log2 as log2Primitive, logaddexp as logaddexpPrimitive } from '../primitives/elementwise/inverse'
import { expm1 as expm1Primitive, log1p as log1pPrimitive } from '../primitives/elementwise/transcendental'
import { engine, ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { apply, float, floatPair } from './arguments'

/** eˣ. */
export const exp = (x: TensorLike): Tensor => engine.vocabulary.exp(x)
/** 2ˣ. */
export const exp2 = (x: TensorLike): Tensor => apply(exp2Primitive, [float(x)])
/** eˣ − 1, exact near 0. */
export const expm1 = (x: TensorLike): Tensor => apply(expm1Primitive, [float(x)])
/** The natural logarithm. */
export const log = (x: TensorLike): Tensor => engine.vocabulary.log(x)
/** The logarithm to base 2. */
export const log2 = (x: TensorLike): Tensor => apply(log2Primitive, [float(x)])
/** The logarithm to base 10. */
export const log10 = (x: TensorLike): Tensor => apply(log10Primitive, [float(x)])
/** log(1 + x), exact near 0. */
export const log1p = (x: TensorLike): Tensor => apply(log1pPrimitive, [float(x)])

/** log(eˣ + eʸ) without overflow; −∞ of two −∞. */
export const logaddexp = (x: TensorLike, y: TensorLike): Tensor => apply(logaddexpPrimitive, floatPair('logaddexp', x, y))
/** log₂(2ˣ + 2ʸ) without overflow; −∞ of two −∞. */
export function logaddexp2(x: TensorLike, y: TensorLike): Tensor {
  const both = floatPair('logaddexp2', x, y)
  // Only what is less than 1 is rounded by the factors; the derivatives by the maximum cancel.
  const most = words.stopGradient(ops.max(...both))
  const below = both.map((a) => ops.mul(apply(excess, [a, most]), Math.LN2))
  return ops.add(most, ops.div(apply(logaddexpPrimitive, below), Math.LN2))
}

/** The e with x = m · 2ᵉ and ½ ≤ |m| < 1; 0 for 0, infinities and NaN. */
function exponentOf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return 0
  const small = Math.abs(x) < 2 ** -1022
  const a = Math.abs(x) * (small ? 2 ** 54 : 1)
  let e = Math.floor(Math.log2(a)) + 1
  // log2 may round across a power of two.
  if (a >= 2 ** Math.min(e, 1023) && e < 1024) e++
  else if (a < 2 ** (e - 1)) e--
  return e - (small ? 54 : 0)
}

const exponent: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'exponent',
  shape: pointwise('exponent', floating, 'a floating dtype'),
  kernel: elementwise(({ call }, x) => call(exponentOf, x)),
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** x · 2ⁿ in two steps, so that neither factor overflows before the product does. */
function scaled(x: Tensor, n: Tensor): Tensor {
  const half = words.floor(ops.mul(n, 0.5))
  return ops.mul(ops.mul(x, apply(exp2Primitive, [half])), apply(exp2Primitive, [ops.sub(n, half)]))
}

/** x · 2ⁿ. */
export const ldexp = (x: TensorLike, n: TensorLike): Tensor => scaled(...floatPair('ldexp', x, n))
/** [m, e] with x = m · 2ᵉ and ½ ≤ |m| < 1; e is int32. */
export function frexp(x: TensorLike): [Tensor, Tensor] {
  const a = float(x)
  const e = apply(exponent, [a])
  return [scaled(a, ops.neg(e)), ops.convert(e, 'int32')]
}
