/**
 * Triangular systems op(A) X = B, in place in X, where op(A) is A or Aᵀ.
 *
 * Rows of X are solved in blocks: what the rows solved before contribute is one product. A single right-hand side goes along the
 * rows of A in either case.
 * Law: a column of X has the same bits whatever stands beside it: element i is bᵢ less aᵢⱼ xⱼ, in the order in which the xⱼ
 * are solved, divided by aᵢᵢ.
 * Decision: what is upper triangular is solved as what is lower, with rows and columns counted from the last.
 * Source: Golub & Van Loan, Matrix Computations, 3.1.
 */
import { block } from './buffers'
import { addProduct, solveRows } from './rows'

export interface Triangle {
  readonly lower: boolean
  readonly transposeA: boolean
  readonly unitDiagonal: boolean
  /** Row i of B is 0 beyond column i, and op(A) is lower triangular, without a 0 in its diagonal: so is X. */
  readonly triangular?: boolean
}

function solveVector(n: number, a: Float64Array, at: number, x: Float64Array, xAt: number, { lower, transposeA, unitDiagonal }: Triangle): void {
  const down = lower !== transposeA
  for (let step = 0; step < n; step++) {
    const i = down ? step : n - 1 - step
    const row = at + i * n
    if (transposeA) {
      const xi = unitDiagonal ? x[xAt + i] : (x[xAt + i] /= a[row + i])
      const to = lower ? i : n
      for (let j = lower ? 0 : i + 1; j < to; j++) x[xAt + j] -= xi * a[row + j]
    } else {
      let sum = x[xAt + i]
      if (lower) for (let j = 0; j < i; j++) sum -= a[row + j] * x[xAt + j]
      else for (let j = n - 1; j > i; j--) sum -= a[row + j] * x[xAt + j]
      x[xAt + i] = unitDiagonal ? sum : sum / a[row + i]
    }
  }
}

/** Rows and columns up to which it is not worth while to work in blocks. */
export const small = 16
/** Rows of a block where X is triangular, as what is above its diagonal is not left out within one. */
const narrow = 8

/**
 * Solves op(A) X = B for n × n A at `at` and n × k X, which holds B at first; for `count` of each, one after the other. A vector is
 * solved by the triangle where it stands if that is another array.
 */
export function solveTriangle(n: number, k: number, a: Float64Array, at: number, x: Float64Array, xAt: number, t: Triangle, count = 1): void {
  if (k === 1 && a !== x) for (let m = 0; m < count; m++) solveVector(n, a, at + m * n * n, x, xAt + m * n, t)
  else solveColumns(n, k, a, at, n, x, xAt, k, t, count)
}

/** The same where rows of A are `aRow` apart, and rows of X `xRow`. */
export function solveColumns(n: number, k: number, a: Float64Array, at: number, aRow: number, x: Float64Array, xAt: number, xRow: number, t: Triangle, count = 1): void {
  const down = t.lower !== t.transposeA
  const [r, c] = t.transposeA ? [1, aRow] : [aRow, 1]
  const [row, column, step] = down ? [r, c, xRow] : [-r, -c, -xRow]
  const rows = n <= small ? n : t.triangular ? narrow : block
  const many = n <= small ? count : 1
  for (let m = 0; m < count; m += many) {
    const a0 = at + m * n * aRow + (down ? 0 : (n - 1) * (aRow + 1))
    const x0 = xAt + m * n * xRow + (down ? 0 : (n - 1) * xRow)
    for (let i = 0; i < n; i += rows) {
      const height = Math.min(rows, n - i)
      const xi = x0 + i * step
      for (let p = 0; p < i; p += t.triangular ? block : i) {
        const depth = t.triangular ? Math.min(block, i - p) : i
        addProduct(-1, height, t.triangular ? Math.min(k, p + depth) : k, depth, x, xi, step, a, a0 + i * row + p * column, row, column, x, x0 + p * step, step)
      }
      solveRows(many, height, t.triangular ? Math.min(k, i + height) : k, a, a0 + i * (row + column), row, column, n * aRow, x, xi, step, n * xRow, t.unitDiagonal)
    }
  }
}
