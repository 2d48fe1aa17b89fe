/**
 * Trees of updates: applied, measured, clipped.
 *
 * Law: globalNorm(clipByGlobalNorm(c)'s updates) ≤ c, and updates that are shorter are not touched.
 * Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks" (global norm).
 */
import { alike, constant, real } from '../numpy/arguments'
import { range } from '../data/shape'
import { flatten } from '../tree/tree'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import type { Tensors, TensorTree } from '../transforms/types'
import { each, scalarOf, stateless, type GradientTransformation } from './transformation'

/** params + updates, in the dtypes of params. */
export function applyUpdates<P extends TensorTree<P>>(params: P, updates: NoInfer<P | Tensors<P>>): P
export function applyUpdates<P>(params: P | Tensors<P>, updates: NoInfer<Tensors<P>>): Tensors<P>
export function applyUpdates(params: unknown, updates: unknown): unknown {
  const sum = (p: Tensor, u: Tensor): Tensor => {
    const [a, b] = alike([p, u]) as [Tensor, Tensor]
    return ops.convert(ops.add(a, b), p.dtype)
  }
  return each(sum, params, updates)
}

/** stepSize · new + (1 − stepSize) · old: an exponential average of parameters. */
export function incrementalUpdate<P>(newTensors: P, oldTensors: NoInfer<P>, stepSize: TensorLike): Tensors<P> {
  const blend = (a: Tensor, b: Tensor): Tensor => {
    const s = scalarOf(stepSize, a.dtype)
    return ops.add(ops.mul(a, s), ops.mul(b, ops.sub(1, s)))
  }
  return each(blend, newTensors, oldTensors) as Tensors<P>
}

/** Σ xᵢ · yᵢ over all elements of two trees. */
export function treeVdot(x: unknown, y: unknown): Tensor {
  const products = flatten(each((a, b) => ops.sum(ops.mul(a, b), range(a.ndim)), x, y)).leaves as readonly Tensor[]
  return products.length === 0 ? constant(0, 'float64') : alike(products).reduce((s, p) => ops.add(s, p))
}

/** The Euclidean norm of all elements of a tree together. */
export const globalNorm = (tree: unknown): Tensor => ops.sqrt(treeVdot(tree, tree))

/** Elements held between −maxDelta and maxDelta. */
export const clip = (maxDelta: number): GradientTransformation => {
  real('clip', 'maxDelta', maxDelta)
  return stateless((grads) => each((g) => ops.min(ops.max(g, -maxDelta), maxDelta), grads))
}

/** All updates scaled together so that their global norm is at most maxNorm. */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation =>
  stateless((grads) => {
    const norm = globalNorm(grads)
    const short = ops.lt(norm, maxNorm)
    return each((g) => ops.select(short, g, ops.mul(ops.div(g, ops.convert(norm, g.dtype)), maxNorm)), grads)
  })

/** Each leaf scaled so that the root of its mean square is at most `threshold`. */
export const clipByBlockRms = (threshold: number): GradientTransformation =>
  stateless((grads) =>
    each((g) => {
      const rms = ops.sqrt(ops.div(ops.sum(ops.mul(g, g), range(g.ndim)), g.size))
      return ops.div(g, ops.max(ops.div(rms, threshold), 1))
    }, grads),
  )

