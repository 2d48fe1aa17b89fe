/**
 * Arrays from numbers: copies, constants, and functions of the position. Everything is float64 unless `dtype` is given.
 *
 * Nothing here is traced: `np.zeros` inside a traced function is a constant. A uniform array is stored as one number.
 * Example: np.eye(2).toArray() // => [[1, 0], [0, 1]]
 */
import * as math from '../compile/math/functions'
import { onNumber } from '../compile/scalar'
import { allocate, coerce, dtypeOf, isInteger, isNarrow, noDType, type DType, type DTypedArray, type NarrowArray, type TypedArray } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandFunction, itself } from '../data/options'
import { range, size } from '../data/shape'
import { ops } from '../primitives/core'
import { floor } from '../primitives/elementwise/rounding'
import { isTraced, Tensor, type TensorLike } from '../trace/tensor'
import { literalValue } from '../trace/trace'
import { apply, axisIn, constant, counted, floatPair, inOneList, integer, known, knownDType, made, made0, oneOf, real, shapeOf, stretch, tensor, uniform } from './arguments'
import { isOptions, named, numbersOf } from '../primitives/vocabulary/vocabulary'

export interface DTypeOption {
  readonly dtype?: DType
}
/** A dtype, or an object that has one. */
export type DTypeArg = DType | DTypeOption
type ShapeArg = number | readonly number[]

const dtypeFrom = (name: string, d: DTypeArg | null | undefined): DType | undefined => {
  const { dtype } = named<DTypeOption>(name, ['dtype'], [d ?? undefined])
  return dtype === undefined ? undefined : knownDType(dtype)
}

/** The same beside a shape: a number in its place says that the arguments before it, and it itself, were meant as extents. */
function dtypeBeside(name: string, d: DTypeArg | null | undefined, extents: readonly unknown[]): DType | undefined {
  if (typeof d === 'number') raise({ ...noDType(d), fix: inOneList(...extents) })
  return dtypeFrom(name, d)
}

/** A JS number is float64 here, not a literal that adapts to its neighbours. */
const strong = (x: Tensor): Tensor => {
  const number = literalValue(x)
  return number === undefined ? x : made0(number, x.dtype)
}

/** An array of numbers, nested lists, typed arrays or tensors, which shares their storage where it can (that of a resizable buffer it copies). */
export function asarray(x: DTypedArray | NarrowArray, dtype: DType | Required<DTypeOption>): Tensor
export function asarray(x: TensorLike, dtype?: DTypeArg): Tensor
export function asarray(x: TensorLike | NarrowArray, dtype?: DTypeArg): Tensor {
  return shared('asarray', x, dtype)
}

function shared(name: string, x: TensorLike | NarrowArray, dtype?: DTypeArg): Tensor {
  const d = dtypeFrom(name, dtype)
  if (d !== undefined && ArrayBuffer.isView(x) && isNarrow(x)) return made(allocate(d, x.length).map((_, i) => coerce(d, x[i]!)), [x.length])
  // What shrinks would leave elements without memory.
  const fixed = ArrayBuffer.isView(x) && (x.buffer as { resizable?: boolean }).resizable === true ? x.slice() : x
  const a = strong(tensor(fixed as TensorLike))
  return d === undefined || d === a.dtype ? a : ops.convert(a, d)
}

/**
 * A new array of numbers, nested lists, typed arrays or tensors. Typed arrays keep their dtype; those of bytes and of 16 bits
 * have none and need one: `np.array(mask.data(), 'bool')`.
 * @example np.array([[1, 2], [3, 4]]).shape // => [2, 2]
 */
export function array(x: DTypedArray | NarrowArray, dtype: DType | Required<DTypeOption>): Tensor
export function array(x: TensorLike, dtype?: DTypeArg): Tensor
export function array(x: TensorLike | NarrowArray, dtype?: DTypeArg): Tensor {
  const a = shared('array', x, dtype)
  const mine = ArrayBuffer.isView(x) || x instanceof Tensor
  if (!mine || isTraced(a) || a.dtype !== (x instanceof Tensor ? x.dtype : dtypeOf(x))) return a
  return a.ndim === 0 ? made0(Number(a.item()), a.dtype) : made(a.data(), a.shape)
}

