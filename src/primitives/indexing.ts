/**
 * Reading and writing at indices that are known only at run time: gather, and the scatters that are linear.
 *
 * Laws: gather and scatter-add are adjoint. Of several updates that set one place the last wins, and it alone has a
 * derivative.
 */
import { right } from 'fp-ts/Either'
import { isInteger } from '../data/dtype'
import { range, sameShape, showShape, size, type Shape } from '../data/shape'
import type { KernelSpec } from '../ir/kernel'
import type { CoreOps, IndexParams, Primitive, ShapeRule } from '../ir/types'
import { isLinear, isZero, type Value } from '../ir/value'
import { bad, definePrimitive, spreadBatch } from './define'
import { addRuns, gatherKernel, scatterKernel, setRuns, type GatherParams } from './kernels/indexing'

/** The shape that gather gives and that updates have, or undefined where indices and array do not fit. */
function gathered(x: Shape, indices: Shape, batch: number): Shape | undefined {
  const count = indices.at(-1)
  if (count === undefined || batch > indices.length - 1 || batch + count > x.length) return undefined
  return sameShape(x.slice(0, batch), indices.slice(0, batch)) ? [...indices.slice(0, -1), ...x.slice(batch + count)] : undefined
}

/** Of array, indices and, for scatters, updates. */
export const indexed = (name: string, updates: number): ShapeRule => (avals, { batch, mode }: IndexParams) => {
  const [x, indices] = avals
  const shape = gathered(x!.shape, indices!.shape, batch)
  if (!isInteger(indices!.dtype)) return bad('dtype', `${name}: indices have dtype ${indices!.dtype}`, 'Convert them with np.astype.')
  if (!shape) return bad('index', `${name}: indices of shape ${showShape(indices!.shape)} do not address ${showShape(x!.shape)} (${batch} batch axes)`, 'The last axis of the indices has one entry for each axis.')
  const count = indices!.shape[indices!.shape.length - 1]!
  if (mode === 'clip' && size(shape) > 0 && size(x!.shape.slice(batch, batch + count)) === 0) return bad('index', `${name}: nothing to index in shape ${showShape(x!.shape)}`, 'Give an array that has elements.')
  for (let i = 2; i < 2 + updates; i++) {
    if (avals[i]!.dtype !== x!.dtype) return bad('dtype', `${name}: array ${x!.dtype}, updates ${avals[i]!.dtype}`, 'Convert them with np.astype.')
    if (!sameShape(avals[i]!.shape, shape)) return bad('shape', `${name}: updates of shape ${showShape(avals[i]!.shape)}, expected ${showShape(shape)}`, 'Broadcast the updates to it.')
  }
  return right(updates === 0 ? [{ ...x!, shape }] : [{ ...x!, weak: false }])
}

/** What of the parameters says where, without the rest. */
export const bare = ({ batch, mode }: IndexParams): IndexParams => ({ batch, mode })

/** The result of a scatter of array, indices and updates. */
export const scattered = (ops: CoreOps, prim: Primitive, operands: readonly Value[], params: IndexParams): Value => ops.bind(prim, operands, { ...bare(params) })[0]!

/** A tangent at the indices: what is dropped is constant. */
const gatherZeros = (ops: CoreOps, x: Value, indices: Value, { batch, mode }: IndexParams): Value =>
  ops.bind(gather, [x, indices], { batch, mode, fill: 0 })[0]!

