/**
 * Windows at starts that are known only at run time.
 *
 * Law: dynamicSlice and accumulateDynamic are adjoint. Starts are clamped so that the window lies inside.
 */
import { right } from 'fp-ts/Either'
import { isInteger } from '../data/dtype'
import { showShape, size, type Shape } from '../data/shape'
import type { KernelSpec } from '../ir/kernel'
import type { CoreOps, Primitive, ShapeRule } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import { bad, definePrimitive, placing, spreadBatch } from './define'
import { scatterAdd, scattered, scatterSet } from './indexing'
import { dynamicAddKernel, dynamicSliceKernel, dynamicUpdateKernel } from './kernels/window'

const window = (ops: CoreOps, x: Value, starts: readonly Value[], sizes: Shape): Value => ops.bind(dynamicSlice, [x, ...starts], { sizes })[0]!

/** Starts are scalars of an integer dtype, one for each axis. */
const windowed = (name: string, operands: number, sizesOf: (avals: Parameters<ShapeRule>[0], params: { sizes?: Shape }) => Shape): ShapeRule => (avals, params) => {
  const x = avals[0]!
  const sizes = sizesOf(avals, params)
  const starts = avals.slice(operands)
  if (starts.length !== x.shape.length || starts.some((s) => s.shape.length > 0 || !isInteger(s.dtype)))
    return bad('index', `${name}: starts ${starts.map((s) => `${s.dtype}${showShape(s.shape)}`).join(', ')} for shape ${showShape(x.shape)}`, 'Give one integer scalar for each axis.')
  if (operands === 2 && avals[1]!.dtype !== x.dtype) return bad('dtype', `${name}: array ${x.dtype}, update ${avals[1]!.dtype}`, 'Convert it with np.astype.')
  return sizes.length === x.shape.length && sizes.every((s, i) => s >= 0 && s <= x.shape[i]!)
    ? right([operands === 2 ? { ...x, weak: false } : { ...x, shape: sizes }])
    : bad('shape', `${name}: a window ${showShape(sizes)} of ${showShape(x.shape)}`, 'The window must fit into the array.')
}

/**
 * For starts that differ from one batch element to the next: the rows of indices that list the window's elements, up to
 * the last axis that the window does not span.
 */
function windowIndices(ops: CoreOps, starts: readonly Value[], batched: readonly boolean[], shape: Shape, sizes: Shape, n: number): Value {
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

/** The window of x of the given sizes at run-time starts, clamped so that it lies inside. */
export const dynamicSlice: Primitive = definePrimitive({
  name: 'dynamic_slice',
  shape: windowed('dynamic_slice', 1, (_avals, { sizes }) => sizes!),
  kernel: dynamicSliceKernel,
  pattern: 'moves',
  jvp: (ops, [, ...starts], _y, [dx], { sizes }: { sizes: Shape }) => window(ops, dx!, starts, sizes),
  transpose: (ops, [ct], [, ...starts]) => [(sum) => (isZero(ct!) ? sum : ops.bind(accumulateDynamic, [ops.instantiate(sum), ct!, ...starts], {})[0]!), ...starts.map(() => null)],
  batch: (ops, [x, ...starts], [bx, ...bs], { sizes }: { sizes: Shape }, n) => {
    if (!anyOf(bs)) return [window(ops, x!, [ops.full([], 0, 'int32'), ...starts], [n, ...sizes])]
    const shape = bx ? x!.aval.shape.slice(1) : x!.aval.shape
    return [ops.gather(x!, windowIndices(ops, starts, bs, shape, sizes, n), { batch: bx ? 1 : 0, mode: 'clip' })]
  },
  linear: { joint: [0] },
})

/** A primitive that puts a piece to the window at run-time starts; `many` does it where the starts differ within a batch. */
function moving(name: string, kernel: KernelSpec, adds: boolean, many: Primitive): Primitive {
  const self: Primitive = definePrimitive({
    name,
    shape: windowed(name, 2, ([, piece]) => piece!.shape),
    kernel,
    ...placing(() => self, adds, (ops, x, piece, starts) => window(ops, x, starts, piece.aval.shape)),
    batch: (ops, [x, piece, ...starts], [bx, bp, ...bs], _params, n) => {
      const [xs, pieces] = [spreadBatch(ops, x!, bx!, n), spreadBatch(ops, piece!, bp!, n)]
      if (!anyOf(bs)) return ops.bind(self, [xs, pieces, ops.full([], 0, 'int32'), ...starts], {})
      const indices = windowIndices(ops, starts, bs, xs.aval.shape.slice(1), pieces.aval.shape.slice(1), n)
      return [scattered(ops, many, [xs, indices, pieces], { batch: 1, mode: 'clip' })]
    },
    cost: ([, piece]) => size(piece!.shape),
  })
  return self
}

/** x with the update in the place of the window at run-time starts. */
export const dynamicUpdateSlice: Primitive = moving('dynamic_update_slice', dynamicUpdateKernel, false, scatterSet)

/** sum + piece placed at the window at run-time starts, in place where the sum is not used again. */
export const accumulateDynamic: Primitive = moving('accumulate_dynamic', dynamicAddKernel, true, scatterAdd)

export const windows: readonly Primitive[] = [dynamicSlice, dynamicUpdateSlice, accumulateDynamic]
