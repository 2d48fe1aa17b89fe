/**
 * Exponentials, logarithms, trigonometric and hyperbolic functions and their inverses.
 *
 * Each derivative is written in the function's value y where that is cheaper.
 * Source: Abramowitz & Stegun 1964, chapter 4.
 */
import * as math from '../../compile/math/functions'
import { elementwise } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive, floating, pointwise, smooth } from '../define'

/** A function of the same family, at x. */
const one = (ops: CoreOps, prim: Primitive, x: Value): Value => ops.bind(prim, [x])[0]!

/** eˣ. */
export const exp: Primitive = smooth('exp', elementwise(({ exp }, x) => exp(x), { exp: math.exp }), (_ops, _x, y) => y)
/** eˣ − 1, exact near 0. */
export const expm1: Primitive = smooth('expm1', elementwise(({ expm1 }, x) => expm1(x), { expm1: math.expm1 }), (ops, _x, y) => ops.add(y, 1))
/** Natural logarithm.  d log x = dx / x. */
export const log: Primitive = definePrimitive({
  name: 'log',
  shape: pointwise('log', floating, 'a floating dtype'),
  kernel: elementwise(({ log }, x) => log(x), { log: math.log }),
  jvp: (ops, [x], _y, [dx]) => ops.div(dx!, x!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})
/** log(1 + x), exact near 0. */
export const log1p: Primitive = definePrimitive({
  name: 'log1p',
  shape: pointwise('log1p', floating, 'a floating dtype'),
  kernel: elementwise(({ log1p }, x) => log1p(x), { log1p: math.log1p }),
  jvp: (ops, [x], _y, [dx]) => ops.div(dx!, ops.add(1, x!)),
  transpose: 'nonlinear',
  batch: 'elementwise',
})
/** sin x, x in radians.  d sin x = cos x dx. */
export const sin: Primitive = smooth('sin', elementwise(({ sin }, x) => sin(x), { sin: math.sin }), (ops, x) => one(ops, cos, x))
/** cos x, x in radians.  d cos x = −sin x dx. */
export const cos: Primitive = smooth('cos', elementwise(({ cos }, x) => cos(x), { cos: math.cos }), (ops, x) => ops.neg(one(ops, sin, x)))
/** tan x, x in radians.  d tan x = (1 + y²) dx. */
export const tan: Primitive = smooth('tan', elementwise(({ tan }, x) => tan(x), { tan: math.tan }), (ops, _x, y) => ops.add(1, ops.mul(y, y)))
/** sinh x. */
export const sinh: Primitive = smooth('sinh', elementwise(({ sinh }, x) => sinh(x), { sinh: math.sinh }), (ops, x) => one(ops, cosh, x))
/** cosh x. */
export const cosh: Primitive = smooth('cosh', elementwise(({ cosh }, x) => cosh(x), { cosh: math.cosh }), (ops, x) => one(ops, sinh, x))
/** tanh x.  d tanh x = (1 − y²) dx. */
export const tanh: Primitive = smooth('tanh', elementwise(({ tanh }, x) => tanh(x), { tanh: math.tanh }), (ops, _x, y) => ops.sub(1, ops.mul(y, y)))

export const transcendental: readonly Primitive[] = [exp, expm1, log, log1p, sin, cos, tan, sinh, cosh, tanh]
