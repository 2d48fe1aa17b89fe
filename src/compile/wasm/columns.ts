/**
 * Reductions over an axis that others follow, within a loop over pairs that goes row by row, or over a strip of a row: each pair
 * joins the row's lane in memory. What is to be done between rows (lanes made ready and folded, chunks counted) JavaScript does.
 *
 * Law: the bits of `closure/columns`.
 */
import { isFloat } from '../../data/dtype'
import type { Reduction } from '../loop/types'
import { roundingTo } from '../closure/choose'
import { columnRows, stripState } from '../closure/columns'
import { unaryLoops } from '../closure/loops.unary.table'
import { monoid } from '../closure/monoid'
import type { Pair, Pairs } from './pairs'
import { joined, joins } from './rows'
import type { Outside, Site } from './site'
import { base } from './site'

/** Shorter rows are not worth a call each. */
const least = 16

/** Whether it can be reduced in the loop over rows of so many elements. */
export const isColumnwise = (r: Reduction, row: number): boolean => r.inner === row && row >= least && isFloat(r.dtype)

/** The lanes of such reductions, made ready and folded. */
export interface ColumnStates {
  /** Before the elements of a row, counted over all rows: n columns of it, or of a strip of it. */
  readonly start: (m: readonly Float64Array[], line: number, n: number) => void
  /** After them; their results begin with that of column c. */
  readonly end: (m: readonly Float64Array[], line: number, n: number, c: number) => void
  /** The slot of a reduction's lanes, and which of its doubles says how many bytes on the row's lane begins. */
  readonly of: (r: Reduction) => { readonly slot: number; readonly cell: number }
}

/** `columns`: of a row, or of a strip; a pair may reach into the room behind a lane. */
export function columnStates(reductions: readonly Reduction[], columns: number, { layout }: Site): ColumnStates {
  const width = columns + (columns & 1)
  const all = reductions.map((r) => {
    const op = monoid(r.op, r.dtype)
    const cell = stripState(op, r.length, width)
    const [out, at] = r.target._tag === 'Register' ? [0, r.target.register] : [layout.bufferSlot(r.target.buffer), 0]
    const rounding = r.op === 'add' || r.op === 'mul' ? roundingTo(r.dtype) : undefined
    return { r, round: rounding && unaryLoops[rounding], ...columnRows(op, r.length, width), cell, slot: layout.state(cell + 1), out, at }
  })
  return {
    start: (m, line, n) => {
      for (const { r, start, cell, slot } of all) m[slot]![cell] = 8 * start(m[slot]!, line % r.length, 0, n)
    },
    end: (m, line, n, c) => {
      for (const { r, round, end, slot, out, at } of all) {
        const row = line % r.length
        const [o, to] = [m[out]!, at + ((line - row) / r.length) * r.inner + c]
        end(m[slot]!, row, 0, n, o, to)
        if (round && row === r.length - 1) round(o, to, o, to, n)
      }
    },
    of: (r) => all.find((c) => c.r === r)!,
  }
}

/** What JavaScript does between whole rows of `inner` elements: given the number of the next one. */
export const turnOf = ({ start, end }: ColumnStates, inner: number, size: number): Outside => (_r, m, line) => {
  if (line > 0) end(m, line - 1, inner, 0)
  if (line * inner < size) start(m, line, inner)
}

export interface ColumnReductions {
  /** Before the elements of a row, in the stage of the value: where its lane begins. */
  readonly startRow: (r: Reduction) => void
  /** Takes a pair so many bytes further on. */
  readonly take: (r: Reduction, x: Pair, bytes: number) => void
  /** The address that moves along with the elements. */
  readonly pointer: (r: Reduction) => number
}

/** The reductions in the loop. */
export function columnReductions(reductions: readonly Reduction[], states: ColumnStates, w: Pairs): ColumnReductions {
  const { code } = w
  const pointers = new Map(reductions.map((r) => [r, code.fresh('i32')]))
  const pointer = (r: Reduction): number => pointers.get(r)!
  return {
    startRow: (r) => {
      const { slot, cell } = states.of(r)
      code.get(base).get(base).inSlot('f64.load', slot, 8 * cell).op('i32.trunc_sat_f64_u', 'i32.add').set(pointer(r))
    },
    take: (r, x, bytes) => {
      const { slot } = states.of(r)
      code.get(pointer(r))
      joined(w, joins[r.op][0], () => void code.get(pointer(r)).inSlot('v128.load', slot, bytes), x)()
      code.inSlot('v128.store', slot, bytes)
    },
    pointer,
  }
}
