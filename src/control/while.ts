/**
 * while: a loop whose number of steps depends on values.
 *
 * Law: equals the loop that it says, in value and derivatives. Forward mode is one while over values and tangents.
 * Reverse mode is two equations: `while_record` runs the loop and writes what the backward sweep needs onto a tape of run-time
 * length, and `while_grad` runs over it backwards.
 */
import { right } from 'fp-ts/Either'
import { written } from '../compile/control'
import { range } from '../data/shape'
import { silent, silentParams } from '../ir/effects'
import { holding } from '../ir/held'
import { keeping, type KernelSpec, type OpaqueRun } from '../ir/kernel'
import { aval, type Dual, type Jaxpr, type Primitive } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps } from '../primitives/core'
import type { Staged } from '../trace/trace'
import { emitBatch, meetsAxis, refuseMeeting, withLive } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp } from '../transforms/jvp'
import { separated } from '../transforms/separate'
import { bindLinearCall } from './linear-call'
import { inNumbers } from './numbers'
import { buffersOf, bytesOf } from './reversal'
import { planGradient, sweptBack } from './while-grad'
import { whileRecordPrimitive } from './while-record'
import type { DualLoop, Loop, LoopRules, While } from './while-types'
import { whileTaylor } from './taylor'
import { along, bindHeld, bodyOf, carryFixpoint, dependents, livened, present, whole } from './body'


export const whileParts = <T>({ condConsts, bodyConsts }: While, xs: readonly T[]): [cond: readonly T[], body: readonly T[], carry: readonly T[]] => [
  xs.slice(0, condConsts),
  xs.slice(condConsts, condConsts + bodyConsts),
  xs.slice(condConsts + bodyConsts),
]

/** Constants of the condition and of the body, besides those that they captured. */
interface LoopConsts {
  readonly cond?: readonly Value[]
  readonly body?: readonly Value[]
}

/** The operands and parameters of a while over staged programs, whose captured values are its constants. */
export function whileOperands(cond: Staged, body: Staged, carry: readonly Value[], consts: LoopConsts = {}, checkpoint?: number): Loop {
  const c = [...cond.captured, ...(consts.cond ?? [])]
  const b = [...body.captured, ...(consts.body ?? [])]
  const params: While = { cond: { ...cond.jaxpr, constCount: 0 }, body: { ...body.jaxpr, constCount: 0 }, condConsts: c.length, bodyConsts: b.length, ...(checkpoint === undefined ? {} : { checkpoint }) }
  return { operands: [...c, ...b, ...carry].map(coreOps.instantiate), params }
}

/** Binds a while loop. */
export function bindWhile(cond: Staged, body: Staged, carry: readonly Value[], consts: LoopConsts = {}, checkpoint?: number): readonly Value[] {
  const { operands, params } = whileOperands(cond, body, carry, consts, checkpoint)
  return bindHeld(whilePrimitive, operands, params)
}

const kernel: KernelSpec = {
  _tag: 'Programs',
  prepare: inNumbers,
  control: ({ cond, body, condConsts, bodyConsts }: While) => ({ ...written, _tag: 'While', cond, body, condConsts, bodyConsts }),
  make: (compile, ins, _outs, params: While) => {
    const test = compile(params.cond)
    const step = compile(params.body)
    const [, , carry] = whileParts(params, ins)
    let now = buffersOf(carry)
    let next = buffersOf(carry)
    const verdict = [new Float64Array(1)]
    const run: OpaqueRun = (inputs, outputs) => {
      const [cc, bc, init] = whileParts(params, inputs)
      init.forEach((x, i) => now[i]!.set(x.subarray(0, now[i]!.length)))
      const seen = [...cc, ...now]
      const operands = [...bc, ...now]
      for (;;) {
        test(seen, verdict)
        if (verdict[0]![0] === 0) break
        step(operands, next)
        const swap = now
        now = next
        next = swap
        for (let i = 0; i < now.length; i++) {
          seen[cc.length + i] = now[i]!
          operands[bc.length + i] = now[i]!
        }
      }
      now.forEach((x, i) => outputs[i]!.set(x))
    }
    return keeping(run, () => bytesOf(now, next))
  },
}

