/** The rule laws, on the primitives that work element by element. */
import { primitives } from 'adjoint'
import { testRules } from './rules'

testRules(primitives.filter((p) => p.batch === 'elementwise'))
