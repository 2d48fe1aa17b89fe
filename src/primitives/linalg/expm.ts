/**
 * The matrix exponential, closed under differentiation at every order: of A and directions X₁, …, Xₖ it is the k-th
 * Fréchet derivative Lₖ(A; X₁, …, Xₖ), and of A alone e^A.
 *
 * Moving A adds a direction. Lₖ is linear and symmetric in the directions, and adjoint to itself at transposed matrices:
 * ⟨V, Lₖ(A; X₁, …)⟩ = ⟨X₁, Lₖ(A; Vᵀ, X₂, …)ᵀ⟩. Source: Higham, Functions of Matrices, ch. 3 and 10; Higham & Relton 2014.
 */
import { size } from '../../data/shape'
import type { Primitive } from '../../ir/types'
import { isLinear } from '../../ir/value'
import { definePrimitive } from '../define'
import { itself, matrices, strong, turned } from './algebra'
import { familyJvp } from './family'
import { expmKernel } from './kernels/expm'
import { approximantError, exponentialError } from './running'

export const expm: Primitive = definePrimitive({
  name: 'expm',
  rounding: (ops, operands, [y]) => [exponentialError(ops, (m) => ops.bind(expm, [m])[0], operands, y)],
  backwardError: (ops, operands) => operands.map((x) => approximantError(ops, x)),
  shape: matrices('expm', 'square matrices of one size', (sizes) => sizes.every(([m, n]) => m === n && n === sizes[0][0]), ([a]) => [strong(a)]),
  kernel: expmKernel,
  jvp: familyJvp(() => expm),
  transpose: (ops, [ct], operands) =>
    operands.map((x, i) => (isLinear(x) ? turned(ops, ops.bind(expm, operands.map((o, j) => (i === j ? turned(ops, ct) : o)), {})[0]) : null)),
  batch: itself(() => expm),
  linear: { each: [1, 2, 3, 4, 5, 6, 7, 8] },
  cost: (avals) => 20 * 3 ** (avals.length - 1) * size(avals[0].shape) * avals[0].shape[avals[0].shape.length - 1],
})
