/**
 * A trace: the record of one run of a function. There is one kind; it records equations, and can say the value of
 * those that depend on concrete inputs only.
 *
 * Law: an operation with a traced operand is recorded in the innermost open trace, whatever trace its operands come
 * from; a tensor of an enclosing trace becomes an extra input (lambda lifting), so nothing is tagged by level and
 * perturbation confusion cannot be written.
 */
import type { TypedArray } from '../data/dtype'
import { fault, raise, type Fault } from '../data/errors'
import { silentEqn } from '../ir/effects'
import { noteSource } from '../ir/source'
import { spanOf } from '../ir/table'
import { type Atom, type Aval, type Eqn, freshVar, isLit, type Jaxpr, lit, nextId, type Params, type Primitive, renaming, type Var } from '../ir/types'
import type { Value } from '../ir/value'
import { Tensor, type Name, type Storage, type TraceOf, type Vocabulary } from './tensor'

/** What a trace needs of the level above: running one primitive on concrete tensors, and the spread of a scalar. */
export interface Engine {
  readonly vocabulary: Vocabulary
  evaluate: (prim: Primitive, operands: readonly Tensor[], params: Params, outs: readonly Aval[]) => readonly Tensor[]
  readonly broadcast: Primitive
}

/** A staged function. `captured[i]` is the value (concrete, or of an enclosing trace) of the program's input i. */
export interface Staged {
  readonly jaxpr: Jaxpr
  readonly captured: readonly Tensor[]
}

let innermost: Trace | null = null

const enter = (t: Trace | null): void => {
  innermost = t
}

/** The trace that is recording, if any. */
export const currentTrace = (): Trace | null => innermost

/** Where tensors of one repeated number are noted that programs take the number of. */
let spreads: Tensor[] | undefined

/** Notes such tensors, also for who else is noting them. */
export const noteSpreads = (ts: readonly Tensor[]): void => void spreads?.push(...ts)

/** What `f` gives, and the tensors of one repeated number whose number was written into programs meanwhile. */
export function withSpreads<T>(f: () => T): readonly [T, readonly Tensor[]] {
  const before = spreads
  const own: Tensor[] = (spreads = [])
  try {
    return [f(), own]
  } finally {
    spreads = before
    noteSpreads(own)
  }
}

/** Runs `f` with no trace recording: for what is called back while a program runs. */
export function untraced<T>(f: () => T): T {
  const before = innermost
  innermost = null
  try {
    return f()
  } finally {
    innermost = before
  }
}

export const showAval = (a: Aval): string => `${a.dtype}[${a.shape.join(',')}]`

export class Trace implements TraceOf {
  readonly kind: string
  readonly parent: Trace | null
  readonly engine: Engine
  /** Its program is simplified when it ends, before anything is derived from it. */
  isWhole = false
  #open = true
  readonly #eqns: Eqn[] = []
  readonly #inputs: Var[] = []
  /** What is known of an input's value: a tensor, or null where it is abstract. */
  readonly #origins = new Map<number, Tensor | null>()
  readonly #captured: Tensor[] = []
  readonly #capturedVars: Var[] = []
  #atoms: Map<Tensor, Atom> | undefined
  #values: Map<number, Tensor> | undefined
  #producers: Map<number, Eqn> | undefined
  #indexed = 0
  /** Variables from here on are bound by nothing in this trace but `record`. */
  #unbound = nextId