/** The same array in storage of its own. */
export const copy = (x: TensorLike): Tensor => array(x)

/** Every element the same; `fillValue` may be an array that broadcasts to the shape. */
export function full(shape: ShapeArg, fillValue: TensorLike, dtype?: DTypeArg): Tensor {
  const s = shapeOf('full', shape)
  if (typeof fillValue === 'number') return uniform(s, fillValue, dtypeBeside('full', dtype, [shape, fillValue]) ?? 'float64')
  if (typeof fillValue === 'boolean') return uniform(s, Number(fillValue), dtypeFrom('full', dtype) ?? 'bool')
  return stretch('full', shared('full', fillValue, dtype), s)
}
/** An array of zeros. */
export const zeros = (shape: ShapeArg, dtype?: DTypeArg): Tensor => uniform(shapeOf('zeros', shape), 0, dtypeBeside('zeros', dtype, [shape, dtype]) ?? 'float64')
/** An array of ones. */
export const ones = (shape: ShapeArg, dtype?: DTypeArg): Tensor => uniform(shapeOf('ones', shape), 1, dtypeBeside('ones', dtype, [shape, dtype]) ?? 'float64')
/** An array of zeros: arrays are immutable, so there is nothing to leave unset. */
export const empty: (shape: ShapeArg, dtype?: DTypeArg) => Tensor = zeros

export interface LikeOptions extends DTypeOption {
  readonly shape?: ShapeArg
}
/** Every element the same, with the shape and dtype of x. */
export function fullLike(x: TensorLike, fillValue: TensorLike, options?: DType | LikeOptions): Tensor {
  return alikeFull('fullLike', x, fillValue, options)
}
function alikeFull(name: string, x: TensorLike, fillValue: TensorLike, options?: DType | LikeOptions): Tensor {
  const a = tensor(x)
  const o = named<LikeOptions>(name, ['dtype'], [options ?? undefined], ['shape'])
  return full(o.shape ?? a.shape, fillValue, knownDType(o.dtype ?? a.dtype))
}
/** Zeros with the shape and dtype of x. */
export const zerosLike = (x: TensorLike, options?: DType | LikeOptions): Tensor => alikeFull('zerosLike', x, 0, options)
/** Ones with the shape and dtype of x. */
export const onesLike = (x: TensorLike, options?: DType | LikeOptions): Tensor => alikeFull('onesLike', x, 1, options)
/** Zeros with the shape and dtype of x. */
export const emptyLike: (x: TensorLike, options?: DType | LikeOptions) => Tensor = zerosLike

export interface EyeOptions extends DTypeOption {
  readonly m?: number
  readonly k?: number
}
/** An n by m matrix of zeros to write into, and the diagonal that is meant. */
function grid(name: string, n: number, m: number | EyeOptions | undefined, k: number | EyeOptions | undefined, options: DType | EyeOptions | undefined): { columns: number; shift: number; out: TypedArray } {
  const o = named<EyeOptions>(name, ['m', 'k', 'dtype'], [m ?? undefined, k, options])
  const [, columns] = shapeOf(name, [n, o.m ?? n]) as [number, number]
  return { columns, shift: integer(name, 'k', o.k ?? 0), out: allocate(dtypeFrom(name, o.dtype) ?? 'float64', n * columns) }
}
/** n by m (default n), 1 on diagonal k and 0 elsewhere. */
export function eye(n: number, m?: number | EyeOptions, k?: number | EyeOptions, options?: DType | EyeOptions): Tensor {
  const { columns, shift, out } = grid('eye', n, m, k, options)
  for (let i = Math.max(0, -shift); i < n && i + shift < columns; i++) out[i * columns + i + shift] = 1
  return made(out, [n, columns])
}
/** The n by n identity matrix. */
export const identity = (n: number, dtype?: DTypeArg): Tensor => eye(n, { dtype: dtypeFrom('identity', dtype) })

