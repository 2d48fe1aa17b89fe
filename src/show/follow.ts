/**
 * A run of a function, equation by equation, with the textbook's names: v₁₋ₙ … v₀ for the n inputs, v₁, v₂, … for what is
 * computed from them, c₁, c₂, … for captured arrays.
 *
 * Law: the value of a name is what the function computes there; the values of the outputs are the function's.
 * Source: Baydin, Pearlmutter, Radul & Siskind 2018, section 3 (after Griewank & Walther 2008).
 */
import { demandFunction } from '../data/options'
import { positional, scientific } from '../data/decimal'
import { isFloat } from '../data/dtype'
import { formatArray } from '../data/print'
import { size } from '../data/shape'
import { inlined } from '../ir/inline'
import { printParams } from '../ir/print'
import { isLit, type Atom, type Eqn, type Jaxpr, type Var } from '../ir/types'
import type { Value } from '../ir/value'
import { coreOps } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { leavesOf, paths, unflatten, type TreeDef } from '../transforms/arguments'
import { traceFunction } from '../transforms/differentiate'
import { literal } from '../transforms/interpret'
import type { AnyFunction } from '../transforms/types'

/** What an input or an output is called in the function's own terms. */
export interface Named {
  readonly variable: Atom
  readonly path: string
}

export interface Followed {
  readonly program: Jaxpr
  readonly args: readonly Named[]
  readonly captured: readonly Var[]
  readonly outs: readonly Named[]
  readonly argDef: TreeDef
  readonly outDef: TreeDef
  /** The name of a variable, the text of a literal. */
  readonly name: (a: Atom) => string
  readonly value: (a: Atom) => Tensor
  /** Whether a variable depends on an input of floating dtype, and has such a dtype. */
  readonly varies: (a: Atom) => boolean
}

/** One path a leaf: x1, or x1.w for a leaf of the first argument. */
const argPaths = (def: TreeDef): string[] => ('children' in def ? def.children.flatMap((c, i) => paths(c, `x${i + 1}`)) : [])

/** Traces f on the arguments, and gives every variable its name. */
export function follow(name: string, f: AnyFunction, args: readonly unknown[]): Followed {
  demandFunction(name, f)
  const leaves = leavesOf(args, 'args')
  const { staged, def } = traceFunction(name, leaves.tensors, (x) => f(...(unflatten(leaves.def, x) as never[])), false)
  const program = inlined(staged.jaxpr)
  const captured = program.inputs.slice(0, program.constCount)
  const inputs = program.inputs.slice(program.constCount)
  const names = new Map<number, string>()
  captured.forEach((v, i) => names.set(v.id, `c${i + 1}`))
  inputs.forEach((v, i) => names.set(v.id, `v${i + 1 - inputs.length}`))
  let next = 1
  for (const e of program.eqns) for (const o of e.outs) names.set(o.id, `v${next++}`)
  const known = values(program, [...staged.captured, ...leaves.tensors])
  const moving = dependents(program.eqns, inputs.filter((v) => isFloat(v.aval.dtype)))
  return {
    program,
    captured,
    args: argPaths(leaves.def).map((path, i) => ({ variable: inputs[i]!, path })),
    outs: paths(def, 'y').map((path, i) => ({ variable: program.outs[i]!, path })),
    argDef: leaves.def,
    outDef: def,
    name: (a) => (isLit(a) ? formatArray(a.value, [], a.aval.dtype, false) : names.get(a.id)!),
    value: (a) => (isLit(a) ? (literal(a.value, a.aval) as Tensor) : known(a)),
    varies: (a) => !isLit(a) && moving.has(a.id),
  }
}

/** The values of a program's variables. They are computed when the first one is asked for: an abstract run has none. */
function values(program: Jaxpr, inputs: readonly Tensor[]): (v: Var) => Tensor {
  let known: Map<number, Value> | undefined
  const run = (): Map<number, Value> => {
    const env = new Map<number, Value>(program.inputs.map((v, i) => [v.id, inputs[i]!]))
    for (const e of program.eqns) {
      const operands = e.inputs.map((a) => (isLit(a) ? literal(a.value, a.aval) : env.get(a.id)!))
      coreOps.bind(e.prim, operands, e.params).forEach((r, i) => env.set(e.outs[i]!.id, r))
    }
    return env
  }
  return (v) => (known ??= run()).get(v.id) as Tensor
}

/** The floating variables that depend on any of the given ones. */
function dependents(eqns: readonly Eqn[], on: readonly Var[]): ReadonlySet<number> {
  const ids = new Set(on.map((v) => v.id))
  for (const e of eqns)
    if (e.inputs.some((a) => !isLit(a) && ids.has(a.id)))
      for (const o of e.outs) if (isFloat(o.aval.dtype)) ids.add(o.id)
  return ids
}

const longest = 36

/** A value on one short line: numbers to eight decimals, long arrays cut. */
export function brief(t: Tensor): string {
  if (t.ndim === 0 && isFloat(t.dtype)) {
    const x = Number(t.item())
    const a = Math.abs(x)
    if (!Number.isFinite(x)) return formatArray(x, [], t.dtype, false)
    return a !== 0 && (a < 1e-4 || a >= 1e8) ? scientific(x, 8, 0, 2, t.dtype) : positional(x, 8, t.dtype)
  }
  if (size(t.shape) === 0) return `${t.dtype}[${t.shape.join(',')}]`
  const text = formatArray(t.elements('show'), t.shape, t.dtype, false).replace(/\s+/g, ' ')
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}

/** Parameters where they are few: `[axes=(0,)]`. */
export function shortParams(e: Eqn): string {
  const text = e.prim.programs ? '' : printParams(e)
  return text.length <= 24 ? text : ''
}