/** The loop that carries tangents beside values. `tangents` is for the constants of the body and the carry. */
export function dualLoop(primals: readonly Value[], tangents: readonly Value[], params: While): DualLoop {
  const { cond, body, bodyConsts } = params
  const [cc, bc, carry] = whileParts(params, primals)
  const mask = carryFixpoint(body, tangents.map((t) => !isZero(t)), bodyConsts, carry.length, true)
  const varies = mask.slice(bodyConsts)
  const db = tangents.slice(0, bodyConsts).flatMap((t, i) => (mask[i] ? [coreOps.instantiate(t)] : []))
  const dk = tangents.slice(bodyConsts).flatMap((t, i) => (varies[i] ? [coreOps.instantiate(t)] : []))
  const both = bodyOf('whileLoop', [...bc, ...db, ...carry, ...dk].map(whole), (t) => {
    let at = 0
    const [b, tbs, k, tks] = [bc, db, carry, dk].map((g) => t.slice(at, (at += g.length))) as unknown as [Value[], Value[], Value[], Value[]]
    const dots = [...tbs, ...tks]
    let next = 0
    const duals = emitJvp(body, [...b, ...k], mask.map((m, i) => (m ? dots[next++]! : new Zero(body.inputs[i]!.aval))))
    return [...duals.map((d) => d.primal), ...duals.flatMap((d, i) => (varies[i] ? [d.tangent] : []))]
  })
  const test = bodyOf('whileLoop', [...cc, ...carry, ...dk].map(whole), (t) => interpret(cond, t.slice(0, cc.length + carry.length)))
  const bound = whileOperands(test, both, [...carry, ...dk], { cond: cc, body: [...bc, ...db] }, params.checkpoint)
  return { ...bound, mask: [...both.captured.map(() => false), ...mask] }
}

/** A while over values and those tangents that are not zero. */
function forward(primals: readonly Value[], tangents: readonly Value[], params: While): readonly Dual[] {
  const loop = dualLoop(primals, tangents.slice(params.condConsts), params)
  const outs = coreOps.bind(whilePrimitive, loop.operands, { ...loop.params })
  const carries = params.body.outs.length
  const varies = loop.mask.slice(loop.mask.length - carries)
  let next = carries
  return varies.map((v, i): Dual => ({ primal: outs[i]!, tangent: v ? outs[next++]! : new Zero(outs[i]!.aval) }))
}

/** Whether the condition's verdict is one for each lane. With collectives only its batched program can tell. */
function differs(cond: Jaxpr, batched: readonly boolean[], n: number): boolean {
  if (!meetsAxis(cond)) return dependents(cond, batched, false)[0]!
  let found = false
  const avals = cond.inputs.map((v, i) => (batched[i] ? aval([n, ...v.aval.shape], v.aval.dtype) : v.aval))
  bodyOf('whileLoop', avals, (t) => {
    const lanes = emitBatch(cond, t.map((value, i) => ({ value, batched: batched[i]! })), n)
    found = lanes[0]!.batched
    return lanes.map((l) => l.value)
  })
  return found
}

/** With a predicate for each lane, the loop runs while any lane is live, and frozen lanes keep their carry. */
export function batchedLoop(operands: readonly Value[], batched: readonly boolean[], params: While, n: number): Loop & { readonly lanes: readonly boolean[] } {
  const { cond, body, condConsts, bodyConsts } = params
  const [cc, bc, carry] = whileParts(params, operands)
  const [mc, mb, mk] = whileParts(params, batched)
  let mask = carryFixpoint(body, [...mb, ...mk], bodyConsts, carry.length, false)
  const perLane = differs(cond, [...mc, ...mask.slice(bodyConsts)], n)
  if (perLane) refuseMeeting('whileLoop', [cond, body])
  if (perLane) mask = mask.map((m, i) => m || i >= bodyConsts)
  const lanes = mask.slice(bodyConsts)
  const spread = (v: Value): Value => coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  const ready = carry.map((c, i) => (lanes[i] && !mk[i] ? spread(c) : c))
  const verdict = (test: Jaxpr, inputs: readonly Value[]): Value => {
    const [lane] = emitBatch(test, inputs.map((value, i) => ({ value, batched: i < condConsts ? mc[i]! : lanes[i - condConsts]! })), n)
    return lane!.batched || !perLane ? lane!.value : spread(lane!.value)
  }
  const test = bodyOf('whileLoop', [...cc, ...ready].map(whole), (t) => {
    const v = verdict(cond, t)
    return [perLane ? coreOps.reduceOr(v, [0]) : v]
  })
  const step = bodyOf('whileLoop', [...(perLane ? cc : []), ...bc, ...ready].map(whole), (t) => {
    const c = perLane ? t.slice(0, cc.length) : []
    const b = t.slice(c.length, c.length + bc.length)
    const k = t.slice(c.length + bc.length)
    const live = perLane ? verdict(silent(cond), [...c, ...k]) : undefined
    const outs = withLive(live, () => emitBatch(body, [...b, ...k].map((value, i) => ({ value: live && mask[i] ? livened(live, value) : value, batched: mask[i]! })), n))
    return outs.map((o, i) => {
      const value = lanes[i] && !o.batched ? spread(coreOps.instantiate(o.value)) : o.value
      return live ? coreOps.select(along(live, value), value, k[i]!) : value
    })
  })
  return { ...whileOperands(test, step, ready, { cond: cc, body: [...(perLane ? cc : []), ...bc] }, params.checkpoint), lanes }
}

