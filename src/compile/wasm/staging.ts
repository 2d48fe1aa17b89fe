/**
 * What JavaScript does for a nest, block by block: it gathers what pairs cannot read in place, reduces what they do not, and
 * brings results to arrays of the caller's.
 */
import type { Nest, NestValue, Ref } from '../loop/types'
import { inScratch, type Operand } from '../closure/bind'
import type { BlockRun } from '../closure/compose'
import { bindGather, bindJoin, isDirect } from '../closure/gather'
import type { Layout } from '../closure/layout'
import { addReduction } from '../closure/nest'
import type { Outside } from './site'
import type { Survey } from './survey'

export interface Staging {
  readonly before: Outside[]
  readonly after: Outside[]
  /** After the last block. */
  readonly ends: Outside[]
}

/** The runs of a nest in blocks of so many elements; scratch arrays are asked for by value. */
export function stagingOf({ values, line }: Nest, { gathered, shares, reach, outside, foreign }: Survey, layout: Layout, block: number, slotOf: (ref: Ref) => number, operandOf: (ref: Ref) => Operand): Staging {
  const before: Outside[] = []
  const after: Outside[] = []
  const ends: Outside[] = []
  for (const i of gathered) {
    if (shares.has(i)) continue
    const v = values[i] as Extract<NestValue, { _tag: 'Load' | 'Join' }>
    const to = slotOf(i)
    if (v._tag === 'Load' && isDirect(v.walk)) {
      const [from, { offset }] = [layout.bufferSlot(v.walk.buffer), v.walk]
      before.push((_r, m, k, n) => m[to]!.set(m[from]!.subarray(offset + k, offset + k + n + reach)))
      continue
    }
    const run = v._tag === 'Join' ? bindJoin(v.runs, layout, inScratch(to)) : bindGather(v.walk, layout.bufferSlot(v.walk.buffer), inScratch(to))
    before.push((_r, m, k, n) => run(m, k, n))
  }
  for (const r of outside) {
    const runs: BlockRun[] = []
    addReduction(r, operandOf(r.value), line, block, layout, { add: (run) => runs.push(run), body: () => () => {} }, ends as never)
    after.push((_r, m, k, n) => { for (const run of runs) run(m, k, n) })
  }
  for (const i of foreign) {
    const [from, to] = [slotOf(i), layout.bufferSlot(values[i]!.store)]
    after.push((_r, m, k, n) => m[to]!.set(m[from]!.subarray(0, n), k))
  }
  return { before, after, ends }
}
