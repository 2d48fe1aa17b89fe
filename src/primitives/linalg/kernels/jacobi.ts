/**
 * Singular values and vectors by one-sided Jacobi rotations of the rows of R₂, where A P = Q R with pivoting and Rᵀ = Q₂ R₂.
 *
 * Rows p and q of R₂ are turned until all are orthogonal: then they are σᵢ times the left vectors in the basis Q, and the
 * turns, after Q₂ᵀ Pᵀ, are the right vectors. R₂ is nearly diagonal, so that few sweeps are needed. Small singular values
 * come out with high relative accuracy. The largest component of each right vector (left, of a wide matrix) is positive.
 * Source: Hestenes 1958; Drmač & Veselić 2008; Golub & Van Loan, 8.6.3.
 */
import * as math from '../../../compile/math/functions'
import { onNumber } from '../../../compile/scalar'
import { copy, finite, identity, turn } from './buffers'
import { ordered, signOf } from './eigh'
import { applyQ, factorQr, factorQrPivoted, formQ } from './householder'
import { dot, exchange, roomFor, rotate, rotateDot, rotateTwice } from './rows'
import { small } from './triangular'

/** Reads an m × n matrix; leaves left vectors (m × left, columns), singular values, and right vectors (rows). */
export interface Svd {
  readonly run: (a: Float64Array, at: number) => void
  readonly left: Float64Array
  readonly values: Float64Array
  readonly right: Float64Array
}

const sweeps = 30

/**
 * Turns rows of w, and of v alike, both in x, until the rows of w are orthogonal. `squares` and `angles` have room for n and
 * 2n numbers.
 *
 * The row that is longest goes first (de Rijk 1989). A row of w is multiplied by the next one as it is turned, and what a
 * row of v goes through is done by two rotations at a time.
 */
function orthogonalize(n: number, x: Float64Array, w: number, v: number, squares: Float64Array, angles: Float64Array): void {
  const close = 2 ** -52 * Math.sqrt(n + 8)
  for (let sweep = 0, turned = true; turned && sweep < sweeps; sweep++) {
    turned = false
    for (let i = 0; i < n; i++) squares[i] = dot(n, x, w + i * n, w + i * n)
    for (let p = 0; p < n - 1; p++) {
      const wp = w + p * n
      let most = p
      for (let q = p + 1; q < n; q++) if (squares[q] > squares[most]) most = q
      if (most !== p) {
        exchange(n, x, wp, w + most * n)
        exchange(n, x, v + p * n, v + most * n)
        exchange(1, squares, p, most)
      }
      let known = false
      let gamma = 0
      for (let q = p + 1; q < n; q++) {
        const wq = w + q * n
        const alpha = squares[p]
        const beta = squares[q]
        if (!known) gamma = dot(n, x, wp, wq)
        known = false
        angles[2 * q + 1] = 0
        if (alpha === 0 || beta === 0 || Math.abs(gamma) <= close * Math.sqrt(alpha) * Math.sqrt(beta)) continue
        turned = true
        const zeta = (beta - alpha) / (2 * gamma)
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = (angles[2 * q] = 1 / Math.sqrt(1 + t * t))
        const s = (angles[2 * q + 1] = c * t)
        const moved = t * gamma
        known = q + 1 < n
        if (known) gamma = rotateDot(n, x, wp, wq, c, s, wq + n)
        else rotate(n, x, wp, wq, c, s)
        // Where a difference cancels, squares are summed again.
        squares[p] = alpha - moved > 0.01 * alpha ? alpha - moved : dot(n, x, wp, wp)
        squares[q] = beta + moved > 0.01 * beta ? beta + moved : dot(n, x, wq, wq)
      }
      turnAlong(n, x, v, p, angles)
    }
  }
}

/** Row p and each of the rows after it are turned by the cosines and sines in `angles`. */
function turnAlong(n: number, x: Float64Array, v: number, p: number, angles: Float64Array): void {
  const vp = v + p * n
  let waiting = 0
  for (let q = p + 1; q < n; q++) {
    if (angles[2 * q + 1] === 0) continue
    if (waiting === 0) waiting = q
    else {
      rotateTwice(n, x, vp, v + waiting * n, angles[2 * waiting], angles[2 * waiting + 1], v + q * n, angles[2 * q], angles[2 * q + 1])
      waiting = 0
    }
  }
  if (waiting > 0) rotate(n, x, vp, v + waiting * n, angles[2 * waiting], angles[2 * waiting + 1])
}

const log2 = onNumber(math.log2)

/** √Σ x² of n numbers, without overflow. */
function length(n: number, x: Float64Array, at: number): number {
  let largest = 0
  for (let k = at; k < at + n; k++) largest = Math.max(largest, Math.abs(x[k]))
  if (largest === 0) return 0
  let squares = 0
  for (let k = at; k < at + n; k++) {
    const part = x[k] / largest
    squares += part * part
  }
  return largest * Math.sqrt(squares)
}

/** Whether a unit vector is orthogonal to the rows before it, which is not known where squares vanish. */
function upright(n: number, v: Float64Array, r: number): boolean {
  for (let j = 0; j < r; j++) if (Math.abs(dot(n, v, j * n, r * n)) > 2 ** -52 * n) return false
  return true
}

