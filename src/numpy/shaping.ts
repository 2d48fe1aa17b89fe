/**
 * The same elements in another shape or order. Most results are views; none computes.
 *
 * Edge: one extent of a new shape may be −1; axes may be negative; `order: 'F'` reads and writes the first axis fastest.
 */
import { fault, raise, shown } from '../data/errors'
import { broadcastShapes as joinShapes, range, showShape, size, type Shape } from '../data/shape'
import { commonShape } from '../primitives/vocabulary/context'
import { roll as rollPrimitive, shiftsWithin } from '../primitives/roll'
import { engine, ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import { Tensor, type TensorLike } from '../trace/tensor'
import { axesOf, axisArg, axisIn, cut, inOneList, integer, listed, moved, oneOf, shapeOf, stretch, tensor, uniform } from './arguments'
import { demandKnown, named, numbersOf } from '../primitives/vocabulary/vocabulary'

type Axes = number | readonly number[] | { readonly axis?: number | readonly number[] }

export interface OrderOptions {
  readonly order?: 'C' | 'F'
}

/**
 * The elements in row-major order in another shape; one extent may be −1.
 * @example np.reshape([1, 2, 3, 4], [2, -1]).toArray() // => [[1, 2], [3, 4]]
 */
export function reshape(x: TensorLike, shape: number | readonly number[], options?: 'C' | 'F' | OrderOptions): Tensor {
  if (typeof options === 'number') raise(fault('index', `reshape: there is no order ${shown(options)}`, inOneList(shape, options)))
  return reshaped('reshape', x, shape, options)
}
function reshaped(name: string, x: TensorLike, shape: number | readonly number[], options?: 'C' | 'F' | OrderOptions): Tensor {
  const { order } = named<OrderOptions>(name, ['order'], [options])
  if (oneOf(name, 'order', order ?? 'C', ['C', 'F']) !== 'F') return engine.vocabulary.reshape(x, shape)
  const wanted = numbersOf('reshape', shape)
  return transpose(engine.vocabulary.reshape(transpose(x), wanted.reverse()))
}
/** The elements in one axis. */
export const ravel = (x: TensorLike, options?: 'C' | 'F' | OrderOptions): Tensor => reshaped('ravel', x, -1, options)
/** Axes permuted; reversed when no permutation is given. */
export const transpose = (x: TensorLike, perm?: readonly number[] | null): Tensor => engine.vocabulary.transpose(x, perm ?? undefined)
/** Axes permuted: axis i of the result is axis perm[i] of x. */
export const permuteDims = (x: TensorLike, perm: readonly number[]): Tensor => transpose(x, perm)
/** The last two axes exchanged. */
export const matrixTranspose = (x: TensorLike): Tensor => swapaxes(x, -1, -2)
/** Two axes exchanged. */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const a = tensor(x)
  const [i, j] = [axisIn('swapaxes', axis1, a), axisIn('swapaxes', axis2, a)]
  return ops.transpose(a, range(a.ndim).map((k) => (k === i ? j : k === j ? i : k)))
}
/** Axes moved to other places; the others keep their order. */
export function moveaxis(x: TensorLike, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const a = tensor(x)
  const list = (v: number | readonly number[]): number[] => numbersOf('moveaxis', v).map((k) => axisIn('moveaxis', k, a))
  const [from, to] = [list(source), list(destination)]
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length)
    raise(fault('axis', `moveaxis: from ${showShape(from)} to ${showShape(to)}`, 'Give as many destinations as sources, each axis once.'))
  const rest = range(a.ndim).filter((k) => !from.includes(k))
  return ops.transpose(a, range(a.ndim).map((k) => (to.includes(k) ? from[to.indexOf(k)]! : rest.shift()!)))
}
/** An axis moved back until it stands before `start`. */
export function rollaxis(x: TensorLike, axis: number, start = 0): Tensor {
  const a = tensor(x)
  const from = axisIn('rollaxis', axis, a)
  const before = start === a.ndim ? a.ndim : axisIn('rollaxis', start, a)
  return moved(a, from, from < before ? before - 1 : before)
}

