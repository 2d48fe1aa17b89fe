/**
 * Arrays put together and taken apart. Lists are JS arrays of arrays, or a tensor, taken along its first axis.
 *
 * Law: concatenate(split(x, n, axis), axis) = x. Parts of different dtypes are promoted.
 */
import { fault, raise } from '../data/errors'
import { range, sameShape, showShape } from '../data/shape'
import { ops } from '../primitives/core'
import { Tensor, type TensorLike } from '../trace/tensor'
import { alike, axisArg, axisIn, cut, integer, listed, partCount, stretch, tensor, type OneAxis, type TensorList } from './arguments'
import { atleast1d, atleast2d, atleast3d } from './shaping'
import { numbersOf } from '../primitives/vocabulary/vocabulary'

export interface JoinOptions {
  readonly axis?: number | null
}
type JoinAxis = OneAxis<JoinOptions> | null

/** The arrays of a list; an array after the list says that the list was forgotten. */
const parts = (name: string, xs: TensorList, second?: unknown): Tensor[] => {
  if (second instanceof Tensor || ArrayBuffer.isView(second) || Array.isArray(second))
    raise(fault('tree', `${name}: an array stands after the first argument`, `Give a list: np.${name}([a, b]).`))
  const all = alike(listed(name, xs))
  if (all.length === 0) raise(fault('shape', `${name}: no arrays`, 'Give at least one array.'))
  return all
}

/** Arrays one after another along an axis (0); raveled first when the axis is null. */
export function concatenate(xs: TensorList, axis: JoinAxis = 0): Tensor {
  const all = parts('concatenate', xs, axis)
  const at = axisArg<number | null>('concatenate', axis)
  if (at === null) return ops.concatenate(all.map((a) => ops.reshape(a, [a.size])), 0)
  if (all.some((a) => a.ndim === 0)) raise(fault('shape', 'concatenate: rank-0 arrays cannot be concatenated', 'Use np.stack or np.hstack.'))
  return ops.concatenate(all, axisIn('concatenate', at ?? 0, all[0]!))
}
/**
 * Arrays of one shape side by side along a new axis (0).
 * @example np.stack([[1, 2], [3, 4]], 1).toArray() // => [[1, 3], [2, 4]]
 */
export function stack(xs: TensorList, axis: OneAxis<{ readonly axis?: number }> = 0): Tensor {
  const all = parts('stack', xs, axis)
  const first = all[0]!.shape
  if (all.some((a) => !sameShape(a.shape, first)))
    raise(fault('shape', `stack: shapes ${all.map((a) => showShape(a.shape)).join(', ')}`, 'All arrays must have the same shape.'))
  const at = axisIn('stack', axisArg<number>('stack', axis) ?? 0, { ndim: first.length + 1 })
  const thick = [...first.slice(0, at), 1, ...first.slice(at)]
  return ops.concatenate(all.map((a) => ops.reshape(a, thick)), at)
}
const joined = (name: string, prepare: (x: Tensor) => Tensor, axis: (first: Tensor) => number) => (xs: TensorList, second?: unknown): Tensor => {
  const all = parts(name, xs, second).map(prepare)
  return ops.concatenate(all, axis(all[0]!))
}
/** Rows one below another; vectors are rows. */
export const vstack: (xs: TensorList) => Tensor = /* @__PURE__ */ joined('vstack', (a) => atleast2d(a), () => 0)
/** Along the second axis; vectors along their only one. */
export const hstack: (xs: TensorList) => Tensor = /* @__PURE__ */ joined('hstack', (a) => atleast1d(a), (a) => (a.ndim === 1 ? 0 : 1))
/** Along the third axis. */
export const dstack: (xs: TensorList) => Tensor = /* @__PURE__ */ joined('dstack', (a) => atleast3d(a), () => 2)
/** Vectors as the columns of a matrix. */
export const columnStack: (xs: TensorList) => Tensor = /* @__PURE__ */ joined('columnStack', (a) => (a.ndim < 2 ? ops.reshape(a, [a.size, 1]) : a), () => 1)
/** `values` after x along an axis; both raveled when none is given. */
export const append = (x: TensorLike, values: TensorLike, axis?: JoinAxis): Tensor => concatenate([x, values].map((v) => atleast1d(v)), axis ?? null)

type Blocks = TensorLike | readonly Blocks[]
/** An array of nested lists of blocks: the innermost lists are joined along the last axis. A list is never one block. */
export function block(blocks: Blocks): Tensor {
  const depth = (b: Blocks): number => {
    if (!Array.isArray(b)) return 0
    const depths = (b as Blocks[]).map(depth)
    if (depths.length === 0 || depths.some((d) => d !== depths[0]))
      raise(fault('shape', `block: lists of depths ${depths.join(', ')} beside one another`, 'Nest all lists to one depth; give arrays as tensors.'))
    return 1 + depths[0]!
  }
  const levels = depth(blocks)
  const rankOf = (b: Blocks): number => (Array.isArray(b) ? Math.max(...(b as Blocks[]).map(rankOf)) : tensor(b as TensorLike).ndim)
  const rank = Math.max(levels, rankOf(blocks))
  const build = (b: Blocks, level: number): Tensor => {
    if (Array.isArray(b)) return concatenate((b as Blocks[]).map((c) => build(c, level + 1)), rank - levels + level)
    const a = tensor(b as TensorLike)
    return ops.reshape(a, [...new Array<number>(rank - a.ndim).fill(1), ...a.shape])
  }
  return build(blocks, 0)
}

