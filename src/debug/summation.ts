/**
 * What sums and products round, by their kernels: all reductions and products of arrays are computed in the one order that the
 * backends share (compile/closure/monoid.ts and dot/vectors.ts), whichever primitive they belong to.
 *
 * Law: u times the magnitudes bounds the error of the kernel, u half the spacing of the floats at 1.
 * Source: Higham 2002, "Accuracy and Stability of Numerical Algorithms", chapter 4.
 */
import { range, size } from '../data/shape'
import type { DotDims, KernelSpec } from '../ir/kernel'
import type { Ops, RoundingRule } from '../ir/types'
import type { Value } from '../ir/value'

/** Σ |x₀ + … + xᵢ| for i ≥ 1 along an axis: what is rounded where numbers are added one after another. */
function partialSums(ops: Ops, x: Value, axis: number): Value {
  const rank = x.aval.shape.map((_, a) => a)
  const first = ops.slice(x, rank.map(() => 0), x.aval.shape.map((e, a) => (a === axis ? Math.min(1, e) : e)))
  return ops.sub(ops.sum(ops.abs(ops.cumsum(x, axis)), [axis]), ops.sum(ops.abs(first), [axis]))
}

/**
 * The magnitudes of the partial sums of a line of n: below 8 numbers are added one after another; from there on at most, as a
 * number takes part in so many additions that round. They begin with 8 sums side by side in chunks of 128 (a first addition, to 0, is exact), which combine in pairs.
 */
function sumRounding(ops: Ops, x: Value, axes: readonly number[]): Value {
  const n = size(axes.map((a) => x.aval.shape[a]!))
  if (n < 8 && axes.length === 1) return partialSums(ops, x, axes[0]!)
  const lanes = Math.floor(Math.min(n, 128) / 8)
  const rest = n < 128 ? n % 8 : 7
  const depth = n < 8 ? n - 1 : lanes - 1 + 3 + rest + Math.ceil(Math.log2(Math.ceil(n / 128)))
  return ops.mul(ops.sum(ops.abs(x), axes), Math.max(0, depth))
}

/** Magnitudes that a product of a line rounds: all but the first. */
const productRounding = (ops: Ops, x: Value, y: Value, axes: readonly number[]): Value =>
  ops.mul(ops.abs(y), Math.max(0, size(axes.map((a) => x.aval.shape[a]!)) - 1))

const free = (rank: number, contract: readonly number[], batch: readonly number[]): number[] =>
  range(rank).filter((a) => !contract.includes(a) && !batch.includes(a))

/** Products up to this many are looked at one by one. */
const looked = 1 << 20

/** What is rounded: k products, and their sums one after another (the kernels add blocks of 256, which rounds less). */
function dotRounding(ops: Ops, x: Value, y: Value, { lhsContract, rhsContract, lhsBatch, rhsBatch }: DotDims): Value {
  const [freeX, freeY] = [free(x.aval.shape.length, lhsContract, lhsBatch), free(y.aval.shape.length, rhsContract, rhsBatch)]
  const extent = (v: Value, axes: readonly number[]): number => size(axes.map((a) => v.aval.shape[a]!))
  const [b, m, n, k] = [extent(x, lhsBatch), extent(x, freeX), extent(y, freeY), extent(x, lhsContract)]
  const xs = ops.reshape(ops.transpose(x, [...lhsBatch, ...freeX, ...lhsContract]), [b, m, k])
  const ys = ops.reshape(ops.transpose(y, [...rhsBatch, ...freeY, ...rhsContract]), [b, n, k])
  if (b * m * n * k <= looked) {
    const full = [b, m, n, k]
    const products = ops.mul(ops.broadcast(xs, full, [0, 1, 3]), ops.broadcast(ys, full, [0, 2, 3]))
    return ops.add(ops.sum(ops.abs(products), [3]), partialSums(ops, products, 3))
  }
  // At most: product i takes part in all sums after it.
  const late = ops.min(ops.sub(k + 1, ops.convert(ops.iota([k], 'int32', 0), x.aval.dtype)), Math.min(k, 257 + k / 256))
  const weighted = ops.mul(ops.abs(xs), ops.broadcast(late, [b, m, k], [2]))
  return ops.dot(weighted, ops.abs(ys), { lhsContract: [2], rhsContract: [2], lhsBatch: [0], rhsBatch: [0] })
}

/** The rule of a kernel that adds or multiplies many numbers; undefined where it rounds each result once. */
export function summation(kernel: KernelSpec): RoundingRule | undefined {
  if (kernel._tag === 'Dot') return (ops, [x, y], [z], params) => [ops.reshape(dotRounding(ops, x!, y!, kernel.dims(params)), z!.aval.shape)]
  if (kernel._tag !== 'Reduce') return undefined
  if (kernel.op === 'add') return (ops, [x], _y, params) => [sumRounding(ops, x!, kernel.axes(params))]
  return kernel.op === 'mul' ? (ops, [x], [y], params) => [productRounding(ops, x!, y!, kernel.axes(params))] : undefined
}
