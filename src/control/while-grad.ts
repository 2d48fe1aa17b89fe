/**
 * while_grad: the cotangents of a while loop's inputs, as one equation: a recording sweep, then the backward sweep.
 *
 * Law: whileGradient(x, v) = f'(x)ᵀ v. Its own derivative in a direction ẋ is a while_grad of the loop over (x, ẋ): the
 * cotangent of (f x, f'(x) ẋ) by x is f'(x)ᵀ v̇ + ∂ₓ⟨v, f'(x) ẋ⟩, and that of ẋ is f'(x)ᵀ v. So {while, while_grad} are
 * closed under every transform, at every order.
 * Decision: the tape never leaves the kernel. A tape as a value of run-time length would need its own avals, storage and
 * rules in every transform; here all shapes are static, and memory is (residual bytes per step) × steps, held for one
 * backward sweep only. The price is that value and gradient together run the loop forward twice. With a number of
 * checkpoints there is no tape but so many carries, kept online (`schedule.ts`), and steps are run forward again.
 */
import { right } from 'fp-ts/Either'
import { range } from '../data/shape'
import { keeping, type CompileBody, type KernelSpec, type OpaqueRun } from '../ir/kernel'
import { aval, type Atom, type Aval, type Dual, type Jaxpr, type JetLike, type Primitive } from '../ir/types'
import { isZero, Linear, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/words'
import { Jet, part } from '../primitives/taylor/jets'
import { ruleOps } from '../primitives/world'
import type { Staged } from '../trace/trace'
import { interpret } from '../transforms/interpret'
import { linearizeProgram, residualsOf } from '../transforms/linearize'
import { separated } from '../transforms/separate'
import { emitTranspose } from '../transforms/transpose'
import { bodyOf, carryFixpoint, invariants, pick, place, replay, whole } from './body'
import { buffersOf, bytesOf, Reversal } from './reversal'
import { planResiduals, recompute } from './residuals'
import { Tape } from './tape'
import { taylorLoop } from './taylor'
import { turnProgram } from './turn'
import type { LoopRules, While } from './while-types'

export interface WhileGrad extends While {
  /** Of the body's inputs: whose cotangents are wanted, closed over the carry. */
  readonly wanted: readonly boolean[]
  /** From constants and carry to the next carry and the residuals of the step; to the former only, with checkpoints. */
  readonly record: Jaxpr
  /**
   * From fixed residuals, the step's residuals, sums for constants, cotangents of the carry, to the latter two. With
   * checkpoints constants and carry stand in the place of residuals.
   */
  readonly back: Jaxpr
  readonly fixed: number
  /** The loop's own transforms, handed down: the files would import each other. */
  readonly rules: LoopRules
}

/** Operands: the while's, then fixed residuals, then cotangents of the carries that are wanted. */
function segments<T>(p: WhileGrad, xs: readonly T[]): { cc: readonly T[]; bc: readonly T[]; carry: readonly T[]; fixed: readonly T[]; cts: readonly T[] } {
  let at = 0
  const take = (n: number): readonly T[] => xs.slice(at, (at += n))
  return { cc: take(p.condConsts), bc: take(p.bodyConsts), carry: take(p.body.outs.length), fixed: take(p.fixed), cts: xs.slice(at) }
}

/** The two programs of a gradient with what they captured: values that all steps read. */
interface Programs {
  readonly record: Staged
  readonly back: Staged
}

/** The cotangents of a loop's body constants and initial carry (a `Zero` where not asked for), given those of its results. */
export function whileGradient(rules: LoopRules, params: While, operands: readonly Value[], asked: readonly boolean[], cts: readonly Value[]): readonly Value[] {
  const { body, bodyConsts } = params
  const inner = operands.slice(params.condConsts)
  const wanted = carryFixpoint(body, asked, bodyConsts, body.outs.length, true)
  const { record, back } = params.checkpoint === undefined ? taped(params, inner, wanted) : turning(params, inner, wanted)
  // What was captured are constants of the recording body, and fixed residuals of the backward one.
  const p: GradParams = {
    ...params,
    rules,
    wanted,
    record: shifted(record.jaxpr),
    back: shifted(back.jaxpr),
    fixed: record.captured.length + back.captured.length,
    recordCaptured: record.captured.length,
    backCaptured: back.captured.length,
  }
  const ctsWanted = pick(cts, wanted.slice(bodyConsts)).map(ruleOps.instantiate)
  const outs = ruleOps.bind(whileGradPrimitive, [...operands, ...record.captured, ...back.captured, ...ctsWanted], { ...p })
  return place(outs, wanted, inner)
}

/** With few carries kept: the step, and the step turned. */
function turning({ body, bodyConsts }: While, inner: readonly Value[], wanted: readonly boolean[]): Programs {
  const avals = inner.map(whole)
  const outside = invariants(body, body.inputs.map((_, i) => i >= bodyConsts), inner)
  const record = bodyOf('while', avals, (t) => replay(body, t, outside))
  const { program } = turnProgram(body, inner, avals, { consts: bodyConsts, carries: body.outs.length, wanted, given: [] })
  return { record, back: program }
}

/** With a tape: the step with what is kept of it, and the linear step transposed. */
function taped({ body, bodyConsts }: While, inner: readonly Value[], wanted: readonly boolean[]): Programs {
  const carries = body.outs.length
  const l = linearizeProgram(body, wanted)
  const outside = invariants(l.known, l.known.inputs.map((_, i) => i >= l.captured.length + bodyConsts), [...l.captured, ...inner])
  const sources = residualsOf<Atom>(l, l.known.inputs, l.known.outs)
  const plan = planResiduals(l.known, sources, new Set(outside.keys()), new Set())
  const program: Jaxpr = { ...l.known, outs: [...l.known.outs.slice(0, carries), ...plan.kept] }
  const record = bodyOf('while', inner.map(whole), (t) => interpret(program, [...l.captured, ...t]))
  const keptAvals = plan.kept.map((v) => aval(v.aval.shape, v.aval.dtype))
  const wantedCarry = wanted.slice(bodyConsts)
  const groups = [keptAvals, pick(inner.slice(0, bodyConsts), wanted).map(whole), pick(inner.slice(bodyConsts), wantedCarry).map(whole)]
  const back = bodyOf('while', groups.flat(), (t) => {
    let at = 0
    const [kept, acc, ct] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as [Value[], Value[], Value[]]
    const residuals = recompute(plan, sources, new Map([...outside, ...plan.kept.map((v, i) => [v.id, kept[i]!] as const)]))
    const linear = l.linear.inputs.slice(residuals.length).map((v) => new Linear(v.aval))
    const cts = pick(place(ct, wantedCarry, body.outs), l.varies)
    return emitTranspose(l.linear, [...residuals, ...linear], cts, undefined, [...residuals.map(() => undefined), ...acc])
  })
  return { record, back }
}

interface GradParams extends WhileGrad {
  readonly recordCaptured: number
  readonly backCaptured: number
}

const shifted = (p: Jaxpr): Jaxpr => ({ ...p, constCount: 0 })

/** A sweep that writes residuals onto a tape, and one that reads them. */
function tapeKernel(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], params: GradParams): OpaqueRun {
  const test = compile(params.cond)
  const step = compile(params.record)
  const sweep = compile(params.back)
  const { carry } = segments(params, ins)
  let now = buffersOf(carry)
  let next = buffersOf(carry)
  const records = buffersOf(params.record.outs.slice(carry.length).map((o) => o.aval))
  const tape = new Tape(records.reduce((n, r) => n + r.length, 0))
  let sums = buffersOf(outs)
  let fresh = buffersOf(outs)
  const verdict = [new Float64Array(1)]
  const constCount = outs.length - segments(params, ins).cts.length
  const run: OpaqueRun = (inputs, outputs) => {
    const s = segments(params, inputs)
    const recordConsts = s.fixed.slice(0, params.recordCaptured)
    const backFixed = s.fixed.slice(params.recordCaptured)
    s.carry.forEach((x, i) => now[i]!.set(x.subarray(0, now[i]!.length)))
    const seen = [...s.cc, ...now]
    const operands = [...recordConsts, ...s.bc, ...now]
    let steps = 0
    for (;;) {
      test(seen, verdict)
      if (verdict[0]![0] === 0) break
      step(operands, [...next, ...records])
      tape.write(steps++, records)
      const swap = now
      now = next
      next = swap
      for (let i = 0; i < now.length; i++) {
        seen[s.cc.length + i] = now[i]!
        operands[recordConsts.length + s.bc.length + i] = now[i]!
      }
    }
    for (let i = 0; i < constCount; i++) sums[i]!.fill(0)
    s.cts.forEach((ct, i) => sums[constCount + i]!.set(ct.subarray(0, sums[constCount + i]!.length)))
    const backOperands = [...backFixed, ...records, ...sums]
    const first = backFixed.length + records.length
    for (let t = steps - 1; t >= 0; t--) {
      tape.read(t, records)
      sweep(backOperands, fresh)
      const swap = sums
      sums = fresh
      fresh = swap
      for (let i = 0; i < sums.length; i++) backOperands[first + i] = sums[i]!
    }
    sums.forEach((x, i) => outputs[i]!.set(x))
  }
  return keeping(run, () => tape.bytes + bytesOf(now, next, records, sums, fresh))
}

