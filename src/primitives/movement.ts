/**
 * Movement: the same elements in another arrangement. All are linear, and most are views.
 *
 * Law: ⟨v, M w⟩ = ⟨Mᵀ v, w⟩ with Mᵀ a movement or a sum over what M repeated.
 */
import { right } from 'fp-ts/Either'
import { invert, range, sameShape, showShape, size, sliceLength, type Shape } from '../data/shape'
import { view, type KernelSpec } from '../ir/kernel'
import type { CoreOps, Primitive, ShapeRule } from '../ir/types'
import type { Value } from '../ir/value'
import { bad, definePrimitive, linearJvp, placing, spreadBatch } from './define'
import { accumulateKernel, replaceKernel } from './kernels/window'
import { concatenateKernel } from './kernels/concatenate'

interface Broadcast {
  readonly shape: Shape
  readonly dims: readonly number[]
}

/** Axis i of x becomes axis dims[i] of the result; extents 1 are stretched, other axes are new. */
export const broadcast: Primitive = definePrimitive({
  name: 'broadcast_in_dim',
  shape: ([x], { shape, dims }: Broadcast) =>
    dims.length === x!.shape.length && dims.every((d, i) => (i === 0 || d > dims[i - 1]!) && (x!.shape[i] === 1 || x!.shape[i] === shape[d]))
      ? right([{ ...x!, shape }])
      : bad('shape', `broadcast: shape ${showShape(x!.shape)} does not fit ${showShape(shape)} along axes ${showShape(dims)}`, 'Extents must be equal or 1.'),
  kernel: view((strides, x, out, { dims }: Broadcast) => {
    const s = out.shape.map(() => 0)
    dims.forEach((d, i) => (s[d] = x.shape[i] === 1 && out.shape[d] !== 1 ? 0 : strides[i]!))
    return { offset: 0, strides: s }
  }),
  jvp: (ops, _x, _y, [dx], { shape, dims }: Broadcast) => ops.broadcast(dx!, shape, dims),
  transpose: (ops, [ct], [x], { shape, dims }: Broadcast) => {
    const summed = range(shape.length).filter((a) => {
      const i = dims.indexOf(a)
      return i < 0 || (x!.aval.shape[i] === 1 && shape[a] !== 1)
    })
    return [ops.reshape(ops.sum(ct!, summed), x!.aval.shape)]
  },
  batch: (ops, [x], _b, { shape, dims }: Broadcast, n) => [ops.broadcast(x!, [n, ...shape], [0, ...dims.map((d) => d + 1)])],
  spreads: ({ inputs: [x] }) => (x!.aval.shape.length === 0 ? x : undefined),
  simplify: ({ definition }, { inputs: [x], params: p, outs: [y] }) => {
    const { shape, dims } = p as unknown as Broadcast
    if (sameShape(x!.aval.shape, y!.aval.shape)) return x
    const inner = definition(x!)
    if (inner?.prim !== broadcast) return undefined
    const innerDims = (inner.params as unknown as Broadcast).dims
    // Composes only where the inner result was not stretched again along an axis that it had made.
    return x!.aval.shape.every((e, i) => e === shape[dims[i]!] )
      ? { prim: broadcast, inputs: inner.inputs, params: { shape, dims: innerDims.map((d) => dims[d]!) } }
      : undefined
  },
})

/** The same elements in row-major order with another shape. */
export const reshape: Primitive = definePrimitive({
  name: 'reshape',
  shape: ([x], { shape }: { shape: Shape }) =>
    size(shape) === size(x!.shape) && shape.every((e) => Number.isInteger(e) && e >= 0)
      ? right([{ ...x!, shape }])
      : bad('shape', `reshape: ${showShape(x!.shape)} has ${size(x!.shape)} elements, ${showShape(shape)} has ${size(shape)}`, 'Give a shape with as many elements; one extent may be -1.'),
  kernel: view(() => 'reshape'),
  jvp: (ops, _x, _y, [dx], { shape }: { shape: Shape }) => ops.reshape(dx!, shape),
  transpose: (ops, [ct], [x]) => [ops.reshape(ct!, x!.aval.shape)],
  batch: (ops, [x], _b, { shape }: { shape: Shape }, n) => [ops.reshape(x!, [n, ...shape])],
  simplify: ({ definition }, { inputs: [x], params }) => {
    if (sameShape(x!.aval.shape, params.shape as Shape)) return x
    const inner = definition(x!)
    return inner?.prim === reshape ? { prim: reshape, inputs: inner.inputs, params } : undefined
  },
})

