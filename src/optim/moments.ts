/**
 * Transformations that scale: by numbers and schedules, by moments of the gradients, by signs; momentum and weight decay.
 *
 * Law: with constant gradient g, scaleByAdam's update is g / (|g| + ε) at every step: its moments are corrected for bias.
 * Source: Kingma & Ba 2015 (Adam); Dozat 2016 (Nadam); Tieleman & Hinton 2012 (RMSProp); Graves 2013 (centred RMSProp);
 * Duchi, Hazan & Singer 2011 (AdaGrad); Chen et al. 2023 (Lion); Sutskever et al. 2013 (momentum). Formulas as in Optax.
 */
import { demandFunction } from '../data/options'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import {
  counted, each, filledLike, identity, needed, scalarOf, scaled, settings, stateless, transformation, zeroCount,
  type GradientTransformation, type ScalarOrSchedule, type Schedule,
} from './transformation'
import { masked, type Mask } from './masks'

/** Updates times a number. */
export const scale = (stepSize: TensorLike): GradientTransformation => stateless((grads) => each((g) => scaled(g, stepSize), grads))

interface Counted {
  readonly count: Tensor
}

/** Updates times what the schedule gives for the number of steps before. */
export const scaleBySchedule = (stepSize: Schedule): GradientTransformation => {
  demandFunction('scaleBySchedule', stepSize, 'Give a function of the number of steps; optim.scale takes a number.')
  return transformation<Counted>(
    () => ({ count: zeroCount() }),
    (grads, { count }) => {
      const s = stepSize(count)
      return [each((g) => scaled(g, s), grads), { count: counted(count) }]
    },
  )
}

/** Updates times minus the learning rate: a number, a scalar tensor or a schedule. */
export const scaleByLearningRate = (learningRate: ScalarOrSchedule, options: { readonly flipSign?: boolean } = {}): GradientTransformation => {
  const { flipSign } = settings('scaleByLearningRate', options, { flipSign: true })
  const signed = (x: TensorLike): TensorLike => (!flipSign ? x : typeof x === 'number' ? -x : ops.neg(scalarOf(x, 'float64')))
  return typeof learningRate === 'function' ? scaleBySchedule((count) => signed(learningRate(count))) : scale(signed(learningRate))
}

export interface TraceOptions {
  readonly nesterov?: boolean
}
/** Momentum: the sum t of past updates, each step's counting `decay` times the one's after it. */
export const trace = (decay: number, options: TraceOptions = {}): GradientTransformation => {
  const { nesterov } = settings('trace', options, { nesterov: false })
  return transformation<{ readonly trace: unknown }>(
    (params) => ({ trace: filledLike(params, 0) }),
    (grads, state) => {
      const add = (g: Tensor, t: Tensor): Tensor => ops.add(g, ops.mul(t, decay))
      const sum = each(add, grads, state.trace)
      return [nesterov ? each(add, grads, sum) : sum, { trace: sum }]
    },
  )
}

/** (1 − decay) · xᵖ + decay · m. */
const moment = (x: unknown, m: unknown, decay: number, power: 1 | 2): unknown =>
  each((g, t) => ops.add(ops.mul(power === 2 ? ops.mul(g, g) : g, 1 - decay), ops.mul(t, decay)), x, m)

/** m / (1 − decayⁿ): the mean that m would be, had it not begun at 0. */
const unbiased = (m: unknown, decay: number, n: Tensor): unknown => {
  const divisor = ops.sub(1, ops.pow(decay, ops.convert(n, 'float64')))
  return each((t) => ops.div(t, ops.convert(divisor, t.dtype)), m)
}

export interface AdamOptions {
  /** Decay of the mean of gradients, 0.9. */
  readonly b1?: number
  /** Decay of the mean of their squares, 0.999. */
  readonly b2?: number
  /** Added to the root, 1e-8. */
  readonly eps?: number
  /** Added under the root, 0. */
  readonly epsRoot?: number
  readonly nesterov?: boolean
}
interface AdamState extends Counted {
  readonly mu: unknown
  readonly nu: unknown
}

/** Adam's rescaling: m̂ / (√v̂ + ε), m̂ and v̂ the bias-corrected means of gradients and of their squares. */
export const scaleByAdam = (options: AdamOptions = {}): GradientTransformation => byAdam('scaleByAdam', options)

/** The same, under the name of who uses it, which may have options of its own. */
export function byAdam(name: string, options: AdamOptions, others: readonly string[] = []): GradientTransformation {
  const { b1, b2, eps, epsRoot, nesterov } = settings(name, options, { b1: 0.9, b2: 0.999, eps: 1e-8, epsRoot: 0, nesterov: false }, others)
  return transformation<AdamState>(
    (params) => ({ count: zeroCount(), mu: filledLike(params, 0), nu: filledLike(params, 0) }),
    (grads, state) => {
      const mu = moment(grads, state.mu, b1, 1)
      const nu = moment(grads, state.nu, b2, 2)
      const count = counted(state.count)
      const mean = nesterov ? moment(unbiased(grads, b1, count), unbiased(mu, b1, counted(count)), b1, 1) : unbiased(mu, b1, count)
      const root = (v: Tensor): Tensor => ops.sqrt(epsRoot === 0 ? v : ops.add(v, epsRoot))
      return [each((m, v) => ops.div(m, ops.add(root(v), eps)), mean, unbiased(nu, b2, count)), { count, mu, nu }]
    },
  )
}

export interface RmsOptions {
  /** Decay of the mean of squares, 0.9. */
  readonly decay?: number
  /** Added under the root, 1e-8; to the root with `epsInSqrt: false`. */
  readonly eps?: number
  /** What the mean of squares begins with, 0. */
  readonly initialScale?: number
  readonly epsInSqrt?: boolean
  readonly biasCorrection?: boolean
}
interface RmsState {
  readonly count: Tensor | null
  readonly nu: unknown
}

