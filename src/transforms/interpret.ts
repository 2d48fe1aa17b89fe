/**
 * Interpreting a program: each equation is bound again, on other values. A transform is such an interpreter that emits.
 *
 * Law: `interpret` of a staged program on tensors equals the function that was staged.
 */
import { fault, raise } from '../data/errors'
import { located } from '../ir/source'
import { isLit, type Atom, type Aval, type Jaxpr, type Params, type Primitive, type Var } from '../ir/types'
import type { Value } from '../ir/value'
import { VarTable } from '../ir/table'
import { coreContext, record } from '../primitives/core'
import { literalTensor } from '../trace/trace'

/** The value of a literal atom. */
export const literal = (value: number, a: Aval): Value => literalTensor(value, a, coreContext.vocabulary())

/** Binds an equation of a program again: into the open trace, if there is one, also where no operand is traced. */
export const rebind: (prim: Primitive, operands: readonly Value[], params: Params) => readonly Value[] = record as unknown as (prim: Primitive, operands: readonly Value[], params: Params) => readonly Value[]

const unbound = ({ id }: Var): never => raise(fault('compile', `variable ${id} is read before it is bound`, 'Check the program with checkJaxpr.'))

/** What variables stand for while a program is interpreted. */
export class Environment<V> {
  readonly #values: VarTable<V>
  readonly #literal: (value: number, a: Aval) => V
  readonly #unbound: (v: Var) => V
  /** `ofUnbound` says what is not written stands for. */
  constructor(ofLiteral: (value: number, a: Aval) => V, program: Jaxpr, ofUnbound: (v: Var) => V = unbound) {
    this.#literal = ofLiteral
    this.#unbound = ofUnbound
    this.#values = new VarTable(program)
  }
  /** Whether it is a variable that was written. */
  has(a: Atom): boolean {
    return !isLit(a) && this.#values.get(a.id) !== undefined
  }
  read(a: Atom): V {
    if (isLit(a)) return this.#literal(a.value, a.aval)
    return this.#values.get(a.id) ?? this.#unbound(a)
  }
  readAll(atoms: readonly Atom[]): V[] {
    const all = new Array<V>(atoms.length)
    for (let i = 0; i < atoms.length; i++) all[i] = this.read(atoms[i]!)
    return all
  }
  write(v: Var, value: V): void {
    this.#values.set(v.id, value)
  }
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
