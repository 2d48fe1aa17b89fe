/**
 * The code of each function that is no exact arithmetic, by itself: a kernel brings that of those it says, so that a
 * program carries no others.
 *
 * Example: elementwise(({ exp }, x) => exp(x), { exp: math.exp })
 */
import { paired, type Block, type Block2, type Functions } from '../../ir/kernel'
import * as texts from '../js/texts'
import * as angles from '../wasm/angles'
import * as areas from '../wasm/areas'
import * as bits from '../wasm/bits'
import * as circles from '../wasm/circles'
import * as errors from '../wasm/errors'
import * as exponentials from '../wasm/exponentials'
import * as gammas from '../wasm/gammas'
import * as logarithms from '../wasm/logarithms'
import * as polygammas from '../wasm/polygammas'
import * as quantiles from '../wasm/quantiles'
import * as radicals from '../wasm/roots'
import * as angle from './angle'
import * as area from './area'
import * as bit from './bits'
import * as circular from './circular'
import * as error from './error'
import * as exponential from './exponential'
import { exp } from './exponential'
import * as gamma from './gamma'
import * as hyperbolic from './hyperbolic'
import * as logarithm from './logarithm'
import { log } from './logarithm'
import { nextafter } from './neighbour'
import { pow } from './power'
import * as polygammaOf from './polygamma'
import * as quantile from './quantile'
import * as root from './root'

export const expm1: Block = /* @__PURE__ */ paired(exponential.expm1, exponentials.expm1, texts.expm1)
export const tanh: Block = /* @__PURE__ */ paired(exponential.tanh, exponentials.tanh, texts.tanh)
export const sinh: Block = /* @__PURE__ */ paired(hyperbolic.sinh, exponentials.sinh)
export const cosh: Block = /* @__PURE__ */ paired(hyperbolic.cosh, exponentials.cosh)
export const log1p: Block = /* @__PURE__ */ paired(logarithm.log1p, logarithms.log1p, texts.log1p)
export const log2: Block = /* @__PURE__ */ paired(logarithm.log2, logarithms.log2)
export const log10: Block = /* @__PURE__ */ paired(logarithm.log10, logarithms.log10)
export const sin: Block = /* @__PURE__ */ paired(circular.sin, circles.sin, texts.sin)
export const cos: Block = /* @__PURE__ */ paired(circular.cos, circles.cos, texts.cos)
export const tan: Block = /* @__PURE__ */ paired(circular.tan, circles.tan)
export const cbrt: Block = /* @__PURE__ */ paired(root.cbrt, radicals.cbrt)
export const hypot: Block2 = /* @__PURE__ */ paired(root.hypot, radicals.hypot)
export const asin: Block = /* @__PURE__ */ paired(angle.asin, angles.asin)
export const acos: Block = /* @__PURE__ */ paired(angle.acos, angles.acos)
export const atan: Block = /* @__PURE__ */ paired(angle.atan, angles.atan)
export const atan2: Block2 = /* @__PURE__ */ paired(angle.atan2, angles.atan2)
export const asinh: Block = /* @__PURE__ */ paired(area.asinh, areas.asinh)
export const acosh: Block = /* @__PURE__ */ paired(area.acosh, areas.acosh)
export const atanh: Block = /* @__PURE__ */ paired(area.atanh, areas.atanh)
export const erf: Block = /* @__PURE__ */ paired(error.erf, errors.erf)
export const erfc: Block = /* @__PURE__ */ paired(error.erfc, errors.erfc)
export const erfinv: Block = /* @__PURE__ */ paired(quantile.erfinv, quantiles.erfinv)
export const lgamma: Block = /* @__PURE__ */ paired(gamma.lgamma, gammas.lgamma)
export const digamma: Block = /* @__PURE__ */ paired(gamma.digamma, gammas.digamma)
export const popcount: Block = /* @__PURE__ */ paired(bit.popcount, bits.popcount)
export { exp, log, nextafter, pow }

const byOrder = /* @__PURE__ */ new Map<number, Functions>()
/** The derivative of order n ≥ 1 of ψ, under a name of its own; one function for each order, so that compiled kernels are recognised. */
export function polygamma(n: number): Functions {
  let functions = byOrder.get(n)
  if (!functions) {
    const order = polygammaOf.orderOf(n)
    byOrder.set(n, (functions = { [`polygamma${n}` as const]: paired(polygammaOf.polygamma(order), polygammas.polygamma(order)) }))
  }
  return functions
}

/** All of them, for kernels whose words are not known beforehand. */
export const functions: Required<Omit<Functions, `polygamma${number}`>> = {
  cbrt, exp, expm1, log, log1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf, erfc, erfinv, lgamma, digamma, popcount, pow, atan2, hypot, nextafter,
}
