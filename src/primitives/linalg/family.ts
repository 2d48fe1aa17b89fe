/**
 * Functions whose k-th derivative is a primitive of its own kind: operands A, X₁, …, Xₖ, linear and symmetric in the X.
 */
import type { JvpRule, Primitive } from '../../ir/types'
import { isZero, type Value } from '../../ir/value'

/** Tangents of the directions take their places; that of A is one more direction. */
export const familyJvp =
  (self: () => Primitive): JvpRule =>
  (ops, primals, [y], tangents) => {
    let sum: Value = ops.zero(y.aval)
    tangents.forEach((t, i) => {
      if (isZero(t)) return
      const operands = i === 0 ? [...primals, t] : primals.map((x, j) => (j === i ? t : x))
      sum = ops.add(sum, ops.bind(self(), operands, {})[0])
    })
    return sum
  }
