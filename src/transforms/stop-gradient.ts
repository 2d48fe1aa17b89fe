/**
 * stopGradient: the identity whose derivative is zero, on trees.
 *
 * Example: grad((x) => np.multiply(x, stopGradient(x)))(3) // => 3
 */
import { isFloat } from '../data/dtype'
import * as words from '../primitives/tensor-words'
import { leavesOf, unflatten } from './arguments'
import type { Tensors } from './types'

/** The same values, held constant under differentiation. */
export function stopGradient<T>(tree: T): Tensors<T> {
  const { tensors, def } = leavesOf(tree, 'tree')
  return unflatten(def, tensors.map((t) => (isFloat(t.dtype) ? words.stopGradient(t) : t))) as Tensors<T>
}
