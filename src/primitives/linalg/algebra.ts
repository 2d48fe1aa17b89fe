/**
 * What the rules of this family are written with: products, triangles and diagonals of the matrices in the last two axes.
 *
 * Law: every primitive of the family takes any number of leading axes, the same for all operands; so it is its own batch
 * rule, on operands that all have the batch.
 */
import { right } from 'fp-ts/Either'
import { isFloat } from '../../data/dtype'
import { range, sameShape, showShape, type Shape } from '../../data/shape'
import type { BatchRule, CoreOps, Primitive, ShapeRule } from '../../ir/types'
import type { Aval } from '../../ir/aval'
import type { Value } from '../../ir/value'
import { bad } from '../define'

/** The axes before the last two. */
export const leading = (shape: Shape): number[] => shape.slice(0, -2)
export const rowsOf = (v: { readonly aval: Aval }): number => v.aval.shape[v.aval.shape.length - 2]
export const columnsOf = (v: { readonly aval: Aval }): number => v.aval.shape[v.aval.shape.length - 1]

const show = (avals: readonly Aval[]): string => avals.map((a) => `${a.dtype}${showShape(a.shape)}`).join(' and ')

/** Matrices of one floating dtype and one batch; `fits` says which of their extents go together. */
export const matrices =
  (
    name: string,
    needs: string,
    fits: (sizes: readonly (readonly [rows: number, columns: number])[]) => boolean,
    results: (avals: readonly Aval[], params: any) => readonly Aval[],
  ): ShapeRule =>
  (avals, params) => {
    if (avals.some((a) => !isFloat(a.dtype) || a.dtype !== avals[0].dtype)) return bad('dtype', `${name}: expected one floating dtype, got ${show(avals)}`, 'Convert them with np.astype.')
    if (avals.some((a) => a.shape.length < 2)) return bad('shape', `${name}: expected ${needs}, got ${show(avals)}`, 'Matrices stand in the last two axes; any axes before them are a batch.')
    const sizes = avals.map((a) => [a.shape[a.shape.length - 2], a.shape[a.shape.length - 1]] as const)
    if (!fits(sizes)) return bad('shape', `${name}: expected ${needs}, got ${show(avals)}`, 'Check the last two extents of the arguments.')
    if (avals.some((a) => !sameShape(leading(a.shape), leading(avals[0].shape)))) return bad('shape', `${name}: leading axes differ: ${show(avals)}`, 'Give all arguments the same leading axes; linalg functions broadcast, primitives do not.')
    return right(results(avals, params))
  }

export const strong = (a: Aval, shape: Shape = a.shape): Aval => ({ shape, dtype: a.dtype, weak: false })

/** A value with the batch as its leading axis, repeated where it had none. */
export const spread = (ops: CoreOps, x: Value, batched: boolean, n: number): Value =>
  batched ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1))

/** The batch rule of a primitive over leading axes. */
export const itself =
  (prim: () => Primitive): BatchRule =>
  (ops, operands, batched, params, n) =>
    ops.bind(prim(), operands.map((x, i) => spread(ops, x, batched[i], n)), params)

/** The same where the last operand holds columns and may be the only one with the batch: then its columns are one matrix. */
export const byColumns =
  (prim: () => Primitive): BatchRule =>
  (ops, operands, batched, params, n) => {
    const last = operands.length - 1
    if (batched.indexOf(true) !== last) return itself(prim)(ops, operands, batched, params, n)
    const [x, rank] = [operands[last], operands[last].aval.shape.length]
    const [rows, columns] = [rowsOf(x), columnsOf(x)]
    const lead = x.aval.shape.slice(1, -2)
    const side = ops.reshape(ops.transpose(x, [...range(rank - 2, 1), 0, rank - 1]), [...lead, rows, n * columns])
    const [y] = ops.bind(prim(), [...operands.slice(0, last), side], params)
    return [ops.transpose(ops.reshape(y, [...lead, rows, n, columns]), [rank - 2, ...range(rank - 2), rank - 1])]
  }

/** The matrix product, batch by batch. */
export function product(ops: CoreOps, x: Value, y: Value): Value {
  const batch = range(x.aval.shape.length - 2)
  return ops.dot(x, y, { lhsContract: [batch.length + 1], rhsContract: [batch.length], lhsBatch: batch, rhsBatch: batch })
}