/** Rows `from`.. of the n × n matrix become unit vectors orthogonal to the rows before them. */
function complete(n: number, v: Float64Array, from: number): void {
  for (let r = from; r < n; r++) {
    let best = 0
    let least = Infinity
    for (let i = 0; i < n; i++) {
      let covered = 0
      for (let j = 0; j < r; j++) covered += v[j * n + i] * v[j * n + i]
      if (covered < least) {
        best = i
        least = covered
      }
    }
    v.fill(0, r * n, (r + 1) * n)
    v[r * n + best] = 1
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < r; j++) {
        let along = 0
        for (let k = 0; k < n; k++) along += v[j * n + k] * v[r * n + k]
        for (let k = 0; k < n; k++) v[r * n + k] -= along * v[j * n + k]
      }
      let norm = 0
      for (let k = 0; k < n; k++) norm += v[r * n + k] * v[r * n + k]
      for (let k = 0; k < n; k++) v[r * n + k] /= Math.sqrt(norm)
    }
  }
}

/** For m ≥ n: `left` has n columns, or m when `full`. */
function makeTall(m: number, n: number, full: boolean): Svd & { readonly input: Float64Array } {
  const columns = full ? m : n
  const [input, left, values, right] = [m * n, m * columns, n, n * n].map((size) => new Float64Array(size))
  const [taus, others, norms, squares, angles, basis] = [n, n, n, n, 2 * n, n * n].map((size) => new Float64Array(size))
  const [order, pivots] = [new Int32Array(n), new Int32Array(n)]
  const withRoom = roomFor(m * n + 3 * n * n + m * columns)
  const run = (): void => {
    if (!finite(input, 0, m * n)) {
      for (const x of [left, values, right]) x.fill(NaN)
      return
    }
    let largest = 0
    for (let i = 0; i < m * n; i++) largest = Math.max(largest, Math.abs(input[i]))
    // A power of two, so that squares neither overflow nor vanish and no digit is lost.
    const scale = largest === 0 ? 1 : 2 ** Math.max(-1000, Math.min(1000, Math.floor(log2(largest))))
    withRoom((x, a) => {
      const [second, w, turns] = [a + m * n, a + m * n + n * n, a + m * n + 2 * n * n]
      const u = turns + n * n
      const decompose = (): void => {
        orthogonalize(n, x, w, turns, squares, angles)
        for (let i = 0; i < n; i++) norms[i] = length(n, x, w + i * n)
        ordered(n, norms, order, true)
      }
      let plain = m === n && n <= small
      if (plain) {
        // Columns of a small matrix are turned as they are; of one that is nearly singular, what is left of some may be parallel.
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) x[w + j * n + i] = input[i * n + j] / scale
        identity(n, n, x, turns)
        decompose()
        plain = n === 0 || norms[order[n - 1]] >= 2 ** -26 * norms[order[0]]
      }
      if (!plain) {
        // Column after column.
        turn(m, n, input, 0, x, a)
        for (let i = a; i < a + m * n; i++) x[i] /= scale
        factorQrPivoted(m, n, x, a, taus, pivots, squares)
        // Rᵀ = Q₂ R₂.
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) x[second + i * n + j] = j < i ? 0 : x[a + j * m + i]
        factorQr(n, n, x, second, others)
        formQ(n, n, x, second, others, w, n)
        // Rows of Q₂ᵀ Pᵀ: turned along, they become the right vectors.
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) x[turns + i * n + pivots[j]] = x[w + i * n + j]
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) x[w + i * n + j] = j < i ? 0 : x[second + j * n + i]
        decompose()
      }
      let rank = 0
      for (let i = 0; i < n; i++) {
        const norm = norms[order[i]]
        const at = order[i] * n
        const sign = signOf(n, x, turns + at)
        values[i] = norm * scale
        for (let k = 0; k < n; k++) right[i * n + k] = sign * x[turns + at + k]
        // Of less than that too few digits are left.
        if (rank < i || norm < 2 ** -960) continue
        for (let k = 0; k < n; k++) basis[i * n + k] = (sign * x[w + at + k]) / norm
        if (norm > 2 ** -480 || upright(n, basis, i)) rank = i + 1
      }
      complete(n, basis, rank)
      identity(columns, m, x, u)
      for (let i = 0; i < n; i++) copy(n, basis, i * n, x, u + i * m)
      if (!plain) applyQ(m, n, x, a, taus, u, columns)
      turn(columns, m, x, u, left, 0)
    })
  }
  return { run, left, values, right, input }
}

/** For m × n matrices: the min(m, n) singular triples, or with `full` square orthogonal matrices of both sides. */
export function makeSvd(m: number, n: number, full: boolean): Svd {
  const k = Math.min(m, n)
  if (m >= n) {
    const tall = makeTall(m, n, full)
    const run = (a: Float64Array, at: number): void => {
      copy(m * n, a, at, tall.input, 0)
      tall.run(tall.input, 0)
    }
    return { ...tall, run }
  }
  const tall = makeTall(n, m, full)
  const [left, right] = [new Float64Array(m * m), new Float64Array((full ? n : k) * n)]
  const run = (a: Float64Array, at: number): void => {
    turn(m, n, a, at, tall.input, 0)
    tall.run(tall.input, 0)
    turn(m, m, tall.right, 0, left, 0)
    turn(n, full ? n : k, tall.left, 0, right, 0)
  }
  return { run, left, values: tall.values, right }
}
