/**
 * Padding and trimming.
 *
 * Law: the adjoint trims what was padded, pads what was trimmed, and the value's is the sum of what lies outside.
 */
import { right } from 'fp-ts/Either'
import { range, showShape } from '../data/shape'
import type { CoreOps, PadAxis, Primitive } from '../ir/types'
import type { Value } from '../ir/value'
import { bad, definePrimitive, linearJvp, spreadBatch } from './define'
import { padKernel } from './kernels/window'
import { slice } from './movement'

/** x between copies of the value. */
export const padded = (ops: CoreOps, x: Value, value: Value, axes: readonly PadAxis[]): Value => ops.bind(pad, [x, value], { axes })[0]!

/** x with `value` before, after and between its elements along each axis; negative amounts trim. */
export const pad: Primitive = definePrimitive({
  name: 'pad',
  shape: ([x, v], { axes }: { axes: readonly PadAxis[] }) => {
    const shape = x!.shape.map((e, i) => axes[i]![0] + axes[i]![1] + e + Math.max(0, e - 1) * axes[i]![2])
    if (axes.length !== x!.shape.length || v!.shape.length > 0 || axes.some((a) => a[2] < 0))
      return bad('shape', `pad: ${axes.length} axes of padding for shape ${showShape(x!.shape)}`, 'Give [low, high, interior] for each axis, and a scalar value.')
    if (v!.dtype !== x!.dtype) return bad('dtype', `pad: array ${x!.dtype}, value ${v!.dtype}`, 'Convert it with np.astype.')
    if (shape.some((e) => e < 0))
      return bad('shape', `pad: ${showShape(x!.shape)} has fewer elements than are trimmed (the shape would be ${showShape(shape)})`, 'Trim no more than there is.')
    return right([{ ...x!, shape }])
  },
  kernel: padKernel,
  pattern: 'moves',
  jvp: linearJvp(() => pad),
  transpose: (ops, [ct], [x, v], { axes }: { axes: readonly PadAxis[] }) => {
    const zero = ops.full([], 0, ct!.aval.dtype)
    const inside = padded(ops, ct!, zero, axes.map(([low, high]) => [-low, -high, 0]))
    const ctx = ops.slice(inside, inside.aval.shape.map(() => 0), inside.aval.shape, axes.map((a) => a[2] + 1))
    const all = (t: typeof ctx) => ops.sum(t, range(t.aval.shape.length))
    return [x && ctx, v && ops.sub(all(ct!), all(ctx))]
  },
  batch: (ops, [x, v], [bx, bv], { axes }: { axes: readonly PadAxis[] }, n) => {
    if (!bv) return [padded(ops, x!, v!, [[0, 0, 0], ...axes])]
    // A value for each batch element: pad a mask and choose.
    const zero = ops.full([], 0, x!.aval.dtype)
    const rest = bx ? x!.aval.shape.slice(1) : x!.aval.shape
    const whole = padded(ops, spreadBatch(ops, x!, bx!, n), zero, [[0, 0, 0], ...axes])
    const mask = padded(ops, ops.full([n, ...rest], 1, 'bool'), ops.full([], 0, 'bool'), [[0, 0, 0], ...axes])
    return [ops.select(mask, whole, ops.broadcast(v!, whole.aval.shape, [0]))]
  },
  simplify: (_ctx, { inputs: [x], params }) => {
    const { axes } = params as { axes: readonly PadAxis[] }
    if (axes.flat().some((k) => k > 0)) return undefined
    // Nothing but trimmed.
    return axes.every(([low, high]) => low === 0 && high === 0) ? x : { prim: slice, inputs: [x!], params: { start: axes.map(([low]) => -low), stop: axes.map(([, high], i) => x!.aval.shape[i]! + high), strides: axes.map(() => 1) } }
  },
})
