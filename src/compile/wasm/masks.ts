/**
 * Conditions as masks: what a loop reads as a condition is not made 0 or 1 and compared with 0 again.
 */
import type { NestValue, Operation, Ref } from '../loop/types'
import type { Pair, Pairs } from './pairs'

/** Operations on conditions: their operands, up to the k-th. */
const upTo = (o: Operation): number =>
  o._tag === 'Select' ? 0 : (o._tag === 'Unary' || o._tag === 'Binary') && /^(not|and|or|xor)$/.test(o.op) ? 1 : o._tag === 'Convert' && o.dtype === 'bool' ? 0 : -1

const isTruth = (v: NestValue): boolean => v._tag === 'Compute' && v.operation.dtype === 'bool'

/**
 * What is best kept as a mask: what the values at hand read as a condition, if they read it as nothing else or it is
 * computed here as one; `others`: what is also stored or reduced.
 */
export function conditions(values: readonly NestValue[], computed: readonly Ref[], others: ReadonlySet<Ref>): ReadonlySet<Ref> {
  const [asCondition, otherwise] = [new Set<Ref>(), new Set(others)]
  for (const i of computed) {
    const v = values[i]!
    if (v._tag === 'Compute') v.args.forEach((a, k) => (k <= upTo(v.operation) ? asCondition : otherwise).add(a))
  }
  return new Set([...asCondition].filter((i) => i >= 0 && (!otherwise.has(i) || isTruth(values[i]!))))
}

/** How values of a loop are bound: as they are, or where they are conditions, as masks, which are made 0 and 1 where that is read. */
export interface Binding {
  /** What is to be bound for a value just computed. */
  readonly of: (i: Ref, x: Pair) => Pair
  /** The value of what `of` gave, bound. */
  readonly from: (i: Ref, x: Pair) => Pair
  /** Of what is the same throughout a row, bound here unless it is already. */
  readonly still: (i: Ref, x: Pair, isBound?: boolean) => Pair
}

export function bindingOf(w: Pairs, values: readonly NestValue[], computed: readonly Ref[], others: ReadonlySet<Ref>): Binding {
  const masks = conditions(values, computed, others)
  return {
    of: (i, x) => (masks.has(i) ? w.isTrue(x) : x),
    from: (i, x) => (masks.has(i) ? w.truth(x) : x),
    still: (i, x, isBound) => (masks.has(i) ? w.truth(w.let(w.isTrue(x))) : isBound ? x : w.let(x)),
  }
}
