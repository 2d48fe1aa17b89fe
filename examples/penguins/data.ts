/**
 * The Palmer penguins: species (Adelie, Chinstrap, Gentoo) from four measurements of 342 birds.
 *
 * Two of the 344 rows have no measurements and are dropped. The features are standardised with the mean and standard
 * deviation of the training rows alone, so nothing of the held-out rows reaches the training.
 * Source: Horst, Hill and Gorman 2020, palmerpenguins (CC0).
 */
import { readFileSync } from 'node:fs'
import type { Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import * as random from 'adjoint/random'

export const species = ['Adelie', 'Chinstrap', 'Gentoo'] as const
const measurements = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'] as const

type Row = { readonly Species: (typeof species)[number] } & { readonly [K in (typeof measurements)[number]]: number | null }

export interface Examples {
  /** [n, 4] */
  readonly features: Tensor
  /** [n], the position in `species` */
  readonly labels: Tensor
}

export interface Split {
  readonly train: Examples
  readonly held: Examples
}

/** A random fifth of the birds held out, the others for training. */
export function penguins(key: Tensor): Split {
  const rows = (JSON.parse(readFileSync(new URL('../data/penguins.json', import.meta.url), 'utf8')) as Row[]).filter((row) =>
    measurements.every((name) => row[name] !== null),
  )
  const features = np.array(rows.map((row) => measurements.map((name) => row[name]!)))
  const labels = np.array(Int32Array.from(rows, (row) => species.indexOf(row.Species)))

  const order = random.permutation(key, rows.length)
  const count = Math.round(rows.length / 5)
  const held = order.slice([0, count])
  const train = order.slice([count])

  const mean = np.mean(np.take(features, train, 0), 0)
  const deviation = np.std(np.take(features, train, 0), 0)
  const chosen = (positions: Tensor): Examples => ({
    features: np.div(np.sub(np.take(features, positions, 0), mean), deviation),
    labels: np.take(labels, positions, 0),
  })
  return { train: chosen(train), held: chosen(held) }
}
