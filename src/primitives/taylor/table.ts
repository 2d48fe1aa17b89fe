/**
 * The Taylor rules of the core's primitives, which every program needs, beside their records: who does not use `jet`
 * does not ship them. All other primitives carry their rule in their record.
 *
 * Law: coefficient k of f(x(t)) is (1/k!) dᵏ/dtᵏ f(x(t)) at t = 0.
 */
import type { Primitive, TaylorRule } from '../../ir/types'
import { div, integerPow, mul, pow, sqrt } from '../elementwise/arithmetic'
import { maskedDiv, maskedMul } from '../elementwise/masked'
import { exp, log } from '../elementwise/transcendental'
import { prod } from '../reduce'
import { spread } from './jets'
import { integerPowRule, logarithmRule, powerRule, powRule, prodRule, productRule, quotientRule, riccatiRule } from './rules'

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
  [exp, riccatiRule(0, 1, 0)],
  [log, logarithmRule((_ops, x) => x)],
  [prod, prodRule],
])

/** A primitive's Taylor rule, if it has one. */
export const taylorRuleOf = (prim: Primitive): TaylorRule | undefined => prim.taylor ?? rules.get(prim)
