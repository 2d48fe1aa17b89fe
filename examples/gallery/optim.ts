/**
 * Every function of adjoint/optim once, with what it prints. They follow Optax: an optimiser is a pair {init, update}.
 *
 * Run: npx tsx examples/gallery/optim.ts
 */
import { grad, jit, tree, type Tensor, type TensorTree } from 'adjoint'
import * as np from 'adjoint/numpy'
import * as optim from 'adjoint/optim'
import { runIfEntry, type Print } from '../entry'
import { text } from './text'

/** A bowl with its minimum 0 at (1, 2), ten times steeper in the second direction. */
const bowl = (p: Tensor): Tensor => np.sum(np.multiply([1, 10], np.square(np.subtract(p, [1, 2]))))

/** What is left of the bowl's height after 200 steps from (0, 0), rounded to three digits. */
function left(optimizer: optim.GradientTransformation): string {
  let p = np.zeros(2)
  let state = optimizer.init(p)
  for (let k = 0; k < 200; k++) {
    const gradient = grad(bowl)(p)
    const [updates, next] = optimizer.update(gradient, state, p)
    p = optim.applyUpdates(p, updates)
    state = next
  }
  return Number(bowl(p)).toFixed(3)
}

/** A trainer of parameters of any form: `TensorTree<P>` says that P is a tree of tensors, and so is what each step returns. */
function train<P extends TensorTree<P>>(loss: (p: P) => Tensor, init: P, optimizer: optim.GradientTransformation, steps: number): P {
  const step = jit((p: P, state: optim.OptState) => {
    const [updates, next] = optimizer.update(grad(loss)(p), state, p)
    return [optim.applyUpdates(p, updates), next] as const
  })
  let p = init
  let state = optimizer.init(p)
  for (let k = 0; k < steps; k++) [p, state] = step(p, state)
  return p
}

/** What one step makes of the gradients, at parameters of ones. */
function updated(optimizer: optim.GradientTransformation, gradients: unknown): unknown {
  const params = tree.map(np.onesLike, gradients)
  return optimizer.update(gradients, optimizer.init(params), params)[0]
}

