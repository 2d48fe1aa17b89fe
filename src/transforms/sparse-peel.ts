/**
 * Movements at the end of a program, peeled off: entries of a derivative are read from what was moved instead.
 *
 * Law: element k of the results, one after another, is element `element[k]` of atom `atom[k]`; −1 stands for a constant.
 * A stack of results, say, is never laid out: its parts are read where they are.
 */
import { isFloat } from '../data/dtype'
import { size } from '../data/shape'
import { aval, isLit, type Atom, type Eqn, type Jaxpr, type Var } from '../ir/types'
import { bind, engine } from '../primitives/core'
import { tensorOf } from '../trace/evaluate'

export interface Peeled {
  readonly atoms: readonly Var[]
  readonly atom: Int32Array
  readonly element: Int32Array
}

/** Whether the equation does nothing but put floats in other places. */
const moves = ({ prim, inputs }: Eqn): boolean =>
  (prim.kernel._tag === 'View' || prim.pattern === 'moves') && inputs.every((a) => isFloat(a.aval.dtype))

/** From the places of the operands' elements, all numbered from 1 on, to those of the results'. */
function source(e: Eqn): ArrayLike<number> {
  let label = 1
  const operands = e.inputs.map((a) => {
    const labels = new Float64Array(size(a.aval.shape))
    for (let i = 0; i < labels.length; i++) labels[i] = label++
    return tensorOf(aval(a.aval.shape, 'float64'), labels, engine.vocabulary)
  })
  const elements = bind(e.prim, operands, e.params)[0]!.elements('a movement')
  return typeof elements === 'number' ? [elements] : elements
}

/** Where the results' elements come from, before the last movements. */
export function peeled({ eqns, outs }: Jaxpr): Peeled {
  const producers = new Map(eqns.flatMap((e) => (e.outs.length === 1 && moves(e) ? [[e.outs[0]!.id, e] as const] : [])))
  const atoms: Var[] = []
  const index = new Map<number, number>()
  const places = (all: readonly Atom[]): { atom: Int32Array; element: Int32Array } => {
    const total = all.reduce((n, a) => n + size(a.aval.shape), 0)
    const atom = new Int32Array(total).fill(-1)
    const element = new Int32Array(total)
    let at = 0
    for (const a of all) {
      const n = size(a.aval.shape)
      const producer = isLit(a) ? undefined : producers.get(a.id)
      if (producer) {
        const from = source(producer)
        const inner = places(producer.inputs)
        for (let k = 0; k < n; k++) {
          atom[at + k] = from[k]! > 0 ? inner.atom[from[k]! - 1]! : -1
          element[at + k] = from[k]! > 0 ? inner.element[from[k]! - 1]! : 0
        }
      } else if (!isLit(a)) {
        if (!index.has(a.id)) index.set(a.id, atoms.push(a) - 1)
        atom.fill(index.get(a.id)!, at, at + n)
        for (let k = 0; k < n; k++) element[at + k] = k
      }
      at += n
    }
    return { atom, element }
  }
  return { ...places(outs), atoms }
}

/** Nothing peeled: the places of several arrays' elements, counted over all of them. */
export function unpeeled(vars: readonly Var[]): Peeled {
  const none: Jaxpr = { inputs: vars, constCount: 0, eqns: [], outs: vars }
  const { atom, element } = peeled(none)
  return { atoms: vars, atom, element }
}
