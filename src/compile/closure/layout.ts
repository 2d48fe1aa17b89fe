/**
 * The table of arrays that a kernel's closures index: registers, buffers, scratch blocks, states of reductions.
 *
 * Law: what a step has for itself lies where no buffer is that this step needs, and what other steps have for themselves.
 */
import type { LoopProgram } from '../loop/types'
import { partOf, place, type Part } from '../loop/arena'
import type { Plan } from '../loop/plan'

export interface Layout {
  /** Table index of a buffer. */
  readonly bufferSlot: (buffer: number) => number
  /** Table index of the k-th scratch block of the step at hand. */
  readonly scratch: (k: number) => number
  /** Says how many elements they must have. */
  readonly needScratch: (elements: number) => void
  /** Table index of other memory for the step at hand. */
  readonly state: (elements: number) => number
  readonly nextStep: (step: number) => void
  /** Table index of a run within the registers or a buffer of the kernel's own. */
  readonly part: (of: number, offset: number, elements: number) => number
  /** Doubles of memory that the kernel keeps. */
  readonly size: () => number
  /** Where each entry of the table is in memory in which its own begins at `from`, in doubles; −1 for arrays of the caller. */
  readonly places: (from?: number) => Float64Array
  /** The table over memory in which its entries are at these places, or over fresh memory; arrays of the caller are empty until a call. */
  readonly allocate: (memory?: Float64Array, at?: Float64Array) => Float64Array[]
}

type Entry =
  | { readonly _tag: 'Arena'; readonly part: Part; readonly elements: number | undefined; readonly single: boolean }
  | { readonly _tag: 'Caller'; readonly elements: number }
  | { readonly _tag: 'Own'; readonly elements: number }
  | { readonly _tag: 'Part'; readonly of: number; readonly offset: number; readonly elements: number }

export const empty: Float64Array = new Float64Array(0)

const lengthOf = (e: Entry): number => e.elements ?? (e as Entry & { _tag: 'Arena' }).part.size

/** `copied`: its arrays are, from and to those of the caller. */
export function makeLayout(program: LoopProgram, plan: Plan, copied = false): Layout {
  const entries: Entry[] = [{ _tag: 'Own', elements: program.registers }]
  program.buffers.forEach((b, i) => {
    const part = plan.parts[i]
    entries.push(part ? { _tag: 'Arena', part, elements: b.size, single: plan.singles.has(i) } : { _tag: 'Caller', elements: b.size })
  })
  const add = (e: Entry): number => entries.push(e) - 1
  const parts = [...new Set(plan.parts)].filter((part) => part !== undefined)
  let step = 0
  let block = 0
  let blocks: number[] = []
  const state = (elements: number): number => {
    const part = partOf(elements, step, step)
    parts.push(part)
    return add({ _tag: 'Arena', part, elements: undefined, single: false })
  }
  let arena: number | undefined
  const top = (): number => (arena ??= place(parts, copied))
  const size = (): number => top() + program.registers
  const places = (from = 0): Float64Array => {
    const at = new Float64Array(entries.length)
    const end = from + top()
    entries.forEach((e, i) => {
      at[i] = e._tag === 'Caller' ? -1 : e._tag === 'Arena' ? from + e.part.at : e._tag === 'Part' ? at[e.of]! + e.offset : end
    })
    return at
  }
  return {
    bufferSlot: (buffer) => plan.home[buffer]! + 1,
    scratch: (k) => (blocks[k] ??= state(block)),
    needScratch: (elements) => {
      block = Math.max(block, elements)
      for (const slot of blocks) (entries[slot] as Entry & { _tag: 'Arena' }).part.size = block
    },
    state,
    nextStep: (next) => {
      if (next !== step) [blocks, block] = [[], 0]
      step = next
    },
    part: (of, offset, elements) => add({ _tag: 'Part', of, offset, elements }),
    size,
    places,
    allocate: (memory = new Float64Array(size()), at = places()) => {
      // Singles are written by their own code; to JavaScript both kinds are arrays of numbers.
      const ofSingles = (at: number, n: number): Float64Array => new Float32Array(memory.buffer, memory.byteOffset + 8 * at, n) as unknown as Float64Array
      return entries.map((e, i) => (at[i]! < 0 ? empty : e._tag === 'Arena' && e.single ? ofSingles(at[i]!, lengthOf(e)) : memory.subarray(at[i]!, at[i]! + lengthOf(e))))
    },
  }
}
