/**
 * scan: a loop of known length over the leading axis of arrays, carrying a state.
 *
 * Law: scan(f, init, xs) equals the unrolled loop, in value and in every derivative. One primitive holds the body;
 * forward mode is one scan, reverse mode a scan that stacks residuals and a linear scan that is transposed into the
 * backward loop. What does not change from step to step is computed once, outside.
 */
import { right } from 'fp-ts/Either'
import { range, size } from '../data/shape'
import { silentParams } from '../ir/effects'
import { holding } from '../ir/held'
import type { PatternOperand, PatternSets } from '../ir/pattern'
import { aval, type Aval, type Dual, type Eqn, type Primitive, type UnrollRule } from '../ir/types'
import { isLinear, isZero, Linear, Zero, type Contribution, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps } from '../primitives/core'
import type { Staged } from '../trace/trace'
import { emitBatch } from '../transforms/batch'
import { emitJvp } from '../transforms/jvp'
import { separated } from '../transforms/separate'
import { emitTranspose } from '../transforms/transpose'
import { bindHeld, bodyOf, carryFixpoint, dependents, pick, place, present, rowAt, stackRows, whole } from './body'
import { bindLinearCall } from './linear-call'
import { planScan, scanSweptBack } from './scan-grad'
import { scanKernel } from './scan-kernel'
import { scanRecordPrimitive } from './scan-record'
import { loopOf, scanDuals, scanParts, sliceAval, stacked, type BoundScan, type DualScan, type Scan, type ScanLoop, type ScanRules } from './scan-types'
import { splitScan } from './scan-split'
import { scanTaylor } from './taylor'

type Groups = [Value[], Value[], Value[], Value[], Value[]]

/** A scan over a staged body, whose captured values are constants of it. */
function scanOf(body: Staged, consts: readonly Value[], carry: readonly Value[], xs: readonly Value[], loop: ScanLoop): BoundScan {
  const all = [...body.captured, ...consts]
  const params: Scan = { ...loopOf(loop), body: { ...body.jaxpr, constCount: 0 }, consts: all.length, carries: carry.length }
  return { params, operands: [...all, ...carry, ...xs].map(coreOps.instantiate), captured: body.captured.length }
}

const bindParts = ({ params, operands }: BoundScan): readonly Value[] => bindHeld(scanPrimitive, operands, params)

/** Binds a scan over a staged body. */
export const bindScan = (body: Staged, consts: readonly Value[], carry: readonly Value[], xs: readonly Value[], loop: ScanLoop): readonly Value[] => bindParts(scanOf(body, consts, carry, xs, loop))

/** The scan that carries tangents beside values. */
function dual(primals: readonly Value[], tangents: readonly Value[], params: Scan): DualScan {
  const { body, consts, carries } = params
  const mask = carryFixpoint(body, tangents.map((t) => !isZero(t)), consts, carries, true)
  const given = tangents.map((t, i) => (mask[i] ? coreOps.instantiate(t) : t))
  const [pc, pk, px] = scanParts(params, primals)
  const [tc, tk, tx] = scanParts(params, given).map(present) as [Value[], Value[], Value[]]
  const varies = dependents(body, mask, true).map((d, i) => (i < carries ? mask[consts + i]! : d))
  const avals = [...pc.map(whole), ...tc.map(whole), ...pk.map(whole), ...tk.map(whole), ...px.map(sliceAval), ...tx.map(sliceAval)]
  const both = bodyOf('scan', avals, (t) => {
    let at = 0
    const take = (n: number): readonly Value[] => t.slice(at, (at += n))
    const [c, dc, k, dk, x, dx] = [pc, tc, pk, tk, px, tx].map((g) => take(g.length)) as unknown as [Value[], ...Groups]
    const dots = [...dc, ...dk, ...dx]
    let next = 0
    const duals = emitJvp(body, [...c, ...k, ...x], mask.map((m, i) => (m ? dots[next++]! : new Zero(body.inputs[i]!.aval))))
    const tangent = (d: Dual, i: number): Value[] => (varies[i] ? [d.tangent] : [])
    const [dualsK, dualsY] = [duals.slice(0, carries), duals.slice(carries)]
    return [...dualsK.map((d) => d.primal), ...dualsK.flatMap(tangent), ...dualsY.map((d) => d.primal), ...dualsY.flatMap((d, i) => tangent(d, i + carries))]
  })
  return { ...scanOf(both, [...pc, ...tc], [...pk, ...tk], [...px, ...tx], params), mask, varies }
}

/** Tangents beside their values, in one sweep. */
function forward(primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] {
  const scan = dual(primals, tangents, params)
  return scanDuals(bindParts(scan), scan.varies, params.carries)
}

