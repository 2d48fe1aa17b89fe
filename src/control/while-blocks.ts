/**
 * Many small steps at once: where a step of a while loop is cheap, its gradient's kernels run blocks of steps as one compiled loop.
 *
 * Law: the bits of the steps one by one. A block runs all of its steps; those after the end leave the carry as it is and are not
 * counted, and the sweep back over them leaves cotangents as they are.
 * Decision: steps that act on the world, run code of others, hold programs, or are more work than their calls are not run in blocks: what comes
 * after the end is run for nothing.
 */
import { size } from '../data/shape'
import { hasEffects } from '../ir/effects'
import { putsBy } from '../ir/kernel'
import { aval, type Aval, type Eqn, type Jaxpr } from '../ir/types'
import type { Value } from '../ir/value'
import { makeOps } from '../primitives/ops'
import { interpret, literal, rebind } from '../transforms/interpret'
import { bodyOf, pick } from './body'
import { scanPrimitive } from './scan'
import { stacked } from './scan-types'
import type { WhileGrad } from './while-types'

/** Steps of a block. */
export const blockLength = 32
/** Elements that a step computes, forward and backward, at most. */
const few = 300

/** Whether a kernel brings code of its own, of which nobody knows the work. */
const bringsCode = ({ prim: { kernel: k } }: Eqn): boolean => k._tag === 'Programs' || (k._tag === 'Opaque' && !(putsBy(k) ?? k.moves))

const isCheap = (p: Jaxpr): boolean =>
  !hasEffects(p) && !p.eqns.some(bringsCode) && p.eqns.reduce((n, e) => e.outs.reduce((k, o) => k + size(o.aval.shape), n), 0) <= few

/** Whether the steps of a loop are run in blocks. */
export const inBlocks = ({ checkpoint, cond, record, back }: WhileGrad): boolean => checkpoint === undefined && [cond, record, back].every(isCheap)

/** What is applied to values that are known is recorded too. */
const words = makeOps({ bind: rebind, record: rebind, literal })
const number = aval([], 'float64')
const rows = (a: Aval): Aval => stacked(blockLength, a)

const scanned = (avals: readonly Aval[], consts: number, carries: number, reverse: boolean, step: (xs: readonly Value[]) => readonly Value[]): Jaxpr => {
  const slice = (a: Aval, i: number): Aval => (i < consts + carries ? a : aval(a.shape.slice(1), a.dtype))
  const body = { ...bodyOf('while', avals.map(slice), step).jaxpr, constCount: 0 }
  return { ...bodyOf('while', avals, (t) => rebind(scanPrimitive, t, { body, consts, carries, length: blockLength, reverse } as never)).jaxpr, constCount: 0 }
}

/** Each of the new values where the test holds, else the old ones. */
const chosen = (test: Value, next: readonly Value[], now: readonly Value[]): Value[] => now.map((x, i) => words.select(words.broadcast(test, x.aval.shape, []), next[i]!, x))

/** From what `record` captured, constants of the body and of the condition, the carry, and steps before: the carry, steps so far, stacked residuals. */
export function recordBlock({ cond, record, body, bodyConsts, condConsts, recordCaptured }: WhileGrad): Jaxpr {
  const own = record.inputs.map((v) => v.aval)
  const first = recordCaptured + bodyConsts
  const consts = [...own.slice(0, first), ...cond.inputs.slice(0, condConsts).map((v) => v.aval)]
  const carries = body.outs.length
  return scanned([...consts, ...own.slice(first), number], consts.length, carries + 1, false, (t) => {
    const carry = t.slice(consts.length, -1)
    const going = interpret(cond, [...t.slice(first, consts.length), ...carry])[0]!
    const outs = interpret(record, [...t.slice(0, first), ...carry])
    return [...chosen(going, outs, carry), words.add(t.at(-1)!, words.convert(going, 'float64')), ...outs.slice(carries)]
  })
}

/** From what `back` captured, steps of the block, sums and cotangents of the carry, stacked residuals and numbers of steps: sums and cotangents. */
export function sweepBlock({ record, back, body, backCaptured, wanted }: WhileGrad): Jaxpr {
  const avals = back.inputs.map((v) => v.aval)
  const residuals = record.outs.length - body.outs.length
  const sums = avals.slice(backCaptured + residuals)
  return scanned([...avals.slice(0, backCaptured), number, ...sums, ...avals.slice(backCaptured, backCaptured + residuals).map(rows), rows(number)], backCaptured + 1, pick(wanted, wanted).length, true, (t) => {
    const now = t.slice(backCaptured + 1, backCaptured + 1 + sums.length)
    const outs = interpret(back, [...t.slice(0, backCaptured), ...t.slice(backCaptured + 1 + sums.length, -1), ...now])
    return chosen(words.lt(t.at(-1)!, t[backCaptured]!), outs, now)
  })
}
