/**
 * ravelTree: a tree of arrays as one vector, and the way back.
 *
 * Law: unravel(ravelTree(tree)[0]) = tree, leaf by leaf, shapes and dtypes included; both ways are linear and differentiable.
 * Example: ravelTree({ a: 1, b: [2, 3] })[0].toArray() // => [1, 2, 3]
 * Source: `jax.flatten_util.ravel_pytree`.
 */
import { integer, real } from '../numpy/arguments'
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { size } from '../data/shape'
import { concatenate, zeros } from '../numpy/index'
import { asTensor } from '../primitives/vocabulary/context'
import { coreContext as context, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { leavesOf, unflatten } from '../transforms/arguments'
import type { Tensors } from '../transforms/types'

/** Back from a vector to the tree that it was made of; from a vector of tangents to a tree of tangents. */
export type Unravel<T> = (vector: TensorLike) => Tensors<T>

/**
 * [vector, unravel]: the leaves one after another, in the dtype that holds them all. Throws `ShapeError` where `unravel` is
 * given a vector of another length.
 */
export function ravelTree<T>(tree: T): [vector: Tensor, unravel: Unravel<T>] {
  const { tensors, def } = leavesOf(tree, 'tree')
  const vector = tensors.length === 0 ? zeros([0]) : concatenate(tensors.map((t) => ops.reshape(t, [t.size])))
  const leaves = tensors.map((t) => ({ shape: t.shape, dtype: t.dtype }))
  const unravel = (given: TensorLike): Tensors<T> => {
    const v = asTensor(context, given)
    if (v.ndim !== 1 || v.size !== vector.size)
      raise(fault('shape', `unravel: expected shape [${vector.size}], got [${v.shape.join(',')}]`, 'Give a vector of the length that ravelTree gave.'))
    let at = 0
    return unflatten(def, leaves.map(({ shape, dtype }) => ops.convert(ops.reshape(ops.slice(v, [at], [(at += size(shape))]), shape), dtype))) as Tensors<T>
  }
  return [vector, unravel]
}

/** The same of an unknown, a state or a right-hand side: integers and JS numbers become floats. */
export function ravelFloats<T>(tree: T): [vector: Tensor, unravel: Unravel<T>] {
  const { tensors, def } = leavesOf(tree, 'tree')
  return ravelTree(unflatten(def, tensors.map((t) => ops.convert(t, isFloat(t.dtype) ? t.dtype : 'float64')))) as [Tensor, Unravel<T>]
}

/** The vector of a tree in the dtype of another vector; the tree must have as many elements. */
export function vectorLike(name: string, tree: unknown, like: Tensor): Tensor {
  const [v] = ravelTree(tree)
  if (v.size !== like.size) raise(fault('shape', `${name}: expected ${like.size} elements, got ${v.size}`, 'Return a tree of the structure and shapes of the argument.'))
  return ops.convert(v, like.dtype)
}

/** Raises where a tolerance is negative or no finite number, or a count no integer of at least 0. */
export function demandLimits(name: string, tolerances: { readonly [option: string]: number }, counts: { readonly [option: string]: number }): void {
  for (const [option, x] of Object.entries(tolerances))
    if (real(name, option, x) < 0 || x === Infinity) raise(fault('shape', `${name}: ${option} is ${x}`, 'Give a finite number of at least 0.'))
  for (const [option, n] of Object.entries(counts)) integer(name, option, n, 0)
}
