/**
 * Abstract values: what is known of an array before it has elements.
 *
 * Example: aval([2, 3], 'float64')
 */
import { dtypes, type DType } from '../data/dtype'
import type { Shape } from '../data/shape'

/** A shape and a dtype. A weak dtype (a JS number's) never widens another. */
export interface Aval {
  readonly shape: Shape
  readonly dtype: DType
  readonly weak: boolean
}

const scalars = (weak: boolean): ReadonlyMap<DType, Aval> => new Map(dtypes.map((dtype) => [dtype, { shape: [], dtype, weak }]))
const strong = scalars(false)
const weakly = scalars(true)

/** One object serves all scalars of a dtype: programs are full of them, and equal objects are quickly compared. */
export const aval = (shape: Shape, dtype: DType, weak = false): Aval => (shape.length === 0 ? (weak ? weakly : strong).get(dtype)! : { shape, dtype, weak })

/** Same shape and dtype; weakness aside. */
export function sameAval(a: Aval, b: Aval): boolean {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length) return false
  for (let i = 0; i < a.shape.length; i++) if (a.shape[i] !== b.shape[i]) return false
  return true
}
