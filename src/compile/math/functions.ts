/**
 * The code of each function that is no exact arithmetic, by itself: a kernel brings that of those it says, so that a
 * program carries no others.
 *
 * Example: elementwise(({ exp }, x) => exp(x), { exp: math.exp })
 */
import { paired, type Block, type Block2, type Functions } from '../../ir/kernel'
import * as angles from '../wasm/angles'
import * as areas from '../wasm/areas'
import * as errors from '../wasm/errors'
import * as angle from './angle'
import * as area from './area'
import { popcount } from './bits'
import { cos, sin, tan } from './circular'
import * as error from './error'
import { exp, expm1, tanh } from './exponential'
import { cosh, sinh } from './hyperbolic'
import { log, log10, log1p, log2 } from './logarithm'
import { nextafter } from './neighbour'
import { pow } from './power'
import { cbrt, hypot } from './root'

export const asin: Block = /* @__PURE__ */ paired(angle.asin, angles.asin)
export const acos: Block = /* @__PURE__ */ paired(angle.acos, angles.acos)
export const atan: Block = /* @__PURE__ */ paired(angle.atan, angles.atan)
export const atan2: Block2 = /* @__PURE__ */ paired(angle.atan2, angles.atan2)
export const asinh: Block = /* @__PURE__ */ paired(area.asinh, areas.asinh)
export const acosh: Block = /* @__PURE__ */ paired(area.acosh, areas.acosh)
export const atanh: Block = /* @__PURE__ */ paired(area.atanh, areas.atanh)
export const erf: Block = /* @__PURE__ */ paired(error.erf, errors.erf)
export const erfc: Block = /* @__PURE__ */ paired(error.erfc, errors.erfc)
export { cbrt, cos, cosh, exp, expm1, hypot, log, log10, log1p, log2, nextafter, popcount, pow, sin, sinh, tan, tanh }

/** All of them, for kernels whose words are not known beforehand. */
export const functions: Required<Functions> = {
  cbrt, exp, expm1, log, log1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf, erfc, popcount, pow, atan2, hypot, nextafter,
}
