/**
 * Calls inlined: equations that are nothing but a call (`inline`) are replaced by what they call.
 *
 * Law: the inlined program computes the same; programs without calls are returned as they are.
 */
import { copySource } from './source'
import { freshVar, isLit, renaming, type Atom, type Callee, type Eqn, type Jaxpr, type PrimitiveRecord, type Var } from './types'

/** The program with calls replaced by what they call, to any depth; the primitives that call bring the pass. */
export const inlined = (jaxpr: Jaxpr): Jaxpr => jaxpr.eqns.find((e) => e.prim.inline)?.prim.inline!.inlined(jaxpr) ?? jaxpr

/** What a primitive calls, with the pass that replaces calls. */
export const calling = (callee: NonNullable<PrimitiveRecord['inline']>): Callee => Object.assign((params: object) => callee(params), { inlined: (p: Jaxpr) => spliced(p, (e) => e.prim.inline?.(e.params)) })

/** The program with what equations call in their stead. */
export function spliced(jaxpr: Jaxpr, calleeOf: (e: Eqn) => Jaxpr | undefined): Jaxpr {
  const names = new Map<number, Atom>()
  const renamed = (a: Atom): Atom => (isLit(a) ? a : (names.get(a.id) ?? a))
  const eqns: Eqn[] = []
  // A stack of calls, not of functions: calls may be nested to any depth.
  const stack: { readonly program: Jaxpr; readonly call: Eqn | undefined; next: number }[] = [{ program: jaxpr, call: undefined, next: 0 }]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { program, call } = top
    while (top.next < program.eqns.length) {
      const e = program.eqns[top.next++]!
      const callee = calleeOf(e)
      if (callee) {
        const inner = refreshed(callee)
        inner.inputs.forEach((v, i) => names.set(v.id, renamed(e.inputs[i]!)))
        stack.push(top)
        top = { program: inner, call: e, next: 0 }
        break
      }
      eqns.push(renaming(e, renamed))
    }
    if (top.program !== program) stack.push(top)
    else call?.outs.forEach((o, i) => names.set(o.id, renamed(program.outs[i]!)))
  }
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
