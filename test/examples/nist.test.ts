/** Nonlinear regression against certified parameters. */
import { describe, expect, it } from 'vitest'
import { parse } from '../../examples/nist/dataset'
import { datasets, digits, main } from '../../examples/nist/main'
import { models } from '../../examples/nist/models'
import { factor, inverseDiagonal, solveUpper } from '../../examples/nist/qr'

describe('nist', () => {
  const lines: string[] = []
  const rows = main((line) => lines.push(line))

  it('every file has a model of its own', () => {
    const files = datasets()
    expect(files.map((data) => data.name)).toEqual(
      ['Bennett5', 'Chwirut2', 'DanWood', 'ENSO', 'Gauss1', 'Kirby2', 'Lanczos3', 'MGH10', 'MGH17', 'Misra1a', 'Nelson', 'Rat42', 'Thurber'],
    )
    expect(files.filter((data) => !models[data.formula]).map((data) => data.formula)).toEqual([])
    expect(new Set(files.map((data) => data.formula)).size).toBe(files.length)
  })

  it.each(rows.map((row) => [`${row.data.name} from start ${row.start}`, row] as const))('%s agrees with what is certified', (_, row) => {
    expect(row.fit.converged).toBe(true)
    expect(row.digits.parameters).toBeGreaterThanOrEqual(6)
    expect(row.digits.standardDeviations).toBeGreaterThanOrEqual(6)
    expect(row.digits.sumOfSquares).toBeGreaterThanOrEqual(6)
  })

  it('digits counts those that agree', () => {
    expect(digits(1.0001, 1)).toBeCloseTo(4, 6)
    expect([digits(1, 1), digits(-1, 1), digits(NaN, 1)]).toEqual([11, 0, 0])
  })

  it('prints a row for each run and ends with the count', () => {
    expect(lines.filter((line) => /^\w+ +\d+ +\d+ +[12] +\d+ +yes/.test(line)).length).toBe(26)
    expect(lines.at(-1)).toBe('26 of 26 runs agree to 6 digits or more in every parameter')
  })

  it('a file whose header and tables disagree is refused', () => {
    const text = 'Dataset Name: X\nStarting Values (lines 1 to 2)\nData (lines 3 to 3)\n1 Parameters\nNumber of Observations: 9\n'
    expect(() => parse(text)).toThrow(/do not agree|not found/)
  })

  it('the QR factors solve least squares and invert', () => {
    const rowsOf = (xs: readonly (readonly number[])[]): Float64Array[] => xs.map((x) => Float64Array.from(x))
    const { r, projected } = factor(rowsOf([[1, 0], [1, 1], [1, 2]]), Float64Array.of(1, 3, 5))
    const x = solveUpper(r, projected)
    expect(x[0]).toBeCloseTo(1, 14)
    expect(x[1]).toBeCloseTo(2, 14)
    // (AᵀA)⁻¹ = [[3, 3], [3, 5]]⁻¹ = [[5, −3], [−3, 3]] / 6
    const d = inverseDiagonal(r)
    expect(d[0] ** 2).toBeCloseTo(5 / 6, 14)
    expect(d[1] ** 2).toBeCloseTo(1 / 2, 14)
  })
})