/** A sweep that keeps carries as it goes, and one that runs the steps between them again. */
function turnKernel(compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], params: GradParams): OpaqueRun {
  const test = compile(params.cond)
  const { carry, cts } = segments(params, ins)
  const verdict = [new Float64Array(1)]
  const reversal = new Reversal({ step: compile(params.record), turn: compile(params.back), carry, sums: outs, slices: [], cotangents: [], turned: [], slots: params.checkpoint! })
  const ctsAt = ins.length - cts.length
  const run: OpaqueRun = (inputs, outputs) => {
    const s = segments(params, inputs)
    const seen = [...s.cc, ...s.carry]
    const goesOn = (state: readonly Float64Array[]): boolean => {
      for (let i = 0; i < state.length; i++) seen[s.cc.length + i] = state[i]!
      test(seen, verdict)
      return verdict[0]![0] !== 0
    }
    reversal.begin([...s.fixed.slice(0, params.recordCaptured), ...s.bc], [...s.fixed.slice(params.recordCaptured), ...s.bc], s.carry)
    reversal.seed(inputs.slice(ctsAt))
    reversal.snapshots.reverse(reversal.online(goesOn), reversal)
    reversal.end().forEach((x, i) => outputs[i]!.set(x))
  }
  return keeping(run, () => reversal.bytes)
}