/** New axes of extent 1 at the given places of the result. */
export function expandDims(x: TensorLike, axis: Axes): Tensor {
  const a = tensor(x)
  const where = axisArg('expandDims', axis) ?? []
  const given = numbersOf('expandDims', where)
  const rank = a.ndim + given.length
  const at = given.map((k) => axisIn('expandDims', k, { ndim: rank }))
  if (new Set(at).size !== at.length) raise(fault('axis', `expandDims: axis ${showShape(at)} repeats an axis`, 'List every axis once.'))
  const rest = [...a.shape]
  return ops.reshape(a, range(rank).map((k) => (at.includes(k) ? 1 : rest.shift()!)))
}
/** Axes of extent 1 removed: all of them, or the given ones. */
export function squeeze(x: TensorLike, axis?: Axes | null): Tensor {
  const a = tensor(x)
  const given = axisArg('squeeze', axis ?? undefined)
  if (given === undefined || given === null) return ops.reshape(a, a.shape.filter((e) => e !== 1))
  const { axes } = axesOf('squeeze', a, { axis: given })
  if (axes.some((k) => a.shape[k] !== 1))
    raise(fault('shape', `squeeze: axes ${showShape(axes)} of shape ${showShape(a.shape)} are not all of extent 1`, 'Only axes of extent 1 can be left out.'))
  return ops.reshape(a, a.shape.filter((_, i) => !axes.includes(i)))
}

/** x stretched to a shape by NumPy's rule. */
export const broadcastTo = (x: TensorLike, shape: number | readonly number[]): Tensor => stretch('broadcastTo', tensor(x), shapeOf('broadcastTo', shape))
/** Arrays stretched to their common shape. */
export function broadcastArrays(...xs: readonly TensorLike[]): Tensor[] {
  const all = xs.map(tensor)
  const shape = commonShape('broadcastArrays', all)
  return all.map((a) => stretch('broadcastArrays', a, shape))
}
/** The shape that shapes broadcast to. */
export function broadcastShapes(...given: readonly Shape[]): Shape {
  const shapes = given.map((s) => shapeOf('broadcastShapes', s))
  return joinShapes(...shapes) ?? raise(fault('shape', `broadcastShapes: ${shapes.map(showShape).join(' and ')} do not broadcast`, 'Extents must be equal or 1, aligned from the right.'))
}

const least = (f: (a: Tensor) => Tensor) => (xs: readonly TensorLike[]): Tensor | Tensor[] => {
  const out = xs.map((x) => f(tensor(x)))
  return out.length === 1 ? out[0]! : out
}
type Least = { (x: TensorLike): Tensor; (...xs: readonly TensorLike[]): Tensor | Tensor[] }
/** x with at least one axis; several arrays give a list. */
export const atleast1d: Least = ((...xs: readonly TensorLike[]) => least((a) => (a.ndim === 0 ? ops.reshape(a, [1]) : a))(xs)) as Least
/** x with at least two axes, new ones in front. */
export const atleast2d: Least = ((...xs: readonly TensorLike[]) => least((a) => (a.ndim < 2 ? ops.reshape(a, [1, a.size]) : a))(xs)) as Least
/** x with at least three axes: a vector becomes [1, n, 1], a matrix [m, n, 1]. */
export const atleast3d: Least = ((...xs: readonly TensorLike[]) =>
  least((a) => (a.ndim < 2 ? ops.reshape(a, [1, a.size, 1]) : a.ndim === 2 ? ops.reshape(a, [...a.shape, 1]) : a))(xs)) as Least

