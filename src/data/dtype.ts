/**
 * dtypes: what an element is, how two kinds combine, which typed array stores them.
 *
 * Law: `promote` is commutative, associative and idempotent (a join semilattice).
 * Example: promote('int32', 'uint32') // => 'float64', as no 32-bit type holds both
 * Source: JAX's promotion lattice, cut down to five dtypes, with float64 on top.
 */
import { fault, raise } from './errors'

export type DType = 'float64' | 'float32' | 'int32' | 'uint32' | 'bool'

/** The storage of one dtype each; booleans are bytes 0 and 1. */
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

export const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'uint32', 'bool']

interface DTypeInfo {
  readonly short: string
  readonly bytes: number
  readonly float: boolean
  readonly integer: boolean
  readonly make: (n: number) => TypedArray
}

const info: { readonly [K in DType]: DTypeInfo } = {
  float64: { short: 'f64', bytes: 8, float: true, integer: false, make: (n) => new Float64Array(n) },
  float32: { short: 'f32', bytes: 4, float: true, integer: false, make: (n) => new Float32Array(n) },
  int32: { short: 'i32', bytes: 4, float: false, integer: true, make: (n) => new Int32Array(n) },
  uint32: { short: 'u32', bytes: 4, float: false, integer: true, make: (n) => new Uint32Array(n) },
  bool: { short: 'bool', bytes: 1, float: false, integer: false, make: (n) => new Uint8Array(n) },
}

export const isDType = (x: unknown): x is DType => dtypes.includes(x as DType)
export const isFloat = (d: DType): boolean => info[d].float
export const isInteger = (d: DType): boolean => info[d].integer
/** `f64`, `i32`, … as programs are printed. */
export const shortName = (d: DType): string => info[d].short
export const byteSize = (d: DType): number => info[d].bytes
/** Fresh zeroed storage for n elements; raises `ShapeError` where there is no memory for them. */
export function allocate(d: DType, n: number): TypedArray {
  const { make } = info[d]
  try {
    return make(n)
  } catch {
    return raise(fault('shape', `${n} elements of ${d} do not fit into memory`, 'Give smaller extents.'))
  }
}

/** The smallest dtype that both convert to: bool is the least, float64 the greatest, and both integers lie below float32. */
export const promote = (a: DType, b: DType): DType =>
  a === b || b === 'bool' ? a : a === 'bool' ? b : isFloat(a) === isFloat(b) ? 'float64' : isFloat(a) ? a : b

/** The dtype that a typed array's elements have (a Uint8Array holds booleans); undefined for the kinds we do not store. */
export function dtypeOf(a: ArrayBufferView): DType | undefined {
  if (a instanceof Float64Array) return 'float64'
  if (a instanceof Float32Array) return 'float32'
  if (a instanceof Int32Array) return 'int32'
  if (a instanceof Uint32Array) return 'uint32'
  return undefined
}

/** A number as an element of the dtype: rounded for float32, wrapped modulo 2³² for integers, 0 or 1 for bool. */
export function coerce(d: DType, x: number): number {
  switch (d) {
    case 'float64':
      return x
    case 'float32':
      return Math.fround(x)
    case 'int32':
      return x | 0
    case 'uint32':
      return x >>> 0
    case 'bool':
      return x === 0 ? 0 : 1
  }
}

/** Elements from one array to another: a call of `set` with a view costs more than a short loop. */
export function copy(from: TypedArray, start: number, to: TypedArray, at: number, n: number): void {
  if (n > 64) to.set(from.subarray(start, start + n), at)
  else for (let i = 0; i < n; i++) to[at + i] = from[start + i]!
}

/** Whether the dtype holds the number exactly (used for literals: nothing is silently narrowed). */
export const holds = (d: DType, x: number): boolean =>
  d === 'float64' || d === 'float32' || Object.is(coerce(d, x), x === 0 ? 0 : x)
