/**
 * Tensors as plain numbers and back: the laws' own arithmetic is JavaScript's, not the one that is under test.
 *
 * Comparisons return the evidence of a difference, or undefined. Bits: −0 is not 0, and NaN is NaN whatever its payload.
 */
import { ops, stopGradient, type Aval, type DType, type Tensor, type Value } from '../src/index'

export const isFloat = (d: DType): boolean => d === 'float64' || d === 'float32'

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, e) => n * e, 1)

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((e, i) => e === b[i])

export const showAval = (a: Pick<Aval, 'shape' | 'dtype'>): string => `${a.dtype}[${a.shape.join(',')}]`

/** Flat, row-major; booleans are 0 and 1. */
export const elements = (t: Tensor): readonly number[] => Array.from(t.data(), Number)

const storage = (dtype: DType, xs: readonly number[]): Float64Array | Float32Array | Int32Array | Uint32Array => {
  switch (dtype) {
    case 'float64': return Float64Array.from(xs)
    case 'float32': return Float32Array.from(xs)
    case 'uint32': return Uint32Array.from(xs)
    default: return Int32Array.from(xs)
  }
}

/** A tensor of the flat elements. */
export function tensorOf(xs: readonly number[], shape: readonly number[], dtype: DType): Tensor {
  const flat = stopGradient(storage(dtype, xs)) as unknown as Value
  const shaped = ops.reshape(flat, shape)
  return (dtype === 'bool' ? ops.convert(shaped, 'bool') : shaped) as Tensor
}

/** The multi-index of flat position i. */
function indexOf(i: number, shape: readonly number[]): string {
  const index: number[] = []
  let rest = i
  for (let k = shape.length - 1; k >= 0; k--) {
    index.unshift(rest % shape[k]!)
    rest = Math.floor(rest / shape[k]!)
  }
  return `[${index.join(', ')}]`
}

/** How shape or dtype differ. */
export const otherAval = (got: Pick<Aval, 'shape' | 'dtype'>, want: Pick<Aval, 'shape' | 'dtype'>): string | undefined =>
  got.dtype === want.dtype && sameShape(got.shape, want.shape) ? undefined : `${showAval(got)} instead of ${showAval(want)}`

/** How two tensors differ in dtype, shape or bits. */
export function differs(got: Tensor, want: Tensor): string | undefined {
  const wrong = otherAval(got, want)
  if (wrong) return wrong
  const [a, b] = [elements(got), elements(want)]
  const i = a.findIndex((x, k) => !Object.is(x, b[k]))
  return i < 0 ? undefined : `element ${indexOf(i, got.shape)} is ${show(a[i]!)} instead of ${show(b[i]!)}`
}

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

/** The largest finite magnitude among the elements. */
export const largest = (xs: readonly number[]): number => xs.reduce((m, x) => (Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m), 0)

/** How two tensors differ by more than the tolerance, relative to the largest element (or `scale`); integers exactly. */
export function strays(got: Tensor, want: Tensor, tolerance: number, scale = 1): string | undefined {
  if (!isFloat(want.dtype)) return differs(got, want)
  const wrong = otherAval(got, want)
  if (wrong) return wrong
  const [a, b] = [elements(got), elements(want)]
  const allowed = tolerance * Math.max(1, scale, largest(a), largest(b))
  const i = a.findIndex((x, k) => !(Object.is(x, b[k]) || x === b[k] || Math.abs(x - b[k]!) <= allowed))
  return i < 0 ? undefined : `element ${indexOf(i, got.shape)} is ${show(a[i]!)} instead of ${show(b[i]!)} (off by ${Math.abs(a[i]! - b[i]!).toPrecision(3)}, allowed ${allowed.toPrecision(3)})`
}

/** Tensors of one aval as one tensor with a new axis. */
export function stack(ts: readonly Tensor[], axis = 0): Tensor {
  const { shape, dtype } = ts[0]!
  const outer = sizeOf(shape.slice(0, axis))
  const inner = sizeOf(shape.slice(axis))
  const parts = ts.map(elements)
  const flat: number[] = []
  for (let o = 0; o < outer; o++) for (const p of parts) for (let i = 0; i < inner; i++) flat.push(p[o * inner + i]!)
  return tensorOf(flat, [...shape.slice(0, axis), ts.length, ...shape.slice(axis)], dtype)
}

/** Σ xᵢ yᵢ over all elements of the pairs, and Σ |xᵢ yᵢ|. */
export function inner(xs: readonly Tensor[], ys: readonly Tensor[]): { readonly sum: number; readonly size: number } {
  let sum = 0
  let size = 0
  xs.forEach((x, k) => {
    const [a, b] = [elements(x), elements(ys[k]!)]
    a.forEach((v, i) => {
      sum += v * b[i]!
      size += Math.abs(v * b[i]!)
    })
  })
  return { sum, size }
}

/** A number in (−1, 1), never 0, the same for the same arguments: multiples of 1/16. */
export function pseudo(seed: number, i: number): number {
  let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h ^= h >>> 13
  return (2 * (h & 15) - 15) / 16
}

/** A direction for each aval: a tangent or a cotangent. Zeros for what has no floating dtype. */
export const directions = (avals: readonly Pick<Aval, 'shape' | 'dtype'>[], seed: number): Tensor[] =>
  avals.map(({ shape, dtype }, k) => tensorOf(Array.from({ length: sizeOf(shape) }, (_, i) => (isFloat(dtype) ? pseudo(seed, 31 * k + i) : 0)), shape, dtype))

/** Σ factorₖ xₖ of tensors of one aval. */
export function combine(factors: readonly number[], xs: readonly Tensor[]): Tensor {
  const parts = xs.map(elements)
  const { shape, dtype } = xs[0]!
  return tensorOf(parts[0]!.map((_, i) => factors.reduce((s, f, k) => s + f * parts[k]![i]!, 0)), shape, dtype)
}
