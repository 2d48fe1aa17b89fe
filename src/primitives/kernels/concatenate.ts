/** Concatenation: for each outer index, one contiguous run of every operand; short runs element by element. */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'

export const concatenateKernel: KernelSpec = {
  ...opaque((ins, outs, { axis }: { axis: number }) => {
    const outer = size(ins[0]!.shape.slice(0, axis))
    const [total, ...runs] = [...outs, ...ins].map((a) => size(a.shape.slice(axis))) as [number, ...number[]]
    return (xs, [out]) => {
      let to = 0
      xs.forEach((x, i) => {
        const run = runs[i]!
        let [q, p] = [0, to]
        if (run > 64) for (; q < outer * run; q += run, p += total) out!.set(x.subarray(q, q + run), p)
        else
          for (let end = run; q < outer * run; out![p++] = x[q++]!)
            if (q === end) {
              end += run
              p += total - run
            }
        to += run
      })
    }
  }),
  joins: ({ axis }) => axis,
}
