/**
 * `shape(options)`: shapes of arrays, extents 0 and 1 included.
 *
 * Example: shape({ maxRank: 2, maxExtent: 3 }) draws [], [2], [0, 3], …
 */
import { array, nat, type Arbitrary } from 'fast-check'
import { sizeOf } from '../elements'

export interface ShapeOptions {
  readonly minRank?: number
  /** Default 3. */
  readonly maxRank?: number
  /** Default 1 in 16 extents is 0, unless this is 1 or more. */
  readonly minExtent?: number
  /** Default 4. */
  readonly maxExtent?: number
  /** Most elements; default 64. */
  readonly maxSize?: number
}

/** Shapes; they shrink to low ranks and extents of 1. */
export function shape({ minRank = 0, maxRank = 3, minExtent = 0, maxExtent = 4, maxSize = 64 }: ShapeOptions = {}): Arbitrary<number[]> {
  const least = Math.max(1, minExtent)
  const span = Math.max(1, maxExtent - least + 1)
  return array(nat({ max: 15 }), { minLength: minRank, maxLength: maxRank, size: 'max' }).map((draws) => {
    const extents = draws.map((n) => (n === 15 && minExtent === 0 ? 0 : least + (n % span)))
    // Too many elements: the last extents become as small as they may.
    for (let i = extents.length - 1; i >= 0 && sizeOf(extents) > maxSize; i--) extents[i] = least
    return extents
  })
}
