/** What a step reads and writes. */
import type { Step, Target } from './types'

const among = (targets: readonly Target[]): number[] => targets.flatMap((t) => (t._tag === 'Buffer' ? [t.buffer] : []))

/** What a step that is no nest, or a join of a nest, reads. */
export const operandsOf = (s: Step): readonly Target[] =>
  s._tag === 'Dot' ? [s.x.from, s.y.from] : s._tag === 'Opaque' ? s.inputs.map((x) => x.from) : s.values.flatMap((v) => (v._tag === 'Join' ? v.runs.map((r) => r.from) : []))

/** Buffers. */
export const readBy = (s: Step): readonly number[] =>
  [...among(operandsOf(s)), ...(s._tag === 'Nest' ? s.values.flatMap((v) => (v._tag === 'Load' ? [v.walk.buffer] : [])) : [])]

export const writtenBy = (s: Step): readonly number[] =>
  s._tag === 'Nest'
    ? [...s.values.map((v) => v.store), ...among(s.reductions.map((r) => r.target)), ...s.windows.map((w) => w.buffer)]
    : among(s._tag === 'Dot' ? [s.target] : s.outputs.map((x) => x.from))
