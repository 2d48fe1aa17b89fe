/**
 * Singular values and vectors by one-sided Jacobi rotations of the rows of R, where A = Q R.
 *
 * Rows p and q of R are turned until all are orthogonal: then they are σᵢ vᵢᵀ, and the turns, after Q, are the left
 * vectors. Small singular values come out with high relative accuracy. The largest component of each right vector (left,
 * of a wide matrix) is positive. Source: Hestenes 1958; Drmač & Veselić 2008; Golub & Van Loan, 8.6.3.
 */
import * as math from '../../../compile/math/functions'
import { onNumber } from '../../../compile/scalar'
import { addProduct, copy, finite, identity, turn } from './buffers'
import { ordered, signOf } from './eigh'
import { factorQr, formQ } from './householder'

/** Reads an m × n matrix; leaves left vectors (m × left, columns), singular values, and right vectors (rows). */
export interface Svd {
  readonly run: (a: Float64Array, at: number) => void
  readonly left: Float64Array
  readonly values: Float64Array
  readonly right: Float64Array
}

const sweeps = 40

/** Turns rows of w, and of v alike, until the rows of w are orthogonal. */
function orthogonalize(n: number, w: Float64Array, v: Float64Array): void {
  const close = 2 ** -52 * Math.sqrt(n + 8)
  for (let sweep = 0, turned = true; turned && sweep < sweeps; sweep++) {
    turned = false
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        const wp = p * n
        const wq = q * n
        let alpha = 0
        let beta = 0
        let gamma = 0
        for (let k = 0; k < n; k++) {
          const x = w[wp + k]
          const y = w[wq + k]
          alpha += x * x
          beta += y * y
          gamma += x * y
        }
        if (alpha === 0 || beta === 0 || Math.abs(gamma) <= close * Math.sqrt(alpha) * Math.sqrt(beta)) continue
        turned = true
        const zeta = (beta - alpha) / (2 * gamma)
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = 1 / Math.sqrt(1 + t * t)
        const s = c * t
        for (let k = 0; k < n; k++) {
          const x = w[wp + k]
          const y = w[wq + k]
          w[wp + k] = c * x - s * y
          w[wq + k] = s * x + c * y
        }
        for (let k = 0; k < n; k++) {
          const x = v[wp + k]
          const y = v[wq + k]
          v[wp + k] = c * x - s * y
          v[wq + k] = s * x + c * y
        }
      }
  }
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
  const [input, w, turns, q] = [new Float64Array(m * n), new Float64Array(n * n), new Float64Array(n * n), new Float64Array(m * columns)]
  const [left, values, right] = [new Float64Array(m * columns), new Float64Array(n), new Float64Array(n * n)]
  const [taus, sums, norms, order] = [new Float64Array(n), new Float64Array(columns), new Float64Array(n), new Int32Array(n)]
  const run = (): void => {
    let largest = 0
    for (let i = 0; i < m * n; i++) largest = Math.max(largest, Math.abs(input[i]))
    if (!finite(input, 0, m * n)) {
      for (const x of [left, values, right]) x.fill(NaN)
      return
    }
    // A power of two, so that squares neither overflow nor vanish and no digit is lost.
    const scale = largest === 0 ? 1 : 2 ** Math.max(-1000, Math.min(1000, Math.floor(log2(largest))))
    for (let i = 0; i < m * n; i++) input[i] /= scale
    factorQr(m, n, input, taus, sums)
    formQ(m, n, input, taus, q, columns, sums)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) w[i * n + j] = j < i ? 0 : input[i * n + j]
    identity(n, n, turns, 0)
    orthogonalize(n, w, turns)
    for (let i = 0; i < n; i++) norms[i] = length(n, w, i * n)
    ordered(n, norms, order, true)
    let rank = 0
    for (let i = 0; i < n; i++) {
      const norm = norms[order[i]]
      const at = order[i] * n
      values[i] = norm * scale
      if (norm > 0) for (let k = 0; k < n; k++) right[i * n + k] = w[at + k] / norm
      if (norm > 0) rank = i + 1
    }
    complete(n, right, rank)
    // Rows of `turns`, sorted and signed, are the left vectors in the basis Q.
    for (let i = 0; i < n; i++) {
      const sign = signOf(n, right, i * n)
      for (let k = 0; k < n; k++) {
        right[i * n + k] *= sign
        w[i * n + k] = turns[order[i] * n + k] * sign
      }
    }
    turn(n, n, w, 0, turns, 0)
    left.fill(0)
    addProduct(1, m, n, n, left, 0, columns, q, 0, columns, 1, turns, 0, n)
    for (let i = 0; i < m; i++) for (let j = n; j < columns; j++) left[i * columns + j] = q[i * columns + j]
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
