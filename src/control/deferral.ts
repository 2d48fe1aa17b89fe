/**
 * Deferral: what a branch that may not be taken, or the body of a loop that may not turn, does with known values.
 *
 * Law: nothing is computed of them unless it is asked for, and nothing is raised because of them; what the program needs of
 * them is part of it. Values that are asked for (`item()`, a JavaScript operator) are there as ever, computed then and once.
 * Decision: results are tensors whose elements are computed when they are read. A program that captured one takes over
 * the equations that it stands for, instead of its elements. Numbers are computed at once: that costs less than to put it off.
 */
import type { TypedArray } from '../data/dtype'
import { rowMajor } from '../data/shape'
import type { Params, Primitive } from '../ir/types'
import { engine, record } from '../primitives/core'
import { deferral, Tensor, type Storage } from '../trace/tensor'
import { currentTrace, untraced, type Engine } from '../trace/trace'
import { interpret } from '../transforms/interpret'
import { stageWhole } from '../transforms/program'
import { stageBody, type Body } from './body'

/** An operation on known operands that was not made yet. */
class Pending {
  readonly prim: Primitive
  readonly operands: readonly Tensor[]
  readonly params: Params
  readonly #compute: () => readonly Tensor[]
  #results: readonly Tensor[] | undefined

  constructor(prim: Primitive, operands: readonly Tensor[], params: Params, compute: () => readonly Tensor[]) {
    this.prim = prim
    this.operands = operands
    this.params = params
    this.#compute = compute
  }

  get isDone(): boolean {
    return this.#results !== undefined
  }

  get results(): readonly Tensor[] {
    return (this.#results ??= untraced(this.#compute))
  }
}

/** Elements that are computed when they are read. */
class Later implements Storage {
  readonly pending: Pending
  readonly at: number
  readonly strides: readonly number[]

  constructor(pending: Pending, at: number, shape: readonly number[]) {
    this.pending = pending
    this.at = at
    this.strides = rowMajor(shape)
  }

  get _tag(): 'Storage' {
    return 'Storage'
  }
  get buffer(): TypedArray | number {
    return this.pending.results[this.at]!.elements('an operation')
  }
  get offset(): number {
    return 0
  }
  get literal(): boolean {
    return false
  }
}

const isLater = (t: Tensor): t is Tensor & { readonly source: Later } => t.source instanceof Later && !t.source.pending.isDone

/** Runs `f`, which traces: operations on known operands are put off. */
function deferring<T>(f: () => T): T {
  if (deferral.on) return f()
  const { evaluate } = engine
  const later: Engine['evaluate'] = (prim, operands, params, outs) => {
    const isSmall = operands.length > 0 && [...operands.map((t) => t.aval), ...outs].every((a) => a.shape.length === 0)
    if (isSmall || !currentTrace()) return evaluate(prim, operands, params, outs)
    if (prim.effects) return record(prim, operands, params)
    const pending = new Pending(prim, operands, params, () => evaluate(prim, operands, params, outs))
    return outs.map((a, i) => new Tensor(a, new Later(pending, i, a.shape), engine.vocabulary))
  }
  deferral.on = true
  engine.evaluate = later
  try {
    return f()
  } finally {
    deferral.on = false
    engine.evaluate = evaluate
  }
}

/** The program with what was put off in the place of captured results that nobody has asked for. */
function takingOver(name: string, s: Body): Body {
  if (!s.captured.some(isLater)) return s
  const made = new Map<Pending, readonly Tensor[]>()
  const present = (t: Tensor): Tensor => {
    if (!isLater(t)) return t
    const { pending, at } = t.source
    let results = made.get(pending)
    if (!results) made.set(pending, (results = record(pending.prim, pending.operands.map(present), pending.params)))
    return results[at]!
  }
  const avals = s.jaxpr.inputs.slice(s.captured.length).map((v) => v.aval)
  const { jaxpr, captured } = stageWhole(name, avals, (t) => interpret(s.jaxpr, [...s.captured.map(present), ...t]) as Tensor[])
  return { ...s, jaxpr, captured }
}

/** As `stageBody`, of what may not be run. */
export const stageUnrun: typeof stageBody = (name, ...rest) => deferring(() => takingOver(name, stageBody(name, ...rest)))
