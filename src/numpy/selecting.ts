/**
 * Choice between arrays, and reading by lists of positions.
 *
 * Edges: the untaken side of `where` has derivative 0, also where its value is NaN. Positions that are known and out of
 * range raise `IndexError`; traced ones are clipped where read and dropped where written.
 * Example: np.where([true, false], [1, 2], 0).toArray() // => [1, 0]
 */
import { holds, isFloat, isInteger } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { demandOptions } from '../data/options'
import { broadcastShapes, range, showShape, size } from '../data/shape'
import { promoted } from '../primitives/vocabulary/context'
import { normalized } from '../primitives/vocabulary/selection'
import { coreContext as context, engine, ops } from '../primitives/core'
import { scatterSet } from '../primitives/indexing'
import * as words from '../primitives/tensor-words'
import { isKnown, type Tensor, type TensorLike } from '../trace/tensor'
import { apply, axisArg, axisIn, constant, listed, made, moved, oneOf, shapeOf, stretch, tensor, together, type OneAxis } from './arguments'
import { truth } from './logic'
import { named } from '../primitives/vocabulary/vocabulary'

/** x where the condition is true (not 0), else y; all three broadcast. With the condition alone, the positions where it is true. */
export function where(condition: TensorLike): Tensor[]
export function where(condition: TensorLike, x: TensorLike, y: TensorLike): Tensor
export function where(condition: TensorLike, x?: TensorLike, y?: TensorLike): Tensor | Tensor[] {
  if (x === undefined && y === undefined) return nonzero(condition)
  if (x === undefined || y === undefined) raise(fault('tree', `where: x is ${shown(x)} and y is ${shown(y)}`, 'Give both, np.where(condition, x, y), or neither, for the positions where the condition is true.'))
  const test = truth(condition)
  const [a, b] = together('where', x, y) as [Tensor, Tensor]
  const shape = broadcastShapes(test.shape, a.shape, b.shape)
  if (!shape) raise(fault('shape', `where: shapes ${[test, a, b].map((t) => showShape(t.shape)).join(', ')} do not broadcast`, 'Extents must be equal or 1, aligned from the right.'))
  const [c, p, q] = [test, a, b].map((t) => (t.ndim === 0 ? t : stretch('where', t, shape!))) as [Tensor, Tensor, Tensor]
  return ops.select(c, p, q)
}

/** From the first condition that is true, the choice that belongs to it; `fallback` (0) where none is. */
export function select(conditionList: readonly TensorLike[], choiceList: readonly TensorLike[], fallback: TensorLike = 0): Tensor {
  const [conditions, choices] = [listed('select', conditionList), listed('select', choiceList)]
  if (conditions.length !== choices.length || choices.length === 0)
    raise(fault('shape', `select: ${conditions.length} conditions for ${choices.length} choices`, 'Give one choice for each condition.'))
  const values = promoted(context, [...choices, fallback].map(tensor))
  return conditions.reduceRight<Tensor>((rest, c, i) => where(c, values[i]!, rest), values[values.length - 1]!)
}

/** For each region the result of its function of x, the first one that is true; a last function without a condition is the default. */
export function piecewise(x: TensorLike, conditionList: readonly TensorLike[], functions: readonly (TensorLike | ((x: Tensor) => TensorLike))[]): Tensor {
  const a = tensor(x)
  const conditions = listed('piecewise', conditionList)
  const values = (listed('piecewise', functions as readonly TensorLike[]) as typeof functions).map((f) => (typeof f === 'function' ? f(a) : f))
  const extra = values.length > conditions.length
  // NumPy lets the last condition win.
  return select([...conditions].reverse(), values.slice(0, conditions.length).reverse(), extra ? values[conditions.length]! : 0)
}

