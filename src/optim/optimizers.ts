/**
 * Optimisers: chains of transformations under the names that people know them by.
 *
 * Law: as the functions of the same names in Optax, defaults included.
 * Example: const optimizer = adam(1e-3); let state = optimizer.init(params)
 * Source: the papers stand with the transformations; Loshchilov & Hutter 2019 (AdamW).
 */
import { scaleByLbfgs, type LbfgsOptions } from './lbfgs'
import type { Mask } from './masks'
import {
  addDecayedWeights, scale, scaleByAdam, scaleByLearningRate, scaleByLion, scaleByRms, scaleByRss, scaleByStddev, trace,
  type AdamOptions, type LionOptions, type RmsOptions, type RssOptions,
} from './moments'
import { chain, identity, type GradientTransformation, type ScalarOrSchedule } from './transformation'

export interface MomentumOptions {
  /** How much of the last update is kept: no momentum unless given. */
  readonly momentum?: number | null
  readonly nesterov?: boolean
}
const withMomentum = ({ momentum, nesterov = false }: MomentumOptions): GradientTransformation =>
  momentum === undefined || momentum === null ? identity() : trace(momentum, { nesterov })

/** Gradient descent, with momentum where it is given. */
export const sgd = (learningRate: ScalarOrSchedule, options: MomentumOptions = {}): GradientTransformation =>
  chain(withMomentum(options), scaleByLearningRate(learningRate))

/** Adam; with `nesterov`, Nadam. */
export const adam = (learningRate: ScalarOrSchedule, options: AdamOptions = {}): GradientTransformation =>
  chain(scaleByAdam(options), scaleByLearningRate(learningRate))

/** Adam with Nesterov's momentum. */
export const nadam = (learningRate: ScalarOrSchedule, options: AdamOptions = {}): GradientTransformation => adam(learningRate, { ...options, nesterov: true })

export interface DecayOptions {
  /** AdamW 1e-4, Lion 1e-3. */
  readonly weightDecay?: ScalarOrSchedule
  /** Which parameters decay: all unless given. */
  readonly mask?: Mask
}
/** Adam with weight decay apart from the gradient. */
export const adamw = (learningRate: ScalarOrSchedule, { weightDecay = 1e-4, mask, ...options }: AdamOptions & DecayOptions = {}): GradientTransformation =>
  chain(scaleByAdam(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate(learningRate))

/** RMSProp; `centered` divides by the standard deviation. */
export const rmsprop = (learningRate: ScalarOrSchedule, { centered = false, momentum, nesterov, ...options }: RmsOptions & MomentumOptions & { readonly centered?: boolean } = {}): GradientTransformation =>
  chain((centered ? scaleByStddev : scaleByRms)(options), scaleByLearningRate(learningRate), withMomentum({ momentum, nesterov }))

/** AdaGrad. */
export const adagrad = (learningRate: ScalarOrSchedule, options: RssOptions = {}): GradientTransformation =>
  chain(scaleByRss(options), scaleByLearningRate(learningRate))

/** Lion: steps of one size, in the direction of signs. */
export const lion = (learningRate: ScalarOrSchedule, { weightDecay = 1e-3, mask, ...options }: LionOptions & DecayOptions = {}): GradientTransformation =>
  chain(scaleByLion(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate(learningRate))

/**
 * L-BFGS with a step size (1 unless given), which is `optax.lbfgs(learningRate, linesearch=None)`: there is no line search
 * here, because update does not call the function. `solve.minimize` has one.
 */
export const lbfgs = (learningRate: ScalarOrSchedule | null = null, options: LbfgsOptions = {}): GradientTransformation =>
  chain(scaleByLbfgs(options), learningRate === null ? scale(-1) : scaleByLearningRate(learningRate))
