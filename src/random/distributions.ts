/**
 * Distributions without parameters but a probability: functions of one uniform number each.
 *
 * Law: as the functions of the same names in `jax.random`, bits of the uniform numbers included; XLA's own log1p carries
 * errors of up to 1e-14 relatively, ours does not.
 * Example: exponential(key(0)).item() // => 0.5420705551711603
 */
import { isFloat, isInteger, type DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { showShape, type Shape } from '../data/shape'
import { knownDType, named, oneOf, shapeOf, stretch, tensor } from '../numpy/arguments'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { keyOf, type ShapeArg } from './key'
import { standardNormal } from './normal'
import { parameterShape } from './parameters'
import { between, shapeAndDType, unit, type FloatDType, type FloatOptions } from './uniform'

/** The smallest normal number, the spacing above 1, half of it, and how many bits follow the leading one. */
interface Finfo {
  readonly tiny: number
  readonly eps: number
  readonly epsneg: number
  readonly nmant: number
}
const finfo: { readonly [K in FloatDType]: Finfo } = {
  float64: { tiny: 2 ** -1022, eps: 2 ** -52, epsneg: 2 ** -53, nmant: 52 },
  float32: { tiny: 2 ** -126, eps: 2 ** -23, epsneg: 2 ** -24, nmant: 23 },
}

type Draw = (key: TensorLike, shape?: ShapeArg | FloatOptions, dtype?: FloatDType | FloatOptions) => Tensor

/** A standard distribution from its sampler. */
const standard =
  (name: string, sample: (key: Tensor, shape: Shape, dtype: FloatDType) => Tensor): Draw =>
  (key, shape, dtype) => {
    const o = shapeAndDType(name, shape, dtype)
    return sample(keyOf(name, key), o.shape, o.dtype)
  }

/** −log(1 − u). */
const minusLog1m = (u: Tensor): Tensor => ops.neg(words.log1p(ops.neg(u)))
/** Exponential numbers of a checked key. */
export const exponentials = (key: Tensor, shape: Shape, dtype: FloatDType): Tensor => minusLog1m(unit(key, shape, dtype))

/** Exponential numbers with mean 1. */
export const exponential: Draw = /* @__PURE__ */ standard('exponential', exponentials)

/** Laplace numbers: density ½ e^(−|x|). */
export const laplace: Draw = /* @__PURE__ */ standard('laplace', (key, shape, dtype) => {
  const u = between(key, shape, dtype, finfo[dtype].epsneg - 1, 1)
  return ops.mul(ops.sign(u), words.log1p(ops.neg(ops.abs(u))))
})

/** Logistic numbers: distribution function 1 / (1 + e⁻ˣ). */
export const logistic: Draw = /* @__PURE__ */ standard('logistic', (key, shape, dtype) => {
  const u = between(key, shape, dtype, finfo[dtype].tiny, 1)
  return ops.sub(ops.log(u), words.log1p(ops.neg(u)))
})

/** Cauchy numbers: density 1 / (π (1 + x²)). */
export const cauchy: Draw = /* @__PURE__ */ standard('cauchy', (key, shape, dtype) => words.tan(ops.mul(ops.sub(between(key, shape, dtype, finfo[dtype].eps, 1), 0.5), Math.PI)))

/** Maxwell numbers: lengths of vectors of three independent normal numbers. */
export const maxwell: Draw = /* @__PURE__ */ standard('maxwell', (key, shape, dtype) => {
  const v = standardNormal(key, [...shape, 3], dtype)
  return ops.sqrt(ops.sum(ops.mul(v, v), [shape.length]))
})

/** How finely the tail is drawn: 'high' spends a second word on it. */
export type Mode = 'low' | 'high'

/** Two uniform numbers for each element, the second of weight 2⁻ⁿ. */
function twice(key: Tensor, shape: Shape, dtype: FloatDType): [Tensor, Tensor] {
  const u = unit(key, [2, ...shape], dtype)
  return [u.at(0), ops.mul(u.at(1), 2 ** -finfo[dtype].nmant)]
}

/** Standard Gumbel numbers of a checked key. */
export function gumbels(key: Tensor, shape: Shape, dtype: FloatDType, mode: Mode = 'low'): Tensor {
  oneOf('gumbel', 'mode', mode, ['low', 'high'])
  const { tiny } = finfo[dtype]
  if (mode === 'low') return ops.neg(ops.log(ops.neg(ops.log(between(key, shape, dtype, tiny, 1)))))
  const [high, low] = twice(key, shape, dtype)
  const x = ops.select(ops.ge(high, 0.5), high, ops.add(ops.add(high, low), tiny))
  return ops.neg(ops.log(minusLog1m(x)))
}

export interface GumbelOptions extends FloatOptions {
  readonly mode?: Mode
}
/** Gumbel numbers: distribution function e^(−e⁻ˣ). */
export function gumbel(key: TensorLike, shape?: ShapeArg | GumbelOptions, dtype?: FloatDType | GumbelOptions, mode?: Mode | GumbelOptions): Tensor {
  const o = named<GumbelOptions>('gumbel', ['shape', 'dtype', 'mode'], [shape, dtype, mode])
  const { shape: form, dtype: d } = shapeAndDType('gumbel', { shape: o.shape, dtype: o.dtype })
  return gumbels(keyOf('gumbel', key), form, d, o.mode)
}

export interface BernoulliOptions {
  readonly p?: TensorLike
  readonly shape?: ShapeArg | null
  readonly mode?: Mode
}
/** True with probability p (½), independently; of the shape of p unless another is given. */
export function bernoulli(key: TensorLike, p?: TensorLike | BernoulliOptions, shape?: ShapeArg | null | BernoulliOptions, mode?: Mode | BernoulliOptions): Tensor {
  const o = named<BernoulliOptions>('bernoulli', ['p', 'shape', 'mode'], [p, shape ?? undefined, mode])
  const k = keyOf('bernoulli', key)
  const t = tensor(o.p ?? 0.5)
  if (!isFloat(t.dtype)) raise(fault('dtype', `bernoulli: probabilities are ${t.dtype}${showShape(t.shape)}, expected a floating dtype`, 'Convert them with np.astype.'))
  const dtype = t.dtype as FloatDType
  const form = parameterShape('bernoulli', o.shape, t)
  const probability = t.ndim === 0 ? t : stretch('bernoulli', t, form)
  if (oneOf('bernoulli', 'mode', o.mode ?? 'low', ['low', 'high']) === 'low') return ops.lt(unit(k, form, dtype), probability)
  const [high, low] = twice(k, form, dtype)
  return ops.lt(low, ops.sub(probability, high))
}

export interface RademacherOptions {
  readonly shape?: ShapeArg
  /** int32 unless given. */
  readonly dtype?: DType
}
/** −1 or 1, each with probability ½. */
export function rademacher(key: TensorLike, shape?: ShapeArg | RademacherOptions, dtype?: DType | RademacherOptions): Tensor {
  const o = named<RademacherOptions>('rademacher', ['shape', 'dtype'], [shape, dtype])
  const d = knownDType(o.dtype ?? 'int32')
  if (d !== 'int32' && !isFloat(d)) raise(fault('dtype', `rademacher: dtype ${d} does not hold −1`, isInteger(d) ? "Give 'int32' or a floating dtype." : "Give 'int32', 'float64' or 'float32'."))
  const heads = bernoulli(keyOf('rademacher', key), 0.5, shapeOf('rademacher', o.shape ?? []))
  return ops.sub(ops.mul(ops.convert(heads, d), 2), 1)
}
