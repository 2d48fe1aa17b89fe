/**
 * A product in parts: by rows of the result, or by the batch where that is long.
 *
 * Law: the bits of the product in one piece, as each element of the result is one sum, in an order that depends on its length alone.
 */
import type { Dot } from '../loop/types'
import { emitDot } from '../wasm/products'
import type { Site } from '../wasm/site'
import type { Cut, Measure } from './region'

/** Nanoseconds of a multiplication and addition: in tiles, in tiles of singles, and of a matrix and a vector. */
const [inTiles, inSingles, ofVector] = [0.12, 0.06, 0.3]
/** Rows that are worth the packing of the other operand, which each part does for itself: fewer only so that every thread has a part. */
const leastRows = 256
/** Parts that a thread has, at most. */
const partsOfThread = 2

export function cutDot(d: Dot, site: Site, threads: number, { least, elements }: Measure): Cut | undefined {
  const { batch, m, n, k, dtype } = d
  const tiled = m > 1 && n > 1
  const cost = !tiled ? ofVector : dtype === 'float32' ? inSingles : inTiles
  if (batch * m * n * k * cost < least) return undefined
  const axis = batch >= threads * partsOfThread ? 'batch' : 'rows'
  const units = axis === 'batch' ? batch : n === 1 ? m : m === 1 ? n : m
  // Whole tiles, and pairs of rows.
  const unit = axis === 'batch' ? 1 : 8
  const smallest = axis === 'batch' ? 1 : tiled ? Math.min(leastRows, elements, units / threads) : elements
  const length = unit * Math.ceil(Math.max(smallest, units / (threads * partsOfThread)) / unit)
  if (length >= units) return undefined
  const code = emitDot(d, site, { axis, owners: threads })
  return code && { code, parts: { length, units, staging: undefined, scratch: [], stride: 0, finish: undefined } }
}
