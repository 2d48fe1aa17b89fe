/**
 * Simplification: constants folded, exact algebra, common subexpressions shared, dead code removed.
 *
 * Law: a simplified program computes the same bits, and acts on the world as before: equations with effects are neither
 * merged nor dropped. Only what is exact in IEEE arithmetic is rewritten (x·0 and x+0 stay).
 * Decision: a pass analyses the plain program and says what it wants as an `Edit`, which is applied once; what is left at
 * the end is frozen. Whoever wants to see what a pass did (`show.rewrites`) applies the same edit with immer, whose patches say it.
 */
import { acts } from './effects'
import { Twins } from './sharing'
import { VarSet, VarTable } from './table'
import { isLit, lit, reading, renaming, sameAval, type Atom, type Eqn, type Jaxpr, type SimplifyContext } from './types'

/** Evaluates an equation on literals: its results' values, or undefined where it is no scalar operation. */
export type Fold = (eqn: Eqn) => readonly number[] | undefined

/** What a pass makes of the equations, in order; the list itself where it changes none. */
export interface Edit {
  readonly eqns: readonly Eqn[]
  readonly outs: readonly Atom[]
  /** Another sweep over the edited program would find nothing more. */
  readonly settled: boolean
}

/** Larger programs are not frozen: it takes the engine a tenth of the time that tracing them does. */
const large = 200

/** Applies an edit; the program itself where there is nothing to do. */
const rewrite = (jaxpr: Jaxpr, { eqns, outs }: Edit): Jaxpr =>
  eqns === jaxpr.eqns && outs.every((a, i) => a === jaxpr.outs[i]) ? jaxpr : { ...jaxpr, eqns, outs }

/** A program and its lists, frozen, unless it is large. */
export function freeze(jaxpr: Jaxpr): Jaxpr {
  if (jaxpr.eqns.length > large || Object.isFrozen(jaxpr)) return jaxpr
  for (const e of jaxpr.eqns) [e.inputs, e.outs, e.params, e].forEach(Object.freeze)
  ;[jaxpr.inputs, jaxpr.outs, jaxpr.eqns].forEach(Object.freeze)
  return Object.freeze(jaxpr)
}

/** Folding, algebra and sharing, in one sweep. What becomes dead stays, for `dropDead`. */
export function reduceAlgebra(jaxpr: Jaxpr, fold: Fold): Edit {
  /** Of each variable what defines it, or the atom that stands for it. */
  const known = new VarTable<Eqn & { readonly _tag?: undefined } | Atom>(jaxpr)
  const eqns = jaxpr.eqns.slice()
  const seen = new Twins(eqns)
  let changed = false
  let settled = true
  const renamed = (a: Atom): Atom => {
    const k = isLit(a) ? undefined : known.get(a.id)
    return k?._tag ? k : a
  }
  const definition = (a: Atom): Eqn | undefined => (isLit(a) ? undefined : (known.get(a.id) as Eqn | undefined))
  const ctx: SimplifyContext = {
    literal: (a) => {
      const spread = isLit(a) ? a : spreadOf(definition(a))
      return spread && isLit(spread) ? spread.value : undefined
    },
    definition,
  }
  /** What stands in the place of an equation: itself too where it is dead from now on. */
  const reduced = (original: Eqn, at: number): Eqn => {
    let e = renaming(original, renamed)
    for (let round = 0; ; round++) {
      if (round === 8) {
        settled = false
        break
      }
      const narrowed = unspread(e, definition)
      if (narrowed) e = narrowed
      const folded = foldEqn(e, fold)
      if (folded) {
        e.outs.forEach((o, k) => known.set(o.id, lit(folded[k]!, o.aval)))
        return original
      }
      const s = e.prim.simplify?.(ctx, e)
      if (!s) break
      if ('_tag' in s) {
        if (!sameAval(s.aval, e.outs[0]!.aval)) break
        known.set(e.outs[0]!.id, s)
        return original
      }
      e = { prim: s.prim, inputs: s.inputs, params: s.params, outs: e.outs }
    }
    if (!acts(e)) {
      const twin = seen.find(e, at)
      if (twin) {
        e.outs.forEach((o, k) => known.set(o.id, twin.outs[k]!))
        return original
      }
      for (const o of e.outs) known.set(o.id, e)
    }
    changed ||= e !== original
    return e
  }
  for (let i = 0; i < eqns.length; i++) eqns[i] = reduced(eqns[i]!, i)
  return { eqns: changed ? eqns : jaxpr.eqns, outs: jaxpr.outs.map(renamed), settled }
}

