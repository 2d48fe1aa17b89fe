/**
 * The Taylor rules of the core's primitives, which every program needs, beside their records: who does not use `jet`
 * does not ship them. All other primitives carry their rule in their record.
 *
 * Law: coefficient k of f(x(t)) is (1/k!) dᵏ/dtᵏ f(x(t)) at t = 0.
 */
import type { Primitive, TaylorRule } from '../../ir/types'
import { cumprod, linearRecurrence } from '../cumulative'
import { cbrt, div, integerPow, mul, pow, sqrt } from '../elementwise/arithmetic'
import { exp2, hypot, logistic } from '../elementwise/inverse'
import { maskedDiv, maskedMul } from '../elementwise/masked'
import { cos, cosh, exp, expm1, log, log1p, sin, sinh, tan, tanh } from '../elementwise/transcendental'
import { prod } from '../reduce'
import { spread } from './jets'
import { circularRule, cumprodRule, hypotRule, integerPowRule, logarithmRule, onePlus, powerRule, powRule, prodRule, productRule, quotientRule, recurrenceRule, riccatiRule } from './rules'

/** A series of zeros stays one. */
const kept =
  (rule: TaylorRule): TaylorRule =>
  (ops, jets, outs, params) => {
    const x = spread(ops, jets[0]!, outs[0]!.aval.shape)
    const still = ops.reduceAnd(ops.eq(x, 0), [0])
    return rule(ops, jets, outs, params).map((c) => ops.select(ops.broadcast(still, c.aval.shape, still.aval.shape.map((_, i) => i + 1)), 0, c))
  }

const rules: ReadonlyMap<Primitive, TaylorRule> = new Map([
  [mul, productRule],
  [div, quotientRule],
  [maskedMul, kept(productRule)],
  [maskedDiv, kept(quotientRule)],
  [pow, powRule],
  [integerPow, integerPowRule],
  [sqrt, powerRule(1 / 2)],
  [cbrt, powerRule(1 / 3)],
  [exp, riccatiRule(0, 1, 0)],
  [exp2, riccatiRule(0, Math.LN2, 0)],
  [expm1, riccatiRule(1, 1, 0)],
  [log, logarithmRule((_ops, x) => x)],
  [log1p, logarithmRule(onePlus)],
  [sin, circularRule(0, -1, cos)],
  [cos, circularRule(1, -1, sin)],
  [tan, riccatiRule(1, 0, 1)],
  [sinh, circularRule(0, 1, cosh)],
  [cosh, circularRule(1, 1, sinh)],
  [tanh, riccatiRule(1, 0, -1)],
  [logistic, riccatiRule(0, 1, -1)],
  [hypot, hypotRule],
  [prod, prodRule],
  [cumprod, cumprodRule],
  [linearRecurrence, recurrenceRule(linearRecurrence)],
])

/** A primitive's Taylor rule, if it has one. */
export const taylorRuleOf = (prim: Primitive): TaylorRule | undefined => prim.taylor ?? rules.get(prim)
