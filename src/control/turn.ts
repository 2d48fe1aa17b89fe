/**
 * A loop's step turned: its pullback at a state that has just been computed again, as one program.
 *
 * Law: from cotangents of the next state and of the step's results to those of the state and of the slices; those of
 * constants are added to sums in place. No residual leaves the program, and what it does not need is not computed.
 */
import { aval, type Aval, type Jaxpr } from '../ir/types'
import { Linear, Zero, type Value } from '../ir/value'
import type { Staged } from '../trace/trace'
import { linearizeProgram, residualsOf } from '../transforms/linearize'
import { emitTranspose } from '../transforms/transpose'
import { bodyOf, invariants, pick, replay } from './body'

export interface TurnSpec {
  readonly consts: number
  readonly carries: number
  /** Of the body's inputs, closed over the carries. */
  readonly wanted: readonly boolean[]
  /** Of the step's results after the carries: which may have a cotangent. */
  readonly given: readonly boolean[]
}

/**
 * Inputs: captured, the body's, cotangents of the results in `given`, sums for wanted constants, cotangents of wanted
 * carries. Results: the latter two, then cotangents of wanted slices. `given` is less what does not vary.
 */
export function turnProgram(body: Jaxpr, operands: readonly Value[], avals: readonly Aval[], spec: TurnSpec): { readonly program: Staged; readonly given: readonly boolean[] } {
  const { consts, carries, wanted } = spec
  const l = linearizeProgram(body, wanted)
  const outside = invariants(l.known, l.known.inputs.map((_, i) => i >= l.captured.length + consts), [...l.captured, ...operands])
  const given = spec.given.map((g, i) => g && l.varies[carries + i]!)
  const strong = (a: { readonly aval: Aval }): Aval => aval(a.aval.shape, a.aval.dtype)
  const results = pick(body.outs.slice(carries), given).map(strong)
  const sums = pick(avals.slice(0, consts), wanted.slice(0, consts))
  const cts = pick(avals.slice(consts, consts + carries), wanted.slice(consts))
  const groups = [avals, results, sums, cts]
  const program = bodyOf('scan', groups.flat(), (t) => {
    let at = 0
    const [ins, cy, acc, ck] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as [Value[], Value[], Value[], Value[]]
    const inputs = [...l.captured, ...ins]
    const residuals = residualsOf(l, inputs, replay(l.known, inputs, outside))
    let k = 0
    let y = 0
    const all = body.outs.map((o, i): Value => {
      if (i < carries) return wanted[consts + i] ? ck[k++]! : new Zero(o.aval)
      return given[i - carries] ? cy[y++]! : new Zero(o.aval)
    })
    const linear = l.linear.inputs.slice(residuals.length).map((v) => new Linear(v.aval))
    return emitTranspose(l.linear, [...residuals, ...linear], pick(all, l.varies), undefined, [...residuals.map(() => undefined), ...acc])
  })
  return { program, given }
}