/** The rank-0 atom that an equation repeats. */
const spreadOf = (d: Eqn | undefined): Atom | undefined => d?.prim.spreads?.(d)

/** Elementwise: an operand that repeats a scalar is replaced by the scalar, while another one keeps the shape. */
function unspread(e: Eqn, definition: SimplifyContext['definition']): Eqn | undefined {
  if (e.prim.batch !== 'elementwise' || e.inputs.length < 2 || e.outs[0]!.aval.shape.length === 0) return undefined
  const scalarOf = (a: Atom): Atom | undefined => spreadOf(definition(a))
  if (!e.inputs.some(scalarOf)) return undefined
  const scalars = e.inputs.map(scalarOf)
  const holders = e.inputs.filter((a, i) => a.aval.shape.length > 0 && !scalars[i])
  const keep = holders.length > 0 ? -1 : e.inputs.findIndex((a) => a.aval.shape.length > 0)
  const inputs = e.inputs.map((a, i) => (scalars[i] && i !== keep ? scalars[i] : a))
  return inputs.some((a, i) => a !== e.inputs[i]) ? reading(e, inputs) : undefined
}

/** The values of an equation on literals. */
function foldEqn(e: Eqn, fold: Fold): readonly number[] | undefined {
  if (e.prim.batch !== 'elementwise' || e.inputs.length === 0 || !e.inputs.every(isLit)) return undefined
  return e.outs.some((o) => o.aval.shape.length > 0) ? undefined : fold(e)
}

/** Drops the equations that no result needs. */
export function dropDead(jaxpr: Jaxpr): Edit {
  const live = new VarSet(jaxpr)
  live.addAll(jaxpr.outs)
  const kept = jaxpr.eqns.slice()
  let from = kept.length
  let settled = true
  for (let i = from - 1; i >= 0; i--) {
    const e = jaxpr.eqns[i]!
    if (!live.meets(e.outs) && !acts(e)) continue
    const smaller = e.prim.dce && !e.outs.every((o) => live.has(o.id)) ? e.prim.dce(e, e.outs.map((o) => live.has(o.id))) : e
    settled &&= smaller === e
    kept[--from] = smaller
    live.addAll(smaller.inputs)
  }
  return { eqns: settled && from === 0 ? jaxpr.eqns : kept.slice(from), outs: jaxpr.outs, settled }
}

/**
 * Sweeps until nothing changes, at most four times. Equations are met in order, with their operands in final form, so one
 * sweep mostly settles all: another is made where a chain of rewrites was cut short, or a held program shrank. `watch` is
 * told each pass that changes something: its name, the program, its edit.
 */
export function simplify(jaxpr: Jaxpr, fold: Fold, watch?: (pass: string, before: Jaxpr, edit: Edit) => void): Jaxpr {
  let program = jaxpr
  /** Whether nothing is left to do. */
  const sweep = (pass: string, edit: Edit): boolean => {
    const before = program
    program = rewrite(before, edit)
    if (program !== before) watch?.(pass, before, edit)
    return edit.settled
  }
  sweep('dead code', dropDead(jaxpr))
  for (let k = 0, done = false; k < 4 && !done; k++) {
    const before = program
    done = sweep('algebra', reduceAlgebra(program, fold))
    if (program !== before) done = sweep('dead code', dropDead(program)) && done
  }
  return freeze(program)
}
