/**
 * The Laplacian Σ ∂²f/∂xᵢ² in one forward sweep over values, their n first derivatives, and their Laplacians.
 *
 * Law: for y = g(x): ∇y = g′ ∇x and Δy = g′ Δx + Σᵢ g″[∂ᵢx, ∂ᵢx]. Only the n first derivatives are a batch: the second
 * ones enter linearly, so their sum is carried in their place. Half the work of n second-order jets, and no Hessian.
 * Source: Li et al. 2023, "Forward Laplacian"; Dangel et al. 2025, "Collapsing Taylor mode automatic differentiation".
 */
import { isFloat } from '../data/dtype'
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import { aval, freshVar, type Eqn, type Jaxpr } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { Jet, part } from '../primitives/taylor/jets'
import { coreOps, engine } from '../primitives/core'
import { stage } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import { emitBatch } from './batch'
import { Environment, interpret, literal } from './interpret'
import { emitJvp } from './jvp'
import { emitTaylor } from './taylor-emit'
import { tangentProgram } from './taylor-rule'

/** A value, its n partial derivatives stacked along a new leading axis, and its Laplacian; the latter two may be zero. */
export interface Second {
  readonly primal: Value
  readonly gradient: Value
  readonly laplacian: Value
}

/** What does not vary. */
export const still = (primal: Value, n: number): Second => ({ primal, gradient: new Zero(aval([n, ...primal.aval.shape], primal.aval.dtype)), laplacian: new Zero(primal.aval) })

const isStill = (s: Second): boolean => (isZero(s.gradient) && isZero(s.laplacian)) || !isFloat(s.primal.aval.dtype)

/** Σ over the leading axis. */
const total = (v: Value): Value => (isZero(v) ? v : coreOps.sum(v, [0]))

/** Primitives that hold programs: a batch of n expansions to order 2, which share the Laplacian among them. */
function throughPrograms(e: Eqn, operands: readonly Second[], n: number): readonly Second[] {
  const moving = operands.map((o) => !isStill(o))
  const inputs = e.inputs.map((a) => freshVar(a.aval))
  const program: Jaxpr = { inputs, constCount: 0, eqns: [{ ...e, inputs }], outs: e.outs }
  const primals = operands.map((o) => o.primal)
  const tails = operands.flatMap((o, i) => {
    if (!moving[i]) return []
    const shape = [n, 1, ...o.primal.aval.shape]
    const share = coreOps.div(coreOps.instantiate(o.laplacian), 2 * n)
    const second = coreOps.broadcast(share, shape, share.aval.shape.map((_, k) => k + 2))
    return [coreOps.concatenate([coreOps.reshape(coreOps.instantiate(o.gradient), shape), second], 1)]
  })
  const varies: boolean[] = []
  const staged = stage(engine, 'laplacian', [...primals.map((p) => p.aval), ...tails.map((t) => aval(t.aval.shape.slice(1), t.aval.dtype))], null, (t) => {
    let next = primals.length
    const jets = primals.map((_, i) => (moving[i] ? Jet.of(coreOps, t[i]!, t[next++]!, 2) : Jet.constant(coreOps, t[i]!, 2)))
    const outs = emitTaylor(program, jets, 2)
    outs.forEach((o) => varies.push(!o.constant))
    return [...outs.map((o) => o.primal), ...outs.filter((o) => !o.constant).map((o) => o.series)] as Tensor[]
  })
  const lanes = emitBatch(staged.jaxpr, [...staged.captured.map((value) => ({ value, batched: false })), ...primals.map((value) => ({ value, batched: false })), ...tails.map((value) => ({ value, batched: true }))], n)
  let next = e.outs.length
  return e.outs.map((o, i) => {
    const l = lanes[i]!
    const primal = l.batched ? coreOps.reshape(part(coreOps, l.value, 0, 1), o.aval.shape) : l.value
    if (!varies[i]) return still(primal, n)
    const tail = lanes[next++]!.value
    const shape = [n, ...o.aval.shape]
    const coefficient = (k: number): Value =>
      coreOps.reshape(coreOps.slice(tail, [0, k, ...o.aval.shape.map(() => 0)], [n, k + 1, ...o.aval.shape]), shape)
    return { primal, gradient: coefficient(0), laplacian: coreOps.mul(total(coefficient(1)), 2) }
  })
}

