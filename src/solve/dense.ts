/**
 * Linear maps that are known as functions, solved: small ones as matrices, large ones by iteration.
 *
 * Law: g(solution) = y. A map of n unknowns costs n applications to become a matrix, which up to `most` unknowns is cheaper
 * than iterating, and indifferent to its condition.
 */
import { eye, multiply } from '../numpy/index'
import { solve } from '../linalg/index'
import type { Tensor } from '../trace/tensor'
import { vmap } from '../transforms/vmap'
import { cg, gmres } from './krylov'
import { demanded, half, norm, type IterativeInfo, type VectorMap } from './operator'

const most = 256

/** The matrix of a linear map from vectors like `like` to vectors. */
export const matrixOf = (g: VectorMap, like: Tensor): Tensor => vmap((e: Tensor) => g(e), { outAxes: 1 })(eye(like.size, { dtype: like.dtype }))

const tolerance = (y: Tensor): number => (y.dtype === 'float32' ? 1e-6 : 1e-13)

/** Derivatives come without a flag: a solution with less than half of its digits is NaN. */
const sound = (y: Tensor, [x, { residual }]: readonly [Tensor, IterativeInfo]): Tensor => demanded(x, residual.le(multiply(half(y.dtype), norm(y))))

/** v with g(v) = y. */
export const generalSolve = (g: VectorMap, y: Tensor): Tensor =>
  y.size <= most ? solve(matrixOf(g, y), y) : sound(y, gmres(g as never, y, { tol: tolerance(y), restart: 50 }))

/** v with g(v) = y, for g symmetric and positive definite where it is large. */
export const symmetricSolve = (g: VectorMap, y: Tensor): Tensor =>
  y.size <= most ? solve(matrixOf(g, y), y) : sound(y, cg(g as never, y, { tol: tolerance(y) }))
