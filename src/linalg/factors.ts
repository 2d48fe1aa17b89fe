/**
 * Factorizations: Cholesky, LU, QR, eigenvalues of symmetric matrices, singular values.
 *
 * Law: the factors multiplied give the matrix; of a batch, each for itself.
 * Example: linalg.cholesky([[4, 2], [2, 5]]) // => [[2. 0.] [1. 2.]]
 */
import { demandOptions } from '../data/options'
import { tril, triu } from '../numpy/diagonals'
import { named, oneOf } from '../numpy/arguments'
import { matrixTranspose } from '../numpy/shaping'
import { cholesky as choleskyPrimitive } from '../primitives/linalg/cholesky'
import { columns, rows } from '../primitives/linalg/algebra'
import { eigh as eighPrimitive } from '../primitives/linalg/eigh'
import { lu as luPrimitive } from '../primitives/linalg/lu'
import { qr as qrPrimitive } from '../primitives/linalg/qr'
import { svd as svdPrimitive } from '../primitives/linalg/svd'
import { coreOps, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { batchOf, columnCount, matrix, result, results, rowCount, square, tensorOf } from './arguments'

export interface SymmetricOptions {
  /** Whether (A + Aᵀ)/2 is meant (default), or only one triangle is read. */
  readonly symmetrizeInput?: boolean
}

/** The symmetric matrix whose lower (or upper) triangle is that of a. */
function mirrored(a: Tensor, upper: boolean): Tensor {
  return upper ? ops.add(triu(a), matrixTranspose(triu(a, 1))) : ops.add(tril(a), matrixTranspose(tril(a, -1)))
}

export interface CholeskyOptions extends SymmetricOptions {
  /** U with A = Uᵀ U in place of L. Default false. */
  readonly upper?: boolean
}
/**
 * The lower triangular L with A = L Lᵀ, of symmetric positive definite A: shape [..., n, n]. NaN where A is not definite.
 * @example linalg.cholesky([[4, 2], [2, 5]]) // => [[2. 0.] [1. 2.]]
 */
export function cholesky(a: TensorLike, options: CholeskyOptions = {}): Tensor {
  demandOptions('cholesky', options, ['upper', 'symmetrizeInput'])
  const x = square('cholesky', a)
  const { upper = false, symmetrizeInput = true } = options
  const l = result(choleskyPrimitive, [symmetrizeInput ? x : mirrored(x, upper)])
  return upper ? matrixTranspose(l) : l
}

/** [c, lower] for `choSolve`: the Cholesky factor, and which triangle it is. */
export const choFactor = (a: TensorLike, options: { readonly lower?: boolean } = {}): [Tensor, boolean] => {
  demandOptions('choFactor', options, ['lower'])
  const { lower = false } = options
  return [cholesky(a, { upper: !lower }), lower]
}

export interface LuOptions {
  /** [P L, U] in place of [P, L, U]. Default false. */
  readonly permuteL?: boolean
}
/** [P, L, U] with A = P L U: a permutation, unit lower, upper. Partial pivoting: no element of L exceeds 1. */
export function lu(a: TensorLike, options?: LuOptions & { readonly permuteL?: false }): [Tensor, Tensor, Tensor]
export function lu(a: TensorLike, options: LuOptions & { readonly permuteL: true }): [Tensor, Tensor]
export function lu(a: TensorLike, options: LuOptions = {}): Tensor[] {
  demandOptions('lu', options, ['permuteL'])
  const { permuteL = false } = options
  const x = matrix('lu', a)
  const [m, n] = [rowCount(x), columnCount(x)]
  const k = Math.min(m, n)
  const [packed, , order] = results(luPrimitive, [x])
  const strict = tril(tensorOf(columns(coreOps, packed, 0, k)), -1)
  const unit = ops.convert(ops.eq(ops.iota([m, k], 'int32', 0), ops.iota([m, k], 'int32', 1)), x.dtype)
  const spread = [...batchOf(x), m, k]
  const l = ops.add(strict, ops.broadcast(unit, spread, [spread.length - 2, spread.length - 1]))
  const u = triu(tensorOf(rows(coreOps, packed, 0, k)))
  // Column j of P has its 1 in the row of A that became row j.
  const full = [...batchOf(x), m, m]
  const targets = ops.broadcast(order, full, [...batchOf(x).map((_, i) => i), full.length - 1])
  const p = ops.convert(ops.eq(ops.iota(full, 'int32', full.length - 2), targets), x.dtype)
  return permuteL ? [p.matmul(l), u] : [p, l, u]
}

/** [LU, pivots] for `luSolve`: both factors in one matrix, and the row exchanged with row i at step i (int32). */
export function luFactor(a: TensorLike): [Tensor, Tensor] {
  const [packed, pivots] = results(luPrimitive, [matrix('luFactor', a)])
  return [packed, pivots]
}

export type QrMode = 'reduced' | 'complete' | 'r'
/**
 * [Q, R] with A = Q R by Householder reflections; mode 'r' gives R alone. Shapes [..., m, k] and [..., k, n], k = min(m, n),
 * or m in mode 'complete'. The derivative needs the first k columns of A to be independent. Signs are LAPACK's: they jump where
 * A is triangular, and derivatives there are those of factors that do not jump.
 */
export function qr(a: TensorLike, mode?: 'reduced' | 'complete' | { readonly mode?: 'reduced' | 'complete' }): [Tensor, Tensor]
export function qr(a: TensorLike, mode: 'r' | { readonly mode: 'r' }): Tensor
export function qr(a: TensorLike, given: QrMode | { readonly mode?: QrMode } = 'reduced'): [Tensor, Tensor] | Tensor {
  const { mode = 'reduced' } = named<{ mode: QrMode }>('qr', ['mode'], [given])
  oneOf('qr', 'mode', mode, ['reduced', 'complete', 'r'])
  const [q, r] = results(qrPrimitive, [matrix('qr', a)], { complete: mode === 'complete' })
  return mode === 'r' ? r : [q, r]
}

export interface EighOptions extends SymmetricOptions {
  /** The triangle that is read where the input is not symmetrized. Default 'L'. */
  readonly UPLO?: 'L' | 'U'
}
/**
 * [w, V] of a symmetric matrix: eigenvalues, increasing, and eigenvectors, as columns, the largest component of each
 * positive. Where eigenvalues are equal, derivatives are those that do not part them.
 * @example linalg.eigh([[2, 1], [1, 2]])[0] // => [1. 3.]
 */
export const eigh = (a: TensorLike, options: EighOptions = {}): [Tensor, Tensor] => symmetric('eigh', a, options)

function symmetric(name: string, a: TensorLike, options: EighOptions): [Tensor, Tensor] {
  demandOptions(name, options, ['UPLO', 'symmetrizeInput'])
  const { UPLO = 'L', symmetrizeInput = true } = options
  oneOf(name, 'triangle', UPLO, ['L', 'U'])
  const x = square(name, a)
  const [w, v] = results(eighPrimitive, [symmetrizeInput ? x : mirrored(x, UPLO === 'U')])
  return [w, v]
}
/** The eigenvalues of a symmetric matrix, increasing. */
export const eigvalsh = (a: TensorLike, options: EighOptions = {}): Tensor => symmetric('eigvalsh', a, options)[0]

export interface SvdOptions {
  /** Square U and Vᵀ; otherwise they have min(m, n) columns and rows. Default true. */
  readonly fullMatrices?: boolean
  /** Whether the vectors are wanted, or only s. Default true. */
  readonly computeUv?: boolean
}
/**
 * [U, s, Vᵀ] with A = U diag(s) Vᵀ, s decreasing; s alone with `computeUv: false`.
 * Where singular values are equal or 0, derivatives are those that do not part them.
 */
export function svd(a: TensorLike, fullMatrices?: boolean | (SvdOptions & { readonly computeUv?: true }), computeUv?: true): [Tensor, Tensor, Tensor]
export function svd(a: TensorLike, fullMatrices: boolean | SvdOptions, computeUv?: boolean): Tensor | [Tensor, Tensor, Tensor]
export function svd(a: TensorLike, full?: boolean | SvdOptions, vectors?: boolean): Tensor | [Tensor, Tensor, Tensor] {
  const { fullMatrices = true, computeUv = true } = named<SvdOptions>('svd', ['fullMatrices', 'computeUv'], [full, vectors])
  const [u, s, vt] = results(svdPrimitive, [matrix('svd', a)], { full: computeUv && fullMatrices })
  return computeUv ? [u, s, vt] : s
}
/** The singular values, decreasing. */
export const svdvals = (a: TensorLike): Tensor => results(svdPrimitive, [matrix('svdvals', a)], { full: false })[1]
