/**
 * Reductions over an axis that others follow, inside a nest: all columns of a strip side by side.
 *
 * State: 8 lanes and the levels of the binary counter, each as wide as the strip.
 * Law: the bits are those of the same column reduced as a row.
 */
import type { Operand } from './bind'
import type { BlockRun } from './compose'
import { unaryLoops } from './loops.unary.table'
import { chunkLength, type Monoid } from './monoid'

const copy = unaryLoops.copy
export const lanes = 8

/** Numbers of state for each column of so many rows: the lanes, and the levels of the counter. */
export const columnState = (length: number): number => lanes + Math.ceil(Math.log2(Math.ceil(length / chunkLength) + 1)) + 1

/** Reduces the middle axis of [outer, length, inner] in strips of `width` (all of inner, where blocks run through rows). */
export const bindColumns = (x: Operand, length: number, inner: number, width: number, { join, unit }: Monoid, out: number, base: number, state: number): BlockRun => (m, i, n) => {
  const a = m[x.slot]!, p = x.along * i + x.base, o = m[out]!, s = m[state]!
  let line = Math.floor(i / inner)
  let column = i - line * inner
  for (let j = 0; j < n; line++, column = 0) {
    const count = Math.min(inner - column, n - j)
    const c = column % width
    const row = line % length
    const inChunk = row & (chunkLength - 1)
    const whole = (row | (chunkLength - 1)) < length ? chunkLength : length & (chunkLength - lanes)
    const fold = (k: number, by: number): void => join(s, k * width + c, s, k * width + c, s, (k + by) * width + c, count)
    if (inChunk === 0) for (let k = whole > 0 ? lanes : 1; k-- > 0; ) s.fill(unit, k * width + c, k * width + c + count)
    const lane = (inChunk < whole ? inChunk % lanes : 0) * width + c
    join(s, lane, s, lane, a, p + j, count)
    if (inChunk === whole - 1) for (let by = 1; by < lanes; by *= 2) for (let k = 0; k < lanes; k += 2 * by) fold(k, by)
    const last = row === length - 1
    if (last || inChunk === chunkLength - 1) {
      let level = lanes
      let k = Math.floor(row / chunkLength)
      for (; (k & (last ? -1 : 1)) > 0; k >>= 1, level++) if ((k & 1) === 1) fold(0, level)
      if (last) copy(o, base + ((line - row) / length) * inner + column, s, c, count)
      else copy(s, level * width + c, s, c, count)
    }
    j += count
  }
}
