/**
 * QR by Householder reflections H = I − τ v vᵀ. Matrices stand column after column, so that every loop runs along memory.
 *
 * Signs are LAPACK's: the diagonal of R is −sign(α)‖x‖, and where nothing stands below it, H is the identity.
 * Source: Golub & Van Loan, Matrix Computations, 5.2; LAPACK's larfg, geqr2, org2r, geqp3.
 */
import { identity } from './buffers'
import { dot, exchange, reflectRows } from './rows'

/** Applies the reflection that stands in column j of the m rows at `v`, below the diagonal, to columns from.. of a matrix at `to`. */
function reflect(tau: number, j: number, m: number, x: Float64Array, v: number, to: number, columns: number, from: number): void {
  if (tau !== 0) reflectRows(tau, columns - from, m - j - 1, x, v + j * (m + 1) + 1, to + from * m + j, m)
}

/** Squares are summed as they are where they neither overflow nor vanish. */
const [least, most] = [2 ** -900, 2 ** 900]

/** ‖x‖ of n numbers by another scale: what `makeReflection` multiplies by before it loses digits, and the norm of that. */
function scaledNorm(n: number, x: Float64Array, first: number): { readonly up: number; readonly norm: number } | undefined {
  let below = 0
  for (let i = first + 1; i < first + n; i++) below = Math.max(below, Math.abs(x[i]))
  if (below === 0) return undefined
  const scale = Math.max(below, Math.abs(x[first]))
  // Numbers so small have few digits left.
  const up = scale < least ? 2 ** 200 : 1
  let squares = 0
  for (let i = first; i < first + n; i++) {
    const part = x[i] / scale
    squares += part * part
  }
  return { up, norm: scale * up * Math.sqrt(squares) }
}

/** Column j of the matrix at `at` becomes that of R, with its reflection below the diagonal; gives τ. */
function makeReflection(j: number, m: number, x: Float64Array, at: number): number {
  const first = at + j * (m + 1)
  const end = at + (j + 1) * m
  const tail = dot(m - j - 1, x, first + 1, first + 1)
  const squares = tail + x[first] * x[first]
  const { up, norm } = (tail > least && squares < most ? { up: 1, norm: Math.sqrt(squares) } : scaledNorm(m - j, x, first)) ?? { up: 0, norm: 0 }
  if (up === 0) return 0
  const alpha = x[first] * up
  const beta = alpha < 0 || Object.is(alpha, -0) ? norm : -norm
  for (let i = first + 1; i < end; i++) x[i] = (x[i] * up) / (alpha - beta)
  x[first] = beta / up
  return (beta - alpha) / beta
}

/** The m × n matrix at `at` becomes R, with the reflections below its diagonal. */
export function factorQr(m: number, n: number, x: Float64Array, at: number, taus: Float64Array): void {
  for (let j = 0; j < m && j < n; j++) {
    taus[j] = makeReflection(j, m, x, at)
    reflect(taus[j], j, m, x, at, at, n, j + 1)
  }
}

/** The number from..n at which x is largest. */
function longest(from: number, n: number, x: Float64Array): number {
  let best = from
  for (let c = from + 1; c < n; c++) if (x[c] > x[best]) best = c
  return best
}

/**
 * The same of A P, where the column of which most is left is always next: column j of A P is column order[j] of A.
 * `squares` has room for n numbers.
 */
export function factorQrPivoted(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, order: Int32Array, squares: Float64Array): void {
  for (let c = 0; c < n; c++) order[c] = c
  let exact = 0
  for (let j = 0; j < m && j < n; j++) {
    let next = longest(j, n, squares)
    // What differences leave is not exact for long.
    if (j === 0 || squares[next] < exact) {
      for (let c = j; c < n; c++) squares[c] = dot(m - j, x, at + c * m + j, at + c * m + j)
      next = longest(j, n, squares)
      exact = squares[next] * 2 ** -26
    }
    if (next !== j) {
      exchange(m, x, at + j * m, at + next * m)
      squares[next] = squares[j]
      const kept = order[j]
      order[j] = order[next]
      order[next] = kept
    }
    taus[j] = makeReflection(j, m, x, at)
    reflect(taus[j], j, m, x, at, at, n, j + 1)
    for (let c = j + 1; c < n; c++) {
      const part = x[at + c * m + j]
      squares[c] -= part * part
    }
  }
}

/** The m × columns matrix at `q` becomes Q times it, by the reflections that `factorQr` left of an m × n matrix at `at`. */
export function applyQ(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, q: number, columns: number): void {
  for (let j = Math.min(m, n) - 1; j >= 0; j--) reflect(taus[j], j, m, x, at, q, columns, 0)
}

/** The first `columns` columns of Q, at `q`. */
export function formQ(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, q: number, columns: number): void {
  identity(columns, m, x, q)
  // Columns before j are still those of the identity; but NaN goes everywhere.
  for (let j = Math.min(m, n) - 1; j >= 0; j--) reflect(taus[j], j, m, x, at, q, columns, taus[j] === taus[j] ? j : 0)
}
