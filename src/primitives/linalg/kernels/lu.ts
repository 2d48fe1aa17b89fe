/**
 * Gaussian elimination with partial pivoting, blocked and in place, and solutions by its factors.
 *
 * Law: rows `order` of A are L U, L unit lower, U upper; step j exchanged rows j and pivots[j].
 * Source: Golub & Van Loan, Matrix Computations, 3.2 and 3.4; LAPACK's getrf.
 */
import { addProduct, block } from './buffers'
import { solveTriangle } from './triangular'

export type Indices = Float64Array | Int32Array

function exchange(x: Float64Array | Int32Array, p: number, q: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const kept = x[p + i]
    x[p + i] = x[q + i]
    x[q + i] = kept
  }
}

/** The m × n matrix at `at` becomes L and U; returns the sign of the permutation. */
export function factorLu(m: number, n: number, a: Float64Array, at: number, pivots: Indices, pAt: number, order: Indices, oAt: number): number {
  const k = Math.min(m, n)
  let sign = 1
  for (let i = 0; i < m; i++) order[oAt + i] = i
  for (let j0 = 0; j0 < k; j0 += block) {
    const j1 = Math.min(k, j0 + block)
    for (let j = j0; j < j1; j++) {
      let pivot = j
      let largest = Math.abs(a[at + j * n + j])
      for (let i = j + 1; i < m; i++) {
        const size = Math.abs(a[at + i * n + j])
        if (size > largest) {
          largest = size
          pivot = i
        }
      }
      pivots[pAt + j] = pivot
      if (pivot !== j) {
        sign = -sign
        exchange(a, at + j * n, at + pivot * n, n)
        exchange(order, oAt + j, oAt + pivot, 1)
      }
      const row = at + j * n
      const d = a[row + j]
      if (d === 0) continue
      for (let i = j + 1; i < m; i++) {
        const below = at + i * n
        const factor = (a[below + j] /= d)
        for (let c = j + 1; c < j1; c++) a[below + c] -= factor * a[row + c]
      }
    }
    if (j1 === n) continue
    for (let j = j0; j < j1; j++)
      for (let i = j + 1; i < j1; i++) {
        const factor = a[at + i * n + j]
        for (let c = j1; c < n; c++) a[at + i * n + c] -= factor * a[at + j * n + c]
      }
    addProduct(-1, m - j1, n - j1, j1 - j0, a, at + j1 * n + j1, n, a, at + j1 * n + j0, n, 1, a, at + j0 * n + j1, n)
  }
  return sign
}

/** X with A X = B (or Aᵀ X = B) by the factors of A; `b` and `x` are different buffers. */
export function solveFactored(
  n: number, k: number, lu: Float64Array, at: number, order: Indices, oAt: number, transposeA: boolean,
  b: Float64Array, bAt: number, x: Float64Array, xAt: number, scratch: Float64Array,
): void {
  if (!transposeA) {
    for (let i = 0; i < n; i++) for (let c = 0; c < k; c++) x[xAt + i * k + c] = b[bAt + order[oAt + i] * k + c]
    solveTriangle(n, k, lu, at, x, xAt, { lower: true, transposeA: false, unitDiagonal: true })
    solveTriangle(n, k, lu, at, x, xAt, { lower: false, transposeA: false, unitDiagonal: false })
    return
  }
  for (let i = 0; i < n * k; i++) scratch[i] = b[bAt + i]
  solveTriangle(n, k, lu, at, scratch, 0, { lower: false, transposeA: true, unitDiagonal: false })
  solveTriangle(n, k, lu, at, scratch, 0, { lower: true, transposeA: true, unitDiagonal: true })
  for (let i = 0; i < n; i++) for (let c = 0; c < k; c++) x[xAt + order[oAt + i] * k + c] = scratch[i * k + c]
}
