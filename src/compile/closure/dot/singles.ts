/**
 * Tiles of products in float32: each product and each sum is rounded.
 *
 * Law: the bits of the tile of that dtype in `compile/tiles`.
 */
import { sums, type Tile } from '../../tiles'

const s = Math.fround

export const tile32: Tile = (x, p, down, dx, y, q, free, dy, many, n) => {
  const step = dx | 0, skip = dy | 0, row = down | 0
  const one = many > 1 ? free | 0 : 0, two = many > 2 ? (2 * free) | 0 : 0, three = many > 3 ? (3 * free) | 0 : 0
  let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0
  let i = p | 0, j = q | 0
  for (let l = n; l > 0; l = (l - 1) | 0) {
    const v = x[i]!, w = x[(i + row) | 0]!
    let z = y[j]!
    a = s(s(v * z) + a)
    e = s(s(w * z) + e)
    z = y[(j + one) | 0]!
    b = s(s(v * z) + b)
    f = s(s(w * z) + f)
    z = y[(j + two) | 0]!
    c = s(s(v * z) + c)
    g = s(s(w * z) + g)
    z = y[(j + three) | 0]!
    d = s(s(v * z) + d)
    h = s(s(w * z) + h)
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
