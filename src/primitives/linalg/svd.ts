/**
 * Singular values, in decreasing order, with their vectors, and the pseudo-inverse: A = U diag(s) Vᵀ.
 *
 * With M = Uᵀ Ȧ V, E its symmetric and K its skew part: ṡ = diag M, U̇ = U(E/(sⱼ − sᵢ) + K/(sⱼ + sᵢ)) + (I − U Uᵀ) Ȧ V/s,
 * V̇ = V(E/(sⱼ − sᵢ) − K/(sⱼ + sᵢ)) + (I − V Vᵀ) Ȧᵀ U/s; a denominator that is 0 to rounding gives 0, so that derivatives are
 * finite at repeated and vanishing singular values, where the vectors are arbitrary, and that of U Vᵀ is right.
 * The pseudo-inverse has its own rule, right at repeated singular values, among matrices of one rank (Golub & Pereyra 1973).
 * Source: Giles 2008, 3.2; Townsend 2016; JAX's svd and pinv.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive } from '../define'
import { codeOf } from '../kernels/element'
import { columns, columnsOf, diagonal, epsilonOf, inColumns, inRows, itself, leading, matrices, product, rows, rowsOf, safeInverse, strong, turned } from './algebra'
import { besideEqualValues, reciprocalGaps, rounding } from './eigh'
import { copy, matricesOf, round, turn } from './kernels/buffers'
import { makeSvd } from './kernels/jacobi'
import { addProduct, roomFor } from './kernels/rows'
import { inverseErrors, inVectors, normwise, singularUnits, vectorErrors } from './orthogonal'

/** `full`: U and V are square; otherwise they have min(m, n) columns. */
export interface SvdParams {
  readonly full: boolean
}

const kernel: KernelSpec = opaque(([a], _outs, { full }: SvdParams) => {
  const { count, m, n } = matricesOf(a)
  const code = codeOf(a.dtype)
  const svd = makeSvd(m, n, full)
  return ([from], [left, values, right]) => {
    for (let b = 0; b < count; b++) {
      svd.run(from, b * m * n)
      copy(svd.left.length, svd.left, 0, left, b * svd.left.length)
      copy(svd.values.length, svd.values, 0, values, b * svd.values.length)
      copy(svd.right.length, svd.right, 0, right, b * svd.right.length)
    }
    round(code, left, 0, count * svd.left.length)
    round(code, values, 0, count * svd.values.length)
    round(code, right, 0, count * svd.right.length)
  }
})

/** What moves a basis out of the space that it spans: (X − B Bᵀ X)/s, columns of X belonging to those of B. */
function outward(ops: CoreOps, basis: Value, x: Value, inverse: Value): Value {
  const off = ops.sub(x, product(ops, basis, product(ops, turned(ops, basis), x)))
  return ops.mul(off, inRows(ops, inverse, rowsOf(basis)))
}

/** The moved basis, followed by the vectors that complete it, which turn only as it turns into them. */
function completed(ops: CoreOps, whole: Value, moved: Value, k: number): Value {
  if (columnsOf(whole) === k) return moved
  const rest = columns(ops, whole, k, columnsOf(whole))
  const turnedRest = ops.neg(product(ops, columns(ops, whole, 0, k), product(ops, turned(ops, moved), rest)))
  return ops.concatenate([moved, turnedRest], moved.aval.shape.length - 1)
}

