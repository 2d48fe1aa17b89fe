/**
 * Where values are while a program is lowered, and how a nest reads them.
 *
 * Law: a nest may read a value of its own, or what is complete before it; what it reduces row by row it may read itself,
 * one number for each row or spread over the row, as its blocks are then whole rows.
 */
import { size, type Shape } from '../../data/shape'
import type { Builder } from './builder'
import type { Nest, Ref, Run } from './types'
import { isContiguous, merge, reshaped, whole, type Strided } from './views'

export type Place =
  /** Size 1, or one number throughout. */
  | { readonly _tag: 'Register'; readonly register: number }
  /** A value of a nest, of elements or of rows. */
  | { readonly _tag: 'Local'; readonly nest: number; readonly ref: Ref }
  /** A value of the nest's rows, at every element of the row. */
  | { readonly _tag: 'Rows'; readonly nest: number; readonly ref: Ref }
  | { readonly _tag: 'View'; readonly view: Strided }
  /** Arrays one after another, which nests read where they are; for all else, as one array. */
  | { readonly _tag: 'Join'; readonly runs: readonly Run[]; readonly whole: () => Strided }

export const inRegister = (register: number): Place => ({ _tag: 'Register', register })
export const asView = (view: Strided): Place => ({ _tag: 'View', view })

/** The first step that can read the place without being the one that reduces it. */
export const readyOf = (b: Builder, p: Place): number =>
  p._tag === 'Register' ? b.registerReady(p.register)
    : p._tag === 'View' ? b.bufferReady(p.view.buffer)
    : p._tag === 'Join' ? Math.max(...p.runs.map(({ from }) => (from._tag === 'Register' ? b.registerReady(from.register) : b.bufferReady(from.buffer))))
    : p.nest

const nestAt = (b: Builder, index: number): Nest => b.steps[index] as Nest
const isRows = (b: Builder, p: Place): boolean => p._tag === 'Local' && nestAt(b, p.nest).values[p.ref]!.rows

/** Whether strides walk over `count` numbers and repeat each of them `length` times. */
export function repeats(shape: Shape, strides: readonly number[], count: number, length: number): boolean {
  const m = merge(shape, strides)
  return m.extents.length === 2 && m.extents[0] === count && m.extents[1] === length && m.strides[0] === 1 && m.strides[1] === 0
}

/** The nest that reduced a view's rows, where it can read them itself: spread over the rows, or one number for each. */
function reducer(b: Builder, p: Place, spread: boolean): number {
  if (p._tag !== 'View' || p.view.offset !== 0) return -1
  const { at, size: count, rowLength } = b.buffers[p.view.buffer]!
  if (rowLength === 0 || !b.claim(at, rowLength, false)) return -1
  const fits = spread ? repeats(p.view.shape, p.view.strides, count, rowLength) : size(p.view.shape) === count && isContiguous(p.view.shape, p.view.strides)
  return fits ? at : -1
}

/** The nest that an operation on these operands joins; `rows`: as an operation on its rows. */
export function nestFor(b: Builder, args: readonly Place[], n: number): { readonly nest: number; readonly rows: boolean } {
  for (const rows of [false, true]) {
    let home = -1
    for (const p of args) home = Math.max(home, rows ? (isRows(b, p) ? (p as Place & { _tag: 'Local' }).nest : reducer(b, p, false)) : p._tag === 'Rows' ? p.nest : reducer(b, p, true))
    if (home < 0) continue
    const nest = nestAt(b, home)
    const length = rows ? nest.size / n : rowLengthOf(b, args, home)
    if ((rows ? length < 2 || !Number.isInteger(length) : nest.size !== n) || !b.claim(home, length, false)) continue
    const fits = args.every((p) => (p._tag === 'Local' && p.nest === home && isRows(b, p) !== rows ? false : p._tag === 'Rows' && p.nest === home && rows ? false : readyOf(b, p) <= home || reducer(b, p, !rows) === home))
    if (!fits) continue
    b.claim(home, length, true)
    return { nest: home, rows }
  }
  let ready = 0
  for (const p of args) ready = Math.max(ready, readyOf(b, p))
  return { nest: b.nest(n, ready), rows: false }
}

/** The length of the rows that some operand spreads over in the nest. */
function rowLengthOf(b: Builder, args: readonly Place[], home: number): number {
  for (const p of args) {
    if (p._tag === 'Rows' && p.nest === home) return nestAt(b, home).line
    if (reducer(b, p, true) === home) return b.buffers[(p as Place & { _tag: 'View' }).view.buffer]!.rowLength
  }
  return 0
}

/** The place as an operand in a nest. */
export function refIn(b: Builder, nest: number, p: Place, rows: boolean): Ref {
  if (p._tag === 'Register') return ~p.register
  if (p._tag === 'Local' && p.nest === nest) return p.ref
  if (p._tag === 'Rows' && p.nest === nest) return b.expand(nest, p.ref)
  if (p._tag === 'Join' && !rows) return b.join(nest, p.runs)
  const v = viewOf(b, p)
  const own = b.buffers[v.buffer]!
  if (own.at === nest && !rows) return b.expand(nest, b.load(nest, { buffer: v.buffer, offset: 0, extents: [own.size], strides: [1] }, true))
  return b.load(nest, { buffer: v.buffer, offset: v.offset, ...merge(v.shape, v.strides) }, rows)
}

/** The place as a view of a buffer; a nest's value is stored. */
export function viewOf(b: Builder, p: Exclude<Place, { _tag: 'Register' }>): Strided {
  if (p._tag === 'View') return p.view
  if (p._tag === 'Join') return p.whole()
  const buffer = b.store(p.nest, p.ref)
  const { size: count } = b.buffers[buffer]!
  return p._tag === 'Local' ? whole(buffer, [count]) : { buffer, offset: 0, shape: [count, nestAt(b, p.nest).line], strides: [1, 0] }
}

/** The place as a strided view of this very shape; copied where strides cannot say it. */
export function stridedOf(b: Builder, p: Exclude<Place, { _tag: 'Register' }>, shape: Shape): Strided {
  return reshaped(viewOf(b, p), shape) ?? whole(copied(b, p, size(shape)), shape)
}

/** A buffer of its own that holds the elements of a place one after another. */
export function copied(b: Builder, p: Place, n: number): number {
  const { nest, rows } = nestFor(b, [p], n)
  const ref = refIn(b, nest, p, rows)
  return b.store(nest, ref < 0 ? b.spread(nest, ~ref) : ref)
}

/** The place's elements one after another in some buffer. */
export function contiguous(b: Builder, p: Place, n: number): { readonly buffer: number; readonly offset: number } {
  if (p._tag === 'Local') return { buffer: b.store(p.nest, p.ref), offset: 0 }
  const v = p._tag === 'Join' ? p.whole() : p._tag === 'View' ? p.view : undefined
  if (v && isContiguous(v.shape, v.strides)) return v
  return { buffer: copied(b, p, n), offset: 0 }
}
