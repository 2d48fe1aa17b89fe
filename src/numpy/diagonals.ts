/**
 * Diagonals and triangles. All are linear: a diagonal is a strided view, a diagonal matrix a padded vector.
 */
import { fault, raise } from '../data/errors'
import { range, showShape } from '../data/shape'
import { coreContext as context, ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { converted } from '../primitives/vocabulary/context'
import { axisIn, constant, cut, integer, number, partCount, tensor } from './arguments'
import { tri } from './creation'
import { named } from '../primitives/vocabulary/vocabulary'

export interface DiagonalOptions {
  readonly offset?: number
  readonly axis1?: number
  readonly axis2?: number
}
/** The diagonal of two axes (0 and 1), as the last axis of the result; `offset` counts to the right. */
export const diagonal = (x: TensorLike, offset?: number | DiagonalOptions, axis1?: number | DiagonalOptions, axis2?: number, options?: DiagonalOptions): Tensor =>
  diagonalOf('diagonal', x, offset, axis1, axis2, options)

function diagonalOf(name: string, x: TensorLike, offset?: number | DiagonalOptions, axis1?: number | DiagonalOptions, axis2?: number, options?: DiagonalOptions): Tensor {
  const o = named<DiagonalOptions>(name, ['offset', 'axis1', 'axis2'], [offset, axis1, axis2, options])
  const a = tensor(x)
  if (a.ndim < 2) raise(fault('shape', `${name}: an array of shape ${showShape(a.shape)}`, 'Give an array of rank 2 or more.'))
  const [i, j] = [axisIn(name, o.axis1 ?? 0, a), axisIn(name, o.axis2 ?? 1, a)]
  if (i === j) raise(fault('axis', `${name}: axes ${i} and ${j} are the same`, 'Give two different axes.'))
  const k = integer(name, 'offset', o.offset ?? 0)
  const rest = range(a.ndim).filter((e) => e !== i && e !== j)
  const front = rest.map((e) => a.shape[e]!)
  const [m, n] = [a.shape[i]!, a.shape[j]!]
  const length = Math.max(0, Math.min(m + Math.min(k, 0), n - Math.max(k, 0)))
  const flat = ops.reshape(ops.transpose(a, [...rest, i, j]), [...front, m * n])
  if (length === 0) return cut(flat, rest.length, 0, 0)
  const start = k >= 0 ? k : -k * n
  return cut(flat, rest.length, start, start + (length - 1) * (n + 1) + 1, n + 1)
}
/** Which diagonal is meant: 0 is the main one, positive ones lie to its right. */
const diagonalNumber = (name: string, k: number | { readonly k?: number }): number => integer(name, 'k', named<{ k: number }>(name, ['k'], [k]).k ?? 0)

/** The sum of a diagonal. */
export function trace(x: TensorLike, offset?: number | DiagonalOptions, axis1?: number | DiagonalOptions, axis2?: number, options?: DiagonalOptions): Tensor {
  const d = number(diagonalOf('trace', x, offset, axis1, axis2, options))
  return ops.sum(d, [d.ndim - 1])
}
/** The matrix with a vector on diagonal k, or the diagonal k of a matrix. */
export function diag(x: TensorLike, k: number | { readonly k?: number } = 0): Tensor {
  const a = tensor(x)
  const shift = diagonalNumber('diag', k)
  if (a.ndim === 2) return diagonal(a, shift)
  if (a.ndim !== 1) raise(fault('shape', `diag: an array of shape ${showShape(a.shape)}`, 'Give a vector or a matrix; np.diagflat takes any shape.'))
  const [count, n] = [a.size, a.size + Math.abs(shift)]
  const start = shift >= 0 ? shift : -shift * n
  const end = n * n - start - Math.max(0, (count - 1) * (n + 1) + 1)
  const line = count === 0 ? words.pad(a, constant(0, a.dtype), [[n * n, 0, 0]]) : words.pad(a, constant(0, a.dtype), [[start, end, n]])
  return ops.reshape(line, [n, n])
}
/** The matrix with the raveled elements on diagonal k. */
export const diagflat = (x: TensorLike, k: number | { readonly k?: number } = 0): Tensor => {
  const a = tensor(x)
  return diag(ops.reshape(a, [a.size]), k)
}
/** x with `value` on its main diagonal. */
export function fillDiagonal(x: TensorLike, value: TensorLike): Tensor {
  const a = tensor(x)
  if (a.ndim !== 2) raise(fault('shape', `fillDiagonal: an array of shape ${showShape(a.shape)}`, 'Give a matrix.'))
  const [m, n] = a.shape as [number, number]
  const below = tri(m, n, 0, { dtype: 'bool' })
  const on = ops.and(below, ops.not(tri(m, n, -1, { dtype: 'bool' })))
  const v = converted(context, tensor(value), a.dtype)
  const k = Math.min(m, n)
  const spread = v.ndim === 0 ? v : words.pad(diag(ops.broadcast(v, [k], [0])), constant(0, a.dtype), [[0, m - k, 0], [0, n - k, 0]])
  return ops.select(on, spread, a)
}

/** x with what is not on the wanted side of diagonal k as 0. */
function triangle(name: string, x: TensorLike, k: number, lower: boolean): Tensor {
  const a = tensor(x)
  if (a.ndim === 0) raise(fault('shape', `${name}: a rank-0 array`, 'Give an array of rank 1 or more.'))
  // A vector is repeated as the rows of a square matrix.
  const m = a.ndim === 1 ? ops.broadcast(a, [a.size, a.size], [1]) : a
  const [r, c] = m.shape.slice(-2) as [number, number]
  const mask = ops.broadcast(tri(r, c, lower ? k : k - 1, { dtype: 'bool' }), m.shape, [m.ndim - 2, m.ndim - 1])
  return lower ? ops.select(mask, m, 0) : ops.select(mask, 0, m)
}
/** The lower triangle of the last two axes: 0 above diagonal k. */
export const tril = (x: TensorLike, k: number | { readonly k?: number } = 0): Tensor => triangle('tril', x, diagonalNumber('tril', k), true)
/** The upper triangle of the last two axes: 0 below diagonal k. */
export const triu = (x: TensorLike, k: number | { readonly k?: number } = 0): Tensor => triangle('triu', x, diagonalNumber('triu', k), false)

/** The powers of a vector as columns: x^(n−1), …, x, 1; rising when `increasing`. */
export function vander(x: TensorLike, n?: number | null | { readonly n?: number; readonly increasing?: boolean }, options?: { readonly increasing?: boolean }): Tensor {
  const o = named<{ n: number; increasing: boolean }>('vander', ['n'], [n ?? undefined, options], ['increasing'])
  const a = number(x)
  if (a.ndim !== 1) raise(fault('shape', `vander: an array of shape ${showShape(a.shape)}`, 'Give a vector.'))
  const count = partCount('vander', 'n', o.n ?? a.size, 0)
  if (a.size * count > 2 ** 31) raise(fault('shape', `vander: ${a.size} by ${count} elements`, 'Give smaller extents.'))
  const columns = range(count).map((i) => ops.reshape(ops.integerPow(a, o.increasing ? i : count - 1 - i), [a.size, 1]))
  return count === 0 ? ops.reshape(cut(a, 0, 0, 0), [a.size, 0]) : ops.concatenate(columns, 1)
}
