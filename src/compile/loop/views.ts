/**
 * Strided views: where the elements of an array lie in a buffer, and the axes of a reduction in normal form.
 *
 * Law: merging axes and dropping extents of 1 changes neither the elements nor their row-major order.
 * Example: merge([2, 3, 4], [12, 4, 1]) // => { extents: [24], strides: [1] }
 */
import { rowMajor, sameShape, size, type Shape } from '../../data/shape'

/** Element (i₀, …) of an array of this shape lies at offset + Σ iₖ stridesₖ of the buffer. */
export interface Strided {
  readonly buffer: number
  readonly offset: number
  readonly shape: Shape
  readonly strides: readonly number[]
}

/** The whole of a buffer as an array of the shape. */
export const whole = (buffer: number, shape: Shape): Strided => ({ buffer, offset: 0, shape, strides: rowMajor(shape) })

/** The fewest axes that walk the same elements in the same order. */
export function merge(shape: Shape, strides: readonly number[]): { extents: number[]; strides: number[] } {
  const extents: number[] = []
  const steps: number[] = []
  for (let i = 0; i < shape.length; i++) {
    const extent = shape[i]!
    if (extent === 1) continue
    const last = extents.length - 1
    if (last >= 0 && steps[last] === strides[i]! * extent) {
      extents[last]! *= extent
      steps[last] = strides[i]!
    } else {
      extents.push(extent)
      steps.push(strides[i]!)
    }
  }
  return { extents, strides: steps }
}

/** Whether the elements lie one after another. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false
    step *= shape[i]!
  }
  return true
}

/** The view with another shape of the same size, its elements in the same order; undefined where strides cannot say it. */
export function reshaped(v: Strided, shape: Shape): Strided | undefined {
  if (sameShape(v.shape, shape)) return v
  if (isContiguous(v.shape, v.strides)) return { ...v, shape, strides: rowMajor(shape) }
  const { extents, strides } = merge(v.shape, v.strides)
  // Every merged axis must be the product of a run of the new extents.
  const steps = new Array<number>(shape.length).fill(0)
  let at = shape.length - 1
  for (let i = extents.length - 1; i >= 0; i--) {
    let left = extents[i]!
    let step = strides[i]!
    while (left > 1) {
      if (at < 0 || left % shape[at]! !== 0) return undefined
      steps[at] = step
      step *= shape[at]!
      left /= shape[at]!
      at--
    }
  }
  return { ...v, shape, strides: steps }
}

/** The single stride of a group of axes taken in order, 0 where they have one element, undefined where there is none. */
export function groupStride(shape: Shape, strides: readonly number[], axes: readonly number[]): number | undefined {
  const g = merge(axes.map((a) => shape[a]!), axes.map((a) => strides[a]!))
  return g.extents.length === 0 ? 0 : g.extents.length === 1 ? g.strides[0]! : undefined
}

/** Offsets of a group of axes in row-major order. */
export function groupOffsets(shape: Shape, strides: readonly number[], axes: readonly number[]): number[] {
  let offsets = [0]
  for (const a of axes) {
    const extent = shape[a]!
    const step = strides[a]!
    const next = new Array<number>(offsets.length * extent)
    for (let i = 0; i < offsets.length; i++) for (let j = 0; j < extent; j++) next[i * extent + j] = offsets[i]! + j * step
    offsets = next
  }
  return offsets
}

/** One pass of a reduction: the array as [outer, length, inner], the middle axis reduced. */
export interface Pass {
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/**
 * Reduced axes as passes, each over one axis of what the one before left: the last group of adjacent axes comes first.
 * Extents of 1 count for nothing, so the order of a sum depends only on the lengths of its groups.
 */
export function passes(shape: Shape, axes: readonly number[]): Pass[] {
  const extents: number[] = []
  const reduced: boolean[] = []
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue
    const r = axes.includes(i)
    const last = extents.length - 1
    if (last >= 0 && reduced[last] === r) extents[last]! *= shape[i]!
    else {
      extents.push(shape[i]!)
      reduced.push(r)
    }
  }
  const list: Pass[] = []
  for (let i = extents.length - 1, inner = 1; i >= 0; i--)
    if (reduced[i]) list.push({ outer: size(extents.slice(0, i)), length: extents[i]!, inner })
    else inner *= extents[i]!
  return list
}
