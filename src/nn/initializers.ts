/**
 * Initial values of weights: each function makes an initializer `(key, shape, dtype) => array`, as `jax.nn.initializers` do.
 *
 * The variance is scale / fan, so that signals keep their size through layers.
 * Source: LeCun et al. 1998, Glorot & Bengio 2010, He et al. 2015.
 * Example: nn.initializers.heNormal()(random.key(0), [784, 128]).shape // => [784, 128]
 */
import { fault, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { showShape, size, type Shape } from '../data/shape'
import { axisIn, oneOf, real, shapeOf } from '../numpy/arguments'
import { full } from '../numpy/creation'
import { ops } from '../primitives/core'
import * as random from '../random/index'
import type { FloatDType } from '../random/index'
import type { Tensor } from '../trace/tensor'

/** Makes an array of the shape from a random key; float64 unless a dtype is given. */
export type Initializer = (key: Tensor, shape: Shape, dtype?: FloatDType) => Tensor

/** All 0. */
export const zeros: Initializer = (_key, shape, dtype) => full(shape, 0, dtype)
/** All 1. */
export const ones: Initializer = (_key, shape, dtype) => full(shape, 1, dtype)
/** All the same number. */
export const constant = (value: number): Initializer => (_key, shape, dtype) => full(shape, value, dtype)
/** Uniform on [0, scale), scale 0.01. */
export const uniform = (scale = 1e-2): Initializer => (key, shape, dtype) => ops.mul(random.uniform(key, shape, dtype), scale)
/** Normal with mean 0 and the standard deviation, 0.01. */
export const normal = (stddev = 1e-2): Initializer => (key, shape, dtype) => ops.mul(random.normal(key, shape, dtype), stddev)
/** The standard normal between two bounds (−2 and 2), times `stddev`. */
export const truncatedNormal = (stddev = 1e-2, lower = -2, upper = 2): Initializer => (key, shape, dtype) =>
  ops.mul(random.truncatedNormal(key, lower, upper, shape, dtype), stddev)

export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg'
export type FanDistribution = 'truncated_normal' | 'normal' | 'uniform'
export interface FanOptions {
  /** The axis of inputs (the second-to-last) and of outputs (the last); the others are the receptive field. */
  readonly inAxis?: number
  readonly outAxis?: number
}

/** The standard deviation of the standard normal cut off at ±2. */
const cutOff = 0.8796256610342398

/** Numbers with mean 0 and variance scale / fan. */
export function varianceScaling(scale: number, mode: FanMode, distribution: FanDistribution, options: FanOptions = {}): Initializer {
  return scaling('varianceScaling', scale, mode, distribution, options)
}

function scaling(name: string, scale: number, mode: FanMode, distribution: FanDistribution, options: FanOptions = {}): Initializer {
  demandOptions(name, options, ['inAxis', 'outAxis'])
  const { inAxis = -2, outAxis = -1 } = options
  real(name, 'scale', scale)
  oneOf(name, 'mode', mode, ['fan_in', 'fan_out', 'fan_avg'])
  oneOf(name, 'distribution', distribution, ['truncated_normal', 'normal', 'uniform'])
  return (key, given, dtype) => {
    const shape = shapeOf(name, given)
    if (shape.length < 2) raise(fault('shape', `${name}: shape ${showShape(shape)} has no axes of inputs and outputs`, 'Give a shape of rank 2 or more.'))
    const [inputs, outputs] = [shape[axisIn(name, inAxis, { ndim: shape.length })]!, shape[axisIn(name, outAxis, { ndim: shape.length })]!]
    const field = size(shape) / (inputs * outputs)
    const fan = mode === 'fan_in' ? inputs * field : mode === 'fan_out' ? outputs * field : ((inputs + outputs) * field) / 2
    const variance = scale / fan
    switch (distribution) {
      case 'uniform':
        return ops.mul(random.uniform(key, shape, dtype, -1), Math.sqrt(3 * variance))
      case 'normal':
        return ops.mul(random.normal(key, shape, dtype), Math.sqrt(variance))
      case 'truncated_normal':
        return ops.mul(random.truncatedNormal(key, -2, 2, shape, dtype), Math.sqrt(variance) / cutOff)
    }
  }
}

/** Variance 2 / (inputs + outputs), uniform: for tanh and sigmoid. */
export const glorotUniform = (options?: FanOptions): Initializer => scaling('glorotUniform', 1, 'fan_avg', 'uniform', options)
/** Variance 2 / (inputs + outputs), truncated normal. */
export const glorotNormal = (options?: FanOptions): Initializer => scaling('glorotNormal', 1, 'fan_avg', 'truncated_normal', options)
/** Variance 1 / inputs, uniform. */
export const lecunUniform = (options?: FanOptions): Initializer => scaling('lecunUniform', 1, 'fan_in', 'uniform', options)
/** Variance 1 / inputs, truncated normal: for selu. */
export const lecunNormal = (options?: FanOptions): Initializer => scaling('lecunNormal', 1, 'fan_in', 'truncated_normal', options)
/** Variance 2 / inputs, uniform: for relu. */
export const heUniform = (options?: FanOptions): Initializer => scaling('heUniform', 2, 'fan_in', 'uniform', options)
/** Variance 2 / inputs, truncated normal: for relu. */
export const heNormal = (options?: FanOptions): Initializer => scaling('heNormal', 2, 'fan_in', 'truncated_normal', options)
