/**
 * Gaussian elimination with partial pivoting, in place, and solutions by its factors.
 *
 * Columns are halved until few are left: the first half is factored, the second updated by one product, then factored.
 * Law: rows `order` of A are L U, L unit lower, U upper; step j exchanged rows j and pivots[j].
 * Source: Toledo 1997; Golub & Van Loan, Matrix Computations, 3.2 and 3.4; LAPACK's getrf2.
 */
import { copy, finite } from './buffers'
import { addProduct } from './rows'
import { small, solveColumns, solveTriangle } from './triangular'

export type Indices = Float64Array | Int32Array

/** Columns that are eliminated one by one, of matrices that are not small. */
const few = 8

function exchange(x: Float64Array | Int32Array, p: number, q: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const kept = x[p + i]
    x[p + i] = x[q + i]
    x[q + i] = kept
  }
}

/** The row, from j on, of the element of column j that is largest. */
function pivotOf(m: number, n: number, a: Float64Array, at: number, j: number): number {
  let pivot = j
  let largest = Math.abs(a[at + j * n + j])
  for (let i = j + 1; i < m; i++) {
    const size = Math.abs(a[at + i * n + j])
    if (size > largest) {
      largest = size
      pivot = i
    }
  }
  return pivot
}

/** Step j of the elimination, in columns up to `end`. */
function eliminate(m: number, n: number, a: Float64Array, at: number, j: number, end: number): void {
  const row = at + j * n
  const d = a[row + j]
  if (d === 0) return
  for (let i = j + 1; i < m; i++) {
    const below = at + i * n
    const factor = (a[below + j] /= d)
    for (let c = j + 1; c < end; c++) a[below + c] -= factor * a[row + c]
  }
}

/** Steps from..to of the elimination, in columns up to `to`; rows are exchanged whole. Returns the sign of the exchanges. */
function eliminateAll(from: number, to: number, m: number, n: number, a: Float64Array, at: number, pivots: Indices, pAt: number, order: Indices, oAt: number): number {
  let sign = 1
  for (let j = from; j < to; j++) {
    const pivot = pivotOf(m, n, a, at, j)
    pivots[pAt + j] = pivot
    if (pivot !== j) {
      sign = -sign
      exchange(a, at + j * n, at + pivot * n, n)
      exchange(order, oAt + j, oAt + pivot, 1)
    }
    eliminate(m, n, a, at, j, to)
  }
  return sign
}

const unit = { lower: true, transposeA: false, unitDiagonal: true }

/** The m × n matrix at `at` becomes L and U; returns the sign of the permutation. */
export function factorLu(m: number, n: number, a: Float64Array, at: number, pivots: Indices, pAt: number, order: Indices, oAt: number): number {
  const k = Math.min(m, n)
  for (let i = 0; i < m; i++) order[oAt + i] = i
  if (k === n && k <= small) return eliminateAll(0, k, m, n, a, at, pivots, pAt, order, oAt)
  /** Rows from..to of columns to..end, for L in columns from..to. */
  const solve = (from: number, to: number, end: number): void =>
    solveColumns(to - from, end - to, a, at + from * (n + 1), n, a, at + from * n + to, n, unit)
  const factor = (from: number, to: number): number => {
    if (to - from <= few) return eliminateAll(from, to, m, n, a, at, pivots, pAt, order, oAt)
    const half = from + few * Math.ceil((to - from) / (2 * few))
    const sign = factor(from, half)
    solve(from, half, to)
    addProduct(-1, m - half, to - half, half - from, a, at + half * (n + 1), n, a, at + half * n + from, n, 1, a, at + from * n + half, n)
    return sign * factor(half, to)
  }
  const sign = factor(0, k)
  if (k < n) solve(0, k, n)
  return sign
}

/** Whether no element of the diagonal is 0. */
function regular(n: number, x: Float64Array, at: number): boolean {
  for (let i = 0; i < n; i++) if (x[at + i * (n + 1)] === 0) return false
  return true
}

/** Whether the n × n matrix at `at` is 0 off its diagonal. */
function diagonal(n: number, x: Float64Array, at: number): boolean {
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j && x[at + i * n + j] !== 0) return false
  return true
}

const upper = { lower: false, transposeA: false, unitDiagonal: false }

/** X of small factors, in place but for the order of rows. */
function solveSmall(n: number, k: number, lu: Float64Array, at: number, order: Indices, oAt: number, b: Float64Array, bAt: number, to: Float64Array, toAt: number): void {
  for (let i = 0; i < n; i++) {
    const row = at + i * n
    const xi = toAt + i * k
    const from = bAt + order[oAt + i] * k
    for (let c = 0; c < k; c++) to[xi + c] = b[from + c]
    for (let j = 0; j < i; j++) {
      const factor = lu[row + j]
      const xj = toAt + j * k
      for (let c = 0; c < k; c++) to[xi + c] -= factor * to[xj + c]
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = at + i * n
    const xi = toAt + i * k
    for (let j = i + 1; j < n; j++) {
      const factor = lu[row + j]
      const xj = toAt + j * k
      for (let c = 0; c < k; c++) to[xi + c] -= factor * to[xj + c]
    }
    const d = lu[row + i]
    for (let c = 0; c < k; c++) to[xi + c] /= d
  }
}

/**
 * X with A X = B (or Aᵀ X = B), to be put in `to`, by the factors of A; `b` and `to` are different buffers. The work on what is
 * not small is done in `x`, with room for B, and products are fast where it is in one array with the factors.
 */
export function solveFactored(
  n: number, k: number, lu: Float64Array, at: number, order: Indices, oAt: number, transposeA: boolean,
  b: Float64Array, bAt: number, to: Float64Array, toAt: number, x: Float64Array, xAt: number,
): void {
  if (n <= small && !transposeA) return solveSmall(n, k, lu, at, order, oAt, b, bAt, to, toAt)
  // Of an inverse, what is solved first is triangular: by finite factors, and no division by 0, zeros stay zeros.
  const triangular = n === k && n > small && diagonal(n, b, bAt) && finite(lu, at, n * n) && regular(n, lu, at)
  if (transposeA) {
    copy(n * k, b, bAt, x, xAt)
    solveTriangle(n, k, lu, at, x, xAt, { ...upper, transposeA, triangular })
    solveTriangle(n, k, lu, at, x, xAt, { ...unit, transposeA })
    for (let i = 0; i < n; i++) copy(k, x, xAt + i * k, to, toAt + order[oAt + i] * k)
  } else if (triangular) {
    // A⁻¹ D = U⁻¹ L⁻¹ (P D), and P D is diagonal but for the order of its columns.
    x.fill(0, xAt, xAt + n * n)
    for (let i = 0; i < n; i++) x[xAt + i * (n + 1)] = b[bAt + order[oAt + i] * (n + 1)]
    solveTriangle(n, n, lu, at, x, xAt, { ...unit, triangular })
    solveTriangle(n, n, lu, at, x, xAt, upper)
    for (let i = 0; i < n; i++) for (let c = 0; c < n; c++) to[toAt + i * n + order[oAt + c]] = x[xAt + i * n + c]
  } else {
    for (let i = 0; i < n; i++) copy(k, b, bAt + order[oAt + i] * k, x, xAt + i * k)
    solveTriangle(n, k, lu, at, x, xAt, unit)
    solveTriangle(n, k, lu, at, x, xAt, upper)
    copy(n * k, x, xAt, to, toAt)
  }
}
