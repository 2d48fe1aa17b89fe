/**
 * jvp of a program: every equation's primitive is asked for the tangents of its results.
 *
 * Law: the emitted program computes (f x, J_f(x) ẋ) and is linear in ẋ. A tangent that is zero for every ẋ stays
 * symbolic: equations that do not depend on varying inputs get none.
 */
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import { isLit, renaming, type Atom, type Dual, type Eqn, type Jaxpr, type Var } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { sameShape } from '../data/shape'
import { coreOps } from '../primitives/core'
import type { Continued } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import { showAval } from '../trace/trace'
import { Environment, literal, rebind } from './interpret'

/** `forward`: value and tangent in one sweep; `split`: what is linear in the tangents in equations of its own. */
export type JvpMode = 'forward' | 'split'

/** The tangents of one equation's results. */
function tangentsOf(e: Eqn, primals: readonly Value[], outs: readonly Value[], tangents: readonly Value[]): readonly Value[] {
  if (outs.every((o) => !isFloat(o.aval.dtype))) return outs.map((o) => new Zero(o.aval))
  const r = e.prim.jvp(coreOps, primals, outs, tangents, e.params)
  const list: readonly Value[] = Array.isArray(r) ? (r as readonly Value[]) : [r as Value]
  checkTangents(e, list, outs)
  return list.map((t, i) => (isZero(t) && !sameShape(t.aval.shape, outs[i]!.aval.shape) ? new Zero(outs[i]!.aval) : t))
}

/** A rule's tangents must have the shapes and dtypes of the results. */
function checkTangents(e: Eqn, tangents: readonly Value[], outs: readonly Value[]): void {
  if (tangents.length !== outs.length)
    raise(fault('custom-rule', `jvp of ${e.prim.name} returned ${tangents.length} tangents for ${outs.length} results`, 'Return one tangent a result.'))
  tangents.forEach((t, i) => {
    const a = outs[i]!.aval
    if (!isZero(t) && isFloat(a.dtype) && (t.aval.dtype !== a.dtype || !sameShape(t.aval.shape, a.shape)))
      raise(fault('custom-rule', `jvp of ${e.prim.name}: tangent ${i} is ${showAval(t.aval)}, its result is ${showAval(a)}`, 'A tangent has the shape and dtype of its result.'))
  })
}

/** Emits the jvp of a program into the open trace: primal results and their tangents. */
export function emitJvp(jaxpr: Jaxpr, primals: readonly Value[], tangents: readonly Value[], mode: JvpMode = 'forward'): Dual[] {
  return emitDuals(inlined(jaxpr), primals, tangents, mode, (e, operands) => rebind(e.prim, operands, e.params))
}

/** The same where the open trace goes on from the program itself, under its names: equations without tangents are taken over. */
export function continueJvp(flat: Jaxpr, { adopt, nameOf, atomOf }: Continued, tangents: readonly Value[], mode: JvpMode): Dual[] {
  /** What a rule for programs has computed anew: it has other names from then on. */
  const renamed = new Map<number, Atom>()
  const primals = flat.inputs.map(nameOf)
  return emitDuals(flat, primals, tangents, mode, (e) => {
    adopt(renamed.size === 0 ? e : renaming(e, (a) => (isLit(a) ? a : (renamed.get(a.id) ?? a))))
    return e.outs.map(nameOf)
  }, (v, primal) => renamed.set(v.id, atomOf(primal as Tensor)))
}

/** The primal's equation, in whatever way, and the tangents of its results; `anew` is told what a rule for programs computed instead. */
function emitDuals(flat: Jaxpr, primals: readonly Value[], tangents: readonly Value[], mode: JvpMode, primalOf: (e: Eqn, operands: readonly Value[]) => readonly Value[], anew?: (v: Var, primal: Value) => void): Dual[] {
  const primal = new Environment<Value>(literal, flat)
  const tangent = new Environment<Value>((_value, a) => new Zero(a), flat)
  flat.inputs.forEach((v, i) => {
    primal.write(v, primals[i]!)
    tangent.write(v, tangents[i]!)
  })
  for (const e of located(flat.eqns)) {
    const operands = primal.readAll(e.inputs)
    const dots = tangent.readAll(e.inputs)
    const still = dots.every(isZero)
    const rule = still ? undefined : e.prim.jvpProgram?.[mode]
    if (rule) {
      rule(operands, dots, e.params).forEach((d, i) => {
        primal.write(e.outs[i]!, d.primal)
        tangent.write(e.outs[i]!, d.tangent)
        anew?.(e.outs[i]!, d.primal)
      })
      continue
    }
    const outs = primalOf(e, operands)
    const ts = still ? undefined : tangentsOf(e, operands, outs, dots)
    for (let i = 0; i < outs.length; i++) {
      primal.write(e.outs[i]!, outs[i]!)
      tangent.write(e.outs[i]!, ts ? ts[i]! : new Zero(outs[i]!.aval))
    }
  }
  return flat.outs.map((a) => ({ primal: primal.read(a), tangent: tangent.read(a) }))
}