/** n by m (default n), 1 on and below diagonal k and 0 above. */
export function tri(n: number, m?: number | EyeOptions, k?: number | EyeOptions, options?: DType | EyeOptions): Tensor {
  const { columns, shift, out } = grid('tri', n, m, k, options)
  for (let i = 0; i < n; i++) out.fill(1, i * columns, i * columns + Math.min(columns, Math.max(0, i + shift + 1)))
  return made(out, [n, columns])
}

export interface ArangeOptions extends DTypeOption {
  readonly stop?: TensorLike
  readonly step?: TensorLike
}
/**
 * start, start + step, … below stop; from 0 when only one number is given. float64 unless `dtype` is given.
 * @example np.arange(2, 10, 3).toArray() // => [2, 5, 8]
 */
export function arange(start: TensorLike, stop?: TensorLike | ArangeOptions | null, step?: TensorLike | ArangeOptions, options?: DTypeArg): Tensor {
  const o = named<ArangeOptions>('arange', ['stop', 'step', 'dtype'], [stop ?? undefined, step, options])
  const single = o.stop === undefined
  const from = single ? 0 : known('arange', 'start', start)
  const to = single ? known('arange', 'stop', start) : known('arange', 'stop', o.stop!)
  const by = o.step === undefined ? 1 : known('arange', 'step', o.step)
  const n = Math.max(0, Math.ceil((to - from) / by))
  if (by === 0 || !Number.isFinite(n)) raise(fault('shape', `arange: ${from} to ${to} by ${by} has no length`, 'Give finite numbers and a step other than 0.'))
  const out = allocate(dtypeFrom('arange', o.dtype) ?? 'float64', n)
  const delta = from + by - from // as NumPy: the difference of the first two elements
  for (let i = 0; i < n; i++) out[i] = from + i * delta
  return made(out, [n])
}

/** f of the index arrays of the given shape, each of that shape (float64 unless `dtype` is given). */
export function fromfunction(f: (...indices: Tensor[]) => TensorLike, shape: readonly number[], dtype?: DTypeArg): Tensor {
  demandFunction('fromfunction', f, itself)
  return tensor(f(...indices(shape, { dtype: dtypeFrom('fromfunction', dtype) ?? 'float64' })))
}

export interface IndicesOptions extends DTypeOption {
  readonly sparse?: boolean
}
/** For each axis of the shape, the array of positions along it: shape [rank, …shape], or a list of arrays that broadcast when `sparse`. */
export function indices(shape: readonly number[], options?: IndicesOptions): Tensor {
  const { dtype = 'int32' } = named<IndicesOptions>('indices', ['dtype'], [options], ['sparse'])
  knownDType(dtype)
  const s = shapeOf('indices', shape)
  const out = allocate(dtype, s.length * size(s))
  let at = 0
  for (let k = 0; k < s.length; k++) {
    const inner = size(s.slice(k + 1))
    for (let i = 0, n = size(s); i < n; i++) out[at++] = Math.floor(i / inner) % s[k]!
  }
  return made(out, [s.length, ...s])
}

export interface MeshgridOptions {
  readonly indexing?: 'xy' | 'ij'
  readonly sparse?: boolean
  readonly copy?: boolean
}
/** Coordinate arrays from coordinate vectors; the first two axes are swapped for `indexing: 'xy'`, the default. */
export function meshgrid(...xs: readonly (TensorLike | MeshgridOptions)[]): Tensor[] {
  const last = xs[xs.length - 1]
  const o = named<MeshgridOptions>('meshgrid', [], [isOptions(last) ? last : undefined], ['indexing', 'sparse', 'copy'])
  oneOf('meshgrid', 'indexing', o.indexing ?? 'xy', ['xy', 'ij'])
  const vectors = (isOptions(last) ? xs.slice(0, -1) : xs).map((x) => {
    const a = tensor(x as TensorLike)
    return ops.reshape(a, [a.size])
  })
  const n = vectors.length
  const axes = range(n)
  if ((o.indexing ?? 'xy') === 'xy' && n > 1) [axes[0], axes[1]] = [1, 0]
  const shape = new Array<number>(n)
  vectors.forEach((v, i) => (shape[axes[i]!] = v.size))
  return vectors.map((v, i) =>
    o.sparse ? ops.reshape(v, shape.map((_, a) => (a === axes[i] ? v.size : 1))) : ops.broadcast(v, shape, [axes[i]!]),
  )
}

