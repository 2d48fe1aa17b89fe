/**
 * The code of each function that is no exact arithmetic, by itself: a kernel brings that of those it says, so that a
 * program carries no others.
 *
 * Example: elementwise(({ exp }, x) => exp(x), { exp: math.exp })
 */
import type { Functions } from '../../ir/kernel'
import { acos, asin, atan, atan2 } from './angle'
import { acosh, asinh, atanh } from './area'
import { popcount } from './bits'
import { cos, sin, tan } from './circular'
import { exp, expm1, tanh } from './exponential'
import { cosh, sinh } from './hyperbolic'
import { log, log10, log1p, log2 } from './logarithm'
import { nextafter } from './neighbour'
import { pow } from './power'
import { cbrt, hypot } from './root'

export { acos, acosh, asin, asinh, atan, atan2, atanh, cbrt, cos, cosh, exp, expm1, hypot, log, log10, log1p, log2, nextafter, popcount, pow, sin, sinh, tan, tanh }

/** All of them, for kernels whose words are not known beforehand. */
export const functions: Required<Functions> = {
  cbrt, exp, expm1, log, log1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, popcount, pow, atan2, hypot, nextafter,
}
