/** Rolling: the rows of the last axis that is shifted, each in two runs. */
import { copy } from '../../data/dtype'
import { rowMajor, size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'

/** How far the elements move along each axis: 0 … extent − 1. */
export interface Roll {
  readonly shifts: readonly number[]
}

export const rollKernel: KernelSpec = {
  ...opaque(([x], _outs, { shifts }: Roll) => {
    const { shape } = x!
    const strides = rowMajor(shape)
    const last = shifts.reduce((found, s, axis) => (s > 0 ? axis : found), 0)
    const row = size(shape.slice(last))
    // A number has no axis to move along.
    const first = shape.length > 0 ? shifts[last]! * strides[last]! : 0
    // Where the elements of each row are.
    const from = shape.slice(0, last).reduce<readonly number[]>((starts, n, axis) =>
      starts.flatMap((at) => Array.from({ length: n }, (_, i) => at + ((i + n - shifts[axis]!) % n) * strides[axis]!)), [0])
    return ([source], [target]) => {
      if (row === 0) return
      from.forEach((at, i) => {
        copy(source!, at + row - first, target!, i * row, first)
        copy(source!, at, target!, i * row + first, row - first)
      })
    }
  }),
  rolls: ({ shifts }: Roll) => shifts,
}
