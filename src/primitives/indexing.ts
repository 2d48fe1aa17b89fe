/**
 * Reading and writing at indices that are known only at run time: gather, scatter, and windows at run-time starts.
 *
 * Laws: gather and scatter-add are adjoint, dynamicSlice and accumulateDynamic too. Of several updates that set one
 * place the last wins, and it alone has a derivative; several that multiply one place are differentiated as the sequence
 * that they are, without division; those that tie for an extremum share its derivative equally.
 */
import { right } from 'fp-ts/Either'
import { isInteger } from '../data/dtype'
import { range, sameShape, showShape, size, type Shape } from '../data/shape'
import type { IndexParams, Ops, ScatterKind } from '../ir/ops'
import type { BatchRule, JvpRule, Primitive, ShapeRule, TransposeRule } from '../ir/primitive'
import type { KinkRule } from '../ir/types'
import { isLinear, isZero, type Value } from '../ir/value'
import { bad, definePrimitive } from './define'
import {
  dynamicSliceKernel, gatherKernel, indexedRecurrenceKernel, scatterKernel, windowKernel, type GatherParams,
} from './kernels/indexing'
import { gatherPattern, scaledPattern, scatterPattern } from './patterns'

/** An operand with the batch as its leading axis, repeated where it had none. */
const spreadBatch = (ops: Ops, x: Value, batched: boolean, n: number): Value =>
  batched ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1))

/** The shape that gather gives and that updates have, or undefined where indices and array do not fit. */
function gathered(x: Shape, indices: Shape, batch: number): Shape | undefined {
  const count = indices[indices.length - 1]
  if (count === undefined || batch > indices.length - 1 || batch + count > x.length) return undefined
  return sameShape(x.slice(0, batch), indices.slice(0, batch)) ? [...indices.slice(0, -1), ...x.slice(batch + count)] : undefined
}

/** Of array, indices and, for scatters, updates. */
const indexed = (name: string, updates: number): ShapeRule => (avals, { batch, mode }: IndexParams) => {
  const [x, indices] = avals
  const shape = gathered(x!.shape, indices!.shape, batch)
  if (!isInteger(indices!.dtype)) return bad('dtype', `${name}: indices have dtype ${indices!.dtype}`, 'Convert them with np.astype(indices, "int32").')
  if (!shape) return bad('index', `${name}: indices of shape ${showShape(indices!.shape)} do not address ${showShape(x!.shape)} (${batch} batch axes)`, 'The last axis of the indices lists one index for each addressed axis; batch axes are equal.')
  const count = indices!.shape[indices!.shape.length - 1]!
  if (mode === 'clip' && size(shape) > 0 && size(x!.shape.slice(batch, batch + count)) === 0) return bad('index', `${name}: nothing to index in shape ${showShape(x!.shape)}`, 'Index an array that has elements.')
  for (let i = 2; i < 2 + updates; i++) {
    if (avals[i]!.dtype !== x!.dtype) return bad('dtype', `${name}: array ${x!.dtype}, updates ${avals[i]!.dtype}`, 'Convert the updates with np.astype.')
    if (!sameShape(avals[i]!.shape, shape)) return bad('shape', `${name}: updates of shape ${showShape(avals[i]!.shape)}, expected ${showShape(shape)}`, 'Broadcast the updates to the shape that the indices give.')
  }
  return right(updates === 0 ? [{ ...x!, shape }] : [{ ...x!, weak: false }])
}

/** A tangent at the indices: what is dropped is constant. */
const gatherZeros = (ops: Ops, x: Value, indices: Value, { batch, mode }: IndexParams): Value =>
  ops.bind(gather, [x, indices], { batch, mode, fill: 0 })[0]!

