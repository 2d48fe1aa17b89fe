/**
 * When the values of a nest are computed: what reads the result of a row's reduction comes a stage after it, within the
 * same block.
 *
 * Law: a value's stage is not before that of its operands; values of elements wait until they are read.
 */
import { argsOf } from '../loop/reads'
import type { Nest, Ref } from '../loop/types'

export interface Stages {
  readonly of: Int32Array
  readonly count: number
  /** The last stage that reads each value, −1 where nobody does. */
  readonly last: Int32Array
}

export function stagesOf({ values, reductions }: Nest, reads: Int32Array): Stages {
  const of = new Int32Array(values.length)
  const operands = values.map(argsOf)
  let count = 1
  values.forEach((v, i) => {
    if (v._tag === 'Load' && v.rows)
      for (const r of reductions) if (r.target._tag === 'Buffer' && r.target.buffer === v.walk.buffer) of[i] = of[r.value]! + 1
    for (const a of operands[i]!) of[i] = Math.max(of[i]!, of[a]!)
    if (reads[i]! > 0) count = Math.max(count, of[i]! + 1)
  })
  const earliest = new Int32Array(values.length).fill(count)
  const last = new Int32Array(values.length).fill(-1)
  for (const r of reductions) earliest[r.value] = last[r.value] = of[r.value]!
  for (let i = values.length - 1; i >= 0; i--) {
    if (reads[i] === 0) continue
    const v = values[i]!
    if (!v.rows && earliest[i]! < count) of[i] = Math.max(of[i]!, earliest[i]!)
    for (const a of operands[i]!) {
      earliest[a] = Math.min(earliest[a]!, of[i]!)
      // A spread row value is read again in each stage that reads it.
      last[a] = Math.max(last[a]!, of[i]!, v._tag === 'Expand' ? last[i]! : 0)
    }
  }
  return { of, count, last }
}

/** Whether a later stage than its own reads an element, which waits in a scratch array. */
export const crosses = ({ values }: Nest, { of, last }: Stages, i: Ref): boolean => {
  const v = values[i]!
  return v._tag === 'Compute' && !v.rows && v.store < 0 && last[i]! > of[i]!
}
