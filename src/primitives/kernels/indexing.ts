/**
 * Code of the indexed primitives. Index rows are turned into offsets, a block at a time; what lies behind the addressed
 * axes is moved as one contiguous run.
 */
import { isFloat } from '../../data/dtype'
import { rowMajor, size, type Shape } from '../../data/shape'
import { opaque, type KernelSpec, type OpaqueSpec } from '../../ir/kernel'
import type { IndexParams } from '../../ir/types'
import { codeOf, settle } from './element'

/** Told of some rows in order: the offset in the array of row first + i is at[i], −1 where it is dropped. */
type Visit = (first: number, n: number, at: Int32Array) => void

/** How index rows address an array: each names `rest` contiguous elements. */
interface Addressing {
  readonly rest: number
  /** Visits the rows, a block at a time; backwards, the last block comes first (within it the visitor turns round). */
  readonly visit: (indices: Float64Array, visit: Visit, backwards?: boolean) => void
}

/** Rows whose offsets are found at a time. */
const block = 1024

/** The place that an index of an axis names; −1 where it is dropped. */
const placeOf = (index: number, extent: number, clip: boolean): number => {
  const k = index | 0
  return k >= 0 && k < extent ? k : !clip ? -1 : index < 0 ? 0 : extent - 1
}

/** at[i] += step·index of n rows, of which one index each stands `stride` apart; −1 where it is dropped. */
function advance(at: Int32Array, from: Float64Array, p: number, n: number, stride: number, extent: number, step: number, clip: boolean): void {
  for (let i = 0; i < n; i++, p += stride) {
    const k = placeOf(from[p]!, extent, clip)
    if (at[i]! >= 0) at[i] = k < 0 ? k : at[i]! + k * step
  }
}

export function addressing(x: Shape, indices: Shape, { batch, mode }: IndexParams): Addressing {
  const count = indices.at(-1)!
  const steps = rowMajor(x)
  const rows = size(indices.slice(batch, -1))
  const blocks = Math.ceil(rows / block)
  const all = size(x.slice(0, batch)) * blocks
  const whole = size(x.slice(batch))
  const at = new Int32Array(Math.min(rows, block))
  return {
    rest: size(x.slice(batch + count)),
    visit: (from, visit, backwards = false) => {
      for (let i = 0; i < all; i++) {
        const k = backwards ? all - 1 - i : i
        const b = Math.floor(k / blocks)
        const r = (k % blocks) * block
        const n = Math.min(block, rows - r)
        const first = b * rows + r
        at.fill(b * whole, 0, n)
        for (let a = 0; a < count; a++) advance(at, from, first * count + a, n, count, x[batch + a]!, steps[batch + a]!, mode === 'clip')
        visit(first, n, at)
      }
    },
  }
}

export interface GatherParams extends IndexParams {
  /** Stands for what is dropped; by default NaN, or 0 of integers and booleans. */
  readonly fill?: number
}

/** The runs at n offsets, one after another from to[q] on. */
function collect(to: Float64Array, q: number, from: Float64Array, at: Int32Array, n: number, rest: number, fill: number): void {
  for (let i = 0; i < n; i++, q += rest) {
    const o = at[i]!
    for (let j = 0; j < rest; j++) to[q + j] = o < 0 ? fill : from[o + j]!
  }
}

/** Where one index a row addresses the first axis: the runs that it names, in one pass. */
function take(to: Float64Array, from: Float64Array, index: Float64Array, rest: number, fill: number, rows: number, extent: number, clip: boolean): void {
  for (let r = 0, q = 0; r < rows; r = (r + 1) | 0, q = (q + rest) | 0) {
    const k = placeOf(index[r]!, extent, clip)
    if (k < 0) to.fill(fill, q, q + rest)
    else for (let j = 0, p = Math.imul(k, rest); j < rest; j = (j + 1) | 0) to[(q + j) | 0] = from[(p + j) | 0]!
  }
}
/** The same for runs of one element. */
function pick(to: Float64Array, from: Float64Array, index: Float64Array, fill: number, rows: number, extent: number, clip: boolean): void {
  for (let r = 0; r < rows; r = (r + 1) | 0) {
    const k = placeOf(index[r]!, extent, clip)
    to[r] = k < 0 ? fill : from[k]!
  }
}

/** Rows, extent and whether they are clipped, where one index a row addresses the first axis. */
const plain = (x: Shape, indices: Shape, { batch, mode }: IndexParams): readonly [rows: number, extent: number, clip: boolean] | false =>
  batch === 0 && indices.at(-1) === 1 && [size(indices), x[0]!, mode === 'clip']

export const gatherKernel: KernelSpec = opaque(([x, indices], _outs, params: GatherParams) => {
  const { rest, visit } = addressing(x!.shape, indices!.shape, params)
  const fill = params.fill ?? (isFloat(x!.dtype) ? NaN : 0)
  const rows = plain(x!.shape, indices!.shape, params)
  if (rows) return ([from, index], [to]) => (rest === 1 ? pick(to!, from!, index!, fill, ...rows) : take(to!, from!, index!, rest, fill, ...rows))
  return ([from, index], [to]) => visit(index!, (first, n, at) => collect(to!, first * rest, from!, at, n, rest, fill))
}, undefined, 'get')

/** to[at[i] + j] ∘= from[p + i·rest + j] for i < n and j < rest, exact in the dtype; nothing where at[i] < 0. */
export type Combine = (to: Float64Array, at: Int32Array, n: number, from: Float64Array, p: number, rest: number, code: number) => void

export const setRuns: Combine = (to, at, n, from, p, rest) => {
  for (let i = 0; i < n; i++, p += rest) {
    const o = at[i]!
    if (o >= 0) for (let j = 0; j < rest; j++) to[o + j] = from[p + j]!
  }
}

export const addRuns: Combine = (to, at, n, from, p, rest, code) => {
  for (let i = 0; i < n; i++, p += rest) {
    const o = at[i]!
    if (o >= 0) for (let j = 0; j < rest; j++) to[o + j] = settle(code, to[o + j]! + from[p + j]!)
  }
}

/** Where one index a row addresses the first axis of float64: runs are added, in one pass. */
function addRows(to: Float64Array, index: Float64Array, from: Float64Array, rest: number, rows: number, extent: number, clip: boolean): void {
  for (let r = 0, q = 0; r < rows; r = (r + 1) | 0, q = (q + rest) | 0) {
    const k = placeOf(index[r]!, extent, clip)
    if (k < 0) continue
    if (rest === 1) to[k] = to[k]! + from[r]!
    else for (let j = 0, p = Math.imul(k, rest); j < rest; j = (j + 1) | 0) to[(p + j) | 0] = to[(p + j) | 0]! + from[(q + j) | 0]!
  }
}

export const scatterKernel = (runs: Combine, moves?: 'set' | 'add'): OpaqueSpec =>
  opaque(([x, indices], _outs, params: IndexParams) => {
    const { rest, visit } = addressing(x!.shape, indices!.shape, params)
    const code = codeOf(x!.dtype)
    const rows = runs === addRuns && code === 0 && plain(x!.shape, indices!.shape, params)
    if (rows) return ([, index, updates], [to]) => addRows(to!, index!, updates!, rest, ...rows)
    return ([, index, updates], [to]) => visit(index!, (first, n, at) => runs(to!, at, n, updates!, first * rest, rest, code))
  }, 0, moves)