/** Arrays that index the grid of the given lists of positions: `x.at(...np.ix_(rows, columns))`. */
export function ix_(...lists: readonly (readonly number[] | Tensor | Int32Array)[]): Tensor[] {
  return lists.map((l, i) => {
    const a = l instanceof Tensor ? l : made(Int32Array.from(numbersOf('ix_', l).map((i) => integer('ix_', 'a position', i))), [l.length])
    return ops.reshape(a, lists.map((_, k) => (k === i ? a.size : 1)))
  })
}

export interface LinspaceOptions extends DTypeOption {
  readonly num?: number
  readonly endpoint?: boolean
  readonly retstep?: boolean
  readonly axis?: number
}
export type SpaceArgs = { readonly num: number; readonly endpoint: boolean; readonly retstep: boolean; readonly base: TensorLike; readonly axis: number; readonly dtype: DType | undefined }

const spaceArgs = (name: string, num: number | LinspaceOptions | undefined, options: LinspaceOptions | undefined): SpaceArgs => {
  const o = named<LogspaceOptions>(name, ['num'], [num, options], ['endpoint', 'retstep', 'axis', 'dtype', ...(name === 'logspace' ? (['base'] as const) : [])])
  const n = integer(name, 'num', o.num ?? 50, 0)
  return { num: n, endpoint: o.endpoint ?? true, retstep: o.retstep ?? false, base: o.base ?? 10, axis: integer(name, 'axis', o.axis ?? 0), dtype: dtypeFrom(name, o.dtype) }
}

/** The samples of a linspace with the new axis first, and the step. */
export function linear(start: TensorLike, stop: TensorLike, { num, endpoint }: SpaceArgs): [Tensor, Tensor] {
  const both = floatPair('linspace', start, stop)
  const shape = both.reduce<readonly number[]>((s, x) => (x.ndim > s.length ? x.shape : s), [])
  const [from, to] = both.map((x) => stretch('linspace', x, shape)) as [Tensor, Tensor]
  const step = ops.div(ops.sub(to, from), endpoint ? num - 1 : num)
  const rest = endpoint && num > 1 ? num - 1 : num
  const all = [rest, ...shape]
  const spread = (x: Tensor): Tensor => ops.broadcast(x, all, range(shape.length, 1))
  const steps = num < 2 ? uniform(shape, 0, step.dtype) : step
  const y = ops.add(ops.mul(counted(step, all, 0, step.dtype), spread(steps)), spread(from))
  return [rest < num ? ops.concatenate([y, ops.reshape(to, [1, ...shape])], 0) : y, step]
}

/** The sample axis put where it was asked for, and the dtype. */
export function placed(samples: Tensor, { axis, dtype }: SpaceArgs): Tensor {
  const at = axisIn('linspace', axis, samples)
  const perm = range(samples.ndim - 1, 1)
  perm.splice(at, 0, 0)
  const y = ops.transpose(samples, perm)
  return dtype === undefined ? y : ops.convert(y, dtype)
}

