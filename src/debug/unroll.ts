/**
 * A run of a function as one straight program: calls, loops and choices unrolled along the way that the values take, and
 * for each equation where it stands in the function's own program.
 *
 * Law: the straight program has the function's results, bits included; no equation of it holds a program that says how it
 * is unrolled, and none has an effect.
 */
import { demandFunction } from '../data/options'
import { inlined } from '../ir/inline'
import { freshVar, isLit, type Aval, type Atom, type Eqn, type Jaxpr } from '../ir/types'
import { printerOf } from '../ir/print'
import type { Value } from '../ir/value'
import { bind, engine } from '../primitives/core'
import { stage } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import { leavesOf, unflatten, type TreeDef } from '../transforms/arguments'
import { traceFunction } from '../transforms/differentiate'
import { literal, rebind } from '../transforms/interpret'
import type { AnyFunction } from '../transforms/types'

/** Where an equation comes from. */
export interface Origin {
  readonly eqn: Eqn
  /** The equation with the names that it has in its program, on one line. */
  readonly text: string
  /** The runs of programs that it stands in, outermost first: `scan step 3, cond branch 1`; empty in the function itself. */
  readonly place: string
}

export interface Unrolled {
  readonly jaxpr: Jaxpr
  /** Of the program's inputs: what was captured, then the arguments' leaves. */
  readonly inputs: readonly Tensor[]
  readonly captured: number
  readonly outDef: TreeDef
  /** What chose branches and ended loops. */
  readonly decisions: readonly Atom[]
  /** Where an equation comes from; undefined for what stands between two runs of a loop's body. */
  readonly origin: (e: Eqn) => Origin | undefined
  readonly value: (a: Atom) => Tensor
}

/** Runs f on the arguments, whose values must be known. */
export function unroll(name: string, f: AnyFunction, args: readonly unknown[]): Unrolled {
  demandFunction(name, f)
  const leaves = leavesOf(args, 'args')
  const { staged, def } = traceFunction(name, leaves.tensors, (x) => f(...(unflatten(leaves.def, x) as never[])), false)
  const given = [...staged.captured, ...leaves.tensors]
  const origins = new Map<number, Origin>()
  const decisions: Value[] = []
  const straight = stage(engine, name, given.map((t) => t.aval), given, (t) => [...follow(inlined(staged.jaxpr), t, origins, decisions), ...decisions] as Tensor[])
  const count = staged.jaxpr.outs.length
  const jaxpr: Jaxpr = { ...straight.jaxpr, constCount: 0, outs: straight.jaxpr.outs.slice(0, count) }
  const inputs = [...straight.captured, ...given]
  const known = values(jaxpr, inputs)
  return {
    jaxpr,
    inputs,
    captured: straight.captured.length + staged.captured.length,
    outDef: def,
    decisions: straight.jaxpr.outs.slice(count),
    origin: (e) => (e.outs[0] ? origins.get(e.outs[0].id) : undefined),
    value: (a) => (isLit(a) ? (literal(a.value, a.aval) as Tensor) : known.get(a.id)!),
  }
}

const idOf = (v: Value): number => ((v as Tensor).source as { readonly variable: { readonly id: number } }).variable.id

/** Emits a program's equations into the open trace, in the order in which they run. */
function follow(program: Jaxpr, inputs: readonly Value[], origins: Map<number, Origin>, decisions: Value[]): readonly Value[] {
  const printers = new Map<Jaxpr, (e: Eqn) => string>()
  const texts = new Map<Eqn, string>()
  const textOf = (p: Jaxpr, e: Eqn): string => {
    let text = texts.get(e)
    if (text === undefined) {
      let print = printers.get(p)
      if (!print) printers.set(p, (print = printerOf(p)))
      texts.set(e, (text = print(e).replace(/\s+/g, ' ')))
    }
    return text
  }
  const run = (p: Jaxpr, given: readonly Value[], place: string): readonly Value[] => {
    const env = new Map<number, Value>(p.inputs.map((v, i) => [v.id, given[i]!]))
    const read = (a: Atom): Value => (isLit(a) ? literal(a.value, a.aval) : env.get(a.id)!)
    for (const e of p.eqns) {
      if (e.prim.effects) continue
      const operands = e.inputs.map(read)
      const within = (step: string): string => `${place}${place && ', '}${e.prim.name}${step && ` ${step}`}`
      const number = (v: Value): number => {
        decisions.push(v)
        return Number((v as Tensor).item())
      }
      const outs = e.prim.unroll
        ? e.prim.unroll({ run: (q, xs, step) => run(inlined(q), xs, within(step)), number }, operands, e.params)
        : rebind(e.prim, operands, e.params)
      if (!e.prim.unroll && outs[0]) origins.set(idOf(outs[0]), { eqn: e, text: textOf(p, e), place })
      e.outs.forEach((o, i) => env.set(o.id, outs[i]!))
    }
    return p.outs.map(read)
  }
  return run(program, inputs, '')
}

/** What every variable of a straight program is. */
function values(jaxpr: Jaxpr, inputs: readonly Tensor[]): ReadonlyMap<number, Tensor> {
  const env = new Map<number, Tensor>(jaxpr.inputs.map((v, i) => [v.id, inputs[i]!]))
  for (const e of jaxpr.eqns) {
    const operands = e.inputs.map((a) => (isLit(a) ? (literal(a.value, a.aval) as Tensor) : env.get(a.id)!))
    bind(e.prim, operands, e.params).forEach((r, i) => env.set(e.outs[i]!.id, r))
  }
  return env
}

/** Variables of the given avals. */
export const variables = (avals: readonly Aval[]): Jaxpr['inputs'] => avals.map((a) => freshVar(a))
