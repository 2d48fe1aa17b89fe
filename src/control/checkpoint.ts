/**
 * checkpoint: memory for time. Of a function's intermediate values only those that the policy names are kept for the
 * backward sweep; the others are computed again.
 *
 * Law: checkpoint(f) has the value and the derivatives of f.
 * Source: Griewank & Walther 2008, chapter 12; the policies are JAX's.
 */
import { right } from 'fp-ts/Either'
import { silent } from '../ir/effects'
import { holding } from '../ir/held'
import { callOf, elementwise } from '../ir/kernel'
import { aval, type Dual, type Eqn, type Jaxpr, type Primitive } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { definePrimitive, pointwiseTranspose } from '../primitives/define'
import { coreOps, ops } from '../primitives/core'
import { leavesOf, unflatten } from '../transforms/arguments'
import { emitBatch } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp } from '../transforms/jvp'
import { emitPullback, linearizeProgram, residualsOf } from '../transforms/linearize'
import { separated } from '../transforms/separate'
import type { Tensor } from '../trace/tensor'
import type { LiftAll, Tensors } from '../transforms/types'
import { fault, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { bindHeld, bodyOf, demandFunctions, dependents, present, replay, stageBody, whole } from './body'
import { bindLinearCall } from './linear-call'
import { inlineTaylor } from './taylor'

/** Whether the results of an equation are kept. */
export type Policy = (eqn: Eqn) => boolean

/** By name: everything, nothing, results of dots, or values named by `saveName`. */
export type PolicyLike = 'everything' | 'nothing' | 'dots' | { readonly names: readonly string[] } | Policy

const nameOf = (e: Eqn): string | undefined => (e.prim === namePrimitive ? (e.params.name as string) : undefined)

const policies: { readonly [K in 'everything' | 'nothing' | 'dots']: Policy } = {
  everything: () => true,
  nothing: () => false,
  dots: (e) => e.prim.kernel._tag === 'Dot',
}

function policyOf(p: PolicyLike): Policy {
  if (typeof p === 'function') return p
  if (typeof p === 'object') return (e) => p.names.includes(nameOf(e) ?? '')
  return policies[p] ?? raise(fault('tree', `checkpoint: policy ${String(p)} is not known`, "Give 'everything', 'nothing', 'dots', {names: [...]} or a function of an equation."))
}

/** The identity, under a name that a policy may ask for. */
export const namePrimitive: Primitive = definePrimitive({
  name: 'name',
  shape: ([x]) => right([x!]),
  kernel: elementwise((_s, x) => x),
  jvp: (_ops, _x, _y, [dx]) => dx!,
  transpose: pointwiseTranspose((_ops, ct) => ct),
  batch: 'elementwise',
})

/** The same values, under a name: `checkpoint(f, {policy: {names: [name]}})` keeps them. */
export function saveName<T>(tree: T, name: string): Tensors<T> {
  const { tensors, def } = leavesOf(tree, 'tree')
  return unflatten(def, tensors.map((t) => ops.bind(namePrimitive, [t], { name })[0]!)) as Tensors<T>
}

interface Checkpoint {
  readonly fun: Jaxpr
  readonly policy: Policy
}

function forward(primals: readonly Value[], tangents: readonly Value[], { fun, policy }: Checkpoint): readonly Dual[] {
  const mask = tangents.map((t) => !isZero(t))
  const varies = dependents(fun, mask, true)
  const moving = present(tangents)
  const both = bodyOf('checkpoint', [...primals, ...moving].map(whole), (t) => {
    let next = primals.length
    const r = emitJvp(fun, t.slice(0, primals.length), mask.map((m, i) => (m ? t[next++]! : new Zero(fun.inputs[i]!.aval))))
    return [...r.map((d) => d.primal), ...r.flatMap((d, i) => (varies[i] ? [d.tangent] : []))]
  })
  const params: Checkpoint = { fun: { ...both.jaxpr, constCount: 0 }, policy }
  const outs = coreOps.bind(checkpointPrimitive, [...both.captured, ...primals, ...moving], { ...params })
  let next = fun.outs.length
  return varies.map((v, i): Dual => ({ primal: outs[i]!, tangent: v ? outs[next++]! : new Zero(outs[i]!.aval) }))
}

/** The values that the policy keeps, and a linear equation whose transpose computes the others again. */
function split(primals: readonly Value[], tangents: readonly Value[], { fun, policy }: Checkpoint): readonly Dual[] {
  const mask = tangents.map((t) => !isZero(t))
  const l = linearizeProgram(fun, mask)
  const kept = l.known.eqns.filter((e) => policy(e)).flatMap((e) => e.outs)
  const n = l.outCount
  const keeping: Jaxpr = { ...l.known, outs: [...l.known.outs.slice(0, n), ...kept] }
  const known = interpret(keeping, [...l.captured, ...primals])
  const saved = known.slice(n)
  const again = (res: readonly Value[]): Value[] => {
    const inputs = [...l.captured, ...res.slice(0, primals.length)]
    const outs = replay(silent(l.known), inputs, new Map(kept.map((v, i) => [v.id, res[primals.length + i]!])))
    return residualsOf(l, inputs, outs)
  }
  const moved = bindLinearCall(
    'checkpoint',
    [...primals, ...saved],
    present(tangents),
    (res, lin) => interpret(l.linear, [...again(res), ...lin]),
    (res, cts) => {
      let next = 0
      return emitPullback(l, again(res), l.varies.map((v, i): Value => (v ? cts[next++]! : new Zero(fun.outs[i]!.aval))))
    },
  )
  let next = 0
  return l.varies.map((v, i): Dual => ({ primal: known[i]!, tangent: v ? moved[next++]! : new Zero(known[i]!.aval) }))
}

/** A call whose intermediate values are not kept. */
export const checkpointPrimitive: Primitive = definePrimitive({
  name: 'checkpoint',
  shape: (_avals, { fun }: Checkpoint) => right(fun.outs.map((o) => aval(o.aval.shape, o.aval.dtype))),
  kernel: callOf(({ fun }: Checkpoint) => fun),
  jvp: () => [],
  jvpProgram: { forward, split },
  mixes: () => separated,
  taylorProgram: inlineTaylor(({ fun }: Checkpoint) => fun),
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, { fun, policy }: Checkpoint, n) => {
    const body = bodyOf('checkpoint', operands.map(whole), (t) =>
      emitBatch(fun, t.map((value, i) => ({ value, batched: batched[i]! })), n).map((r) => {
        const v = coreOps.instantiate(r.value)
        return r.batched ? v : coreOps.broadcast(v, [n, ...v.aval.shape], v.aval.shape.map((_, i) => i + 1))
      }),
    )
    const params: Checkpoint = { fun: { ...body.jaxpr, constCount: 0 }, policy }
    return coreOps.bind(checkpointPrimitive, [...body.captured, ...operands], { ...params })
  },
  unroll: ({ run }, operands, { fun }: Checkpoint) => run(fun, operands, ''),
  programs: holding(({ fun }: Checkpoint) => [fun]),
  showParams: () => ({}),
  multipleResults: true,
})

/**
 * f, with its intermediate values computed again in the backward sweep instead of kept. The policy says which are kept:
 * 'nothing' (the default), 'dots', 'everything', `{names}` for values marked by `saveName`, or a function of an equation.
 */
export function checkpoint<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, options: { readonly policy?: PolicyLike } = {}): (...args: LiftAll<A>) => Tensors<R> {
  demandFunctions('checkpoint', f)
  demandOptions('checkpoint', options, ['policy'])
  const policy = policyOf(options.policy ?? 'nothing')
  return (...args) => {
    const leaves = leavesOf(args, 'args')
    const body = stageBody('checkpoint', leaves.def, leaves.tensors.map((t) => t.aval), f as never)
    const params: Checkpoint = { fun: { ...body.jaxpr, constCount: 0 }, policy }
    return unflatten(body.def, bindHeld(checkpointPrimitive, [...body.captured, ...leaves.tensors], params)) as Tensors<R>
  }
}