/** Integers of whatever lists positions: JS integers, lists of them, integer arrays. */
export function positions(name: string, x: TensorLike): Tensor {
  if (typeof x === 'number' || (Array.isArray(x) && flatNumbers(x))) {
    const a = tensor(x)
    const e = a.elements('positions')
    const list = typeof e === 'number' ? [e] : e
    for (const v of list) if (!holds('int32', v)) raise(fault('index', `${name}: position ${v} is not an integer of 32 bits`, 'Positions are integers.'))
    return a.ndim === 0 ? constant(list[0]!, 'int32') : made(Int32Array.from(list), a.shape)
  }
  const a = tensor(x)
  if (!isInteger(a.dtype)) raise(fault('index', `${name}: positions must be integers, got ${a.dtype}${showShape(a.shape)}`, "Convert them with np.astype(x, 'int32')."))
  return a
}
const flatNumbers = (x: readonly unknown[]): boolean => x.every((e) => (Array.isArray(e) ? flatNumbers(e) : typeof e === 'number'))

export type TakeMode = 'clip' | 'wrap' | 'fill'
export interface TakeOptions {
  readonly axis?: number | null
  /** Positions out of range: 'clip' takes the nearest end, 'wrap' counts on from the other, 'fill' gives `fillValue`. */
  readonly mode?: TakeMode
  readonly fillValue?: number
}

/** Positions brought inside an extent by the mode, and where they lay inside (for 'fill'). */
function brought(name: string, at: Tensor, n: number, mode: TakeMode | undefined): { at: Tensor; inside?: Tensor } {
  oneOf(name, 'mode', mode, ['clip', 'wrap', 'fill'])
  // Converted at the end, as int32 does not hold all of uint32.
  const low = (i: Tensor): Tensor => ops.convert(i, 'int32')
  const lifted = (i: Tensor): Tensor => ops.select(ops.lt(i, 0), ops.add(i, n), i)
  if (mode === 'clip') return { at: low(ops.max(ops.min(at, n - 1), 0)) }
  if (mode === 'wrap') return { at: low(lifted(words.rem(at, n))) }
  const up = lifted(at)
  const inside = ops.and(ops.ge(up, 0), ops.lt(up, n))
  return { at: low(ops.select(inside, up, 0)), inside }
}

/**
 * The elements at positions along an axis (of the raveled array when null): shape [before…, …positions.shape, …after].
 * @example np.take([10, 20, 30], [2, 0, -1]).toArray() // => [30, 10, 30]
 */
export const take = (x: TensorLike, indices: TensorLike, axis?: number | null | TakeOptions, options?: TakeOptions): Tensor => taken('take', x, indices, axis, options)

function taken(name: string, x: TensorLike, indices: TensorLike, axis?: number | null | TakeOptions, options?: TakeOptions): Tensor {
  const o = named<TakeOptions>(name, ['axis'], [axis ?? undefined, options], ['mode', 'fillValue'])
  const input = tensor(x)
  const flat = o.axis === null || o.axis === undefined
  const a = flat ? ops.reshape(input, [input.size]) : input
  const k = flat ? 0 : axisIn(name, o.axis!, a)
  const at = positions(name, indices)
  const read = (i: Tensor): Tensor => engine.vocabulary.at(a, [...range(k).map(() => [] as const), i])
  if (o.mode === undefined) return read(at)
  if (a.shape[k] === 0) raise(fault('index', `${name}: axis ${k} of ${showShape(a.shape)} has no elements`, 'Take from an array that has elements.'))
  const b = brought(name, at, a.shape[k]!, o.mode)
  const found = read(b.at)
  if (!b.inside) return found
  const filler = o.fillValue ?? (isFloat(a.dtype) ? NaN : a.dtype === 'int32' ? -2147483648 : a.dtype === 'uint32' ? 4294967295 : 1)
  return ops.select(ops.broadcast(b.inside, found.shape, range(at.ndim, k)), found, filler)
}

