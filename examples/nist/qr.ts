/**
 * Linear least squares by Householder reflections: min ‖A x − b‖ for a matrix of m ≥ n rows.
 *
 * Normal equations would square the condition number, which several of the NIST files do not forgive.
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, algorithm 5.2.1.
 */
export interface Factored {
  /** Upper triangle, n by n. */
  readonly r: readonly Float64Array[]
  /** The first n elements of Qᵀ b. */
  readonly projected: Float64Array
}

/** R and Qᵀ b. `rows` and `b` are overwritten. */
export function factor(rows: readonly Float64Array[], b: Float64Array): Factored {
  const m = rows.length
  const n = rows[0].length
  for (let k = 0; k < n; k++) {
    let norm = 0
    for (let i = k; i < m; i++) norm = Math.hypot(norm, rows[i][k])
    if (norm === 0) continue
    if (rows[k][k] > 0) norm = -norm
    // v = x − norm·e₁, kept in column k; H = I − v vᵀ / (−norm·v₁)
    const scale = -norm * (rows[k][k] - norm)
    rows[k][k] -= norm
    const reflect = (get: (i: number) => number, add: (i: number, d: number) => void): void => {
      let dot = 0
      for (let i = k; i < m; i++) dot += rows[i][k] * get(i)
      for (let i = k; i < m; i++) add(i, (-dot / scale) * rows[i][k])
    }
    for (let j = k + 1; j < n; j++) reflect((i) => rows[i][j], (i, d) => void (rows[i][j] += d))
    reflect((i) => b[i], (i, d) => void (b[i] += d))
    rows[k][k] = norm
  }
  return { r: rows.slice(0, n), projected: b.slice(0, n) }
}

/** x with R x = y. */
export function solveUpper(r: readonly Float64Array[], y: ArrayLike<number>): Float64Array {
  const n = r.length
  const x = Float64Array.from(y)
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i] -= r[i][j] * x[j]
    x[i] /= r[i][i]
  }
  return x
}

/** The square roots of the diagonal of (Rᵀ R)⁻¹: the norms of the rows of R⁻¹. */
export function inverseDiagonal(r: readonly Float64Array[]): Float64Array {
  const n = r.length
  const sums = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    const column = solveUpper(r, Float64Array.from({ length: n }, (_, i) => (i === k ? 1 : 0)))
    column.forEach((x, i) => (sums[i] += x * x))
  }
  return sums.map(Math.sqrt)
}
