/**
 * The training loop: one compiled step, minibatches in an order that `random` draws anew each epoch.
 *
 * Everything that changes (parameters, the optimiser's state) is an immutable tree, replaced at each step.
 */
import { jit, valueAndGrad, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import * as optim from 'adjoint/optim'
import * as random from 'adjoint/random'
import type { Examples } from './data'
import { crossEntropy, type Parameters } from './models'

export interface Settings {
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: ReturnType<typeof optim.adam>
}

export interface Trained {
  readonly parameters: Parameters
  /** The mean loss of each epoch. */
  readonly losses: readonly number[]
}

/** Trains from the given parameters; `onEpoch` hears of every epoch. */
export function train(key: Tensor, start: Parameters, data: Examples, settings: Settings, onEpoch: (epoch: number, loss: number) => void): Trained {
  const { epochs, batchSize, optimizer } = settings
  const step = jit((parameters: Parameters, state: ReturnType<typeof optimizer.init>, features: Tensor, labels: Tensor) => {
    const [loss, gradient] = valueAndGrad(crossEntropy)(parameters, features, labels)
    const [updates, next] = optimizer.update(gradient, state, parameters)
    return [optim.applyUpdates(parameters, updates), next, loss] as const
  })

  const count = data.labels.size
  const batches = Math.ceil(count / batchSize)
  let parameters = start
  let state = optimizer.init(parameters)
  const losses: number[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(random.foldIn(key, epoch), count)
    let sum = 0
    for (let b = 0; b < batches; b++) {
      const rows = order.slice([b * batchSize, (b + 1) * batchSize])
      const [nextParameters, nextState, loss] = step(parameters, state, np.take(data.features, rows, 0), np.take(data.labels, rows, 0))
      parameters = nextParameters
      state = nextState
      sum += Number(loss) * rows.size
    }
    losses.push(sum / count)
    onEpoch(epoch, sum / count)
  }
  return { parameters, losses }
}
