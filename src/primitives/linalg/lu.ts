/**
 * LU factors with partial pivoting, and what is solved and measured by them.
 *
 * L̇ = L tril₋₁(M), U̇ = triu(M) U with M = L⁻¹ P Ȧ U⁻¹, L and U made square by identities where A is not.
 * `solve_factored` and `log_abs_det` are functions of A alone: the factors, which must be A's, are held constant, so that
 * derivatives of every order are solved by the one factorization. Source: Giles 2008, 2.2 and 2.3; JAX's lu and solve.
 */
import { right } from 'fp-ts/Either'
import * as math from '../../compile/math/functions'
import { onNumber } from '../../compile/scalar'
import { isInteger } from '../../data/dtype'
import { showShape, size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { Aval, CoreOps, PadAxis, Primitive, ShapeRule } from '../../ir/types'
import type { Value } from '../../ir/value'
import { bad, definePrimitive, noTangent } from '../define'
import { codeOf } from '../kernels/element'
import { pad } from '../further-words'
import { byColumns, columns, columnsOf, diagonal, identityLike, itself, leading, lower, matrices, product, rows, rowsOf, strong, turned, upper } from './algebra'
import { factorError, solutionError } from './backward'
import { copy, matricesOf, round } from './kernels/buffers'
import { luCode } from './kernels/factors.code'
import { factorLu, solveFactored } from './kernels/lu'
import { roomFor } from './kernels/rows'
import { small } from './kernels/triangular'
import { solveFactoredCode } from './kernels/triangular.code'
import { solveBy, type TriangularSolve } from './triangular'

const integers = (shape: readonly number[]): Aval => ({ shape, dtype: 'int32', weak: false })

const kernel: KernelSpec = { ...opaque(([a]) => {
  const { count, m, n } = matricesOf(a)
  const code = codeOf(a.dtype)
  const k = Math.min(m, n)
  const withRoom = roomFor(m * n)
  return ([from], [to, pivots, order]) => {
    if (k <= small) {
      copy(count * m * n, from, 0, to, 0)
      for (let b = 0; b < count; b++) factorLu(m, n, to, b * m * n, pivots, b * k, order, b * m)
    } else withRoom((x, at) => {
      for (let b = 0; b < count; b++) {
        copy(m * n, from, b * m * n, x, at)
        factorLu(m, n, x, at, pivots, b * k, order, b * m)
        copy(m * n, x, at, to, b * m * n)
      }
    })
    round(code, to, 0, count * m * n)
  }
}), code: luCode }

/** Rows of x in the order given by the indices of each batch. */
export function taken(ops: CoreOps, x: Value, order: Value): Value {
  const batch = order.aval.shape.length - 1
  return ops.gather(x, ops.reshape(order, [...order.aval.shape, 1]), { batch, mode: 'clip' })
}

/** Zeros before the first rows and columns, and after the last. */
function padded(ops: CoreOps, x: Value, rowPad: PadAxis, columnPad: PadAxis): Value {
  return pad(ops)(x, ops.full([], 0, x.aval.dtype), [...leading(x.aval.shape).map((): PadAxis => [0, 0, 0]), rowPad, columnPad])
}

/** L as a square matrix, of the first columns of the factors. */
function unitLower(ops: CoreOps, factors: Value): Value {
  const m = rowsOf(factors)
  const k = Math.min(m, columnsOf(factors))
  const strict = lower(ops, columns(ops, factors, 0, k), -1)
  return ops.add(padded(ops, strict, [0, 0, 0], [0, m - k, 0]), identityLike(ops, factors, m))
}

/** U as a square matrix, with the identity below. */
function squareUpper(ops: CoreOps, factors: Value): Value {
  const n = columnsOf(factors)
  const k = Math.min(rowsOf(factors), n)
  const top = padded(ops, upper(ops, rows(ops, factors, 0, k)), [0, n - k, 0], [0, 0, 0])
  return ops.add(top, padded(ops, identityLike(ops, factors, n - k), [k, 0, 0], [k, 0, 0]))
}

const solving = (more: Partial<TriangularSolve>): TriangularSolve => ({ leftSide: true, lower: true, transposeA: false, unitDiagonal: false, ...more })

/** L and U in one matrix, the row exchanged at each step, and the rows of A in the order of those of L U. */
export const lu: Primitive = definePrimitive({
  name: 'lu',
  rounding: 'exact',
  backwardError: (ops, _a, [factors, , order]) => [factorError(ops, factors, order)],
  multipleResults: true,
  shape: matrices('lu', 'a matrix', () => true, ([a]) => {
    const lead = leading(a.shape)
    const m = a.shape[lead.length]
    return [strong(a), integers([...lead, Math.min(m, a.shape[lead.length + 1])]), integers([...lead, m])]
  }),
  kernel,
  jvp: (ops, _a, [factors, pivots, order], [da]) => {
    const unit = unitLower(ops, factors)
    const u = squareUpper(ops, factors)
    const half = solveBy(ops, unit, taken(ops, da, order), solving({ unitDiagonal: true }))
    const inner = solveBy(ops, u, half, solving({ leftSide: false, lower: false }))
    const moved = ops.add(product(ops, unit, lower(ops, inner, -1)), product(ops, upper(ops, inner), u))
    return [moved, ops.zero(pivots.aval), ops.zero(order.aval)]
  },
  transpose: 'nonlinear',
  batch: itself(() => lu),
  cost: ([a]) => (2 * size(a.shape) * Math.min(a.shape[a.shape.length - 1], a.shape[a.shape.length - 2])) / 3,
})

/** Of factors, row order, matrix and, for solutions, right-hand sides. */
const factored = (name: string, sides: boolean, results: (avals: readonly Aval[]) => readonly Aval[]): ShapeRule => (avals) => {
  const [factors, order, a, b] = avals
  if (!isInteger(order.dtype) || showShape(order.shape) !== showShape(a.shape.slice(0, -1)))
    return bad('shape', `${name}: the order ${order.dtype}${showShape(order.shape)} does not fit ${showShape(a.shape)}`, 'Give the third result of lu.')
  const needs = sides ? 'factors, their square matrix, and one with as many rows' : 'factors and their square matrix'
  const checked = matrices(name, needs, (sizes) => sizes.every(([m, n], i) => m === sizes[0][0] && (i === 2 || m === n)), () => [])(sides ? [factors, a, b] : [factors, a], undefined)
  return checked._tag === 'Left' ? checked : right(results(avals))
}

const solveKernel: KernelSpec = { ...opaque(([, , , b], _outs, { transposeA }: { transposeA: boolean }) => {
  const { count, m, n } = matricesOf(b)
  const code = codeOf(b.dtype)
  // One vector, or a small matrix, is solved by the factors where they stand.
  const area = n === 1 || m <= small ? 0 : m * m
  const withRoom = roomFor(area + m * n)
  return ([factors, order, , given], [to]) => {
    withRoom((x, at) => {
      for (let k = 0; k < count; k++) {
        copy(area, factors, k * m * m, x, at)
        const [lu, luAt] = area === 0 ? [factors, k * m * m] : [x, at]
        solveFactored(m, n, lu, luAt, order, k * m, transposeA, given, k * m * n, to, k * m * n, x, at + area)
      }
    })
    round(code, to, 0, count * m * n)
  }
}), code: solveFactoredCode }

/** X with A X = B, or Aᵀ X = B, of (factors, row order, A, B).  Ẋ = A⁻¹(Ḃ − Ȧ X). */
export const solveFactors: Primitive = definePrimitive({
  name: 'solve_factored',
  rounding: 'exact',
  // The error of the factors is counted here: its derivatives hold them constant.
  backwardError: (ops, [factors, order], [x], { transposeA }: { transposeA: boolean }) => [null, null, null, solutionError(ops, factors, order, x, transposeA)],
  shape: factored('solve_factored', true, ([, , , b]) => [strong(b)]),
  kernel: solveKernel,
  jvp: (ops, [factors, order, a], [x], [, , da, db], params: { transposeA: boolean }) =>
    solveWith(ops, factors, order, a, ops.sub(db, product(ops, params.transposeA ? turned(ops, da) : da, x)), params.transposeA),
  transpose: (ops, [ct], [factors, order, a], { transposeA }: { transposeA: boolean }) => [null, null, null, solveWith(ops, factors, order, a, ct, !transposeA)],
  batch: byColumns(() => solveFactors),
  linear: { each: [3] },
  cost: ([a, , , b]) => 2 * size(b.shape) * a.shape[a.shape.length - 1],
})

export const solveWith = (ops: CoreOps, factors: Value, order: Value, a: Value, b: Value, transposeA = false): Value =>
  ops.bind(solveFactors, [factors, order, a, b], { transposeA })[0]

const log = onNumber(math.log)

const logKernel: KernelSpec = opaque(([, , a]) => {
  const { count, n } = matricesOf(a)
  const code = codeOf(a.dtype)
  return ([factors, order], [signs, logs]) => {
    for (let b = 0; b < count; b++) {
      let sign = 1
      let sum = 0
      for (let i = 0; i < n; i++) {
        const d = factors[b * n * n + i * (n + 1)]
        sign *= d > 0 ? 1 : d < 0 ? -1 : d
        sum += log(Math.abs(d))
        // The permutation's sign: every pair out of order changes it.
        for (let j = 0; j < i; j++) if (order[b * n + j] > order[b * n + i]) sign = -sign
      }
      // Of a singular matrix 0, not −0.
      signs[b] = sign + 0
      logs[b] = sum
    }
    round(code, logs, 0, count)
  }
})

/** The sign and the logarithm of the magnitude of det A, of (factors, row order, A).  d log|det A| = tr(A⁻¹ Ȧ). */
export const logAbsDet: Primitive = definePrimitive({
  name: 'log_abs_det',
  // Each logarithm is rounded, and all partial sums.
  rounding: (ops, [factors, , a], [sign]) => {
    const rank = a.aval.shape.length
    const logs = ops.abs(ops.log(ops.abs(diagonal(ops, factors))))
    return [ops.instantiate(ops.zero(sign.aval)), ops.mul(ops.sum(logs, [rank - 2]), rowsOf(a))]
  },
  backwardError: (ops, [factors, order]) => [null, null, factorError(ops, factors, order)],
  multipleResults: true,
  shape: factored('log_abs_det', false, ([, , a]) => [strong(a, leading(a.shape)), strong(a, leading(a.shape))]),
  kernel: logKernel,
  jvp: (ops, [factors, order, a], [sign], [, , da]) => [
    ops.zero(sign.aval),
    ops.sum(diagonal(ops, solveWith(ops, factors, order, a, da)), [leading(a.aval.shape).length]),
  ],
  transpose: 'nonlinear',
  batch: itself(() => logAbsDet),
  cost: ([a]) => a.shape[a.shape.length - 1],
})

/** The order of m rows after the exchanges that lu lists. */
export const orderOfPivots: Primitive = definePrimitive({
  name: 'order_of_pivots',
  rounding: 'exact',
  shape: ([pivots], { rows: m }: { rows: number }) =>
    isInteger(pivots.dtype) && pivots.shape.length > 0
      ? right([integers([...pivots.shape.slice(0, -1), m])])
      : bad('dtype', `order_of_pivots: ${pivots.dtype}${showShape(pivots.shape)}`, 'Give the second result of lu: integers.'),
  kernel: opaque(([pivots], _outs, { rows: m }: { rows: number }) => {
    const k = pivots.shape[pivots.shape.length - 1]
    const count = size(pivots.shape.slice(0, -1))
    return ([from], [to]) => {
      for (let b = 0; b < count; b++) {
        for (let i = 0; i < m; i++) to[b * m + i] = i
        for (let j = 0; j < k && j < m; j++) {
          const other = b * m + Math.min(m - 1, Math.max(0, from[b * k + j]))
          const kept = to[b * m + j]
          to[b * m + j] = to[other]
          to[other] = kept
        }
      }
    }
  }),
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: itself(() => orderOfPivots),
})
