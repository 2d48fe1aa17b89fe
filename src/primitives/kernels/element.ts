/**
 * Rounding to a dtype inside loops that serve all dtypes: by a small number, which engines test faster than a string and
 * inline, where one closure a dtype would make the loop's call site polymorphic.
 */
import type { DType } from '../../data/dtype'

const codes: { readonly [K in DType]: number } = { float64: 0, float32: 1, int32: 2, uint32: 3, bool: 3 }

export const codeOf = (d: DType): number => codes[d]

/** x as an element of the dtype. */
export const settle = (code: number, x: number): number => (code === 0 ? x : code === 1 ? Math.fround(x) : code === 2 ? x | 0 : x >>> 0)

/** x·y as an element of the dtype. */
export const settledProduct = (code: number, x: number, y: number): number =>
  code === 0 ? x * y : code === 1 ? Math.fround(x * y) : code === 2 ? Math.imul(x, y) : Math.imul(x, y) >>> 0
