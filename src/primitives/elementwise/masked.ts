/**
 * Products and quotients that keep zeros: 0 · y, y · 0 and 0 / y are 0, whatever y is. For cotangents that a select has
 * zeroed, so that a NaN or an infinity in the branch not taken does not spread (0 · NaN).
 *
 * Law: they have the derivatives of mul and div, also where x = 0. In a derivative of theirs the zero that a select made
 * is the coefficient and the infinity the cotangent: so the product keeps zeros of either factor, and hands on that the
 * cotangent of y, x times another, is zero where the branch was not taken.
 * Example: mul_masked(0, NaN) = 0
 */
import { elementwise } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive, floating, pointwise, pointwiseTranspose } from '../define'

const times = (ops: CoreOps, x: Value, y: Value): Value => ops.bind(maskedMul, [x, y])[0]!
const over = (ops: CoreOps, x: Value, y: Value): Value => ops.bind(maskedDiv, [x, y])[0]!

/** x · y, 0 where x = 0 or y = 0.  d = y dx + x dy. */
export const maskedMul: Primitive = definePrimitive({
  name: 'mul_masked',
  shape: pointwise('mul_masked', floating, 'a floating dtype'),
  kernel: elementwise(({ select, eq, mul }, x, y) => select(eq(x, 0), 0, select(eq(y, 0), 0, mul(x, y)))),
  jvp: (ops, [x, y], _z, [dx, dy]) => ops.add(times(ops, dx!, y!), times(ops, x!, dy!)),
  transpose: pointwiseTranspose((ops, ct, operands, i) => times(ops, ct, operands[1 - i]!)),
  batch: 'elementwise',
  linear: { each: [0, 1] },
  masks: [1],
  commutative: true,
})

/** x / y, 0 where x = 0.  d = (dx − (x/y) dy) / y. */
export const maskedDiv: Primitive = definePrimitive({
  name: 'div_masked',
  shape: pointwise('div_masked', floating, 'a floating dtype'),
  kernel: elementwise(({ select, eq, div }, x, y) => select(eq(x, 0), 0, div(x, y))),
  jvp: (ops, [, y], [z], [dx, dy]) => ops.sub(over(ops, dx!, y!), times(ops, over(ops, z!, y!), dy!)),
  transpose: pointwiseTranspose((ops, ct, [, y]) => over(ops, ct, y!)),
  batch: 'elementwise',
  linear: { each: [0] },
})

export const masked: readonly Primitive[] = [maskedMul, maskedDiv]
