/**
 * The determinant, with derivatives of every order that are right at singular matrices of any rank.
 *
 * ∂ det(A)/∂A is the matrix of cofactors C(A). All derivatives beyond are of one family: Cₖ(A; X₁, …, Xₖ), the derivative of C
 * in k directions, is linear and symmetric in them; moving A gives Cₖ₊₁; and since ⟨V, Cₖ(A; X₁, …)⟩ is a derivative of det
 * in V, X₁, …, it is its own transpose: {det, Cₖ} is closed at every order, and divides by nothing that may vanish.
 * Source: Jacobi's formula; mixed discriminants (Bapat 1989); Magnus & Neudecker, Matrix Differential Calculus, ch. 8.
 */
import { size } from '../../data/shape'
import type { Primitive } from '../../ir/types'
import { isLinear, isZero } from '../../ir/value'
import { definePrimitive } from '../define'
import { itself, leading, matrices, rowsOf, strong } from './algebra'
import { factorError } from './backward'
import { familyJvp } from './family'
import { cofactorsKernel, detKernel } from './kernels/cofactors'
import { lu } from './lu'
import { cofactorsBackward, cofactorsError } from './running'

/** Of A and any number of directions: the derivative of the matrix of cofactors. */
export const cofactors: Primitive = definePrimitive({
  name: 'cofactors',
  rounding: (ops, operands, [c]) => [cofactorsError(ops, operands, c)],
  backwardError: (ops, operands) => cofactorsBackward(ops, operands),
  shape: matrices('cofactors', 'square matrices of one size', (sizes) => sizes.every(([m, n]) => m === n && n === sizes[0][0]), ([a]) => [strong(a)]),
  kernel: cofactorsKernel,
  jvp: familyJvp(() => cofactors),
  transpose: (ops, [ct], operands) =>
    operands.map((x, i) => (isLinear(x) ? ops.bind(cofactors, operands.map((o, j) => (i === j ? ct : o)), {})[0] : null)),
  batch: itself(() => cofactors),
  linear: { each: [1, 2, 3, 4, 5, 6, 7, 8] },
  cost: ([a]) => 3 * size(a.shape) * a.shape[a.shape.length - 1],
})

/** det A, 1 of an empty matrix. */
export const det: Primitive = definePrimitive({
  name: 'det',
  rounding: (ops, [a], [d]) => [ops.mul(ops.abs(d!), rowsOf(a))],
  backwardError: (ops, [a]) => {
    const [factors, , order] = ops.bind(lu, [a])
    return [factorError(ops, factors, order)]
  },
  shape: matrices('det', 'a square matrix', ([[m, n]]) => m === n, ([a]) => [strong(a, leading(a.shape))]),
  kernel: detKernel,
  jvp: (ops, [a], _d, [da]) => {
    const axis = leading(a.aval.shape).length
    return isZero(da) ? da : ops.sum(ops.mul(ops.bind(cofactors, [a])[0], da), [axis, axis + 1])
  },
  transpose: 'nonlinear',
  batch: itself(() => det),
  cost: ([a]) => (2 * size(a.shape) * a.shape[a.shape.length - 1]) / 3,
})
