/**
 * Running error analysis of the matrix exponential and of cofactors: bounds with the numbers at hand.
 *
 * Exponential: the approximant of degree 13 is that of A + ΔA with ‖ΔA‖ ≤ u ‖A‖, in norm 1, for ‖A‖ ≤ 4.74, with its derivative (Al-Mohy &
 * Higham 2009, theorem 3.1 and table 6.1). Its numerator and denominator are sums of at most 5 products one in the other and 10 more
 * roundings: off by (5n + 10)u r(|A|), r the sum of both with positive terms; then Q X = P is solved: |Q⁻¹|(|ΔP| + |ΔQ||X| + 3n u Pᵀ|L||U||X|).
 * A squaring takes an error E to |X|E + E|X| + n u |X|² (Higham 2008, 10.3). Derivatives are blocks of the exponential of a block
 * triangular matrix, and are computed by the same operations (Higham 2008, theorem 10.13).
 * Cofactors: those of a regular A are det(A) A⁻ᵀ of one factorization; others, and derivatives, come from singular vectors.
 */
import type { CoreOps } from '../../ir/types'
import type { Value } from '../../ir/value'
import type { Tensor } from '../../trace/tensor'
import { isFinite } from '../further-words'
import { columns, diagonal, epsilonOf, identityLike, leading, product, rows, rowsOf, turned } from './algebra'
import { factorError } from './backward'
import { pade, theta } from './kernels/expm'
import { lu, solveFactors } from './lu'
import { frobenius, singularUnits } from './orthogonal'
import { svd } from './svd'

const everywhere = (ops: CoreOps, x: Value, like: Value): Value => ops.broadcast(x, like.aval.shape, x.aval.shape.map((_, i) => i))

/** The largest sum of magnitudes of a column, of each matrix. */
const norm1 = (ops: CoreOps, x: Value): Value => {
  const last = x.aval.shape.length - 1
  return ops.reduceMax(ops.sum(ops.abs(x), [last - 1]), [last - 1])
}

/** [[A, X₁], [0, A]], that with X₂ as its direction, and so on: its exponential has the derivative in its upper right. */
function blocks(ops: CoreOps, operands: readonly Value[]): Value {
  const [a, ...directions] = operands
  const last = a!.aval.shape.length - 1
  const beside = (xs: readonly Value[]): Value => ops.concatenate(xs, last)
  const above = (xs: readonly Value[]): Value => ops.concatenate(xs, last - 1)
  const nothing = (x: Value): Value => ops.full(x.aval.shape, 0, x.aval.dtype)
  const twice = (x: Value, corner: Value): Value => above([beside([x, corner]), beside([nothing(x), x])])
  return directions.reduce((m, x, k) => {
    let corner = x
    for (let i = 0; i < k; i++) corner = twice(corner, nothing(corner))
    return twice(m, corner)
  }, a!)
}

/** Of e^A and its derivatives: u times the result bounds the error, but for that of the approximant. */
export function exponentialError(ops: CoreOps, expm: (m: Value) => Value, given: readonly Value[], out: Value): Value {
  const n = rowsOf(out)
  if (n === 0) return out
  const operands = given.map((x) => ops.convert(x, 'float64'))
  const base = norm1(ops, operands[0]!)
  const lead = leading(out.aval.shape)
  const halvings = ops.iota([...lead, 1100], 'int32', lead.length)
  const sizes = ops.mul(ops.broadcast(base, [...lead, 1100], lead.map((_, i) => i)), ops.pow(2, ops.neg(ops.convert(halvings, 'float64'))))
  const squarings = ops.sum(ops.convert(ops.gt(sizes, theta), 'float64'), [lead.length])
  const whole = blocks(ops, operands)
  const size = rowsOf(whole)
  const scaled = ops.mul(whole, everywhere(ops, ops.pow(2, ops.neg(squarings)), whole))
  const b = ops.abs(scaled)
  const one = identityLike(ops, b, size)
  const positive = [...pade].reverse().reduce<Value | undefined>((sum, c) => (sum ? ops.add(product(ops, sum, b), ops.mul(one, c)) : ops.mul(one, c)), undefined)!
  const signed = [...pade].reverse().reduce<readonly Value[] | undefined>(
    (r, c, i) => [ops.mul(one, (pade.length - 1 - i) % 2 ? -c : c)].map((term) => (r ? ops.add(product(ops, r[0]!, scaled), term) : term)),
    undefined,
  )![0]!
  const [factors, , order] = ops.bind(lu, [signed])
  const inverse = ops.abs(ops.bind(solveFactors, [factors!, order!, signed, one], { transposeA: false })[0]!)
  let x = expm(scaled)
  const parts = ops.mul(product(ops, positive, ops.add(ops.abs(x), one)), 5 * size + 10)
  let error = product(ops, inverse, ops.add(parts, product(ops, ops.mul(factorError(ops, factors!, order!), 3), ops.abs(x))))
  const steps = Math.max(0, ...numbersOf(squarings))
  for (let s = 0; s < steps; s++) {
    const live = everywhere(ops, ops.lt(s, squarings), x)
    const around = ops.abs(x)
    const next = ops.add(ops.add(product(ops, around, error), product(ops, error, around)), ops.mul(product(ops, around, around), size))
    error = ops.select(live, next, error)
    x = ops.select(live, product(ops, x, x), x)
  }
  return ops.add(ops.abs(out), ops.convert(rows(ops, columns(ops, error, size - n, size), 0, n), out.aval.dtype))
}

