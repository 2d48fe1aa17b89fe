/**
 * The Cholesky factor, blocked and in place: rows of U = Lᵀ are factored, then the triangle below them updated.
 *
 * Source: Golub & Van Loan, Matrix Computations, 4.2.
 */
import { block } from './buffers'
import { addProduct } from './rows'
import { small } from './triangular'

/** Of a small matrix, row by row. */
function factorFew(n: number, a: Float64Array, at: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = at + i * n
    for (let j = 0; j <= i; j++) {
      const other = at + j * n
      let sum = a[row + j]
      for (let k = 0; k < j; k++) sum -= a[row + k] * a[other + k]
      if (j < i) a[row + j] = sum / a[other + j]
      else if (sum > 0) a[row + j] = Math.sqrt(sum)
      else return false
    }
    a.fill(0, row + i + 1, row + n)
  }
  return true
}

/** The symmetric matrix at `at` becomes L with A = L Lᵀ, 0 above; false where A is not positive definite. */
export function factorCholesky(n: number, a: Float64Array, at: number): boolean {
  if (n <= small) return factorFew(n, a, at)
  /** Takes what rows from..to contribute away from rows i..i + count, from column i on. */
  const take = (i: number, count: number, from: number, to: number): void =>
    addProduct(-1, count, n - i, to - from, a, at + i * (n + 1), n, a, at + from * n + i, 1, n, a, at + from * n + i, n)
  const finish = (i: number): boolean => {
    const square = a[at + i * (n + 1)]
    if (!(square > 0)) return false
    const root = Math.sqrt(square)
    for (let c = i; c < n; c++) a[at + i * n + c] /= root
    a[at + i * (n + 1)] = root
    return true
  }
  for (let i0 = 0; i0 < n; i0 += block) {
    const i1 = Math.min(n, i0 + block)
    for (let i = i0; i < i1; i += 2) {
      const pair = i + 1 < i1
      take(i, pair ? 2 : 1, i0, i)
      if (!finish(i)) return false
      if (!pair) continue
      take(i + 1, 1, i, i + 1)
      if (!finish(i + 1)) return false
    }
    for (let i = i1; i < n; i += block) take(i, Math.min(block, n - i), i0, i1)
  }
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      a[at + j * n + i] = a[at + i * n + j]
      a[at + i * n + j] = 0
    }
  return true
}