/** With few carries kept: the scan itself, recorded, and its tangent as a linear equation whose transpose is a `scan_grad`. */
function splitCheckpointed(primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] {
  const given = tangents.map((t) => !isZero(t))
  const { body, consts, carries } = params
  const mask = carryFixpoint(body, given, consts, carries, true)
  const varies = dependents(body, mask, true).map((d, i) => (i < carries ? mask[consts + i]! : d))
  const plan = planScan(rules, params, primals, given, varies)
  const recorded = coreOps.bind(scanRecordPrimitive, [...primals, ...plan.fixed.slice(0, plan.params.advanceCaptured)], { ...plan.params })
  const outs = recorded.slice(0, -1)
  // The scan itself acts on the world; its derivatives run it again, silently.
  const quiet = silentParams(params)
  const n = primals.length
  const moved = bindLinearCall(
    'scan',
    [...primals, ...plan.fixed, recorded[outs.length]!],
    present(tangents),
    (res, lin) => pick(forward(res.slice(0, n), place(lin, given, res), quiet).map((d) => d.tangent), varies),
    (res, cts) => pick(scanSweptBack({ params: silentParams(plan.params), fixed: res.slice(n, -1) }, res.slice(0, n), res[res.length - 1]!, place(cts, varies, outs)), given),
  )
  let next = 0
  return outs.map((primal, i): Dual => ({ primal, tangent: varies[i] ? moved[next++]! : new Zero(primal.aval) }))
}

/** A scan that stacks residuals, and a linear one over them. */
const split = (primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] =>
  params.checkpoint === undefined ? splitScan(bindScan, primals, tangents, params) : splitCheckpointed(primals, tangents, params)

/** The backward loop: cotangents of carries are carried back, those of constants accumulate in place. */
function transposeScan(cts: readonly Value[], operands: readonly Value[], params: Scan): readonly Contribution[] {
  const { body, consts, carries, reverse } = params
  const [oc, ok, ox] = scanParts(params, operands)
  const linear = operands.map((o, i) => isLinear(o) || (i >= consts && i < consts + carries))
  const knownConsts = oc.filter((o) => !isLinear(o))
  const linearConsts = oc.filter(isLinear)
  const knownXs = ox.filter((o) => !isLinear(o))
  const [ctCarry, ctYs] = [cts.slice(0, carries).map(coreOps.instantiate), cts.slice(carries)]
  const givenYs = present(ctYs)
  const sums = linearConsts.map((o) => coreOps.instantiate(new Zero(whole(o))))
  const groups = [knownConsts.map(whole), sums.map(whole), ok.map(whole), knownXs.map(sliceAval), givenYs.map(sliceAval)]
  const back = bodyOf('scan', groups.flat(), (t) => {
    let at = 0
    const [kc, acc, ck, kx, cy] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as Groups
    let c = 0
    let x = 0
    let y = 0
    const inputs = linear.map((isLin, i) => (isLin ? new Linear(body.inputs[i]!.aval) : i < consts ? kc[c++]! : kx[x++]!))
    let a = 0
    const soFar = inputs.map((v, i) => (i < consts && isLinear(v) ? acc[a++] : undefined))
    return emitTranspose(body, inputs, [...ck, ...ctYs.map((ct) => (isZero(ct) ? new Zero(sliceAval(ct)) : cy[y++]!))], undefined, soFar)
  })
  const outs = bindScan(back, knownConsts, [...sums, ...ctCarry], [...knownXs, ...givenYs], { ...loopOf(params), reverse: !reverse, linear: true })
  let c = 0
  let x = sums.length + carries
  return operands.map((o, i) => {
    if (!isLinear(o)) return null
    return i < consts ? outs[c++]! : i < consts + carries ? outs[sums.length + i - consts]! : outs[x++]!
  })
}

function batched(operands: readonly Value[], marks: readonly boolean[], params: Scan, n: number): BoundScan & { readonly lanes: readonly boolean[] } {
  const { body, consts, carries } = params
  const mask = carryFixpoint(body, marks, consts, carries, false)
  const ready = operands.map((o, i) => {
    const full = mask[i] && !marks[i] ? spread(o, n) : o
    return mask[i] && i >= consts + carries ? swap(full) : full
  })
  const [bc, bk, bx] = scanParts(params, ready)
  let lanes: boolean[] = []
  const inside = bodyOf('scan', [...bc.map(whole), ...bk.map(whole), ...bx.map(sliceAval)], (t) => {
    const outs = emitBatch(body, t.map((value, i) => ({ value, batched: mask[i]! })), n)
    lanes = outs.map((l, i) => l.batched || (i < carries && mask[consts + i]!))
    return outs.map((l, i) => (lanes[i] && !l.batched ? spread(coreOps.instantiate(l.value), n) : l.value))
  })
  return { ...scanOf(inside, bc, bk, bx, params), lanes }
}

/** Steps and lanes changed. */
const swap = (v: Value): Value => coreOps.transpose(v, [1, 0, ...range(v.aval.shape.length - 2, 2)])
const spread = (v: Value, n: number): Value => coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))

function batchScan(operands: readonly Value[], marks: readonly boolean[], params: Scan, n: number): readonly Value[] {
  const scan = batched(operands, marks, params, n)
  return bindParts(scan).map((o, i) => (scan.lanes[i] ? (i < params.carries ? o : swap(o)) : spread(o, n)))
}

