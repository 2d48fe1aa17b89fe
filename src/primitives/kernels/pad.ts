/** Padding as code over row-major buffers: fill, then place every element that is not trimmed. */
import { rowMajor, size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { PadAxis } from '../../ir/types'

export const padKernel: KernelSpec = opaque(([x], [out], { axes }: { axes: readonly PadAxis[] }) => {
  const steps = rowMajor(out!.shape)
  const rank = x!.shape.length
  const n = size(x!.shape)
  return ([from, value], [to]) => {
    to!.fill(value![0]!)
    const index = new Array<number>(rank).fill(0)
    for (let i = 0; i < n; i++) {
      let at = 0
      let inside = true
      for (let k = 0; k < rank; k++) {
        const p = axes[k]![0] + index[k]! * (axes[k]![2] + 1)
        if (p < 0 || p >= out!.shape[k]!) inside = false
        at += p * steps[k]!
      }
      if (inside) to![at] = from![i]!
      for (let k = rank - 1; k >= 0; k--) {
        if (++index[k]! < x!.shape[k]!) break
        index[k] = 0
      }
    }
  }
})
