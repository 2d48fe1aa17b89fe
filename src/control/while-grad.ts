/**
 * while_grad: the cotangents of a while loop's inputs, as one equation: the backward sweep over a run that was recorded.
 *
 * Law: whileGradient(x, v) = f'(x)ᵀ v. Its own derivative in a direction ẋ is a while_grad of the loop over (x, ẋ): the
 * cotangent of (f x, f'(x) ẋ) by x is f'(x)ᵀ v̇ + ∂ₓ⟨v, f'(x) ẋ⟩, and that of ẋ is f'(x)ᵀ v. So {while, while_record,
 * while_grad} are closed under every transform, at every order. Forward over reverse runs the loop once: the derivative of
 * `while_record` records the loop over (x, ẋ), and hands on the number of that run.
 * Decision: the tape is no value; its number is (`kept.ts`), and a sweep that does not find its tape records one itself. Here all
 * shapes are static, and memory is (residual bytes per step) × steps, until the backward sweep has read it. With a number
 * of checkpoints there is no tape but so many carries, kept online (`schedule.ts`), and steps are run forward again.
 */
import { right } from 'fp-ts/Either'
import { range } from '../data/shape'
import { holding } from '../ir/held'
import { aval, type Dual, type Jaxpr, type JetLike, type Primitive } from '../ir/types'
import { isZero, Linear, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { Jet, part } from '../primitives/taylor/jets'
import { coreOps } from '../primitives/core'
import type { Staged } from '../trace/trace'
import { interpret } from '../transforms/interpret'
import { linearizeProgram, residualVars } from '../transforms/linearize'
import { separated } from '../transforms/separate'
import { emitTranspose } from '../transforms/transpose'
import { bodyOf, carryFixpoint, invariants, pick, place, replay, whole } from './body'
import { alongCotangents, noRun } from './kept'
import { planResiduals, recompute } from './residuals'
import { taylorLoop } from './taylor'
import { turnProgram } from './turn'
import { sweepKernel } from './while-kernel'
import type { LoopRules, While, WhileGrad } from './while-types'

/** Operands: the while's, then fixed residuals, the number of a run, cotangents of the carries that are wanted. */
function segments<T>(p: WhileGrad, xs: readonly T[]): { cc: readonly T[]; bc: readonly T[]; carry: readonly T[]; fixed: readonly T[]; number: T; cts: readonly T[] } {
  let at = 0
  const take = (n: number): readonly T[] => xs.slice(at, (at += n))
  return { cc: take(p.condConsts), bc: take(p.bodyConsts), carry: take(p.body.outs.length), fixed: take(p.fixed), number: take(1)[0]!, cts: xs.slice(at) }
}

/** The two programs of a gradient with what they captured: values that all steps read. */
interface Programs {
  readonly record: Staged
  readonly back: Staged
}

/** How the gradient of a loop is found: the parameters of the equation that records and of the one that sweeps back, and what both captured. */
export interface GradientPlan {
  readonly params: WhileGrad
  readonly fixed: readonly Value[]
}

/** What was captured are constants of the recording body, and fixed residuals of the backward one. */
export function planGradient(rules: LoopRules, params: While, operands: readonly Value[], asked: readonly boolean[]): GradientPlan {
  const inner = operands.slice(params.condConsts)
  const wanted = carryFixpoint(params.body, asked, params.bodyConsts, params.body.outs.length, true)
  const { record, back } = params.checkpoint === undefined ? taped(params, inner, wanted) : turning(params, inner, wanted)
  const fixed = [...record.captured, ...back.captured]
  const p = { ...params, rules, wanted, record: shifted(record.jaxpr), back: shifted(back.jaxpr), fixed: fixed.length, recordCaptured: record.captured.length, backCaptured: back.captured.length }
  return { params: p, fixed }
}

/** The cotangents of a loop's body constants and initial carry (a `Zero` where not asked for), given those of its results, by the run of a number. */
export function sweptBack({ params, fixed }: GradientPlan, operands: readonly Value[], number: Value, cts: readonly Value[]): readonly Value[] {
  const inner = operands.slice(params.condConsts)
  const ctsWanted = pick(cts, params.wanted.slice(params.bodyConsts)).map(coreOps.instantiate)
  return place(coreOps.bind(whileGradPrimitive, [...operands, ...fixed, number, ...ctsWanted], { ...params }), params.wanted, inner)
}

/** The same with a run of its own. */
export const whileGradient = (rules: LoopRules, params: While, operands: readonly Value[], asked: readonly boolean[], cts: readonly Value[]): readonly Value[] =>
  sweptBack(planGradient(rules, params, operands, asked), operands, noRun(), cts)

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
  const sources = residualVars(l)
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

const shifted = (p: Jaxpr): Jaxpr => ({ ...p, constCount: 0 })

/** The loop over values and tangents, ready to be recorded and swept back; which constants and carries have a tangent, after those that it captured. */
interface DualPlan extends GradientPlan {
  readonly operands: readonly Value[]
  readonly lead: number
  readonly consts: readonly boolean[]
  readonly carry: readonly boolean[]
}

/** The equation that records and the one that sweeps back make the same plan of it. What is wanted has a tangent, so that the dual loop has its cotangent. */
export function dualPlan(p: WhileGrad, operands: readonly Value[], direction: readonly Value[]): DualPlan {
  const loop = p.rules.dualLoop(operands, direction.map((t, i) => (p.wanted[i] ? coreOps.instantiate(t) : t)), p)
  const lead = loop.mask.length - direction.length
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
  return { ...planGradient(p.rules, loop.params, loop.operands, asked), operands: loop.operands, lead, consts, carry }
}

/** The cotangents of the loop over values and tangents, by its run of a number: those of tangents are the primal, those of values the tangent. */
function dualGradient(p: WhileGrad, operands: readonly Value[], direction: readonly Value[], ctTangents: readonly Value[], number = noRun()): { primal: Value[]; tangent: Value[] } {
  const s = segments(p, operands)
  const dual = dualPlan(p, [...s.cc, ...s.bc, ...s.carry], direction)
  const { consts, carry } = dual
  const wantedConsts = p.wanted.slice(0, p.bodyConsts)
  const wantedCarry = p.wanted.slice(p.bodyConsts)
  const spread = (xs: readonly Value[]): Value[] => place(xs, wantedCarry, s.carry)
  const v = spread(s.cts)
  const cts = [...spread(ctTangents), ...pick(v, carry)]
  const all = sweptBack(dual, dual.operands, number, cts).slice(dual.lead)
  let at = 0
  const take = (n: number): Value[] => all.slice(at, (at += n))
  const [b, db, k, dk] = [take(consts.length), take(consts.filter(Boolean).length), take(carry.length), take(carry.filter(Boolean).length)]
  return {
    primal: [...pick(place(db, consts, s.bc), wantedConsts), ...pick(place(dk, carry, s.carry), wantedCarry)],
    tangent: [...pick(b, wantedConsts), ...pick(k, wantedCarry)],
  }
}

/** The loop was recorded with its tangents (`while_record`), if it has any. */
function forward(primals: readonly Value[], tangents: readonly Value[], p: WhileGrad): readonly Dual[] {
  const { bc, carry, cts } = segments(p, tangents)
  const direction = [...bc, ...carry]
  if (direction.every(isZero)) return alongCotangents(whileGradPrimitive, primals, cts, p)
  const d = dualGradient(p, primals, direction, cts, segments(p, primals).number)
  return d.primal.map((primal, i) => ({ primal, tangent: d.tangent[i]! }))
}

/** The tangent as a linear equation. By the symmetry of second derivatives its transpose is made of the same parts. */
function split(primals: readonly Value[], tangents: readonly Value[], p: WhileGrad): readonly Dual[] {
  const outs = coreOps.bind(whileGradPrimitive, primals, { ...p })
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
      const given = place(lin.slice(0, count), moving, [...s.bc, ...s.carry])
      return dualGradient(p, res, given, place(lin.slice(count), movingCts, s.cts)).tangent
    },
    (res, w) => {
      const s = segments(p, res)
      const direction = place(w, p.wanted, [...s.bc, ...s.carry])
      const loop = [...s.cc, ...s.bc, ...s.carry]
      // ∂⟨v, f⟩ by the inputs that moved, differentiated along w; and f'(x) w for the cotangents that moved.
      const wide: WhileGrad = { ...p, wanted: moving }
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
function secondOrder(p: WhileGrad, res: readonly Value[], direction: readonly Value[], cts: readonly Value[]): Value[] {
  const s = segments(p, res)
  const operands = [...s.cc, ...s.bc, ...s.carry]
  const plain: WhileGrad = { ...p, fixed: 0 }
  return dualGradient(plain, [...operands, noRun(), ...cts], direction, cts.map((c) => new Zero(whole(c)))).tangent
}

/** The plan of the loop over lanes, the same for the equation that records and for the one that sweeps back. Wanted constants get a lane each, so that each lane has its own cotangent. */
export function batchedPlan(p: WhileGrad, [cc, bc, carry]: Groups, flags: readonly (readonly boolean[])[], n: number): { readonly plan: GradientPlan; readonly loop: ReturnType<LoopRules['batchedLoop']> } {
  const laned = (xs: readonly Value[], own: readonly boolean[], wanted: readonly boolean[]): Value[] =>
    xs.map((v, i) => (wanted[i] && !own[i] ? coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1)) : v))
  const [fc, fb, fk] = flags as readonly [readonly boolean[], readonly boolean[], readonly boolean[]]
  const wantedCarry = p.wanted.slice(p.bodyConsts)
  const marks = [...fc, ...fb.map((b, i) => b || p.wanted[i]!), ...fk.map((b, i) => b || wantedCarry[i]!)]
  const loop = p.rules.batchedLoop([...cc, ...laned(bc, fb, p.wanted), ...laned(carry, fk, wantedCarry)], marks, p, n)
  const lead = loop.params.bodyConsts - p.bodyConsts
  return { plan: planGradient(p.rules, loop.params, loop.operands, [...new Array<boolean>(lead).fill(false), ...p.wanted]), loop }
}

