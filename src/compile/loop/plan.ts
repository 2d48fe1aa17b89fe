/**
 * The buffer plan: from when to when each buffer of the kernel's own is in the arena: from first write to last read.
 *
 * Law: two buffers share memory only if no step between the write and the last read of one touches the other; an in-place
 * operand shares with its result exactly when it is the kernel's own, whole, and read by nobody else from then on.
 */
import { partOf, type Part } from './arena'
import { readBy } from './touched'
import type { LoopProgram, Span } from './types'

export interface Plan {
  /** The part of the arena that each buffer has, where it is not an array of the caller's. */
  readonly parts: readonly (Part | undefined)[]
  /** The buffer whose memory each buffer has: itself, or the last of the in-place results it becomes. */
  readonly home: ArrayLike<number>
  /** Buffers of singles: they take half of the memory, and elements are four bytes apart. */
  readonly singles: ReadonlySet<number>
  /** Opaque steps whose in-place operand is already where the result is. */
  readonly taken: ReadonlySet<number>
}

/** The last step that reads each buffer (the number of steps: a result of the program). */
function lastReads(p: LoopProgram): Int32Array {
  const last = Int32Array.from(p.buffers, (b) => b.at)
  p.steps.forEach((s, i) => { for (const b of readBy(s)) last[b] = Math.max(last[b]!, i) })
  p.scalars.forEach((list, i) => {
    for (const s of list) if (s._tag === 'Peek') last[s.buffer] = Math.max(last[s.buffer]!, i)
  })
  for (const r of p.results) if (r._tag !== 'Register') last[r.buffer] = p.steps.length
  return last
}

/** What a kernel wants besides: what it has in the arena, buffers that hold singles, and room behind each buffer. */
export interface Wishes {
  readonly isInside: (buffer: number) => boolean
  /** Of this, what stays from call to call. */
  readonly kept?: ReadonlySet<number>
  readonly singles: ReadonlySet<number>
  readonly slack: number
}

/** Whether the arena has the buffer even if nothing else is wished: the kernel's own, and inputs that are converted. */
export const isOwn = (p: LoopProgram, buffer: number): boolean => {
  const o = p.buffers[buffer]!.owner
  return o._tag === 'Arena' || (o._tag === 'Input' && !p.raw && p.inputs[o.index]!.dtype !== 'float64')
}

export function plan(p: LoopProgram, { isInside, kept, singles, slack }: Wishes = { isInside: (b) => isOwn(p, b), singles: new Set(), slack: 0 }): Plan {
  const last = lastReads(p)
  for (const b of kept ?? []) last[b] = p.steps.length
  // What a loop gives its body once is there at every turn.
  if (p.raw) p.buffers.forEach(({ owner }, b) => { if (owner._tag === 'Input' && isInside(b)) last[b] = p.steps.length })
  const first = Int32Array.from(p.buffers, (b) => b.at)
  const home = Int32Array.from(p.buffers, (_, i) => i)
  const taken = new Set<number>()
  const wholeOf = (x: Span | undefined): number => (x?.from._tag === 'Buffer' && x.size === p.buffers[x.from.buffer]!.size ? x.from.buffer : -1)
  // From the end, so that a chain of in-place steps has one home.
  for (let i = p.steps.length - 1; i >= 0; i--) {
    const s = p.steps[i]!
    if (s._tag !== 'Opaque') continue
    const starts = s.control?.starts(s.control) ?? [[s.inPlace!, 0] as const]
    for (const [operand, result] of starts) {
      const b = wholeOf(s.inputs[operand])
      const h = home[wholeOf(s.outputs[result])]!
      // The kernel's own, and read from here on by nobody else.
      if (home[b] !== b || p.buffers[b]!.owner._tag !== 'Arena' || p.buffers[b]!.size !== p.buffers[h]?.size || last[b] !== i) continue
      if (readBy(s).filter((r) => r === b).length > starts.filter(([o]) => wholeOf(s.inputs[o]) === b).length) continue
      home[b] = h
      first[h] = Math.min(first[h]!, first[b]!)
      taken.add(i)
    }
  }

  const parts = p.buffers.map(({ size }, b) =>
    home[b] === b && isInside(b) ? partOf(Math.ceil(size / (singles.has(b) ? 2 : 1)) + slack, first[b]!, Math.max(last[b]!, first[b]!)) : undefined)
  for (const s of p.steps) if (s._tag === 'Opaque') s.control?.shareStacks(s, parts)
  return { parts: parts.map((_, b) => parts[home[b]!]), home, singles, taken }
}
