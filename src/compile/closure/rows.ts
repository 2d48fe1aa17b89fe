/**
 * Reductions over the last axis, or over an axis before a narrow one, inside a nest: each line's state survives between
 * blocks, so that blocks may begin anywhere.
 *
 * State of a line: 8 lanes, the chunk's value, the total of an unordered monoid, and from 16 on the binary counter's levels.
 */
import type { Operand } from './bind'
import type { BlockRun } from './compose'
import { chunkLength, type Monoid } from './monoid'

/** Doubles of state for each line, and for one of a single chunk, which needs no counter. */
export const lineState = 64
export const chunkState = 10

/**
 * Reduces lines of `length` elements that lie `inner` apart; block starts and lengths are multiples of `inner`.
 * Results go to array `out` from `base` on, one for each line.
 */
export function bindRows(x: Operand, length: number, inner: number, op: Monoid, out: number, base: number, states: readonly number[]): BlockRun {
  const { lines } = op
  if (lines && length < 8) {
    const group = length * inner
    const general = bindLines(x, length, inner, op, out, base, states)
    return (m, i, n) => {
      if (i % group === 0 && n % group === 0) lines(m[x.slot]!, x.along * i + x.base, length, inner, n / group, m[out]!, base + i / length)
      else general(m, i, n)
    }
  }
  return bindLines(x, length, inner, op, out, base, states)
}

function bindLines(x: Operand, length: number, inner: number, op: Monoid, out: number, base: number, states: readonly number[]): BlockRun {
  const line = op.piece ? orderedLine(op, op.piece, length) : freeLine(op, length)
  const state = states[0]!
  if (inner === 1)
    return (m, i, n) => {
      const a = m[x.slot]!, p = x.along * i + x.base, o = m[out]!, s = m[state]!
      let row = Math.floor(i / length)
      let at = i - row * length
      for (let j = 0; j < n; row++) {
        const take = Math.min(length - at, n - j)
        line(a, p + j, 1, at, take, s, o, base + row)
        j += take
        at = 0
      }
    }
  return (m, i, n) => {
    const a = m[x.slot]!, p = x.along * i + x.base, o = m[out]!
    const first = i / inner
    const count = n / inner
    let row = Math.floor(first / length)
    let at = first - row * length
    for (let j = 0; j < count; row++) {
      const take = Math.min(length - at, count - j)
      for (let c = 0; c < inner; c++) line(a, p + j * inner + c, inner, at, take, m[states[c]!]!, o, base + row * inner + c)
      j += take
      at = 0
    }
  }
}

/** Takes elements `from` … `from + n − 1` of a line; writes o[to] at its end. */
type Line = (a: Float64Array, at: number, step: number, from: number, n: number, s: Float64Array, o: Float64Array, to: number) => void

function freeLine(op: Monoid, length: number): Line {
  const { chunk, join } = op
  return (a, at, step, from, n, s, o, to) => {
    chunk(a, at, step, n, s)
    if (from === 0) s[9] = s[8]!
    else join(s, 9, s, 9, s, 8, 1)
    if (from + n === length) o[to] = s[9]!
  }
}

function orderedLine(op: Monoid, piece: NonNullable<Monoid['piece']>, length: number): Line {
  const { unit, chunk, join } = op
  return (a, at, step, from, n, s, o, to) => {
    let j = 0
    while (j < n) {
      const lane = (from + j) & (chunkLength - 1)
      const take = Math.min(chunkLength - lane, n - j)
      const ends = from + j + take === length
      if (lane === 0 && (take === chunkLength || ends)) chunk(a, at + j * step, step, take, s)
      else {
        // A chunk that a block's border cuts: its lanes wait in the state.
        if (lane === 0) s.fill(unit, 0, 9)
        piece(a, at + j * step, step, lane, take, Math.min(chunkLength, length - (from + j - lane)) & ~7, s)
        if (lane + take < chunkLength && !ends) return
      }
      let level = 16
      let k = Math.floor((from + j) / chunkLength)
      for (; (k & (ends ? -1 : 1)) > 0; k >>= 1, level++) if ((k & 1) === 1) join(s, 8, s, level, s, 8, 1)
      if (ends) o[to] = s[8]!
      else s[level] = s[8]!
      j += take
    }
  }
}
