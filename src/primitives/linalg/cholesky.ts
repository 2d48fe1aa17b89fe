/**
 * The Cholesky factor L of a symmetric positive definite matrix: A = L Lᵀ.
 *
 * Of any square A it is the factor of (A + Aᵀ)/2; L is NaN where that is not positive definite.
 * L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ), Φ the lower triangle with half the diagonal. Source: Giles 2008, 2.4; Murray 2016.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { Primitive } from '../../ir/types'
import { definePrimitive } from '../define'
import { codeOf } from '../kernels/element'
import { diagonal, diagonalMatrix, itself, lower, matrices, product, strong, symmetrized } from './algebra'
import { choleskyError } from './backward'
import { atOnce, copy, matricesOf, round } from './kernels/buffers'
import { factorCholesky } from './kernels/cholesky'
import { choleskyCode } from './kernels/factors.code'
import { roomFor } from './kernels/rows'
import { solveBy } from './triangular'

const kernel: KernelSpec = { ...opaque(([a]) => {
  const { count, n } = matricesOf(a)
  const code = codeOf(a.dtype)
  const area = n * n
  const many = atOnce(count, area)
  const withRoom = roomFor(many * area)
  return ([from], [to]) => {
    withRoom((x, at) => {
      for (let k = 0; k < count; k += many) {
        const here = Math.min(many, count - k)
        copy(here * area, from, k * area, x, at)
        factorCholesky(here, n, x, at)
        copy(here * area, x, at, to, k * area)
      }
    })
    round(code, to, 0, count * area)
  }
}), code: choleskyCode }

/** Lower L with L Lᵀ = (A + Aᵀ)/2. */
export const cholesky: Primitive = definePrimitive({
  name: 'cholesky',
  rounding: 'exact',
  backwardError: (ops, [a], [l]) => [choleskyError(ops, a, l)],
  shape: matrices('cholesky', 'a square matrix', ([[m, n]]) => m === n, ([a]) => [strong(a)]),
  kernel,
  jvp: (ops, _a, [l], [da]) => {
    const side = { leftSide: true, lower: true, transposeA: false, unitDiagonal: false }
    const half = solveBy(ops, l, symmetrized(ops, da), side)
    const inner = solveBy(ops, l, half, { ...side, leftSide: false, transposeA: true })
    return product(ops, l, ops.sub(lower(ops, inner), ops.mul(diagonalMatrix(ops, diagonal(ops, inner)), 0.5)))
  },
  transpose: 'nonlinear',
  batch: itself(() => cholesky),
  cost: ([a]) => (size(a.shape) * a.shape[a.shape.length - 1]) / 3,
})