const numbersOf = (x: Value): number[] => [(x as Tensor).toArray()].flat(9) as number[]

/** By how much, in units of u, the operands of e^A may be off for what the approximant leaves out. */
export const approximantError = (ops: CoreOps, x: Value): Value => (rowsOf(x) === 0 ? x : everywhere(ops, norm1(ops, x), x))

/** Which matrices have cofactors det(A) A⁻ᵀ, with |det A| and A⁻¹. */
function regular(ops: CoreOps, a: Value): { readonly is: Value; readonly det: Value; readonly inverse: Value; readonly factors: Value } {
  const last = a.aval.shape.length - 2
  const [factors, , order] = ops.bind(lu, [a])
  const det = ops.prod(ops.abs(diagonal(ops, factors!)), [last])
  const inverse = ops.bind(solveFactors, [factors!, order!, a, identityLike(ops, a, rowsOf(a))], { transposeA: false })[0]!
  const finite = ops.reduceAnd(isFinite(ops)(inverse), [last, last + 1])
  return { is: ops.and(finite, ops.and(ops.ne(det, 0), isFinite(ops)(det))), det, inverse, factors: factorError(ops, factors!, order!) }
}

/** By how much the A of cofactors may be off, in units of u: where they come from singular vectors. */
export function cofactorsBackward(ops: CoreOps, [a, ...directions]: readonly Value[]): readonly (Value | null)[] {
  if (rowsOf(a!) === 0) return [null]
  const n = rowsOf(a!)
  const whole = everywhere(ops, ops.mul(frobenius(ops, a!), singularUnits(n, n)), a!)
  const by = directions.length > 0 ? whole : ops.select(everywhere(ops, regular(ops, a!).is, a!), 0, whole)
  return [by, ...directions.map(() => null)]
}

/** The products of singular values and directions that cofactors are sums of, each (k + 1)! nᵏ times at most, with their roundings. */
function bySingularVectors(ops: CoreOps, [a, ...directions]: readonly Value[]): Value {
  const [n, k] = [rowsOf(a!), directions.length]
  const last = a!.aval.shape.length - 2
  if (n - 1 - k < 0) return ops.full(leading(a!.aval.shape), 0, a!.aval.dtype)
  const [, s] = ops.bind(svd, [a!], { full: false })
  const zeros = s!.aval.shape.map(() => 0)
  const top = ops.prod(ops.slice(s!, zeros, [...zeros.slice(1).map((_, i) => s!.aval.shape[i]!), n - 1 - k]), [last])
  let terms = n ** (k + 1)
  for (let i = 2; i <= k + 1; i++) terms *= i
  const p = singularUnits(n, n)
  const units = terms * ((k + 1) * (2 * n + 2 * p) + n + 2 * k + terms / n)
  return ops.mul(directions.reduce((t, x) => ops.mul(t, frobenius(ops, x)), top), units)
}

/** Of cofactors and their derivatives: u times the result bounds the error of exact operands. */
export function cofactorsError(ops: CoreOps, operands: readonly Value[], out: Value): Value {
  const a = operands[0]!
  const n = rowsOf(a)
  if (n === 0) return out
  const singular = everywhere(ops, bySingularVectors(ops, operands), out)
  if (operands.length > 1) return singular
  const { is, det, inverse, factors } = regular(ops, a)
  const last = a.aval.shape.length - 2
  const around = ops.abs(inverse)
  const growth = product(ops, around, factors)
  const trace = ops.sum(ops.mul(turned(ops, around), factors), [last, last + 1])
  const relative = ops.reduceMax(ops.sum(growth, [last + 1]), [last])
  const error = ops.add(
    ops.mul(ops.abs(out), everywhere(ops, ops.add(trace, n + 2), out)),
    ops.mul(turned(ops, product(ops, growth, around)), everywhere(ops, ops.mul(det, 3), out)),
  )
  // Beyond half a digit the first order says nothing.
  const sound = ops.lt(ops.mul(relative, 3 * epsilonOf(a.aval)), 0.5)
  return ops.select(everywhere(ops, is, out), ops.select(everywhere(ops, sound, out), error, Infinity), singular)
}
