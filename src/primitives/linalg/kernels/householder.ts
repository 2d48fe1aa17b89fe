/**
 * QR by Householder reflections H = I − τ v vᵀ, along the rows of memory.
 *
 * Signs are LAPACK's: the diagonal of R is −sign(α)‖x‖, and where nothing stands below it, H is the identity.
 * Source: Golub & Van Loan, Matrix Computations, 5.2; LAPACK's larfg, geqr2, org2r, geqp3.
 */
import { copy, identity } from './buffers'
import { addProduct } from './rows'
import { small } from './triangular'

/** The same of few rows or columns: those below row `top` of a matrix, by the elements of v at `below`. */
function reflectFew(tau: number, m: number, n: number, x: Float64Array, top: number, columns: number, below: number, width: number, sums: number): void {
  for (let i = 0; i < m; i++) {
    const vi = x[below + i * width]
    const row = top + (i + 1) * columns
    for (let c = 0; c < n; c++) x[sums + c] += vi * x[row + c]
  }
  for (let c = 0; c < n; c++) x[top + c] -= tau * x[sums + c]
  for (let i = 0; i < m; i++) {
    const vi = tau * x[below + i * width]
    const row = top + (i + 1) * columns
    for (let c = 0; c < n; c++) x[row + c] -= vi * x[sums + c]
  }
}

/** Applies the reflection in column j at `v` (1 above its elements below the diagonal) to columns from.. of a matrix at `to`. */
function reflect(tau: number, j: number, m: number, x: Float64Array, v: number, width: number, to: number, columns: number, from: number, sums: number): void {
  const n = columns - from
  if (tau === 0 || n === 0) return
  const top = to + j * columns + from
  const below = v + (j + 1) * width + j
  copy(n, x, top, x, sums)
  if (m <= small || n <= small) return reflectFew(tau, m - j - 1, n, x, top, columns, below, width, sums)
  addProduct(1, 1, n, m - j - 1, x, sums, n, x, below, 0, width, x, top + columns, columns)
  for (let c = 0; c < n; c++) x[top + c] -= tau * x[sums + c]
  addProduct(-tau, m - j - 1, n, 1, x, top + columns, columns, x, below, width, 1, x, sums, n)
}

/** Column j of the matrix at `at` becomes that of R, with its reflection below the diagonal; gives τ. */
function makeReflection(j: number, m: number, n: number, x: Float64Array, at: number): number {
  const first = at + j * (n + 1)
  const end = at + m * n
  let largest = 0
  for (let i = first + n; i < end; i += n) largest = Math.max(largest, Math.abs(x[i]))
  if (largest === 0) return 0
  const scale = Math.max(largest, Math.abs(x[first]))
  // Numbers so small have few digits left.
  const up = scale < 2 ** -900 ? 2 ** 200 : 1
  const alpha = x[first] * up
  let squares = 0
  for (let i = first; i < end; i += n) {
    const part = x[i] / scale
    squares += part * part
  }
  const norm = scale * up * Math.sqrt(squares)
  const beta = alpha < 0 || Object.is(alpha, -0) ? norm : -norm
  for (let i = first + n; i < end; i += n) x[i] = (x[i] * up) / (alpha - beta)
  x[first] = beta / up
  return (beta - alpha) / beta
}

/** The m × n matrix at `at` becomes R, with the reflections below its diagonal. `sums`, in the same array, has room for n numbers. */
export function factorQr(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, sums: number): void {
  for (let j = 0; j < m && j < n; j++) {
    taus[j] = makeReflection(j, m, n, x, at)
    reflect(taus[j], j, m, x, at, n, at, n, j + 1, sums)
  }
}

/** Squares of the lengths of columns from.., of their parts in rows from... */
function measure(from: number, m: number, n: number, x: Float64Array, at: number, squares: Float64Array): void {
  squares.fill(0, from, n)
  for (let i = from; i < m; i++)
    for (let c = from; c < n; c++) {
      const part = x[at + i * n + c]
      squares[c] += part * part
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
export function factorQrPivoted(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, sums: number, order: Int32Array, squares: Float64Array): void {
  for (let c = 0; c < n; c++) order[c] = c
  let exact = 0
  for (let j = 0; j < m && j < n; j++) {
    let next = longest(j, n, squares)
    // What differences leave is not exact for long.
    if (j === 0 || squares[next] < exact) {
      measure(j, m, n, x, at, squares)
      next = longest(j, n, squares)
      exact = squares[next] * 2 ** -26
    }
    if (next !== j) {
      for (let i = at; i < at + m * n; i += n) {
        const kept = x[i + j]
        x[i + j] = x[i + next]
        x[i + next] = kept
      }
      squares[next] = squares[j]
      const kept = order[j]
      order[j] = order[next]
      order[next] = kept
    }
    taus[j] = makeReflection(j, m, n, x, at)
    reflect(taus[j], j, m, x, at, n, at, n, j + 1, sums)
    for (let c = j + 1; c < n; c++) {
      const part = x[at + j * n + c]
      squares[c] -= part * part
    }
  }
}

/** The m × columns matrix at `q` becomes Q times it, by the reflections that `factorQr` left of an m × n matrix at `at`. */
export function applyQ(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, q: number, columns: number, sums: number): void {
  for (let j = Math.min(m, n) - 1; j >= 0; j--) reflect(taus[j], j, m, x, at, n, q, columns, 0, sums)
}

/** The first `columns` columns of Q, at `q`. `sums` has room for as many numbers. */
export function formQ(m: number, n: number, x: Float64Array, at: number, taus: Float64Array, q: number, columns: number, sums: number): void {
  identity(m, columns, x, q)
  // Columns before j are still those of the identity; but NaN goes everywhere.
  for (let j = Math.min(m, n) - 1; j >= 0; j--) reflect(taus[j], j, m, x, at, n, q, columns, taus[j] === taus[j] ? j : 0, sums)
}
