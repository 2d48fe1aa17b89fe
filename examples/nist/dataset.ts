/**
 * Reads the files of NIST's Statistical Reference Datasets for nonlinear regression.
 *
 * Each file is text: line ranges of its parts in the header, the model as a formula, two starting points, and the
 * certified parameters with their standard deviations, good to 11 digits.
 * Source: https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml
 */
export interface Dataset {
  readonly name: string
  /** NIST's word for it: Lower, Average or Higher. */
  readonly difficulty: string
  /** The model as the header writes it, blanks removed: `y=b1*(1-exp[-b2*x])+e`. */
  readonly formula: string
  /** Starting points 1 and 2. */
  readonly starts: readonly [readonly number[], readonly number[]]
  readonly certified: readonly number[]
  readonly standardDeviations: readonly number[]
  readonly residualSumOfSquares: number
  readonly response: readonly number[]
  /** One column for each predictor. */
  readonly predictors: readonly (readonly number[])[]
}

const numbers = (line: string): number[] => line.trim().split(/\s+/).map(Number)

function found(text: string, pattern: RegExp, what: string): string {
  const match = pattern.exec(text)
  if (!match) throw new Error(`${what} not found`)
  return match[1]
}

/** The lines that the header gives for a part: `Data  (lines 61 to 214)`. */
function part(text: string, lines: readonly string[], name: string): readonly string[] {
  const [first, last] = found(text, new RegExp(`${name}\\s+\\(lines\\s+(\\d+\\s+to\\s+\\d+)\\)`), name).split(/\s+to\s+/).map(Number)
  return lines.slice(first - 1, last)
}

export function parse(text: string): Dataset {
  const lines = text.split(/\r?\n/)
  const table = part(text, lines, 'Starting Values')
    .filter((line) => /^\s*b\d+\s*=/.test(line))
    .map((line) => numbers(line.split('=')[1]))
  const rows = part(text, lines, 'Data').map(numbers)
  const observations = Number(found(text, /Number of Observations:\s+(\d+)/, 'number of observations'))
  const parameters = Number(found(text, /(\d+) Parameters/, 'number of parameters'))
  if (rows.length !== observations || table.length !== parameters || table.some((row) => row.length !== 4 || row.some(Number.isNaN)))
    throw new Error('the header and the tables of the file do not agree')
  return {
    name: found(text, /Dataset Name:\s+(\w+)/, 'name'),
    difficulty: found(text, /(\w+) Level of Difficulty/, 'difficulty'),
    formula: found(text, /Parameters \(b1 \w+ b\d+\)\s+([^]*?)\n\s*\n/, 'model').replace(/\s+/g, ''),
    starts: [table.map((row) => row[0]), table.map((row) => row[1])],
    certified: table.map((row) => row[2]),
    standardDeviations: table.map((row) => row[3]),
    residualSumOfSquares: Number(found(text, /Residual Sum of Squares:\s+(\S+)/, 'residual sum of squares')),
    response: rows.map((row) => row[0]),
    predictors: rows[0].slice(1).map((_, k) => rows.map((row) => row[k + 1])),
  }
}