type LineAxis = number | null | { readonly axis?: number | null }
const lineAxis = (name: string, where: LineAxis): number | null => {
  const axis = axisArg<number | null>(name, where)
  return axis === undefined ? -1 : axis
}

/** For gather and scatter with all axes but the last as batches: the arrays with `axis` last, and the indices checked. */
function lined(name: string, x: Tensor, indices: TensorLike, axis: number | null): { a: Tensor; at: Tensor; k: number } {
  const given = positions(name, indices)
  const flat = axis === null
  const a = flat ? ops.reshape(x, [x.size]) : x
  const k = flat ? 0 : axisIn(name, axis, a)
  const n = a.shape[k]!
  if (given.ndim !== a.ndim) raise(fault('shape', `${name}: indices of shape ${showShape(given.shape)} for an array of shape ${showShape(a.shape)}`, 'Give as many axes as the array has.'))
  const [m, i] = [moved(a, k, a.ndim - 1), moved(normalized(context, given, k, n), k, a.ndim - 1)]
  const batch = broadcastShapes(m.shape.slice(0, -1), i.shape.slice(0, -1)) ??
    raise(fault('shape', `${name}: indices of shape ${showShape(given.shape)} do not broadcast to ${showShape(a.shape)} along the other axes`, 'Extents beside the axis must be equal or 1.'))
  const at = stretch(name, i, [...batch, i.shape[i.ndim - 1]!])
  return { a: stretch(name, m, [...batch, n]), at: ops.reshape(at, [...at.shape, 1]), k }
}

/** The elements at positions along an axis, line by line: result[…, j, …] = x[…, indices[…, j, …], …]. */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, where: LineAxis = -1): Tensor {
  const axis = lineAxis('takeAlongAxis', where)
  const { a, at, k } = lined('takeAlongAxis', tensor(x), indices, axis)
  if (size(at.shape) === 0) return moved(ops.reshape(cutEmpty(a), at.shape.slice(0, -1)), a.ndim - 1, k)
  return moved(ops.gather(a, at, { batch: a.ndim - 1, mode: 'clip' }), a.ndim - 1, k)
}
const cutEmpty = (a: Tensor): Tensor => ops.slice(a, a.shape.map(() => 0), a.shape.map(() => 0))

/** A copy of x with `values` at positions along an axis, line by line. */
export function putAlongAxis(x: TensorLike, indices: TensorLike, values: TensorLike, where: LineAxis = -1): Tensor {
  const axis = lineAxis('putAlongAxis', where)
  const whole = tensor(x)
  const { a, at, k } = lined('putAlongAxis', whole, indices, axis)
  const shape = at.shape.slice(0, -1)
  const front = tensor(values)
  const v = front.ndim === a.ndim ? moved(front, k, a.ndim - 1) : front
  const updates = stretch('putAlongAxis', v.dtype === a.dtype ? v : ops.convert(v, a.dtype), shape)
  const out = apply(scatterSet, [a, at, updates], { batch: a.ndim - 1, mode: 'drop' })
  return ops.reshape(moved(out, a.ndim - 1, k), whole.shape)
}

/** For every element the one of the array that its integer numbers. */
export function choose(which: TensorLike, choices: readonly TensorLike[], options: { readonly mode?: 'clip' | 'wrap' } = {}): Tensor {
  demandOptions('choose', options, ['mode'])
  const { mode } = options
  const at = positions('choose', which)
  const all = promoted(context, listed('choose', choices).map(tensor))
  if (all.length === 0) raise(fault('shape', 'choose: no choices', 'Give at least one array.'))
  const shape = broadcastShapes(at.shape, ...all.map((a) => a.shape)) ??
    raise(fault('shape', `choose: shapes ${[at, ...all].map((a) => showShape(a.shape)).join(', ')} do not broadcast`, 'Extents must be equal or 1.'))
  const stacked = ops.concatenate(all.map((a) => ops.reshape(stretch('choose', a, shape), [1, ...shape])), 0)
  const inside = mode === undefined ? at : brought('choose', at, all.length, mode).at
  return ops.reshape(takeAlongAxis(stacked, ops.reshape(stretch('choose', inside, shape), [1, ...shape]), 0), shape)
}

