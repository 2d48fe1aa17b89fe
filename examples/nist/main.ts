/**
 * Nonlinear regression on NIST's reference files, with exact Jacobians, against certified parameters.
 *
 * Run: npx tsx examples/nist/main.ts
 * For each file and each of its two starting points: our parameters beside the certified ones, and to how many digits
 * the worst of them agrees (−log₁₀ of its relative error; the certified values have 11 digits).
 */
import { readFileSync, readdirSync } from 'node:fs'
import type { Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'
import { parse, type Dataset } from './dataset'
import { fit, type Fit } from './levenberg-marquardt'
import { models } from './models'

const folder = new URL('../data/nist/', import.meta.url)

export const datasets = (): readonly Dataset[] =>
  readdirSync(folder).filter((file) => file.endsWith('.dat')).sort().map((file) => parse(readFileSync(new URL(file, folder), 'utf8')))

/** −log₁₀ of the relative error: the number of digits that agree, at most the 11 that are certified. */
export const digits = (x: number, certified: number): number => {
  const d = -Math.log10(Math.abs(x - certified) / Math.abs(certified))
  return Number.isNaN(d) ? 0 : Math.max(0, Math.min(11, d))
}

/** The fit of a file's model to its data from one of its starting points. */
export function regression(data: Dataset, start: 1 | 2): Fit {
  const model = models[data.formula]
  if (!model) throw new Error(`${data.name}: no model for ${data.formula}`)
  const x = data.predictors.map((column) => np.array(column))
  const y = (model.response ?? ((each: Tensor) => each))(np.array(data.response))
  const residuals = (b: Tensor): Tensor => np.sub(model.predict(data.certified.map((_, k) => b.at(k)), x), y)
  return fit(residuals, data.starts[start - 1])
}

export interface Row {
  readonly data: Dataset
  readonly start: 1 | 2
  readonly fit: Fit
  /** Digits that agree: of the worst parameter, of the worst standard deviation, of the residual sum of squares. */
  readonly digits: { readonly parameters: number; readonly standardDeviations: number; readonly sumOfSquares: number }
}

const worst = (xs: readonly number[], certified: readonly number[]): number => Math.min(...xs.map((x, k) => digits(x, certified[k])))

const table = (): readonly Row[] =>
  datasets().flatMap((data) =>
    ([1, 2] as const).map((start) => {
      const result = regression(data, start)
      return {
        data,
        start,
        fit: result,
        digits: {
          parameters: worst(result.parameters, data.certified),
          standardDeviations: worst(result.standardDeviations, data.standardDeviations),
          sumOfSquares: digits(result.residualSumOfSquares, data.residualSumOfSquares),
        },
      }
    }),
  )

const widths = [-9, 4, 3, 6, 11, 10, 12, 5, 5]
const columns = (cells: readonly string[]): string =>
  cells.map((cell, k) => (widths[k] < 0 ? cell.padEnd(-widths[k]) : cell.padStart(widths[k]))).join('')

/** Both starts of one file: our parameters beside the certified ones. */
const comparison = ([first, second]: readonly Row[]): readonly string[] => [
  `${first.data.name}: ${first.data.formula}`,
  ...first.data.certified.map((certified, k) => {
    const [one, two] = [first, second].map((row) => row.fit.parameters[k].toExponential(10).padStart(18))
    return `  b${k + 1}${one}${two}${certified.toExponential(10).padStart(18)}`
  }),
]

export function main(print: Print): readonly Row[] {
  const rows = table()
  print('NIST nonlinear regression: Levenberg–Marquardt with exact Jacobians')
  print('digits that agree with the certified values: of the worst parameter, the worst standard deviation, the sum of squares')
  print('')
  print(columns(['file', 'n', 'p', 'start', 'iterations', 'converged', 'parameters', 's.d.', 'ssq']))
  for (const { data, start, fit: { iterations, converged }, digits: d } of rows) {
    const counts = [data.response.length, data.certified.length, start, iterations]
    const shown = [d.parameters, d.standardDeviations, d.sumOfSquares].map((x) => x.toFixed(1))
    print(columns([data.name, ...counts.map(String), converged ? 'yes' : 'no', ...shown]))
  }
  print('')
  print('parameters from start 1, from start 2, certified')
  for (let k = 0; k < rows.length; k += 2) comparison(rows.slice(k, k + 2)).forEach(print)
  print('')
  const good = rows.filter((row) => row.fit.converged && row.digits.parameters >= 6).length
  print(`${good} of ${rows.length} runs agree to 6 digits or more in every parameter`) // => 26 of 26 runs agree …
  return rows
}

await runIfEntry(import.meta.url, (print) => void main(print))
