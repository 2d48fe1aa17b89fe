/**
 * Optimisers: chains of transformations under the names that people know them by.
 *
 * Law: as the functions of the same names in Optax, defaults included.
 * Example: const optimizer = adam(1e-3); let state = optimizer.init(params)
 * Source: the papers stand with the transformations; Loshchilov & Hutter 2019 (AdamW).
 */
import { demandOptions } from '../data/options'
import { byLbfgs, type LbfgsOptions } from './lbfgs'
import type { Mask } from './masks'
import {
  addDecayedWeights, byAdam, byLion, byRms, byRss, byStddev, scale, scaleByLearningRate, trace,
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
const momenta = ['momentum', 'nesterov']
const decays = ['weightDecay', 'mask']

/** Gradient descent, with momentum where it is given. */
export const sgd = (learningRate: ScalarOrSchedule, options: MomentumOptions = {}): GradientTransformation => {
  demandOptions('sgd', options, momenta)
  return chain(withMomentum(options), scaleByLearningRate(learningRate))
}

/** Adam; with `nesterov`, Nadam. */
export const adam = (learningRate: ScalarOrSchedule, options: AdamOptions = {}): GradientTransformation =>
  chain(byAdam('adam', options), scaleByLearningRate(learningRate))

/** Adam with Nesterov's momentum. */
export const nadam = (learningRate: ScalarOrSchedule, options: AdamOptions = {}): GradientTransformation => {
  demandOptions('nadam', options, ['b1', 'b2', 'eps', 'epsRoot', 'nesterov'])
  return chain(byAdam('nadam', { ...options, nesterov: true }), scaleByLearningRate(learningRate))
}

export interface DecayOptions {
  /** AdamW 1e-4, Lion 1e-3. */
  readonly weightDecay?: ScalarOrSchedule
  /** Which parameters decay: all unless given. */
  readonly mask?: Mask
}
/** Adam with weight decay apart from the gradient. */
export const adamw = (learningRate: ScalarOrSchedule, options: AdamOptions & DecayOptions = {}): GradientTransformation =>
  chain(byAdam('adamw', options, decays), addDecayedWeights(options.weightDecay ?? 1e-4, options.mask), scaleByLearningRate(learningRate))

/** RMSProp; `centered` divides by the standard deviation. */
export const rmsprop = (learningRate: ScalarOrSchedule, options: RmsOptions & MomentumOptions & { readonly centered?: boolean } = {}): GradientTransformation => {
  const scaling = (options?.centered ? byStddev : byRms)('rmsprop', options, ['centered', ...momenta])
  return chain(scaling, scaleByLearningRate(learningRate), withMomentum(options))
}

/** AdaGrad. */
export const adagrad = (learningRate: ScalarOrSchedule, options: RssOptions = {}): GradientTransformation =>
  chain(byRss('adagrad', options), scaleByLearningRate(learningRate))

/** Lion: steps of one size, in the direction of signs. */
export const lion = (learningRate: ScalarOrSchedule, options: LionOptions & DecayOptions = {}): GradientTransformation =>
  chain(byLion('lion', options, decays), addDecayedWeights(options.weightDecay ?? 1e-3, options.mask), scaleByLearningRate(learningRate))

/**
 * L-BFGS with a step size (1 unless given), which is `optax.lbfgs(learningRate, linesearch=None)`: there is no line search
 * here, because update does not call the function. `solve.minimize` has one.
 */
export const lbfgs = (learningRate: ScalarOrSchedule | null = null, options: LbfgsOptions = {}): GradientTransformation =>
  chain(byLbfgs('lbfgs', options), learningRate === null ? scale(-1) : scaleByLearningRate(learningRate))
