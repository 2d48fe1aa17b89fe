/**
 * Gamma numbers and what is made of them: beta, Dirichlet, χ² and Student's t.
 *
 * Law: as the functions of the same names in `jax.random`, to rounding. Differentiable once in the parameters: the number
 * moves so that the probability below it stays (relative error below 1e-10 but in the far upper tail).
 * Source: Marsaglia & Tsang 2000, "A simple method for generating gamma variables"; Figurnov, Mohamed & Mnih 2018,
 * "Implicit reparameterization gradients"; Abramowitz & Stegun 1964, 6.5.29, and 26.2.49 for large a (Cornish & Fisher).
 */
import { right } from 'fp-ts/Either'
import * as math from '../compile/math/functions'
import { onNumber, onTwo } from '../compile/scalar'
import { fault, raise } from '../data/errors'
import { range, type Shape } from '../data/shape'
import { elementwise, elementwiseWith } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { apply, named, stretch } from '../numpy/arguments'
import { definePrimitive, floating, pointwise } from '../primitives/define'
import { blocks } from '../primitives/kernels/threefry'
import { ops } from '../primitives/core'
import { stopGradient } from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { keyOf, split, words, type ShapeArg } from './key'
import { giles, giles32 } from './giles'
import { standardNormal } from './normal'
import { parameter, parameterOptions, parameterShape, stretched, type ParameterOptions } from './parameters'
import { floatDType, type FloatDType } from './uniform'

const digamma = onNumber(math.digamma)
const exp = onNumber(math.exp)
const ln = onNumber(math.log)
const log1p = onNumber(math.log1p)
const pow = onTwo(math.pow, 'float64')

/** A stream of blocks of its own, as a key. */
interface Stream {
  readonly a: number
  readonly b: number
}
const first = /* @__PURE__ */ new Float64Array(1)
const second = /* @__PURE__ */ new Float64Array(1)

/** Block i of a stream: the key that `split` makes i-th. */
function block({ a, b }: Stream, i: number): Stream {
  blocks(a | 0, b | 0, i, 1, first, second, 0)
  return { a: first[0]!, b: second[0]! }
}
/** One uniform number in [0, 1). */
function uniform01(stream: Stream, single: boolean): number {
  const { a, b } = block(stream, 0)
  return single ? ((a ^ b) >>> 9) * 2 ** -23 : (a * 2 ** 20 + (b >>> 12)) * 2 ** -52
}
/** One normal number. */
function normal1(stream: Stream, single: boolean): number {
  const from = single ? 2 ** -24 - 1 : 2 ** -53 - 1
  const u = Math.max(from, 2 * uniform01(stream, single) + from)
  const round = single ? Math.fround : Number
  return round((single ? giles32 : giles)(u, round(-log1p(round(-u * u)))) * round(Math.SQRT2))
}

/** A gamma number for shape parameter a, or its logarithm. */
function sampled(key: Stream, a: number, log: boolean, single: boolean): number {
  const alpha = a >= 1 ? a : a + 1
  const d = alpha - 1 / 3
  const c = 1 / 3 / Math.sqrt(d)
  const boost = block(key, 1)
  let [rest, square, cube, u] = [block(key, 0), 0, 1, 2]
  while (u >= 1 - 0.0331 * square * square && ln(u) >= square / 2 + d * (1 - cube + ln(cube))) {
    let normals = block(rest, 1)
    let [x, v] = [0, -1]
    while (v <= 0) {
      x = normal1(block(normals, 1), single)
      v = 1 + x * c
      normals = block(normals, 0)
    }
    square = x * x
    cube = v * v * v
    u = uniform01(block(rest, 2), single)
    rest = block(rest, 0)
  }
  const w = a >= 1 ? 0 : uniform01(boost, single)
  if (log) return ln(d) + ln(cube) + (w === 0 ? 0 : log1p(-w) / a)
  return d * cube * (w === 0 ? 1 : pow(1 - w, 1 / a))
}

const samplers = /* @__PURE__ */ [false, true].map((log) => [false, true].map((single) => (a: number, b: number, alpha: number) => (alpha > 0 ? sampled({ a, b }, alpha, log, single) : NaN)))

/** d log z / da of the gamma number z for a large a, by the expansion of z in powers of 1/√a at a fixed normal quantile x. */
function slopeOfLarge(a: number, z: number): number {
  const s = Math.sqrt(a)
  let x = (z - a) / s
  const third = (): number => (x * x * x - 7 * x) / 36
  const fourth = (): number => (3 * (x * x) * (x * x) + 7 * x * x - 16) / 810
  for (let i = 0; i < 6; i++) x = (z - a - (x * x - 1) / 3 - third() / s + fourth() / a) / s
  return (1 + x / (2 * s) - third() / (2 * a * s) + fourth() / (a * a)) / z
}

/** d log z / da of the gamma number z = e^logz: −∂P(a, z)/∂a divided by z times the density, by the series of P. */
function slope(a: number, logz: number): number {
  const z = exp(logz)
  if (a > 1e4) return slopeOfLarge(a, z)
  let [term, harmonic, sum, weighted] = [1, 0, 1, 0]
  for (let n = 1; n <= z - a || term * (1 + harmonic) > 1e-17 * sum; n++) {
    term *= z / (a + n)
    harmonic += 1 / (a + n)
    sum += term
    weighted += term * harmonic
  }
  return (weighted - (logz - digamma(a + 1)) * sum) / a
}

