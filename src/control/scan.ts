/**
 * scan: a loop of known length over the leading axis of arrays, carrying a state.
 *
 * Law: scan(f, init, xs) equals the unrolled loop, in value and in every derivative. One primitive holds the body;
 * forward mode is one scan, reverse mode a scan that stacks residuals and a linear scan that is transposed into the
 * backward loop. What does not change from step to step is computed once, outside.
 */
import { right } from 'fp-ts/Either'
import { range, size } from '../data/shape'
import type { CompileBody, KernelSpec } from '../ir/kernel'
import type { PatternOperand, PatternSets } from '../ir/pattern'
import { aval, isLit, type Aval, type Dual, type Eqn, type Jaxpr, type Primitive } from '../ir/types'
import { isLinear, isZero, Linear, Zero, type Contribution, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { ruleOps } from '../primitives/world'
import type { Staged } from '../trace/trace'
import { emitBatch } from '../transforms/batch'
import { interpret } from '../transforms/interpret'
import { emitJvp } from '../transforms/jvp'
import { linearizeProgram } from '../transforms/linearize'
import { emitTranspose } from '../transforms/transpose'
import { bodyOf, carryFixpoint, dependents, invariants, present, whole } from './body'
import { scanTaylor } from './taylor'

/** Inputs of the body: `consts` values that stay, `carries` that change, then one slice of each stacked array. */
export interface Scan {
  readonly body: Jaxpr
  readonly consts: number
  readonly carries: number
  readonly length: number
  readonly reverse: boolean
  /** The body is linear in the carries, and in whatever else may be transposed. */
  readonly linear?: boolean
}

const parts = <T>({ consts, carries }: Scan, xs: readonly T[]): [consts: readonly T[], carry: readonly T[], xs: readonly T[]] => [
  xs.slice(0, consts),
  xs.slice(consts, consts + carries),
  xs.slice(consts + carries),
]
type Groups = [Value[], Value[], Value[], Value[], Value[]]
const stacked = (n: number, a: Aval): Aval => aval([n, ...a.shape], a.dtype)
const sliceAval = (v: Value): Aval => aval(v.aval.shape.slice(1), v.aval.dtype)

/** Binds a scan over a staged body, whose captured values are constants of it. */
export function bindScan(body: Staged, consts: readonly Value[], carry: readonly Value[], xs: readonly Value[], loop: { readonly length: number; readonly reverse: boolean; readonly linear?: boolean }): readonly Value[] {
  const all = [...body.captured, ...consts]
  const params: Scan = { body: { ...body.jaxpr, constCount: 0 }, consts: all.length, carries: carry.length, length: loop.length, reverse: loop.reverse, ...(loop.linear ? { linear: true } : {}) }
  return ruleOps.bind(scanPrimitive, [...all, ...carry, ...xs].map(ruleOps.instantiate), { ...params })
}

const kernel: KernelSpec = {
  _tag: 'Programs',
  control: ({ body, consts, carries, length, reverse }: Scan) => ({ _tag: 'Scan', body, consts, carries, length, reverse }),
  make: (compile: CompileBody, ins, outs, params: Scan) => {
    const step = compile(params.body)
    const [, carryIn] = parts(params, ins)
    const xsIn = ins.slice(params.consts + params.carries)
    const ysOut = outs.slice(params.carries)
    const buffer = (a: Aval): Float64Array => new Float64Array(size(a.shape))
    let now = carryIn.map(buffer)
    let next = carryIn.map(buffer)
    const slices = xsIn.map((a) => new Float64Array(size(a.shape.slice(1))))
    const results = ysOut.map((a) => new Float64Array(size(a.shape.slice(1))))
    const { consts, carries, length, reverse } = params
    return (inputs, outputs) => {
      const operands = [...inputs.slice(0, consts), ...now, ...slices]
      const targets = [...next, ...results]
      for (let i = 0; i < carries; i++) now[i]!.set(inputs[consts + i]!.subarray(0, now[i]!.length))
      for (let t = 0; t < length; t++) {
        const at = reverse ? length - 1 - t : t
        for (let i = 0; i < slices.length; i++) {
          const s = slices[i]!
          copy(inputs[consts + carries + i]!, at * s.length, s, 0, s.length)
        }
        step(operands, targets)
        for (let i = 0; i < results.length; i++) copy(results[i]!, 0, outputs[carries + i]!, at * results[i]!.length, results[i]!.length)
        const swap = now
        now = next
        next = swap
        for (let i = 0; i < carries; i++) {
          operands[consts + i] = now[i]!
          targets[i] = next[i]!
        }
      }
      for (let i = 0; i < carries; i++) outputs[i]!.set(now[i]!)
    }
  },
}

/** Elements from one buffer to another: a call of `set` with a view costs more than a short loop. */
export function copy(from: Float64Array, start: number, to: Float64Array, at: number, n: number): void {
  if (n > 64) to.set(from.subarray(start, start + n), at)
  else for (let i = 0; i < n; i++) to[at + i] = from[start + i]!
}

/** Tangents beside their values, in one sweep. */
function forward(primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] {
  const { body, consts, carries } = params
  const mask = carryFixpoint(body, tangents.map((t) => !isZero(t)), consts, carries, true)
  const given = tangents.map((t, i) => (mask[i] ? ruleOps.instantiate(t) : t))
  const [pc, pk, px] = parts(params, primals)
  const [tc, tk, tx] = parts(params, given).map(present) as [Value[], Value[], Value[]]
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
  const outs = bindScan(both, [...pc, ...tc], [...pk, ...tk], [...px, ...tx], params)
  const moving = varies.slice(0, carries).filter(Boolean).length
  const ys = body.outs.length - carries
  let nextK = carries
  let nextY = carries + moving + ys
  return body.outs.map((_, i): Dual => {
    const primal = i < carries ? outs[i]! : outs[moving + i]!
    return { primal, tangent: varies[i] ? outs[i < carries ? nextK++ : nextY++]! : new Zero(primal.aval) }
  })
}

/** A scan that stacks residuals, and a linear one over them. */
function split(primals: readonly Value[], tangents: readonly Value[], params: Scan): readonly Dual[] {
  const { body, consts, carries, length } = params
  const mask = carryFixpoint(body, tangents.map((t) => !isZero(t)), consts, carries, true)
  const l = linearizeProgram(body, mask)
  const [pc, pk, px] = parts(params, primals)
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
  const [tc, tk, tx] = parts(params, given).map(present) as [Value[], Value[], Value[]]
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
  const moved = bindScan(linear, [...residualConsts, ...tc], tk, [...residualXs, ...tx], { length, reverse: params.reverse, linear: true })
  let next = 0
  return varies.map((v, i): Dual => ({ primal: outs[i]!, tangent: v ? moved[next++]! : new Zero(outs[i]!.aval) }))
}

/** The backward loop: cotangents of carries are carried back, those of constants accumulate in place. */
function transposeScan(cts: readonly Value[], operands: readonly Value[], params: Scan): readonly Contribution[] {
  const { body, consts, carries, length, reverse } = params
  const [oc, ok, ox] = parts(params, operands)
  const linear = operands.map((o, i) => isLinear(o) || (i >= consts && i < consts + carries))
  const knownConsts = oc.filter((o) => !isLinear(o))
  const linearConsts = oc.filter(isLinear)
  const knownXs = ox.filter((o) => !isLinear(o))
  const [ctCarry, ctYs] = [cts.slice(0, carries).map(ruleOps.instantiate), cts.slice(carries)]
  const givenYs = present(ctYs)
  const sums = linearConsts.map((o) => ruleOps.instantiate(new Zero(whole(o))))
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
  const outs = bindScan(back, knownConsts, [...sums, ...ctCarry], [...knownXs, ...givenYs], { length, reverse: !reverse, linear: true })
  let c = 0
  let x = sums.length + carries
  return operands.map((o, i) => {
    if (!isLinear(o)) return null
    return i < consts ? outs[c++]! : i < consts + carries ? outs[sums.length + i - consts]! : outs[x++]!
  })
}

function batchScan(operands: readonly Value[], batched: readonly boolean[], params: Scan, n: number): readonly Value[] {
  const { body, consts, carries, length, reverse } = params
  const mask = carryFixpoint(body, batched, consts, carries, false)
  const swap = (v: Value): Value => ruleOps.transpose(v, [1, 0, ...range(v.aval.shape.length - 2, 2)])
  const spread = (v: Value): Value => ruleOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  const ready = operands.map((o, i) => {
    const full = mask[i] && !batched[i] ? spread(o) : o
    return mask[i] && i >= consts + carries ? swap(full) : full
  })
  const [bc, bk, bx] = parts(params, ready)
  let flags: boolean[] = []
  const inside = bodyOf('scan', [...bc.map(whole), ...bk.map(whole), ...bx.map(sliceAval)], (t) => {
    const lanes = emitBatch(body, t.map((value, i) => ({ value, batched: mask[i]! })), n)
    flags = lanes.map((l, i) => l.batched || (i < carries && mask[consts + i]!))
    return lanes.map((l, i) => (flags[i] && !l.batched ? spread(ruleOps.instantiate(l.value)) : l.value))
  })
  const outs = bindScan(inside, bc, bk, bx, { length, reverse, linear: params.linear })
  return outs.map((o, i) => (flags[i] ? (i < carries ? o : swap(o)) : spread(o)))
}

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
  const [consts, init, xs] = parts(params, operands)
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

/** The loop as an equation: operands are constants, initial carries, stacked arrays; results final carries, stacked results. */
export const scanPrimitive: Primitive = definePrimitive({
  name: 'scan',
  shape: (_avals, { body, carries, length }: Scan) =>
    right(body.outs.map((o, i) => (i < carries ? aval(o.aval.shape, o.aval.dtype) : stacked(length, o.aval)))),
  kernel,
  jvp: () => [],
  jvpProgram: { forward, split },
  taylorProgram: scanTaylor(bindScan),
  transpose: (_ops, cts, operands, params: Scan) => transposeScan(cts, operands, params),
  batch: (_ops, operands, batched, params: Scan, n) => batchScan(operands, batched, params, n),
  pattern: scanPattern,
  dce: dropUnused,
  programs: ({ body }: Scan) => [body],
  showParams: ({ length, reverse, consts, carries }: Scan) => ({ length: String(length), num_carry: String(carries), num_consts: String(consts), reverse: reverse ? 'True' : 'False' }),
  multipleResults: true,
})
