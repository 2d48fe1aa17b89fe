/**
 * Between users' trees and the flat lists of tensors that programs work on.
 *
 * Faults name the leaf by its path: `args[0].layers[2].w`.
 */
import { isFloat } from '../data/dtype'
import { AdjointError, fault, raise, toError } from '../data/errors'
import { sameShape } from '../data/shape'
import type { Aval } from '../ir/types'
import { coreContext } from '../primitives/core'
import { asTensor } from '../primitives/vocabulary/context'
import { difference, flatten, paths, sameDef, unflatten, type Flat, type TreeDef } from '../tree/tree'
import { Tensor, type TensorLike } from '../trace/tensor'
import { showAval } from '../trace/trace'

/** The leaves of a tree as tensors, and its structure. */
export interface Leaves {
  readonly tensors: readonly Tensor[]
  readonly def: TreeDef
}

/** A leaf as a tensor; raises a fault that names it. */
function leafTensor(leaf: unknown, path: () => string): Tensor {
  if (leaf instanceof Tensor) return leaf
  try {
    return asTensor(coreContext, leaf as TensorLike)
  } catch (e) {
    throw e instanceof AdjointError ? toError(fault(e.code, `${path()}: ${e.what}`, e.fix)) : e
  }
}

/** A flattened tree with every leaf a tensor. */
export const tensorsOf = (flat: Flat, root: string): Leaves => ({
  tensors: flat.leaves.every((leaf) => leaf instanceof Tensor)
    ? (flat.leaves as readonly Tensor[])
    : flat.leaves.map((leaf, i) => leafTensor(leaf, () => paths(flat.def, root)[i]!)),
  def: flat.def,
})

export const leavesOf = (tree: unknown, root: string): Leaves => tensorsOf(flatten(tree), root)

/** The leaves of what a user's function returned. */
export function resultLeaves(name: string, result: unknown): Leaves {
  if (typeof (result as { then?: unknown } | null)?.then === 'function')
    raise(fault('tree', `${name}: the function returned a Promise`, 'Await the data first, then call the function.'))
  if (result === undefined) raise(fault('tree', `${name}: the function returned undefined`, 'Return an array, a number or a tree of them (is a `return` missing?).'))
  return leavesOf(result, 'result')
}

/** Raises unless each leaf that is to be differentiated has a floating dtype. */
export function demandFloating(name: string, leaves: Leaves, root: string, otherwise = 'leave it out of argnums'): void {
  leaves.tensors.forEach((t, i) => {
    if (!isFloat(t.dtype))
      raise(fault('dtype', `${name}: ${paths(leaves.def, root)[i]} is ${showAval(t.aval)}, and derivatives need floating dtypes`, `Convert it with np.astype(x, "float64"), or ${otherwise}.`))
  })
}

/** Raises unless a tree has a structure, and its leaves the given shapes and dtypes. */
export function matching(name: string, tree: unknown, root: string, def: TreeDef, avals: readonly Aval[]): readonly Tensor[] {
  const leaves = leavesOf(tree, root)
  if (!sameDef(def, leaves.def)) raise(fault('tree', `${name}: ${difference(def, leaves.def, root)}`, 'Give a tree of the same structure.'))
  return leaves.tensors.map((t, i) => {
    const want = avals[i]!
    const fits = sameShape(t.shape, want.shape)
    if (fits && t.dtype === want.dtype) return t
    if (fits && t.aval.weak && isFloat(want.dtype)) return coreContext.ops.convert(t, want.dtype)
    const what = `${name}: ${paths(def, root)[i]}: expected ${showAval(want)}, got ${showAval(t.aval)}`
    return raise(fits ? fault('dtype', what, `Convert it with np.astype(x, "${want.dtype}").`) : fault('shape', what, 'Give an array of the shape that belongs to it.'))
  })
}

/** Several structures as the one of their list. */
export const listDef = (children: readonly TreeDef[]): TreeDef => ({ _tag: 'List', children })

export { flatten, unflatten, paths, type TreeDef }