/** How an axis is split: into so many parts, or before the given positions. */
type Sections = number | readonly number[]

function pieces(name: string, x: TensorLike, sections: Sections, axis: number, even: boolean): Tensor[] {
  const a = tensor(x)
  const at = axisIn(name, axis, a)
  const n = a.shape[at]!
  let bounds: number[]
  if (typeof sections === 'number') {
    partCount(name, 'the number of parts', sections, 1)
    if (even && n % sections !== 0)
      raise(fault('shape', `${name}: extent ${n} cannot be split into ${sections} equal parts`, 'Give a divisor of the extent, a list of positions, or use np.arraySplit.'))
    const [size, extra] = [Math.floor(n / sections), n % sections]
    bounds = range(sections + 1).map((i) => i * size + Math.min(i, extra))
  } else {
    const inside = numbersOf(name, sections).map((s) => Math.min(n, integer(name, 'a position', s) < 0 ? Math.max(0, s + n) : s))
    bounds = [0, ...inside, n]
  }
  return range(bounds.length - 1).map((i) => cut(a, at, bounds[i]!, Math.max(bounds[i]!, bounds[i + 1]!)))
}

/** x in equal parts along an axis, or split before the given positions. */
export const split = (x: TensorLike, sections: Sections, axis: OneAxis<{ readonly axis?: number }> = 0): Tensor[] =>
  pieces('split', x, sections, axisArg<number>('split', axis) ?? 0, true)
/** The same, but the parts may differ by one. */
export const arraySplit = (x: TensorLike, sections: Sections, axis: OneAxis<{ readonly axis?: number }> = 0): Tensor[] =>
  pieces('arraySplit', x, sections, axisArg<number>('arraySplit', axis) ?? 0, false)
/** split along the second axis; of a vector along its only one. */
export const hsplit = (x: TensorLike, sections: Sections): Tensor[] => split(x, sections, tensor(x).ndim > 1 ? 1 : 0)
/** split along the first axis. */
export const vsplit = (x: TensorLike, sections: Sections): Tensor[] => split(x, sections, 0)
/** split along the third axis. */
export const dsplit = (x: TensorLike, sections: Sections): Tensor[] => split(x, sections, 2)
/** The arrays along an axis, without it. */
export function unstack(x: TensorLike, axis: OneAxis<{ readonly axis?: number }> = 0): Tensor[] {
  const a = tensor(x)
  const at = axisIn('unstack', axisArg<number>('unstack', axis) ?? 0, a)
  const shape = a.shape.filter((_, i) => i !== at)
  return range(a.shape[at]!).map((i) => ops.reshape(cut(a, at, i, i + 1), shape))
}

/** Positions along an axis as integers inside it; `end` also allows the place after the last. */
function places(name: string, index: number | readonly number[], n: number, end: boolean): number[] {
  return numbersOf(name, index).map((i) => {
    if (!Number.isInteger(i) || i < -n || i >= n + (end ? 1 : 0))
      raise(fault('index', `${name}: index ${i} is out of bounds for an axis with size ${n}`, `Give an integer from ${-n} to ${end ? n : n - 1}.`))
    return i < 0 ? i + n : i
  })
}

/** x with `values` put in before a position along an axis (of the raveled array when none is given). */
export function insert(x: TensorLike, index: number | readonly number[], values: TensorLike, where?: JoinAxis): Tensor {
  const axis = axisArg<number | null>('insert', where)
  const [input, v] = alike([x, values]) as [Tensor, Tensor]
  const flat = axis === undefined || axis === null
  const a = flat ? ops.reshape(input, [input.size]) : input
  const at = flat ? 0 : axisIn('insert', axis, a)
  const n = a.shape[at]!
  const given = places('insert', index, n, true)
  // A lone position may take several rows; a list takes one before each of its positions.
  const thick = v.ndim === a.ndim ? v.shape[at]! : v.ndim === 0 || a.ndim > 1 ? 1 : v.size
  const count = typeof index === 'number' ? thick : given.length
  const extents = a.shape.map((e, i) => (i === at ? count : e))
  const all = stretch('insert', typeof index === 'number' && a.ndim > 1 && v.ndim === a.ndim - 1 ? ops.reshape(v, a.shape.map((e, i) => (i === at ? 1 : e))) : v, extents)
  const order = given.map((p, i) => [p, i] as const).sort((p, q) => p[0] - q[0])
  const out: Tensor[] = []
  let done = 0
  for (const [p, i] of order) {
    out.push(cut(a, at, done, p), typeof index === 'number' ? all : cut(all, at, i, i + 1))
    done = p
  }
  return ops.concatenate([...out, cut(a, at, done, n)], at)
}

/** x without the given positions along an axis (of the raveled array when none is given). */
export function remove(x: TensorLike, index: number | readonly number[], where?: JoinAxis): Tensor {
  const axis = axisArg<number | null>('delete', where)
  const input = tensor(x)
  const flat = axis === undefined || axis === null
  const a = flat ? ops.reshape(input, [input.size]) : input
  const at = flat ? 0 : axisIn('delete', axis, a)
  const n = a.shape[at]!
  const gone = [...new Set(places('delete', index, n, false))].sort((p, q) => p - q)
  const bounds = [-1, ...gone, n]
  return ops.concatenate(range(bounds.length - 1).map((i) => cut(a, at, bounds[i]! + 1, bounds[i + 1]!)), at)
}
