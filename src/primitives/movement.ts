/**
 * Movement: the same elements in another arrangement. All are linear, and most are views.
 *
 * Law: ⟨v, M w⟩ = ⟨Mᵀ v, w⟩ with Mᵀ a movement or a sum over what M repeated.
 */
import { right } from 'fp-ts/Either'
import { range, sameShape, showShape, size, sliceLength, invert, type Shape } from '../data/shape'
import { opaque, view } from '../ir/kernel'
import type { PadAxis } from '../ir/ops'
import type { Primitive } from '../ir/primitive'
import { bad, definePrimitive, linearJvp } from './define'
import { padKernel } from './kernels/pad'
import { concatenateKernel } from './kernels/concatenate'
import { codeOf, settle } from './kernels/element'

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
    size(shape) === size(x!.shape)
      ? right([{ ...x!, shape }])
      : bad('shape', `reshape: ${showShape(x!.shape)} has ${size(x!.shape)} elements, ${showShape(shape)} has ${size(shape)}`, 'Give a shape with as many elements (one extent may be -1 in np.reshape).'),
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
    axes.every((a) => a >= 0 && a < x!.shape.length) ? right([x!]) : bad('axis', `reverse: axes ${showShape(axes)} of shape ${showShape(x!.shape)}`, 'Give axes that the array has.'),
  kernel: view((s, x, _out, { axes }: { axes: readonly number[] }) => ({
    offset: axes.reduce((sum, a) => sum + Math.max(0, x.shape[a]! - 1) * s[a]!, 0),
    strides: s.map((step, i) => (axes.includes(i) ? -step : step)),
  })),
  jvp: (ops, _x, _y, [dx], { axes }: { axes: readonly number[] }) => ops.reverse(dx!, axes),
  transpose: (ops, [ct], _o, { axes }: { axes: readonly number[] }) => [ops.reverse(ct!, axes)],
  batch: (ops, [x], _b, { axes }: { axes: readonly number[] }) => [ops.reverse(x!, axes.map((a) => a + 1))],
  simplify: (_ctx, { inputs: [x], params }) => ((params.axes as readonly number[]).length === 0 ? x : undefined),
})

/** x with `value` before, after and between its elements along each axis; negative amounts trim. */
export const pad: Primitive = definePrimitive({
  name: 'pad',
  shape: ([x, v], { axes }: { axes: readonly PadAxis[] }) => {
    const shape = x!.shape.map((e, i) => axes[i]![0] + axes[i]![1] + e + Math.max(0, e - 1) * axes[i]![2])
    if (axes.length !== x!.shape.length || v!.shape.length > 0 || axes.some((a) => a[2] < 0))
      return bad('shape', `pad: ${axes.length} axes of padding for shape ${showShape(x!.shape)}`, 'Give [low, high, interior] for each axis, and a scalar value.')
    if (v!.dtype !== x!.dtype) return bad('dtype', `pad: array ${x!.dtype}, value ${v!.dtype}`, 'Convert the value with np.astype.')
    if (shape.some((e) => e < 0))
      return bad('shape', `pad: ${showShape(x!.shape)} has fewer elements than are trimmed (the shape would be ${showShape(shape)})`, 'Trim no more than there is.')
    return right([{ ...x!, shape }])
  },
  kernel: padKernel,
  pattern: 'moves',
  jvp: linearJvp(() => pad),
  transpose: (ops, [ct], [x, v], { axes }: { axes: readonly PadAxis[] }) => {
    const zero = ops.full([], 0, ct!.aval.dtype)
    const inside = ops.pad(ct!, zero, axes.map(([low, high]) => [-low, -high, 0]))
    const ctx = ops.slice(inside, inside.aval.shape.map(() => 0), inside.aval.shape, axes.map((a) => a[2] + 1))
    const all = (t: typeof ctx) => ops.sum(t, range(t.aval.shape.length))
    return [x && ctx, v && ops.sub(all(ct!), all(ctx))]
  },
  batch: (ops, [x, v], [bx, bv], { axes }: { axes: readonly PadAxis[] }, n) => {
    if (!bv) return [ops.pad(x!, v!, [[0, 0, 0], ...axes])]
    // A value for each batch element: pad a mask and choose.
    const zero = ops.full([], 0, x!.aval.dtype)
    const rest = bx ? x!.aval.shape.slice(1) : x!.aval.shape
    const padded = ops.pad(bx ? x! : ops.broadcast(x!, [n, ...rest], range(rest.length, 1)), zero, [[0, 0, 0], ...axes])
    const mask = ops.pad(ops.full([n, ...rest], 1, 'bool'), ops.full([], 0, 'bool'), [[0, 0, 0], ...axes])
    return [ops.select(mask, padded, ops.broadcast(v!, padded.aval.shape, [0]))]
  },
  simplify: (_ctx, { inputs: [x], params }) => ((params.axes as readonly PadAxis[]).every((a) => a.every((k) => k === 0)) ? x : undefined),
})

