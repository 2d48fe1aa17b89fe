/**
 * Padding by NumPy's modes. All are linear in x: a constant by one primitive, the others by reading x again.
 *
 * Example: np.pad([1, 2, 3], 2, 'reflect').toArray() // => [3, 2, 1, 2, 3, 2, 1]
 */
import { fault, raise } from '../data/errors'
import { isFloat, isInteger, promote } from '../data/dtype'
import { range, showShape } from '../data/shape'
import { converted } from '../primitives/vocabulary/context'
import { coreContext as context, engine, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { cut, float, integer, made, moved, oneOf, tensor } from './arguments'
import { median } from './quantiles'
import { max, mean, min } from './reductions'
import { named } from '../primitives/vocabulary/vocabulary'
import * as words from '../primitives/tensor-words'

export type PadMode = 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap' | 'linear_ramp' | 'maximum' | 'minimum' | 'mean' | 'median' | 'empty'
const modes: readonly PadMode[] = ['constant', 'edge', 'reflect', 'symmetric', 'wrap', 'linear_ramp', 'maximum', 'minimum', 'mean', 'median', 'empty']
type Width = number | readonly (number | readonly number[])[]
type Values = TensorLike | readonly (TensorLike | readonly TensorLike[])[]

export interface PadOptions {
  readonly mode?: PadMode
  /** For 'constant': one value, [before, after], or such a pair for each axis. */
  readonly constantValues?: Values
  /** For 'linear_ramp', in the same forms. */
  readonly endValues?: Values
  /** For 'reflect' and 'symmetric': 'odd' also mirrors the values about the edge. */
  readonly reflectType?: 'even' | 'odd'
}

/** One pair for each axis, from one value, one pair, or a list of pairs. */
function pairs<T>(given: T | readonly (T | readonly T[])[], rank: number): (readonly [T, T])[] {
  if (!Array.isArray(given)) return range(rank).map(() => [given as T, given as T])
  const list = given as readonly (T | readonly T[])[]
  const long = [list.some((g) => Array.isArray(g)) ? [] : list, ...list].find((g) => Array.isArray(g) && g.length > 2)
  if (long) raise(fault('shape', `pad: ${(long as T[]).length} numbers where a pair belongs`, 'Give [before, after] for all axes, or a list of such pairs, one for each axis.'))
  if (list.length === 0 || list.some((g) => Array.isArray(g) && g.length === 0)) raise(fault('shape', 'pad: an empty list of pairs', 'Give [before, after] for each axis.'))
  if (!list.some((g) => Array.isArray(g))) return range(rank).map(() => [list[0], list[list.length - 1]] as [T, T])
  const each = list.map((g) => (Array.isArray(g) ? [g[0], g[g.length - 1]] : [g, g]) as [T, T])
  if (each.length !== 1 && each.length !== rank) raise(fault('shape', `pad: ${each.length} pairs for ${rank} axes`, 'Give [before, after] for each axis.'))
  return range(rank).map((i) => each[each.length === 1 ? 0 : i]!)
}

/** Which element the padded position p stands for, and how many times the edges' doubled values are added (odd reflections). */
interface Source {
  readonly index: number
  readonly sign: number
  readonly first: number
  readonly last: number
}

function mirrored(p: number, n: number, shared: boolean, odd: boolean): Source {
  let [index, sign, first, last] = [p, 1, 0, 0]
  const beyond = shared ? 0 : 1 // 'symmetric' repeats the edge, 'reflect' does not
  while (index < 0 || index >= n) {
    if (n === 1 && !beyond) return { index: 0, sign: 1, first: 0, last: 0 }
    if (index < 0) {
      index = -index - beyond
      if (odd) [first, sign] = [first + 2 * sign, -sign]
    } else {
      index = 2 * (n - 1) - index + beyond
      if (odd) [last, sign] = [last + 2 * sign, -sign]
    }
  }
  return { index, sign, first, last }
}

const sources: { readonly [K in PadMode]?: (p: number, n: number, odd: boolean) => Source } = {
  edge: (p, n) => ({ index: Math.min(n - 1, Math.max(0, p)), sign: 1, first: 0, last: 0 }),
  wrap: (p, n) => ({ index: ((p % n) + n) % n, sign: 1, first: 0, last: 0 }),
  reflect: (p, n, odd) => mirrored(p, n, true, odd),
  symmetric: (p, n, odd) => mirrored(p, n, false, odd),
}

/** One axis padded by elements of x itself. */
function reread(x: Tensor, axis: number, [low, high]: readonly [number, number], source: (p: number, n: number, odd: boolean) => Source, odd: boolean): Tensor {
  const n = x.shape[axis]!
  if (n === 0) raise(fault('shape', `pad: axis ${axis} of ${showShape(x.shape)} has no elements to repeat`, "Use mode 'constant'."))
  const from = range(low + n + high, -low).map((p) => source(p, n, odd))
  const front = moved(x, axis, 0)
  const read = engine.vocabulary.at(front, [Int32Array.from(from.map((s) => s.index))])
  if (!from.some((s) => s.sign !== 1 || s.first !== 0 || s.last !== 0)) return moved(read, 0, axis)
  const column = (f: (s: Source) => number): Tensor => {
    const v = made(Float64Array.from(from.map(f)), [from.length])
    return ops.broadcast(v.dtype === x.dtype ? v : ops.convert(v, x.dtype), read.shape, [0])
  }
  const edge = (i: number): Tensor => ops.broadcast(cut(front, 0, i, i + 1), read.shape, range(read.ndim))
  const mirror = ops.mul(read, column((s) => s.sign))
  return moved(ops.add(ops.add(mirror, ops.mul(edge(0), column((s) => s.first))), ops.mul(edge(n - 1), column((s) => s.last))), 0, axis)
}

/** A value in x's dtype, or a `DTypeError` where it would be narrowed. */
function fitted(x: Tensor, value: TensorLike): Tensor {
  const v = tensor(value)
  if (!v.aval.weak && promote(v.dtype, x.dtype) !== x.dtype) raise(fault('dtype', `pad: a ${v.dtype} value does not fit into an array of ${x.dtype}`, 'Convert one of them with np.astype.'))
  return converted(context, v, x.dtype)
}

const along = (x: Tensor, axis: number, pad: readonly [number, number]): readonly (readonly [number, number, number])[] =>
  x.shape.map((_, i) => (i === axis ? [pad[0], pad[1], 0] : [0, 0, 0]))

const statistics: { readonly [K in PadMode]?: (x: Tensor, axis: number, options: { keepdims: true }) => Tensor } = {
  maximum: max, minimum: min, mean, median,
}

/** `width` elements going from the edge's value (excluded) to `end`. */
function ramp(edge: Tensor, end: Tensor, width: number, axis: number, rising: boolean): Tensor {
  const shape = edge.shape.map((e, i) => (i === axis ? width : e))
  const weights = made(Float64Array.from(range(width).map((i) => (rising ? i : width - i) / width + (rising ? 1 / width : 0))), [width])
  const w = ops.broadcast(weights.dtype === edge.dtype ? weights : ops.convert(weights, edge.dtype), shape, [axis])
  const e = ops.broadcast(edge, shape, range(edge.ndim))
  return ops.add(e, ops.mul(ops.sub(end, e), w))
}

/**
 * x with elements added before and after along each axis. `padWidth`: one number, [before, after], or such a pair for
 * each axis. Of whole numbers means and medians are rounded, and ramps rounded down, as in NumPy. Raises `ShapeError` for negative widths and for modes that need elements where there are none.
 */
export function pad(x: TensorLike, padWidth: Width, mode?: PadMode | PadOptions, options?: PadOptions): Tensor {
  const o = named<PadOptions>('pad', ['mode'], [mode, options], ['constantValues', 'endValues', 'reflectType'])
  const a = tensor(x)
  const kind = o.mode ?? 'constant'
  const widths = pairs<number>(padWidth as number, a.ndim)
  for (const width of widths.flat()) integer('pad', 'a width', width, 0)
  oneOf('pad', 'mode', kind, modes)
  oneOf('pad', 'reflectType', o.reflectType ?? 'even', ['even', 'odd'])
  const source = sources[kind]
  const statistic = statistics[kind]
  if (source) return widths.reduce((y, w, i) => (w[0] + w[1] === 0 ? y : reread(y, i, w, source, o.reflectType === 'odd')), a)
  if (statistic)
    return widths.reduce((y, [low, high], i) => {
      if (low + high === 0) return y
      const found = statistic(y, i, { keepdims: true })
      const s = ops.convert(isInteger(y.dtype) && isFloat(found.dtype) ? words.round(found) : found, y.dtype)
      const side = (n: number): Tensor => ops.broadcast(s, y.shape.map((e, k) => (k === i ? n : e)), range(y.ndim))
      return ops.concatenate([side(low), y, side(high)], i)
    }, a)
  if (kind === 'linear_ramp') {
    const ends = pairs<TensorLike>((o.endValues ?? 0) as TensorLike, a.ndim)
    return widths.reduce((y, [low, high], i) => {
      const f = float(y)
      const before = ramp(cut(f, i, 0, 1), fitted(f, ends[i]![0]), low, i, false)
      const after = ramp(cut(f, i, f.shape[i]! - 1, f.shape[i]!), fitted(f, ends[i]![1]), high, i, true)
      return ops.concatenate([before, f, after].map((p) => ops.convert(isInteger(y.dtype) ? words.floor(p) : p, y.dtype)), i)
    }, a)
  }
  const values = o.constantValues ?? 0
  if (!Array.isArray(values)) return words.pad(a, fitted(a, values as TensorLike), widths.map(([low, high]) => [low, high, 0]))
  const each = pairs<TensorLike>(values as unknown as TensorLike, a.ndim)
  return widths.reduce((y, [low, high], i) => {
    const before = words.pad(y, fitted(y, each[i]![0]), along(y, i, [low, 0]))
    return words.pad(before, fitted(y, each[i]![1]), along(y, i, [0, high]))
  }, a)
}
