/**
 * Triangular systems op(A) X = B, in place in X, where op(A) is A or Aᵀ.
 *
 * Rows of X are solved in blocks: what the rows solved before contribute is one product. A single right-hand side goes
 * along the rows of A in either case. Source: Golub & Van Loan, Matrix Computations, 3.1.
 */
import { addProduct, block } from './buffers'

export interface Triangle {
  readonly lower: boolean
  readonly transposeA: boolean
  readonly unitDiagonal: boolean
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

/** Solves op(A) X = B for n × n A at `at` and n × k X, which holds B at first. */
export function solveTriangle(n: number, k: number, a: Float64Array, at: number, x: Float64Array, xAt: number, t: Triangle): void {
  if (k === 1) return solveVector(n, a, at, x, xAt, t)
  const [row, column] = t.transposeA ? [1, n] : [n, 1]
  const down = t.lower !== t.transposeA
  for (let done = 0; done < n; done += block) {
    const width = Math.min(block, n - done)
    const i0 = down ? done : n - done - width
    const before = down ? 0 : n - done
    addProduct(-1, width, k, done, x, xAt + i0 * k, k, a, at + i0 * row + before * column, row, column, x, xAt + before * k, k)
    for (let step = 0; step < width; step++) {
      const i = down ? i0 + step : i0 + width - 1 - step
      const xi = xAt + i * k
      for (let s = 0; s < step; s++) {
        const j = down ? i0 + s : i0 + width - 1 - s
        const factor = a[at + i * row + j * column]
        const xj = xAt + j * k
        for (let c = 0; c < k; c++) x[xi + c] -= factor * x[xj + c]
      }
      if (t.unitDiagonal) continue
      const diagonal = a[at + i * (n + 1)]
      for (let c = 0; c < k; c++) x[xi + c] /= diagonal
    }
  }
}
