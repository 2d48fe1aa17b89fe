/**
 * A part of a step, as a function of its own: threads run parts of one step at the same time, in the same memory.
 *
 * Law: parts write nothing that another one reads or writes. Where a part needs memory for itself, that of an owner (a thread,
 * or a place in a ring of blocks) is its own while it runs.
 */
import type { Reduction } from '../loop/types'
import type { Code } from './assembler'
import { base } from './site'
import type { Staging } from './staging'

/** The parameters of a part after the base address: where it begins and ends (in a unit of the step's), its owner, its number. */
export const [from, to, own, index] = [1, 2, 3, 4] as const
export const partParameters = 5

/** How a nest is cut into parts; a unit is a byte of elements. */
export interface NestPart {
  /** Elements of a part: whole rows, whole chunks of the one row, or columns of a strip. */
  readonly length: number
  /** A slot with room for a block of every owner's, and the doubles of one. */
  readonly scratch: () => number
  readonly stride: number
  /** A slot with room for so many doubles of every owner's. */
  readonly state: (doubles: number) => number
  /** Takes what JavaScript is to do before and after each part. */
  readonly staged: (staging: Staging) => void
  /** Where parts are strips of columns, whose length is the parts': how many rows, one below the other, are run at once; else 0. */
  readonly strip: number
  /** Of parts that are chunks of the one row, or of the rows of columns: a slot with room for what each of them comes to, which is not rounded. Other results have their places. */
  readonly partial?: ((r: Reduction) => number) | undefined
}

/** How a product is cut into parts: by rows of the result (of a vector: by its elements), or by the batch; each owner has memory for packed operands. */
export interface DotPart {
  readonly axis: 'rows' | 'batch'
  readonly owners: number
}

/** A new local that holds the base address and so many doubles for each owner before this one. */
export function ownBase(code: Code, doubles: number): number {
  const local = code.fresh('i32')
  code.get(base).get(own).i32(8 * doubles).op('i32.mul', 'i32.add').set(local)
  return local
}
