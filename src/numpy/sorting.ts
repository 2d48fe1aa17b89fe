/**
 * Sorting. All sorts are stable; NaN stands last, −0 and 0 are equal. Derivatives follow the permutation.
 *
 * Example: np.argsort([3, 1, 2]).toArray() // => [1, 2, 0]
 */
import { fault, raise } from '../data/errors'
import { sameShape, showShape } from '../data/shape'
import { topK } from '../primitives/sort'
import { outOfBounds } from '../primitives/vocabulary/selection'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { axisArg, axisIn, counted, integer, listed, moved, tensor, type TensorList } from './arguments'
import { named, numbersOf } from '../primitives/vocabulary/vocabulary'
import * as words from '../primitives/tensor-words'

export interface SortOptions {
  readonly axis?: number | null
  readonly descending?: boolean
  /** All sorts here are stable, whatever is asked for. */
  readonly stable?: boolean
  readonly kind?: string
}
type Arg = number | null | SortOptions

/** The array to sort and the axis; raveled where the axis is null. */
function sortable(name: string, x: TensorLike, axis: Arg | undefined, options: SortOptions | undefined): { a: Tensor; at: number; descending: boolean } {
  const o = named<SortOptions>(name, ['axis'], [axis, options], ['descending', 'stable', 'kind'])
  const a = tensor(x)
  const flat = o.axis === null
  const line = flat ? ops.reshape(a, [a.size]) : a
  return { a: line, at: flat ? 0 : axisIn(name, o.axis ?? -1, line), descending: o.descending ?? false }
}

/** The elements in rising order along an axis (the last); of the raveled array when it is null. */
export function sort(x: TensorLike, axis?: Arg, options?: SortOptions): Tensor {
  const { a, at, descending } = sortable('sort', x, axis, options)
  const sorted = words.sort([a], at, 1)[0]!
  return descending ? ops.reverse(sorted, [at]) : sorted
}
/** The positions of the elements in rising order along an axis (the last), as int32. */
export function argsort(x: TensorLike, axis?: Arg, options?: SortOptions): Tensor {
  const { a, at, descending } = sortable('argsort', x, axis, options)
  const places = counted(a, a.shape, at)
  if (!descending) return words.sort([a, places], at, 1)[1]!
  const order = words.sort([ops.reverse(a, [at]), ops.reverse(places, [at])], at, 1)[1]!
  return ops.reverse(order, [at])
}
/** The positions in the order of several keys; the last key is the first one compared. */
export function lexsort(keys: TensorList, axis: number | { readonly axis?: number } = -1): Tensor {
  const all = listed('lexsort', keys).map(tensor)
  const first = all[0] ?? raise(fault('shape', 'lexsort: no keys', 'Give at least one key.'))
  if (all.some((k) => !sameShape(k.shape, first.shape))) raise(fault('shape', `lexsort: keys of shapes ${all.map((k) => showShape(k.shape)).join(', ')}`, 'Keys have one shape.'))
  const at = axisIn('lexsort', axisArg<number>('lexsort', axis) ?? -1, first)
  return words.sort([...all.reverse(), counted(first, first.shape, at)], at, all.length)[all.length]!
}
/** An array whose element k is the one that sorting puts there, smaller ones before it: here, the sorted array. */
export const partition = (x: TensorLike, k: number | readonly number[], axis?: Arg): Tensor => sort(...parted('partition', x, k, axis))
/** The positions that partition takes its elements from. */
export const argpartition = (x: TensorLike, k: number | readonly number[], axis?: Arg): Tensor => argsort(...parted('argpartition', x, k, axis))

/** The arguments of a sort that puts element k in its place; k must be a position along the axis. */
function parted(name: string, x: TensorLike, k: number | readonly number[], axis: Arg | undefined): [Tensor, SortOptions] {
  const o = named<SortOptions>(name, ['axis'], [axis], ['kind'])
  const a = tensor(x)
  const n = o.axis === null ? a.size : a.shape[axisIn(name, o.axis ?? -1, a)]!
  for (const i of numbersOf(name, k)) if (integer(name, 'k', i) < -n || i >= n) outOfBounds(i, axisIn(name, o.axis ?? -1, { ndim: o.axis === null ? 1 : a.ndim }), n)
  return [a, o]
}

/** [the k largest along an axis (the last), largest first, where they stand]; of equal ones the first. NaN is largest. */
export function topk(x: TensorLike, k: number, axis: number | { readonly axis?: number } = -1): [Tensor, Tensor] {
  const a = tensor(x)
  integer('topk', 'k', k, 0)
  const at = axisIn('topk', axisArg<number>('topk', axis) ?? -1, a)
  const last = a.ndim - 1
  const [values, places] = ops.bind(topK, [moved(a, at, last)], { k }) as [Tensor, Tensor]
  return [moved(values, last, at), moved(places, last, at)]
}
