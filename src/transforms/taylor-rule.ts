/**
 * What a primitive's jvp rule says of its Taylor coefficients, where it has no rule for them: y′ = J(x, y) x′.
 *
 * Law: where J does not vary with x (all that is linear, or linear piece by piece) each coefficient goes through J; else
 * y is the integral of J(x) x′ in the ring of series. Whether J varies is asked of J itself, by differentiating it.
 * Source: Griewank & Walther 2008, section 13.2; J is found once for each primitive, avals and parameters.
 */
import { isFloat } from '../data/dtype'
import { avalKey, identity, paramKey } from '../ir/fingerprint'
import type { Aval, Jaxpr, Params, Primitive } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { coreOps, engine } from '../primitives/core'
import { stage } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import { emitJvp } from './jvp'
import { stageWhole } from './program'

/** The program of a jvp rule: captured values, operands, results, tangents of the operands that vary ↦ tangents. */
export interface TangentProgram {
  readonly jaxpr: Jaxpr
  readonly captured: readonly Tensor[]
  /** Which results have a tangent: the program's results are theirs. */
  readonly varies: readonly boolean[]
  /** J is constant near the point, in the operands that vary. */
  readonly rigid: boolean
  /** J is written in the results. */
  readonly readsResults: boolean
}

const known = new WeakMap<Primitive, Map<string, TangentProgram>>()
const perPrimitive = 64

/** The jvp rule of a primitive as a program, for the operands marked as moving. */
export function tangentProgram(prim: Primitive, ins: readonly Aval[], outs: readonly Aval[], params: Params, moving: readonly boolean[]): TangentProgram {
  const key = `${ins.map((a, i) => `${moving[i] ? '*' : ''}${avalKey(a)}`).join(' ')} ${paramKey(prim, params)}`
  const memory = known.get(prim) ?? new Map<string, TangentProgram>()
  known.set(prim, memory)
  const found = memory.get(key)
  if (found) return found
  const made = stageTangent(prim, ins, outs, params, moving)
  if (made.captured.length === 0) {
    if (memory.size >= perPrimitive) memory.clear()
    memory.set(key, made)
  }
  return made
}

function stageTangent(prim: Primitive, ins: readonly Aval[], outs: readonly Aval[], params: Params, moving: readonly boolean[]): TangentProgram {
  const dots = ins.filter((_, i) => moving[i]).map((a): Aval => ({ ...a, weak: false }))
  let varies: boolean[] = []
  const { jaxpr, captured } = stageWhole('jet', [...ins, ...outs, ...dots], (t) => {
    const primals = t.slice(0, ins.length)
    let next = ins.length + outs.length
    const tangents = ins.map((a, i): Value => (moving[i] ? t[next++]! : new Zero(a)))
    const all = tangentsOf(prim, primals, t.slice(ins.length, ins.length + outs.length), tangents, params)
    varies = outs.map((a, i) => isFloat(a.dtype) && all[i] !== undefined && !isZero(all[i]))
    return all.filter((_, i) => varies[i]) as Tensor[]
  })
  const from = captured.length
  const used = new Set(jaxpr.eqns.flatMap((e) => e.inputs.flatMap((a) => (a._tag === 'Var' ? [a.id] : []))))
  const readsResults = jaxpr.inputs.slice(from + ins.length, from + ins.length + outs.length).some((v) => used.has(v.id))
  return { jaxpr, captured, varies, rigid: isRigid(jaxpr, from, ins, outs, moving), readsResults }
}

function tangentsOf(prim: Primitive, primals: readonly Value[], outs: readonly Value[], tangents: readonly Value[], params: Params): readonly Value[] {
  if (prim.jvpProgram) return prim.jvpProgram.forward(primals, tangents, params).map((d) => d.tangent)
  const r = prim.jvp(coreOps, primals, outs, tangents, params)
  return Array.isArray(r) ? (r as readonly Value[]) : [r as Value]
}

/** Whether the derivative of J, at a fixed tangent, is symbolically zero. */
function isRigid(jaxpr: Jaxpr, captured: number, ins: readonly Aval[], outs: readonly Aval[], moving: readonly boolean[]): boolean {
  let rigid = true
  const moves = (i: number): boolean => {
    if (i < captured || !isFloat(jaxpr.inputs[i]!.aval.dtype)) return false
    const at = i - captured
    return at < ins.length ? moving[at]! : at < ins.length + outs.length
  }
  const avals = jaxpr.inputs.map((v) => v.aval)
  stage(engine, 'jet', [...avals, ...avals], null, (t) => {
    const duals = emitJvp(jaxpr, t.slice(0, avals.length), avals.map((a, i) => (moves(i) ? t[avals.length + i]! : new Zero(a))))
    rigid = duals.every((d) => isZero(d.tangent))
    return []
  })
  return rigid
}

/** A key for an operation on given jets. */
export const callKey = (prim: Primitive, params: Params, operands: readonly string[], order: number): string =>
  `${order} ${identity(prim)} ${paramKey(prim, params)} ${operands.join(' ')}`