/** One equation, by its jvp rule J(x) ẋ and the derivative of that along the same direction. */
function through(e: Eqn, operands: readonly Second[], n: number): readonly Second[] {
  const primals = operands.map((o) => o.primal)
  if (operands.every(isStill)) return coreOps.bind(e.prim, primals, e.params).map((y) => still(y, n))
  if (e.prim.taylorProgram) return throughPrograms(e, operands, n)
  const outs = coreOps.bind(e.prim, primals, e.params)
  if (outs.every((y) => !isFloat(y.aval.dtype))) return outs.map((y) => still(y, n))
  const moving = operands.map((o) => !isStill(o))
  const j = tangentProgram(e.prim, primals.map((p) => p.aval), outs.map((y) => y.aval), e.params, moving)
  const known = [...j.captured, ...primals, ...outs]
  const dots = operands.filter((_, i) => moving[i])
  const gradients = dots.map((o) => coreOps.instantiate(o.gradient))
  const lanes = emitBatch(j.jaxpr, [...known.map((value) => ({ value, batched: false })), ...gradients.map((value) => ({ value, batched: true }))], n)
  const spread = (l: (typeof lanes)[number]): Value =>
    l.batched || isZero(l.value) ? l.value : coreOps.broadcast(l.value, [n, ...l.value.aval.shape], l.value.aval.shape.map((_, k) => k + 1))
  const slopes = lanes.map(spread)
  const linear = dots.every((o) => isZero(o.laplacian)) ? slopes.map(() => undefined) : interpret(j.jaxpr, [...known, ...dots.map((o) => coreOps.instantiate(o.laplacian))])
  const bent = j.rigid ? slopes.map(() => undefined) : curvature(j, known, primals.length, moving, gradients, slopes, n)
  let next = 0
  return outs.map((y, i) => {
    if (!j.varies[i]) return still(y, n)
    const k = next++
    const parts = [linear[k], bent[k]].filter((v): v is Value => v !== undefined && !isZero(v))
    return { primal: y, gradient: slopes[k]!, laplacian: parts.length === 0 ? new Zero(y.aval) : parts.reduce((a, b) => coreOps.add(a, b)) }
  })
}

/** Σᵢ g″[vᵢ, vᵢ]: J(x) v differentiated along v, at a fixed v. */
function curvature(j: ReturnType<typeof tangentProgram>, known: readonly Value[], count: number, moving: readonly boolean[], gradients: readonly Value[], slopes: readonly Value[], n: number): (Value | undefined)[] {
  const from = j.captured.length
  const single = (v: Value): { shape: readonly number[]; dtype: typeof v.aval.dtype; weak: boolean } => ({ ...v.aval, weak: false, shape: v.aval.shape.slice(1) })
  let zero: boolean[] = []
  const staged = stage(engine, 'laplacian', [...known.map((v) => v.aval), ...gradients.map(single), ...slopes.map(single)], null, (t) => {
    const values = t.slice(0, known.length)
    const v = t.slice(known.length, known.length + gradients.length)
    const w = t.slice(known.length + gradients.length)
    let a = 0
    let b = 0
    const tangents = values.map((x, i): Value => {
      if (i < from) return new Zero(x.aval)
      if (i < from + count) return moving[i - from] ? v[a++]! : new Zero(x.aval)
      return j.varies[i - from - count] ? w[b++]! : new Zero(x.aval)
    })
    const duals = emitJvp(j.jaxpr, [...values, ...v], [...tangents, ...v.map((x) => new Zero(x.aval))])
    zero = duals.map((d) => isZero(d.tangent))
    return duals.filter((d) => !isZero(d.tangent)).map((d) => d.tangent) as Tensor[]
  })
  const lanes = emitBatch(staged.jaxpr, [
    ...staged.captured.map((value) => ({ value, batched: false })),
    ...known.map((value) => ({ value, batched: false })),
    ...[...gradients, ...slopes].map((value) => ({ value, batched: true })),
  ], n)
  let next = 0
  return zero.map((z) => {
    if (z) return undefined
    const l = lanes[next++]!
    return l.batched ? total(l.value) : coreOps.mul(l.value, n)
  })
}

/** Emits the sweep into the open trace. */
export function emitLaplacian(jaxpr: Jaxpr, inputs: readonly Second[], n: number): Second[] {
  const flat = inlined(jaxpr)
  const env = new Environment<Second>((value, a) => still(literal(value, a), n), flat)
  flat.inputs.forEach((v, i) => env.write(v, inputs[i]!))
  for (const e of located(flat.eqns)) {
    const outs = through(e, e.inputs.map((a) => env.read(a)), n)
    e.outs.forEach((o, i) => env.write(o, outs[i]!))
  }
  return flat.outs.map((a) => env.read(a))
}