function batchWhile(operands: readonly Value[], batched: readonly boolean[], params: While, n: number): readonly Value[] {
  const loop = batchedLoop(operands, batched, params, n)
  const outs = coreOps.bind(whilePrimitive, loop.operands, { ...loop.params })
  return outs.map((o, i) => (loop.lanes[i] ? o : coreOps.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1))))
}

/** The loop's transforms, for its gradient. */
const rules: LoopRules = { prim: () => whilePrimitive, split: (primals, tangents, params) => splitWhile(primals, tangents, params), dualLoop, batchedLoop, forward, bindLinearCall }

/** The loop itself, recorded, and its tangent as a linear equation whose transpose sweeps back. */
function splitWhile(primals: readonly Value[], tangents: readonly Value[], params: While): readonly Dual[] {
  const carries = params.body.outs.length
  const inner = tangents.slice(params.condConsts)
  const mask = carryFixpoint(params.body, inner.map((t) => !isZero(t)), params.bodyConsts, carries, true)
  const varies = mask.slice(params.bodyConsts)
  const given = inner.map((t) => !isZero(t))
  const plan = planGradient(rules, params, primals, given)
  const { recordCaptured } = plan.params
  const recorded = coreOps.bind(whileRecordPrimitive, [...primals, ...plan.fixed.slice(0, recordCaptured)], { ...plan.params })
  const outs = recorded.slice(0, carries)
  const spread = (lin: readonly Value[]): Value[] => {
    let next = 0
    return inner.map((t, i) => (given[i] ? lin[next++]! : new Zero(t.aval)))
  }
  const condZeros = primals.slice(0, params.condConsts).map((v) => new Zero(whole(v)))
  // The loop itself acts on the world; its derivatives run it again, silently.
  const quiet = silentParams(params)
  const n = primals.length
  const moved = bindLinearCall(
    'while',
    [...primals, ...plan.fixed, recorded[carries]!],
    present(inner),
    (res, lin) => forward(res.slice(0, n), [...condZeros, ...spread(lin)], quiet).flatMap((d, i) => (varies[i] ? [d.tangent] : [])),
    (res, cts) => {
      let next = 0
      const all = varies.map((v, i): Value => (v ? cts[next++]! : new Zero(whole(outs[i]!))))
      const own = { params: silentParams(plan.params), fixed: res.slice(n, -1) }
      return sweptBack(own, res.slice(0, n), res[res.length - 1]!, all).filter((_, i) => given[i])
    },
  )
  let next = 0
  return outs.map((primal, i): Dual => ({ primal, tangent: varies[i] ? moved[next++]! : new Zero(primal.aval) }))
}

/** The loop as an equation. */
export const whilePrimitive: Primitive = definePrimitive({
  name: 'while',
  shape: (_avals, { body }: While) => right(body.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel,
  jvp: () => [],
  jvpProgram: { forward, split: splitWhile },
  mixes: () => separated,
  taylorProgram: whileTaylor((loop) => coreOps.bind(whilePrimitive, loop.operands, { ...loop.params })),
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, params: While, n) => batchWhile(operands, batched, params, n),
  unroll: ({ run, number }, operands, params: While) => {
    const [cc, bc, init] = whileParts(params, operands)
    let carry = init
    for (let t = 0; number(run(params.cond, [...cc, ...carry], `condition ${t}`)[0]!) !== 0; t++) carry = run(params.body, [...bc, ...carry], `step ${t}`)
    return carry
  },
  programs: holding(({ cond, body }: While) => [cond, body]),
  multipleResults: true,
})
