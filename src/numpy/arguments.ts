/**
 * From what users write to what the functions of this floor compute with: arrays, axes, options.
 *
 * A trailing options object may stand in the place of any positional argument after the arrays.
 * Example: np.diff(x, { axis: 0 }) and np.diff(x, 1, 0) mean the same
 */
import { convertNumber } from '../compile/scalar'
import { allocate, isDType, noDType, type DType } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { broadcastShapes, range, rowMajor, sameShape, showShape, size, type Shape } from '../data/shape'
import type { Primitive } from '../ir/types'
import { aval, type Params } from '../ir/types'
import { asTensor, broadcastTo, floating, numeric, operands, promoted, scalar, wrap } from '../primitives/vocabulary/context'
import { axisOf, demandKnown, kept, named, numbersOf, reductionAxes } from '../primitives/vocabulary/vocabulary'
import { coreContext, engine, ops } from '../primitives/core'
import { isTraced, Tensor, type ReduceOptions, type TensorLike } from '../trace/tensor'

export { demandKnown, named, numbersOf, reduceOptions } from '../primitives/vocabulary/vocabulary'

/** An axis argument, or the options in its place. */
export type Axis<O = ReduceOptions> = number | readonly number[] | null | O
/** One axis, or the options in its place. */
export type OneAxis<O> = number | O
/** A list of arrays: a JS array of them, or a tensor, which is taken apart along its first axis. */
export type TensorList = readonly TensorLike[] | Tensor

/** An array of whatever is accepted as one. A JS number becomes a literal. */
export const tensor = (x: TensorLike): Tensor => asTensor(coreContext, x)
/** The same in a floating dtype: integers and booleans become float64. */
export const float = (x: TensorLike): Tensor => floating(coreContext, tensor(x))
/** The same without booleans: they become int32. */
export const number = (x: TensorLike): Tensor => numeric(coreContext, tensor(x))

/** Several arrays converted to one dtype and broadcast (rank 0 stays). */
export const together = (name: string, ...xs: readonly TensorLike[]): Tensor[] => operands(coreContext, name, xs)
/** Several arrays converted to one dtype. */
export const alike = (xs: readonly TensorLike[]): Tensor[] => promoted(coreContext, xs.map(tensor))
/** Two arrays of one dtype that is not bool, broadcast. */
export const pair = (name: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] => {
  const [a, b] = together(name, x, y)
  return [numeric(coreContext, a!), numeric(coreContext, b!)]
}
/** Two arrays of one floating dtype, broadcast. */
export const floatPair = (name: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] => {
  const [a, b] = together(name, x, y)
  return [floating(coreContext, a!), floating(coreContext, b!)]
}

/** The first result of a primitive. */
export const apply = (prim: Primitive, xs: readonly Tensor[], params?: Params): Tensor => ops.bind(prim, xs, params)[0]!

/** Stretched by NumPy's rule; raises `ShapeError` under the function's name. */
export function stretch(name: string, x: Tensor, shape: Shape): Tensor {
  if (!sameShape(broadcastShapes(x.shape, shape) ?? [-1], shape))
    raise(fault('shape', `${name}: shape ${showShape(x.shape)} does not broadcast to ${showShape(shape)}`, 'Extents must be equal or 1, aligned from the right.'))
  return broadcastTo(coreContext, x, shape)
}

/** The dtype itself, or a `DTypeError` where it is none. */
export const knownDType = (dtype: DType): DType =>
  isDType(dtype) ? dtype : raise(noDType(dtype))

/** One axis argument, or the options in its place; undefined where none is given. */
export const axisArg = <A extends number | readonly number[] | null>(name: string, axis: A | { readonly axis?: A } | undefined): A | undefined =>
  named<{ axis: A }>(name, ['axis'], [axis]).axis

/** An integer argument, or an `IndexError` that says which it is; a count, of at least `least`, or a `ShapeError`. */
export const integer = (name: string, what: string, x: unknown, least = -Infinity): number =>
  Number.isSafeInteger(x) && (x as number) >= least
    ? (x as number)
    : raise((demandKnown(x, name, what), fault(least < 0 ? 'index' : 'shape', `${name}: ${what} is ${shown(x)}`, `Give an integer${least === -Infinity ? '' : ` of at least ${least}`}.`)))

/** Pieces that a list may have, one array each. */
const most = 2 ** 24
/** A number of pieces: an integer from `least` to 2²⁴. */
export const partCount = (name: string, what: string, x: unknown, least: number): number =>
  integer(name, what, x, least) <= most ? (x as number) : raise(fault('shape', `${name}: ${what} is ${shown(x)}`, `Give at most ${most}.`))

/** A number argument that is not NaN, or a `TreeError` that says which it is. */
export const real = (name: string, what: string, x: unknown): number =>
  typeof x === 'number' && x === x ? x : raise((demandKnown(x, name, what), fault('tree', `${name}: ${what} is ${shown(x)}`, 'Give a number.')))

