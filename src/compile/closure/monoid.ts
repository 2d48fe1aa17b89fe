/**
 * What reductions combine with, and the order in which they do.
 *
 * Order of sums and products: a row is cut into chunks of 128 from its start. In a chunk of n elements, element i goes to
 * lane i mod 8 for the first n − n mod 8; lanes combine as ((0·1)·(2·3))·((4·5)·(6·7)), then come the other elements one by
 * one (NumPy's order). Chunks combine pairwise like carries of a binary counter, and what is left at the end from the last
 * to the first. The error grows with log n, and the bits depend on nothing but the row: not on its layout, on what is fused
 * with it, nor on where blocks begin.
 * Maxima, minima, logic and wrapped integers do not depend on order. Maxima and minima pass NaN on.
 */
import { isFloat, type DType } from '../../data/dtype'
import type { ReduceOp } from '../../ir/kernel'
import { arithmeticLoops } from './loops.arithmetic.table'
import { logicLoops } from './loops.logic.table'
import type { Block2 } from './loops.types'

/** Elements at, at + step, …: n of them, combined into s[8]. */
type Chunk = (a: Float64Array, at: number, step: number, n: number, s: Float64Array) => void

/**
 * Many short lines at once: groups of `inner` lines of `length` elements, `inner` apart; o[to …] has one result for each line.
 */
type Lines = (a: Float64Array, at: number, length: number, inner: number, groups: number, o: Float64Array, to: number) => void

/**
 * Elements `start` … `start + n − 1` of a chunk that a block's border cuts: the first `whole` go to the lanes s[0] … s[7],
 * which combine into s[8] after the last of them; the others to s[8].
 */
type Piece = (a: Float64Array, at: number, step: number, start: number, n: number, whole: number, s: Float64Array) => void

export interface Monoid {
  readonly unit: number
  readonly chunk: Chunk
  /** Where the order matters, so that chunks of 128 are combined as stated: a piece of a chunk. */
  readonly piece?: Piece
  /** For lines shorter than 8, whose elements are combined one by one. */
  readonly lines?: Lines
  /** o = a · b, elementwise. */
  readonly join: Block2
}

export const chunkLength = 128

const sumChunk: Chunk = (a, at, step, n, s) => {
  let t = 0, u = 0, v = 0, w = 0, x = 0, y = 0, z = 0, o = 0
  let i = at | 0
  const d = step | 0
  for (let k = n >> 3; k > 0; k = (k - 1) | 0) {
    t += a[i]
    i = (i + d) | 0
    u += a[i]
    i = (i + d) | 0
    v += a[i]
    i = (i + d) | 0
    w += a[i]
    i = (i + d) | 0
    x += a[i]
    i = (i + d) | 0
    y += a[i]
    i = (i + d) | 0
    z += a[i]
    i = (i + d) | 0
    o += a[i]
    i = (i + d) | 0
  }
  let sum = t + u + (v + w) + (x + y + (z + o))
  for (let k = n & 7; k > 0; k = (k - 1) | 0, i = (i + d) | 0) sum += a[i]
  s[8] = sum
}

const sumPiece: Piece = (a, at, step, start, n, whole, s) => {
  const lanes = Math.min(n, whole - start)
  let i = at
  let k = 0
  for (; k < lanes; k = (k + 1) | 0, i = (i + step) | 0) s[(start + k) & 7] += a[i]
  if (lanes > 0 && start + k === whole) s[8] = s[0] + s[1] + (s[2] + s[3]) + (s[4] + s[5] + (s[6] + s[7]))
  for (; k < n; k = (k + 1) | 0, i = (i + step) | 0) s[8] += a[i]
}

const sumLines: Lines = (a, at, length, inner, groups, o, to) => {
  let i = at
  let t = to
  const size = length * inner
  for (let g = groups; g > 0; g = (g - 1) | 0) {
    for (let c = 0; c < inner; c = (c + 1) | 0) {
      let s = 0
      for (let k = c; k < size; k = (k + inner) | 0) s += a[(i + k) | 0]
      o[t] = s
      t = (t + 1) | 0
    }
    i = (i + size) | 0
  }
}

