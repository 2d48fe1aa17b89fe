/**
 * Programs that a kernel runs from JavaScript (the steps of checkpointed loops) as functions of its module.
 *
 * Law: the bits of the program as JavaScript. What it is given is copied to where its function reads it, what it gives from there.
 */
import { copy } from '../../data/dtype'
import { size } from '../../data/shape'
import type { OpaqueRun } from '../../ir/kernel'
import type { Jaxpr } from '../../ir/types'
import { isWorth } from '../auto'
import { prepared } from '../prepared'
import type { BodyOf } from './opaque'

/** Makes the program part of the module; undefined where JavaScript runs it as quickly. */
export type Held = (bodyOf: BodyOf, program: object) => OpaqueRun | undefined

/** Elements computed from which on a call into the module pays. */
const many = 256

export const held: Held = (bodyOf, program) => {
  if (!isWorth(prepared(program as Jaxpr), many)) return undefined
  const { site, run } = bodyOf(program, () => new Map())
  const { inputs: ins, entries, results, outs } = site.program
  const call = site.entry(run)
  const [given, sizes] = [ins, outs].map((all) => all.map((a) => size(a.shape))) as [number[], number[]]
  /** How many inputs stay what they are, and how many of them are there. */
  let [still, there] = [0, 0]
  const body: OpaqueRun = (inputs, outputs) => {
    const { m } = site
    const r = m[0]!
    for (let i = there; i < entries.length; i++) {
      const e = entries[i]
      if (e?._tag === 'Register') r[e.register] = inputs[i]![0]!
      else if (e) copy(inputs[i]!, 0, m[site.layout.bufferSlot(e.buffer)]!, 0, given[i]!)
    }
    there = still
    call()(r.byteOffset - 8 * site.places()[0]!)
    results.forEach((from, i) => {
      const n = sizes[i]!
      if (from._tag !== 'Register') copy(m[site.layout.bufferSlot(from.buffer)]!, from._tag === 'Copy' ? from.offset : 0, outputs[i]!, 0, n)
      else if (n > 0) outputs[i]!.fill(r[from.register]!, 0, n)
    })
  }
  return Object.assign(body, {
    still: (inputs: number) => {
      still = inputs
      there = 0
    },
  })
}
