/**
 * Linearisation: the jvp of a program, split by dependence on the tangents into a known part, which yields residuals,
 * and a linear part, which reads them.
 *
 * Law: known(x) = (f x, r) and linear(r, ẋ) = J_f(x) ẋ; the linear part is linear in ẋ, so it can be transposed.
 * Source: Radul, Paszke, Frostig, Johnson & Maclaurin 2022, "You only linearize once".
 */
import { inlined } from '../ir/inline'
import { VarSet } from '../ir/table'
import { isLit, type Atom, type Eqn, type Jaxpr, type Separate, type Var } from '../ir/types'
import { isZero, Linear, Zero, type Value } from '../ir/value'
import { engine, coreOps } from '../primitives/core'
import { stageAfter } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { literal } from './interpret'
import { continueJvp, type JvpMode } from './jvp'
import { emitTranspose, type Observe } from './transpose'
import { simplified } from './program'

export interface Linearized {
  /** From the inputs (after `captured`) to results and residuals. */
  readonly known: Jaxpr
  /** From residuals and varying tangents to the tangents of the results that have one. */
  readonly linear: Jaxpr
  readonly outCount: number
  /** Which results have a tangent. */
  readonly varies: readonly boolean[]
  readonly captured: readonly Tensor[]
}

/** The residuals, under their names: inputs of the known part, or results of it. */
export const residualVars = ({ linear }: Linearized): readonly Var[] => linear.inputs.slice(0, linear.constCount)

/** The jvp program: inputs, then the tangents of those that vary; results, then their tangents, where the mode is 'split' those that are not zero. */
export function stageJvp(jaxpr: Jaxpr, varying: readonly boolean[], mode: JvpMode = 'forward'): { staged: Staged; varies: boolean[] } {
  const flat = inlined(jaxpr)
  const tangentAvals = flat.inputs.flatMap((v, i) => (varying[i] ? [v.aval] : []))
  let varies: boolean[] = []
  const staged = stageAfter(engine, 'jvp', flat.inputs, [], tangentAvals, (c) => {
    let next = 0
    const tangents = flat.inputs.map((v, i): Value => (varying[i] ? c.further[next++]! : new Zero(v.aval)))
    const duals = continueJvp(flat, c, tangents, mode)
    varies = duals.map((d) => !isZero(d.tangent))
    const wanted = mode === 'split' ? duals.filter((d) => !isZero(d.tangent)) : duals
    return [...duals.map((d) => d.primal), ...wanted.map((d) => coreOps.instantiate(d.tangent))] as Tensor[]
  })
  return { staged, varies }
}

/** The ids of the variables that depend on the last `count` inputs. */
export function dependentIds(p: Jaxpr, count: number): VarSet {
  const ids = new VarSet(p)
  ids.addAll(p.inputs.slice(p.inputs.length - count))
  for (const e of p.eqns) if (ids.meets(e.inputs)) ids.addAll(e.outs)
  return ids
}

/** The pass that takes equations apart which mix values and tangents, where there are any. */
function separator(p: Jaxpr): Separate | undefined {
  for (const e of p.eqns) {
    const pass = e.prim.mixes?.(e.params)
    if (pass) return pass
  }
  return undefined
}

/** Splits the jvp of a program in the inputs that vary. */
export function linearizeProgram(jaxpr: Jaxpr, varying: readonly boolean[]): Linearized {
  const { staged, varies } = stageJvp(jaxpr, varying, 'split')
  const tangentCount = varying.filter(Boolean).length
  const whole = simplified(staged.jaxpr)
  const joint = separator(whole)?.(whole, tangentCount) ?? whole
  const tangents = joint.inputs.slice(joint.inputs.length - tangentCount)
  const plain = joint.inputs.slice(0, joint.inputs.length - tangentCount)
  const linearIds = dependentIds(joint, tangentCount)
  const knownEqns: Eqn[] = []
  const linearEqns: Eqn[] = []
  for (const e of joint.eqns) (linearIds.meets(e.inputs) ? linearEqns : knownEqns).push(e)
  const outCount = jaxpr.outs.length
  const tangentOuts = joint.outs.slice(outCount)
  const needed: Var[] = []
  const seen = new VarSet(joint)
  const need = (a: Atom): void => {
    if (isLit(a) || linearIds.has(a.id) || seen.has(a.id)) return
    seen.add(a.id)
    needed.push(a)
  }
  for (const e of linearEqns) e.inputs.forEach(need)
  tangentOuts.forEach(need)
  const given = new VarSet(joint)
  given.addAll(plain)
  return {
    known: { inputs: plain, constCount: staged.captured.length, eqns: knownEqns, outs: [...joint.outs.slice(0, outCount), ...needed.filter((v) => !given.has(v.id))] },
    linear: { inputs: [...needed, ...tangents], constCount: needed.length, eqns: linearEqns, outs: tangentOuts },
    outCount,
    varies,
    captured: staged.captured,
  }
}

/** The residuals of a linearised program, from the inputs (captured ones first) and the results of its known part. */
export function residualsOf<V>(l: Linearized, inputs: readonly V[], outs: readonly V[]): V[] {
  const { known, outCount } = l
  const n = known.inputs.length
  let at = places.get(l)
  if (!at) {
    const all = new Map([...known.inputs, ...known.outs.slice(outCount)].map((v, i) => [(v as Var).id, i]))
    places.set(l, (at = residualVars(l).map((v) => all.get(v.id)!)))
  }
  return at.map((i) => (i < n ? inputs[i]! : outs[i - n + outCount]!))
}
/** Where residuals are among inputs and what the known part computes for them. */
const places = new WeakMap<Linearized, readonly number[]>()

/**
 * Emits the cotangents of the varying inputs. `cts` has one entry a result; those of results without tangent are ignored.
 * Residuals that are not given are bound in the open trace, where `nameOf` finds them.
 */
export function emitPullback({ linear, varies }: Linearized, residuals: readonly Value[], cts: readonly Value[], observe?: Observe, nameOf?: (v: Var) => Value): Value[] {
  const inputs = linear.inputs.map((v, i) => (i < linear.constCount ? residuals[i] : new Linear(v.aval)))
  return emitTranspose(linear, inputs, cts.filter((_, i) => varies[i]), observe, [], nameOf)
}

/**
 * The reverse program: from the inputs and the cotangents of the results (where `seed` is 'one': 1 for the first, 0 for the others) to
 * results (those before `from` left out) and the cotangents of the varying inputs. One program: forward and backward are optimised together.
 */
export function stageReverse(jaxpr: Jaxpr, varying: readonly boolean[], seed: 'one' | 'given', from = 0, observe?: Observe): Staged {
  const l = linearizeProgram(jaxpr, varying)
  const ctAvals = seed === 'given' ? jaxpr.outs.map((o) => o.aval) : []
  return stageAfter(engine, 'vjp', l.known.inputs, l.captured, ctAvals, ({ adopt, nameOf, further }) => {
    l.known.eqns.forEach(adopt)
    const outs = l.known.outs.slice(from, l.outCount).map((a): Value => (isLit(a) ? literal(a.value, a.aval) : nameOf(a)))
    const cts = seed === 'given' ? further : jaxpr.outs.map((o, i) => (i === 0 ? coreOps.full(o.aval.shape, 1, o.aval.dtype) : new Zero(o.aval)))
    const grads = emitPullback(l, [], cts, observe, nameOf)
    return [...outs, ...grads.map(coreOps.instantiate)] as Tensor[]
  })
}