export function main(print: Print): void {
  const show = (x: unknown): void => print(text(x))
  const g = np.array([3, -4])

  // Optimisers: what is left of 41 after 200 steps
  show(left(optim.sgd(0.05))) // => 0.000
  show(left(optim.sgd(0.01, { momentum: 0.9 }))) // => 0.000
  show(left(optim.adam(0.1))) // => 0.000
  show(left(optim.adamw(0.1, { weightDecay: 1e-4 }))) // => 0.000
  show(left(optim.nadam(0.1))) // => 0.000
  show(left(optim.rmsprop(0.05))) // => 0.000
  show(left(optim.adagrad(1))) // => 0.000
  show(left(optim.lion(0.02))) // => 0.011
  show(left(optim.lbfgs(1))) // => 0.000

  // A generic trainer: what it returns has the type of what it was given
  const line = train((p: { slope: Tensor; offset: Tensor }) => np.sum(np.square(p.slope.mul(np.array([1, 2, 3])).add(p.offset).sub([3, 5, 7]))), { slope: np.array(0), offset: np.array(0) }, optim.adam(0.1), 500)
  show([np.round(line.slope, 3), np.round(line.offset, 3)]) // => [2.0, 1.0]

  // A step of the optimisers' parts
  show(updated(optim.identity(), g)) // => [ 3. -4.]
  show(updated(optim.scale(-0.1), g)) // => [-0.3  0.4]
  show(updated(optim.scaleByLearningRate(0.1), g)) // => [-0.3  0.4]
  show(updated(optim.scaleBySchedule(optim.constantSchedule(0.5)), g)) // => [ 1.5 -2. ]
  show(updated(optim.trace(0.9), g)) // => [ 3. -4.]
  show(updated(optim.scaleByAdam(), g)) // => [ 1. -1.]
  show(updated(optim.scaleByRms({ decay: 0.9 }), g)) // => [ 3.16227764 -3.16227765]
  show(updated(optim.scaleByStddev({ decay: 0.9 }), g)) // => [ 3.33333331 -3.33333332]
  show(updated(optim.scaleByRss({ initialAccumulatorValue: 0 }), g)) // => [ 0.99999999 -1.        ]
  show(updated(optim.scaleByLion(), g)) // => [ 1. -1.]
  show(updated(optim.scaleByLbfgs(), g)) // => [ 0.6 -0.8]
  show(updated(optim.addDecayedWeights(0.1), g)) // => [ 3.1 -3.9]
  show(updated(optim.clip(1), g)) // => [ 1. -1.]
  show(updated(optim.clipByGlobalNorm(1), g)) // => [ 0.6 -0.8]
  show(updated(optim.clipByBlockRms(1), g)) // => [ 0.84852814 -1.13137085]
  show(updated(optim.chain(optim.clipByGlobalNorm(1), optim.scale(-1)), g)) // => [-0.6  0.8]
  show(updated(optim.masked(optim.scale(0), [true, false]), [np.array(1), np.array(2)])) // => [0.0, 2.0]
  show(updated(optim.multiTransform({ slow: optim.scale(0.1), fast: optim.scale(10) }, ['slow', 'fast']), [np.array(1), np.array(2)])) // => [0.1, 20.0]

  // On trees of parameters
  show(optim.globalNorm({ a: [3], b: [4] })) // => 5.0
  show(optim.applyUpdates({ w: np.ones(2) }, { w: g })) // => { w: [ 4. -3.] }
  show(optim.incrementalUpdate(np.array([1, 1]), np.array([0, 2]), 0.1)) // => [0.1 1.9]

  // Schedules at steps 0, 5, 10
  const at = (schedule: (step: number) => Tensor): Tensor[] => [0, 5, 10].map(schedule)
  show(at(optim.constantSchedule(0.1))) // => [0.1, 0.1, 0.1]
  show(at(optim.linearSchedule(1, 0, 10))) // => [1.0, 0.5, 0.0]
  show(at(optim.polynomialSchedule(1, 0, 2, 10))) // => [1.0, 0.25, 0.0]
  show(at(optim.exponentialDecay(1, 10, 0.5))) // => [1.0, 0.7071067811865476, 0.5]
  show(at(optim.cosineDecaySchedule(1, 10))) // => [1.0, 0.5, 0.0]
  show(at(optim.piecewiseConstantSchedule(1, { 5: 0.1 }))) // => [1.0, 0.1, 0.1]
  show(at(optim.warmupConstantSchedule(0, 1, 5))) // => [0.0, 1.0, 1.0]
  show(at(optim.warmupCosineDecaySchedule(0, 1, 5, 10))) // => [0.0, 1.0, 0.0]
  show(at(optim.joinSchedules([optim.constantSchedule(1), optim.constantSchedule(0.5)], [5]))) // => [1.0, 0.5, 0.5]

  // Losses
  show(optim.squaredError([1, 2], [1, 4])) // => [0. 4.]
  show(optim.l2Loss([1, 2], [1, 4])) // => [0. 2.]
  show(optim.huberLoss([0.5, 3])) // => [0.125 2.5  ]
  show(optim.logCosh([0, 100])) // => [ 0.         99.30685282]
  show(optim.cosineSimilarity([1, 0], [1, 1])) // => 0.7071067811865475
  show(optim.cosineDistance([1, 0], [0, 1])) // => 1.0
  show(optim.softmaxCrossEntropy([0, 0], [1, 0])) // => 0.6931471805599453
  show(optim.softmaxCrossEntropyWithIntegerLabels([0, 0], np.array(1, 'int32'))) // => 0.6931471805599453
  show(optim.sigmoidBinaryCrossEntropy([0, 2], [1, 1])) // => [0.69314718 0.12692801]
}

await runIfEntry(import.meta.url, main)