/** d log z / da, of operands a and log z. It has no derivative of its own. */
const gammaSlope: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'random_gamma_slope',
  shape: pointwise('random_gamma_slope', floating, 'a floating dtype'),
  kernel: elementwise(({ call }, a, logz) => call(slope, a, logz)),
  jvp: () => raise(fault('nonlinear', 'gamma numbers have a first derivative in their parameter, not a second one', 'Use np.stopGradient or random.gamma of a constant where second derivatives are taken.')),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** A gamma number (or its logarithm) from the two words of its key and its parameter. */
const randomGamma: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'random_gamma',
  shape: ([word, , a]) => right([{ shape: word!.shape, dtype: a!.dtype, weak: false }]),
  kernel: elementwiseWith(({ call }, words, { log }: { log: boolean }, out) => call(samplers[Number(log)]![Number(out.dtype === 'float32')]!, ...words)),
  jvp: (ops, [, , a], [z], [, , da], { log }: { log: boolean }) => {
    if (log) return ops.mul(da!, ops.bind(gammaSlope, [a!, z!])[0]!)
    const positive = ops.gt(z!, 0)
    const d = ops.mul(ops.bind(gammaSlope, [a!, ops.log(ops.select(positive, z!, 1))])[0]!, z!)
    return ops.mul(da!, ops.select(positive, d, 0))
  },
  transpose: 'nonlinear',
  batch: 'elementwise',
})

const gammas = (key: Tensor, a: Tensor, shape: Shape, log: boolean): Tensor => apply(randomGamma, [...words(key, shape), a], { log })

type OneParameter = (key: TensorLike, parameter: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions) => Tensor

const ofOne =
  (name: string, sample: (key: Tensor, parameter: Tensor, shape: Shape, dtype: FloatDType) => Tensor): OneParameter =>
  (key, given, shape, dtype) => {
    const s = stretched(name, parameterOptions(name, shape, dtype), given)
    return sample(keyOf(name, key), s.parameters[0]!, s.shape, s.dtype)
  }

/** Gamma numbers: density x^(a − 1) e^(−x) / Γ(a). */
export const gamma: OneParameter = /* @__PURE__ */ ofOne('gamma', (key, a, shape) => gammas(key, a, shape, false))
/** Logarithms of gamma numbers, which do not underflow where a is small. */
export const loggamma: OneParameter = /* @__PURE__ */ ofOne('loggamma', (key, a, shape) => gammas(key, a, shape, true))
/** χ² numbers of df degrees of freedom. */
export const chisquare: OneParameter = /* @__PURE__ */ ofOne('chisquare', (key, df, shape) => ops.mul(ops.exp(gammas(key, ops.div(df, 2), shape, true)), 2))
/** Student's t numbers of df degrees of freedom. */
export const t: OneParameter = /* @__PURE__ */ ofOne('t', (key, df, shape, dtype) => {
  const keys = split(key)
  const half = ops.div(df, 2)
  return ops.mul(standardNormal(keys.at(0), shape, dtype), ops.sqrt(ops.div(half, gammas(keys.at(1), half, shape, false))))
})

/** Beta numbers: density proportional to x^(a − 1) (1 − x)^(b − 1). */
export function beta(key: TensorLike, a: TensorLike, b: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const s = stretched('beta', parameterOptions('beta', shape, dtype), a, b)
  const keys = split(keyOf('beta', key))
  const [x, y] = s.parameters.map((p, i) => gammas(keys.at(i), p, s.shape, true)) as [Tensor, Tensor]
  const top = stopGradient(ops.max(x, y))
  const [ex, ey] = [ops.exp(ops.sub(x, top)), ops.exp(ops.sub(y, top))]
  return ops.div(ex, ops.add(ex, ey))
}

/** Dirichlet numbers: probabilities along a last axis, as long as alpha's; of shape [...shape, k]. */
export function dirichlet(key: TensorLike, alpha: TensorLike, shape?: ShapeArg | null | ParameterOptions, dtype?: FloatDType | ParameterOptions): Tensor {
  const o = named<ParameterOptions>('dirichlet', ['shape', 'dtype'], [shape ?? undefined, dtype])
  const p = parameter(alpha, floatDType('dirichlet', o.dtype, o.shape))
  if (p.ndim === 0) raise(fault('shape', 'dirichlet: alpha is a scalar', 'Give one number for each category, along the last axis.'))
  const batch = parameterShape('dirichlet', o.shape, ops.full(p.shape.slice(0, -1), 0, p.dtype))
  const form = [...batch, p.shape[p.ndim - 1]!]
  const logs = gammas(keyOf('dirichlet', key), stretch('dirichlet', p, form), form, true)
  const along = (x: Tensor): Tensor => ops.broadcast(x, form, range(batch.length))
  const e = ops.exp(ops.sub(logs, along(stopGradient(ops.reduceMax(logs, [batch.length])))))
  return ops.div(e, along(ops.sum(e, [batch.length])))
}
