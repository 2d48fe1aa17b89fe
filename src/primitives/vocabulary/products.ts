/** matmul and dot by NumPy's rules, over the general contraction. */
import { fault, raise } from '../../data/errors'
import { broadcastShapes, range, showShape } from '../../data/shape'
import type { Tensor } from '../../trace/tensor'
import { broadcastTo, numeric, promoted, type Context } from './context'

const mismatch = (name: string, x: Tensor, y: Tensor): never =>
  raise(fault('shape', `${name}: shapes ${showShape(x.shape)} and ${showShape(y.shape)} do not fit`, 'The last extent of the first must equal the second-to-last of the second (or the only one).'))

const pair = (ctx: Context, x: Tensor, y: Tensor): [Tensor, Tensor] => {
  const [a, b] = promoted(ctx, [x, y]) as [Tensor, Tensor]
  return [numeric(ctx, a), numeric(ctx, b)]
}

/** The axes that meet: the last of x, the second-to-last of y, or its only one. */
const meeting = (name: string, x: Tensor, y: Tensor): { lhsContract: number[]; rhsContract: number[] } => {
  const [i, k] = [x.ndim - 1, Math.max(0, y.ndim - 2)]
  return x.shape[i] === y.shape[k] ? { lhsContract: [i], rhsContract: [k] } : mismatch(name, x, y)
}
/** Without a batch. */
const contracted = (ctx: Context, name: string, x: Tensor, y: Tensor): Tensor => ctx.ops.dot(x, y, { lhsBatch: [], rhsBatch: [], ...meeting(name, x, y) })

/** Matrix product; ranks above 2 are batches that broadcast, vectors are rows or columns. */
export function matmul(ctx: Context, x: Tensor, y: Tensor): Tensor {
  if (x.ndim === 0 || y.ndim === 0)
    raise(fault('shape', `matmul: shapes ${showShape(x.shape)} and ${showShape(y.shape)} include a scalar`, 'Use np.multiply for scalars.'))
  let [a, b] = pair(ctx, x, y)
  meeting('matmul', a, b)
  const batchA = a.shape.slice(0, -2)
  const batchB = b.shape.slice(0, -2)
  const batch = broadcastShapes(batchA, batchB) ?? mismatch('matmul', x, y)
  const n = batch.length
  // A batch that only one operand has is a free axis of that operand.
  if (batchA.length > 0 && batchB.length > 0) {
    a = broadcastTo(ctx, a, [...batch, ...a.shape.slice(-2)])
    b = broadcastTo(ctx, b, [...batch, ...b.shape.slice(-2)])
    return ctx.ops.dot(a, b, { lhsBatch: range(n), rhsBatch: range(n), ...meeting('matmul', a, b) })
  }
  const r = contracted(ctx, 'matmul', a, b)
  if (batchB.length === 0 || a.ndim === 1) return r
  // rows, batch…, columns → batch…, rows, columns
  return ctx.ops.transpose(r, [...range(n, 1), 0, n + 1])
}

/** NumPy's dot: inner product, matrix product, or the last axis against the second-to-last. */
export function dot(ctx: Context, x: Tensor, y: Tensor): Tensor {
  const [a, b] = pair(ctx, x, y)
  if (a.ndim === 0 || b.ndim === 0) return ctx.ops.mul(a, b)
  return contracted(ctx, 'dot', a, b)
}
