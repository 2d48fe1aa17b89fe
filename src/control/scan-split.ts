/**
 * Reverse mode of a scan with all residuals kept: a scan that stacks them, and a linear scan over the stack.
 *
 * Law: known(x) = (f x, r), linear(r, ẋ) = f'(x) ẋ. What does not change from step to step is computed once, outside.
 */
import { isLit, type Dual } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { ruleOps } from '../primitives/world'
import type { Staged } from '../trace/trace'
import { interpret } from '../transforms/interpret'
import { linearizeProgram } from '../transforms/linearize'
import { bodyOf, carryFixpoint, invariants, present, whole } from './body'
import { loopOf, scanParts, sliceAval, type Scan, type ScanLoop } from './scan-types'

type BindScan = (body: Staged, consts: readonly Value[], carry: readonly Value[], xs: readonly Value[], loop: ScanLoop) => readonly Value[]
type Groups = [Value[], Value[], Value[], Value[], Value[]]

/** The results, and their tangents from a linear scan over stacked residuals. */
export function splitScan(bindScan: BindScan, primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] {
  const { body, consts, carries } = params
  const mask = carryFixpoint(body, tangents.map((t) => !isZero(t)), consts, carries, true)
  const l = linearizeProgram(body, mask)
  const [pc, pk, px] = scanParts(params, primals)
  const knownInputs = [...l.captured, ...primals]
  const lead = l.captured.length
  // What depends on constants only is computed here, and is a constant of the linear loop.
  const changes = l.known.inputs.map((_, i) => i >= lead + consts)
  const outside = invariants(l.known, changes, knownInputs)
  const residualVars = l.residuals.map((r) => (r.from === 'input' ? l.known.inputs[r.index]! : l.known.outs[r.index]!))
  const fixed = residualVars.map((a) => (isLit(a) ? undefined : outside.get(a.id)))
  const fromXs = l.residuals.map((r) => r.from === 'input' && r.index >= lead + consts + carries)
  const stackedIndex = l.residuals.flatMap((_, i) => (fixed[i] || fromXs[i] ? [] : [i]))
  const known = bodyOf('scan', [...pc.map(whole), ...pk.map(whole), ...px.map(sliceAval)], (t) => {
    const inputs = [...l.captured, ...t]
    const outs = interpret(l.known, inputs)
    const residual = (i: number): Value => (l.residuals[i]!.from === 'input' ? inputs[l.residuals[i]!.index]! : outs[l.residuals[i]!.index]!)
    return [...outs.slice(0, l.outCount), ...stackedIndex.map(residual)]
  })
  const outs = bindScan(known, pc, pk, px, params)
  const residualConsts = l.residuals.flatMap((_, i) => (fixed[i] ? [fixed[i]] : []))
  const residualXs = l.residuals.flatMap((r, i) => (fixed[i] ? [] : [fromXs[i] ? px[r.index - lead - consts - carries]! : outs[l.outCount + stackedIndex.indexOf(i)]!]))
  const given = tangents.map((t, i) => (mask[i] ? ruleOps.instantiate(t) : t))
  const [tc, tk, tx] = scanParts(params, given).map(present) as [Value[], Value[], Value[]]
  const groups = [residualConsts.map(whole), tc.map(whole), tk.map(whole), residualXs.map(sliceAval), tx.map(sliceAval)]
  const varies = l.varies.map((v, i) => (i < carries ? mask[consts + i]! : v))
  const linear = bodyOf('scan', groups.flat(), (t) => {
    let at = 0
    const [rc, dc, dk, rx, dx] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as Groups
    let c = 0
    let x = 0
    const residuals = l.residuals.map((_, i) => (fixed[i] ? rc[c++]! : rx[x++]!))
    const moved = interpret(l.linear, [...residuals, ...dc, ...dk, ...dx])
    let next = 0
    return l.varies.flatMap((v, i): Value[] => {
      const tangent = v ? moved[next++]! : new Zero(body.outs[i]!.aval)
      return varies[i] ? [tangent] : []
    })
  })
  const moved = bindScan(linear, [...residualConsts, ...tc], tk, [...residualXs, ...tx], { ...loopOf(params), linear: true })
  let next = 0
  return varies.map((v, i): Dual => ({ primal: outs[i]!, tangent: v ? moved[next++]! : new Zero(outs[i]!.aval) }))
}
