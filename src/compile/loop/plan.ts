/**
 * The buffer plan: from when to when each buffer of the kernel's own is in the arena: from first write to last read.
 *
 * Law: two buffers share memory only if no step between the write and the last read of one touches the other; an in-place
 * operand shares with its result exactly when it is the kernel's own, whole, and read by nobody else from then on.
 */
import { partOf, type Part } from './arena'
import { readBy } from './touched'
import type { LoopProgram, Opaque, Owner, Span } from './types'

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

/** The buffer of an in-place operand that its result may take over. */
function takeable(p: LoopProgram, s: Opaque, at: number, last: Int32Array): readonly [operand: number, result: number] | undefined {
  const x: Span | undefined = s.inputs[s.inPlace!]
  const out = s.outputs[0]?.from
  if (x?.from._tag !== 'Buffer' || out?._tag !== 'Buffer') return undefined
  const b = x.from.buffer
  const owner: Owner = p.buffers[b]!.owner
  const readers = s.inputs.filter((i) => i.from._tag === 'Buffer' && i.from.buffer === b).length
  const whole = x.offset === 0 && p.buffers[b]!.size === x.size && p.buffers[out.buffer]!.size === x.size
  return owner._tag === 'Arena' && whole && readers === 1 && last[b] === at ? [b, out.buffer] : undefined
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
  // From the end, so that a chain of in-place steps has one home.
  for (let i = p.steps.length - 1; i >= 0; i--) {
    const s = p.steps[i]!
    const pair = s._tag === 'Opaque' ? takeable(p, s, i, last) : undefined
    if (!pair) continue
    const h = home[pair[1]]!
    home[pair[0]] = h
    first[h] = Math.min(first[h]!, first[pair[0]]!)
    taken.add(i)
  }

  const parts = p.buffers.map(({ size }, b) =>
    home[b] === b && isInside(b) ? partOf(Math.ceil(size / (singles.has(b) ? 2 : 1)) + slack, first[b]!, Math.max(last[b]!, first[b]!)) : undefined)
  return { parts: parts.map((_, b) => parts[home[b]!]), home, singles, taken }
}
