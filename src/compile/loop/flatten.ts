/**
 * A program without calls as one list of equations over dense value numbers.
 *
 * Law: the flat program has the results of the program; equations whose results nobody reads are gone, opaque ones stay.
 */
import { fault, raise } from '../../data/errors'
import { isLit, type Atom, type Eqn, type Jaxpr } from '../../ir/types'
import type { Aval } from '../../ir/aval'

export interface FlatEqn {
  readonly eqn: Eqn
  readonly ins: readonly number[]
  readonly outs: readonly number[]
}

/** Values are numbers into `avals`; a literal's number is in `literals`. */
export interface Flat {
  readonly avals: readonly Aval[]
  readonly literals: ReadonlyMap<number, number>
  readonly inputs: readonly number[]
  readonly eqns: readonly FlatEqn[]
  readonly outs: readonly number[]
}

/** `ordered`: puts equations into another order, in which they read what is there. */
export function flatten(program: Jaxpr, ordered = (eqns: readonly FlatEqn[]): readonly FlatEqn[] => eqns): Flat {
  const avals: Aval[] = []
  const literals = new Map<number, number>()
  const names = new Map<number, number>()
  const eqns: FlatEqn[] = []
  const fresh = (a: Aval): number => avals.push(a) - 1
  const valueOf = (a: Atom): number => {
    if (!isLit(a)) return names.get(a.id) ?? raise(fault('compile', `variable ${a.id} is read before it is bound`, 'Check the program with checkJaxpr.'))
    const v = fresh(a.aval)
    literals.set(v, a.value)
    return v
  }

  const inputs = program.inputs.map((v) => {
    const n = fresh(v.aval)
    names.set(v.id, n)
    return n
  })
  for (const eqn of program.eqns) {
    const ins = eqn.inputs.map(valueOf)
    const outs = eqn.outs.map((o) => {
      const n = fresh(o.aval)
      names.set(o.id, n)
      return n
    })
    eqns.push({ eqn, ins, outs })
  }
  const outs = program.outs.map(valueOf)
  return { avals, literals, inputs, eqns: ordered(live(eqns, outs, avals.length)), outs }
}

/** The equations that a result needs, and the opaque ones. */
function live(eqns: readonly FlatEqn[], outs: readonly number[], values: number): readonly FlatEqn[] {
  const read = new Uint8Array(values)
  for (const o of outs) read[o] = 1
  const kept: FlatEqn[] = []
  for (let i = eqns.length - 1; i >= 0; i--) {
    const e = eqns[i]!
    const tag = e.eqn.prim.kernel._tag
    if (tag !== 'Opaque' && tag !== 'Programs' && !e.outs.some((o) => read[o] === 1)) continue
    for (const v of e.ins) read[v] = 1
    kept.push(e)
  }
  return kept.reverse()
}
