/**
 * Normal numbers, by the inverse of the error function.
 *
 * Law: as `jax.random.normal` to 1e-14, relatively, in float64 and 4e-7 in float32 (JAX's own error is of that size).
 */
import * as math from '../compile/math/functions'
import { coerce } from '../data/dtype'
import type { Shape } from '../data/shape'
import { elementwiseWith } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { apply } from '../numpy/arguments'
import { definePrimitive, floating, pointwise } from '../primitives/define'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { giles, giles32 } from './giles'
import { keyOf, type ShapeArg } from './key'
import { between, shapeAndDType, type FloatDType, type FloatOptions } from './uniform'

/** The inverse of erf as XLA approximates it.  d erfinv x = √π/2 e^(y²) dx. */
export const erfinv: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'erf_inv_giles',
  shape: pointwise('erf_inv_giles', floating, 'a floating dtype'),
  kernel: elementwiseWith((s, [x], _params, { dtype }) => {
    const w = s.neg(s.log1p(s.neg(s.mul(x!, x!))))
    // As a function of float64, of which float32 numbers are some: its results are rounded as they are.
    return s.convert(s.call(dtype === 'float32' ? giles32 : giles, s.convert(x!, 'float64'), s.convert(w, 'float64')), dtype)
  }, { log1p: math.log1p }),
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
