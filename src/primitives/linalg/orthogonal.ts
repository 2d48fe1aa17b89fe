/**
 * Errors of orthogonal transformations: QR, eigenvalues, singular values, and what is made of them.
 *
 * Law: to first order in u, Q̃ R̂ = A + ΔA with ‖Δaⱼ‖ ≤ h ‖aⱼ‖ for each column, and ‖Q̂ − Q̃‖ ≤ h for each column of an orthogonal Q̃
 * (Higham 2002, theorem 19.4 and equation 19.13); Ṽ Λ̂ Ṽᵀ = A + ΔA and Ũ Ŝ Ṽᵀ = A + ΔA with ‖ΔA‖ ≤ p ‖A‖ in the Frobenius norm, and the
 * computed vectors within p of orthogonal ones. So |λ̂ − λ| ≤ p u ‖A‖ (Weyl), and vectors turn by at most that over their gap.
 * Constants, for the algorithms of `kernels/` (γ of Higham's lemmas 19.2, 19.3 and 19.7, with the roundings counted out):
 * a reflection of length l is off by (6l + 41)u: 3l + 20 for τ, v (twice), vᵀb and two products, times τ‖v‖² = 2, and the difference;
 * h sums that over all reflections. A rotation of two rows is off by 9u. QL: tridiagonal form is a reflection from both sides at each
 * step; then three passes for each eigenvalue (Parlett 1998, 8.11: 1.7 on the average), each 40u in the matrix and 18√n u in the
 * vectors. Jacobi, of a triangle that is made triangular again: at most 30 sweeps, each 7n^1.5 u by Cauchy's inequality over its rotations; rows that count as orthogonal are
 * so up to n(2√(n + 8) + n)u. Vectors whose gap is less than four times the error are not determined: their error is infinite.
 */
import type { CoreOps } from '../../ir/types'
import type { Value } from '../../ir/value'
import { columnsOf, epsilonOf, inColumns, inRows, leading, rowsOf, turned } from './algebra'

/** h: of the reflections that make an m × n matrix triangular. */
export function reflections(m: number, n: number): number {
  const r = Math.min(m, n)
  return r * (6 * m + 41) - 3 * r * (r - 1)
}

/** p of eigenvalues. */
export const eigenUnits = (n: number): number => 2 * reflections(n, n) + 120 * n + 54 * n ** 1.5 + 8

/** p of singular values. */
export function singularUnits(m: number, n: number): number {
  const [long, k] = [Math.max(m, n), Math.min(m, n)]
  return reflections(long, k) + reflections(k, k) + 210 * k ** 1.5 + k * (2 * Math.sqrt(k + 8) + k) + k + 4
}

/** A number for each matrix of a batch, at every element of a shape with that batch. */
const everywhere = (ops: CoreOps, x: Value, shape: readonly number[]): Value => ops.broadcast(x, shape, x.aval.shape.map((_, i) => i))

const axesOf = (x: Value): number[] => [x.aval.shape.length - 2, x.aval.shape.length - 1]

/** ‖X‖ of each matrix, Frobenius; scaled, so that squares do not leave the range of numbers. */
export function frobenius(ops: CoreOps, x: Value): Value {
  if (rowsOf(x) * columnsOf(x) === 0) return ops.full(leading(x.aval.shape), 0, x.aval.dtype)
  const most = ops.reduceMax(ops.abs(x), axesOf(x))
  const scale = ops.select(ops.eq(most, 0), 1, most)
  const part = ops.div(x, everywhere(ops, scale, x.aval.shape))
  return ops.mul(scale, ops.sqrt(ops.sum(ops.mul(part, part), axesOf(x))))
}

/** Every element of A may be off by `units` ‖A‖. */
export const normwise = (ops: CoreOps, a: Value, units: number): Value => everywhere(ops, ops.mul(frobenius(ops, a), units), a.aval.shape)

/** Every element of A may be off by h times the norm of its column. */
export function columnwise(ops: CoreOps, a: Value, units: number): Value {
  const [m, n] = [rowsOf(a), columnsOf(a)]
  if (m * n === 0) return a
  const columns = ops.reshape(turned(ops, a), [...leading(a.aval.shape), n, m, 1])
  return inRows(ops, ops.mul(frobenius(ops, columns), units), m)
}

/** For each value the error of its vector, of length 1, by rounding; `bare` where a gap to 0 counts too. */
export function vectorErrors(ops: CoreOps, values: Value, a: Value, units: number, bare: boolean): Value {
  const k = columnsOf(values)
  if (k === 0) return values
  const last = values.aval.shape.length
  const [across, down] = [inRows(ops, values, k), inColumns(ops, values, k)]
  const same = ops.broadcast(ops.eq(ops.iota([k, k], 'int32', 0), ops.iota([k, k], 'int32', 1)), across.aval.shape, [last - 1, last])
  const gaps = ops.reduceMin(ops.select(same, Infinity, ops.abs(ops.sub(across, down))), [last])
  const gap = bare ? ops.min(gaps, values) : gaps
  const least = everywhere(ops, ops.mul(frobenius(ops, a), 2 * epsilonOf(values.aval) * units), values.aval.shape)
  return ops.select(ops.le(gap, least), Infinity, ops.full(values.aval.shape, units, values.aval.dtype))
}

/** The error of each vector, at the elements of matrices that have them as columns; of columns beyond them, `units`. */
export function inVectors(ops: CoreOps, errors: Value, q: Value, units: number): Value {
  const [m, n, k] = [rowsOf(q), columnsOf(q), columnsOf(errors)]
  const known = inRows(ops, errors, m)
  if (n === k) return known
  return ops.concatenate([known, ops.full([...leading(q.aval.shape), m, n - k], units, q.aval.dtype)], q.aval.shape.length - 1)
}

/** Of the pseudo-inverse: V S⁺ Uᵀ of vectors that are off by `units`, and the roundings of the product; S⁺ has norm 1/s of the least that counts. */
export function inverseErrors(ops: CoreOps, p: Value, s: Value, rtol: number, units: number): Value {
  const k = columnsOf(s)
  if (k === 0) return p
  const last = s.aval.shape.length - 1
  const most = everywhere(ops, ops.mul(ops.reduceMax(s, [last]), rtol), s.aval.shape)
  const least = ops.reduceMin(ops.select(ops.gt(s, most), s, Infinity), [last])
  return everywhere(ops, ops.div(2 * units + k + 3, least), p.aval.shape)
}
