/**
 * scan_record: a checkpointed scan that is run for its value and for the gradient that follows.
 *
 * Law: its results are the scan's, then the number of a run that the backward sweep may take (`kept.ts`). Its derivatives
 * are the scan's, and along a direction the number is of the run with tangents; where nobody reads the number it is the scan,
 * and where nobody reads the results it is no run at all.
 */
import { right } from 'fp-ts/Either'
import { range } from '../data/shape'
import { acts } from '../ir/effects'
import { holding } from '../ir/held'
import { aval, type Dual, type Eqn, type JetLike, type Params, type Primitive } from '../ir/types'
import { Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { Jet } from '../primitives/taylor/jets'
import { coreOps } from '../primitives/core'
import { separated } from '../transforms/separate'
import { pick } from './body'
import { noRun, noRunEqn, numberAval, withoutRun } from './kept'
import { batchedScanPlan, dualScanPlan } from './scan-grad'
import { scanRecordKernel } from './scan-record-kernel'
import { loopOf, scanDuals, stacked, type Scan, type ScanGrad } from './scan-types'

/** Operands: the scan's, then what `advance` captured. */
const scanOperands = <T>(p: ScanGrad, xs: readonly T[]): readonly T[] => xs.slice(0, p.body.inputs.length)

/** The scan alone, as parameters, with the results that are shown. */
const scanParams = ({ body, consts, carries, shown, ...loop }: ScanGrad): Scan => ({ ...loopOf(loop), body: { ...body, outs: pick(body.outs, shown) }, consts, carries })

function batch(operands: readonly Value[], batched: readonly boolean[], p: ScanGrad, n: number): readonly Value[] {
  const spread = (v: Value): Value => coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  const { plan, loop } = batchedScanPlan(p, scanOperands(p, operands), scanOperands(p, batched), n)
  const outs = coreOps.bind(scanRecordPrimitive, [...loop.operands, ...plan.fixed.slice(0, plan.params.advanceCaptured)], { ...plan.params })
  const swap = (v: Value): Value => coreOps.transpose(v, [1, 0, ...range(v.aval.shape.length - 2, 2)])
  const results = outs.slice(0, -1).map((o, i) => (!loop.lanes[i] ? spread(o) : i < p.carries ? o : swap(o)))
  return [...pick(results, p.shown), spread(outs[outs.length - 1]!)]
}

/** The scan over values and tangents is what is recorded: the derivative of the sweep back is a sweep back over that. */
function forward(primals: readonly Value[], tangents: readonly Value[], p: ScanGrad): readonly Dual[] {
  const { params, operands, fixed, varies } = dualScanPlan(p, scanOperands(p, primals), scanOperands(p, tangents))
  const outs = coreOps.bind(scanRecordPrimitive, [...operands, ...fixed.slice(0, params.advanceCaptured)], { ...params })
  return [...pick(scanDuals(outs, varies, p.carries), p.shown), { primal: outs[outs.length - 1]!, tangent: new Zero(numberAval) }]
}

/** The equation, less what nobody reads. */
function dropUnused(e: Eqn, used: readonly boolean[]): Eqn {
  const p = e.params as unknown as ScanGrad
  const number = e.outs.length - 1
  const prim = p.rules.prim()
  const scan: Eqn = { prim, inputs: scanOperands(p, e.inputs), params: scanParams(p) as unknown as Params, outs: e.outs.slice(0, number) }
  if (!used[number]) return prim.dce!(scan, used.slice(0, number))
  if (!used.slice(0, number).includes(true) && !acts(e)) return noRunEqn(e.outs[number]!)
  const kept = e.outs.map((_, i) => i < p.carries || used[i]!)
  if (!kept.includes(false)) return e
  let next = 0
  const shown = p.shown.map((s) => s && kept[next++]!)
  return { ...e, params: { ...e.params, shown, record: { ...p.record, outs: pick(p.record.outs, kept) } }, outs: pick(e.outs, kept) }
}

export const scanRecordPrimitive: Primitive = definePrimitive({
  name: 'scan_record',
  shape: (_avals, { record, carries, length }: ScanGrad) => right([...record.outs.map((o, i) => (i < carries ? aval(o.aval.shape, o.aval.dtype) : stacked(length, o.aval))), numberAval]),
  kernel: scanRecordKernel,
  jvp: () => [],
  jvpProgram: {
    forward,
    split: (primals, tangents, p: ScanGrad) => withoutRun(p.rules.split(scanOperands(p, primals), scanOperands(p, tangents), scanParams(p))),
  },
  mixes: () => separated,
  taylorProgram: (operands, order, p: ScanGrad): readonly JetLike[] => [...p.rules.prim().taylorProgram!(scanOperands(p, operands), order, scanParams(p)), Jet.constant(coreOps, noRun(), order)],
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: ScanGrad, n) => batch(operands, batched, p, n),
  dce: dropUnused,
  unroll: (unroller, operands, p: ScanGrad) => [...p.rules.prim().unroll!(unroller, scanOperands(p, operands), scanParams(p)), noRun()],
  programs: holding(({ record }: ScanGrad) => [record]),
  showParams: ({ length, reverse, consts, carries, checkpoint }: ScanGrad) => ({ length: String(length), num_carry: String(carries), num_consts: String(consts), reverse: reverse ? 'True' : 'False', checkpoint: String(checkpoint) }),
  multipleResults: true,
})