type Groups = readonly [readonly Value[], readonly Value[], readonly Value[]]

function batch(operands: readonly Value[], batched: readonly boolean[], p: WhileGrad, n: number): readonly Value[] {
  const s = segments(p, operands)
  const flags = segments(p, batched)
  const spread = (v: Value): Value => coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  const { plan, loop } = batchedPlan(p, [s.cc, s.bc, s.carry], [flags.cc, flags.bc, flags.carry], n)
  const lead = loop.params.bodyConsts - p.bodyConsts
  const wantedCarry = p.wanted.slice(p.bodyConsts)
  let next = 0
  const cts = wantedCarry.map((w, i): Value => {
    if (!w) return new Zero(whole(loop.operands[loop.params.condConsts + loop.params.bodyConsts + i]!))
    const k = next++
    return flags.cts[k] ? s.cts[k]! : spread(s.cts[k]!)
  })
  // All lanes were recorded together, if they were.
  const number = flags.number && n > 0 ? coreOps.reshape(coreOps.slice(s.number, [0], [1]), []) : noRun()
  return pick(sweptBack(plan, loop.operands, number, cts).slice(lead), p.wanted).map((v) => coreOps.instantiate(v))
}

/**
 * f′(x(t))ᵀ v(t), from the gradient of the loop F over coefficients. Row k, column j of F′ is coefficient k − j of
 * f′(x(t)): a Toeplitz matrix, so its transpose is that of the product between two reversals of the coefficients.
 */
