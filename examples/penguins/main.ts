/**
 * Penguins: logistic regression and a multilayer perceptron, trained by exact gradients, judged on birds held out.
 *
 * Run: npx tsx examples/penguins/main.ts [seed]
 * Prints progress, the loss curve, and how many of the held-out birds each model names rightly.
 */
import asciichart from 'asciichart'
import * as optim from 'adjoint/optim'
import * as random from 'adjoint/random'
import { runIfEntry, type Print } from '../entry'
import { penguins } from './data'
import { accuracy, initial } from './models'
import { progress } from './progress'
import { train, type Settings } from './train'

interface Candidate extends Settings {
  readonly name: string
  readonly sizes: readonly number[]
}

const candidates = (): readonly Candidate[] => [
  { name: 'logistic regression', sizes: [4, 3], epochs: 60, batchSize: 32, optimizer: optim.adam(0.03) },
  { name: 'perceptron 4-16-3', sizes: [4, 16, 3], epochs: 40, batchSize: 32, optimizer: optim.adamw(0.01, { weightDecay: 0.1 }) },
]

export interface Result {
  readonly name: string
  readonly losses: readonly number[]
  readonly trainAccuracy: number
  readonly heldOutAccuracy: number
}

/** Trains both models for one seed, from which split, initial weights and batches are drawn. */
export function results(seed: number, print: Print): readonly Result[] {
  const [splitKey, initialKey, batchKey] = random.split(random.key(seed), 3)
  const { train: seen, held } = penguins(splitKey)
  return candidates().map((candidate) => {
    const bar = progress(candidate.name.padEnd(20), candidate.epochs, print)
    const { parameters, losses } = train(batchKey, initial(initialKey, candidate.sizes), seen, candidate, bar.at)
    bar.stop()
    return {
      name: candidate.name,
      losses,
      trainAccuracy: accuracy(parameters, seen.features, seen.labels),
      heldOutAccuracy: accuracy(parameters, held.features, held.labels),
    }
  })
}

export function main(print: Print, seed = 0): readonly Result[] {
  print('Penguins: species from four measurements')
  const both = results(seed, print)
  for (const { name, losses, trainAccuracy, heldOutAccuracy } of both) {
    print('')
    print(`${name}: mean loss over ${losses.length} epochs`)
    asciichart.plot([...losses], { height: 8, format: (x: number) => x.toFixed(2).padStart(6) }).split('\n').forEach(print)
    print(`accuracy: training ${trainAccuracy.toFixed(3)}, held out ${heldOutAccuracy.toFixed(3)}`)
  }
  return both
}

await runIfEntry(import.meta.url, (print) => void main(print, Number(process.argv[2] ?? 0)))
