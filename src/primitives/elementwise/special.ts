/**
 * Special functions: the error function and its kin, the logarithm of Γ and its derivatives.
 *
 * In a file of their own, so that programs which do not use them need not carry them.
 * Source: `compile/math`.
 */
import * as math from '../../compile/math/functions'
import { opsWith } from '../../compile/scalar'
import { elementwise, elementwiseWith } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive, floating, pointwise, smooth } from '../define'
import { erfInvRule } from '../taylor/rules'

const twoOverRootPi = 2 / Math.sqrt(Math.PI)
const gauss = (ops: CoreOps, x: Value): Value => ops.exp(ops.neg(ops.mul(x, x)))

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: Primitive = smooth('erf', elementwise(({ erf }, x) => erf(x), { erf: math.erf }), (ops, x) => ops.mul(twoOverRootPi, gauss(ops, x)))
/** 1 − erf x, exact in the tail. */
export const erfc: Primitive = smooth('erfc', elementwise(({ erfc }, x) => erfc(x), { erfc: math.erfc }), (ops, x) => ops.mul(-twoOverRootPi, gauss(ops, x)))
/** The inverse of erf on (−1, 1).  d erfinv x = √π/2 e^(y²) dx. */
export const erfinv: Primitive = smooth('erf_inv', elementwise(({ erfinv }, x) => erfinv(x), { erfinv: math.erfinv }), (ops, _x, y) => ops.mul(1 / twoOverRootPi, ops.exp(ops.mul(y, y))), { taylor: erfInvRule })

/** log |Γ(x)|.  d lgamma x = ψ(x) dx. */
export const lgamma: Primitive = smooth('lgamma', elementwise(({ lgamma }, x) => lgamma(x), { lgamma: math.lgamma }), (ops, x) => ops.bind(digamma, [x])[0]!)
/** ψ(x) = d/dx log Γ(x). */
export const digamma: Primitive = smooth('digamma', elementwise(({ digamma }, x) => digamma(x), { digamma: math.digamma }), (ops, x) => ops.bind(polygamma, [x], { n: 1 })[0]!)

/** The derivative of order n ≥ 1 of digamma; n is a parameter. */
export const polygamma: Primitive = definePrimitive({
  name: 'polygamma',
  shape: pointwise('polygamma', floating, 'a floating dtype'),
  kernel: elementwiseWith((_words, [x], { n }: { n: number }) => opsWith(math.polygamma(n))[`polygamma${n}`](x!)),
  jvp: (ops, [x], _y, [dx], { n }: { n: number }) => ops.mul(dx!, ops.bind(polygamma, [x!], { n: n + 1 })[0]!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

export const special: readonly Primitive[] = [erf, erfc, erfinv, lgamma, digamma, polygamma]
