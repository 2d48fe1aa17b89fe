/**
 * Backward errors of factorizations and solutions: how far the problem is that the computed result solves exactly.
 *
 * Law: to first order in u, L̂L̂ᵀ = A + ΔA with |ΔA| ≤ (n + 1)u |L̂||L̂ᵀ|; L̂Û = P(A + ΔA) with |ΔA| ≤ n u Pᵀ|L̂||Û|; computed x̂ solve
 * T x̂ = b + Δb with |Δb| ≤ n u |T||x̂| for a triangle, and A x̂ = b + Δb with |Δb| ≤ 3n u Pᵀ|L̂||Û||x̂| by factors: each column by itself,
 * in whatever order sums are made.
 * Source: Higham 2002, "Accuracy and Stability of Numerical Algorithms", theorems 8.5, 9.3, 9.4, 10.3. (Orthogonal
 * transformations are in `orthogonal.ts`, exponentials and cofactors in `running.ts`.)
 */
import type { CoreOps } from '../../ir/types'
import type { Value } from '../../ir/value'
import { sort } from '../further-words'
import { columns, columnsOf, lower, product, rows, rowsOf, turned, upper } from './algebra'

/** |L||Lᵀ| (n + 1), and the rounding of (A + Aᵀ)/2. */
export const choleskyError = (ops: CoreOps, a: Value, l: Value): Value => {
  const size = ops.abs(l)
  return ops.add(ops.mul(product(ops, size, turned(ops, size)), rowsOf(a) + 1), ops.abs(a))
}

/** |L||U| of factors in one matrix. */
function sizes(ops: CoreOps, factors: Value): Value {
  const k = Math.min(rowsOf(factors), columnsOf(factors))
  const f = ops.abs(factors)
  const above = upper(ops, rows(ops, f, 0, k))
  const below = product(ops, lower(ops, columns(ops, f, 0, k), -1), above)
  // L has ones on its diagonal.
  return ops.add(below, k === rowsOf(f) ? above : upper(ops, f))
}

/** Rows in the order of A of what has the rows of the factors. */
function unordered(ops: CoreOps, x: Value, order: Value): Value {
  const last = order.aval.shape.length - 1
  const [, back] = sort(ops)([order, ops.iota(order.aval.shape, 'int32', last)], last, 1)
  return ops.gather(x, ops.reshape(back!, [...order.aval.shape, 1]), { batch: last, mode: 'clip' })
}

/** n Pᵀ|L||U|, of the factors of an m × n matrix. */
export const factorError = (ops: CoreOps, factors: Value, order: Value): Value =>
  ops.mul(unordered(ops, sizes(ops, factors), order), Math.min(rowsOf(factors), columnsOf(factors)))

/** 3n Pᵀ|L||U||x|, or that of the transposed system. */
export function solutionError(ops: CoreOps, factors: Value, order: Value, x: Value, transposeA: boolean): Value {
  const a = unordered(ops, sizes(ops, factors), order)
  return ops.mul(product(ops, transposeA ? turned(ops, a) : a, ops.abs(x)), 3 * rowsOf(factors))
}

/** n |T||x|, or n |x||T|. */
export const triangleError = (ops: CoreOps, t: Value, x: Value, leftSide: boolean): Value => {
  const [size, by] = [ops.abs(t), ops.abs(x)]
  return ops.mul(leftSide ? product(ops, size, by) : product(ops, by, size), rowsOf(t))
}
