/**
 * Tiles: the series of four elements side by side, or of one; coefficient k of element l is at `at + k·step + l`.
 *
 * A sum over coefficients waits for each addition; four of them at once do not. Law: each element's sum has its terms in
 * order, whatever its neighbours are.
 */

/** A tile: where it is, and room for sums. */
export interface Tile {
  /** Elements: `most`, or 1. */
  readonly lanes: number
  /** The first coefficient of the first element, and the distance to the next coefficient. */
  at: number
  readonly step: number
  /** Where the heads of the elements are, which have no series axis. */
  head: number
  /** How many coefficients there are. */
  readonly n: number
  /** For each element a number. */
  readonly s: Float64Array
  readonly t: Float64Array
}

/** Elements of a full tile. */
export const most = 4

/** A tile at the beginning of arrays whose coefficients are `step` apart. */
export const makeTile = (lanes: number, step: number, n: number): Tile => ({ lanes, at: 0, step, head: 0, n, s: new Float64Array(lanes), t: new Float64Array(lanes) })

/** s = Σ_{j < m} x[a + j·step] · y[b − j·step], for each element. */
export function convolve(s: Float64Array, x: Float64Array, a: number, y: Float64Array, b: number, step: number, m: number): void {
  let s0 = 0
  if (s.length === 1) {
    for (let j = 0, p = a, q = b; j < m; j++, p += step, q -= step) s0 += x[p]! * y[q]!
    s[0] = s0
    return
  }
  let [s1, s2, s3] = [0, 0, 0]
  for (let j = 0, p = a, q = b; j < m; j++, p += step, q -= step) {
    s0 += x[p]! * y[q]!
    s1 += x[p + 1]! * y[q + 1]!
    s2 += x[p + 2]! * y[q + 2]!
    s3 += x[p + 3]! * y[q + 3]!
  }
  s[0] = s0
  s[1] = s1
  s[2] = s2
  s[3] = s3
}

/** s = Σ_{j < m} (j + 1) · x[a + j·step] · y[b − j·step], for each element: a product with a derivative. */
export function convolveSlope(s: Float64Array, x: Float64Array, a: number, y: Float64Array, b: number, step: number, m: number): void {
  let s0 = 0
  if (s.length === 1) {
    for (let j = 1, p = a, q = b; j <= m; j++, p += step, q -= step) s0 += j * x[p]! * y[q]!
    s[0] = s0
    return
  }
  let [s1, s2, s3] = [0, 0, 0]
  for (let j = 1, p = a, q = b; j <= m; j++, p += step, q -= step) {
    s0 += j * x[p]! * y[q]!
    s1 += j * x[p + 1]! * y[q + 1]!
    s2 += j * x[p + 2]! * y[q + 2]!
    s3 += j * x[p + 3]! * y[q + 3]!
  }
  s[0] = s0
  s[1] = s1
  s[2] = s2
  s[3] = s3
}

/** A recurrence on tiles of series and heads; coefficients 0 … n − 1 of the results are written. */
export type Recurrence = (from: readonly Float64Array[], to: readonly Float64Array[], tile: Tile, params: any) => void

/** A recurrence on the series of one element. */
export type Single = (from: readonly Float64Array[], to: readonly Float64Array[], n: number, params: any) => void

/** The recurrence that takes the elements of a tile one by one; `series` are the operands that are not heads. */
export const oneByOne = (series: readonly boolean[], results: number, each: Single): Recurrence => (from, to, { lanes, at, step, n, head }, params) => {
  const xs = series.map((s) => new Float64Array(s ? n : 1))
  const ys = Array.from({ length: results }, () => new Float64Array(n))
  for (let l = 0; l < lanes; l++) {
    series.forEach((s, v) => {
      const x = xs[v]!
      if (s) for (let k = 0; k < n; k++) x[k] = from[v]![at + k * step + l]!
      else x[0] = from[v]![head + l]!
    })
    each(xs, ys, n, params)
    ys.forEach((y, v) => {
      for (let k = 0; k < n; k++) to[v]![at + k * step + l] = y[k]!
    })
  }
}
