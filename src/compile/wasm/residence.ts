/**
 * Which arrays of the caller's are copied into the wasm memory when a kernel is called, and which stay where they are.
 *
 * Law: what stays outside is read and written by loops alone, block by block, or by closures.
 * Decision: large arrays that a program passes over once stay outside, as copying them would cost as much as the work.
 */
import type { LoopProgram, Target } from '../loop/types'

/** Arrays up to so many elements are always copied. */
const small = 4096
/** Products of a large operand with fewer multiplications for each of its elements are left to closures. */
const worth = 8

export function residents(p: LoopProgram): ReadonlySet<number> {
  const inside = new Set<number>()
  const bring = (t: Target): void => {
    if (t._tag === 'Buffer') inside.add(t.buffer)
  }
  p.buffers.forEach((b, i) => {
    if (b.owner._tag !== 'Arena' && (b.size <= small || p.raw || b.rowLength > 0)) inside.add(i)
  })
  for (const s of p.steps) {
    if (s._tag === 'Nest') {
      for (const v of s.values) {
        if (v.rows && v._tag === 'Load') inside.add(v.walk.buffer)
        if (v.rows && v.store >= 0) inside.add(v.store)
      }
      for (const r of s.reductions) bring(r.target)
      for (const w of s.windows) if (p.buffers[w.buffer]!.owner._tag === 'Arena') inside.add(w.buffer)
    } else if (s._tag === 'Dot') {
      const products = s.batch * s.m * s.n * s.k
      for (const f of [s.x, s.y]) if (f.from._tag === 'Buffer' && products >= worth * p.buffers[f.from.buffer]!.size) bring(f.from)
      bring(s.target)
    } else for (const x of [...s.inputs, ...s.outputs]) bring(x.from)
  }
  for (const list of p.scalars) for (const s of list) if (s._tag === 'Peek') inside.add(s.buffer)
  return inside
}
