/**
 * The Cholesky factor, blocked and in place: rows of U = Lᵀ are factored, then the triangle below them updated.
 *
 * Source: Golub & Van Loan, Matrix Computations, 4.2.
 */
import { block } from './buffers'
import { addProduct, factorRows } from './rows'
import { small } from './triangular'

/** The upper triangle becomes that of (A + Aᵀ)/2. */
function symmetrize(n: number, a: Float64Array, at: number): void {
  for (let i = 0; i < n; i++) {
    const row = at + i * n
    for (let p = row, q = at + i; p <= row + i; p++, q += n) {
      const low = a[p]
      const high = a[q]
      a[q] = low === high ? low : low / 2 + high / 2
    }
  }
}

/** U becomes L = Uᵀ; NaN where U has come to be. */
function turnUpper(n: number, u: Float64Array, at: number): void {
  const definite = u[at + n * n - 1] > 0
  for (let i = 0; i < n; i++) {
    const row = at + i * n
    for (let p = row, q = at + i; p < row + i; p++, q += n) {
      u[p] = u[q]
      u[q] = 0
    }
    if (!definite) u.fill(NaN, row, row + i + 1)
  }
}

/** Rows of U, where its upper triangle holds that of A. */
function factorBlocks(n: number, a: Float64Array, at: number): void {
  for (let i0 = 0; i0 < n; i0 += block) {
    const i1 = Math.min(n, i0 + block)
    const row = at + i0 * n
    factorRows(1, i1 - i0, n - i0, a, row + i0, n, 0)
    for (let i = i1; i < n; i += block) addProduct(-1, Math.min(block, n - i), n - i, i1 - i0, a, at + i * (n + 1), n, a, row + i, 1, n, a, row + i, n)
  }
}

/** `count` matrices from `at` on become L with (A + Aᵀ)/2 = L Lᵀ, 0 above; NaN where that is not positive definite. */
export function factorCholesky(count: number, n: number, a: Float64Array, at: number): void {
  const end = at + count * n * n
  for (let p = at; p < end; p += n * n) symmetrize(n, a, p)
  if (n <= small) factorRows(count, n, n, a, at, n, n * n)
  else for (let p = at; p < end; p += n * n) factorBlocks(n, a, p)
  for (let p = at; p < end; p += n * n) turnUpper(n, a, p)
}
