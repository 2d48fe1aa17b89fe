/**
 * A law is a value: a name, a statement, and a property that fast-check can run and shrink.
 *
 * Law: `check(law)` returns the details of the run if the law held, and throws `LawViolation` with printable evidence
 * (the statement, the smallest counterexample found, what was expected, how to run it again) if it did not.
 * Example: rule(sin).forEach((law) => check(law, { numRuns: 50 }))
 */
import { check as run, stringify, type IProperty, type Parameters, type RunDetails } from 'fast-check'

export interface Law {
  readonly name: string
  /** What holds, in one sentence or formula. */
  readonly statement: string
  readonly property: IProperty<unknown>
}

/** A law with a counterexample. `seed` and `path` reproduce it: check(law, { seed, path }). */
export class LawViolation extends Error {
  readonly law: Law
  readonly counterexample: unknown
  readonly seed: number
  readonly path: string
  constructor(law: Law, details: RunDetails<unknown>) {
    super(report(law, details))
    this.name = 'LawViolation'
    this.law = law
    this.counterexample = details.counterexample
    this.seed = details.seed
    this.path = details.counterexamplePath ?? ''
    this.cause = details.errorInstance
  }
}

/** Thrown where a statement is seen not to hold; the message is the evidence. */
export class Refutation extends Error {}

export const refute = (evidence: string): never => {
  throw new Refutation(evidence)
}

/** The evidence on its own, or a foreign error with the place where it was thrown. */
function reason(error: unknown): string {
  if (error instanceof Refutation || !(error instanceof Error)) return error instanceof Error ? error.message : String(error)
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 4)
  return [`it threw ${error.name}: ${error.message}`, ...frames].join('\n')
}

const shown = (x: unknown): string => (typeof x === 'object' && x !== null && Object.hasOwn(x, 'toString') ? String(x) : stringify(x))

const indent = (text: string): string => text.split('\n').map((line) => `  ${line}`).join('\n')

function report(law: Law, details: RunDetails<unknown>): string {
  const found = details.counterexample
  const parts = Array.isArray(found) ? found.map(shown) : [shown(found)]
  return [
    `${law.name}: the law does not hold`,
    indent(law.statement),
    `evidence:`,
    indent(reason(details.errorInstance)),
    `counterexample (run ${details.numRuns}, shrunk ${details.numShrinks} times):`,
    indent(parts.join('\n')),
    `run it again: check(law, { seed: ${details.seed}, path: ${JSON.stringify(details.counterexamplePath)} })`,
  ].join('\n')
}

/** Runs a law (100 times by default); throws `LawViolation` with the evidence if it does not hold. */
export function check(law: Law, parameters: Parameters<unknown> = {}): RunDetails<unknown> {
  const details = run(law.property, parameters)
  if (details.failed) throw new LawViolation(law, details)
  return details
}
