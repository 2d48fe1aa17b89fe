/**
 * Transposition: the backward sweep over a linear program.
 *
 * Law (adjoint): ⟨v, L w⟩ = ⟨Lᵀ v, w⟩.  Cotangents accumulate as a Monoid whose unit is the symbolic zero.
 * Equations that do not depend on the linear inputs are evaluated on the way down.
 * Source: Griewank & Walther 2008, section 3.2; linearize + transpose as in Radul et al. 2022.
 */
import type { Monoid } from 'fp-ts/Monoid'
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { inlined } from '../ir/inline'
import { located } from '../ir/source'
import { VarSet, VarTable } from '../ir/table'
import { isLit, type Atom, type Aval, type Eqn, type Jaxpr, type Linearity, type Var } from '../ir/types'
import { isZero, Linear, Zero, type Contribution, type Value } from '../ir/value'
import { maskedOps, coreOps } from '../primitives/core'
import { Environment, literal, rebind } from './interpret'

/** Cotangents of one shape under addition. */
export const cotangents = (a: Aval): Monoid<Value> => ({
  empty: new Zero(a),
  concat: sumOf,
})

const sumOf = (x: Value, y: Value): Value => (isZero(x) ? y : isZero(y) ? x : coreOps.add(x, y))

/** Told of every contribution to the cotangent of an atom, with the equation that it came from. */
export type Observe = (target: Atom, contribution: Value, from: Eqn) => void

/** The operands in which a primitive is linear when these depend on the linear inputs; undefined where it is not. */
function admits(linear: Linearity | undefined, dependent: readonly number[]): boolean {
  if (!linear) return true
  return 'joint' in linear
    ? dependent.every((i) => linear.joint.includes(i))
    : dependent.length === 1 && linear.each.includes(dependent[0]!)
}

const nonlinear = (e: Eqn, dependent: readonly number[]): never =>
  raise(
    fault(
      'nonlinear',
      `${e.prim.name} is not linear in what depends on the linear inputs: operand ${dependent.join(' and ')}`,
      'Use vjp for what is not linear, or stopGradient on what should be held constant.',
    ),
  )

/**
 * Emits the transpose of a program in the inputs that are `Linear`: their cotangents, given those of the results.
 * The other inputs have values, or are what `nameOf` says. `sumsSoFar[i]` is a cotangent that input i has already, and is added to in place.
 */
export function emitTranspose(jaxpr: Jaxpr, inputs: readonly (Value | undefined)[], cts: readonly Value[], observe?: Observe, sumsSoFar: readonly (Value | undefined)[] = [], nameOf?: (v: Var) => Value): Value[] {
  const flat = inlined(jaxpr)
  const known = new Environment<Value>(literal, flat, nameOf)
  const linear = new VarSet(flat)
  const sums = new VarTable<Value | undefined>(flat)
  flat.inputs.forEach((v, i) => {
    if (sumsSoFar[i]) sums.set(v.id, sumsSoFar[i])
    if (inputs[i] instanceof Linear) linear.add(v.id)
    else if (inputs[i]) known.write(v, inputs[i])
  })
  const depends = (a: Atom): boolean => a._tag === 'Var' && linear.has(a.id)
  const pending: Eqn[] = []
  for (const e of located(flat.eqns)) {
    if (linear.meets(e.inputs)) {
      linear.addAll(e.outs)
      pending.push(e)
      continue
    }
    const outs = rebind(e.prim, known.readAll(e.inputs), e.params)
    e.outs.forEach((o, i) => known.write(o, outs[i]!))
  }
  /** Variables all of whose cotangent has come through a select. */
  const masked = new VarSet(flat)
  const accumulate = (a: Atom, c: Contribution, from?: Eqn, mask = false): void => {
    if (c === null || !depends(a) || isLit(a)) return
    const before = sums.get(a.id)
    if (!mask) masked.set(a.id, 0)
    else if (!before) masked.add(a.id)
    if (typeof c === 'function') {
      const { empty } = cotangents(a.aval)
      const after = c(before ?? empty)
      if (observe && from) observe(a, before ? c(empty) : after, from)
      sums.set(a.id, after)
      return
    }
    if (isZero(c)) return
    if (observe && from) observe(a, c, from)
    sums.set(a.id, before ? sumOf(before, c) : c)
  }
  flat.outs.forEach((a, i) => accumulate(a, cts[i]!))
  let used: VarSet | undefined
  for (const e of located(pending.reverse())) {
    const n = e.inputs.length
    const outCts = new Array<Value>(e.outs.length)
    let unit = true
    let through = true
    let still = true
    e.outs.forEach(({ id, aval }, i) => {
      const ct = sums.get(id)
      outCts[i] = ct ?? new Zero(aval)
      unit &&= !isFloat(aval.dtype)
      through &&= masked.has(id)
      still &&= ct === undefined || isZero(ct)
    })
    const dependent: number[] = []
    for (let i = 0; i < n; i++) if (depends(e.inputs[i]!)) dependent.push(i)
    if (e.prim.transpose === 'nonlinear' || !admits(e.prim.linear, dependent)) {
      // What no result depends on, or only through integers, may be as non-linear as it likes.
      if (unit && !(used ??= usedIn(flat)).meets(e.outs)) continue
      nonlinear(e, dependent)
    }
    if (still) continue
    const operands = new Array<Value>(n)
    for (let i = 0; i < n; i++) {
      const a = e.inputs[i]!
      operands[i] = depends(a) ? new Linear(a.aval) : known.read(a)
    }
    const contributions = (e.prim.transpose as Exclude<typeof e.prim.transpose, string>)(through ? maskedOps : coreOps, outCts, operands, e.params)
    for (let i = 0; i < n; i++) accumulate(e.inputs[i]!, contributions[i] ?? null, e, through || e.prim.masks?.includes(i))
    for (const o of e.outs) sums.set(o.id, undefined)
  }
  return flat.inputs.flatMap((v, i) => (inputs[i] instanceof Linear ? [sums.get(v.id) ?? new Zero(v.aval)] : []))
}

/** The variables that anything reads. */
function usedIn(p: Jaxpr): VarSet {
  const used = new VarSet(p)
  used.addAll(p.outs)
  for (const e of p.eqns) used.addAll(e.inputs)
  return used
}
