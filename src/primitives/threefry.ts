/**
 * Threefry-2x32 in counter mode, and the numbers in [0, 1) that its words become.
 *
 * Law: element i of a result depends on the key and on start + i alone, so a batch of keys gives the stack of the
 * single results, and any element can be computed again by itself. Nothing here has a derivative.
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3" (20 rounds).
 */
import { right } from 'fp-ts/Either'
import type { DType } from '../data/dtype'
import { range, sameShape, showShape, size, type Shape } from '../data/shape'
import { elementwiseWith, opaque, type ExactOps, type Expr } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { bad, definePrimitive, noTangent, pointwise } from './define'
import { blocks } from './kernels/threefry'
import { threefryCode } from './kernels/threefry.code'

interface Counting {
  readonly shape: Shape
}

/**
 * (key, start) → the two words of the blocks start, start + 1, … in row-major order of `shape`. The key is
 * uint32[…batch, 2]; start, a 32-bit count, has the batch's shape or rank 0; results have shape […batch, …shape].
 */
export const threefry2x32: Primitive = definePrimitive({
  name: 'threefry2x32',
  multipleResults: true,
  shape: ([key, start], { shape }: Counting) => {
    const batch = key!.shape.slice(0, -1)
    if (key!.dtype !== 'uint32' || key!.shape[batch.length] !== 2)
      return bad(key!.dtype === 'uint32' ? 'shape' : 'dtype', `threefry2x32: a key is uint32[2], got ${key!.dtype}${showShape(key!.shape)}`, 'Make one with random.key(seed).')
    if (start!.dtype !== 'uint32' || (start!.shape.length > 0 && !sameShape(start!.shape, batch)))
      return bad('shape', `threefry2x32: start is ${start!.dtype}${showShape(start!.shape)}, expected uint32${showShape(batch)}`, 'Give one 32-bit count for each key, or one for all.')
    const words = { shape: [...batch, ...shape], dtype: 'uint32', weak: false } as const
    return right([words, words])
  },
  kernel: { ...opaque(([key, start], _outs, { shape }: Counting) => {
    const n = size(shape)
    const keys = size(key!.shape.slice(0, -1))
    const step = start!.shape.length > 0 ? 1 : 0
    return ([k, s], [first, second]) => {
      for (let i = 0; i < keys; i++) blocks(k![2 * i]! | 0, k![2 * i + 1]! | 0, s![i * step]!, n, first!, second!, i * n)
    }
  }), code: threefryCode },
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: (ops, [key, start], [keyed, started], { shape }: Counting, n) => {
    const keys = keyed ? key! : ops.broadcast(key!, [n, ...key!.aval.shape], range(key!.aval.shape.length, 1))
    const batch = keys.aval.shape.slice(0, -1)
    // A start without the inner batch is repeated over it; one of rank 0 serves all as it is.
    const inner = started ? start!.aval.shape.length - 1 : start!.aval.shape.length
    const counts = started ? ops.broadcast(start!, batch, [0, ...range(inner, 1)]) : inner === 0 ? start! : ops.broadcast(start!, batch, range(inner, 1))
    return ops.bind(threefry2x32, [keys, counts], { shape })
  },
  cost: (_ins, [words]) => 100 * size(words!.shape),
})

/** So many leading bits of a word, as a float64: a product, as pairs have no shifts. */
const leading = (s: ExactOps, word: Expr, bits: number): Expr => s.floor(s.mul(s.convert(word, 'float64'), 2 ** (bits - 32)))

/**
 * Two words as a number in [0, 1): the leading 52 bits of the first and second word times 2⁻⁵² in float64, the leading
 * 23 bits of their exclusive or times 2⁻²³ in float32. Both are exact.
 */
export const unitInterval: Primitive = definePrimitive({
  name: 'unit_interval',
  shape: (avals, { dtype }: { dtype: DType }) => {
    const words = pointwise('unit_interval', (d) => d === 'uint32', 'uint32, the two words that threefry2x32 makes')(avals, {})
    return words._tag === 'Left' ? words : right([{ shape: words.right[0]!.shape, dtype, weak: false }])
  },
  kernel: elementwiseWith((s, [x, y], { dtype }: { dtype: DType }) =>
    dtype === 'float32'
      ? s.convert(s.mul(leading(s, s.bitXor(x!, y!), 23), 2 ** -23), dtype)
      : s.mul(s.add(s.mul(s.convert(x!, 'float64'), 2 ** 20), leading(s, y!, 20)), 2 ** -52),
  ),
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: 'elementwise',
})

export const generators: readonly Primitive[] = [threefry2x32, unitInterval]
