/**
 * The pattern rules of the core's primitives, beside their records: who wants no sparse Jacobian does not ship them.
 * All other primitives carry their rule in their record.
 */
import type { PatternRule } from '../ir/pattern'
import type { Primitive } from '../ir/types'
import { select } from './elementwise/logic'
import { gather, scatterAdd, scatterSet } from './indexing'
import { gatherPattern, scatterPattern, selectPattern } from './patterns'

const rules: ReadonlyMap<Primitive, PatternRule> = new Map([
  [select, selectPattern],
  [gather, gatherPattern],
  [scatterSet, scatterPattern('moves')],
  [scatterAdd, scatterPattern('sums')],
])

/** Which elements of its operands a result's elements depend on, if the primitive says. */
export const patternRuleOf = (prim: Primitive): PatternRule | undefined => prim.pattern ?? rules.get(prim)
