/** What a step reads and writes. */
import type { Dot, Opaque, Step, Target } from './types'

const among = (targets: readonly Target[]): number[] => targets.flatMap((t) => (t._tag === 'Buffer' ? [t.buffer] : []))

/** Where the operands of a step that is no nest are. */
export const operandsOf = (s: Dot | Opaque): readonly Target[] => (s._tag === 'Dot' ? [s.x.from, s.y.from] : s.inputs.map((x) => x.from))

/** Buffers. */
export const readBy = (s: Step): readonly number[] =>
  s._tag === 'Nest' ? s.values.flatMap((v) => (v._tag === 'Load' ? [v.walk.buffer] : [])) : among(operandsOf(s))

export const writtenBy = (s: Step): readonly number[] =>
  s._tag === 'Nest'
    ? [...s.values.map((v) => v.store), ...among(s.reductions.map((r) => r.target)), ...s.windows.map((w) => w.buffer)]
    : among(s._tag === 'Dot' ? [s.target] : s.outputs.map((x) => x.from))
