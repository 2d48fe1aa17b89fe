/**
 * The operations of a nest in the order in which they run, with pairs joined where one loop serves for two.
 *
 * Law: every value that is stored, reduced or read by a later item is an item; the bits are those of the operations one by
 * one, as each is rounded in the joined loop too.
 */
import type { Nest, Ref } from '../loop/types'
import type { Operand } from './bind'
import type { BlockRun } from './compose'

export interface Item {
  readonly value: Ref
  readonly args: readonly Ref[]
  /** The loop of a joined pair, on the operands of both. */
  readonly fused: ((o: Operand, args: readonly Operand[]) => BlockRun) | undefined
}

export function fuse(nest: Nest): readonly Item[] {
  const { values, reductions } = nest
  const reads = new Int32Array(values.length)
  for (const r of reductions) reads[r.value]!++
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i]!
    if (v.store >= 0) reads[i]!++
    if (reads[i] === 0 || v._tag !== 'Compute') continue
    for (const a of v.args) if (a >= 0) reads[a]!++
  }
  const items: Item[] = []
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    if (reads[i] === 0) continue
    items.push({ value: i, args: v._tag === 'Compute' ? v.args : [], fused: undefined })
  }
  return items
}