/** Axis perm[i] of x becomes axis i of the result. */
export const transpose: Primitive = definePrimitive({
  name: 'transpose',
  shape: ([x], { perm }: { perm: readonly number[] }) =>
    perm.length === x!.shape.length && range(perm.length).every((i) => perm.includes(i))
      ? right([{ ...x!, shape: perm.map((p) => x!.shape[p]!) }])
      : bad('axis', `transpose: ${showShape(perm)} is no permutation of the ${x!.shape.length} axes of ${showShape(x!.shape)}`, 'List every axis once.'),
  kernel: view((strides, _x, _out, { perm }: { perm: readonly number[] }) => ({ offset: 0, strides: perm.map((p) => strides[p]!) })),
  jvp: (ops, _x, _y, [dx], { perm }: { perm: readonly number[] }) => ops.transpose(dx!, perm),
  transpose: (ops, [ct], _o, { perm }: { perm: readonly number[] }) => [ops.transpose(ct!, invert(perm))],
  batch: (ops, [x], _b, { perm }: { perm: readonly number[] }) => [ops.transpose(x!, [0, ...perm.map((p) => p + 1)])],
  simplify: ({ definition }, { inputs: [x], params }) => {
    const perm = params.perm as readonly number[]
    if (perm.every((p, i) => p === i)) return x
    const inner = definition(x!)
    return inner?.prim === transpose
      ? { prim: transpose, inputs: inner.inputs, params: { perm: perm.map((p) => (inner.params.perm as readonly number[])[p]!) } }
      : undefined
  },
})

interface Slice {
  readonly start: readonly number[]
  readonly stop: readonly number[]
  readonly strides: readonly number[]
}

/** x[start:stop:stride] along every axis; strides are positive. */
export const slice: Primitive = definePrimitive({
  name: 'slice',
  shape: ([x], { start, stop, strides }: Slice) =>
    start.length === x!.shape.length && x!.shape.every((e, i) => 0 <= start[i]! && start[i]! <= stop[i]! && stop[i]! <= e && strides[i]! >= 1)
      ? right([{ ...x!, shape: x!.shape.map((_, i) => sliceLength(start[i]!, stop[i]!, strides[i]!)) }])
      : bad('index', `slice: ${showShape(start)} to ${showShape(stop)} does not lie inside ${showShape(x!.shape)}`, 'Give 0 ≤ start ≤ stop ≤ extent for each axis.'),
  kernel: view((s, _x, _out, { start, strides }: Slice) => ({
    offset: start.reduce((sum, b, i) => sum + b * s[i]!, 0),
    strides: s.map((step, i) => step * strides[i]!),
  })),
  jvp: (ops, _x, _y, [dx], { start, stop, strides }: Slice) => ops.slice(dx!, start, stop, strides),
  transpose: (ops, [ct], _o, { start, strides }: Slice) => [(sum) => ops.accumulateAt(ops.instantiate(sum), ct!, start, strides)],
  batch: (ops, [x], _b, { start, stop, strides }: Slice, n) => [ops.slice(x!, [0, ...start], [n, ...stop], [1, ...strides])],
  simplify: (_ctx, { inputs: [x], outs: [y] }) => (sameShape(x!.aval.shape, y!.aval.shape) ? x : undefined),
})

/** The axes in the opposite order. */
export const reverse: Primitive = definePrimitive({
  name: 'rev',
  shape: ([x], { axes }: { axes: readonly number[] }) =>
    axes.every((a) => a >= 0 && a < x!.shape.length) ? right([x!]) : bad('axis', `reverse: axes ${showShape(axes)} of shape ${showShape(x!.shape)}`, 'List axes that the array has, each once.'),
  kernel: view((s, x, _out, { axes }: { axes: readonly number[] }) => ({
    offset: axes.reduce((sum, a) => sum + Math.max(0, x.shape[a]! - 1) * s[a]!, 0),
    strides: s.map((step, i) => (axes.includes(i) ? -step : step)),
  })),
  jvp: (ops, _x, _y, [dx], { axes }: { axes: readonly number[] }) => ops.reverse(dx!, axes),
  transpose: (ops, [ct], _o, { axes }: { axes: readonly number[] }) => [ops.reverse(ct!, axes)],
  batch: (ops, [x], _b, { axes }: { axes: readonly number[] }) => [ops.reverse(x!, axes.map((a) => a + 1))],
  simplify: (_ctx, { inputs: [x], params }) => ((params.axes as readonly number[]).length === 0 ? x : undefined),
})

