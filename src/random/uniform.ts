/**
 * Uniform numbers: the mantissa's bits are drawn, 52 in float64 and 23 in float32, so that 0 may occur and 1 may not.
 *
 * Law: the bits are those of `jax.random.uniform` as JAX compiles it, whose f·(maxval − minval) + minval is rounded once.
 * Example: uniform(key(0)).item() // => 0.41845711171638644
 */
import { coerce, isDType, isFloat, type DType } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import type { Shape } from '../data/shape'
import { elementwiseWith, type ExactOps, type Expr } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { apply, inOneList, named, shapeOf, stretch, tensor } from '../numpy/arguments'
import { definePrimitive, floating, pointwise } from '../primitives/define'
import { unitInterval } from '../primitives/threefry'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { keyOf, words, type ShapeArg } from './key'

export type FloatDType = 'float64' | 'float32'

export interface FloatOptions {
  readonly shape?: ShapeArg
  /** float64 unless given. */
  readonly dtype?: FloatDType
}
export interface UniformOptions extends FloatOptions {
  /** The bounds, of shapes that broadcast to the result's: 0 and 1 unless given. */
  readonly minval?: TensorLike
  readonly maxval?: TensorLike
}

/** The dtype beside a shape, if it is a floating one. */
export const floatDType = (name: string, dtype: DType = 'float64', shape?: unknown): FloatDType =>
  isDType(dtype) && isFloat(dtype)
    ? (dtype as FloatDType)
    : raise(fault('dtype', `${name}: dtype ${shown(dtype)} is not floating`, typeof dtype === 'number' ? inOneList(shape ?? [], dtype) : "Give 'float64' or 'float32'."))

/** The shape and dtype that a function of a key, a shape and a dtype is called with. */
export function shapeAndDType(name: string, shape?: ShapeArg | FloatOptions, dtype?: FloatDType | FloatOptions): { shape: Shape; dtype: FloatDType } {
  const o = named<FloatOptions>(name, ['shape', 'dtype'], [shape, dtype])
  return { shape: shapeOf(name, o.shape ?? []), dtype: floatDType(name, o.dtype, o.shape) }
}

const splitter = 2 ** 27 + 1

/** x·y + z in float64, rounded once (Dekker 1971; a tie of the last bits aside). */
function fused({ add, sub, mul, select, isFinite }: ExactOps, x: Expr, y: Expr, z: Expr): Expr {
  const p = mul(x, y)
  const s = add(p, z)
  const upper = (a: Expr): Expr => {
    const c = mul(a, splitter)
    return sub(c, sub(c, a))
  }
  const [xh, yh] = [upper(x), upper(y)]
  const [xl, yl] = [sub(x, xh), sub(y, yh)]
  const lost = sub(mul(xl, yl), sub(sub(sub(p, mul(xh, yh)), mul(xl, yh)), mul(xh, yl)))
  const v = sub(s, p)
  const r = add(s, add(add(sub(p, sub(s, v)), sub(z, v)), lost))
  return select(isFinite(r), r, s)
}

/** x·y + z, rounded once.  d = y dx + x dy + dz. */
const fma: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'fma',
  shape: pointwise('fma', floating, 'a floating dtype'),
  kernel: elementwiseWith((s, xs, _params, { dtype }) => {
    const [x, y, z] = xs.map((a) => s.convert(a, 'float64')) as [Expr, Expr, Expr]
    return s.convert(fused(s, x, y, z), dtype)
  }),
  jvp: (ops, [x, y], _r, [dx, dy, dz]) => ops.add(ops.add(ops.mul(dx!, y!), ops.mul(x!, dy!)), dz!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** Uniform in [0, 1). */
export const unit = (key: Tensor, shape: Shape, dtype: FloatDType): Tensor => apply(unitInterval, words(key, shape), { dtype })

const isPowerOfTwo = (x: number): boolean => Math.abs(x) === 2 ** Math.round(Math.log2(Math.abs(x)))

/** Uniform in [low, high): one rounding, or none where the width is a power of two. */
export function between(key: Tensor, shape: Shape, dtype: FloatDType, low: number, high: number): Tensor {
  const from = coerce(dtype, low)
  const width = coerce(dtype, coerce(dtype, high) - from)
  const u = unit(key, shape, dtype)
  if (from === 0 && width === 1) return u
  const exact = from === 0 || width === 0 || isPowerOfTwo(width)
  const x = exact ? ops.add(ops.mul(u, width), from) : apply(fma, [u, ops.full([], width, dtype), ops.full([], from, dtype)])
  return ops.max(x, from)
}

/** The same between bounds that are arrays: they broadcast to the shape. */
export function betweenTensors(name: string, key: Tensor, shape: Shape, dtype: FloatDType, low: Tensor, high: Tensor): Tensor {
  const [from, to] = [low, high].map((x) => (x.ndim === 0 ? x : stretch(name, x, shape))) as [Tensor, Tensor]
  return ops.max(apply(fma, [unit(key, shape, dtype), ops.sub(to, from), from]), from)
}

/**
 * Uniform numbers in [minval, maxval). Differentiable in the bounds, as the affine function of them that it is.
 * @example uniform(key(42), [3], { minval: -1, maxval: 1 })
 */
export function uniform(key: TensorLike, shape?: ShapeArg | UniformOptions, dtype?: FloatDType | UniformOptions, minval?: TensorLike | UniformOptions, maxval?: TensorLike): Tensor {
  const o = named<UniformOptions>('uniform', ['shape', 'dtype', 'minval', 'maxval'], [shape, dtype, minval, maxval])
  const { minval: low = 0, maxval: high = 1 } = o
  const k = keyOf('uniform', key)
  const form = shapeAndDType('uniform', { shape: o.shape, dtype: o.dtype })
  if (typeof low === 'number' && typeof high === 'number') return between(k, form.shape, form.dtype, low, high)
  const [from, to] = [low, high].map((x) => ops.convert(tensor(x), form.dtype)) as [Tensor, Tensor]
  return betweenTensors('uniform', k, form.shape, form.dtype, from, to)
}
