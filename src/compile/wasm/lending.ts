/**
 * Which results a loop's body can write where the carries are that they replace.
 *
 * Law: nothing reads such a carry once its result is being written, but the elements of a loop that are then replaced.
 */
import { isDirect } from '../closure/gather'
import { readBy, writtenBy } from '../loop/touched'
import type { LoopProgram, Nest, NestValue } from '../loop/types'

/**
 * Whether a loop has done with an element of the buffer before it writes that of the result, and writes none before its time
 * (rows of odd lengths reach over to the next).
 */
function isInTurn({ line, windows, reductions, values }: Nest, buffer: number, result: number): boolean {
  if (line > 0 || windows.length + reductions.length > 0) return false
  const isMine = (v: NestValue): boolean => v._tag === 'Load' && v.walk.buffer === buffer
  const from = new Set(values.flatMap((v, i) => (isMine(v) ? [i] : [])))
  return values.every((v, i) => {
    if (v._tag === 'Join') return false
    if (v._tag === 'Load' && !(isDirect(v.walk) ? !isMine(v) || v.walk.offset === 0 : !isMine(v) && v.walk.extents.at(-1)! % 2 === 0)) return false
    if (v._tag === 'Compute' && v.args.some((a) => from.has(a))) from.add(i)
    // It is read, and what is computed from it is so, at the latest when the result is.
    return v.store !== result || !values.slice(i + 1).some((w) => isMine(w) || (w._tag === 'Compute' && w.args.some((a) => from.has(a))))
  })
}

/** Whether result i may be written where input `carry` is. */
export function replacements({ buffers, entries, results, scalars, steps }: LoopProgram): (i: number, carry: number) => boolean {
  /** By buffers: the step that writes it first, the last one that reads it, and the one before which an element is read last. */
  const [written, read, peeked] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()]
  steps.forEach((s, k) => {
    for (const b of writtenBy(s)) if (!written.has(b)) written.set(b, k)
    for (const b of readBy(s)) read.set(b, k)
  })
  scalars.forEach((list, k) => {
    for (const s of list) if (s._tag === 'Peek') peeked.set(s.buffer, k)
  })
  const given = new Set(results.flatMap((r) => (r._tag === 'Register' ? [] : [r.buffer])))
  return (i, carry) => {
    const [e, r] = [entries[carry], results[i]!]
    if (e?._tag !== 'Buffer' || r._tag !== 'Own' || buffers[r.buffer]!.owner._tag !== 'Output' || given.has(e.buffer)) return false
    const at = written.get(r.buffer)
    const step = at === undefined ? undefined : steps[at]
    if (at === undefined || !step || step._tag === 'Opaque' || (peeked.get(e.buffer) ?? -1) > at) return false
    const last = read.get(e.buffer) ?? -1
    return last < at || (last === at && step._tag === 'Nest' && isInTurn(step, e.buffer, r.buffer))
  }
}
