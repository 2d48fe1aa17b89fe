/** Concatenation as block copies: for each outer index, one contiguous run of every operand. */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'

export const concatenateKernel: KernelSpec = opaque((ins, _outs, { axis }: { axis: number }) => {
  const outer = size(ins[0]!.shape.slice(0, axis))
  const runs = ins.map((a) => size(a.shape.slice(axis)))
  const total = runs.reduce((s, r) => s + r, 0)
  return (xs, [out]) => {
    let before = 0
    xs.forEach((x, i) => {
      const run = runs[i]!
      if (outer === 1) out!.set(run === x.length ? x : x.subarray(0, run), before)
      else
        for (let o = 0; o < outer; o++)
          for (let j = 0; j < run; j++) out![o * total + before + j] = x[o * run + j]!
      before += run
    })
  }
})
