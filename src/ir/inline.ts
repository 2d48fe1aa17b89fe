/**
 * Calls inlined: equations that are nothing but a call (`inline`) are replaced by what they call.
 *
 * Law: the inlined program computes the same; programs without calls are returned as they are.
 */
import { copySource } from './source'
import { freshVar, isLit, type Atom, type Eqn, type Jaxpr, type Var } from './types'

/** The program with calls replaced by what they call, to any depth. */
export function inlined(jaxpr: Jaxpr): Jaxpr {
  if (!jaxpr.eqns.some((e) => e.prim.inline)) return jaxpr
  const names = new Map<number, Atom>()
  const renamed = (a: Atom): Atom => (isLit(a) ? a : (names.get(a.id) ?? a))
  const eqns: Eqn[] = []
  const splice = (p: Jaxpr): void => {
    for (const e of p.eqns) {
      const inputs = e.inputs.map(renamed)
      if (!e.prim.inline) {
        eqns.push(inputs.some((a, i) => a !== e.inputs[i]) ? { ...e, inputs } : e)
        continue
      }
      const inner = refreshed(e.prim.inline(e.params))
      inner.inputs.forEach((v, i) => names.set(v.id, inputs[i]!))
      splice(inner)
      e.outs.forEach((o, i) => names.set(o.id, renamed(inner.outs[i]!)))
    }
  }
  splice(jaxpr)
  return { ...jaxpr, eqns, outs: jaxpr.outs.map(renamed) }
}

/** The program with variables of its own: one program may be spliced in more than once. */
function refreshed(p: Jaxpr): Jaxpr {
  const names = new Map<number, Var>()
  const fresh = (v: Var): Var => {
    const w = freshVar(v.aval)
    names.set(v.id, w)
    return w
  }
  const inputs = p.inputs.map(fresh)
  const atom = (a: Atom): Atom => (isLit(a) ? a : (names.get(a.id) ?? a))
  const eqns = p.eqns.map((e): Eqn => copySource(e, { ...e, inputs: e.inputs.map(atom), outs: e.outs.map(fresh) }))
  return { ...p, inputs, eqns, outs: p.outs.map(atom) }
}
