/**
 * Strided loads: a block of a view, gathered into scratch.
 *
 * Law: element i of the block is element i of the walk in row-major order. Runs along the innermost axis are copied, filled
 * or stepped through by loops of their own; the outer axes advance like an odometer.
 */
import { rowMajor } from '../../data/shape'
import type { Run, Walk } from '../loop/types'
import type { Operand } from './bind'
import type { BlockRun } from './compose'
import type { Layout } from './layout'
import { unaryLoops } from './loops.unary.table'

type RunOf = (o: Float64Array, p: number, a: Float64Array, at: number, step: number, n: number) => unknown

/** The engine copies long runs faster, once it is called. */
const copyRun: RunOf = (o, p, a, at, _step, n) => (n < 128 ? unaryLoops.copy(o, p, a, at, n) : o.set(a.subarray(at, at + n), p))
const fillRun: RunOf = (o, p, a, at, _step, n) => o.fill(a[at]!, p, p + n)
const stepRun: RunOf = (o, p, a, at, step, n) => {
  let k = at
  let j = 0
  for (; j < n - 3; j = (j + 4) | 0) {
    const w = a[k], x = a[(k + step) | 0], y = a[(k + 2 * step) | 0], z = a[(k + 3 * step) | 0]
    k = (k + 4 * step) | 0
    o[(p + j) | 0] = w
    o[(p + j + 1) | 0] = x
    o[(p + j + 2) | 0] = y
    o[(p + j + 3) | 0] = z
  }
  for (; j < n; j = (j + 1) | 0) {
    o[(p + j) | 0] = a[k]
    k = (k + step) | 0
  }
}

/** Whether a nest can read the walk's buffer in place. */
export const isDirect = (w: Walk): boolean => w.extents.length === 1 && w.strides[0] === 1

/** Axes shorter than this are walked together with the one before. */
const short = 16

export function bindGather(w: Omit<Walk, 'buffer'>, slot: number, o: Operand): BlockRun {
  const rank = w.extents.length
  const extents = Int32Array.from(w.extents)
  const strides = Int32Array.from(w.strides)
  const sizes = Float64Array.from(rowMajor(w.extents))
  const inner = extents[rank - 1]!
  const step = strides[rank - 1]!
  const run = step === 1 ? copyRun : step === 0 ? fillRun : stepRun
  const pairs = rank > 1 && inner < short
  const index = new Int32Array(rank)
  /** On to the next index of the axes up to `axis`; the address moves with it. */
  const advance = (from: number, axis: number): number => {
    let at = from
    for (let k = axis; k >= 0; k--) {
      at += strides[k]!
      if (++index[k]! < extents[k]!) break
      at -= extents[k]! * strides[k]!
      index[k] = 0
    }
    return at
  }
  return (m, i, n) => {
    const to = m[o.slot]!
    const from = m[slot]!
    let p = o.along * i + o.base
    // The index of element i, and its address.
    let at = w.offset
    let rest = i
    for (let k = 0; k < rank; k++) {
      const q = Math.floor(rest / sizes[k]!)
      rest -= q * sizes[k]!
      index[k] = q
      at += q * strides[k]!
    }
    for (let left = n; ; ) {
      let take: number
      if (pairs) {
        const row = index[rank - 2]!
        const column = index[rank - 1]!
        take = Math.min((extents[rank - 2]! - row) * inner - column, left)
        pairRun(to, p, from, at, strides[rank - 2]!, inner, step, column, take)
        at -= row * strides[rank - 2]! + column * step
        index[rank - 2] = 0
      } else {
        take = Math.min(inner - index[rank - 1]!, left)
        run(to, p, from, at, step, take)
        at -= index[rank - 1]! * step
      }
      index[rank - 1] = 0
      left -= take
      if (left === 0) return
      p += take
      at = advance(at, pairs ? rank - 3 : rank - 2)
    }
  }
}

/** n elements of the two innermost axes, from the given column on. */
function pairRun(o: Float64Array, p: number, a: Float64Array, from: number, rowStep: number, inner: number, step: number, column: number, n: number): void {
  let at = from
  let c = column
  let j = 0
  const back = rowStep - inner * step
  while (j < n) {
    for (const end = Math.min(n, j + inner - c); j < end; j = (j + 1) | 0) {
      o[(p + j) | 0] = a[at]
      at = (at + step) | 0
    }
    at = (at + back) | 0
    c = 0
  }
}

/** The runs of a join, each of them a walk of its own. */
export function bindJoin(runs: readonly Run[], layout: Layout, o: Operand): BlockRun {
  let row = 0
  const ends = runs.map(({ length }) => (row += length))
  const to = { ...o, along: 0 as const, base: 0 }
  const walks = runs.map(({ from, walk }) => bindGather(walk, from._tag === 'Register' ? 0 : layout.bufferSlot(from.buffer), to))
  return (m, i, n) => {
    let r = Math.floor(i / row)
    let at = i - r * row
    let k = 0
    while (ends[k]! <= at) k++
    to.base = o.along * i + o.base
    for (let left = n; left > 0; ) {
      const take = Math.min(ends[k]! - at, left)
      walks[k]!(m, (r + 1) * runs[k]!.length - ends[k]! + at, take)
      to.base += take
      left -= take
      at += take
      if (++k === runs.length) {
        k = at = 0
        r++
      }
    }
  }
}
