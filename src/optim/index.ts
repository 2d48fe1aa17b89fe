/**
 * Optimisers as pairs of pure functions, in the manner of Optax.
 *
 * Law: init(params) → state; update(grads, state, params) → [updates, state]; applyUpdates(params, updates) → params.
 * Example:
 *   const optimizer = optim.chain(optim.clipByGlobalNorm(1), optim.adam(1e-3))
 *   const [updates, next] = optimizer.update(grads, state, params)
 */
export { chain, identity, type GradientTransformation, type OptState, type ScalarOrSchedule, type Schedule } from './transformation'
export {
  addDecayedWeights, scale, scaleByAdam, scaleByLearningRate, scaleByLion, scaleByRms, scaleByRss, scaleBySchedule, scaleByStddev, trace,
  type AdamOptions, type LionOptions, type RmsOptions, type RssOptions, type TraceOptions,
} from './moments'
export { masked, multiTransform, type Labels, type Mask } from './masks'
export { applyUpdates, clip, clipByBlockRms, clipByGlobalNorm, globalNorm, incrementalUpdate } from './update'
export { scaleByLbfgs, type LbfgsOptions } from './lbfgs'
export { adagrad, adam, adamw, lbfgs, lion, nadam, rmsprop, sgd, type DecayOptions, type MomentumOptions } from './optimizers'
export {
  constantSchedule, cosineDecaySchedule, exponentialDecay, joinSchedules, linearSchedule, piecewiseConstantSchedule, polynomialSchedule,
  warmupConstantSchedule, warmupCosineDecaySchedule,
  type CosineOptions, type CountSchedule, type ExponentialOptions, type LinearOptions, type PolynomialOptions, type WarmupCosineOptions,
} from './schedules'
export {
  cosineDistance, cosineSimilarity, huberLoss, l2Loss, logCosh, sigmoidBinaryCrossEntropy, softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels, squaredError, type CosineLossOptions, type EntropyOptions, type HuberOptions,
} from './losses'
