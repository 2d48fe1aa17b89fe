/**
 * Reductions over an axis that others follow, inside a nest: all columns of a strip side by side.
 *
 * State: for an ordered monoid 8 lanes and the levels of the binary counter, each as wide as the strip; else one total.
 * Law: the bits are those of the same column reduced as a row.
 */
import type { Operand } from './bind'
import type { BlockRun } from './compose'
import { unaryLoops } from './loops.unary.table'
import { chunkLength, type Monoid } from './monoid'

const copy = unaryLoops.copy

/** Levels of the counter for so many rows, and one more. */
const levels = (length: number): number => Math.ceil(Math.log2(Math.ceil(length / chunkLength) + 1)) + 1

/** Doubles of state for a strip of `width` columns. */
export const stripState = (op: Monoid, length: number, width: number): number => (op.piece ? 8 + levels(length) : 1) * width

/** Reduces the middle axis of [outer, length, inner] in strips of `width` (all of inner, where blocks run through rows). */
export function bindColumns(x: Operand, length: number, inner: number, width: number, op: Monoid, out: number, base: number, state: number): BlockRun {
  const { start, end } = columnRows(op, length, width)
  const { join } = op
  return (m, i, n) => {
    const a = m[x.slot]!, p = x.along * i + x.base, o = m[out]!, s = m[state]!
    const line = Math.floor(i / inner)
    let column = i - line * inner
    let outer = Math.floor(line / length)
    let row = line - outer * length
    for (let j = 0; j < n; ) {
      const count = Math.min(inner - column, n - j)
      const c = column % width
      const lane = start(s, row, c, count) + c
      join(s, lane, s, lane, a, p + j, count)
      end(s, row, c, count, o, base + outer * inner + column)
      j += count
      column += count
      if (column === inner) {
        column = 0
        if (++row === length) {
          row = 0
          outer++
        }
      }
    }
  }
}

/** How the rows of columns are taken: before the elements of a row are joined to a lane, and after. */
export interface ColumnRows {
  /** Where the lane of the row begins in the state, made ready for columns c … c + n − 1. */
  readonly start: (s: Float64Array, row: number, c: number, n: number) => number
  /** After these columns of the row; writes o[to …] at the last one. */
  readonly end: (s: Float64Array, row: number, c: number, n: number, o: Float64Array, to: number) => void
}

/** Columns of `length` rows in strips of `width`. */
export const columnRows = (op: Monoid, length: number, width: number): ColumnRows => (op.piece ? orderedRows(op, length, width) : freeRows(op, length))

const freeRows = ({ unit }: Monoid, length: number): ColumnRows => ({
  start: (s, row, c, n) => {
    if (row === 0) s.fill(unit, c, c + n)
    return 0
  },
  end: (s, row, c, n, o, to) => {
    if (row === length - 1) copy(o, to, s, c, n)
  },
})

function orderedRows({ join, unit }: Monoid, length: number, width: number): ColumnRows {
  const chunks = Math.ceil(length / chunkLength)
  const wholeOf = (row: number, inChunk: number): number => Math.min(chunkLength, length - (row - inChunk)) & ~7
  return {
    start: (s, row, c, n) => {
      const inChunk = row & (chunkLength - 1)
      const whole = wholeOf(row, inChunk)
      if (inChunk === 0) for (let l = whole > 0 ? 7 : 0; l >= 0; l--) s.fill(unit, l * width + c, l * width + c + n)
      return inChunk < whole ? (inChunk & 7) * width : 0
    },
    end: (s, row, c, n, o, to) => {
      const inChunk = row & (chunkLength - 1)
      if (inChunk === wholeOf(row, inChunk) - 1) {
        const fold = (x: number, y: number): void => join(s, x * width + c, s, x * width + c, s, y * width + c, n)
        fold(0, 1)
        fold(2, 3)
        fold(4, 5)
        fold(6, 7)
        fold(0, 2)
        fold(4, 6)
        fold(0, 4)
      }
      if (inChunk < chunkLength - 1 && row < length - 1) return
      if (chunks === 1) {
        copy(o, to, s, c, n)
        return
      }
      let level = 8
      for (let k = Math.floor(row / chunkLength); (k & 1) === 1; k >>= 1, level++) join(s, c, s, level * width + c, s, c, n)
      copy(s, level * width + c, s, c, n)
      if (row < length - 1) return
      let k = chunks
      let top = 8
      for (; (k & 1) === 0; k >>= 1) top++
      copy(s, c, s, top * width + c, n)
      for (k >>= 1, top++; k > 0; k >>= 1, top++) if ((k & 1) === 1) join(s, c, s, top * width + c, s, c, n)
      copy(o, to, s, c, n)
    },
  }
}
