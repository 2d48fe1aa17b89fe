/**
 * jvp of a program: every equation's primitive is asked for the tangents of its results.
 *
 * Law: the emitted program computes (f x, J_f(x) ẋ) and is linear in ẋ. A tangent that is zero for every ẋ stays
 * symbolic: equations that do not depend on varying inputs get none.
 */
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import { renaming, type Dual, type Eqn, type Jaxpr } from '../ir/types'
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
  const flat = inlined(jaxpr)
  const primal = new Environment<Value>(literal, flat)
  flat.inputs.forEach((v, i) => primal.write(v, primals[i]!))
  return emitDuals(flat, primal, tangents, mode, (e) => rebind(e.prim, primal.readAll(e.inputs), e.params).forEach((v, i) => primal.write(e.outs[i]!, v)))
}

/**
 * The same where the open trace goes on from the program itself, under its names: equations without tangents are taken over.
 * Their results are named when they are read: a table of long programs' tensors would be kept by the collector for long.
 */
export function continueJvp(flat: Jaxpr, { adopt, nameOf, atomOf }: Continued, tangents: readonly Value[], mode: JvpMode): Dual[] {
  /** What a rule for programs has computed anew: it has other names from then on. */
  const renamed = new Environment<Value>(literal, flat, nameOf)
  return emitDuals(flat, renamed, tangents, mode, (e) => adopt(renaming(e, (a) => (renamed.has(a) ? atomOf(renamed.read(a) as Tensor) : a))))
}

/** The primal's equations, computed in whatever way, and the tangents of their results. */
function emitDuals(flat: Jaxpr, primal: Environment<Value>, tangents: readonly Value[], mode: JvpMode, compute: (e: Eqn) => void): Dual[] {
  const tangent = new Environment<Value>((_value, a) => new Zero(a), flat)
  flat.inputs.forEach((v, i) => tangent.write(v, tangents[i]!))
  for (const e of located(flat.eqns)) {
    const dots = tangent.readAll(e.inputs)
    const still = dots.every(isZero)
    const rule = still ? undefined : e.prim.jvpProgram?.[mode]
    if (rule) {
      rule(primal.readAll(e.inputs), dots, e.params).forEach((d, i) => {
        primal.write(e.outs[i]!, d.primal)
        tangent.write(e.outs[i]!, d.tangent)
      })
      continue
    }
    compute(e)
    const ts = still ? undefined : tangentsOf(e, primal.readAll(e.inputs), primal.readAll(e.outs), dots)
    e.outs.forEach((o, i) => tangent.write(o, ts ? ts[i]! : new Zero(o.aval)))
  }
  return flat.outs.map((a) => ({ primal: primal.read(a), tangent: tangent.read(a) }))
}
