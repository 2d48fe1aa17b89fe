/**
 * Sorting, the k largest, and the numbers 0, 1, 2, … along an axis.
 *
 * Law: sort is stable; NaN stands last, −0 and 0 are equal. Its derivative carries the tangents along by the permutation.
 */
import { right } from 'fp-ts/Either'
import type { DType } from '../data/dtype'
import { range, sameShape, showShape, size, type Shape } from '../data/shape'
import { opaque } from '../ir/kernel'
import type { Ops } from '../ir/ops'
import type { Primitive } from '../ir/primitive'
import { isZero, type Value } from '../ir/value'
import { bad, definePrimitive, noTangent } from './define'
import { sortKernel, topKernel, type Sorting } from './kernels/sort'

/** x[…, positions[…, i, …], …] along an axis: element i of each line is the one at its position. */
function take(ops: Ops, x: Value, positions: Value, axis: number): Value {
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
  cost: ([x]) => size(x!.shape),
})

interface Iota {
  readonly shape: Shape
  readonly dtype: DType
  readonly axis: number
}

/** 0, 1, 2, … along an axis, the same along all others. */
export const iota: Primitive = definePrimitive({
  name: 'iota',
  shape: (_avals, { shape, dtype, axis }: Iota) => {
    if (dtype === 'bool') return bad('dtype', 'iota: expected a number dtype, got bool', 'Convert the result with np.astype.')
    return axis >= 0 && axis < shape.length
      ? right([{ shape, dtype, weak: false }])
      : bad('axis', `iota: axis ${axis} of shape ${showShape(shape)}`, 'Give an axis that the shape has.')
  },
  kernel: opaque((_ins, [out], { shape, axis }: Iota) => {
    const outer = size(shape.slice(0, axis))
    const n = shape[axis]!
    const inner = size(shape.slice(axis + 1))
    const single = out!.dtype === 'float32'
    return (_from, [to]) => {
      let at = 0
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < n; i++) {
          // Counters are integers of 32 bits already.
          const v = single ? Math.fround(i) : i
          for (let j = 0; j < inner; j++) to![at++] = v
        }
    }
  }),
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: (ops, _x, _b, { shape, dtype, axis }: Iota, n) => [ops.broadcast(ops.iota(shape, dtype, axis), [n, ...shape], range(shape.length, 1))],
})

export const sorting: readonly Primitive[] = [sort, topK, iota]
