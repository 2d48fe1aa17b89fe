/**
 * Linear systems: square ones by LU, triangular ones by substitution, all others by least squares.
 *
 * Right-hand sides are one vector, [n], or columns, [..., n, k]; batches broadcast. A matrix is factored once: derivatives
 * of every order are solved by the same factors. A singular matrix gives infinities or NaN, as in JAX.
 * Example: linalg.solve([[2, 0], [0, 4]], [2, 4]) // => [1. 1.]
 */
import { demand, shown } from '../data/errors'
import { demandOptions } from '../data/options'
import { range, showShape, size } from '../data/shape'
import { axisIn, float, integer, named, numbersOf, real, tensor } from '../numpy/arguments'
import { eye } from '../numpy/creation'
import { diagonal } from '../numpy/diagonals'
import { epsilonOf } from '../primitives/linalg/algebra'
import { logAbsDet, lu as luPrimitive, orderOfPivots, solveFactors, taken } from '../primitives/linalg/lu'
import { pinv as pinvPrimitive } from '../primitives/linalg/svd'
import { triangularSolve as trianglePrimitive, type TriangularSolve } from '../primitives/linalg/triangular'
import { det as detPrimitive } from '../primitives/linalg/determinant'
import { coreOps, ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { batchOf, columnCount, matrix, result, results, rowCount, square, tensorOf, widened, withSides } from './arguments'
import { svdvals } from './factors'

/** The factors of a and the order of their rows, held constant. */
function factors(a: Tensor): { packed: Tensor; order: Tensor } {
  const [packed, , order] = results(luPrimitive, [words.stopGradient(a)])
  return { packed, order }
}

/** X with A X = B. */
function solution(a: Tensor, b: Tensor): Tensor {
  const { packed, order } = factors(a)
  const batch = batchOf(b)
  return result(solveFactors, [widened(packed, batch), widened(order, batch, 1), widened(a, batch), b], { transposeA: false })
}

/**
 * x with A x = b. A is [..., n, n]; b is one vector [n] or columns [..., n, k].
 * @example linalg.solve([[1, 2], [3, 5]], [1, 2]) // => [-1.  1.]
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  const s = withSides('solve', square('solve', a), b)
  return s.done(solution(s.a, s.b))
}

/** The inverse, [..., n, n]. To solve a system, `solve` is faster and more accurate. */
export function inv(a: TensorLike): Tensor {
  const x = square('inv', a)
  const n = columnCount(x)
  return solution(x, widened(eye(n, { dtype: x.dtype }), batchOf(x)))
}

/**
 * The determinant, [...]. Its derivatives, of every order, are right at singular matrices too.
 * @example grad((a) => linalg.det(a))(np.array([[1, 2], [2, 4]])) // => [[ 4. -2.] [-2.  1.]]
 */
export const det = (a: TensorLike): Tensor => result(detPrimitive, [square('det', a)])

/** [sign, log |det A|]: 0 and −∞ of a singular matrix. */
export function slogdet(a: TensorLike): [Tensor, Tensor] {
  const x = square('slogdet', a)
  const { packed, order } = factors(x)
  const [sign, log] = results(logAbsDet, [packed, order, x])
  return [sign, log]
}

export interface TriangularOptions {
  /** A is lower triangular; otherwise upper. Default false. What is on the other side is not read. */
  readonly lower?: boolean
  /** 1, 'T' or 'C': A is transposed. Default 0, 'N'. */
  readonly trans?: 0 | 1 | 2 | 'N' | 'T' | 'C'
  /** The same as `trans: 1`. */
  readonly transposeA?: boolean
  /** The diagonal is 1, and not read. Default false. */
  readonly unitDiagonal?: boolean
  /** A x = b; false for X A = B, B [..., k, n]. Default true. */
  readonly leftSide?: boolean
}
/**
 * x with A x = b for triangular A.
 * @example linalg.solveTriangular([[2, 0], [1, 1]], [2, 3], { lower: true }) // => [1. 2.]
 */
export function solveTriangular(a: TensorLike, b: TensorLike, options: TriangularOptions = {}): Tensor {
  demandOptions('solveTriangular', options, ['lower', 'trans', 'transposeA', 'unitDiagonal', 'leftSide'])
  const { lower = false, trans = 0, transposeA = false, unitDiagonal = false, leftSide = true } = options
  demandTrans('solveTriangular', trans)
  const params: TriangularSolve = { leftSide, lower, transposeA: transposeA || !(trans === 0 || trans === 'N'), unitDiagonal }
  const x = square('solveTriangular', a)
  const s = withSides('solveTriangular', x, leftSide ? b : rowsAsSides(b))
  const run = (given: Tensor): Tensor => result(trianglePrimitive, [widened(s.a, batchOf(given)), given], { ...params })
  if (leftSide) return s.done(run(s.b))
  // X A = B row by row; `s.b` holds the rows as columns.
  const rows = run(swapped(s.b))
  return float(b).ndim === 1 ? ops.reshape(rows, rows.shape.filter((_, i) => i !== rows.ndim - 2)) : rows
}
const demandTrans = (name: string, trans: unknown): void =>
  demand([0, 1, 2, 'N', 'T', 'C'].includes(trans as number), 'index', () => `${name}: trans is ${shown(trans)}`, "Give 0 or 'N', 1 or 'T', 2 or 'C'.")

/** The same under its other name. */
export const triangularSolve: typeof solveTriangular = solveTriangular

const swapped = (x: Tensor): Tensor => ops.transpose(x, [...range(x.ndim - 2), x.ndim - 1, x.ndim - 2])
const rowsAsSides = (b: TensorLike): Tensor => {
  const x = float(b)
  return x.ndim < 2 ? x : swapped(x)
}

/** A Cholesky factor with the side on which it stands. */
export type CholeskyFactor = readonly [factor: TensorLike, lower: boolean]
/** x with A x = b, by the factor of A that `choFactor` gives, or by L of `cholesky`. */
export function choSolve(factor: CholeskyFactor | Tensor, b: TensorLike): Tensor {
  demand(!Array.isArray(factor) || factor.length === 2, 'tree', () => `choSolve: the factor is a list of ${(factor as readonly unknown[]).length}`, 'Give what linalg.choFactor returns: [c, lower].')
  const [c, lower] = Array.isArray(factor) ? (factor as unknown as CholeskyFactor) : [factor as Tensor, true]
  const first = solveTriangular(c, b, { lower, transposeA: !lower })
  return solveTriangular(c, first, { lower, transposeA: lower })
}

/** x with A x = b (or Aᵀ x = b with `trans: 1`), by what `luFactor` gives. */
export function luSolve(factors: readonly [TensorLike, Tensor], b: TensorLike, options: 0 | 1 | 2 | { readonly trans?: 0 | 1 | 2 } = 0): Tensor {
  const { trans = 0 } = named<{ trans: 0 | 1 | 2 }>('luSolve', ['trans'], [options])
  demandTrans('luSolve', trans)
  demand(Array.isArray(factors) && factors.length === 2, 'tree', () => `luSolve: the factors are ${shown(factors)}`, 'Give what linalg.luFactor returns: [LU, pivots].')
  const [packed, given] = factors
  const pivots = ops.convert(tensor(given), 'int32')
  const s = withSides('luSolve', square('luSolve', packed), b)
  const batch = batchOf(s.b)
  const f = widened(s.a, batch)
  const order = widened(result(orderOfPivots, [pivots], { rows: rowCount(f) }), batch, 1)
  const side = (x: Tensor, lower: boolean): Tensor => result(trianglePrimitive, [f, x], { leftSide: true, lower, transposeA: trans !== 0, unitDiagonal: lower })
  if (trans === 0) return s.done(side(side(tensorOf(taken(coreOps, s.b, order)), true), false))
  // Row order[i] of the solution is row i of what the factors give.
  const [, back] = words.sort([order, ops.iota(order.shape, 'int32', order.ndim - 1)], order.ndim - 1, 1)
  return s.done(tensorOf(taken(coreOps, side(side(s.b, false), true), back)))
}

export interface PinvOptions {
  /** Singular values up to this part of the largest count as 0. Default ε · max(m, n) · 10. */
  readonly rtol?: number
}
/** The pseudo-inverse, [..., n, m]. Its derivative is that among matrices of the same rank. */
export function pinv(a: TensorLike, options: number | PinvOptions = {}): Tensor {
  const x = matrix('pinv', a)
  const { rtol = 10 * epsilonOf(x.aval) * Math.max(rowCount(x), columnCount(x)) } = named<PinvOptions>('pinv', ['rtol'], [options])
  real('pinv', 'rtol', rtol)
  return result(pinvPrimitive, [x], { rtol })
}

export interface LstsqOptions {
  /** Singular values up to this part of the largest count as 0. Default ε · max(m, n). */
  readonly rcond?: number
}
/**
 * [x, residuals, rank, s]: the shortest x that minimizes ‖A x − b‖, by singular values; Σ (A x − b)² for each column; the rank;
 * the singular values. Shapes [n] or [..., n, k], [1] or [..., k], [...], [..., min(m, n)].
 * @example linalg.lstsq([[1, 0], [1, 1], [1, 2]], [1, 3, 5])[0] // => [1. 2.]
 */
export function lstsq(a: TensorLike, b: TensorLike, options: number | LstsqOptions = {}): [Tensor, Tensor, Tensor, Tensor] {
  const s = withSides('lstsq', a, b)
  const { rcond = epsilonOf(s.a.aval) * Math.max(rowCount(s.a), columnCount(s.a)) } = named<LstsqOptions>('lstsq', ['rcond'], [options ?? undefined])
  real('lstsq', 'rcond', rcond)
  const [inverse, values] = results(pinvPrimitive, [s.a], { rtol: rcond })
  const x = inverse.matmul(s.b)
  const off = ops.sub(s.b, s.a.matmul(x))
  return [s.done(x), ops.sum(ops.mul(off, off), [off.ndim - 2]), countAbove(values, rcond), values]
}

/** How many singular values exceed this part of the largest. */
export function countAbove(values: Tensor, rtol: number): Tensor {
  const last = values.ndim - 1
  if (values.shape[last] === 0) return ops.full(values.shape.slice(0, -1), 0, 'int32')
  const most = ops.broadcast(ops.mul(ops.reduceMax(values, [last]), rtol), values.shape, range(last))
  return ops.sum(ops.convert(ops.gt(values, most), 'int32'), [last])
}

/** The number of singular values above a tolerance: `rtol` times the largest (default ε · max(m, n)), or `tol`. */
export function matrixRank(a: TensorLike, options: number | { readonly rtol?: number; readonly tol?: number } = {}): Tensor {
  const x = matrix('matrixRank', a)
  const o = named<{ rtol: number; tol: number }>('matrixRank', ['rtol'], [options], ['tol'])
  for (const key of ['rtol', 'tol'] as const) if (o[key] !== undefined) real('matrixRank', key, o[key])
  const values = svdvals(x)
  if (o.tol !== undefined) return ops.sum(ops.convert(ops.gt(values, o.tol), 'int32'), [values.ndim - 1])
  return countAbove(values, o.rtol ?? epsilonOf(x.aval) * Math.max(rowCount(x), columnCount(x)))
}

/** The sum of the diagonal of the last two axes; `offset` counts to the right. */
export function trace(a: TensorLike, options: number | { readonly offset?: number } = 0): Tensor {
  const x = matrix('trace', a)
  const { offset = 0 } = named<{ offset: number }>('trace', ['offset'], [options])
  const d = diagonal(x, integer('trace', 'offset', offset), -2, -1)
  return ops.sum(d, [d.ndim - 1])
}

/** The inverse of a as a linear map from its last axes to its first `ind`: tensordot(tensorinv(a, ind), b, ind) solves. */
export function tensorinv(a: TensorLike, ind: number | { readonly ind?: number } = 2): Tensor {
  const x = float(a)
  const at = integer('tensorinv', 'ind', named<{ ind: number }>('tensorinv', ['ind'], [ind]).ind ?? 2, 1)
  const [head, tail] = [x.shape.slice(0, at), x.shape.slice(at)]
  demand(at > 0 && size(head) === size(tail), 'shape', () => `tensorinv: shape ${showShape(x.shape)} split at ${at}`, 'The products of the extents on both sides must be equal.')
  return ops.reshape(inv(ops.reshape(x, [size(head), size(tail)])), [...tail, ...head])
}

/** x with tensordot(a, x, x.ndim) = b. */
export function tensorsolve(a: TensorLike, b: TensorLike, options: { readonly axes?: readonly number[] } = {}): Tensor {
  const [x, y] = [float(a), float(b)]
  demandOptions('tensorsolve', options, ['axes'])
  const axes = numbersOf('tensorsolve', options.axes ?? []).map((k) => axisIn('tensorsolve', k, x))
  const last = ops.transpose(x, [...range(x.ndim).filter((k) => !axes.includes(k)), ...axes])
  const wanted = last.shape.slice(y.ndim)
  demand(size(wanted) === y.size, 'shape', () => `tensorsolve: shapes ${showShape(x.shape)} and ${showShape(y.shape)}`, 'The extents of a beyond those of b must have the product b.size.')
  return ops.reshape(solve(ops.reshape(last, [y.size, size(wanted)]), ops.reshape(y, [y.size])), wanted)
}
