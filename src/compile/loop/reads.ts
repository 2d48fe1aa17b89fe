/** Which values of a nest are needed. */
import type { Nest, NestValue, Ref } from './types'

/** The values of its nest that a value is made of. */
export const argsOf = (v: NestValue): readonly Ref[] => (v._tag === 'Compute' ? v.args.filter((a) => a >= 0) : v._tag === 'Expand' ? [v.value] : [])

/** How often each value is read, by needed values, reductions, window sums and stores. */
export function counted({ values, reductions, windows }: Nest): Int32Array {
  const reads = new Int32Array(values.length)
  for (const r of reductions) reads[r.value]!++
  for (const w of windows) for (const p of w.pieces) reads[p.value]!++
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i]!
    if (v.store >= 0) reads[i]!++
    if (reads[i] === 0) continue
    for (const a of argsOf(v)) reads[a]!++
  }
  return reads
}