const maxLines: Lines = (a, at, length, inner, groups, o, to) => {
  let i = at
  let t = to
  const size = length * inner
  for (let g = groups; g > 0; g = (g - 1) | 0) {
    for (let c = 0; c < inner; c = (c + 1) | 0) {
      let s = -Infinity
      for (let k = c; k < size; k = (k + inner) | 0) s = Math.max(s, a[(i + k) | 0])
      o[t] = s
      t = (t + 1) | 0
    }
    i = (i + size) | 0
  }
}

const productPiece: Piece = (a, at, step, start, n, whole, s) => {
  const lanes = Math.min(n, whole - start)
  let i = at
  let k = 0
  for (; k < lanes; k = (k + 1) | 0, i = (i + step) | 0) s[(start + k) & 7] *= a[i]
  if (lanes > 0 && start + k === whole) s[8] = s[0] * s[1] * (s[2] * s[3]) * (s[4] * s[5] * (s[6] * s[7]))
  for (; k < n; k = (k + 1) | 0, i = (i + step) | 0) s[8] *= a[i]
}

const productChunk: Chunk = (a, at, step, n, s) => {
  s.fill(1, 0, 9)
  productPiece(a, at, step, 0, n, n & ~7, s)
}

const maxChunk: Chunk = (a, at, step, n, s) => {
  let x = -Infinity, y = -Infinity
  let i = at
  for (let k = n >> 1; k > 0; k = (k - 1) | 0, i = (i + 2 * step) | 0) {
    x = Math.max(x, a[i])
    y = Math.max(y, a[(i + step) | 0])
  }
  s[8] = Math.max(x, (n & 1) === 1 ? Math.max(y, a[i]) : y)
}

const minChunk: Chunk = (a, at, step, n, s) => {
  let x = Infinity, y = Infinity
  let i = at
  for (let k = n >> 1; k > 0; k = (k - 1) | 0, i = (i + 2 * step) | 0) {
    x = Math.min(x, a[i])
    y = Math.min(y, a[(i + step) | 0])
  }
  s[8] = Math.min(x, (n & 1) === 1 ? Math.min(y, a[i]) : y)
}

const andChunk: Chunk = (a, at, step, n, s) => {
  let x = 1
  for (let j = 0; j < n; j++) x &= a[at + j * step]
  s[8] = x
}

const orChunk: Chunk = (a, at, step, n, s) => {
  let x = 0
  for (let j = 0; j < n; j++) x |= a[at + j * step]
  s[8] = x
}

const sumIntChunk: Chunk = (a, at, step, n, s) => {
  let x = 0
  for (let j = 0; j < n; j++) x = (x + a[at + j * step]) | 0
  s[8] = x
}

const productIntChunk: Chunk = (a, at, step, n, s) => {
  let x = 1
  for (let j = 0; j < n; j++) x = Math.imul(x, a[at + j * step])
  s[8] = x
}

const floats: { readonly [K in ReduceOp]: Monoid } = {
  add: { unit: 0, chunk: sumChunk, piece: sumPiece, lines: sumLines, join: arithmeticLoops.add.vv },
  mul: { unit: 1, chunk: productChunk, piece: productPiece, join: arithmeticLoops.mul.vv },
  max: { unit: -Infinity, chunk: maxChunk, lines: maxLines, join: arithmeticLoops.max.vv },
  min: { unit: Infinity, chunk: minChunk, join: arithmeticLoops.min.vv },
  and: { unit: 1, chunk: andChunk, join: logicLoops.and.vv },
  or: { unit: 0, chunk: orChunk, join: logicLoops.or.vv },
}

/** Integers wrap, and so do without an order. */
const integers: { readonly [K in ReduceOp]: Monoid } = {
  ...floats,
  add: { unit: 0, chunk: sumIntChunk, join: arithmeticLoops.addInt.vv },
  mul: { unit: 1, chunk: productIntChunk, join: arithmeticLoops.mulInt.vv },
}

/** Whether the order of the elements shows in the result. */
export const isOrdered = ({ op, dtype }: { readonly op: ReduceOp; readonly dtype: DType }): boolean => isFloat(dtype) && (op === 'add' || op === 'mul')

export const monoid = (op: ReduceOp, d: DType): Monoid => (isFloat(d) ? floats : integers)[op]
