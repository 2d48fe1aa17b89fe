/**
 * Batching: a program over arrays with a new leading axis.
 *
 * Law: batched(f)(xs) = stack(map f xs). Inside, the batch is always the leading axis; what does not depend on a batched
 * input is computed once.
 */
import { range, sameShape, type Shape } from '../data/shape'
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import type { Eqn, Jaxpr, Lane } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import { coreOps } from '../primitives/core'
import { fault, raise } from '../data/errors'
import { Environment, literal, rebind } from './interpret'

let live: Value | undefined

/** Which lanes count where programs are batched now, as a boolean vector: the others' effects are left out. Undefined: all. */
export const liveLanes = (): Value | undefined => live

/** Runs `f` with the lanes that count narrowed to a mask. */
export function withLive<T>(mask: Value | undefined, f: () => T): T {
  const before = live
  live = mask && before ? coreOps.and(before, mask) : (mask ?? before)
  try {
    return f()
  } finally {
    live = before
  }
}

let axis: string | undefined

/** Runs `f`, which batches over an axis of its own, with all of its lanes; collectives over its name meet it there, also in what equations hold. */
export function withAllLanes<T>(axisName: string | undefined, f: () => T): T {
  const before = { live, axis }
  live = undefined
  axis = axisName
  try {
    return f()
  } finally {
    live = before.live
    axis = before.axis
  }
}

const names = new WeakMap<Jaxpr, ReadonlySet<unknown>>()

/** The axes that a program has collectives over. */
function axesOf(p: Jaxpr): ReadonlySet<unknown> {
  let found = names.get(p)
  if (!found) names.set(p, (found = new Set(p.eqns.flatMap((e) => [...(e.prim.collective ? [e.params.axisName] : []), ...(e.prim.programs?.(e.params) ?? []).flatMap((q) => [...axesOf(q)])]))))
  return found
}

/** Whether a program has collectives, over whatever axis. */
export const hasCollectives = (p: Jaxpr): boolean => axesOf(p).size > 0
/** Whether a program has collectives over the axis that is being batched. */
export const meetsAxis = (p: Jaxpr): boolean => axis !== undefined && axesOf(p).has(axis)
/** Whether an equation is one, or holds some: then its results may differ between lanes whose operands do not. */
export const collects = (e: Eqn): boolean => axis !== undefined && ((e.prim.collective !== undefined && e.params.axisName === axis) || (e.prim.programs?.(e.params) ?? []).some(meetsAxis))

/** Raises where lanes that go different ways would have to meet. */
export function refuseMeeting(name: string, programs: readonly Jaxpr[]): void {
  if (programs.some(meetsAxis))
    raise(fault('axis', `${name}: a collective over ${JSON.stringify(axis)} where its lanes go different ways`, 'Take the collective outside, or make the condition one for all lanes: psum, pmax or pmin of it.'))
}

/** Elementwise: operands of rank 0 beside others of full rank get their batch axis and extents of 1 spread after it. */
function batchElementwise(e: Eqn, operands: readonly Value[], batched: readonly boolean[]): readonly Value[] {
  let inner: Shape = []
  operands.forEach((o, i) => {
    const s = batched[i] ? o.aval.shape.slice(1) : o.aval.shape
    if (s.length > 0) inner = s
  })
  const n = operands[batched.indexOf(true)]!.aval.shape[0]!
  const full = [n, ...inner]
  const spread = operands.map((o, i) => {
    if (batched[i] && sameShape(o.aval.shape, full)) return o
    if (batched[i]) return coreOps.broadcast(o, full, o.aval.shape.length === 1 ? [0] : range(full.length))
    return o.aval.shape.length === 0 ? o : coreOps.broadcast(o, full, range(inner.length, 1))
  })
  return coreOps.bind(e.prim, spread, e.params)
}

function batchEqn(e: Eqn, lanes: readonly Lane[], size: number): readonly Lane[] {
  if (axis !== undefined && e.prim.collective && e.params.axisName === axis) return e.prim.collective(lanes, e.params, size)
  const operands = lanes.map((l) => l.value)
  const batched = lanes.map((l) => l.batched)
  if (!batched.includes(true) && !collects(e)) return rebind(e.prim, operands, e.params).map((value) => ({ value, batched: false }))
  const outs = e.prim.batch === 'elementwise' ? batchElementwise(e, operands, batched) : e.prim.batch(coreOps, operands, batched, e.params, size)
  outs.forEach((o, i) => {
    const want = [size, ...e.outs[i]!.aval.shape]
    if (!isZero(o) && !sameShape(o.aval.shape, want))
      raise(fault('custom-rule', `the batch rule of ${e.prim.name} gave shape [${o.aval.shape.join(',')}], expected [${want.join(',')}]`, 'A batch rule returns results with the batch as their leading axis.'))
  })
  return outs.map((value) => ({ value, batched: true }))
}

/** Emits the batched program into the open trace. Batched values have the batch as leading axis, also in the results. */
export function emitBatch(jaxpr: Jaxpr, inputs: readonly Lane[], size: number): Lane[] {
  const flat = inlined(jaxpr)
  const env = new Environment<Lane>((value, a) => ({ value: literal(value, a), batched: false }), flat)
  flat.inputs.forEach((v, i) => env.write(v, inputs[i]!))
  for (const e of located(flat.eqns)) {
    const outs = batchEqn(e, e.inputs.map((a) => env.read(a)), size)
    e.outs.forEach((o, i) => env.write(o, outs[i]!))
  }
  return flat.outs.map((a) => env.read(a))
}

