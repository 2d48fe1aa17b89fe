/**
 * Products of matrices over strided operands by tiles of 2 × 4, without copies.
 *
 * Order of every product, here and in all backends: k is cut into blocks of 256 from its start; within a block terms are added
 * one after another from 0, and block sums are added one after another. So the bits of an element depend on its k alone,
 * and not on which of the loops made it. The error grows with 256 + k/256.
 * Decision: float32 products are summed in float32, as BLAS does: each product and each sum is rounded. Lanes of four singles
 * then do the work of the large ones; rounding costs loops in JavaScript a factor of 1.7.
 */

import type { DType } from '../data/dtype'
import type { Block } from '../ir/kernel'

/** How far it is from one row, and from one term, to the next; and how many rows there are. */
interface Rows {
  readonly free: number
  readonly contract: number
  readonly extent: number
}

export const block = 256

/** The sums of a tile over n terms; where there are fewer rows or columns, the first stand for the others. */
export type Tile = (x: Float64Array, p: number, down: number, dx: number, y: Float64Array, q: number, free: number, dy: number, many: number, n: number) => void

export const sums = new Float64Array(8)

/**
 * o[to + i·down + j·right] = Σₖ x(i, k) y(j, k) for rows of x from p on and of y from q on, `round` makes sums elements of the
 * dtype. Two rows by four columns at a time; the columns stay in the first-level cache while the rows pass.
 */
export function tiles(tile: Tile, round: Block | undefined, x: Float64Array, p: number, fx: Rows, y: Float64Array, q: number, fy: Rows, k: number, o: Float64Array, to: number, down: number, right: number): void {
  const m = fx.extent, n = fy.extent
  for (let from = 0; from < k; from += block) {
    for (let j = 0; j < n; j += 4) {
      const many = Math.min(4, n - j)
      for (let i = 0; i < m; i += 2) {
        tile(x, p + i * fx.free + from * fx.contract, i + 1 < m ? fx.free : 0, fx.contract, y, q + j * fy.free + from * fy.contract, fy.free, fy.contract, many, Math.min(block, k - from))
        for (let r = 0; r < 2 && i + r < m; r++)
          for (let c = 0; c < many; c++) {
            const at = to + (i + r) * down + (j + c) * right
            o[at] = sums[4 * r + c]! + (from && o[at]!)
          }
      }
    }
    round?.(o, to, o, to, m * n)
  }
}

/** In float64. */
const tile64: Tile = (x, p, down, dx, y, q, free, dy, many, n) => {
  const step = dx | 0, skip = dy | 0, row = down | 0
  const one = many > 1 ? free | 0 : 0, two = many > 2 ? (2 * free) | 0 : 0, three = many > 3 ? (3 * free) | 0 : 0
  let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0
  let i = p | 0, j = q | 0
  for (let l = n; l > 0; l = (l - 1) | 0) {
    const v = x[i]!, w = x[(i + row) | 0]!
    let z = y[j]!
    a += v * z
    e += w * z
    z = y[(j + one) | 0]!
    b += v * z
    f += w * z
    z = y[(j + two) | 0]!
    c += v * z
    g += w * z
    z = y[(j + three) | 0]!
    d += v * z
    h += w * z
    i = (i + step) | 0
    j = (j + skip) | 0
  }
  sums[0] = a
  sums[1] = b
  sums[2] = c
  sums[3] = d
  sums[4] = e
  sums[5] = f
  sums[6] = g
  sums[7] = h
}

/** With sums of any kind, element by element: little code, and slow. */
const tileBy = (next: (sum: number, x: number, y: number) => number): Tile => (x, p, down, dx, y, q, free, dy, many, n) => {
  for (let e = 0; e < 8; e++) {
    let sum = 0
    for (let l = 0; l < n; l++) sum = next(sum, x[p + (e >> 2) * down + l * dx]!, y[q + Math.min(e & 3, many - 1) * free + l * dy]!)
    sums[e] = sum
  }
}
const singles = tileBy((sum, x, y) => Math.fround(Math.fround(x * y) + sum))
/** Of integers, modulo 2³². */
const wrapped = tileBy((sum, x, y) => (sum + Math.imul(x, y)) | 0)

/** The tiles of products by dtype. */
export const tileOf = (d: DType): Tile => (d === 'float64' ? tile64 : d === 'float32' ? singles : wrapped)
