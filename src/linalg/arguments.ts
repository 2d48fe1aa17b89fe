/**
 * From what users write to matrices: floating arrays whose last two axes are rows and columns, the others a batch.
 *
 * Law: a function of a batch of matrices is the stack of its values; batches of several arguments broadcast.
 */
import { demand } from '../data/errors'
import { broadcastShapes, showShape } from '../data/shape'
import type { Params, Primitive } from '../ir/types'
import type { Value } from '../ir/value'
import { alike, float } from '../numpy/arguments'
import { broadcastTo, floating } from '../primitives/vocabulary/context'
import { coreContext as context, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'

/** A matrix or a batch of them, in a floating dtype. */
export function matrix(name: string, x: TensorLike): Tensor {
  const a = float(x)
  demand(a.ndim >= 2, 'shape', () => `${name}: an array of shape ${showShape(a.shape)}`, 'Give a matrix, or a batch of them: rows and columns are the last two axes.')
  return a
}

/** The same, square. */
export function square(name: string, x: TensorLike): Tensor {
  const a = matrix(name, x)
  demand(a.shape[a.ndim - 1] === a.shape[a.ndim - 2], 'shape', () => `${name}: matrices of shape ${showShape(a.shape)}`, 'The last two axes must be equal: give square matrices.')
  return a
}

export const rowCount = (a: Tensor): number => a.shape[a.ndim - 2]
export const columnCount = (a: Tensor): number => a.shape[a.ndim - 1]
export const batchOf = (a: Tensor): readonly number[] => a.shape.slice(0, -2)

/** Matrices and right-hand sides of one dtype; a single vector becomes a column. */
export function withSides(name: string, a: TensorLike, b: TensorLike): { a: Tensor; b: Tensor; done: (x: Tensor) => Tensor } {
  const [p, q] = alike([a, b]).map((t) => floating(context, t)) as [Tensor, Tensor]
  matrix(name, p)
  demand(q.ndim >= 1, 'shape', () => `${name}: the right-hand side is a scalar`, 'Give a vector or a matrix of columns.')
  const single = q.ndim === 1
  const sides = single ? ops.reshape(q, [q.size, 1]) : q
  demand(rowCount(sides) === rowCount(p), 'shape', () => `${name}: matrices of shape ${showShape(p.shape)} and right-hand sides of shape ${showShape(q.shape)}`, `Right-hand sides must have ${rowCount(p)} rows.`)
  const batch = broadcastShapes(batchOf(p), batchOf(sides))
  demand(batch !== undefined, 'shape', () => `${name}: shapes ${showShape(p.shape)} and ${showShape(q.shape)} do not broadcast`, 'Axes before the last two must be equal or 1.')
  return { a: p, b: widened(sides, batch!), done: (x) => (single ? ops.reshape(x, x.shape.slice(0, -1)) : x) }
}

/** Repeated over a batch; `own` axes at the end are kept. */
export const widened = (x: Tensor, batch: readonly number[], own = 2): Tensor => broadcastTo(context, x, [...batch, ...x.shape.slice(x.ndim - own)])

/** The results of a primitive. */
export const results = (prim: Primitive, xs: readonly Tensor[], params: Params = {}): readonly Tensor[] => ops.bind(prim, xs, params)
/** The first of them. */
export const result = (prim: Primitive, xs: readonly Tensor[], params: Params = {}): Tensor => results(prim, xs, params)[0]
/** What rules compute with is, here, a tensor. */
export const tensorOf = (v: Value): Tensor => v as Tensor

