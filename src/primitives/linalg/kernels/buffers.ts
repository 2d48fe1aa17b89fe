/**
 * Matrices in flat buffers: which matrices an array holds, and copies of them.
 *
 * An array of rank r ≥ 2 holds `count` matrices, m × n, row-major, one after the other: its leading axes are a batch.
 * Kernels compute in float64 whatever the dtype and round once, when they are done.
 */
import { size } from '../../../data/shape'
import type { Aval } from '../../../ir/types'
import { settle } from '../../kernels/element'

export interface Matrices {
  readonly count: number
  readonly m: number
  readonly n: number
}

export const matricesOf = ({ shape }: Aval): Matrices => ({
  count: size(shape.slice(0, -2)),
  m: shape[shape.length - 2],
  n: shape[shape.length - 1],
})

/** Numbers of matrices that are worked on together, so that they stay in the second-level cache. */
const together = 16384

/** How many of `count` matrices, each with so many numbers, are worked on at once. */
export const atOnce = (count: number, numbers: number): number => Math.max(1, Math.min(count, Math.floor(together / Math.max(1, numbers))))

/** Rows and columns that are worked on together, so that they stay in the first-level cache. */
export const block = 32

/** Numbers from which on a view costs less than a loop. */
const worth = 64

export function copy(n: number, from: Float64Array, at: number, to: Float64Array, start: number): void {
  if (n >= worth) to.set(from.subarray(at, at + n), start)
  else for (let i = 0; i < n; i++) to[start + i] = from[at + i]
}

/** The n numbers at `at`, rounded to a dtype where they stand. */
export function round(code: number, x: Float64Array, at: number, n: number): void {
  if (code === 1) for (let i = at; i < at + n; i++) x[i] = settle(code, x[i])
}

/** The rows × columns matrix at `at`, transposed to `start`. */
export function turn(rows: number, columns: number, from: Float64Array, at: number, to: Float64Array, start: number): void {
  for (let j = 0; j < columns; j++) {
    const end = start + (j + 1) * rows
    for (let p = at + j, q = end - rows; q < end; p += columns, q++) to[q] = from[p]
  }
}

/** The lower triangle of (A + Aᵀ)/2, and its mirror image. */
export function symmetric(n: number, from: Float64Array, at: number, to: Float64Array, start: number): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const low = from[at + i * n + j]
      const high = from[at + j * n + i]
      to[start + i * n + j] = to[start + j * n + i] = low === high ? low : low / 2 + high / 2
    }
}

export function identity(rows: number, columns: number, to: Float64Array, at: number): void {
  to.fill(0, at, at + rows * columns)
  for (let i = 0; i < rows && i < columns; i++) to[at + i * columns + i] = 1
}

/** √(x² + y²) without overflow. */
export function hypotenuse(x: number, y: number): number {
  const a = Math.abs(x)
  const b = Math.abs(y)
  const large = a > b ? a : b
  if (large === 0) return 0
  const q = (a > b ? b : a) / large
  return large * Math.sqrt(1 + q * q)
}

export function finite(x: Float64Array, at: number, n: number): boolean {
  for (let i = at; i < at + n; i++) if (!(Math.abs(x[i]) < Infinity)) return false
  return true
}
