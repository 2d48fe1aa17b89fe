/**
 * The table of arrays that a kernel's closures index: registers, buffers, scratch blocks, states of reductions.
 *
 * Law: nests run one after another, so all of them share the scratch blocks and the states.
 */
import type { LoopProgram } from '../loop/types'
import type { Plan } from '../loop/plan'

export interface Layout {
  /** Table index of a buffer. */
  readonly bufferSlot: (buffer: number) => number
  /** Table index of the k-th scratch block. */
  readonly scratch: (k: number) => number
  /** Says how many elements a scratch block must have. */
  readonly needScratch: (elements: number) => void
  /** Table index of memory for the step at hand; the next step may use it again. */
  readonly state: (elements: number) => number
  readonly nextStep: () => void
  /** Table index of a run within the registers or a buffer of the kernel's own. */
  readonly part: (of: number, offset: number, elements: number) => number
  /** Table index of memory of its own, for as long as the kernel runs. */
  readonly own: (elements: number) => number
  /** Doubles of memory that the kernel keeps. */
  readonly size: () => number
  /** Where each entry of the table begins in the kernel's memory, in doubles; −1 for arrays of the caller. */
  readonly places: () => Float64Array
  /** The table over memory of that size, or over fresh memory; arrays of the caller are empty until a call. */
  readonly allocate: (memory?: Float64Array) => Float64Array[]
}

type Entry =
  | { readonly _tag: 'Arena'; readonly offset: number; readonly elements: number; readonly single: boolean }
  | { readonly _tag: 'Caller' }
  | { readonly _tag: 'Scratch' }
  | { readonly _tag: 'State'; elements: number }
  | { readonly _tag: 'Part'; readonly of: number; readonly offset: number; readonly elements: number }

export const empty: Float64Array = new Float64Array(0)

export function makeLayout(program: LoopProgram, plan: Plan): Layout {
  const entries: Entry[] = [{ _tag: 'State', elements: program.registers }]
  program.buffers.forEach((b, i) => {
    const s = plan.storage[i]!
    entries.push(s._tag === 'Arena' ? { _tag: 'Arena', offset: s.offset, elements: b.size, single: plan.singles.has(i) } : { _tag: 'Caller' })
  })
  const add = (e: Entry): number => entries.push(e) - 1
  const blocks: number[] = []
  const states: number[] = []
  let used = 0
  let block = 0
  const size = (): number => entries.reduce((n, e) => n + (e._tag === 'State' ? e.elements : e._tag === 'Scratch' ? block : 0), plan.arena)
  const places = (): Float64Array => {
    const at = new Float64Array(entries.length)
    let top = plan.arena
    entries.forEach((e, i) => {
      if (e._tag === 'Caller') at[i] = -1
      else if (e._tag === 'Arena') at[i] = e.offset
      else if (e._tag === 'Part') at[i] = at[e.of]! + e.offset
      else {
        at[i] = top
        top += e._tag === 'Scratch' ? block : e.elements
      }
    })
    return at
  }
  return {
    bufferSlot: (buffer) => plan.home[buffer]! + 1,
    scratch: (k) => (blocks[k] ??= add({ _tag: 'Scratch' })),
    needScratch: (elements) => {
      block = Math.max(block, elements)
    },
    state: (elements) => {
      const slot = (states[used++] ??= add({ _tag: 'State', elements: 0 }))
      const e = entries[slot] as Extract<Entry, { _tag: 'State' }>
      e.elements = Math.max(e.elements, elements)
      return slot
    },
    nextStep: () => {
      used = 0
    },
    part: (of, offset, elements) => add({ _tag: 'Part', of, offset, elements }),
    own: (elements) => add({ _tag: 'State', elements }),
    size,
    places,
    allocate: (memory = new Float64Array(size())) => {
      const at = places()
      const table: Float64Array[] = []
      // Singles are written by their own code; to JavaScript both kinds are arrays of numbers.
      const ofSingles = (at: number, n: number): Float64Array => new Float32Array(memory.buffer, memory.byteOffset + 8 * at, n) as unknown as Float64Array
      entries.forEach((e, i) => table.push(e._tag === 'Caller' ? empty : e._tag === 'Arena' && e.single ? ofSingles(at[i]!, e.elements) : memory.subarray(at[i]!, at[i]! + (e._tag === 'Scratch' ? block : e.elements))))
      return table
    },
  }
}
