/**
 * The buffer plan: which part of one arena each buffer of the kernel's own occupies, from first write to last read.
 *
 * Law: two buffers share memory only if no step between the write and the last read of one touches the other; an in-place
 * operand shares with its result exactly when it is the kernel's own, whole, and read by nobody else from then on.
 * Source: linear scan (Poletto & Sarkar 1999) with free lists by size class; sizes are rounded up by at most a quarter,
 * large ones by a sixty-fourth.
 */
import type { LoopProgram, Opaque, Owner, Span, Target } from './types'

/** Where a buffer's elements are: at an offset of the arena, or in an array of the caller's. */
export type Storage = { readonly _tag: 'Arena'; readonly offset: number } | { readonly _tag: 'Input' | 'Output'; readonly index: number }

export interface Plan {
  readonly storage: readonly Storage[]
  /** The buffer whose memory each buffer has: itself, or the last of the in-place results it becomes. */
  readonly home: ArrayLike<number>
  /** Elements of the arena. */
  readonly arena: number
  /** Buffers of singles: they take half of the memory, and elements are four bytes apart. */
  readonly singles: ReadonlySet<number>
  /** Opaque steps whose in-place operand is already where the result is. */
  readonly taken: ReadonlySet<number>
}

/** Elements from which on memory matters more than that buffers of other sizes find room in it. */
const large = 2 ** 15
/** A size class: multiples of 8, later of a quarter of the power of two below, of large ones of a sixty-fourth. */
const classOf = (n: number): number => {
  const step = Math.max(8, 2 ** (Math.floor(Math.log2(Math.max(1, n))) - (n < large ? 2 : 6)))
  return Math.ceil(n / step) * step
}

/** The last step that reads each buffer (the number of steps: a result of the program). */
function lastReads(p: LoopProgram): Int32Array {
  const last = Int32Array.from(p.buffers, (b) => b.at)
  const read = (t: Target, step: number): void => {
    if (t._tag === 'Buffer') last[t.buffer] = Math.max(last[t.buffer]!, step)
  }
  p.steps.forEach((s, i) => {
    if (s._tag === 'Nest') {
      for (const v of s.values) if (v._tag === 'Load') last[v.walk.buffer] = Math.max(last[v.walk.buffer]!, i)
    } else if (s._tag === 'Dot') {
      read(s.x.from, i)
      read(s.y.from, i)
    } else for (const span of s.inputs) read(span.from, i)
  })
  p.scalars.forEach((list, i) => {
    for (const s of list) if (s._tag === 'Peek') last[s.buffer] = Math.max(last[s.buffer]!, i)
  })
  for (const r of p.results) if (r._tag !== 'Register') last[r.buffer] = p.steps.length
  return last
}

/** The buffer of an in-place operand that its result may take over. */
function takeable(p: LoopProgram, s: Opaque, at: number, last: Int32Array): readonly [operand: number, result: number] | undefined {
  const x: Span | undefined = s.inPlace === undefined ? undefined : s.inputs[s.inPlace]
  const out = s.outputs[0]?.from
  if (x?.from._tag !== 'Buffer' || out?._tag !== 'Buffer') return undefined
  const b = x.from.buffer
  const owner: Owner = p.buffers[b]!.owner
  const readers = s.inputs.filter((i) => i.from._tag === 'Buffer' && i.from.buffer === b).length
  const whole = x.offset === 0 && p.buffers[b]!.size === x.size && p.buffers[out.buffer]!.size === x.size
  return owner._tag === 'Arena' && whole && readers === 1 && last[b] === at ? [b, out.buffer] : undefined
}

/** What a kernel wants besides: arrays of the caller's that it copies into the arena, buffers that hold singles, and room behind each buffer. */
export interface Wishes {
  readonly resident: ReadonlySet<number>
  /** Of these, what stays from call to call. */
  readonly kept?: ReadonlySet<number>
  readonly singles: ReadonlySet<number>
  readonly slack: number
}
const none: Wishes = { resident: new Set(), singles: new Set(), slack: 0 }

export function plan(p: LoopProgram, { resident, kept, singles, slack }: Wishes = none): Plan {
  const last = lastReads(p)
  for (const b of kept ?? []) last[b] = p.steps.length
  // What a loop gives its body once is there at every turn.
  if (p.raw) for (const b of resident) if (p.buffers[b]!.owner._tag === 'Input') last[b] = p.steps.length
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

  const inArena = (b: number): boolean => {
    const o = p.buffers[b]!.owner
    return o._tag === 'Arena' || resident.has(b) || (o._tag === 'Input' && !p.raw && p.inputs[o.index]!.dtype !== 'float64')
  }
  const slots = p.steps.length + 1
  const born: number[][] = Array.from({ length: slots }, () => [])
  const dead: number[][] = Array.from({ length: slots }, () => [])
  for (let b = 0; b < p.buffers.length; b++)
    if (home[b] === b && inArena(b)) {
      born[first[b]! + 1]!.push(b)
      if (last[b]! < p.steps.length) dead[Math.max(last[b]!, first[b]!, 0)]!.push(b)
    }

  const offsets = new Float64Array(p.buffers.length)
  const free = new Map<number, number[]>()
  let top = 0
  const take = (n: number): number => {
    let c = classOf(n)
    for (const most = c + Math.max(c, 32); c < most; c = classOf(c + 1)) {
      const at = free.get(c)?.pop()
      if (at !== undefined) {
        classes.set(at, c)
        return at
      }
    }
    const at = top
    top += classOf(n)
    classes.set(at, classOf(n))
    return at
  }
  const classes = new Map<number, number>()
  for (let i = 0; i < slots; i++) {
    for (const b of born[i]!) offsets[b] = take(Math.ceil(p.buffers[b]!.size / (singles.has(b) ? 2 : 1)) + slack)
    // Slot i + 1 is born in step i, beside what that step reads.
    if (i > 0)
      for (const b of dead[i - 1]!) {
        const c = classes.get(offsets[b]!)!
        const list = free.get(c)
        if (list) list.push(offsets[b]!)
        else free.set(c, [offsets[b]!])
      }
  }
  const storage = p.buffers.map((_, b): Storage => {
    const h = home[b]!
    const o = p.buffers[h]!.owner
    return o._tag === 'Arena' || inArena(h) ? { _tag: 'Arena', offset: offsets[h]! } : { _tag: o._tag, index: o.index }
  })
  return { storage, home, arena: top, singles, taken }
}
