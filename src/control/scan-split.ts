/**
 * Reverse mode of a scan with all residuals kept: a scan that stacks them, and a linear scan over the stack.
 *
 * Law: known(x) = (f x, r), linear(r, ẋ) = f'(x) ẋ. What does not change from step to step is computed once, outside;
 * what is cheap to compute from slices and from what is kept is not stacked (`residuals.ts`).
 */
import { isLit, type Dual, type Jaxpr, type Var } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { coreOps } from '../primitives/core'
import type { Staged } from '../trace/trace'
import { interpret } from '../transforms/interpret'
import { linearizeProgram, residualVars } from '../transforms/linearize'
import { bodyOf, carryFixpoint, invariants, pick, present, whole } from './body'
import { needs, planResiduals, recompute, type Turned } from './residuals'
import { loopOf, scanParts, sliceAval, type Scan, type ScanLoop } from './scan-types'

type BindScan = (body: Staged, consts: readonly Value[], carry: readonly Value[], xs: readonly Value[], loop: ScanLoop) => readonly Value[]
type Groups = [Value[], Value[], Value[], Value[]]

/** The results, and their tangents from a linear scan over stacked residuals. */
export function splitScan(bindScan: BindScan, primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] {
  const { body, consts, carries } = params
  const mask = carryFixpoint(body, tangents.map((t) => !isZero(t)), consts, carries, true)
  const l = linearizeProgram(body, mask)
  const [pc, pk, px] = scanParts(params, primals)
  const knownInputs = [...l.captured, ...primals]
  const lead = l.captured.length
  // What depends on constants only is computed here, and is a constant of the linear loop.
  const outside = invariants(l.known, l.known.inputs.map((_, i) => i >= lead + consts), knownInputs)
  const sources = residualVars(l)
  const xVars = l.known.inputs.slice(lead + consts + carries)
  // A result that is kept is stacked once.
  const stackedOuts = l.known.outs.slice(0, l.outCount).map((a, i) => (i < carries || isLit(a) ? -1 : a.id))
  const free = new Set([...outside.keys(), ...xVars.map((v) => v.id)])
  const turned = l.known.inputs.slice(lead + consts, lead + consts + carries).flatMap((v, i): Turned[] => {
    const after = l.known.outs[i]!
    return isLit(after) || after.id === v.id || free.has(after.id) ? [] : [[v, after]]
  })
  const plan = planResiduals(l.known, sources, free, new Set(stackedOuts), turned)
  const reads = needs(plan, sources, xVars)
  const further = plan.kept.filter((v) => !stackedOuts.includes(v.id))
  const program: Jaxpr = { ...l.known, outs: [...l.known.outs.slice(0, l.outCount), ...further] }
  const known = bodyOf('scan', [...pc.map(whole), ...pk.map(whole), ...px.map(sliceAval)], (t) => interpret(program, [...l.captured, ...t]))
  const outs = bindScan(known, pc, pk, px, params)
  const stack = (v: Var): Value => outs[stackedOuts.includes(v.id) ? stackedOuts.indexOf(v.id) : l.outCount + further.indexOf(v)]!
  const rows = [...pick(xVars, reads), ...plan.kept]
  const residualXs = [...pick(px, reads), ...plan.kept.map(stack)]
  const given = tangents.map((t, i) => (mask[i] ? coreOps.instantiate(t) : t))
  const [tc, tk, tx] = scanParts(params, given).map(present) as [Value[], Value[], Value[]]
  const groups = [tc.map(whole), tk.map(whole), residualXs.map(sliceAval), tx.map(sliceAval)]
  const varies = l.varies.map((v, i) => (i < carries ? mask[consts + i]! : v))
  const linear = bodyOf('scan', groups.flat(), (t) => {
    let at = 0
    const [dc, dk, rx, dx] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as Groups
    const residuals = recompute(plan, sources, new Map([...outside, ...rows.map((v, i) => [v.id, rx[i]!] as const)]))
    const moved = interpret(l.linear, [...residuals, ...dc, ...dk, ...dx])
    let next = 0
    return l.varies.flatMap((v, i): Value[] => {
      const tangent = v ? moved[next++]! : new Zero(body.outs[i]!.aval)
      return varies[i] ? [tangent] : []
    })
  })
  const moved = bindScan(linear, tc, tk, [...residualXs, ...tx], { ...loopOf(params), linear: true })
  let next = 0
  return varies.map((v, i): Dual => ({ primal: outs[i]!, tangent: v ? moved[next++]! : new Zero(outs[i]!.aval) }))
}
