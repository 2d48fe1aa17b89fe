/**
 * Solutions of triangular systems, of whole matrices of right-hand sides.
 *
 * Only the triangle that is asked for is read, and only it has a derivative: Ẋ = A⁻¹(Ḃ − tri(Ȧ) X), linear in Ḃ.
 * Source: Giles 2008, 2.3.1; JAX's triangular_solve.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive } from '../define'
import { codeOf } from '../kernels/element'
import { byColumns, identityLike, itself, lower, matrices, product, rowsOf, strong, turned, upper } from './algebra'
import { triangleError } from './backward'
import { atOnce, copy, matricesOf, round, turn } from './kernels/buffers'
import { isMany, roomFor } from './kernels/rows'
import { solveTriangle } from './kernels/triangular'
import { triangularCode } from './kernels/triangular.code'

export interface TriangularSolve {
  /** op(A) X = B; otherwise X op(A) = B. */
  readonly leftSide: boolean
  readonly lower: boolean
  /** op(A) is Aᵀ; otherwise A. */
  readonly transposeA: boolean
  /** The diagonal is taken to be 1 and not read. */
  readonly unitDiagonal: boolean
}

const kernel: KernelSpec = { ...opaque(([a, b], _outs, params: TriangularSolve) => {
  const code = codeOf(b.dtype)
  const { n } = matricesOf(a)
  const { count, m, n: width } = matricesOf(b)
  const area = m * width
  // X op(A) = B is op(A)ᵀ Xᵀ = Bᵀ.
  const t = params.leftSide ? params : { ...params, transposeA: !params.transposeA }
  const sides = params.leftSide ? width : m
  // One vector, or a few short ones, are solved by the triangles where they stand.
  const whole = sides === 1 && (count === 1 || !isMany(count * (n * n + area))) ? 0 : n * n
  const many = atOnce(count, whole + area)
  const withRoom = roomFor(many * (whole + area))
  return ([from, given], [to]) => {
    withRoom((x, at) => {
      const side = at + many * whole
      for (let k = 0; k < count; k += many) {
        const here = Math.min(many, count - k)
        copy(here * whole, from, k * whole, x, at)
        const [a, aAt] = whole === 0 ? [from, k * n * n] : [x, at]
        if (params.leftSide) copy(here * area, given, k * area, x, side)
        else for (let b = 0; b < here; b++) turn(m, width, given, (k + b) * area, x, side + b * area)
        solveTriangle(n, sides, a, aAt, x, side, t, here)
        if (params.leftSide) copy(here * area, x, side, to, k * area)
        else for (let b = 0; b < here; b++) turn(width, m, x, side + b * area, to, (k + b) * area)
      }
    })
    round(code, to, 0, count * area)
  }
}), code: triangularCode }

const triangle = (ops: CoreOps, a: Value, p: TriangularSolve): Value => {
  const k = p.unitDiagonal ? 1 : 0
  const t = p.lower ? lower(ops, a, -k) : upper(ops, a, k)
  return p.transposeA ? turned(ops, t) : t
}

/** X with op(A) X = B, or X op(A) = B, for triangular A. */
export const triangularSolve: Primitive = definePrimitive({
  name: 'triangular_solve',
  rounding: 'exact',
  backwardError: (ops, [a], [x], params: TriangularSolve) => [null, triangleError(ops, params.unitDiagonal ? ops.add(triangle(ops, a, params), identityLike(ops, a, rowsOf(a))) : triangle(ops, a, params), x, params.leftSide)],
  shape: (avals, params: TriangularSolve) =>
    matrices(
      'triangular_solve',
      params.leftSide ? 'a square matrix and one with as many rows' : 'a square matrix and one with as many columns',
      ([a, b]) => a[0] === a[1] && a[0] === b[params.leftSide ? 0 : 1],
      ([, b]) => [strong(b)],
    )(avals, params),
  kernel,
  jvp: (ops, [a], [x], [da, db], params: TriangularSolve) => {
    const moved = triangle(ops, da, params)
    const given = ops.sub(db, params.leftSide ? product(ops, moved, x) : product(ops, x, moved))
    return ops.bind(triangularSolve, [a, given], { ...params })
  },
  transpose: (ops, [ct], [a], params: TriangularSolve) => [null, solveBy(ops, a, ct, { ...params, transposeA: !params.transposeA })],
  batch: (ops, operands, batched, params: TriangularSolve, n) =>
    (params.leftSide ? byColumns : itself)(() => triangularSolve)(ops, operands, batched, params, n),
  linear: { each: [1] },
  cost: ([a, b]) => size(b.shape) * rowsOf({ aval: a }),
})

export const solveBy = (ops: CoreOps, a: Value, b: Value, params: TriangularSolve): Value => ops.bind(triangularSolve, [a, b], { ...params })[0]

