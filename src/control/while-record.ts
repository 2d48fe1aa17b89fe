/**
 * while_record: a while loop that is run for its value and for the gradient that follows.
 *
 * Law: its results are the loop's, then the number of a run that the backward sweep may take (`kept.ts`). Its derivatives
 * are the loop's, and along a direction the number is of the run with tangents; where nobody reads the number it is the loop,
 * and where nobody reads the results it is no run at all.
 */
import { right } from 'fp-ts/Either'
import { range } from '../data/shape'
import { acts } from '../ir/effects'
import { holding } from '../ir/held'
import { aval, type Dual, type Eqn, type JetLike, type Params, type Primitive } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { Jet } from '../primitives/taylor/jets'
import { coreOps } from '../primitives/core'
import { separated } from '../transforms/separate'
import { whole } from './body'
import { noRun, noRunEqn, numberAval, withoutRun } from './kept'
import { batchedPlan, dualPlan } from './while-grad'
import { recordKernel } from './while-kernel'
import type { While, WhileGrad } from './while-types'

/** Operands: the loop's, then what `record` captured. */
const loopOperands = <T>(p: WhileGrad, xs: readonly T[]): readonly T[] => xs.slice(0, p.condConsts + p.bodyConsts + p.body.outs.length)

/** The loop alone, as parameters. */
export const loopParams = ({ cond, body, condConsts, bodyConsts, checkpoint }: While): While => ({ cond, body, condConsts, bodyConsts, ...(checkpoint === undefined ? {} : { checkpoint }) })

function batch(operands: readonly Value[], batched: readonly boolean[], p: WhileGrad, n: number): readonly Value[] {
  const part = <T>(xs: readonly T[]): readonly [readonly T[], readonly T[], readonly T[]] => [xs.slice(0, p.condConsts), xs.slice(p.condConsts, p.condConsts + p.bodyConsts), loopOperands(p, xs).slice(p.condConsts + p.bodyConsts)]
  const { plan, loop } = batchedPlan(p, part(operands), part(batched), n)
  const outs = coreOps.bind(whileRecordPrimitive, [...loop.operands, ...plan.fixed.slice(0, plan.params.recordCaptured)], { ...plan.params })
  return outs.map((o, i) => (loop.lanes[i] ? o : coreOps.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1))))
}

/** The loop over values and tangents is what is recorded: the derivative of the sweep back is a sweep back over that. */
function forward(primals: readonly Value[], tangents: readonly Value[], p: WhileGrad): readonly Dual[] {
  const direction = loopOperands(p, tangents).slice(p.condConsts)
  const still = direction.every(isZero)
  const { params, operands, fixed, carry } = still
    ? { params: p, operands: primals, fixed: [], carry: [] }
    : dualPlan(p, loopOperands(p, primals), direction)
  const outs = coreOps.bind(whileRecordPrimitive, [...operands, ...fixed.slice(0, params.recordCaptured)], { ...params })
  let next = p.body.outs.length
  return [...outs.slice(0, next), outs[outs.length - 1]!].map((primal, i) => ({ primal, tangent: carry[i] ? outs[next++]! : new Zero(whole(primal)) }))
}

/** The equation, less what nobody reads. */
function dropUnused(e: Eqn, used: readonly boolean[]): Eqn {
  const p = e.params as unknown as WhileGrad
  const number = e.outs.length - 1
  if (!used[number]) return { prim: p.rules.prim(), inputs: loopOperands(p, e.inputs), params: loopParams(p) as unknown as Params, outs: e.outs.slice(0, number) }
  if (used.slice(0, number).includes(true) || acts(e)) return e
  return noRunEqn(e.outs[number]!)
}

export const whileRecordPrimitive: Primitive = definePrimitive({
  name: 'while_record',
  shape: (_avals, { body }: WhileGrad) => right([...body.outs.map((o) => aval(o.aval.shape, o.aval.dtype)), numberAval]),
  kernel: recordKernel,
  jvp: () => [],
  jvpProgram: {
    forward,
    split: (primals, tangents, p: WhileGrad) => withoutRun(p.rules.split(loopOperands(p, primals), loopOperands(p, tangents), loopParams(p))),
  },
  mixes: () => separated,
  taylorProgram: (operands, order, p: WhileGrad): readonly JetLike[] => [
    ...p.rules.prim().taylorProgram!(loopOperands(p, operands), order, loopParams(p)),
    Jet.constant(coreOps, noRun(), order),
  ],
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: WhileGrad, n) => batch(operands, batched, p, n),
  dce: dropUnused,
  unroll: (unroller, operands, p: WhileGrad) => [...p.rules.prim().unroll!(unroller, loopOperands(p, operands), loopParams(p)), noRun()],
  programs: holding(({ cond, record }: WhileGrad) => [cond, record]),
  multipleResults: true,
})
