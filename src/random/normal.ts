/**
 * Normal numbers, by the inverse of the error function.
 *
 * Law: as `jax.random.normal` to 1e-14, relatively, in float64 and 4e-7 in float32 (JAX's own error is of that size).
 * Source: Giles 2010, "Approximating the erfinv function", with the coefficients of XLA; a better erfinv would be further
 * from JAX. As there, w = −log(1 − x²) and a polynomial in w or √w, by Horner's rule.
 */
import * as math from '../compile/math/functions'
import { coerce } from '../data/dtype'
import type { Shape } from '../data/shape'
import { elementwiseWith } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { apply } from '../numpy/arguments'
import { floating, pointwise } from '../primitives/define'
import { definePrimitive } from '../primitives/words'
import { ops } from '../primitives/world'
import type { Tensor, TensorLike } from '../trace/tensor'
import { keyOf, type ShapeArg } from './key'
import { between, shapeAndDType, type FloatDType, type FloatOptions } from './uniform'

/** For w < 6.25, in w − 3.125. */
const central: readonly number[] = [
  -3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17, -1.333171662854621e-16,
  2.0972767875968562e-17, 6.637638134358324e-15, -4.054566272975207e-14, -8.151934197605472e-14, 2.6335093153082323e-12,
  -1.2975133253453532e-11, -5.415412054294628e-11, 1.0512122733215323e-9, -4.112633980346984e-9, -2.9070369957882005e-8,
  4.2347877827932404e-7, -1.3654692000834679e-6, -1.3882523362786469e-5, 0.00018673420803405714, -0.000740702534166267,
  -0.006033670871430149, 0.24015818242558962, 1.6536545626831027,
]
/** For w < 16, in √w − 3.25. */
const middle: readonly number[] = [
  2.2137376921775787e-9, 9.075656193888539e-8, -2.7517406297064545e-7, 1.8239629214389228e-8, 1.5027403968909828e-6,
  -4.013867526981546e-6, 2.9234449089955446e-6, 1.2475304481671779e-5, -4.7318229009055734e-5, 6.828485145957318e-5,
  2.4031110387097894e-5, -0.0003550375203628475, 0.0009532893797373805, -0.0016882755560235047, 0.002491442096107851,
  -0.003751208507569241, 0.005370914553590064, 1.0052589676941592, 3.0838856104922208,
]
/** Beyond, in √w − 5. */
const tail: readonly number[] = [
  -2.7109920616438573e-11, -2.555641816996525e-10, 1.5076572693500548e-9, -3.789465440126737e-9, 7.61570120807834e-9,
  -1.496002662714924e-8, 2.914795345090108e-8, -6.771199775845234e-8, 2.2900482228026655e-7, -9.9298272942317e-7,
  4.526062597223154e-6, -1.968177810553167e-5, 7.599527703001776e-5, -0.00021503011930044477, -0.00013871931833623122,
  1.0103004648645344, 4.849906401408584,
]
/** In float32: for w < 5, in w − 2.5. */
const central32: readonly number[] = /* @__PURE__ */ [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
].map(Math.fround)
/** In float32: beyond, in √w − 3. */
const tail32: readonly number[] = /* @__PURE__ */ [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
].map(Math.fround)

const horner = (coefficients: readonly number[], t: number): number => {
  let p = coefficients[0]!
  for (let i = 1; i < coefficients.length; i++) p = coefficients[i]! + p * t
  return p
}
const { fround } = Math
const horner32 = (coefficients: readonly number[], t: number): number => {
  let p = coefficients[0]!
  for (let i = 1; i < coefficients.length; i++) p = fround(coefficients[i]! + fround(p * t))
  return p
}

/** erfinv x, given w = −log(1 − x²). */
export const giles = (x: number, w: number): number => {
  if (x === 1 || x === -1) return x * Infinity
  if (w < 6.25) return horner(central, w - 3.125) * x
  return (w < 16 ? horner(middle, Math.sqrt(w) - 3.25) : horner(tail, Math.sqrt(w) - 5)) * x
}
/** The same in float32. */
export const giles32 = (x: number, w: number): number => {
  if (x === 1 || x === -1) return x * Infinity
  return fround((w < 5 ? horner32(central32, fround(w - 2.5)) : horner32(tail32, fround(fround(Math.sqrt(w)) - 3))) * x)
}

/** The inverse of erf as XLA approximates it.  d erfinv x = √π/2 e^(y²) dx. */
export const erfinv: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'erf_inv_giles',
  shape: pointwise('erf_inv_giles', floating, 'a floating dtype'),
  kernel: elementwiseWith((s, [x], _params, out) => s.call(out.dtype === 'float32' ? giles32 : giles, x!, s.neg(s.log1p(s.neg(s.mul(x!, x!))))), { log1p: math.log1p }),
  jvp: (ops, _x, [y], [dx]) => ops.mul(dx!, ops.mul(Math.sqrt(Math.PI) / 2, ops.exp(ops.mul(y!, y!)))),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** Standard normal numbers of a checked key: √2 erfinv u with u from the number after −1 to 1. */
export const standardNormal = (key: Tensor, shape: Shape, dtype: FloatDType): Tensor =>
  ops.mul(apply(erfinv, [between(key, shape, dtype, dtype === 'float32' ? 2 ** -24 - 1 : 2 ** -53 - 1, 1)]), coerce(dtype, Math.SQRT2))

/**
 * Standard normal numbers: mean 0, variance 1.
 * @example normal(key(0)).item() // => -0.2058421394796434
 */
export function normal(key: TensorLike, shape?: ShapeArg | FloatOptions, dtype?: FloatDType | FloatOptions): Tensor {
  const k = keyOf('normal', key)
  const o = shapeAndDType('normal', shape, dtype)
  return standardNormal(k, o.shape, o.dtype)
}
