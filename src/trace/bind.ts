/**
 * bind: the one door through which every operation goes. Concrete operands are computed now; with a traced one, the
 * operation is recorded in the innermost open trace.
 *
 * Law: bind(prim, xs) has the avals that the primitive's shape rule gives for those of xs, traced or not.
 */
import { noArray, raise } from '../data/errors'
import { freshVar, type Atom, type Aval, type Eqn, type Params, type Primitive, type Var } from '../ir/types'
import { isTraced, type Tensor } from './tensor'
import { Trace, currentTrace, type Engine, type Staged } from './trace'

export type Bind = (prim: Primitive, operands: readonly Tensor[], params: Params) => readonly Tensor[]

/** The results' avals; raises the shape rule's fault. */
export function resultAvals(prim: Primitive, avals: readonly Aval[], params: Params): readonly Aval[] {
  const r = prim.shape(avals, params)
  return r._tag === 'Left' ? raise(r.left) : r.right
}

/** The avals of values. */
const avalsOf = (operands: readonly { readonly aval: Aval }[]): readonly Aval[] => {
  const avals = new Array<Aval>(operands.length)
  for (let i = 0; i < operands.length; i++) avals[i] = operands[i]?.aval ?? noArray(operands[i])
  return avals
}

/** A bind that records where there is a trace for the operands. The engine is read at each call: vocabulary and bind are built of one another. */
const door =
  (traceOf: (operands: readonly Tensor[]) => Trace | null | undefined) =>
  (engine: () => Engine): Bind =>
  (prim, operands, params) => {
    const outs = resultAvals(prim, avalsOf(operands), params)
    const trace = traceOf(operands)
    return trace ? trace.record(prim, operands, params, outs) : engine().evaluate(prim, operands, params, outs)
  }

/** A bind for an engine. */
export const makeBind = door((operands) => {
  const traced = operands.find(isTraced)
  return traced && (currentTrace() ?? raise(traced.source.trace.ended(traced.aval)))
})

/** Records even when no operand is traced, if a trace is open: for what rules make from nothing. */
export const makeRecord = door(currentTrace)

/** Runs `f` once on tracers of the given avals. `origins[i]` is argument i's value, null where it is abstract. */
export function stage(
  engine: Engine,
  kind: string,
  avals: readonly Aval[],
  origins: readonly (Tensor | null)[] | null,
  f: (tracers: readonly Tensor[]) => readonly Tensor[],
): Staged {
  const trace = new Trace(kind, engine)
  return trace.run(() => f(avals.map((a, i) => trace.input(freshVar(a), origins ? origins[i]! : null))))
}

/** What a program that goes on in a trace of its own hands to the function that emits the rest. */
export interface Continued {
  /** Takes over an equation of the program as it stands. */
  readonly adopt: (e: Eqn) => void
  /** The tensor of a variable that the program binds. */
  readonly nameOf: (v: Var) => Tensor
  readonly atomOf: (t: Tensor) => Atom
  /** Tracers of the further arguments. */
  readonly further: readonly Tensor[]
}

/**
 * Stages a program that begins as another one, under its names: its inputs (the first of them `captured`), then those
 * of the avals. So the equations that both have need not be recorded again.
 */
export function stageAfter(engine: Engine, kind: string, inputs: readonly Var[], captured: readonly Tensor[], avals: readonly Aval[], f: (c: Continued) => readonly Tensor[]): Staged {
  const trace = new Trace(kind, engine)
  return trace.run(() => {
    captured.forEach((t, i) => trace.capture(t, inputs[i]!))
    for (const v of inputs.slice(captured.length)) trace.input(v, null)
    return f({ adopt: (e) => trace.adopt(e), nameOf: (v) => trace.nameOf(v), atomOf: (t) => trace.atom(t), further: avals.map((a) => trace.input(freshVar(a), null)) })
  })
}
