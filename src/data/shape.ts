/**
 * Shape arithmetic: pure functions over arrays of extents.
 *
 * Law: `size(a.concat(b)) = size(a) · size(b)`; `broadcastShapes` is associative, commutative, and [] is its unit.
 * Example: broadcastShapes([3, 1], [4]) // => [3, 4]
 */
export type Shape = readonly number[]

export function size(shape: Shape): number {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i]!
  return n
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Row-major strides, in elements. */
export function rowMajor(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i]!
  }
  return strides
}

/** NumPy's rule: aligned from the right, extents equal or one of them 1; undefined where they do not fit. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const out = new Array<number>(rank).fill(1)
  for (const s of shapes)
    for (let i = 0; i < s.length; i++) {
      const at = rank - s.length + i
      if (s[i] === 1) continue
      if (out[at] !== 1 && out[at] !== s[i]) return undefined
      out[at] = s[i]!
    }
  return out
}

export function range(n: number, from = 0): number[] {
  const all: number[] = []
  for (let i = 0; i < n; i++) all.push(i + from)
  return all
}

/** The extents whose axes are not listed. */
export const without = (shape: Shape, axes: readonly number[]): number[] => shape.filter((_, i) => !axes.includes(i))

/** The permutation that undoes `perm`. */
export function invert(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length)
  perm.forEach((p, i) => (inverse[p] = i))
  return inverse
}

/** A negative axis counts from the end; undefined when it lies outside. */
export function normalizeAxis(axis: number, rank: number): number | undefined {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) return undefined
  return axis < 0 ? axis + rank : axis
}

/** Elements of a slice from start to stop by a positive step. */
export const sliceLength = (start: number, stop: number, step: number): number =>
  Math.max(0, Math.ceil((stop - start) / step))

export const showShape = (shape: Shape): string => `[${shape.join(',')}]`

/** Places of the elements of a strided view, in row-major order. */
export const placesOf = (extents: readonly number[], strides: readonly number[], offset = 0): readonly number[] =>
  extents.reduce<number[]>((all, n, a) => all.flatMap((at) => range(n).map((i) => at + i * strides[a]!)), [offset])