/** The last two axes exchanged. */
export function turned(ops: CoreOps, x: Value): Value {
  const rank = x.aval.shape.length
  return ops.transpose(x, [...range(rank - 2), rank - 1, rank - 2])
}

/** (X + Xᵀ)/2. */
export const symmetrized = (ops: CoreOps, x: Value): Value => ops.mul(ops.add(x, turned(ops, x)), 0.5)

/** Where column − row ≤ k, in the last two axes. */
function below(ops: CoreOps, shape: Shape, k: number): Value {
  const plane = shape.slice(-2)
  const inside = ops.le(ops.iota(plane, 'int32', 1), ops.add(ops.iota(plane, 'int32', 0), k))
  return ops.broadcast(inside, shape, [shape.length - 2, shape.length - 1])
}

/** x with 0 above diagonal k. */
export const lower = (ops: CoreOps, x: Value, k = 0): Value => ops.select(below(ops, x.aval.shape, k), x, 0)
/** x with 0 below diagonal k. */
export const upper = (ops: CoreOps, x: Value, k = 0): Value => ops.select(below(ops, x.aval.shape, k - 1), 0, x)

/** The main diagonals. */
export function diagonal(ops: CoreOps, x: Value): Value {
  const lead = leading(x.aval.shape)
  const [m, n] = [rowsOf(x), columnsOf(x)]
  const k = Math.min(m, n)
  const zeros = lead.map(() => 0)
  const flat = ops.reshape(x, [...lead, m * n])
  return ops.slice(flat, [...zeros, 0], [...lead, k === 0 ? 0 : (k - 1) * (n + 1) + 1], [...zeros.map(() => 1), k === 0 ? 1 : n + 1])
}

/** Square matrices with the vectors of the last axis on their diagonals. */
export function diagonalMatrix(ops: CoreOps, d: Value): Value {
  const n = d.aval.shape[d.aval.shape.length - 1]
  const shape = [...d.aval.shape, n]
  const on = ops.eq(ops.iota([n, n], 'int32', 0), ops.iota([n, n], 'int32', 1))
  return ops.select(ops.broadcast(on, shape, [shape.length - 2, shape.length - 1]), inRows(ops, d, n), 0)
}

/** Identity matrices of the batch of a shape. */
export function identityLike(ops: CoreOps, x: Value, n: number): Value {
  const shape = [...leading(x.aval.shape), n]
  return diagonalMatrix(ops, ops.full(shape, 1, x.aval.dtype))
}

/** Every one of m rows the vector of the last axis: element (i, j) is dⱼ. */
export function inRows(ops: CoreOps, d: Value, m: number): Value {
  const lead = d.aval.shape.slice(0, -1)
  const n = d.aval.shape[lead.length]
  return ops.broadcast(d, [...lead, m, n], [...range(lead.length), lead.length + 1])
}

/** Every one of n columns the vector of the last axis: element (i, j) is dᵢ. */
export function inColumns(ops: CoreOps, d: Value, n: number): Value {
  return ops.broadcast(d, [...d.aval.shape, n], range(d.aval.shape.length))
}

/** The columns from..to of the last axis. */
export const columns = (ops: CoreOps, x: Value, from: number, to: number): Value =>
  ops.slice(x, x.aval.shape.map((_, i) => (i === x.aval.shape.length - 1 ? from : 0)), x.aval.shape.map((e, i) => (i === x.aval.shape.length - 1 ? to : e)))

/** The rows from..to of the last axis but one. */
export const rows = (ops: CoreOps, x: Value, from: number, to: number): Value =>
  ops.slice(x, x.aval.shape.map((_, i) => (i === x.aval.shape.length - 2 ? from : 0)), x.aval.shape.map((e, i) => (i === x.aval.shape.length - 2 ? to : e)))

/** 1/x, and 0 where |x| ≤ tolerance (of one shape, or rank 0). */
export function safeInverse(ops: CoreOps, x: Value, tolerance: Value | number): Value {
  const gone = ops.le(ops.abs(x), tolerance)
  return ops.select(gone, 0, ops.div(1, ops.select(gone, 1, x)))
}

/** Of a dtype: the distance from 1 to the next number. */
export const epsilonOf = (a: Aval): number => (a.dtype === 'float32' ? 2 ** -23 : 2 ** -52)
