/**
 * Which arrays of the caller's are copied into the wasm memory when a kernel is called, and which stay where they are.
 *
 * Law: what stays outside is read and written block by block (by loops) or strip by strip (by products), or by closures.
 * Decision: large arrays that a program passes over once stay outside, as copying them would cost as much as the work; what
 * more than a few products read is copied once for all of them.
 */
import { size } from '../../data/shape'
import { isDirect } from '../closure/gather'
import { readBy, writtenBy } from '../loop/touched'
import type { LoopProgram, Opaque } from '../loop/types'
import { buffersOf, isByFours } from './fours'
import { isByStrips, isNative } from './products'

/** Arrays up to so many elements are always copied. */
const small = 4096
/** Products of a large operand with fewer multiplications for each of its elements are left to closures. */
const worth = 8
/** Products that read an operand by strips, each for itself. */
const readers = 2

/**
 * `kept`: what is inside in any case; `strips`: whether products may read and write by strips; `isMoved`: the opaque steps
 * whose arrays are to be inside.
 */
export function residents(p: LoopProgram, kept: ReadonlySet<number>, strips: boolean, isMoved?: (s: Opaque) => boolean): ReadonlySet<number> {
  const inside = new Set(kept)
  const bring = (list: readonly number[]): void => list.forEach((b) => inside.add(b))
  /** By how many products each buffer is read. */
  const uses = new Int32Array(p.buffers.length)
  for (const s of p.steps) if (s._tag === 'Dot') for (const b of readBy(s)) uses[b]!++
  p.buffers.forEach((b, i) => {
    if (b.owner._tag !== 'Arena' && (b.size <= small || p.raw || b.rowLength > 0)) inside.add(i)
  })
  for (const list of p.scalars) for (const s of list) if (s._tag === 'Peek') inside.add(s.buffer)
  for (const s of p.steps) {
    if (s._tag === 'Nest' && isByFours(s)) for (const [b] of buffersOf(s)) inside.add(b)
    else if (s._tag === 'Nest') {
      for (const v of s.values) {
        // What rows read, and what is read more than once, not in order.
        if (v._tag === 'Load' && (v.rows || (s.size > p.buffers[v.walk.buffer]!.size && !isDirect(v.walk)))) inside.add(v.walk.buffer)
        if (v.rows && v.store >= 0) inside.add(v.store)
      }
      for (const { target: t } of s.reductions) if (t._tag === 'Buffer') inside.add(t.buffer)
      for (const w of s.windows) if (p.buffers[w.buffer]!.owner._tag === 'Arena') inside.add(w.buffer)
    } else if (s._tag === 'Dot') {
      const { batch, m, n, k } = s
      const byStrips = strips && isByStrips(s)
      const isDear = (b: number): boolean => (byStrips ? uses[b]! > readers : p.buffers[b]!.owner._tag === 'Arena' || batch * m * n * k >= worth * p.buffers[b]!.size)
      bring(readBy(s).filter(isDear))
      // A result that is little beside the operands, and one of operands that stay here.
      if (!byStrips || 16 * m * n <= k * (m + n) || readBy(s).every((b) => kept.has(b))) bring(writtenBy(s))
    } else if (s.control ?? s.code ?? isMoved?.(s)) bring([...readBy(s), ...writtenBy(s)])
    else {
      // What takes over an array that is to be inside is there too.
      const x = s.inputs[s.inPlace!]?.from
      if (x?._tag === 'Buffer' && inside.has(x.buffer)) bring(writtenBy(s))
    }
  }
  return inside
}

/**
 * Buffers inside that hold singles: of float32, and read and written by products and loops by fours alone, or by the caller.
 * Decision: other loops compute in pairs of doubles, so what they touch stays in doubles.
 */
export function singleBuffers(p: LoopProgram, inside: ReadonlySet<number>, strips: boolean): ReadonlySet<number> {
  const [found, dropped] = [new Set<number>(), new Set<number>()]
  const isInside = (b: number): boolean => inside.has(b) || p.buffers[b]!.owner._tag === 'Arena'
  for (const s of p.steps) {
    const all = [...readBy(s), ...writtenBy(s)]
    if (s._tag === 'Nest' && isByFours(s)) {
      for (const [b, single] of buffersOf(s)) if (single) found.add(b)
      // What is converted to doubles without a step of its own may be read as them.
    } else for (const b of all) (s._tag === 'Dot' && s.dtype === 'float32' && isNative(s) && (all.every(isInside) || (strips && isByStrips(s))) ? found : dropped).add(b)
  }
  for (const list of p.scalars) for (const s of list) if (s._tag === 'Peek') dropped.add(s.buffer)
  if (p.raw) for (const r of p.results) if (r._tag !== 'Register') dropped.add(r.buffer)
  return new Set([...found].filter((b) => !dropped.has(b) && !(p.raw && p.buffers[b]!.owner._tag !== 'Arena')))
}

/** The program, its results that products alone touch, by strips, being the caller's also where they are singles. */
export const withResults = (p: LoopProgram, inside: ReadonlySet<number>, singles: ReadonlySet<number>): LoopProgram => ({
  ...p,
  results: p.results.map((r, index) => {
    const b = r._tag === 'Copy' && singles.has(r.buffer) && !inside.has(r.buffer) ? p.buffers[r.buffer]! : undefined
    if (b?.owner._tag !== 'Arena' || r._tag !== 'Copy' || r.offset > 0 || b.size !== size(p.outs[index]!.shape)) return r
    b.owner = { _tag: 'Output', index }
    return { _tag: 'Own', buffer: r.buffer }
  }),
})
