/** The rule laws, on the primitives that know axes. */
import { primitives } from 'adjoint'
import { testRules } from './rules'

testRules(primitives.filter((p) => p.batch !== 'elementwise'))