/** x at the indices; dropped ones give `fill`. */
export const gather: Primitive = definePrimitive({
  name: 'gather',
  shape: indexed('gather', 0),
  kernel: gatherKernel,
  rounding: 'exact',
  jvp: (ops, [, indices], _y, [dx], params: GatherParams) => gatherZeros(ops, dx!, indices!, params),
  transpose: (ops, [ct], [, indices], { batch, mode }: GatherParams) => [
    (sum) => scattered(ops, scatterAdd, [sum, indices!, ct!], { batch, mode }),
    null,
  ],
  batch: (ops, [x, indices], [bx, bi], params: GatherParams, n) => {
    if (bx) return ops.bind(gather, [x!, spreadBatch(ops, indices!, bi!, n)], { ...params, batch: params.batch + 1 })
    // The array is shared: the batch becomes one more axis of rows, after the shared ones.
    const turned = range(indices!.aval.shape.length).map((a) => (a < params.batch ? a + 1 : a === params.batch ? 0 : a))
    const [y] = ops.bind(gather, [x!, ops.transpose(indices!, turned)], params as GatherParams & { [key: string]: unknown })
    return [ops.transpose(y!, [params.batch, ...range(y!.aval.shape.length).filter((a) => a !== params.batch)])]
  },
  linear: { joint: [0] },
})

/** Which updates are the last to write where they point: true for each of these, shaped as the updates. */
function winners(ops: CoreOps, x: Value, indices: Value, updates: Value, params: IndexParams): Value {
  const rows = indices.aval.shape.slice(0, -1)
  const count = indices.aval.shape[rows.length]!
  const places = x.aval.shape.slice(0, params.batch + count)
  // Numbered from 1: a dropped row reads back 0, which is nobody's number.
  const numbers = ops.add(ops.reshape(ops.iota([size(rows)], 'int32', 0), rows), 1)
  const written = scattered(ops, scatterSet, [ops.full(places, 0, 'int32'), indices, numbers], params)
  return ops.broadcast(ops.eq(ops.gather(written, indices, bare(params)), numbers), updates.aval.shape, range(rows.length))
}

/** The record of a scatter, without its derivative. */
export const scatter = (name: string, kernel: KernelSpec, rules: Pick<Primitive, 'jvp' | 'transpose' | 'linear' | 'pattern' | 'rounding' | 'kinks'>, bools = false): Primitive => {
  const shape = indexed(name, 1)
  const self: Primitive = definePrimitive({
    name,
    shape: (avals, params) =>
      !bools && avals[0]!.dtype === 'bool' ? bad('dtype', `${name}: expected a number dtype, got bool`, 'Convert it with np.astype.') : shape(avals, params),
    kernel,
    ...rules,
    batch: (ops, operands, batched, { batch, mode }: IndexParams, n) =>
      ops.bind(self, operands.map((o, i) => spreadBatch(ops, o, batched[i]!, n)), { batch: batch + 1, mode }),
    cost: ([, , updates]) => size(updates!.shape),
  })
  return self
}

/** x with updates added where the indices point. */
export const scatterAdd: Primitive = scatter('scatter_add', scatterKernel(addRuns, 'add'), {
  jvp: (ops, [, indices], _y, [dx, , du], params: IndexParams) => (isZero(du!) ? dx! : scattered(ops, scatterAdd, [dx!, indices!, du], params)),
  transpose: (ops, [ct], [x, indices, updates], params: IndexParams) => [
    isLinear(x!) ? ct! : null,
    null,
    isLinear(updates!) ? gatherZeros(ops, ct!, indices!, params) : null,
  ],
  linear: { joint: [0, 2] },
})

/** x with updates in the places where the indices point, one row after another. */
export const scatterSet: Primitive = scatter('scatter', scatterKernel(setRuns, 'set'), {
  jvp: (ops, [, indices], _y, [dx, , du], params: IndexParams) => scattered(ops, scatterSet, [dx!, indices!, du!], params),
  transpose: (ops, [ct], [x, indices, updates], params: IndexParams) => [
    isLinear(x!) ? scattered(ops, scatterSet, [ct!, indices!, ops.full(updates!.aval.shape, 0, ct!.aval.dtype)], params) : null,
    null,
    isLinear(updates!) ? ops.select(winners(ops, ct!, indices!, updates, params), gatherZeros(ops, ct!, indices!, params), 0) : null,
  ],
  linear: { joint: [0, 2] },
  rounding: 'exact',
}, true)

export const indexing: readonly Primitive[] = [gather, scatterSet, scatterAdd]
