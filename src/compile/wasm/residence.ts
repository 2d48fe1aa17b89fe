/**
 * Which arrays of the caller's are copied into the wasm memory when a kernel is called, and which stay where they are.
 *
 * Law: what stays outside is read and written by loops alone, block by block, or by closures.
 * Decision: large arrays that a program passes over once stay outside, as copying them would cost as much as the work.
 */
import type { LoopProgram, Target } from '../loop/types'
import { buffersOf, isByFours } from './fours'
import { isNative } from './products'

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
    if (s._tag === 'Nest' && isByFours(s)) for (const [b] of buffersOf(s)) inside.add(b)
    else if (s._tag === 'Nest') {
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

/**
 * Buffers inside that hold singles: of float32, and read and written by products and loops by fours alone, or by the caller.
 * Decision: other loops compute in pairs of doubles, so what they touch stays in doubles.
 */
export function singleBuffers(p: LoopProgram, inside: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set<number>()
  const isInside = (t: Target): boolean => t._tag === 'Register' || inside.has(t.buffer) || p.buffers[t.buffer]!.owner._tag === 'Arena'
  for (const s of p.steps)
    if (s._tag === 'Nest' && isByFours(s)) {
      for (const [b, single] of buffersOf(s)) if (single) found.add(b)
    } else if (s._tag === 'Dot' && s.dtype === 'float32') for (const t of [s.x.from, s.y.from, s.target]) if (t._tag === 'Buffer') found.add(t.buffer)
  if (found.size === 0) return found
  const drop = (t: Target): void => {
    if (t._tag === 'Buffer') found.delete(t.buffer)
  }
  p.buffers.forEach((b, i) => {
    if (p.raw && b.owner._tag !== 'Arena') found.delete(i)
  })
  for (const s of p.steps) {
    if (s._tag === 'Nest' && isByFours(s)) continue
    if (s._tag === 'Nest') {
      for (const v of s.values) {
        if (v._tag === 'Load') found.delete(v.walk.buffer)
        found.delete(v.store)
      }
      for (const r of s.reductions) drop(r.target)
      for (const w of s.windows) found.delete(w.buffer)
    } else if (s._tag === 'Dot') {
      const all = [s.x.from, s.y.from, s.target]
      // What is converted to doubles without a step of its own may be read as them.
      if (s.dtype !== 'float32' || !isNative(s) || !all.every(isInside)) all.forEach(drop)
    } else for (const x of [...s.inputs, ...s.outputs]) drop(x.from)
  }
  for (const list of p.scalars) for (const s of list) if (s._tag === 'Peek') found.delete(s.buffer)
  if (p.raw) for (const r of p.results) if (r._tag !== 'Register') found.delete(r.buffer)
  return found
}
