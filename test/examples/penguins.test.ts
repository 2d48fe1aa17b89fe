/** The penguins: the data as they should be, and classifiers that name birds they have not seen. */
import * as np from 'adjoint/numpy'
import * as random from 'adjoint/random'
import { describe, expect, it } from 'vitest'
import { penguins } from '../../examples/penguins/data'
import { main } from '../../examples/penguins/main'
import { progress } from '../../examples/penguins/progress'

describe('penguins', () => {
  it('342 birds: a fifth held out, no bird twice, features standardised by the training birds', () => {
    const { train, held } = penguins(random.key(3))
    expect([train.features.shape, held.features.shape]).toEqual([[274, 4], [68, 4]])
    const all = np.concatenate([train.labels, held.labels])
    expect(np.bincount(all).toArray()).toEqual([151, 68, 123])
    const [mean, deviation] = [np.mean(train.features, 0), np.std(train.features, 0)]
    expect(np.allclose(mean, np.zeros(4), { atol: 1e-12 }).item()).toBe(true)
    expect(np.allclose(deviation, np.ones(4)).item()).toBe(true)
  })

  it('both models name at least 97 % of the held-out birds, and the loss falls', () => {
    const lines: string[] = []
    const results = main((line) => lines.push(line))
    for (const { losses, heldOutAccuracy, trainAccuracy } of results) {
      expect(heldOutAccuracy).toBeGreaterThanOrEqual(0.97)
      expect(trainAccuracy).toBeGreaterThanOrEqual(0.97)
      expect(losses.at(-1)).toBeLessThan(losses[0] / 5)
    }
    expect(lines.filter((line) => /^accuracy: training \d\.\d{3}, held out \d\.\d{3}$/.test(line)).length).toBe(2)
    expect(lines.some((line) => line.includes('┤'))).toBe(true)
  })

  it('where no terminal is, progress is four lines', () => {
    const lines: string[] = []
    const bar = progress('x', 8, (line) => lines.push(line))
    for (let k = 0; k < 8; k++) bar.at(k, 1 / (k + 1))
    bar.stop()
    expect(lines).toEqual(['x    2/8  loss 0.5000', 'x    4/8  loss 0.2500', 'x    6/8  loss 0.1667', 'x    8/8  loss 0.1250'])
  })
})
