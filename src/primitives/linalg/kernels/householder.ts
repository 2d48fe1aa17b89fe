/**
 * QR by Householder reflections H = I − τ v vᵀ, along the rows of memory.
 *
 * Signs are LAPACK's: the diagonal of R is −sign(α)‖x‖, and where nothing stands below it, H is the identity.
 * Source: Golub & Van Loan, Matrix Computations, 5.2; LAPACK's larfg, geqr2, org2r.
 */
import { identity } from './buffers'

/** Applies the reflection in column j of `v` (1 above its elements below the diagonal) to columns from.. of x. */
function reflect(tau: number, j: number, m: number, v: Float64Array, width: number, x: Float64Array, columns: number, from: number, sums: Float64Array): void {
  if (tau === 0) return
  for (let c = from; c < columns; c++) sums[c] = x[j * columns + c]
  for (let i = j + 1; i < m; i++) {
    const vi = v[i * width + j]
    for (let c = from; c < columns; c++) sums[c] += vi * x[i * columns + c]
  }
  for (let c = from; c < columns; c++) x[j * columns + c] -= tau * sums[c]
  for (let i = j + 1; i < m; i++) {
    const vi = tau * v[i * width + j]
    for (let c = from; c < columns; c++) x[i * columns + c] -= vi * sums[c]
  }
}

/** The m × n matrix becomes R, with the reflections below its diagonal. `sums` has room for n numbers. */
export function factorQr(m: number, n: number, a: Float64Array, taus: Float64Array, sums: Float64Array): void {
  for (let j = 0; j < m && j < n; j++) {
    let largest = 0
    for (let i = j + 1; i < m; i++) largest = Math.max(largest, Math.abs(a[i * n + j]))
    if (largest === 0) {
      taus[j] = 0
      continue
    }
    const alpha = a[j * n + j]
    const scale = Math.max(largest, Math.abs(alpha))
    let squares = 0
    for (let i = j; i < m; i++) {
      const x = a[i * n + j] / scale
      squares += x * x
    }
    const norm = scale * Math.sqrt(squares)
    const beta = alpha < 0 || Object.is(alpha, -0) ? norm : -norm
    taus[j] = (beta - alpha) / beta
    for (let i = j + 1; i < m; i++) a[i * n + j] /= alpha - beta
    a[j * n + j] = beta
    reflect(taus[j], j, m, a, n, a, n, j + 1, sums)
  }
}

/** The first `columns` columns of Q, from what `factorQr` left of an m × n matrix. `sums` has room for `columns`. */
export function formQ(m: number, n: number, a: Float64Array, taus: Float64Array, q: Float64Array, columns: number, sums: Float64Array): void {
  identity(m, columns, q, 0)
  for (let j = Math.min(m, n) - 1; j >= 0; j--) reflect(taus[j], j, m, a, n, q, columns, 0, sums)
}
