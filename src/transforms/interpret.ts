/**
 * Interpreting a program: each equation is bound again, on other values. A transform is such an interpreter that emits.
 *
 * Law: `interpret` of a staged program on tensors equals the function that was staged.
 */
import { fault, raise } from '../data/errors'
import { copySource, located } from '../ir/source'
import { freshVar, isLit, type Atom, type Aval, type Eqn, type Jaxpr, type Params, type Primitive, type Var } from '../ir/types'
import type { Value } from '../ir/value'
import { VarTable } from '../ir/table'
import { coreContext, record } from '../primitives/core'
import { literalTensor } from '../trace/trace'

/** The value of a literal atom. */
export const literal = (value: number, a: Aval): Value => literalTensor(value, a, coreContext.vocabulary())

/** Binds an equation of a program again: into the open trace, if there is one, also where no operand is traced. */
export const rebind: (prim: Primitive, operands: readonly Value[], params: Params) => readonly Value[] = record as unknown as (prim: Primitive, operands: readonly Value[], params: Params) => readonly Value[]

/** What variables stand for while a program is interpreted. */
export class Environment<V> {
  readonly #values: VarTable<V>
  readonly #literal: (value: number, a: Aval) => V
  constructor(ofLiteral: (value: number, a: Aval) => V, program: Jaxpr) {
    this.#literal = ofLiteral
    this.#values = new VarTable(program)
  }
  read(a: Atom): V {
    if (isLit(a)) return this.#literal(a.value, a.aval)
    const v = this.#values.get(a.id)
    return v === undefined ? raise(fault('compile', `variable ${a.id} is used before it is bound`, 'This program was not built by adjoint, or a rewriting pass broke it: run checkJaxpr.')) : v
  }
  has(a: Atom): boolean {
    return isLit(a) || this.#values.has(a.id)
  }
  write(v: Var, value: V): void {
    this.#values.set(v.id, value)
  }
}

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

/** Runs a program on values through `bind`: traced values emit its equations into the open trace. */
export function interpret(jaxpr: Jaxpr, inputs: readonly Value[]): Value[] {
  const env = new Environment<Value>(literal, jaxpr)
  jaxpr.inputs.forEach((v, i) => env.write(v, inputs[i]!))
  for (const e of located(jaxpr.eqns)) {
    const outs = rebind(e.prim, e.inputs.map((a) => env.read(a)), e.params)
    e.outs.forEach((o, i) => env.write(o, outs[i]!))
  }
  return jaxpr.outs.map((a) => env.read(a))
}