/** U, s and Vᵀ. */
export const svd: Primitive = definePrimitive({
  name: 'svd',
  rounding: (ops, [a], [u, s, vt]) => {
    const units = singularUnits(rowsOf(a), columnsOf(a))
    const errors = vectorErrors(ops, s, a, units, true)
    return [inVectors(ops, errors, u, units), ops.full(s.aval.shape, 0, s.aval.dtype), turned(ops, inVectors(ops, errors, turned(ops, vt), units))]
  },
  backwardError: (ops, [a]) => [normwise(ops, a, singularUnits(rowsOf(a), columnsOf(a)))],
  multipleResults: true,
  shape: matrices('svd', 'a matrix', () => true, ([a], { full }: SvdParams) => {
    const lead = leading(a.shape)
    const [m, n] = [a.shape[lead.length], a.shape[lead.length + 1]]
    const k = Math.min(m, n)
    return [strong(a, [...lead, m, full ? m : k]), strong(a, [...lead, k]), strong(a, [...lead, full ? n : k, n])]
  }),
  kernel,
  jvp: (ops, [a], [u, s, vt], [da]) => {
    const [m, n, k] = [rowsOf(a), columnsOf(a), columnsOf(s)]
    if (k === 0) return [ops.zero(u.aval), ops.zero(s.aval), ops.zero(vt.aval)]
    const left = columns(ops, u, 0, k)
    const right = turned(ops, rows(ops, vt, 0, k))
    const across = product(ops, da, right)
    const inner = product(ops, turned(ops, left), across)
    const tolerance = rounding(ops, s, Math.max(m, n))
    const even = ops.mul(ops.mul(ops.add(inner, turned(ops, inner)), 0.5), reciprocalGaps(ops, s, tolerance))
    const odd = ops.mul(ops.mul(ops.sub(inner, turned(ops, inner)), 0.5), safeInverse(ops, ops.add(inRows(ops, s, k), inColumns(ops, s, k)), tolerance))
    let movedLeft = product(ops, left, ops.add(even, odd))
    let movedRight = product(ops, right, ops.sub(even, odd))
    const inverse = safeInverse(ops, s, diagonal(ops, tolerance))
    if (m > k) movedLeft = ops.add(movedLeft, outward(ops, left, across, inverse))
    if (n > k) movedRight = ops.add(movedRight, outward(ops, right, product(ops, turned(ops, da), left), inverse))
    return [completed(ops, u, movedLeft, k), diagonal(ops, inner), turned(ops, completed(ops, turned(ops, vt), movedRight, k))]
  },
  // Singular values that are equal to rounding, and those that are 0: there |s| has two slopes.
  kinks: (ops, [a], [, s]) => {
    if (columnsOf(s) === 0) return undefined
    const [m, n] = a.aval.shape.slice(-2)
    const last = s.aval.shape.length - 1
    const largest = ops.reduceMax(s, [last])
    const least = ops.broadcast(ops.mul(largest, epsilonOf(s.aval) * Math.max(m, n)), s.aval.shape, largest.aval.shape.map((_, i) => i))
    const vanishing = ops.le(s, least)
    const equal = besideEqualValues(ops, s)
    return equal ? ops.or(equal, vanishing) : vanishing
  },
  transpose: 'nonlinear',
  batch: itself(() => svd),
  cost: ([a]) => 20 * size(a.shape) * Math.min(a.shape[a.shape.length - 1], a.shape[a.shape.length - 2]),
})

const pinvKernel: KernelSpec = opaque(([a], _outs, { rtol }: { rtol: number }) => {
  const { count, m, n } = matricesOf(a)
  const k = Math.min(m, n)
  const code = codeOf(a.dtype)
  const { run, left, values, right } = makeSvd(m, n, false)
  const withRoom = roomFor(m * n + k * (m + n))
  return ([from], [to, all]) => {
    for (let b = 0; b < count; b++) {
      run(from, b * m * n)
      copy(k, values, 0, all, b * k)
      for (let i = 0; i < k; i++) {
        const scale = values[i] > rtol * values[0] || values[i] !== values[i] ? 1 / values[i] : 0
        for (let j = 0; j < n; j++) right[i * n + j] *= scale
      }
      withRoom((x, at) => {
        const [rows, columns] = [at + n * m, at + n * m + k * n]
        x.fill(0, at, rows)
        copy(k * n, right, 0, x, rows)
        turn(m, k, left, 0, x, columns)
        addProduct(1, n, m, k, x, at, m, x, rows, 1, n, x, columns, m)
        copy(m * n, x, at, to, b * m * n)
      })
    }
    round(code, to, 0, count * m * n)
    round(code, all, 0, count * k)
  }
})

/** The pseudo-inverse P, and the singular values, those up to rtol · s₀ counting as 0.  Ṗ = −P Ȧ P + P Pᵀ Ȧᵀ (I − A P) + (I − P A) Ȧᵀ Pᵀ P. */
export const pinv: Primitive = definePrimitive({
  name: 'pinv',
  rounding: (ops, [a], [p, s], { rtol }: { rtol: number }) => [inverseErrors(ops, p, s, rtol, singularUnits(rowsOf(a), columnsOf(a))), ops.full(s.aval.shape, 0, s.aval.dtype)],
  backwardError: (ops, [a]) => [normwise(ops, a, singularUnits(rowsOf(a), columnsOf(a)))],
  multipleResults: true,
  shape: matrices('pinv', 'a matrix', () => true, ([a]) => {
    const [m, n] = a.shape.slice(-2)
    return [strong(a, [...leading(a.shape), n, m]), strong(a, [...leading(a.shape), Math.min(m, n)])]
  }),
  kernel: pinvKernel,
  jvp: (ops, [a], [p], [da]) => {
    const [pt, dat] = [turned(ops, p), turned(ops, da)]
    const times = (...xs: readonly Value[]): Value => xs.reduce((x, y) => product(ops, x, y))
    const outer = times(p, times(pt, dat))
    const inner = times(times(dat, pt), p)
    const first = ops.sub(outer, times(times(outer, a), p))
    const last = ops.sub(inner, times(p, times(a, inner)))
    // The vectors are found again: where nobody asks how the values move, that is dead code.
    const [u, , vt] = ops.bind(svd, [a], { full: false })
    const values = diagonal(ops, times(turned(ops, u), da, turned(ops, vt)))
    return [ops.sub(ops.add(first, last), times(times(p, da), p)), values]
  },
  transpose: 'nonlinear',
  batch: itself(() => pinv),
  cost: ([a]) => 20 * size(a.shape) * Math.min(a.shape[a.shape.length - 1], a.shape[a.shape.length - 2]),
})
