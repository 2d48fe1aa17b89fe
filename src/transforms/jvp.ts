/**
 * jvp of a program: every equation's primitive is asked for the tangents of its results.
 *
 * Law: the emitted program computes (f x, J_f(x) ẋ) and is linear in ẋ. A tangent that is zero for every ẋ stays
 * symbolic: equations that do not depend on varying inputs get none.
 */
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import type { Aval, Dual, Eqn, Jaxpr } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { sameShape } from '../data/shape'
import { coreOps } from '../primitives/core'
import { Environment, literal, rebind } from './interpret'

/** `forward`: value and tangent in one sweep; `split`: what is linear in the tangents in equations of its own. */
export type JvpMode = 'forward' | 'split'

/** The results of one equation and their tangents. A rule for programs computes both. */
function dualsOf(e: Eqn, operands: readonly Value[], tangents: readonly Value[], mode: JvpMode): Dual[] {
  const rule = e.prim.jvpProgram?.[mode]
  if (rule && !tangents.every(isZero)) return [...rule(operands, tangents, e.params)]
  const outs = rebind(e.prim, operands, e.params)
  const ts = tangentsOf(e, operands, outs, tangents)
  return outs.map((primal, i) => ({ primal, tangent: ts[i]! }))
}

/** The tangents of one equation's results. */
function tangentsOf(e: Eqn, primals: readonly Value[], outs: readonly Value[], tangents: readonly Value[]): readonly Value[] {
  if (tangents.every(isZero) || outs.every((o) => !isFloat(o.aval.dtype))) return outs.map((o) => new Zero(o.aval))
  const r = e.prim.jvp(coreOps, primals, outs, tangents, e.params)
  const list: readonly Value[] = Array.isArray(r) ? (r as readonly Value[]) : [r as Value]
  checkTangents(e, list, outs)
  return list.map((t, i) => (isZero(t) && !sameShape(t.aval.shape, outs[i]!.aval.shape) ? new Zero(outs[i]!.aval) : t))
}

const show = (a: Aval): string => `${a.dtype}[${a.shape.join(',')}]`

/** A rule's tangents must have the shapes and dtypes of the results. */
function checkTangents(e: Eqn, tangents: readonly Value[], outs: readonly Value[]): void {
  if (tangents.length !== outs.length)
    raise(fault('custom-rule', `jvp of ${e.prim.name} returned ${tangents.length} tangents for ${outs.length} results`, 'Return one tangent a result.'))
  tangents.forEach((t, i) => {
    const a = outs[i]!.aval
    if (!isZero(t) && isFloat(a.dtype) && (t.aval.dtype !== a.dtype || !sameShape(t.aval.shape, a.shape)))
      raise(fault('custom-rule', `jvp of ${e.prim.name}: tangent ${i} is ${show(t.aval)}, its result is ${show(a)}`, 'A tangent has the shape and dtype of its result.'))
  })
}

/** Emits the jvp of a program into the open trace: primal results and their tangents. */
export function emitJvp(jaxpr: Jaxpr, primals: readonly Value[], tangents: readonly Value[], mode: JvpMode = 'forward'): Dual[] {
  const flat = inlined(jaxpr)
  const env = new Environment<Dual>((value, a) => ({ primal: literal(value, a), tangent: new Zero(a) }), flat)
  jaxpr.inputs.forEach((v, i) => env.write(v, { primal: primals[i]!, tangent: tangents[i]! }))
  for (const e of located(flat.eqns)) {
    const duals = e.inputs.map((a) => env.read(a))
    const results = dualsOf(e, duals.map((d) => d.primal), duals.map((d) => d.tangent), mode)
    e.outs.forEach((o, i) => env.write(o, results[i]!))
  }
  return flat.outs.map((a) => env.read(a))
}

