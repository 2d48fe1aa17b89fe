/**
 * Opaque kernels: code over whole buffers. An in-place operand is where the result goes already, or is copied there first.
 */
import type { CompileBody } from '../../ir/kernel'
import type { LoopProgram, Opaque, Span } from '../loop/types'
import type { Plan } from '../loop/plan'
import { empty, type Layout } from './layout'
import type { Run } from './registers.table'

export type Find = (m: readonly Float64Array[]) => Float64Array

/** The array of a span; runs within the caller's arrays are made anew at each call. */
export function finder(span: Span, plan: Plan, program: LoopProgram, layout: Layout): Find {
  const { from, offset, size } = span
  if (size === 0) return () => empty
  if (from._tag === 'Register') {
    const slot = layout.part(0, from.register, 1)
    return (m) => m[slot]!
  }
  const whole = layout.bufferSlot(from.buffer)
  if (offset === 0 && size === program.buffers[from.buffer]!.size) return (m) => m[whole]!
  if (plan.parts[from.buffer]) {
    const slot = layout.part(whole, offset, size)
    return (m) => m[slot]!
  }
  return (m) => m[whole]!.subarray(offset, offset + size)
}

export function emitOpaque(s: Opaque, index: number, plan: Plan, program: LoopProgram, layout: Layout, compile: CompileBody, kept: (() => number)[]): Run {
  const run = s.make(compile)
  if (run.bytes) kept.push(run.bytes)
  const find = (spans: readonly Span[]): Find[] => spans.map((p) => finder(p, plan, program, layout))
  const inputs = find(s.inputs)
  const outputs = find(s.outputs)
  const copied = s.inPlace !== undefined && !plan.taken.has(index) ? s.inPlace : -1
  return (_r, m) => {
    const xs: Float64Array[] = []
    for (const f of inputs) xs.push(f(m))
    const os: Float64Array[] = []
    for (const f of outputs) os.push(f(m))
    if (copied >= 0) os[0]!.set(xs[copied]!)
    run(xs, os)
  }
}