const trueAt = (condition: TensorLike): Int32Array => {
  const elements = truth(condition).data()
  const out: number[] = []
  for (let i = 0; i < elements.length; i++) if (elements[i]) out.push(i)
  return Int32Array.from(out)
}
/** The slices of x along an axis whose condition is true; the conditions' values must be known. */
export const compress = (condition: TensorLike, x: TensorLike, axis?: OneAxis<TakeOptions> | null): Tensor => taken('compress', x, trueAt(condition), axis)
/** The elements of the raveled array whose condition is true; the conditions' values must be known. */
export const extract = (condition: TensorLike, x: TensorLike): Tensor => take(x, trueAt(condition))

/** The positions of what is not 0, one array for each axis; the values must be known. */
export function nonzero(x: TensorLike): Tensor[] {
  const a = tensor(x)
  const at = trueAt(a)
  let step = a.size
  return a.shape.map((e) => {
    step = step / e
    return made(at.map((i) => Math.floor(i / step) % e), [at.length])
  })
}
/** The positions of what is not 0, one row for each; the values must be known. */
export function argwhere(x: TensorLike): Tensor {
  const columns = nonzero(x)
  const n = columns.length === 0 ? trueAt(x).length : columns[0]!.size
  if (columns.length === 0) return made(new Int32Array(0), [n, 0])
  return ops.concatenate(columns.map((c) => ops.reshape(c, [n, 1])), 1)
}
/** The positions of what is not 0 in the raveled array; the values must be known. */
export const flatnonzero = (x: TensorLike): Tensor => {
  const at = trueAt(x)
  return made(at, [at.length])
}

type RavelMode = 'wrap' | 'clip'
/** Positions along an axis from 0 on: known ones are checked, traced ones held inside. */
function placed(name: string, x: TensorLike, axis: number, n: number): Tensor {
  const at = ops.convert(normalized(context, positions(name, x), axis, n), 'int32')
  return isKnown(at) ? at : ops.max(ops.min(at, n - 1), 0)
}

/** Positions in the raveled array as positions along the axes of a shape. */
export function unravelIndex(indices: TensorLike, dims: readonly number[]): Tensor[] {
  const shape = shapeOf('unravelIndex', dims)
  const at = placed('unravelIndex', indices, 0, size(shape))
  let step = size(shape)
  return shape.map((e) => {
    step = step / e
    return words.rem(ops.div(at, step), e)
  })
}

/** Positions along the axes of a shape as positions in the raveled array. The mode brings inside what is out of range. */
export function ravelMultiIndex(lists: readonly TensorLike[], dims: readonly number[], options: 'raise' | RavelMode | { readonly mode?: 'raise' | RavelMode } = {}): Tensor {
  const { mode = 'raise' } = named<{ mode: 'raise' | RavelMode }>('ravelMultiIndex', ['mode'], [options])
  oneOf('ravelMultiIndex', 'mode', mode, ['raise', 'wrap', 'clip'])
  const shape = shapeOf('ravelMultiIndex', dims)
  const indices = listed('ravelMultiIndex', lists)
  if (indices.length !== shape.length) raise(fault('shape', `ravelMultiIndex: ${indices.length} positions for shape ${showShape(shape)}`, 'Give one array of positions for each axis.'))
  return indices.reduce<Tensor>((sum, i, k) => {
    const at = mode === 'raise' ? placed('ravelMultiIndex', i, k, shape[k]!) : brought('ravelMultiIndex', positions('ravelMultiIndex', i), shape[k]!, mode).at
    return engine.vocabulary.add(engine.vocabulary.multiply(sum, shape[k]!), at)
  }, constant(0, 'int32'))
}
