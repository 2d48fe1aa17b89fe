/**
 * Linear algebra over tensors that may be traced: `import * as linalg from 'adjoint/linalg'`.
 *
 * Matrices stand in the last two axes; any axes before them are a batch. Everything is differentiable in both modes, to
 * any order, batchable and compilable, in float64 and float32; integers become float64.
 * Example: linalg.solve([[2, 0], [0, 4]], [2, 4]) // => [1. 1.]
 */
export { choFactor, cholesky, eigh, eigvalsh, lu, luFactor, qr, svd, svdvals } from './factors'
export type { CholeskyOptions, EighOptions, LuOptions, QrMode, SvdOptions, SymmetricOptions } from './factors'
export { choSolve, det, inv, lstsq, luSolve, matrixRank, pinv, slogdet, solve, solveTriangular, tensorinv, tensorsolve, trace, triangularSolve } from './solving'
export type { CholeskyFactor, LstsqOptions, PinvOptions, TriangularOptions } from './solving'
export { cond, matrixNorm, norm, vectorNorm } from './norms'
export type { NormOptions, Order } from './norms'
export { expm, expmFrechet, matrixPower, multiDot } from './powers'
