/**
 * The Cholesky factor, blocked and in place: a panel of columns is factored, then the triangle to its right updated.
 *
 * Source: Golub & Van Loan, Matrix Computations, 4.2.
 */
import { block } from './buffers'

/** Σ x[p + i] y[q + i], i < n. */
function dot(n: number, x: Float64Array, p: number, q: number): number {
  let even = 0
  let odd = 0
  let i = 0
  for (; i + 2 <= n; i += 2) {
    even += x[p + i] * x[q + i]
    odd += x[p + i + 1] * x[q + i + 1]
  }
  return i < n ? even + odd + x[p + i] * x[q + i] : even + odd
}

/** The lower triangle at `at` becomes L with A = L Lᵀ; false where A is not positive definite. */
export function factorCholesky(n: number, a: Float64Array, at: number): boolean {
  for (let j0 = 0; j0 < n; j0 += block) {
    const j1 = Math.min(n, j0 + block)
    for (let j = j0; j < j1; j++) {
      const row = at + j * n
      const square = a[row + j] - dot(j - j0, a, row + j0, row + j0)
      if (!(square > 0)) return false
      const root = (a[row + j] = Math.sqrt(square))
      for (let i = j + 1; i < n; i++) a[at + i * n + j] = (a[at + i * n + j] - dot(j - j0, a, at + i * n + j0, row + j0)) / root
    }
    for (let i = j1; i < n; i++)
      for (let j = j1; j <= i; j++) a[at + i * n + j] -= dot(j1 - j0, a, at + i * n + j0, at + j * n + j0)
  }
  return true
}