/** The scan's own transforms, for its gradient. */
const rules: ScanRules = { prim: () => scanPrimitive, split: (primals, tangents, params) => split(primals, tangents, params), dual, batched, forward, bindLinearCall }

/** Without the stacked results that nobody reads. */
function dropUnused(e: Eqn, used: readonly boolean[]): Eqn {
  const params = e.params as unknown as Scan
  const keep = e.outs.map((_, i) => i < params.carries || used[i]!)
  if (!keep.includes(false)) return e
  const body = { ...params.body, outs: params.body.outs.filter((_, i) => keep[i]) }
  return { ...e, params: { ...params, body }, outs: e.outs.filter((_, i) => keep[i]) }
}

/** Beyond this many steps a loop's results count as dense. */
const unrolled = 4096

/** Step by step. */
function scanPattern(sets: PatternSets, operands: readonly PatternOperand[], params: Scan): readonly PatternOperand[] | undefined {
  const { body, carries, length, reverse } = params
  if (length > unrolled) return undefined
  const [consts, init, xs] = scanParts(params, operands)
  let carry = init
  const ys: PatternOperand[][] = body.outs.slice(carries).map(() => [])
  for (let t = 0; t < length; t++) {
    const at = reverse ? length - 1 - t : t
    const outs = sets.program(body, [...consts, ...carry, ...xs.map((x) => sliced(x, at))])
    carry = outs.slice(0, carries)
    outs.slice(carries).forEach((o, i) => (ys[i]![at] = o))
    // Counters are computed as the loop goes, not by recursion from its last step.
    for (const c of carry) if (!c.sets && c.aval.shape.length === 0) c.elements()
  }
  return [...carry, ...ys.map((steps, i) => stackedSteps(steps, body.outs[carries + i]!.aval, length))]
}

/** Element `at` of a stacked operand. */
function sliced(x: PatternOperand, at: number): PatternOperand {
  const n = size(x.aval.shape.slice(1))
  const part = (e: ArrayLike<number>): ArrayLike<number> => Array.prototype.slice.call(e, at * n, (at + 1) * n) as number[]
  return {
    aval: sliceAval(x),
    sets: x.sets && x.sets.subarray(at * n, (at + 1) * n),
    elements: () => {
      const e = x.elements()
      return e && part(e)
    },
  }
}

/** The results of all steps as one. */
function stackedSteps(steps: readonly PatternOperand[], a: Aval, length: number): PatternOperand {
  const n = size(a.shape)
  const sets = steps.some((s) => s.sets) ? new Int32Array(length * n) : null
  steps.forEach((s, t) => s.sets && sets!.set(s.sets, t * n))
  return {
    aval: stacked(length, a),
    sets,
    elements: () => {
      const all = new Float64Array(length * n)
      return steps.every((s, t) => {
        const e = s.elements()
        if (e) all.set(e, t * n)
        return e !== undefined
      }) ? all : undefined
    },
  }
}

/** One run of the body for each step, between slices and a stack. */
const unrollScan: UnrollRule = ({ run }, operands, params: Scan) => {
  const { body, carries, length, reverse } = params
  const [consts, init, xs] = scanParts(params, operands)
  let carry = init
  const steps: (readonly Value[])[] = new Array<readonly Value[]>(length)
  for (let t = 0; t < length; t++) {
    const at = reverse ? length - 1 - t : t
    const outs = run(body, [...consts, ...carry, ...xs.map((x) => rowAt(x, at))], `step ${t}`)
    carry = outs.slice(0, carries)
    steps[at] = outs.slice(carries)
  }
  return [...carry, ...stackRows(steps, body.outs.slice(carries).map((o) => o.aval))]
}

/** The loop as an equation: operands are constants, initial carries, stacked arrays; results final carries, stacked results. */
export const scanPrimitive: Primitive = definePrimitive({
  name: 'scan',
  shape: (_avals, { body, carries, length }: Scan) =>
    right(body.outs.map((o, i) => (i < carries ? aval(o.aval.shape, o.aval.dtype) : stacked(length, o.aval)))),
  kernel: scanKernel,
  jvp: () => [],
  jvpProgram: { forward, split },
  taylorProgram: scanTaylor(bindParts),
  transpose: (_ops, cts, operands, params: Scan) => transposeScan(cts, operands, params),
  batch: (_ops, operands, batched, params: Scan, n) => batchScan(operands, batched, params, n),
  pattern: scanPattern,
  dce: dropUnused,
  unroll: unrollScan,
  programs: holding(({ body }: Scan) => [body]),
  mixes: ({ checkpoint, linear }: Scan) => checkpoint !== undefined && linear !== true && separated,
  showParams: ({ length, reverse, consts, carries, unroll, checkpoint }: Scan) => ({
    length: String(length),
    num_carry: String(carries),
    num_consts: String(consts),
    reverse: reverse ? 'True' : 'False',
    ...(unroll === undefined ? {} : { unroll: String(unroll) }),
    ...(checkpoint === undefined ? {} : { checkpoint: String(checkpoint) }),
  }),
  multipleResults: true,
})
