/**
 * The code of each function that is no exact arithmetic, by itself: a kernel brings that of those it says, so that a
 * program carries no others.
 *
 * Law: each is the function of the same name in `scalar.ts`, on float64. Example: elementwise(({ exp }, x) => exp(x), { exp: math.exp })
 */
import type { DType } from '../../data/dtype'
import type { Block, Functions } from '../../ir/kernel'
import { nextafter as neighbour, power } from '../scalar'
import { cos, sin } from './circular'
import { exp, expm1, tanh } from './exponential'
import { log, log1p } from './logarithm'

export { cos, exp, expm1, log, log1p, sin, tanh }

const each = (f: (x: number) => number): Block => (o, p, a, q, n) => {
  for (let j = 0; j < n; j++) o[p + j] = f(a[q + j])
}

export const cbrt: Block = each(Math.cbrt)
export const log2: Block = each(Math.log2)
export const log10: Block = each(Math.log10)
export const tan: Block = each(Math.tan)
export const asin: Block = each(Math.asin)
export const acos: Block = each(Math.acos)
export const atan: Block = each(Math.atan)
export const sinh: Block = each(Math.sinh)
export const cosh: Block = each(Math.cosh)
export const asinh: Block = each(Math.asinh)
export const acosh: Block = each(Math.acosh)
export const atanh: Block = each(Math.atanh)
export const pow: (x: number, y: number) => number = power
export const atan2: (x: number, y: number) => number = Math.atan2
export const hypot = (x: number, y: number): number => Math.hypot(x, y)
export const nextafter: (x: number, y: number, dtype: DType) => number = neighbour

/** All of them, for kernels whose words are not known beforehand. */
export const functions: Required<Functions> = {
  cbrt, exp, expm1, log, log1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, pow, atan2, hypot, nextafter,
}
