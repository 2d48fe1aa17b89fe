/**
 * dtypes as values: conversion, promotion, limits and kinds; and NumPy's constants.
 *
 * Example: np.promoteTypes('int32', 'uint32') // => 'float64'
 */
import { byteSize, isFloat, isInteger, promote, type DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { commonDType } from '../primitives/vocabulary/context'
import { engine } from '../primitives/core'
import { Tensor, type TensorLike } from '../trace/tensor'
import { knownDType, tensor } from './arguments'

export const float64 = 'float64'
export const float32 = 'float32'
export const int32 = 'int32'
export const uint32 = 'uint32'
export const bool = 'bool'

export const pi = 3.141592653589793
export const e = 2.718281828459045
/** Euler's constant γ. */
export const eulerGamma = 0.5772156649015329
export const inf: number = Infinity
export const nan: number = NaN
/** An index entry that makes a new axis. */
export const newaxis = null

/** x as a dtype: to integers towards zero, to bool as ≠ 0. The derivative passes between floats. */
export const astype = (x: TensorLike, dtype: DType): Tensor => engine.vocabulary.astype(x, dtype)

const isName = (x: unknown): x is DType => typeof x === 'string'

/** The smallest dtype that both convert to. */
export const promoteTypes = (a: DType, b: DType): DType => promote(knownDType(a), knownDType(b))
/** The dtype that arrays, numbers and dtypes meet in; a JS number never widens a float. */
export function resultType(...xs: readonly (TensorLike | DType)[]): DType {
  const names = xs.filter(isName).map(knownDType)
  const arrays = xs.filter((x): x is TensorLike => !isName(x)).map(tensor)
  const strong = arrays.filter((a) => !a.aval.weak).map((a) => a.dtype)
  const fixed = [...names, ...strong]
  if (names.length === 0) return commonDType(arrays).dtype
  const dtype = fixed.reduce(promote)
  return arrays.some((a) => a.aval.weak) && !isFloat(dtype) ? promote(dtype, 'float64') : dtype
}
/** The dtype of an array. */
export const dtypeOf = (x: TensorLike): DType => tensor(x).dtype

type Kind = 'floating' | 'integer' | 'signedinteger' | 'unsignedinteger' | 'bool' | 'number' | DType
/** Whether a dtype is of a kind: 'floating', 'integer', 'signedinteger', 'unsignedinteger', 'bool', 'number', or a dtype itself. */
export function issubdtype(dtype: DType, kind: Kind): boolean {
  knownDType(dtype)
  switch (kind) {
    case 'floating':
      return isFloat(dtype)
    case 'integer':
      return isInteger(dtype)
    case 'signedinteger':
      return dtype === 'int32'
    case 'unsignedinteger':
      return dtype === 'uint32'
    case 'number':
      return dtype !== 'bool'
    default:
      return dtype === kind
  }
}
/** Whether every value of a dtype is one of another. */
export const canCast = (from: DType, to: DType): boolean => promote(knownDType(from), knownDType(to)) === to

export interface FloatInfo {
  readonly dtype: DType
  readonly bits: number
  /** The distance from 1 to the next number. */
  readonly eps: number
  readonly max: number
  readonly min: number
  readonly tiny: number
  readonly smallestNormal: number
  readonly smallestSubnormal: number
  /** Decimal digits that are kept. */
  readonly precision: number
  readonly resolution: number
}
/** The limits of a floating dtype. */
export function finfo(dtype: DType | Tensor): FloatInfo {
  const d = dtype instanceof Tensor ? dtype.dtype : knownDType(dtype)
  if (!isFloat(d)) raise(fault('dtype', `finfo: ${d} is no floating dtype`, 'Use np.iinfo for integers.'))
  const wide = d === 'float64'
  const max = wide ? Number.MAX_VALUE : 3.4028234663852886e38
  const normal = wide ? 2.2250738585072014e-308 : 1.1754943508222875e-38
  return {
    dtype: d, bits: 8 * byteSize(d), eps: wide ? 2 ** -52 : 2 ** -23, max, min: -max, tiny: normal, smallestNormal: normal,
    smallestSubnormal: wide ? 5e-324 : 2 ** -149, precision: wide ? 15 : 6, resolution: wide ? 1e-15 : 1e-6,
  }
}
/** The limits of an integer dtype. */
export function iinfo(dtype: DType | Tensor): { readonly dtype: DType; readonly bits: number; readonly min: number; readonly max: number } {
  const d = dtype instanceof Tensor ? dtype.dtype : knownDType(dtype)
  if (!isInteger(d)) raise(fault('dtype', `iinfo: ${d} is no integer dtype`, 'Use np.finfo for floats.'))
  return d === 'int32' ? { dtype: d, bits: 32, min: -2147483648, max: 2147483647 } : { dtype: d, bits: 32, min: 0, max: 4294967295 }
}
