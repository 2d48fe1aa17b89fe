/**
 * The numbers 0, 1, 2, … along an axis, from which positions and masks are made.
 */
import { right } from 'fp-ts/Either'
import type { DType } from '../data/dtype'
import { range, showShape, size, type Shape } from '../data/shape'
import { opaque } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { bad, definePrimitive, noTangent } from './define'
import { codeOf, settle } from './kernels/element'

interface Iota {
  readonly shape: Shape
  readonly dtype: DType
  readonly axis: number
}

/** 0, 1, 2, … along an axis, the same along all others. */
export const iota: Primitive = definePrimitive({
  name: 'iota',
  shape: (_avals, { shape, dtype, axis }: Iota) => {
    if (dtype === 'bool') return bad('dtype', 'iota: expected a number dtype, got bool', 'Convert it with np.astype.')
    return axis >= 0 && axis < shape.length
      ? right([{ shape, dtype, weak: false }])
      : bad('axis', `iota: axis ${axis} of shape ${showShape(shape)}`, 'Give an axis that the array has.')
  },
  kernel: opaque((_ins, [out], { shape, axis }: Iota) => {
    const n = size(shape)
    const inner = size(shape.slice(axis + 1))
    const code = codeOf(out!.dtype)
    return (_from, [to]) => {
      for (let at = 0; at < n; )
        for (let i = 0; i < shape[axis]!; i++) for (let j = 0; j < inner; j++) to![at++] = settle(code, i)
    }
  }),
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: (ops, _x, _b, { shape, dtype, axis }: Iota, n) => [ops.broadcast(ops.iota(shape, dtype, axis), [n, ...shape], range(shape.length, 1))],
})