const kernel: KernelSpec = {
  _tag: 'Programs',
  make: (compile, ins, outs, params: GradParams) => (params.checkpoint === undefined ? tapeKernel : turnKernel)(compile, ins, outs, params),
}

/** The loop over values and tangents, and its cotangents: those of tangents are the primal, those of values the tangent. */
function dualGradient(p: GradParams, operands: readonly Value[], tangents: readonly Value[], ctTangents: readonly Value[]): { primal: Value[]; tangent: Value[] } {
  const s = segments(p, operands)
  const loop = p.rules.dualLoop([...s.cc, ...s.bc, ...s.carry], tangents, p)
  const lead = loop.mask.length - (p.bodyConsts + s.carry.length)
  const mask = loop.mask.slice(lead)
  const consts = mask.slice(0, p.bodyConsts)
  const carry = mask.slice(p.bodyConsts)
  const wantedConsts = p.wanted.slice(0, p.bodyConsts)
  const wantedCarry = p.wanted.slice(p.bodyConsts)
  // The dual body's inputs: captured, constants, their tangents, carry, its tangents.
  const asked = [
    ...loop.mask.slice(0, lead).map(() => false),
    ...wantedConsts, ...pick(wantedConsts, consts),
    ...wantedCarry, ...pick(wantedCarry, carry),
  ]
  const spread = (xs: readonly Value[]): Value[] => place(xs, wantedCarry, s.carry)
  const v = spread(s.cts)
  const cts = [...spread(ctTangents), ...pick(v, carry)]
  const all = whileGradient(p.rules, loop.params, loop.operands, asked, cts).slice(lead)
  let at = 0
  const take = (n: number): Value[] => all.slice(at, (at += n))
  const [b, db, k, dk] = [take(consts.length), take(consts.filter(Boolean).length), take(carry.length), take(carry.filter(Boolean).length)]
  return {
    primal: [...pick(place(db, consts, s.bc), wantedConsts), ...pick(place(dk, carry, s.carry), wantedCarry)],
    tangent: [...pick(b, wantedConsts), ...pick(k, wantedCarry)],
  }
}

/** The tangents of body constants and carry, with those that are wanted instantiated, so that the dual loop has them. */
const directions = (p: GradParams, tangents: readonly Value[]): Value[] => {
  const s = segments(p, tangents)
  return [...s.bc, ...s.carry].map((t, i) => (p.wanted[i] ? ruleOps.instantiate(t) : t))
}

