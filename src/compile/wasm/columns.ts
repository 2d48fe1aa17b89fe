/**
 * Reductions over an axis that others follow, within a loop over pairs that goes row by row: each pair joins the row's lane in
 * memory. What is to be done between rows (lanes made ready and folded, chunks counted) JavaScript does, once a row.
 *
 * Law: the bits of `closure/columns`.
 */
import type { Reduction } from '../loop/types'
import { roundingTo } from '../closure/choose'
import { columnRows, stripState } from '../closure/columns'
import { unaryLoops } from '../closure/loops.unary.table'
import { monoid } from '../closure/monoid'
import type { Pair, Pairs } from './pairs'
import { isFloating, joined, joins } from './rows'
import type { Outside, Site } from './site'
import { base } from './site'

/** Shorter rows are not worth a call each. */
const least = 16

/** Whether it can be reduced in the loop over rows of so many elements. */
export const isColumnwise = (r: Reduction, row: number): boolean => r.inner === row && row >= least && isFloating(r)

export interface ColumnReductions {
  /** Before the elements of a row: the JavaScript that is given the row's number; it ends the row before. */
  readonly turn: Outside
  /** Before the elements of a row, in the stage of the value: where its lane begins. */
  readonly startRow: (r: Reduction) => void
  /** Takes a pair so many bytes further on. */
  readonly take: (r: Reduction, x: Pair, bytes: number) => void
  /** The address that moves along with the elements. */
  readonly pointer: (r: Reduction) => number
}

/** The reductions of rows of `inner` elements; a pair may reach into the room behind a lane. */
export function columnReductions(reductions: readonly Reduction[], inner: number, { layout }: Site, w: Pairs): ColumnReductions {
  const { code } = w
  const width = inner + (inner & 1)
  const all = reductions.map((r) => {
    const op = monoid(r.op, r.dtype)
    const cell = stripState(op, r.length, width)
    const [out, at] = r.target._tag === 'Register' ? [0, r.target.register] : [layout.bufferSlot(r.target.buffer), 0]
    const rounding = r.op === 'add' || r.op === 'mul' ? roundingTo(r.dtype) : undefined
    const round = rounding && unaryLoops[rounding]
    return { r, round, ...columnRows(op, r.length, width), cell, slot: layout.state(cell + 1), out, at, pointer: code.fresh('i32') }
  })
  const of = (r: Reduction): (typeof all)[number] => all.find((c) => c.r === r)!
  return {
    turn: (_r, m, line) => {
      for (const { r, round, start, end, cell, slot, out, at } of all) {
        const s = m[slot]!
        const row = line % r.length
        const before = (line + r.length - 1) % r.length
        if (line > 0) {
          const [o, to] = [m[out]!, at + ((line - 1 - before) / r.length) * inner]
          end(s, before, 0, inner, o, to)
          if (round && row === 0) round(o, to, o, to, inner)
        }
        if (line < r.outer * r.length) s[cell] = 8 * start(s, row, 0, inner)
      }
    },
    startRow: (r) => {
      const { slot, cell, pointer } = of(r)
      code.get(base).get(base).inSlot('f64.load', slot, 8 * cell).op('i32.trunc_sat_f64_u', 'i32.add').set(pointer)
    },
    take: (r, x, bytes) => {
      const { slot, pointer } = of(r)
      code.get(pointer)
      joined(w, joins[r.op][0], () => void code.get(pointer).inSlot('v128.load', slot, bytes), x)()
      code.inSlot('v128.store', slot, bytes)
    },
    pointer: (r) => of(r).pointer,
  }
}