/** Arrays one after another along an axis. */
export const concatenate: Primitive = definePrimitive({
  name: 'concatenate',
  shape: (avals, { axis }: { axis: number }) => {
    const first = avals[0]
    if (!first || axis < 0 || axis >= first.shape.length) return bad('axis', `concatenate: axis ${axis} of ${first ? showShape(first.shape) : 'no arrays'}`, 'Give at least one array and an axis that it has.')
    for (const a of avals) {
      if (a.dtype !== first.dtype) return bad('dtype', `concatenate: dtypes ${avals.map((v) => v.dtype).join(', ')}`, 'Convert them to one dtype.')
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
    ops.concatenate(xs.map((x, i) => (batched[i] ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1)))), axis + 1),
  ],
  simplify: (_ctx, { inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
})

/** to[at + i·step] += from[p + i] for i < n, exact in the dtype; booleans (code −1) join. */
function addRow(to: Float64Array, at: number, step: number, from: Float64Array, p: number, n: number, code: number): void {
  if (code === 0 && step === 1) for (let i = 0; i < n; i++) to[at + i] = to[at + i]! + from[p + i]!
  else if (code < 0) for (let i = 0; i < n; i++, at += step) to[at] = to[at]! + from[p + i]! === 0 ? 0 : 1
  else for (let i = 0; i < n; i++, at += step) to[at] = settle(code, to[at]! + from[p + i]!)
}

/** sum + piece placed at a strided window, in place where the sum is not used again. Transposes slice. */
export const accumulateAt: Primitive = definePrimitive({
  name: 'accumulate_at',
  shape: ([sum, piece], { start, strides }: Slice) =>
    sum!.dtype === piece!.dtype && start.length === sum!.shape.length && piece!.shape.length === sum!.shape.length &&
    piece!.shape.every((e, i) => e === 0 || start[i]! + (e - 1) * strides[i]! < sum!.shape[i]!)
      ? right([{ ...sum!, weak: false }])
      : bad('shape', `accumulate_at: ${showShape(piece!.shape)} at ${showShape(start)} does not lie inside ${showShape(sum!.shape)}`, 'The window must lie inside.'),
  pattern: 'sums',
  kernel: opaque(([sum, piece], _outs, { start, strides }: Slice) => {
    const steps = sum!.shape.map((_, i) => sum!.shape.slice(i + 1).reduce((p, e) => p * e, 1))
    const offset = start.reduce((o, b, i) => o + b * steps[i]!, 0)
    const walk = steps.map((s, i) => s * strides[i]!)
    const last = piece!.shape.length - 1
    // Rows of the last axis are added at once.
    const row = last < 0 ? 1 : piece!.shape[last]!
    const rows = row === 0 ? 0 : size(piece!.shape) / row
    const code = sum!.dtype === 'bool' ? -1 : codeOf(sum!.dtype)
    const index = new Array<number>(Math.max(0, last)).fill(0)
    return ([, p], [out]) => {
      let at = offset
      for (let r = 0; r < rows; r++) {
        addRow(out!, at, walk[last] ?? 1, p!, r * row, row, code)
        for (let k = last - 1; k >= 0; k--) {
          at += walk[k]!
          if (++index[k]! < piece!.shape[k]!) break
          at -= walk[k]! * piece!.shape[k]!
          index[k] = 0
        }
      }
    }
  }, 0),
  jvp: linearJvp(() => accumulateAt),
  transpose: (ops, [ct], [, piece], { start, strides }: Slice) => [
    ct!,
    ops.slice(ct!, start, start.map((b, i) => (piece!.aval.shape[i] === 0 ? b : b + (piece!.aval.shape[i]! - 1) * strides[i]! + 1)), strides),
  ],
  batch: (ops, operands, batched, { start, strides }: Slice, n) => {
    const [sum, piece] = operands.map((o, i) => (batched[i] ? o : ops.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1))))
    return [ops.accumulateAt(sum!, piece!, [0, ...start], [1, ...strides])]
  },
})

export const movement: readonly Primitive[] = [broadcast, reshape, transpose, slice, reverse, pad, concatenate, accumulateAt]