/** Arrays one after another along an axis. */
export const concatenate: Primitive = definePrimitive({
  name: 'concatenate',
  shape: (avals, { axis }: { axis: number }) => {
    const first = avals[0]
    if (!first || axis < 0 || axis >= first.shape.length) return bad('axis', `concatenate: axis ${axis} of ${first ? showShape(first.shape) : 'no arrays'}`, 'Give an axis that the array has.')
    for (const a of avals) {
      if (a.dtype !== first.dtype) return bad('dtype', `concatenate: dtypes ${avals.map((v) => v.dtype).join(', ')}`, 'Convert them to one dtype with np.astype.')
      if (a.shape.length !== first.shape.length || a.shape.some((e, i) => i !== axis && e !== first.shape[i]))
        return bad('shape', `concatenate: shapes ${avals.map((v) => showShape(v.shape)).join(', ')} along axis ${axis}`, 'All other extents must be equal.')
    }
    return right([{ ...first, shape: first.shape.map((e, i) => (i === axis ? avals.reduce((n, a) => n + a.shape[i]!, 0) : e)), weak: avals.every((a) => a.weak) }])
  },
  kernel: concatenateKernel,
  pattern: 'moves',
  jvp: linearJvp(() => concatenate),
  transpose: (ops, [ct], operands, { axis }: { axis: number }) => {
    let at = 0
    return operands.map((o) => {
      const start = ct!.aval.shape.map((_, i) => (i === axis ? at : 0))
      const stop = ct!.aval.shape.map((e, i) => (i === axis ? at + o.aval.shape[axis]! : e))
      at += o.aval.shape[axis]!
      return ops.slice(ct!, start, stop)
    })
  },
  batch: (ops, xs, batched, { axis }: { axis: number }, n) => [
    ops.concatenate(xs.map((x, i) => spreadBatch(ops, x, batched[i]!, n)), axis + 1),
  ],
  simplify: (_ctx, { inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
})

/** How a piece and an array of its dtype meet at a strided window. */
const placedShape = (name: string): ShapeRule => ([x, piece], { start, strides }: Slice) =>
  x!.dtype === piece!.dtype && start.length === x!.shape.length && piece!.shape.length === x!.shape.length &&
  piece!.shape.every((e, i) => e === 0 || start[i]! + (e - 1) * strides[i]! < x!.shape[i]!)
    ? right([{ ...x!, weak: false }])
    : bad('shape', `${name}: ${showShape(piece!.shape)} at ${showShape(start)} does not lie inside ${showShape(x!.shape)}`, 'The window must fit into the array.')

/** What stands in the window of a piece. */
const windowOf = (ops: CoreOps, x: Value, { aval: { shape } }: Value, _where: readonly Value[], { start, strides }: Slice): Value =>
  ops.slice(x, start, start.map((b, i) => (shape[i] === 0 ? b : b + (shape[i]! - 1) * strides[i]! + 1)), strides)

const placed = (name: string, kernel: KernelSpec, adds: boolean, more: Partial<Primitive> = {}): Primitive => {
  const self: Primitive = definePrimitive({
    name,
    shape: placedShape(name),
    kernel,
    ...placing(() => self, adds, windowOf),
    batch: (ops, operands, batched, { start, strides }: Slice, n) =>
      ops.bind(self, operands.map((o, i) => spreadBatch(ops, o, batched[i]!, n)), { start: [0, ...start], strides: [1, ...strides] }),
    ...more,
  })
  return self
}

/** sum + piece placed at a strided window, in place where the sum is not used again. Transposes slice. */
export const accumulateAt: Primitive = placed('accumulate_at', accumulateKernel, true)

/** x with the piece in the place of a strided window, in place where x is not used again. */
export const replaceAt: Primitive = placed('replace_at', replaceKernel, false, { cost: ([, piece]) => size(piece!.shape) })

export const movement: readonly Primitive[] = [broadcast, reshape, transpose, slice, reverse, concatenate, accumulateAt, replaceAt]
