/**
 * What a source says it prints, `// => …`, held against what it printed.
 *
 * The statements must occur among the printed lines, in their order. Blanks do not count, `…` stands for anything, and
 * numbers agree to seven digits or to the digits that are written.
 */
const number = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi

export const stated = (source: string): string[] =>
  source.split('\n').flatMap((line) => {
    const match = /(?:^|\s)\/\/ => (.*)$/.exec(line)
    return match ? [match[1].trim()] : []
  })

/** Half a unit in the last digit written. */
const slack = (written: string): number => {
  const [mantissa, exponent = '0'] = written.toLowerCase().split('e')
  return 0.5000001 * 10 ** (Number(exponent) - (mantissa.split('.')[1] ?? '').length)
}

const close = (written: string, printed: string): boolean => {
  const [a, b] = [Number(written), Number(printed)]
  if (a === b) return true
  const decimals = written.includes('.') || /e/i.test(written)
  return Math.abs(a - b) <= (decimals ? Math.min(1e-7 * Math.max(1, Math.abs(a)), slack(written)) : 0) || (decimals && Math.abs(a - b) <= 1e-13)
}

/** Whether a printed line is what a statement says. */
export function says(statement: string, line: string): boolean {
  const squeeze = (text: string): string => text.replace(/\s+/g, ' ').replace(/\[ /g, '[').replace(/ \]/g, ']').trim()
  const skeleton = (text: string): string => squeeze(text).replace(number, '#')
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  if (!statement.includes('…')) {
    if (skeleton(statement) !== skeleton(line)) return false
    const [written, printed] = [statement, line].map((text) => squeeze(text).match(number) ?? [])
    return written.every((each, k) => close(each, printed[k]))
  }
  return new RegExp(`^${squeeze(statement).split('…').map((part) => escape(part.trim())).join('.*')}$`, 's').test(squeeze(line))
}

/** The first statement that is not among the lines, where it is looked for from. `undefined` when all are. */
export function missing(statements: readonly string[], lines: readonly string[]): { readonly statement: string; readonly after: readonly string[] } | undefined {
  let at = 0
  for (const statement of statements) {
    const found = lines.findIndex((line, k) => k >= at && says(statement, line))
    if (found < 0) return { statement, after: lines.slice(at, at + 3) }
    at = found + 1
  }
  return undefined
}
