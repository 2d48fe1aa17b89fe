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
import type { DType } from '../../data/dtype'
import type { ReduceOp } from '../../ir/kernel'
import { binaryLoops, type Block2 } from './loops.table'

/** Elements at, at + step, …: n of them, combined into s[8]. */
type Chunk = (a: Float64Array, at: number, step: number, n: number, s: Float64Array) => void

export interface Monoid {
  readonly unit: number
  /** Whether the order matters, so that chunks of at most 128 are combined as stated. */
  readonly ordered: boolean
  readonly chunk: Chunk
  /** o = a · b, elementwise. */
  readonly join: Block2
}

export const chunkLength = 128

const sumChunk: Chunk = (a, at, step, n, s) => {
  let t = 0, u = 0, v = 0, w = 0, x = 0, y = 0, z = 0, o = 0
  let i = at
  const whole = n >> 3
  if (step === 1)
    for (let k = 0; k < whole; k = (k + 1) | 0, i = (i + 8) | 0) {
      t += a[i]
      u += a[(i + 1) | 0]
      v += a[(i + 2) | 0]
      w += a[(i + 3) | 0]
      x += a[(i + 4) | 0]
      y += a[(i + 5) | 0]
      z += a[(i + 6) | 0]
      o += a[(i + 7) | 0]
    }
  else
    for (let k = 0; k < whole; k = (k + 1) | 0, i = (i + 8 * step) | 0) {
      t += a[i]
      u += a[(i + step) | 0]
      v += a[(i + 2 * step) | 0]
      w += a[(i + 3 * step) | 0]
      x += a[(i + 4 * step) | 0]
      y += a[(i + 5 * step) | 0]
      z += a[(i + 6 * step) | 0]
      o += a[(i + 7 * step) | 0]
    }
  let sum = t + u + (v + w) + (x + y + (z + o))
  for (let k = n & 7; k > 0; k = (k - 1) | 0, i = (i + step) | 0) sum += a[i]
  s[8] = sum
}

const productChunk: Chunk = (a, at, step, n, s) => {
  const whole = n & ~7
  let product = 1
  if (whole > 0) {
    for (let l = 0; l < 8; l++) s[l] = 1
    for (let j = 0; j < whole; j++) s[j & 7] *= a[at + j * step]
    product = s[0] * s[1] * (s[2] * s[3]) * (s[4] * s[5] * (s[6] * s[7]))
  }
  for (let j = whole; j < n; j++) product *= a[at + j * step]
  s[8] = product
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
  add: { unit: 0, ordered: true, chunk: sumChunk, join: binaryLoops.add.vv },
  mul: { unit: 1, ordered: true, chunk: productChunk, join: binaryLoops.mul.vv },
  max: { unit: -Infinity, ordered: false, chunk: maxChunk, join: binaryLoops.max.vv },
  min: { unit: Infinity, ordered: false, chunk: minChunk, join: binaryLoops.min.vv },
  and: { unit: 1, ordered: false, chunk: andChunk, join: binaryLoops.and.vv },
  or: { unit: 0, ordered: false, chunk: orChunk, join: binaryLoops.or.vv },
}

/** Integers wrap, and so do without an order. */
const integers: { readonly [K in ReduceOp]: Monoid } = {
  ...floats,
  add: { unit: 0, ordered: false, chunk: sumIntChunk, join: binaryLoops.addInt.vv },
  mul: { unit: 1, ordered: false, chunk: productIntChunk, join: binaryLoops.mulInt.vv },
}

export const monoid = (op: ReduceOp, d: DType): Monoid => (d === 'float64' || d === 'float32' ? floats : integers)[op]