function forward(primals: readonly Value[], tangents: readonly Value[], p: GradParams): readonly Dual[] {
  const d = dualGradient(p, primals, directions(p, tangents), segments(p, tangents).cts)
  return d.primal.map((primal, i) => ({ primal, tangent: d.tangent[i]! }))
}

/** The tangent as a linear equation. By the symmetry of second derivatives its transpose is made of the same parts. */
function split(primals: readonly Value[], tangents: readonly Value[], p: GradParams): readonly Dual[] {
  const outs = ruleOps.bind(whileGradPrimitive, primals, { ...p })
  const t = segments(p, tangents)
  const inner = [...t.bc, ...t.carry]
  const moving = inner.map((x) => !isZero(x))
  const movingCts = t.cts.map((x) => !isZero(x))
  const zeros = (xs: readonly Value[]): Zero[] => xs.map((x) => new Zero(whole(x)))
  const count = moving.filter(Boolean).length
  const wantedCarry = p.wanted.slice(p.bodyConsts)
  const moved = p.rules.bindLinearCall(
    'while_grad',
    primals,
    [...pick(inner, moving), ...pick(t.cts, movingCts)],
    (res, lin) => {
      const s = segments(p, res)
      const given = place(lin.slice(0, count), moving, [...s.bc, ...s.carry]).map((x, i) => (p.wanted[i] ? ruleOps.instantiate(x) : x))
      return dualGradient(p, res, given, place(lin.slice(count), movingCts, s.cts)).tangent
    },
    (res, w) => {
      const s = segments(p, res)
      const direction = place(w, p.wanted, [...s.bc, ...s.carry])
      const loop = [...s.cc, ...s.bc, ...s.carry]
      // ∂⟨v, f⟩ by the inputs that moved, differentiated along w; and f'(x) w for the cotangents that moved.
      const wide: GradParams = { ...p, wanted: moving }
      const carryWide = carryFixpoint(p.body, moving, p.bodyConsts, p.body.outs.length, true)
      const v = place(s.cts, wantedCarry, s.carry)
      const second = secondOrder({ ...wide, wanted: carryWide }, res, direction, pick(v, carryWide.slice(p.bodyConsts)))
      let next = 0
      const byInput = carryWide.map((c) => (c ? second[next++]! : undefined))
      const first = p.rules.forward(loop, [...zeros(s.cc), ...direction], p).map((d) => d.tangent)
      return [...pick(byInput, moving).map((x) => x!), ...pick(pick(first, wantedCarry), movingCts)]
    },
  )
  return outs.map((primal, i): Dual => ({ primal, tangent: moved[i]! }))
}

/** The derivative along a direction of the cotangents that `p.wanted` asks for. */
function secondOrder(p: GradParams, res: readonly Value[], direction: readonly Value[], cts: readonly Value[]): Value[] {
  const s = segments(p, res)
  const operands = [...s.cc, ...s.bc, ...s.carry]
  const plain: GradParams = { ...p, fixed: 0 }
  return dualGradient(plain, [...operands, ...cts], direction.map((x, i) => (p.wanted[i] ? ruleOps.instantiate(x) : x)), cts.map((c) => new Zero(whole(c)))).tangent
}

function batch(operands: readonly Value[], batched: readonly boolean[], p: GradParams, n: number): readonly Value[] {
  const s = segments(p, operands)
  const flags = segments(p, batched)
  const spread = (v: Value): Value => ruleOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  // Wanted constants get a lane each, so that each lane has its own cotangent.
  const bc = s.bc.map((v, i) => (p.wanted[i] && !flags.bc[i] ? spread(v) : v))
  const marks = [...flags.cc, ...flags.bc.map((b, i) => b || p.wanted[i]!), ...flags.carry.map((b, i) => b || p.wanted[p.bodyConsts + i]!)]
  const carry = s.carry.map((v, i) => (p.wanted[p.bodyConsts + i] && !flags.carry[i] ? spread(v) : v))
  const loop = p.rules.batchedLoop([...s.cc, ...bc, ...carry], marks, p, n)
  const lead = loop.params.bodyConsts - p.bodyConsts
  const asked = [...new Array<boolean>(lead).fill(false), ...p.wanted]
  const wantedCarry = p.wanted.slice(p.bodyConsts)
  let next = 0
  const cts = wantedCarry.map((w, i): Value => {
    if (!w) return new Zero(whole(loop.operands[loop.params.condConsts + loop.params.bodyConsts + i]!))
    const k = next++
    return flags.cts[k] ? s.cts[k]! : spread(s.cts[k]!)
  })
  return pick(whileGradient(p.rules, loop.params, loop.operands, asked, cts).slice(lead), p.wanted).map((v) => ruleOps.instantiate(v))
}

