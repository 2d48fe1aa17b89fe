/**
 * Eigenvalues, in increasing order, and eigenvectors of a symmetric matrix; of any square A, those of (A + Aᵀ)/2.
 *
 * With M = Vᵀ Ȧ V: λ̇ = diag M, V̇ = V (F ∘ M), Fᵢⱼ = 1/(λⱼ − λᵢ).
 * Edge: F is 0 where eigenvalues are equal to rounding, since a rotation among their eigenvectors is arbitrary. So
 * derivatives are finite there; they are right for what is first order in the eigenvalues (Σ λᵢ^p), or does not part
 * them. The largest component of each eigenvector is positive. Source: Giles 2008, 3.1; JAX's eigh.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { CoreOps, Ops, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive } from '../define'
import { codeOf } from '../kernels/element'
import { besideEqual } from '../kinks'
import { columnsOf, diagonal, epsilonOf, inColumns, inRows, itself, matrices, product, safeInverse, strong, symmetrized, turned } from './algebra'
import { finite, matricesOf, round, symmetric } from './kernels/buffers'
import { eigenRoom, eigenSymmetric, ordered, signOf } from './kernels/eigh'
import { roomFor } from './kernels/rows'
import { eigenUnits, inVectors, normwise, vectorErrors } from './orthogonal'

const kernel: KernelSpec = opaque(([a]) => {
  const { count, n } = matricesOf(a)
  const code = codeOf(a.dtype)
  const [d, e, order] = [new Float64Array(n), new Float64Array(n), new Int32Array(n)]
  const withRoom = roomFor(eigenRoom(n))
  return ([from], [values, vectors]) => {
    withRoom((x, v) => {
      for (let b = 0; b < count; b++) {
        const at = b * n * n
        symmetric(n, from, at, x, v)
        if (finite(x, v, n * n)) eigenSymmetric(n, x, v, d, e)
        else {
          x.fill(NaN, v, v + n * n)
          d.fill(NaN)
        }
        ordered(n, d, order, false)
        for (let j = 0; j < n; j++) {
          const row = v + order[j] * n
          const sign = signOf(n, x, row)
          values[b * n + j] = d[order[j]]
          for (let i = 0; i < n; i++) vectors[at + i * n + j] = sign * x[row + i]
        }
      }
    })
    round(code, values, 0, count * n)
    round(code, vectors, 0, count * n * n)
  }
})

/** What is equal to rounding: a few units in the last place of the largest, for each batch, as matrices. */
export function rounding(ops: CoreOps, values: Value, extent: number): Value {
  const n = columnsOf(values)
  const lead = values.aval.shape.slice(0, -1)
  const scale = ops.mul(ops.reduceMax(ops.abs(values), [lead.length]), 4 * epsilonOf(values.aval) * extent)
  return ops.broadcast(scale, [...lead, n, n], lead.map((_, i) => i))
}

/** Which of the sorted values are equal to rounding to one beside them; undefined of fewer than two. */
export function besideEqualValues(ops: Ops, values: Value): Value | undefined {
  const n = columnsOf(values)
  if (n < 2) return undefined
  const { shape } = values.aval
  const last = shape.length - 1
  const scale = ops.mul(ops.reduceMax(ops.abs(values), [last]), 4 * epsilonOf(values.aval) * n)
  const near = ops.broadcast(scale, [...shape.slice(0, last), n - 1], shape.slice(0, last).map((_, i) => i))
  return besideEqual(ops, (before, after) => ops.le(ops.abs(ops.sub(after(values), before(values))), near), last, shape)
}

/** 1/(xⱼ − xᵢ), and 0 where they are equal to rounding. */
export function reciprocalGaps(ops: CoreOps, x: Value, tolerance: Value): Value {
  const n = columnsOf(x)
  return safeInverse(ops, ops.sub(inRows(ops, x, n), inColumns(ops, x, n)), tolerance)
}

/** Eigenvalues and, as columns, eigenvectors. */
export const eigh: Primitive = definePrimitive({
  name: 'eigh',
  rounding: (ops, [a], [values, vectors]) => {
    const units = eigenUnits(columnsOf(vectors))
    return [ops.full(values.aval.shape, 0, values.aval.dtype), inVectors(ops, vectorErrors(ops, values, a, units, false), vectors, units)]
  },
  backwardError: (ops, [a]) => [normwise(ops, a, eigenUnits(columnsOf(a)))],
  multipleResults: true,
  shape: matrices('eigh', 'a square matrix', ([[m, n]]) => m === n, ([a]) => [strong(a, a.shape.slice(0, -1)), strong(a)]),
  kernel,
  jvp: (ops, _a, [values, vectors], [da]) => {
    const n = columnsOf(values)
    if (n === 0) return [ops.zero(values.aval), ops.zero(vectors.aval)]
    const inner = product(ops, turned(ops, vectors), product(ops, symmetrized(ops, da), vectors))
    const gaps = reciprocalGaps(ops, values, rounding(ops, values, n))
    return [diagonal(ops, inner), product(ops, vectors, ops.mul(inner, gaps))]
  },
  transpose: 'nonlinear',
  batch: itself(() => eigh),
  // Eigenvalues that are equal to rounding.
  kinks: (ops, _a, [values]) => besideEqualValues(ops, values),
  cost: ([a]) => 9 * size(a.shape) * a.shape[a.shape.length - 1],
})
