/**
 * Flat row-major elements to nested JS arrays.
 *
 * Example: toNested(Float64Array.of(1, 2, 3, 4), [2, 2], false) // => [[1, 2], [3, 4]]
 */
import type { TypedArray } from './dtype'
import { range, type Shape } from './shape'

type Nested = number | boolean | Nested[]

export function toNested(elements: TypedArray | number, shape: Shape, bool: boolean): Nested {
  let at = 0
  const next = (): number | boolean => {
    const x = typeof elements === 'number' ? elements : elements[at++]!
    return bool ? x !== 0 : x
  }
  const level = (axis: number): Nested =>
    axis === shape.length ? next() : range(shape[axis]!).map(() => level(axis + 1))
  return level(0)
}