function taylor(operands: readonly JetLike[], order: number, p: WhileGrad): readonly JetLike[] {
  const s = segments(p, operands)
  const loop = taylorLoop([...s.cc, ...s.bc, ...s.carry], order, p, p.wanted)
  const [mb, mk] = [loop.mask.slice(0, p.bodyConsts), loop.mask.slice(p.bodyConsts)]
  const [wb, wk] = [p.wanted.slice(0, p.bodyConsts), p.wanted.slice(p.bodyConsts)]
  const asked = [...new Array<boolean>(loop.captured).fill(false), ...wb, ...pick(wb, mb), ...wk, ...pick(wk, mk)]
  let next = 0
  const turned = wk.map((w) => (w ? coreOps.reverse(s.cts[next++]!.whole, [0]) : undefined))
  const head = (v: Value): Value => coreOps.reshape(part(coreOps, v, 0, 1), v.aval.shape.slice(1))
  const zero = (o: JetLike, rows: readonly number[]): Value => new Zero(aval([...rows, ...o.primal.aval.shape], o.primal.aval.dtype))
  const heads = s.carry.map((o, i) => (turned[i] ? head(turned[i]) : zero(o, [])))
  const tails = s.carry.map((o, i) => (turned[i] ? part(coreOps, turned[i], 1, order + 1) : zero(o, [order])))
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
    const first = coreOps.reshape(coreOps.instantiate(g), [1, ...g.aval.shape])
    return Jet.whole(coreOps, coreOps.reverse(coreOps.concatenate([first, coreOps.instantiate(tail)], 0), [0]))
  })
}

/** The recording and the backward sweep as one equation. */
export const whileGradPrimitive: Primitive = definePrimitive({
  name: 'while_grad',
  shape: (avals, p: WhileGrad) => {
    const s = segments(p, avals)
    return right(pick([...s.bc, ...s.carry], p.wanted).map((a) => aval(a.shape, a.dtype)))
  },
  kernel: sweepKernel,
  jvp: () => [],
  jvpProgram: { forward, split },
  mixes: () => separated,
  taylorProgram: taylor,
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: WhileGrad, n) => batch(operands, batched, p, n),
  unroll: ({ run, number }, operands, p: WhileGrad) => {
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
    let sums: readonly Value[] = [...consts.map((c) => coreOps.instantiate(new Zero(whole(c)))), ...s.cts]
    for (let t = tape.length - 1; t >= 0; t--) sums = run(p.back, [...rest, ...tape[t]!, ...sums], `step ${t} backwards`)
    return sums
  },
  programs: holding(({ cond, body }: WhileGrad) => [cond, body]),
  multipleResults: true,
})