/** The order along axes (all by default) reversed. */
export function flip(x: TensorLike, axis?: Axes | null): Tensor {
  const a = tensor(x)
  return ops.reverse(a, axesOf('flip', a, { axis: axisArg<number | readonly number[] | null>('flip', axis ?? undefined) }).axes)
}
/** Columns reversed (axis 1). */
export const fliplr = (x: TensorLike): Tensor => flip(x, 1)
/** Rows reversed (axis 0). */
export const flipud = (x: TensorLike): Tensor => flip(x, 0)
export interface Rot90Options {
  readonly k?: number
  readonly axes?: readonly [number, number]
}
/** Turned by k quarter turns in the plane of two axes, from the first towards the second. */
export function rot90(x: TensorLike, k: number | Rot90Options = 1, axes?: readonly [number, number]): Tensor {
  const a = tensor(x)
  const o = named<Rot90Options>('rot90', ['k', 'axes'], [k, axes])
  const plane = numbersOf('rot90', o.axes ?? [0, 1])
  if (plane.length !== 2) raise(fault('axis', `rot90: axes ${showShape(plane)} span no plane`, 'Give two different axes.'))
  const [i, j] = plane.map((v) => axisIn('rot90', v, a)) as [number, number]
  if (i === j) raise(fault('axis', `rot90: axes ${showShape(plane)} span no plane`, 'Give two different axes.'))
  switch (((integer('rot90', 'k', o.k ?? 1) % 4) + 4) % 4) {
    case 1:
      return swapaxes(ops.reverse(a, [j]), i, j)
    case 2:
      return ops.reverse(a, [i, j])
    case 3:
      return ops.reverse(swapaxes(a, i, j), [j])
    default:
      return a
  }
}

/** Shifted along axes, what leaves at one end entering at the other; along the raveled array when no axis is given. */
export function roll(x: TensorLike, shift: number | readonly number[], where?: Axes | null): Tensor {
  const a = tensor(x)
  const axis = axisArg('roll', where ?? undefined)
  const given = numbersOf('roll', shift).map((s) => integer('roll', 'a shift', s))
  if (axis === undefined || axis === null) {
    const total = given.reduce((n, s) => n + s, 0)
    return ops.reshape(roll(ops.reshape(a, [a.size]), total, 0), a.shape)
  }
  const axes = numbersOf('roll', axis)
  const shifts = typeof shift === 'number' ? axes.map(() => shift) : given
  const by = axes.length === 1 && shifts.length > 1 ? shifts.map(() => axes[0]!) : axes
  if (by.length !== shifts.length) raise(fault('axis', `roll: ${shifts.length} shifts for ${by.length} axes`, 'Give one shift for each axis.'))
  const sums = new Array<number>(a.ndim).fill(0)
  by.forEach((k, i) => {
    const at = axisIn('roll', k, a)
    sums[at] = sums[at]! + shifts[i]!
  })
  const within = shiftsWithin(a.shape, sums)
  if (a.size <= inOne) return ops.bind(rollPrimitive, [a], { shifts: within })[0]!
  return within.reduce<Tensor>((y, s, at) => (s === 0 ? y : ops.concatenate([cut(y, at, y.shape[at]! - s, y.shape[at]!), cut(y, at, 0, y.shape[at]! - s)], at)), a)
}

/** Elements of an array that is rolled in one equation; of larger ones the parts are read where they are. */
const inOne = 2 ** 18

/** x repeated as a whole along each axis. */
export function tile(x: TensorLike, reps: number | readonly number[]): Tensor {
  const a = tensor(x)
  const r = shapeOf('tile', reps)
  const rank = Math.max(r.length, a.ndim)
  const times = [...new Array<number>(rank - r.length).fill(1), ...r]
  const shape = [...new Array<number>(rank - a.ndim).fill(1), ...a.shape]
  const spread = ops.broadcast(ops.reshape(a, shape), shape.flatMap((e, i) => [times[i]!, e]), range(rank).map((i) => 2 * i + 1))
  return ops.reshape(spread, shape.map((e, i) => e * times[i]!))
}

