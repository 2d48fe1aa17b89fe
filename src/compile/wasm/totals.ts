/**
 * Reductions of all elements of a nest whose rows are shorter: from the blocks in which the values were stored, block after block.
 *
 * Law: the order that `closure/monoid` states. Lanes go on from block to block, so blocks are whole eights, the last one aside.
 */
import type { Nest, Reduction, Ref } from '../loop/types'
import type { Operand } from '../closure/bind'
import { chunkLength } from '../closure/monoid'
import { lineState } from '../closure/rows'
import { add } from './assembler'
import type { Pairs } from './pairs'
import { isSuited, rowReduction } from './rows'
import { base, storeResult, type Site } from './site'

/** Elements in all lanes. */
const lanes = 8
const bytes = 8

/** Whether it is one over all elements of a nest that goes in blocks of so many. */
export const isTotal = ({ size, values }: Nest, r: Reduction, block: number): boolean =>
  r.inner === 1 && r.length === size && isSuited(r) && !values[r.value]!.rows && (block % lanes === 0 || block >= size)

interface Total {
  /** Before all blocks. */
  readonly start: () => void
  /** The values from the address `first` to `end`, and so many bytes on in a slot. */
  readonly block: (first: number, end: () => void, slot: number, offset: number) => void
  /** After all blocks: leaves the result on the stack. */
  readonly end: () => void
}

function total(site: Site, w: Pairs, r: Reduction): Total {
  const { code } = w
  const { ordered, startRow, startChunk, take, takeRest, fold, endChunk, endRow } = rowReduction(site, w, r, () => site.layout.state(lineState), base, true)
  const chunk = chunkLength * bytes
  /** Elements of the last chunk, where that is not whole. */
  const last = ordered ? r.length % chunkLength : 0
  const [at, till, stop, whole] = [code.fresh('i32'), code.fresh('i32'), code.fresh('i32'), code.fresh('i32')]
  /** Bytes that the chunk still lacks, from block to block. */
  const left = code.fresh('i32')
  const isBefore = (end: number) => (): void => void code.get(at).get(end).op('i32.lt_u')
  const on = (by: number): void => add(code, at, by)
  return {
    start: () => {
      startRow()
      startChunk()
      code.i32(chunk).set(left)
    },
    block: (first, end, slot, offset) => {
      const pair = (k: number) => (): void => void code.get(at).inSlot('v128.load', slot, offset + 2 * bytes * k)
      code.get(first).set(at)
      end()
      code.set(till)
      code.while(isBefore(till), () => {
        if (ordered) {
          code.get(at).get(left).op('i32.add').tee(stop).get(till).get(stop).get(till).op('i32.lt_u', 'select').set(stop)
          code.get(left).get(stop).get(at).op('i32.sub', 'i32.sub').set(left)
        } else code.get(till).set(stop)
        code.get(at).get(stop).get(at).op('i32.sub').i32(-lanes * bytes).op('i32.and', 'i32.add').set(whole)
        code.while(isBefore(whole), () => {
          for (let k = 0; k < lanes / 2; k++) take(pair(k), k)
          on(lanes * bytes)
        })
        code.get(at).get(stop).op('i32.lt_u').if(() => {
          fold()
          code.while(isBefore(stop), () => {
            takeRest(pair(0), () => void code.get(at).i32(bytes).op('i32.add').get(stop).op('i32.lt_u'))
            on(2 * bytes)
          })
        })
        if (ordered && r.length >= chunkLength)
          code.get(left).op('i32.eqz').if(() => {
            fold()
            endChunk()
            startChunk()
            code.i32(chunk).set(left)
          })
      })
    },
    end: () => {
      if (last > 0) {
        if (last % lanes === 0) fold()
        endChunk()
      }
      endRow(false)
    },
  }
}

export interface Totals {
  readonly has: (r: Reduction) => boolean
  /** Before all blocks. */
  readonly start: () => void
  /** The block that ends at an address, after all that was done for it. */
  readonly block: (to: number) => void
  /** After all blocks. */
  readonly end: () => void
}

/** Those of `reductions`, whose blocks begin at the address `blockStart`: `staged` says in which scratch slot values are and from which element on, where they are not in the operand's. */
export function totalsOf(site: Site, w: Pairs, reductions: readonly Reduction[], blockStart: number, operandOf: (i: Ref) => Operand, staged: (i: Ref) => readonly [slot: number, by: number] | undefined): Totals {
  const { code } = w
  const all = reductions.map((r) => ({ r, ...total(site, w, r) }))
  return {
    has: (r) => reductions.includes(r),
    start: () => { for (const t of all) t.start() },
    block: (to) => {
      for (const { r, block } of all) {
        const scratch = staged(r.value)
        const { slot, base: at } = operandOf(r.value)
        if (!scratch) block(blockStart, () => void code.get(to), slot, bytes * at)
        else block(base, () => void code.get(base).get(to).op('i32.add').get(blockStart).op('i32.sub'), scratch[0], bytes * scratch[1])
      }
    },
    end: () => { for (const { r, end } of all) storeResult(site, code, r.target, base, end) },
  }
}
