/**
 * Bodies of loops and branches: user functions staged to programs, what they capture made explicit.
 *
 * Law: a body's captured values (tensors, or tracers of enclosing functions) are operands of the loop, so their
 * derivatives are those of any other operand.
 */
import { fault, raise } from '../data/errors'
import { demandFunction, itself } from '../data/options'
import { range, sameShape } from '../data/shape'
import { isFloat } from '../data/dtype'
import { acts } from '../ir/effects'
import { aval, isLit, type Atom, type Aval, type Jaxpr, type Params, type Primitive } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { converted } from '../primitives/vocabulary/context'
import { coreContext as context, coreOps, ops, record } from '../primitives/core'
import { dynamicSlice, stopGradient } from '../primitives/further-words'
import type { Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { paths, resultLeaves, unflatten, type Leaves, type TreeDef } from '../transforms/arguments'
import { axesInScope } from '../transforms/axes'
import { collects, hasCollectives } from '../transforms/batch'
import { Environment, literal, rebind } from '../transforms/interpret'
import { stageWhole } from '../transforms/program'
import { warm } from '../transforms/warm'
import { difference, sameDef } from '../tree/tree'

/** Raises where what should be functions are none. */
export function demandFunctions(name: string, ...fs: readonly unknown[]): void {
  for (const f of fs) demandFunction(name, f, itself)
}

/** A staged body: its program's first inputs are `captured`. */
export interface Body {
  readonly jaxpr: Jaxpr
  readonly captured: readonly Tensor[]
  readonly def: TreeDef
}

/** Stages `f` on trees of the given avals; values are not known inside. Whoever holds programs wants them compiled. */
export function stageBody(name: string, def: TreeDef, avals: readonly Aval[], f: (...args: unknown[]) => unknown): Body {
  warm()
  let out: TreeDef = def
  const staged = stageWhole(name, avals, (tracers) => {
    const r = resultLeaves(name, f(...(unflatten(def, tracers) as unknown[])))
    out = r.def
    return r.tensors
  })
  return { ...staged, def: out }
}


/** Binds an equation that holds a user's programs. Lanes that meet in them are not known before vmap is done: it is recorded even where no operand is traced. */
export function bindHeld(prim: Primitive, operands: readonly Value[], params: object): readonly Value[] {
  const p = { ...params } as Params
  return axesInScope() !== '' && prim.programs!(p).some(hasCollectives) ? record(prim, operands as readonly Tensor[], p) : coreOps.bind(prim, operands, p)
}

/**
 * The initial carry as the body returns it: a JS number takes the dtype of what it becomes. Raises where a leaf's shape,
 * dtype or the tree changes from step to step.
 */
export function settleCarry(name: string, init: Leaves, def: TreeDef, results: readonly Aval[], at?: number): readonly Tensor[] {
  // Where the user's carry is one part of the loop's, paths begin there.
  const own = (path: string): string => (at === undefined ? path : path.replace(`carry[${at}]`, 'carry'))
  if (!sameDef(init.def, def)) raise(fault('tree', `${name}: ${own(difference(init.def, def, 'carry') ?? 'carry')}`, 'The body must return a carry of the same tree as it was given.'))
  return init.tensors.map((t, i) => {
    const got = results[i]!
    if (!sameShape(t.shape, got.shape) || (t.dtype !== got.dtype && !t.aval.weak))
      raise(fault(sameShape(t.shape, got.shape) ? 'dtype' : 'shape', `${name}: ${own(paths(init.def, 'carry')[i]!)}: expected ${t.dtype}[${t.shape.join(',')}], got ${got.dtype}[${got.shape.join(',')}]`, 'Every step must return a carry of the shape and dtype that it was given: reshape or convert it, or the initial value.'))
    return t.dtype === got.dtype ? ops.convert(t, t.dtype) : converted(context, t, got.dtype)
  })
}

/** Which results depend on the marked inputs; with `floats`, only through floating values; without, also on lanes that meet in collectives. */
export function dependents(p: Jaxpr, marked: readonly boolean[], floats: boolean): boolean[] {
  const ids = new Set<number>()
  const passes = (a: Aval): boolean => !floats || isFloat(a.dtype)
  p.inputs.forEach((v, i) => {
    if (marked[i] && passes(v.aval)) ids.add(v.id)
  })
  const depends = (a: Atom): boolean => !isLit(a) && ids.has(a.id)
  for (const e of p.eqns) if (e.inputs.some(depends) || (!floats && collects(e))) for (const o of e.outs) if (passes(o.aval)) ids.add(o.id)
  return p.outs.map(depends)
}

/** The marks of a loop's carry at the least fixpoint: a carry is marked when what it was, or what it becomes, is. */
export function carryFixpoint(p: Jaxpr, marked: readonly boolean[], from: number, count: number, floats: boolean): boolean[] {
  let now = [...marked]
  for (;;) {
    const outs = dependents(p, now, floats)
    const next = now.map((m, i) => m || (i >= from && i < from + count && outs[i - from]!))
    if (next.every((m, i) => m === now[i])) return next
    now = next
  }
}

/** The values of a program's equations that depend on none of the marked inputs, computed where the loop is bound. */
export function invariants(p: Jaxpr, marked: readonly boolean[], inputs: readonly Value[]): Map<number, Value> {
  const values = new Map<number, Value>()
  p.inputs.forEach((v, i) => {
    if (!marked[i]) values.set(v.id, inputs[i]!)
  })
  for (const e of p.eqns) {
    if (!e.inputs.every((a) => isLit(a) || values.has(a.id)) || e.inputs.every(isLit) || acts(e)) continue
    const outs = rebind(e.prim, e.inputs.map((a) => (isLit(a) ? literal(a.value, a.aval) : values.get(a.id)!)), e.params)
    e.outs.forEach((o, i) => values.set(o.id, outs[i]!))
  }
  return values
}

/** Runs a program, taking the values of some variables from outside instead of computing them. */
export function replay(p: Jaxpr, inputs: readonly Value[], given: ReadonlyMap<number, Value>): Value[] {
  const env = new Environment<Value>(literal, p)
  p.inputs.forEach((v, i) => env.write(v, inputs[i]!))
  for (const e of p.eqns) {
    if (e.outs.every((o) => given.has(o.id))) {
      for (const o of e.outs) env.write(o, given.get(o.id)!)
      continue
    }
    const outs = rebind(e.prim, e.inputs.map((a) => env.read(a)), e.params)
    e.outs.forEach((o, i) => env.write(o, outs[i]!))
  }
  return p.outs.map((a) => env.read(a))
}

/** Those that the mask marks. */
export const pick = <T>(xs: readonly T[], mask: readonly boolean[]): T[] => xs.filter((_, i) => mask[i])

/** Values in the places that the mask marks, symbolic zeros in the others. */
export function place(values: readonly Value[], mask: readonly boolean[], like: readonly Value[]): Value[] {
  let next = 0
  return mask.map((m, i) => (m ? values[next++]! : new Zero(whole(like[i]!))))
}

/** A body made by running `f` on tracers of the given avals; rules may capture tensors, which become leading inputs. */
export const bodyOf = (name: string, avals: readonly Aval[], f: (tracers: readonly Tensor[]) => readonly Value[]): Staged =>
  stageWhole(name, avals, (t) => f(t).map(coreOps.instantiate) as Tensor[])

/** The values that are no symbolic zeros. */
export const present = (values: readonly Value[]): Value[] => values.filter((v) => !isZero(v))

/** The strong aval of a value. */
export const whole = (v: Value): Aval => aval(v.aval.shape, v.aval.dtype)

/**
 * A batched value in which the lanes that are not live hold what a live lane holds, as a constant: a program that is
 * defined for live lanes is defined, finite and terminating for all. At least one lane must be live.
 */
export function livened(live: Value, v: Value): Value {
  if (live.aval.shape[0] === 0) return v
  const one = coreOps.argmax(coreOps.convert(live, 'int32'), 0)
  const stand = dynamicSlice(coreOps)(v, [one, ...v.aval.shape.slice(1).map(() => 0)], [1, ...v.aval.shape.slice(1)])
  const still = isFloat(v.aval.dtype) ? stopGradient(coreOps)(stand) : stand
  return coreOps.select(along(live, v), v, coreOps.broadcast(still, v.aval.shape, range(v.aval.shape.length)))
}

/** A mask of lanes, spread over a batched value's shape. */
export const along = (lanes: Value, v: Value): Value => coreOps.broadcast(lanes, v.aval.shape, [0])

/** Row `at` of an array. */
export const rowAt = (x: Value, at: number): Value => {
  const { shape } = x.aval
  return coreOps.reshape(coreOps.slice(x, shape.map((_, a) => (a === 0 ? at : 0)), shape.map((e, a) => (a === 0 ? at + 1 : e))), shape.slice(1))
}

/** Arrays of rows, from the values of each step. */
export const stackRows = (steps: readonly (readonly Value[])[], avals: readonly Aval[]): readonly Value[] =>
  avals.map((a, i) =>
    steps.length === 0 ? coreOps.instantiate(new Zero({ ...a, shape: [0, ...a.shape], weak: false })) : coreOps.concatenate(steps.map((s) => coreOps.reshape(s[i]!, [1, ...a.shape])), 0))