/** Every element repeated along an axis (of the raveled array when null): a number of times, or as many as a list says. */
export function repeat(x: TensorLike, repeats: number | readonly number[] | Tensor | Int32Array, where?: number | null | { readonly axis?: number | null }): Tensor {
  const input = tensor(x)
  const axis = axisArg<number | null>('repeat', where)
  const a = axis === undefined || axis === null ? ops.reshape(input, [input.size]) : input
  const at = axisIn('repeat', axis ?? 0, a)
  const n = a.shape[at]!
  demandKnown(repeats, 'repeat', 'the number of repeats')
  const given = numbersOf('repeat', repeats instanceof Tensor ? repeats.data() : repeats)
  shapeOf('repeat', given)
  if (given.length === 1) {
    const wide = [...a.shape.slice(0, at + 1), given[0]!, ...a.shape.slice(at + 1)]
    return ops.reshape(ops.broadcast(a, wide, range(a.ndim).map((i) => (i <= at ? i : i + 1))), a.shape.map((e, i) => (i === at ? e * given[0]! : e)))
  }
  if (given.length !== n) raise(fault('shape', `repeat: ${given.length} repeats for extent ${n}`, 'Give one number, or one for each element along the axis.'))
  const rows = Int32Array.from(given.flatMap((r, i) => new Array<number>(r).fill(i)))
  return engine.vocabulary.at(a, [...range(at).map(() => [] as const), rows])
}

/** The elements again and again (or as many as are needed) in another shape; zeros where there are none. */
export function resize(x: TensorLike, shape: number | readonly number[]): Tensor {
  const s = shapeOf('resize', shape)
  const a = ravel(x)
  const n = size(s)
  if (n === 0) return ops.reshape(cut(a, 0, 0, 0), s)
  if (a.size === 0) return uniform(s, 0, a.dtype)
  return ops.reshape(cut(tile(a, Math.ceil(n / a.size)), 0, 0, n), s)
}

/** A vector without zeros at its ends ('f' front, 'b' back); its values must be known. */
export function trimZeros(x: TensorLike, trim = 'fb'): Tensor {
  const a = tensor(x)
  if (a.ndim !== 1) raise(fault('shape', `trimZeros: an array of shape ${showShape(a.shape)}`, 'Give a vector.'))
  if (typeof trim !== 'string') raise(fault('tree', `trimZeros: trim is ${shown(trim)}`, "Give 'f' for the front, 'b' for the back, or 'fb'."))
  const elements = a.data()
  let [from, to] = [0, a.size]
  if (trim.includes('f')) while (from < to && elements[from] === 0) from++
  if (trim.includes('b')) while (to > from && elements[to - 1] === 0) to--
  return cut(a, 0, from, to)
}

/** The extents of x. */
export const shape = (x: TensorLike): number[] => [...tensor(x).shape]
/** The number of axes. */
export const ndim = (x: TensorLike): number => tensor(x).ndim
/** The number of elements, or the extent along an axis. */
export function extent(x: TensorLike, axis?: number): number {
  const a = tensor(x)
  return axis === undefined ? a.size : a.shape[axisIn('size', axis, a)]!
}

/** The window of the given sizes that begins at run-time integers, moved so that it lies inside. */
export function dynamicSlice(x: TensorLike, starts: readonly TensorLike[], sizes: readonly number[]): Tensor {
  return words.dynamicSlice(tensor(x), startsOf('dynamicSlice', starts), shapeOf('dynamicSlice', sizes))
}
/** x with a window replaced that begins at run-time integers, moved so that it lies inside. */
export function dynamicUpdateSlice(x: TensorLike, update: TensorLike, starts: readonly TensorLike[]): Tensor {
  const a = tensor(x)
  return words.dynamicUpdateSlice(a, ops.convert(tensor(update), a.dtype), startsOf('dynamicUpdateSlice', starts))
}

/** One start for each axis: integers, or rank-0 tensors of them. */
const startsOf = (name: string, starts: readonly TensorLike[]): (Tensor | number)[] =>
  listed(name, starts).map((i) => (typeof i === 'number' ? integer(name, 'a start', i) : tensor(i)))