/**
 * `num` numbers from start to stop, evenly spaced; both ends are exact. start and stop may be arrays: the samples are a
 * new axis, at `axis`. With `retstep`, [samples, step].
 * @example np.linspace(0, 1, 5).toArray() // => [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: TensorLike, stop: TensorLike, num: number | LinspaceOptions | undefined, options: LinspaceOptions & { readonly retstep: true }): [Tensor, Tensor]
export function linspace(start: TensorLike, stop: TensorLike, options: LinspaceOptions & { readonly retstep: true }): [Tensor, Tensor]
export function linspace(start: TensorLike, stop: TensorLike, num?: number | LinspaceOptions, options?: LinspaceOptions): Tensor
export function linspace(start: TensorLike, stop: TensorLike, num?: number | LinspaceOptions, options?: LinspaceOptions): Tensor | [Tensor, Tensor] {
  const args = spaceArgs('linspace', num, options)
  const [samples, step] = linear(start, stop, args)
  // Whole numbers are rounded down, as in NumPy.
  const y = placed(args.dtype !== undefined && isInteger(args.dtype) ? apply(floor, [samples]) : samples, args)
  return args.retstep ? [y, step] : y
}

export interface LogspaceOptions extends LinspaceOptions {
  readonly base?: TensorLike
}
/** base (10) to the power of evenly spaced numbers. */
export function logspace(start: TensorLike, stop: TensorLike, num?: number | LogspaceOptions, options?: LogspaceOptions): Tensor {
  const args = spaceArgs('logspace', num, options)
  const [samples] = linear(start, stop, args)
  return placed(ops.pow(...floatPair('logspace', args.base, samples)), args)
}

/** Numbers from start to stop (of one sign) in geometric progression; both ends are exact. */
export function geomspace(start: number, stop: number, num?: number | LinspaceOptions, options?: LinspaceOptions): Tensor {
  const args = spaceArgs('geomspace', num, options)
  for (const v of [start, stop]) real('geomspace', 'an end', v)
  if (!(start * stop > 0)) raise(fault('shape', `geomspace: no geometric progression from ${start} to ${stop}`, 'Give two numbers of the same sign, neither of them 0.'))
  const sign = Math.sign(start)
  const log10 = onNumber(math.log10)
  const [a, b] = [log10(sign * start), log10(sign * stop)]
  const [logs] = linear(a, b, args)
  const out = ops.mul(ops.pow(constant(10, 'float64'), logs), sign).data()
  if (args.num > 0) out[0] = start
  if (args.num > 1 && args.endpoint) out[args.num - 1] = stop
  return placed(made(out, [args.num]), args)
}

/** n numbers by position. */
export function tabulated(n: number, f: (i: number) => number): Tensor {
  const out = allocate('float64', n)
  for (let i = 0; i < n; i++) out[i] = f(i)
  return made(out, [n])
}

/** The positions on and below (or above) diagonal k of an n by m matrix, row by row. */
function triangle(name: string, n: number, m: number, k: number, inside: (i: number, j: number) => boolean): [Tensor, Tensor] {
  shapeOf(name, [n, m])
  if (n * m > 2 ** 31) raise(fault('shape', `${name}: ${n} by ${m} elements`, 'Give smaller extents.'))
  integer(name, 'k', k)
  const rows: number[] = []
  const columns: number[] = []
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++)
      if (inside(i, j)) {
        rows.push(i)
        columns.push(j)
      }
  return [made(Int32Array.from(rows), [rows.length]), made(Int32Array.from(columns), [columns.length])]
}
/** Row and column numbers of the lower triangle of an n by m matrix. */
export const trilIndices = (n: number, k = 0, m: number = n): [Tensor, Tensor] => triangle('trilIndices', n, m, k, (i, j) => j - i <= k)
/** Row and column numbers of the upper triangle of an n by m matrix. */
export const triuIndices = (n: number, k = 0, m: number = n): [Tensor, Tensor] => triangle('triuIndices', n, m, k, (i, j) => j - i >= k)
/** The positions of the main diagonal of an array of extents n, one array for each axis. */
export function diagIndices(n: number, ndim = 2): Tensor[] {
  if (integer('diagIndices', 'ndim', ndim, 0) > 64) raise(fault('shape', `diagIndices: ndim is ${ndim}`, 'Give at most 64 axes.'))
  return range(ndim).map(() => arange(integer('diagIndices', 'n', n, 0), { dtype: 'int32' }))
}

