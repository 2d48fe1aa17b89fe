/**
 * Levenberg–Marquardt: min ½‖r(b)‖² by steps h with (JᵀJ + μD²) h = −Jᵀ r, solved as one least-squares problem.
 *
 * J is exact: `jacfwd` of the residuals, compiled together with them. D scales each parameter by the largest norm that
 * its column has had (Moré 1978), so units do not matter; μ follows the ratio of actual to predicted decrease.
 * Source: Marquardt 1963; Madsen, Nielsen and Tingleff 2004, algorithm 3.16.
 */
import { jacfwd, jit, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { factor, inverseDiagonal, solveUpper } from './qr'

export interface Fit {
  readonly parameters: readonly number[]
  readonly standardDeviations: readonly number[]
  readonly residualSumOfSquares: number
  readonly iterations: number
  /** Whether the last step was as small as rounding lets it be and the residuals are orthogonal to the columns of J. */
  readonly converged: boolean
}

export interface Options {
  readonly maxIterations?: number
  /** A step smaller than this, relative to the parameters, is the last one. */
  readonly stepTolerance?: number
  /** How far from orthogonal residuals and tangent plane may be (Bates and Watts 1981). */
  readonly offsetTolerance?: number
}

interface Point {
  readonly b: Float64Array
  readonly residuals: Float64Array
  readonly jacobian: readonly Float64Array[]
  readonly sumOfSquares: number
}

const sumOfSquares = (x: Float64Array): number => x.reduce((sum, v) => sum + v * v, 0)
const columnNorms = (rows: readonly Float64Array[]): Float64Array =>
  rows[0].map((_, j) => Math.sqrt(rows.reduce((sum, row) => sum + row[j] * row[j], 0)))

export function fit(residuals: (b: Tensor) => Tensor, start: readonly number[], options: Options = {}): Fit {
  const { maxIterations = 10_000, stepTolerance = 1e-13, offsetTolerance = 1e-5 } = options
  const n = start.length
  const both = jit((b: Tensor) => [residuals(b), jacfwd(residuals)(b)] as const)

  const evaluate = (b: Float64Array): Point => {
    const [r, j] = both(np.array(b)).map((t) => t.data() as Float64Array)
    const jacobian = Array.from({ length: r.length }, (_, i) => j.subarray(i * n, (i + 1) * n))
    return { b, residuals: r, jacobian, sumOfSquares: sumOfSquares(r) }
  }

  /** The step from a point: −r is approached by J h while μ keeps D h small. */
  const stepFrom = (p: Point, scales: Float64Array, damping: number): Float64Array => {
    const rows = p.jacobian.map((row) => row.slice())
    for (let k = 0; k < n; k++) rows.push(new Float64Array(n).fill(Math.sqrt(damping) * scales[k], k, k + 1))
    const target = new Float64Array(rows.length)
    p.residuals.forEach((v, i) => (target[i] = -v))
    const { r, projected } = factor(rows, target)
    return solveUpper(r, projected)
  }

  /** ½‖r‖² − ½‖r + J h‖² */
  const predictedDecrease = (p: Point, h: Float64Array): number =>
    p.jacobian.reduce((sum, row, i) => {
      const jh = row.reduce((dot, v, k) => dot + v * h[k], 0)
      return sum - jh * (p.residuals[i] + jh / 2)
    }, 0)

  let here = evaluate(Float64Array.from(start))
  let scales = columnNorms(here.jacobian)
  let damping = 1e-3
  let growth = 2
  let iterations = 0
  let still = false
  while (!still && iterations < maxIterations && damping < 1e40) {
    iterations++
    const h = stepFrom(here, scales.map((s) => s || 1), damping)
    const there = evaluate(here.b.map((v, k) => v + h[k]))
    const gain = (here.sumOfSquares - there.sumOfSquares) / 2 / predictedDecrease(here, h)
    still = h.every((v, k) => Math.abs(v) <= stepTolerance * Math.abs(here.b[k]))
    if (gain > 0 && there.jacobian.every((row) => row.every(Number.isFinite))) {
      here = there
      scales = columnNorms(here.jacobian).map((s, k) => Math.max(s, scales[k]))
      damping *= Math.max(1 / 3, 1 - (2 * gain - 1) ** 3)
      growth = 2
    } else {
      damping *= growth
      growth *= 2
    }
  }

  // Where ‖r‖² has reached its last digit, its gradient has not: undamped Gauss–Newton steps, as long as they shrink.
  for (let size = Infinity; ; iterations++) {
    const h = stepFrom(here, scales, 0)
    const next = Math.hypot(...h.map((v, k) => v * scales[k]))
    const there = next < size ? evaluate(here.b.map((v, k) => v + h[k])) : here
    if (there === here || !(there.sumOfSquares <= here.sumOfSquares * (1 + 1e-10))) break
    here = there
    size = next
  }

  const m = here.residuals.length
  const { r, projected } = factor(here.jacobian.map((row) => row.slice()), here.residuals.slice())
  const offset = Math.sqrt(sumOfSquares(projected) / here.sumOfSquares)
  const sigma = Math.sqrt(here.sumOfSquares / (m - n))
  return {
    parameters: [...here.b],
    standardDeviations: [...inverseDiagonal(r)].map((d) => sigma * d),
    residualSumOfSquares: here.sumOfSquares,
    iterations,
    converged: iterations < maxIterations && offset <= offsetTolerance,
  }
}