/** x at the indices; dropped ones give `fill`. */
export const gather: Primitive = definePrimitive({
  name: 'gather',
  shape: indexed('gather', 0),
  kernel: gatherKernel,
  pattern: gatherPattern,
  rounding: 'exact',
  jvp: (ops, [, indices], _y, [dx], params: GatherParams) => gatherZeros(ops, dx!, indices!, params),
  transpose: (ops, [ct], [, indices], { batch, mode }: GatherParams) => [
    (sum) => ops.scatter(sum, indices!, ct!, 'add', { batch, mode }),
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
function winners(ops: Ops, x: Value, indices: Value, updates: Value, params: IndexParams): Value {
  const rows = indices.aval.shape.slice(0, -1)
  const count = indices.aval.shape[rows.length]!
  const places = x.aval.shape.slice(0, params.batch + count)
  // Numbered from 1: a dropped row reads back 0, which is nobody's number.
  const numbers = ops.add(ops.reshape(ops.iota([size(rows)], 'int32', 0), rows), 1)
  const written = ops.scatter(ops.full(places, 0, 'int32'), indices, numbers, 'set', params)
  return ops.broadcast(ops.eq(ops.gather(written, indices, params), numbers), updates.aval.shape, range(rows.length))
}

/** (x, indices, a, b) → (last states, states before): each row in turn reads a state s of x and leaves a·s + b. */
export const indexedRecurrence: Primitive = definePrimitive({
  name: 'indexed_recurrence',
  multipleResults: true,
  shape: (avals, params: IndexParams) => {
    const checked = indexed('indexed_recurrence', 2)(avals, params)
    return checked._tag === 'Left' ? checked : right([checked.right[0]!, { ...avals[3]!, weak: false }])
  },
  kernel: indexedRecurrenceKernel,
  jvp: (ops, [, indices, a], [, before], [dx, , da, db], params) =>
    ops.bind(indexedRecurrence, [dx!, indices!, a!, ops.add(db!, ops.mul(da!, before!))], params),
  transpose: (ops, [last, before], [, indices, a], params) => {
    const [x, b] = ops.bind(indexedRecurrence, [last!, indices!, a!, before!], { ...params, reverse: !params.reverse })
    return [x!, null, null, b!]
  },
  batch: (ops, operands, batched, params, n) =>
    ops.bind(indexedRecurrence, operands.map((o, i) => spreadBatch(ops, o, batched[i]!, n)), { ...params, batch: params.batch + 1 }),
  linear: { joint: [0, 3] },
  cost: ([, , a]) => 2 * size(a!.shape),
})

const bare = ({ batch, mode }: IndexParams): IndexParams => ({ batch, mode })

/** Each kind's derivative; only the linear ones have a transpose. */
interface ScatterRules {
  readonly jvp: JvpRule
  readonly transpose: 'nonlinear' | TransposeRule
  readonly linear?: Primitive['linear']
  readonly pattern?: Primitive['pattern']
  readonly rounding?: Primitive['rounding']
  readonly kinks?: Primitive['kinks']
}

/** Tangents where array or update equals the result, in equal shares. */
const extremumJvp: JvpRule = (ops, [x, indices, updates], [y], [dx, , du], params: IndexParams) => {
  const { dtype } = y!.aval
  const kept = ops.or(ops.eq(x!, y!), ops.isNaN(x!))
  const attained = ops.eq(updates!, ops.gather(y!, indices!, bare(params)))
  const summed = (a: Value, b: Value): Value => ops.scatter(a, indices!, b, 'add', bare(params))
  const count = summed(ops.convert(kept, dtype), ops.convert(attained, dtype))
  return ops.div(summed(ops.select(kept, ops.instantiate(dx!), 0), ops.select(attained, ops.instantiate(du!), 0)), count)
}

/** Where more than one of array and updates is the extremum. */
const extremumKinks: KinkRule = (ops, [x, indices, updates], [y], params: IndexParams) => {
  const attained = ops.eq(updates!, ops.gather(y!, indices!, bare(params)))
  const count = ops.scatter(ops.convert(ops.eq(x!, y!), 'int32'), indices!, ops.convert(attained, 'int32'), 'add', bare(params))
  return ops.gt(count, 1)
}

const rules: { readonly [K in ScatterKind]: ScatterRules } = {
  add: {
    jvp: (ops, [, indices], _y, [dx, , du], params: IndexParams) => (isZero(du!) ? dx! : ops.scatter(dx!, indices!, du, 'add', bare(params))),
    transpose: (ops, [ct], [x, indices, updates], params: IndexParams) => [
      isLinear(x!) ? ct! : null,
      null,
      isLinear(updates!) ? gatherZeros(ops, ct!, indices!, params) : null,
    ],
    linear: { joint: [0, 2] },
    pattern: scatterPattern('sums'),
  },
  set: {
    jvp: (ops, [, indices], _y, [dx, , du], params: IndexParams) => ops.scatter(dx!, indices!, du!, 'set', bare(params)),
    transpose: (ops, [ct], [x, indices, updates], params: IndexParams) => [
      isLinear(x!) ? ops.scatter(ct!, indices!, ops.full(updates!.aval.shape, 0, ct!.aval.dtype), 'set', bare(params)) : null,
      null,
      isLinear(updates!) ? ops.select(winners(ops, ct!, indices!, updates, params), gatherZeros(ops, ct!, indices!, params), 0) : null,
    ],
    linear: { joint: [0, 2] },
    pattern: scatterPattern('moves'),
    rounding: 'exact',
  },
  mul: {
    jvp: (ops, [x, indices, updates], _y, [dx, , du], params: IndexParams) => {
      if (isZero(du!)) return ops.scatter(dx!, indices!, updates!, 'mul', bare(params))
      const run = { ...bare(params), reverse: false }
      const nothing = ops.full(updates!.aval.shape, 0, updates!.aval.dtype)
      const before = ops.bind(indexedRecurrence, [x!, indices!, updates!, nothing], run)[1]!
      return ops.bind(indexedRecurrence, [dx!, indices!, updates!, ops.mul(before, du)], run)[0]!
    },
    transpose: (ops, [ct], [, indices, updates], params: IndexParams) => [ops.scatter(ct!, indices!, updates!, 'mul', bare(params)), null, null],
    linear: { each: [0] },
    pattern: scaledPattern,
  },
  min: { jvp: extremumJvp, transpose: 'nonlinear', rounding: 'exact', kinks: extremumKinks },
  max: { jvp: extremumJvp, transpose: 'nonlinear', rounding: 'exact', kinks: extremumKinks },
}

const scatter = (kind: ScatterKind): Primitive => {
  const name = kind === 'set' ? 'scatter' : `scatter_${kind}`
  const shape = indexed(name, 1)
  return definePrimitive({
    name,
    shape: (avals, params) =>
      kind !== 'set' && avals[0]!.dtype === 'bool' ? bad('dtype', `${name}: expected a number dtype, got bool`, 'Convert the array with np.astype.') : shape(avals, params),
    kernel: scatterKernel(kind),
    ...rules[kind],
    batch: (ops, operands, batched, { batch, mode }: IndexParams, n) => {
      const [x, indices, updates] = operands.map((o, i) => spreadBatch(ops, o, batched[i]!, n))
      return [ops.scatter(x!, indices!, updates!, kind, { batch: batch + 1, mode })]
    },
    cost: ([, , updates]) => size(updates!.shape),
  })
}

/** x with updates combined in where the indices point, one row after another. */
export const scatters: Readonly<Record<ScatterKind, Primitive>> = {
  set: scatter('set'),
  add: scatter('add'),
  mul: scatter('mul'),
  min: scatter('min'),
  max: scatter('max'),
}

/** Starts are scalars of an integer dtype, one for each axis. */
const windowed = (name: string, operands: number, sizesOf: (avals: Parameters<ShapeRule>[0], params: { sizes?: Shape }) => Shape): ShapeRule => (avals, params) => {
  const x = avals[0]!
  const sizes = sizesOf(avals, params)
  const starts = avals.slice(operands)
  if (starts.length !== x.shape.length || starts.some((s) => s.shape.length > 0 || !isInteger(s.dtype)))
    return bad('index', `${name}: starts ${starts.map((s) => `${s.dtype}${showShape(s.shape)}`).join(', ')} for shape ${showShape(x.shape)}`, 'Give one integer scalar for each axis.')
  if (operands === 2 && avals[1]!.dtype !== x.dtype) return bad('dtype', `${name}: array ${x.dtype}, update ${avals[1]!.dtype}`, 'Convert the update with np.astype.')
  return sizes.length === x.shape.length && sizes.every((s, i) => s >= 0 && s <= x.shape[i]!)
    ? right([operands === 2 ? { ...x, weak: false } : { ...x, shape: sizes }])
    : bad('shape', `${name}: a window ${showShape(sizes)} of ${showShape(x.shape)}`, 'The window must fit into the array.')
}

/**
 * For starts that differ from one batch element to the next: the rows of indices that list the window's elements, up to
 * the last axis that the window does not span.
 */
function windowIndices(ops: Ops, starts: readonly Value[], batched: readonly boolean[], shape: Shape, sizes: Shape, n: number): Value {
  let count = shape.length
  while (count > 0 && sizes[count - 1] === shape[count - 1]) count--
  const rows = [n, ...sizes.slice(0, count)]
  const columns = starts.slice(0, count).map((s, k) => {
    const clamped = ops.convert(ops.max(ops.min(s, shape[k]! - sizes[k]!), 0), 'int32')
    const from = ops.broadcast(clamped, rows, batched[k] ? [0] : [])
    return ops.reshape(ops.add(from, ops.iota(rows, 'int32', k + 1)), [...rows, 1])
  })
  return count === 0 ? ops.full([...rows, 0], 0, 'int32') : ops.concatenate(columns, count + 1)
}

const anyOf = (flags: readonly boolean[]): boolean => flags.includes(true)

/** The batch rule of what is combined in at a run-time window. */
const windowBatch =
  (kind: 'set' | 'add', same: (ops: Ops, x: Value, piece: Value, starts: readonly Value[]) => Value): BatchRule =>
  (ops, [x, piece, ...starts], [bx, bp, ...bs], _params, n) => {
    const [xs, pieces] = [spreadBatch(ops, x!, bx!, n), spreadBatch(ops, piece!, bp!, n)]
    if (!anyOf(bs)) return [same(ops, xs, pieces, [ops.full([], 0, 'int32'), ...starts])]
    const indices = windowIndices(ops, starts, bs, xs.aval.shape.slice(1), pieces.aval.shape.slice(1), n)
    return [ops.scatter(xs, indices, pieces, kind, { batch: 1, mode: 'clip' })]
  }

/** The window of x of the given sizes at run-time starts, clamped so that it lies inside. */
export const dynamicSlice: Primitive = definePrimitive({
  name: 'dynamic_slice',
  shape: windowed('dynamic_slice', 1, (_avals, { sizes }) => sizes!),
  kernel: dynamicSliceKernel,
  pattern: 'moves',
  jvp: (ops, [, ...starts], _y, [dx], { sizes }: { sizes: Shape }) => ops.dynamicSlice(dx!, starts, sizes),
  transpose: (ops, [ct], [, ...starts]) => [(sum) => ops.accumulateDynamic(sum, ct!, starts), ...starts.map(() => null)],
  batch: (ops, [x, ...starts], [bx, ...bs], { sizes }: { sizes: Shape }, n) => {
    if (!anyOf(bs)) return [ops.dynamicSlice(x!, [ops.full([], 0, 'int32'), ...starts], [n, ...sizes])]
    const shape = bx ? x!.aval.shape.slice(1) : x!.aval.shape
    return [ops.gather(x!, windowIndices(ops, starts, bs, shape, sizes, n), { batch: bx ? 1 : 0, mode: 'clip' })]
  },
  linear: { joint: [0] },
})

/** x with the update in the place of the window at run-time starts. */
export const dynamicUpdateSlice: Primitive = definePrimitive({
  name: 'dynamic_update_slice',
  shape: windowed('dynamic_update_slice', 2, ([, update]) => update!.shape),
  kernel: windowKernel('set'),
  pattern: 'moves',
  jvp: (ops, [, , ...starts], _y, [dx, du]) => ops.dynamicUpdateSlice(dx!, du!, starts),
  transpose: (ops, [ct], [x, update, ...starts]) => [
    isLinear(x!) ? ops.dynamicUpdateSlice(ct!, ops.full(update!.aval.shape, 0, ct!.aval.dtype), starts) : null,
    isLinear(update!) ? ops.dynamicSlice(ct!, starts, update.aval.shape) : null,
    ...starts.map(() => null),
  ],
  batch: windowBatch('set', (ops, x, piece, starts) => ops.dynamicUpdateSlice(x, piece, starts)),
  linear: { joint: [0, 1] },
  cost: ([, update]) => size(update!.shape),
})

/** sum + piece placed at the window at run-time starts, in place where the sum is not used again. */
export const accumulateDynamic: Primitive = definePrimitive({
  name: 'accumulate_dynamic',
  shape: windowed('accumulate_dynamic', 2, ([, piece]) => piece!.shape),
  kernel: windowKernel('add'),
  pattern: 'sums',
  jvp: (ops, [, , ...starts], _y, [ds, dp]) => ops.accumulateDynamic(ds!, dp!, starts),
  transpose: (ops, [ct], [sum, piece, ...starts]) => [
    isLinear(sum!) ? ct! : null,
    isLinear(piece!) ? ops.dynamicSlice(ct!, starts, piece.aval.shape) : null,
    ...starts.map(() => null),
  ],
  batch: windowBatch('add', (ops, x, piece, starts) => ops.accumulateDynamic(x, piece, starts)),
  linear: { joint: [0, 1] },
  cost: ([, piece]) => size(piece!.shape),
})

export const indexing: readonly Primitive[] = [gather, ...Object.values(scatters), indexedRecurrence, dynamicSlice, dynamicUpdateSlice, accumulateDynamic]
