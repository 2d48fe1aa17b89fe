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
    // What is computed from it is so at the latest when the result is.
    return v.store !== result || !values.slice(i + 1).some((w) => w._tag === 'Compute' && w.args.some((a) => from.has(a)))
  })
}

/** Whether result i may be written where input `carry` is. */
export function isReplaced({ buffers, entries, results, scalars, steps }: LoopProgram, i: number, carry: number): boolean {
  const [e, r] = [entries[carry], results[i]!]
  if (e?._tag !== 'Buffer' || r._tag !== 'Own' || buffers[r.buffer]!.owner._tag !== 'Output') return false
  const at = steps.findIndex((s) => writtenBy(s).includes(r.buffer))
  const step = steps[at]
  if (!step || step._tag === 'Opaque') return false
  const reads = (s: (typeof steps)[number]): boolean => readBy(s).includes(e.buffer)
  return (
    (!reads(step) || (step._tag === 'Nest' && isInTurn(step, e.buffer, r.buffer))) &&
    !steps.slice(at + 1).some(reads) &&
    !scalars.slice(at + 1).some((list) => list.some((s) => s._tag === 'Peek' && s.buffer === e.buffer)) &&
    !results.some((other) => other._tag !== 'Register' && other.buffer === e.buffer)
  )
}
