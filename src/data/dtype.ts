/**
 * dtypes: what an element is, how two kinds combine, which typed array stores them.
 *
 * Law: `promote` is commutative, associative and idempotent (a join semilattice).
 * Example: promote('int32', 'uint32') // => 'float64', as no 32-bit type holds both
 * Source: JAX's promotion lattice, cut down to five dtypes, with float64 on top.
 */
import { fault, raise, shown, type Fault } from './errors'

export type DType = 'float64' | 'float32' | 'int32' | 'uint32' | 'bool'

/** The typed arrays that say by their class which dtype they have. */
export type DTypedArray = Float64Array | Float32Array | Int32Array | Uint32Array
/** The storage of one dtype each; booleans are bytes 0 and 1. */
export type TypedArray = DTypedArray | Uint8Array
/** Typed arrays of numbers that have no dtype. */
export type NarrowArray = Uint8Array | Uint8ClampedArray | Int8Array | Int16Array | Uint16Array

export const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'uint32', 'bool']

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number
  new (n: number | ArrayBuffer, at?: number, length?: number): TypedArray
}

const types: { readonly [K in DType]: ArrayType } = { float64: Float64Array, float32: Float32Array, int32: Int32Array, uint32: Uint32Array, bool: Uint8Array }

export const isDType = (x: unknown): x is DType => dtypes.includes(x as DType)
/** What is wrong where a dtype was wanted. */
export const noDType = (x: unknown): Fault => fault('dtype', `${shown(x)} is no dtype`, `Give one of ${dtypes.join(', ')}.`)
export const isFloat = (d: DType): boolean => d === 'float64' || d === 'float32'
export const isInteger = (d: DType): boolean => d === 'int32' || d === 'uint32'
/** `f64`, `i32`, … as programs are printed. */
export const shortName = (d: DType): string => (d === 'bool' ? d : d[0]! + d.slice(-2))
export const byteSize = (d: DType): number => types[d].BYTES_PER_ELEMENT
/** Fresh zeroed storage for n elements; raises `ShapeError` where there is no memory for them. */
export function allocate(d: DType, n: number): TypedArray {
  try {
    return new types[d](n)
  } catch {
    return raise(fault('shape', `${n} elements of ${d} do not fit into memory`, 'Give smaller extents.'))
  }
}

/** Bytes of a page, and elements of the largest array that lies in one with others. */
const pageBytes = 4096
const little = 64
let page: ArrayBuffer
let left = 0

/** The same for what stays within the library: small arrays share pages, as a buffer of its own costs each ten times as much. */
export function allocateNear(d: DType, n: number): TypedArray {
  if (n > little) return allocate(d, n)
  const room = (n * byteSize(d) + 7) & -8
  if (room > left) page = new ArrayBuffer((left = pageBytes))
  return new types[d](page, (left -= room), n)
}

/** The smallest dtype that both convert to: bool is the least, float64 the greatest, and both integers lie below float32. */
export const promote = (a: DType, b: DType): DType =>
  a === b || b === 'bool' ? a : a === 'bool' ? b : isFloat(a) === isFloat(b) ? 'float64' : isFloat(a) ? a : b

/** The dtype that a typed array's elements have (a Uint8Array holds booleans); undefined for the kinds we do not store. */
export const dtypeOf = (a: ArrayBufferView): DType | undefined => dtypes.find((d) => d !== 'bool' && a instanceof types[d])

/** Typed arrays of numbers in bytes or 16 bits. They say nothing of a dtype: bytes may be booleans. */
export const isNarrow = (x: ArrayBufferView): x is NarrowArray => (x as TypedArray).BYTES_PER_ELEMENT < 4

/** A number as an element of the dtype: rounded for float32, wrapped modulo 2³² for integers, 0 or 1 for bool. */
export const coerce = (d: DType, x: number): number =>
  d === 'float64' ? x : d === 'float32' ? Math.fround(x) : d === 'int32' ? x | 0 : d === 'uint32' ? x >>> 0 : x === 0 ? 0 : 1

/** Doubles as words, in a loop that sees no other arrays. */
function copyWords(from: TypedArray, start: number, to: Uint32Array, at: number, n: number): void {
  for (let i = 0; i < n; i++) to[at + i] = from[start + i]!
}
/** Elements from one array to another: a call of `set` with a view costs more than a short loop, and more than a long one to words. */
export function copy(from: TypedArray, start: number, to: TypedArray, at: number, n: number): void {
  if (n > 64 && to instanceof Uint32Array) copyWords(from, start, to, at, n)
  else if (n > 64) to.set(from.subarray(start, start + n), at)
  else for (let i = 0; i < n; i++) to[at + i] = from[start + i]!
}

/** Whether the dtype holds the number exactly (used for literals: nothing is silently narrowed). */
export const holds = (d: DType, x: number): boolean =>
  d === 'float64' || d === 'float32' || Object.is(coerce(d, x), x === 0 ? 0 : x)
