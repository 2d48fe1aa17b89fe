/**
 * Triangular systems op(A) X = B, in place in X, where op(A) is A or Aᵀ.
 *
 * Rows of X are solved in blocks: what the rows solved before contribute is one product; and within a block two by two.
 * A single right-hand side goes along the rows of A in either case. Source: Golub & Van Loan, Matrix Computations, 3.1.
 */
import { block } from './buffers'
import { addProduct } from './rows'

export interface Triangle {
  readonly lower: boolean
  readonly transposeA: boolean
  readonly unitDiagonal: boolean
  /** Row i of B is 0 beyond column i, and op(A) is lower triangular: so is X. */
  readonly triangular?: boolean
}

function solveVector(n: number, a: Float64Array, at: number, x: Float64Array, xAt: number, { lower, transposeA, unitDiagonal }: Triangle): void {
  const down = lower !== transposeA
  for (let step = 0; step < n; step++) {
    const i = down ? step : n - 1 - step
    const row = at + i * n
    const from = lower ? 0 : i + 1
    const to = lower ? i : n
    if (transposeA) {
      const xi = unitDiagonal ? x[xAt + i] : (x[xAt + i] /= a[row + i])
      for (let j = from; j < to; j++) x[xAt + j] -= xi * a[row + j]
    } else {
      let sum = x[xAt + i]
      for (let j = from; j < to; j++) sum -= a[row + j] * x[xAt + j]
      x[xAt + i] = unitDiagonal ? sum : sum / a[row + i]
    }
  }
}

function divideRow(n: number, x: Float64Array, at: number, by: number): void {
  for (let c = 0; c < n; c++) x[at + c] /= by
}

/** Of few rows, one by one. */
function solveFew(n: number, k: number, a: Float64Array, at: number, x: Float64Array, xAt: number, { lower, transposeA, unitDiagonal }: Triangle): void {
  const row = transposeA ? 1 : n
  const column = transposeA ? n : 1
  const down = lower !== transposeA
  for (let step = 0; step < n; step++) {
    const i = down ? step : n - 1 - step
    const xi = xAt + i * k
    for (let s = 0; s < step; s++) {
      const j = down ? s : n - 1 - s
      const factor = a[at + i * row + j * column]
      const xj = xAt + j * k
      for (let c = 0; c < k; c++) x[xi + c] -= factor * x[xj + c]
    }
    if (!unitDiagonal) divideRow(k, x, xi, a[at + i * (n + 1)])
  }
}

/** Rows and columns up to which it is not worth while to work in blocks. */
export const small = 16

/** Solves op(A) X = B for n × n A at `at` and n × k X, which holds B at first. */
export function solveTriangle(n: number, k: number, a: Float64Array, at: number, x: Float64Array, xAt: number, t: Triangle): void {
  if (k === 1) solveVector(n, a, at, x, xAt, t)
  else if (n <= small) solveFew(n, k, a, at, x, xAt, t)
  else solveColumns(n, k, a, at, n, x, xAt, k, t)
}

/** The same where rows of A are `aRow` apart, and rows of X `xRow`. */
export function solveColumns(n: number, k: number, a: Float64Array, at: number, aRow: number, x: Float64Array, xAt: number, xRow: number, t: Triangle): void {
  const [row, column] = t.transposeA ? [1, aRow] : [aRow, 1]
  const down = t.lower !== t.transposeA
  /** Takes what rows from..to contribute away from rows i..i + count. */
  const take = (i: number, count: number, from: number, to: number): void => {
    for (let p = from; p < to; p += t.triangular ? block : to - from) {
      const depth = t.triangular ? Math.min(block, to - p) : to - from
      addProduct(-1, count, t.triangular ? Math.min(k, p + depth) : k, depth, x, xAt + i * xRow, xRow, a, at + i * row + p * column, row, column, x, xAt + p * xRow, xRow)
    }
  }
  const finish = (i: number): void => {
    if (!t.unitDiagonal) divideRow(t.triangular ? i + 1 : k, x, xAt + i * xRow, a[at + i * (aRow + 1)])
  }
  for (let done = 0; done < n; done += block) {
    const width = Math.min(block, n - done)
    const i0 = down ? done : n - done - width
    const i1 = i0 + width
    if (down) take(i0, width, 0, i0)
    else take(i0, width, i1, n)
    for (let step = 0; step < width; step += 2) {
      const pair = step + 1 < width
      const first = down ? i0 + step : i1 - 1 - step
      const second = down ? first + 1 : first - 1
      const top = pair ? Math.min(first, second) : first
      if (down) take(top, pair ? 2 : 1, i0, first)
      else take(top, pair ? 2 : 1, first + 1, i1)
      finish(first)
      if (!pair) continue
      addProduct(-1, 1, t.triangular ? second : k, 1, x, xAt + second * xRow, xRow, a, at + second * row + first * column, row, column, x, xAt + first * xRow, xRow)
      finish(second)
    }
  }
}
