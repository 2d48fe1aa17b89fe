/**
 * Sorting, and the k largest.
 *
 * Law: sort is stable; NaN stands last, −0 and 0 are equal. Its derivative carries the tangents along by the permutation.
 */
import { right } from 'fp-ts/Either'
import { range, sameShape, showShape, size } from '../data/shape'
import type { CoreOps, Primitive } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import { bad, definePrimitive } from './define'
import { besideEqual } from './kinks'
import { sortKernel, topKernel, type Sorting } from './kernels/sort'

/** x[…, positions[…, i, …], …] along an axis: element i of each line is the one at its position. */
function take(ops: CoreOps, x: Value, positions: Value, axis: number): Value {
  const rank = x.aval.shape.length
  const last = rank - 1
  const swap = range(rank).map((a) => (a === axis ? last : a === last ? axis : a))
  const turn = (v: Value): Value => (axis === last ? v : ops.transpose(v, swap))
  const at = turn(positions)
  return turn(ops.gather(turn(x), ops.reshape(at, [...at.aval.shape, 1]), { batch: last, mode: 'clip' }))
}

/** All operands in the order of the first `keys` of them, compared lexicographically, along an axis. */
export const sort: Primitive = definePrimitive({
  name: 'sort',
  multipleResults: true,
  shape: (avals, { axis, keys }: Sorting) => {
    const first = avals[0]
    if (!first || keys < 1 || keys > avals.length) return bad('shape', `sort: ${keys} keys of ${avals.length} arrays`, 'Give at least one array, and one key or more of them.')
    if (!(axis >= 0 && axis < first.shape.length)) return bad('axis', `sort: axis ${axis} of shape ${showShape(first.shape)}`, 'Give an axis that the arrays have.')
    return avals.every((a) => sameShape(a.shape, first.shape))
      ? right(avals)
      : bad('shape', `sort: shapes ${avals.map((a) => showShape(a.shape)).join(' and ')}`, 'Arrays that are sorted together have one shape.')
  },
  kernel: sortKernel,
  jvp: (ops, xs, ys, tangents, { axis, keys }: Sorting) => {
    const places = ops.iota(xs[0]!.aval.shape, 'int32', axis)
    const order = ops.bind(sort, [...xs, places], { axis, keys })[xs.length]!
    return tangents.map((t, i) => (isZero(t) ? ops.zero(ys[i]!.aval) : take(ops, t, order, axis)))
  },
  transpose: 'nonlinear',
  batch: (ops, xs, batched, { axis, keys }: Sorting, n) =>
    ops.bind(sort, xs.map((x, i) => (batched[i] ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1)))), { axis: axis + 1, keys }),
  rounding: 'exact',
  // Of elements that tie for a place, marked where they stood.
  kinks: (ops, xs, ys, { axis, keys }: Sorting) => {
    const { shape } = xs[0]!.aval
    const same = besideEqual(ops, (before, after) => ys.slice(0, keys).map((y) => ops.eq(before(y), after(y))).reduce((a, b) => ops.and(a, b)), axis, shape)
    const places = ops.iota(shape, 'int32', axis)
    const order = ops.sort([...xs, places], axis, keys)[xs.length]!
    return take(ops, same, ops.sort([order, places], axis, 1)[1]!, axis)
  },
  cost: ([x], outs, { axis }: Sorting) => outs.length * size(x!.shape) * Math.ceil(Math.log2(x!.shape[axis]! + 2)),
})

/** The k largest along the last axis, largest first, and where they stood; of equal ones the first. NaN is largest. */
export const topK: Primitive = definePrimitive({
  name: 'top_k',
  multipleResults: true,
  shape: ([x], { k }: { k: number }) => {
    const last = x!.shape.length - 1
    if (last < 0) return bad('axis', 'top_k: the operand is a scalar', 'Give an array of rank 1 or more.')
    if (!(Number.isInteger(k) && k >= 0 && k <= x!.shape[last]!)) return bad('shape', `top_k: k = ${k} of ${x!.shape[last]!} elements (shape ${showShape(x!.shape)})`, 'Give 0 ≤ k ≤ the extent of the last axis.')
    const shape = [...x!.shape.slice(0, last), k]
    return right([{ ...x!, shape }, { shape, dtype: 'int32', weak: false }])
  },
  kernel: topKernel,
  jvp: (ops, _x, [, at], [dx]) => [take(ops, dx!, at!, at!.aval.shape.length - 1), ops.zero(at!.aval)],
  transpose: 'nonlinear',
  batch: (ops, [x], _b, { k }: { k: number }) => ops.bind(topK, [x!], { k }),
  rounding: 'exact',
  // Of elements among the largest, or that the last of these equals: those that are not alone.
  kinks: (ops, [x], [top], { k }: { k: number }) => {
    const { shape } = x!.aval
    const last = shape.length - 1
    if (k === 0) return undefined
    const least = ops.slice(top!, shape.map((_, a) => (a === last ? k - 1 : 0)), top!.aval.shape)
    const order = ops.iota(shape, 'int32', last)
    const [sorted, stood] = ops.sort([x!, order], last, 1)
    const same = take(ops, besideEqual(ops, (before, after) => ops.eq(before(sorted!), after(sorted!)), last, shape), ops.sort([stood!, order], last, 1)[1]!, last)
    return ops.and(same, ops.ge(x!, ops.broadcast(least, shape, range(shape.length))))
  },
  cost: ([x]) => size(x!.shape),
})

export const sorting: readonly Primitive[] = [sort, topK]
