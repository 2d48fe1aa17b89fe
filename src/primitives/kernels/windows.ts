/**
 * Code of windows at run-time starts: what is contiguous in window and array moves as one run.
 */
import { rowMajor, size, type Shape } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import { codeOf } from './element'
import { collect, type Combine } from './indexing'

/** Windows are walked by rows: what is contiguous in both arrays moves as one run. */
interface Window {
  /** Offsets of the runs in the array, for these operands. */
  readonly locate: (operands: readonly Float64Array[]) => Int32Array
  readonly length: number
}

/** The window of the given sizes in an array; its starts are the operands from `first` on, clamped to lie inside. */
function windowOf(shape: Shape, sizes: Shape, first: number): Window {
  const steps = rowMajor(shape)
  const last = sizes.map((s, i) => shape[i]! - s)
  let axis = shape.length - 1
  while (axis > 0 && sizes[axis] === shape[axis]) axis--
  const outer = sizes.slice(0, Math.max(0, axis))
  const fromCorner = new Int32Array(size(outer))
  const index = outer.map(() => 0)
  for (let r = 0; r < fromCorner.length; r++) {
    fromCorner[r] = index.reduce((o, i, k) => o + i * steps[k]!, 0)
    for (let k = outer.length - 1; k >= 0 && ++index[k]! === outer[k]; k--) index[k] = 0
  }
  const runs = new Int32Array(fromCorner.length)
  return {
    length: size(sizes.slice(Math.max(0, axis))),
    locate: (operands) => {
      let corner = 0
      for (let k = 0; k < last.length; k++) {
        const s = operands[first + k]![0]!
        corner += (s < 0 ? 0 : s > last[k]! ? last[k]! : s) * steps[k]!
      }
      for (let r = 0; r < runs.length; r++) runs[r] = corner + fromCorner[r]!
      return runs
    },
  }
}

export const dynamicSliceKernel: KernelSpec = opaque(([x], [out]) => {
  const { locate, length } = windowOf(x!.shape, out!.shape, 1)
  return (ins, [to]) => {
    const runs = locate(ins)
    collect(to!, 0, ins[0]!, runs, runs.length, length, 0)
  }
})

/** The update placed over the window, or added to it. */
export const windowKernel = (runs: Combine): KernelSpec =>
  opaque(([x, update]) => {
    const { locate, length } = windowOf(x!.shape, update!.shape, 2)
    const code = codeOf(x!.dtype)
    return (ins, [to]) => {
      const at = locate(ins)
      runs(to!, at, at.length, ins[1]!, 0, length, code)
    }
  }, 0)
