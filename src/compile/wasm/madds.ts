/**
 * `precision: 'fast'`: a product that is read once, by a sum or a difference of the same loop, is not computed by itself but
 * multiplied and added at once.
 *
 * Law: there are none where the engine cannot do that, or where results are to be exact.
 */
import type { DType } from '../../data/dtype'
import type { NestValue, Ref, Reduction } from '../loop/types'
import type { Computed } from './survey'

/** The products among values of a loop that only one of its sums or reductions, of the same dtype, reads; what is stored or kept is read by others too. */
export function productsOfSums(values: readonly NestValue[], computed: readonly Ref[], reduced: readonly Reduction[], kept: Iterable<Ref>, dtype: DType): ReadonlySet<Ref> {
  /** Arithmetic on the dtype, by its operation. */
  const arithmetic = (v: NestValue): string => (v._tag === 'Compute' && v.operation._tag === 'Binary' && v.operation.dtype === dtype ? v.operation.op : '')
  /** How often each is read, a half each time that it is by a sum. */
  const reads = new Map<Ref, number>()
  const read = (i: Ref, bySum: boolean): void => void reads.set(i, (reads.get(i) ?? 0) + (bySum ? 0.5 : 1))
  for (const i of computed) for (const a of (values[i] as Computed).args) read(a, /add|sub/.test(arithmetic(values[i]!)))
  for (const r of reduced) read(r.value, r.op === 'add')
  for (const i of kept) read(i, false)
  return new Set(computed.filter((i) => arithmetic(values[i]!) === 'mul' && reads.get(i) === 0.5 && values[i]!.store < 0))
}