/** 1 / √x with ε under the root or beside it. */
const inverseRoot = (x: Tensor, eps: number, inside: boolean): Tensor => ops.div(1, inside ? ops.sqrt(ops.add(x, eps)) : ops.add(ops.sqrt(x), eps))

/** Updates divided by the root of the running mean of their squares. */
export const scaleByRms = (options: RmsOptions = {}): GradientTransformation => byRms('scaleByRms', options)

const rmsDefaults: Required<RmsOptions> = { decay: 0.9, eps: 1e-8, initialScale: 0, epsInSqrt: true, biasCorrection: false }

/** The same, under the name of who uses it. */
export function byRms(name: string, options: RmsOptions, others: readonly string[] = []): GradientTransformation {
  const { decay, eps, initialScale, epsInSqrt, biasCorrection } = settings(name, options, rmsDefaults, others)
  return transformation<RmsState>(
    (params) => ({ count: biasCorrection ? zeroCount() : null, nu: filledLike(params, initialScale) }),
    (grads, state) => {
      const nu = moment(grads, state.nu, decay, 2)
      const count = state.count && counted(state.count)
      const mean = count ? unbiased(nu, decay, count) : nu
      return [each((g, v) => ops.mul(inverseRoot(v, eps, epsInSqrt), g), grads, mean), { count, nu }]
    },
  )
}

/** Updates divided by their running standard deviation. A variance that rounding makes negative (Optax: NaN) counts as 0. */
export const scaleByStddev = (options: RmsOptions = {}): GradientTransformation => byStddev('scaleByStddev', options)

/** The same, under the name of who uses it. */
export function byStddev(name: string, options: RmsOptions, others: readonly string[] = []): GradientTransformation {
  const { decay, eps, initialScale, epsInSqrt, biasCorrection } = settings(name, options, rmsDefaults, others)
  return transformation<RmsState & { readonly mu: unknown }>(
    (params) => ({ count: biasCorrection ? zeroCount() : null, mu: filledLike(params, 0), nu: filledLike(params, initialScale) }),
    (grads, state) => {
      const mu = moment(grads, state.mu, decay, 1)
      const nu = moment(grads, state.nu, decay, 2)
      const count = state.count && counted(state.count)
      const [m1, m2] = count ? [unbiased(mu, decay, count), unbiased(nu, decay, count)] : [mu, nu]
      const scaling = (m: Tensor, v: Tensor): Tensor => inverseRoot(ops.max(ops.sub(v, ops.mul(m, m)), 0), eps, epsInSqrt)
      return [each((g, m, v) => ops.mul(scaling(m, v), g), grads, m1, m2), { count, mu, nu }]
    },
  )
}

export interface RssOptions {
  /** What the sums of squares begin with, 0.1. */
  readonly initialAccumulatorValue?: number
  /** Added under the root, 1e-7. */
  readonly eps?: number
}
/** Updates divided by the root of the sum of all their squares so far. */
export const scaleByRss = (options: RssOptions = {}): GradientTransformation => byRss('scaleByRss', options)

/** The same, under the name of who uses it. */
export function byRss(name: string, options: RssOptions): GradientTransformation {
  const { initialAccumulatorValue, eps } = settings(name, options, { initialAccumulatorValue: 0.1, eps: 1e-7 })
  return transformation<{ readonly sumOfSquares: unknown }>(
    (params) => ({ sumOfSquares: filledLike(params, initialAccumulatorValue) }),
    (grads, state) => {
      const sumOfSquares = each((g, t) => ops.add(ops.mul(g, g), t), grads, state.sumOfSquares)
      const update = (g: Tensor, t: Tensor): Tensor => {
        const positive = ops.gt(t, 0)
        return ops.mul(ops.select(positive, inverseRoot(ops.select(positive, t, 1), eps, true), 0), g)
      }
      return [each(update, grads, sumOfSquares), { sumOfSquares }]
    },
  )
}

export interface LionOptions {
  /** Weight of the mean in the update, 0.9. */
  readonly b1?: number
  /** Decay of the mean, 0.99. */
  readonly b2?: number
}
/** The sign of an interpolation between gradient and mean of gradients. */
export const scaleByLion = (options: LionOptions = {}): GradientTransformation => byLion('scaleByLion', options)

/** The same, under the name of who uses it, which may have options of its own. */
export function byLion(name: string, options: LionOptions, others: readonly string[] = []): GradientTransformation {
  const { b1, b2 } = settings(name, options, { b1: 0.9, b2: 0.99 }, others)
  return transformation<Counted & { readonly mu: unknown }>(
    (params) => ({ count: zeroCount(), mu: filledLike(params, 0) }),
    (grads, state) => [
      each(ops.sign, moment(grads, state.mu, b1, 1)),
      { count: counted(state.count), mu: moment(grads, state.mu, b2, 1) },
    ],
  )
}

/** Adds weightDecay · parameters to the updates; `mask` says to which. */
export function addDecayedWeights(weightDecay: ScalarOrSchedule = 0, mask?: Mask): GradientTransformation {
  const decayed = (grads: unknown, params: unknown, s: TensorLike): unknown => each((g, p) => ops.add(g, scaled(p, s)), grads, needed('addDecayedWeights', params))
  const plain =
    typeof weightDecay === 'function'
      ? transformation<Counted>(
          () => ({ count: zeroCount() }),
          (grads, { count }, params) => [decayed(grads, params, weightDecay(count)), { count: counted(count) }],
        )
      : weightDecay === 0
        ? identity()
        : stateless((grads, params) => decayed(grads, params, weightDecay))
  return mask === undefined ? plain : masked(plain, mask)
}
