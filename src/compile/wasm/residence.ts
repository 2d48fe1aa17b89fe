/**
 * Which arrays of the caller's are copied into the wasm memory when a kernel is called, and which stay where they are.
 *
 * Law: what stays outside is read and written by loops alone, block by block, or by closures.
 * Decision: large arrays that a program passes over once stay outside, as copying them would cost as much as the work.
 */
import { readBy, writtenBy } from '../loop/touched'
import type { LoopProgram } from '../loop/types'
import { buffersOf, isByFours } from './fours'
import { isNative } from './products'

/** Arrays up to so many elements are always copied. */
const small = 4096
/** Products of a large operand with fewer multiplications for each of its elements are left to closures. */
const worth = 8

/** `kept`: what is inside in any case. */
export function residents(p: LoopProgram, kept: ReadonlySet<number>): ReadonlySet<number> {
  const inside = new Set(kept)
  const bring = (list: readonly number[]): void => list.forEach((b) => inside.add(b))
  p.buffers.forEach((b, i) => {
    if (b.owner._tag !== 'Arena' && (b.size <= small || p.raw || b.rowLength > 0)) inside.add(i)
  })
  for (const s of p.steps) {
    if (s._tag === 'Nest' && isByFours(s)) for (const [b] of buffersOf(s)) inside.add(b)
    else if (s._tag === 'Nest') {
      for (const v of s.values) {
        if (v.rows && v._tag === 'Load') inside.add(v.walk.buffer)
        if (v.rows && v.store >= 0) inside.add(v.store)
      }
      for (const { target: t } of s.reductions) if (t._tag === 'Buffer') inside.add(t.buffer)
      for (const w of s.windows) if (p.buffers[w.buffer]!.owner._tag === 'Arena') inside.add(w.buffer)
    } else if (s._tag === 'Dot') {
      const { batch, m, n, k } = s
      bring(readBy(s).filter((b) => batch * m * n * k >= worth * p.buffers[b]!.size))
      bring(writtenBy(s))
    } else bring([...readBy(s), ...writtenBy(s)])
  }
  for (const list of p.scalars) for (const s of list) if (s._tag === 'Peek') inside.add(s.buffer)
  return inside
}

/**
 * Buffers inside that hold singles: of float32, and read and written by products and loops by fours alone, or by the caller.
 * Decision: other loops compute in pairs of doubles, so what they touch stays in doubles.
 */
export function singleBuffers(p: LoopProgram, inside: ReadonlySet<number>): ReadonlySet<number> {
  const [found, dropped] = [new Set<number>(), new Set<number>()]
  const isInside = (b: number): boolean => inside.has(b) || p.buffers[b]!.owner._tag === 'Arena'
  for (const s of p.steps) {
    const all = [...readBy(s), ...writtenBy(s)]
    if (s._tag === 'Nest' && isByFours(s)) {
      for (const [b, single] of buffersOf(s)) if (single) found.add(b)
      // What is converted to doubles without a step of its own may be read as them.
    } else for (const b of all) (s._tag === 'Dot' && s.dtype === 'float32' && isNative(s) && all.every(isInside) ? found : dropped).add(b)
  }
  for (const list of p.scalars) for (const s of list) if (s._tag === 'Peek') dropped.add(s.buffer)
  if (p.raw) for (const r of p.results) if (r._tag !== 'Register') dropped.add(r.buffer)
  return new Set([...found].filter((b) => !dropped.has(b) && !(p.raw && p.buffers[b]!.owner._tag !== 'Arena')))
}