/** One of a few texts, or an `IndexError` that lists them. */
export const oneOf = <T extends string>(name: string, what: string, x: unknown, all: readonly T[]): T =>
  all.includes(x as T) ? (x as T) : raise((demandKnown(x, name, what), fault('index', `${name}: there is no ${what} ${shown(x)}`, `Give ${all.map((t) => `'${t}'`).join(', ').replace(/, ([^,]*)$/, ' or $1')}.`)))

/** What to write where a number follows a shape: both were meant as extents. */
export const inOneList = (...extents: readonly unknown[]): string => `Give the shape as a list: [${extents.flat().map(shown).join(',')}].`

/** The non-negative axis, or an `AxisError`. */
export const axisIn = (name: string, axis: number, x: { readonly ndim: number }): number => axisOf(name, axis, x.ndim)

/** The axes of an axis argument (null: all), in increasing order, and whether they are kept. */
export const axesOf = (name: string, x: Tensor, options: ReduceOptions): { axes: number[]; keepdims: boolean } => reductionAxes(name, x, options)

/** A reduced array with its axes, or with extents of 1 in their place. */
export const reshaped = (reduced: Tensor, shape: Shape, axes: readonly number[], keepdims: boolean): Tensor =>
  keepdims ? kept(coreContext, reduced, shape, axes) : reduced

/** Axis `from` becomes axis `to`; the others keep their order. */
export function moved(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x
  const perm = range(x.ndim).filter((a) => a !== from)
  perm.splice(to, 0, from)
  return ops.transpose(x, perm)
}

/** x[start:stop] along one axis. */
export const cut = (x: Tensor, axis: number, start: number, stop: number, step = 1): Tensor =>
  ops.slice(x, x.shape.map((_, i) => (i === axis ? start : 0)), x.shape.map((e, i) => (i === axis ? stop : e)), x.shape.map((_, i) => (i === axis ? step : 1)))

/** A concrete array over row-major storage. */
export const made = (buffer: Parameters<typeof wrap>[1], shape: Shape): Tensor => wrap(coreContext, buffer, shape)
/** A concrete rank-0 array (not a literal) of a number that is an element of the dtype. */
export const made0 = (value: number, dtype: DType): Tensor => scalar(coreContext, value, dtype)
/** A rank-0 constant of a dtype, written into programs as a literal. */
export const constant = (value: number, dtype: DType): Tensor => ops.full([], value, dtype)

/** Every element the same number, converted as an array is, in storage for one; concrete inside a trace too. */
export function uniform(shape: Shape, value: number, dtype: DType): Tensor {
  const v = convertNumber('float64', dtype)(value)
  if (shape.length === 0) return made0(v, dtype)
  const one = size(shape) === 0 ? 0 : 1
  const buffer = allocate(dtype, one).fill(v)
  const strides = one === 0 ? rowMajor(shape) : shape.map(() => 0)
  return new Tensor(aval(shape, dtype), { _tag: 'Storage', buffer, offset: 0, strides, literal: false }, engine.vocabulary)
}

/** 0, 1, 2, … along an axis: an equation beside a traced array, numbers beside a concrete one. */
export function counted(like: Tensor, shape: Shape, axis: number, dtype: DType = 'int32'): Tensor {
  if (isTraced(like)) return ops.iota(shape, dtype, axis)
  const line = allocate(dtype, shape[axis]!)
  for (let i = 0; i < line.length; i++) line[i] = i
  return ops.broadcast(made(line, [line.length]), shape, [axis])
}

/** A JS number where Python takes an int or float that must be known. */
export const known = (name: string, what: string, x: TensorLike): number => real(name, what, typeof x === 'number' ? x : (demandKnown(x, name, what), Number(tensor(x).item())))

/** A shape argument: one extent or a list of them. */
export function shapeOf(name: string, shape: number | readonly number[]): number[] {
  const s = numbersOf(name, shape)
  if (s.some((e) => !Number.isInteger(e) || e < 0))
    raise(fault('shape', `${name}: ${showShape(s)} is no shape`, 'Extents are non-negative integers.'))
  if (size(s) > Number.MAX_SAFE_INTEGER) raise(fault('shape', `${name}: an array of shape ${showShape(s)} has ${size(s)} elements, more than any memory holds`, 'Give smaller extents.'))
  return s
}

/** The arrays of a list; a tensor gives those along its first axis. */
export function listed(name: string, xs: TensorList): readonly TensorLike[] {
  if (!(xs instanceof Tensor)) return Array.isArray(xs) ? xs : raise(fault('tree', `${name}: expected a list of arrays, got ${shown(xs)}`, 'Give an array of arrays, e.g. [x, y].'))
  if (xs.ndim === 0) raise(fault('shape', `${name}: a rank-0 array is no list of arrays`, 'Give an array of arrays, e.g. [x, y].'))
  return range(xs.shape[0]!).map((i) => xs.at(i))
}