  constructor(kind: string, engine: Engine) {
    this.kind = kind
    this.engine = engine
    this.parent = innermost
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** A new argument; `origin` is its value where one is known. */
  input(v: Var, origin: Tensor | null): Tensor {
    this.#inputs.push(v)
    this.#origins.set(v.id, origin)
    return this.nameOf(v)
  }

  /** Adds an equation and names its results. */
  record(prim: Primitive, operands: readonly Tensor[], params: Params, outs: readonly Aval[]): Tensor[] {
    const inputs = new Array<Atom>(operands.length)
    for (let i = 0; i < operands.length; i++) inputs[i] = this.atom(operands[i]!)
    const vars = new Array<Var>(outs.length)
    const names = new Array<Tensor>(outs.length)
    for (let i = 0; i < outs.length; i++) names[i] = this.nameOf((vars[i] = freshVar(outs[i]!)))
    this.#eqns.push({ prim, inputs, params, outs: vars })
    noteSource(prim, vars)
    return names
  }

  /**
   * Takes over an equation of another program as it stands, variables included. What it reads must be bound here under
   * the same names, and its variables must not be bound here already.
   */
  adopt(e: Eqn): void {
    this.#eqns.push(e)
  }

  /**
   * Takes over a program whole, on these operands, and names its results. Only a program that was made since this trace was
   * opened, after all that it took over before: the variables of another one may be bound here already.
   */
  take(p: Jaxpr, operands: readonly Tensor[]): Tensor[] | undefined {
    const { first, count } = spanOf(p)
    if (first < this.#unbound) return undefined
    this.#unbound = first + count
    const given = new Map(p.inputs.map((v, i) => [v.id, operands[i]!]))
    const nameOf = (a: Atom): Atom => {
      const t = isLit(a) ? undefined : given.get(a.id)
      return t ? this.atom(t) : a
    }
    // What an equation reads of outside may be written as an equation before it.
    for (const e of p.eqns) this.adopt(renaming(e, nameOf))
    return p.outs.map((a) => (isLit(a) ? literalTensor(a.value, a.aval, this.engine.vocabulary) : (given.get(a.id) ?? this.nameOf(a))))
  }

  /** The atom that stands for a tensor in this trace. */
  atom(t: Tensor): Atom {
    const s = t.source
    if (s._tag === 'Name') {
      if (s.trace === this) return s.variable
      if (!this.#isWithin(s.trace)) raise(s.trace.ended(t.aval))
    } else if (s.literal) return lit(s.buffer as number, t.aval)
    const known = this.#atoms?.get(t)
    if (known) return known
    const spread = s._tag === 'Storage' ? this.#spread(t, s) : undefined
    if (!spread) return this.capture(t, freshVar(t.aval))
    return this.#name(t, spread)
  }

  /** A tensor of one repeated number is written as the broadcast of a literal, so that programs can be simplified by it. */
  #spread(t: Tensor, s: Storage): Atom | undefined {
    // Their steps are 0. The values are not asked for otherwise: they may not be computed yet.
    const buffer = (t.size > 1 && s.strides.includes(0) && s.buffer) as TypedArray
    if (buffer.length !== 1) return undefined
    spreads?.push(t)
    const scalar = lit(buffer[0]!, { shape: [], dtype: t.dtype, weak: t.aval.weak })
    const out = freshVar(t.aval)
    this.#eqns.push({ prim: this.engine.broadcast, inputs: [scalar], params: { shape: t.shape, dims: [] }, outs: [out] })
    return out
  }

  /** Binds a variable to a tensor from outside. */
  capture(t: Tensor, v: Var): Var {
    this.#captured.push(t)
    this.#capturedVars.push(v)
    this.#origins.set(v.id, t)
    return this.#name(t, v)
  }

  #name<A extends Atom>(t: Tensor, a: A): A {
    ;(this.#atoms ??= new Map<Tensor, Atom>()).set(t, a)
    return a
  }

  #isWithin(outer: TraceOf): boolean {
    if (!outer.isOpen) return false
    for (let t: Trace | null = this.parent; t; t = t.parent) if (t === outer) return true
    return false
  }

  /** The tensor that stands for a variable of this trace. */
  nameOf(v: Var): Tensor {
    return new Tensor(v.aval, { _tag: 'Name', trace: this, variable: v }, this.engine.vocabulary)
  }

  /** Runs `body` with this trace innermost, then closes it, also when `body` throws. */
  run(body: () => readonly Tensor[]): Staged {
    const before = innermost
    enter(this)
    try {
      const results = body()
      const outs = results.map((r) => this.atom(r))
      const inputs = [...this.#capturedVars, ...this.#inputs]
      const jaxpr: Jaxpr = { inputs, constCount: this.#captured.length, eqns: this.#eqns, outs }
      return { jaxpr, captured: this.#captured }
    } finally {
      this.#open = false
      innermost = before
    }
  }

  /** The value of a traced tensor: evaluates, once, just the equations that it needs. */
  valueOf(t: Tensor, wanted: string): Tensor {
    const name = t.source as Name
    if (!this.#open) raise(this.ended(t.aval))
    // While values are read, nothing is recorded. (Not by `untraced`: its frames would push the user's out of the stack.)
    const before = innermost
    innermost = null
    try {
      return this.#evaluate(name.variable, () => raise(this.refusal(t.aval, wanted)))
    } finally {
      innermost = before
    }
  }

  #index(): Map<number, Eqn> {
    const producers = (this.#producers ??= new Map())
    for (; this.#indexed < this.#eqns.length; this.#indexed++) {
      const e = this.#eqns[this.#indexed]!
      for (const o of e.outs) producers.set(o.id, e)
    }
    return producers
  }

  #evaluate(target: Var, unknown: () => never): Tensor {
    const values = (this.#values ??= new Map<number, Tensor>())
    const producers = this.#index()
    const stack: Var[] = [target]
    while (stack.length > 0) {
      const v = stack[stack.length - 1]!
      if (values.has(v.id)) {
        stack.pop()
        continue
      }
      const producer = producers.get(v.id)
      // What the equation does to the world it does when the traced function is run.
      const eqn = producer && silentEqn(producer)
      if (!eqn) {
        const origin = this.#origins.get(v.id)
        if (!origin) unknown()
        values.set(v.id, origin.source._tag === 'Name' ? origin.source.trace.valueOf(origin, 'its value') : origin)
        continue
      }
      const missing = eqn.inputs.filter((a): a is Var => a._tag === 'Var' && !values.has(a.id))
      if (missing.length > 0) {
        stack.push(...missing)
        continue
      }
      const operands = eqn.inputs.map((a) => (a._tag === 'Var' ? values.get(a.id)! : literalTensor(a.value, a.aval, this.engine.vocabulary)))
      const results = this.engine.evaluate(eqn.prim, operands, eqn.params, eqn.outs.map((o) => o.aval))
      eqn.outs.forEach((o, i) => values.set(o.id, results[i]!))
    }
    return values.get(target.id)!
  }

  /** Why a traced tensor has no value here, and what to write instead. */
  refusal(a: Aval, means: string): Fault {
    return fault(
      'concretization',
      `${means} needs the value of a traced ${showAval(a)}, which is not known inside ${this.kind}.`,
      'Decide with np.where, cond or whileLoop, make the argument static (staticArgnums), or leave it out of the transform. Values of concrete arguments are known under grad, vjp, jvp and linearize.',
    )
  }

  /** Why a tensor of a trace that has ended is of no use, and what to write instead. */
  ended(a: Aval): Fault {
    return fault(
      'leaked-tracer',
      `a traced ${showAval(a)} of ${this.kind} was used outside the function that was traced.`,
      'Return it (with hasAux, if it is extra) instead of storing it.',
    )
  }

  /** Why a traced tensor is never coerced by JavaScript itself. */
  coercion(a: Aval, means: string, why = 'it would lose the derivative or take a wrong branch'): Fault {
    return fault(
      'concretization',
      `${means} was applied to a traced ${showAval(a)} inside ${this.kind}: ${why}.`,
      "Use adjoint's functions instead: x.add(y), np.sin(x), np.less(x, y), np.where, x.at(i); read a known value by x.item() or x.toArray().",
    )
  }
}

/** A rank-0 tensor written as a JS number. */
export const literalTensor = (value: number, a: Aval, vocabulary: Vocabulary): Tensor =>
  new Tensor(a, { _tag: 'Storage', buffer: value, offset: 0, strides: a.shape, literal: true }, vocabulary)

/** The number that a value is a literal of. */
export const literalValue = (v: Value): number | undefined => {
  const s = (v as Partial<Tensor>).source as Storage | undefined
  return s?.literal ? (s.buffer as number) : undefined
}
