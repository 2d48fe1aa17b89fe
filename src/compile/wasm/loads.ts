/** Pairs of a walk's elements, at the loop's present place or some pairs further on. */
import { isDirect } from '../closure/gather'
import type { Layout } from '../closure/layout'
import type { Walk } from '../loop/types'
import type { Code } from './assembler'
import type { Pair } from './pairs'
import type { Pointers } from './pointers'

/** Where a loop is: the address of its element, and whether a second one follows; −1 where one always does. */
export interface Place {
  readonly element: number
  readonly rowEnd: number
}

/** The pair `ahead` pairs further on. */
export function loadPair(code: Code, layout: Layout, pointers: Pointers, { element, rowEnd }: Place, walk: Walk, ahead: number): Pair {
  const slot = layout.bufferSlot(walk.buffer)
  if (isDirect(walk)) return () => void code.get(element).inSlot('v128.load', slot, 8 * walk.offset + 16 * ahead)
  const p = pointers.of(walk, walk.offset)
  const at = 8 * p.offset + 16 * ahead * p.step
  if (p.step === 1) return () => void code.get(p.local).inSlot('v128.load', slot, at)
  return () => {
    code.get(p.local).i32(8 * p.step).op('i32.add').get(p.local)
    // There may be no second element, and nothing where it would be.
    if (rowEnd >= 0) code.get(element).i32(8).op('i32.add').get(rowEnd).op('i32.lt_u', 'select')
    else code.op('drop')
    code.get(p.local).inSlot('v128.load64_zero', slot, at).inSlot('v128.load64_lane', slot, at, 1)
  }
}
