/** Concatenation: for each outer index, one contiguous run of every operand; short runs element by element. */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'

export const concatenateKernel: KernelSpec = {
  ...opaque((ins, outs, { axis }: { axis: number }) => {
    const [total, ...runs] = [...outs, ...ins].map((a) => size(a.shape.slice(axis))) as [number, ...number[]]
    const ends = ins.map((a) => size(a.shape))
    return (xs, [out]) => {
      let to = 0
      xs.forEach((x, i) => {
        const run = runs[i]!
        for (let q = 0, p = to; q < ends[i]!; p += total)
          if (run > 64) out!.set(x.subarray(q, (q += run)), p)
          else for (let j = 0; j < run; j++) out![p + j] = x[q++]!
        to += run
      })
    }
  }),
  joins: ({ axis }) => axis,
}
