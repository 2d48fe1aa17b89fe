/**
 * QR factors: A = Q R, Q with orthonormal columns, R upper triangular.
 *
 * With M = Qᵀ Ȧ₁ R₁⁻¹ (of the square part) and Ω = tril₋₁(M) − tril₋₁(M)ᵀ: Q̇ = Ȧ₁ R₁⁻¹ + Q(Ω − M), Ṙ = Qᵀ Ȧ − Ω R.
 * Edge: the columns that complete Q are determined up to a rotation among themselves; Q̇ is the one without it. R₁ must
 * be invertible. Signs are LAPACK's, which jump where nothing stands below a diagonal element before its reflection (at
 * triangular A); derivatives there are those of factors that do not jump.
 * Source: Walter & Lehmann 2018; JAX's qr; for wide A, Roberts & Roberts 2020.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { CoreOps, PadAxis, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive } from '../define'
import { codeOf } from '../kernels/element'
import { pad } from '../further-words'
import { columns, columnsOf, itself, leading, lower, matrices, product, rows, rowsOf, strong, turned } from './algebra'
import { matricesOf, round, turn } from './kernels/buffers'
import { factorQr, formQ } from './kernels/householder'
import { roomFor } from './kernels/rows'
import { columnwise, reflections } from './orthogonal'
import { solveBy } from './triangular'

/** `complete`: Q is square; otherwise it has min(m, n) columns. */
export interface Qr {
  readonly complete: boolean
}

const kernel: KernelSpec = opaque(([a], [q, r]) => {
  const { count, m, n } = matricesOf(a)
  const code = codeOf(a.dtype)
  const width = q.shape[q.shape.length - 1]
  const height = r.shape[r.shape.length - 2]
  const taus = new Float64Array(Math.min(m, n))
  const withRoom = roomFor(m * n + m * width)
  return ([from], [left, right]) => {
    withRoom((x, at) => {
      const side = at + m * n
      for (let b = 0; b < count; b++) {
        turn(m, n, from, b * m * n, x, at)
        factorQr(m, n, x, at, taus)
        formQ(m, n, x, at, taus, side, width)
        turn(width, m, x, side, left, b * m * width)
        for (let i = 0; i < height; i++) for (let j = 0; j < n; j++) right[(b * height + i) * n + j] = j < i ? 0 : x[at + j * m + i]
      }
    })
    round(code, left, 0, count * m * width)
    round(code, right, 0, count * height * n)
  }
})

/** x with n rows, the last of them 0. */
function taller(ops: CoreOps, x: Value, n: number): Value {
  const pads = leading(x.aval.shape).map((): PadAxis => [0, 0, 0])
  return pad(ops)(x, ops.full([], 0, x.aval.dtype), [...pads, [0, n - rowsOf(x), 0], [0, 0, 0]])
}

/** Q and R. */
export const qr: Primitive = definePrimitive({
  name: 'qr',
  rounding: (ops, [a], [q, r]) => [ops.full(q.aval.shape, reflections(rowsOf(a), columnsOf(a)), q.aval.dtype), ops.full(r.aval.shape, 0, r.aval.dtype)],
  backwardError: (ops, [a]) => [columnwise(ops, a, reflections(rowsOf(a), columnsOf(a)))],
  multipleResults: true,
  shape: matrices('qr', 'a matrix', () => true, ([a], { complete }: Qr) => {
    const lead = leading(a.shape)
    const [m, n] = [a.shape[lead.length], a.shape[lead.length + 1]]
    const k = complete ? m : Math.min(m, n)
    return [strong(a, [...lead, m, k]), strong(a, [...lead, k, n])]
  }),
  kernel,
  jvp: (ops, [a], [q, r], [da]) => {
    const k = Math.min(rowsOf(a), columnsOf(a))
    const basis = columns(ops, q, 0, k)
    const top = rows(ops, r, 0, k)
    const right = solveBy(ops, columns(ops, top, 0, k), columns(ops, da, 0, k), { leftSide: false, lower: false, transposeA: false, unitDiagonal: false })
    const inner = product(ops, turned(ops, basis), right)
    const strict = lower(ops, inner, -1)
    const spin = ops.sub(strict, turned(ops, strict))
    const moved = ops.add(right, product(ops, basis, ops.sub(spin, inner)))
    const triangle = ops.sub(product(ops, turned(ops, basis), da), product(ops, spin, top))
    if (columnsOf(q) === k) return [moved, triangle]
    // The rest of Q turns only as the first columns turn into it.
    const rest = columns(ops, q, k, columnsOf(q))
    const turnedRest = ops.neg(product(ops, basis, product(ops, turned(ops, moved), rest)))
    return [ops.concatenate([moved, turnedRest], moved.aval.shape.length - 1), taller(ops, triangle, rowsOf(r))]
  },
  transpose: 'nonlinear',
  batch: itself(() => qr),
  cost: ([a], [q]) => 2 * size(a.shape) * (Math.min(a.shape[a.shape.length - 1], a.shape[a.shape.length - 2]) + q.shape[q.shape.length - 1]),
})