/**
 * f′(x(t))ᵀ v(t), from the gradient of the loop F over coefficients. Row k, column j of F′ is coefficient k − j of
 * f′(x(t)): a Toeplitz matrix, so its transpose is that of the product between two reversals of the coefficients.
 */
function taylor(operands: readonly JetLike[], order: number, p: GradParams): readonly JetLike[] {
  const s = segments(p, operands)
  const loop = taylorLoop([...s.cc, ...s.bc, ...s.carry], order, p, p.wanted)
  const [mb, mk] = [loop.mask.slice(0, p.bodyConsts), loop.mask.slice(p.bodyConsts)]
  const [wb, wk] = [p.wanted.slice(0, p.bodyConsts), p.wanted.slice(p.bodyConsts)]
  const asked = [...new Array<boolean>(loop.captured).fill(false), ...wb, ...pick(wb, mb), ...wk, ...pick(wk, mk)]
  let next = 0
  const turned = wk.map((w) => (w ? ruleOps.reverse(s.cts[next++]!.whole, [0]) : undefined))
  const head = (v: Value): Value => ruleOps.reshape(part(ruleOps, v, 0, 1), v.aval.shape.slice(1))
  const zero = (o: JetLike, rows: readonly number[]): Value => new Zero(aval([...rows, ...o.primal.aval.shape], o.primal.aval.dtype))
  const heads = s.carry.map((o, i) => (turned[i] ? head(turned[i]) : zero(o, [])))
  const tails = s.carry.map((o, i) => (turned[i] ? part(ruleOps, turned[i], 1, order + 1) : zero(o, [order])))
  const grads = whileGradient(p.rules, loop.params, loop.operands, asked, [...heads, ...pick(tails, mk)]).slice(loop.captured)
  let at = 0
  const take = (n: number): readonly Value[] => grads.slice(at, (at += n))
  const [gb, tb, gk, tk] = [take(mb.length), take(mb.filter(Boolean).length), take(mk.length), take(mk.filter(Boolean).length)]
  const row = (found: readonly Value[], mask: readonly boolean[]): Value[] => {
    let k = 0
    return mask.map((m) => (m ? found[k++]! : found[0]!))
  }
  const series = [...row(tb, mb), ...row(tk, mk)]
  return pick([...gb, ...gk].map((g, i) => ({ g, series: series[i]! })), p.wanted).map(({ g, series: tail }) => {
    const first = ruleOps.reshape(ruleOps.instantiate(g), [1, ...g.aval.shape])
    return Jet.whole(ruleOps, ruleOps.reverse(ruleOps.concatenate([first, ruleOps.instantiate(tail)], 0), [0]))
  })
}

/** The recording and the backward sweep as one equation. */
export const whileGradPrimitive: Primitive = definePrimitive({
  name: 'while_grad',
  shape: (avals, p: GradParams) => {
    const s = segments(p, avals)
    return right(pick([...s.bc, ...s.carry], p.wanted).map((a) => aval(a.shape, a.dtype)))
  },
  kernel,
  jvp: () => [],
  jvpProgram: { forward, split },
  mixes: () => separated,
  taylorProgram: taylor,
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: GradParams, n) => batch(operands, batched, p, n),
  unroll: ({ run, number }, operands, p: GradParams) => {
    const s = segments(p, operands)
    const [lead, rest] = [s.fixed.slice(0, p.recordCaptured), s.fixed.slice(p.recordCaptured)]
    const tape: (readonly Value[])[] = []
    let carry = s.carry
    for (let t = 0; number(run(p.cond, [...s.cc, ...carry], `condition ${t}`)[0]!) !== 0; t++) {
      const outs = run(p.record, [...lead, ...s.bc, ...carry], `step ${t}`)
      tape.push(outs.slice(carry.length))
      carry = outs.slice(0, carry.length)
    }
    const consts = s.bc.filter((_, i) => p.wanted[i])
    let sums: readonly Value[] = [...consts.map((c) => ruleOps.instantiate(new Zero(whole(c)))), ...s.cts]
    for (let t = tape.length - 1; t >= 0; t--) sums = run(p.back, [...rest, ...tape[t]!, ...sums], `step ${t} backwards`)
    return sums
  },
  programs: ({ cond, body }: GradParams) => [cond, body],
  multipleResults: true,
})
