/**
 * scan_grad: the cotangents of a checkpointed scan's inputs, as one equation: the backward sweep over a run that kept few
 * carries, which runs the steps between them again (`schedule.ts`).
 *
 * Law: scanGradient(x, v) = f'(x)ᵀ v, whatever the number of slots. Its own derivative in a direction ẋ is a scan_grad of
 * the scan over (x, ẋ): the cotangent of (f x, f'(x) ẋ) by x is f'(x)ᵀ v̇ + ∂ₓ⟨v, f'(x) ẋ⟩, and that of ẋ is f'(x)ᵀ v. By
 * the symmetry of second derivatives its transpose is made of the same parts: {scan, scan_grad} is closed at every order.
 * Forward over reverse runs the scan once: the derivative of `scan_record` records the scan over (x, ẋ).
 * Decision: kept carries are no value; the number of the run is (`kept.ts`), and a sweep back that does not find it makes one.
 */
import { separated } from '../transforms/separate'
import { right } from 'fp-ts/Either'
import { range } from '../data/shape'
import { holding } from '../ir/held'
import { aval, type Aval, type Dual, type JetLike, type Primitive, type UnrollRule } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { Jet, part } from '../primitives/taylor/jets'
import { coreOps } from '../primitives/core'
import { bodyOf, carryFixpoint, invariants, pick, place, replay, rowAt, stackRows, whole } from './body'
import { alongCotangents, noRun } from './kept'
import { scanSweepKernel } from './scan-record-kernel'
import { scanParts, segments, sliceAval, stacked, type DualScan, type Scan, type ScanGrad, type ScanRules } from './scan-types'
import { turnProgram } from './turn'
import { simplified } from '../transforms/program'
import { swapped, taylorScan } from './taylor'

/** The avals of a scan's results. */
const resultAvals = ({ body, carries, length }: Scan): Aval[] => body.outs.map((o, i) => (i < carries ? aval(o.aval.shape, o.aval.dtype) : stacked(length, o.aval)))

/** How the gradient of a scan is found, and what its programs captured. */
export interface ScanPlan {
  readonly params: ScanGrad
  readonly fixed: readonly Value[]
}

/** The plan for the operands that are asked for, where those results that `given` marks may have cotangents. */
export function planScan(rules: ScanRules, params: Scan, operands: readonly Value[], asked: readonly boolean[], given: readonly boolean[]): ScanPlan {
  const { body, consts, carries } = params
  const wanted = carryFixpoint(body, asked, consts, carries, true)
  const outside = invariants(body, body.inputs.map((_, i) => i >= consts), operands)
  const avals = operands.map((o, i) => (i < consts + carries ? whole(o) : sliceAval(o)))
  const record = bodyOf('scan', avals, (t) => replay(body, t, outside))
  const turn = turnProgram(body, operands, avals, { consts, carries, wanted, given: given.slice(carries) })
  const program = { ...record.jaxpr, constCount: 0 }
  const p: ScanGrad = {
    ...params,
    checkpoint: params.checkpoint!,
    wanted,
    given: given.map((_, i) => (i < carries ? wanted[consts + i]! : turn.given[i - carries]!)),
    record: program,
    shown: body.outs.map(() => true),
    advance: body.outs.length === carries ? program : simplified({ ...program, outs: program.outs.slice(0, carries) }),
    advanceCaptured: record.captured.length,
    turn: { ...turn.program.jaxpr, constCount: 0 },
    turnCaptured: turn.program.captured.length,
    rules,
  }
  return { params: p, fixed: [...record.captured, ...turn.program.captured] }
}

/** The cotangents of a scan's operands (a `Zero` where not asked for), given those of its results, by the run of a number. */
export function scanSweptBack({ params, fixed }: ScanPlan, operands: readonly Value[], number: Value, cts: readonly Value[]): readonly Value[] {
  const outs = coreOps.bind(scanGradPrimitive, [...operands, ...fixed, number, ...pick(cts, params.given).map(coreOps.instantiate)], { ...params })
  return place(outs, params.wanted, operands)
}

/** The same with a plan of its own, and a run. */
export const scanGradient = (rules: ScanRules, params: Scan, operands: readonly Value[], asked: readonly boolean[], cts: readonly Value[], number = noRun()): readonly Value[] =>
  scanSweptBack(planScan(rules, params, operands, asked, cts.map((ct) => !isZero(ct))), operands, number, cts)

/** A point with a direction and cotangents, each with symbolic zeros. */
interface Moving {
  readonly operands: readonly Value[]
  readonly direction: readonly Value[]
  readonly cts: readonly Value[]
  readonly ctTangents: readonly Value[]
}

/** The scan over values and tangents; of its operands, which are asked for. What is wanted has a tangent, so that the dual scan has its cotangent. */
function dualOf(p: DualOf, operands: readonly Value[], direction: readonly Value[]): DualScan & { readonly asked: readonly boolean[] } {
  const dual = p.rules.dual(operands, direction.map((t, i) => (p.wanted[i] ? coreOps.instantiate(t) : t)), p)
  const groups = scanParts(p, p.wanted.map((_, i) => i))
  const asked = groups.flatMap((g) => [...g, ...g.filter((i) => dual.mask[i])].map((i) => p.wanted[i]!))
  return { ...dual, asked: [...new Array<boolean>(dual.captured).fill(false), ...asked] }
}

type DualOf = Pick<ScanGrad, 'rules' | 'wanted'> & Scan

/** The plan by which it is recorded. Which results have cotangents is of no matter to that. */
export function dualScanPlan(p: ScanGrad, operands: readonly Value[], direction: readonly Value[]): DualScan & ScanPlan {
  const dual = dualOf(p, operands, direction)
  return { ...dual, ...planScan(p.rules, dual.params, dual.operands, dual.asked, dual.params.body.outs.map(() => false)) }
}

/** The cotangents of the scan over values and tangents, by its run of a number: those of tangents are the primal, those of values the tangent. */
function dualGradient(p: DualOf, { operands, direction, cts, ctTangents }: Moving, number = noRun()): { primal: readonly Value[]; tangent: readonly Value[] } {
  const dual = dualOf(p, operands, direction)
  const groups = scanParts(p, operands.map((_, i) => i))
  const results = p.body.outs.map((_, i) => i)
  const beside = (g: readonly number[]): Value[] => [...g.map((i) => ctTangents[i]!), ...g.filter((i) => dual.varies[i]).map((i) => cts[i]!)]
  const all = scanGradient(p.rules, dual.params, dual.operands, dual.asked, [...beside(results.slice(0, p.carries)), ...beside(results.slice(p.carries))], number)
  const primal: Value[] = operands.map((o) => new Zero(whole(o)))
  const tangent: Value[] = [...primal]
  let at = dual.captured
  for (const g of groups) {
    for (const i of g) tangent[i] = all[at++]!
    for (const i of g) if (dual.mask[i]) primal[i] = all[at++]!
  }
  return { primal, tangent }
}

/** The operands of a scan_grad as a point, with the directions of all of them. */
const moving = (p: ScanGrad, primals: readonly Value[], tangents: readonly Value[]): Moving => {
  const [s, t] = [segments(p, primals), segments(p, tangents)]
  const like = resultAvals(p).map((a) => new Zero(a))
  return { operands: s.scan, direction: t.scan, cts: place(s.cts, p.given, like), ctTangents: place(t.cts, p.given, like) }
}

/** The scan was recorded with its tangents (`scan_record`), if it has any. */
function forward(primals: readonly Value[], tangents: readonly Value[], p: ScanGrad): readonly Dual[] {
  const { scan, cts } = segments(p, tangents)
  if (scan.every(isZero)) return alongCotangents(scanGradPrimitive, primals, cts, p)
  const d = dualGradient(p, moving(p, primals, tangents), segments(p, primals).number)
  return pick(d.primal, p.wanted).map((primal, i) => ({ primal, tangent: pick(d.tangent, p.wanted)[i]! }))
}

/** The tangent as a linear equation. */
function split(primals: readonly Value[], tangents: readonly Value[], p: ScanGrad): readonly Dual[] {
  const outs = coreOps.bind(scanGradPrimitive, primals, { ...p })
  const t = segments(p, tangents)
  const moves = t.scan.map((x) => !isZero(x))
  const ctMoves = t.cts.map((x) => !isZero(x))
  const count = moves.filter(Boolean).length
  const like = resultAvals(p).map((a) => new Zero(a))
  const moved = p.rules.bindLinearCall(
    'scan_grad',
    primals,
    [...pick(t.scan, moves), ...pick(t.cts, ctMoves)],
    (res, lin) => {
      const s = segments(p, res)
      const direction = place(lin.slice(0, count), moves, s.scan)
      const ctTangents = place(place(lin.slice(count), ctMoves, s.cts), p.given, like)
      return pick(dualGradient(p, { operands: s.scan, direction, cts: place(s.cts, p.given, like), ctTangents }).tangent, p.wanted)
    },
    (res, w) => {
      const s = segments(p, res)
      const direction = place(w, p.wanted, s.scan)
      // ∂⟨v, f⟩ by the inputs that moved, differentiated along w; and f'(x) w for the cotangents that moved.
      const wide = carryFixpoint(p.body, moves, p.consts, p.carries, true)
      const second = dualGradient({ ...p, wanted: wide }, { operands: s.scan, direction, cts: place(s.cts, p.given, like), ctTangents: like })
      const first = p.rules.forward(s.scan, direction, p).map((d) => d.tangent)
      return [...pick(second.tangent, moves), ...pick(pick(first, p.given), ctMoves)]
    },
  )
  return outs.map((primal, i): Dual => ({ primal, tangent: moved[i]! }))
}

/** The plan of the scan over lanes, the same for the equation that records and for the one that sweeps back. What is wanted gets a lane each, so that each lane has its own cotangent. */
export function batchedScanPlan(p: ScanGrad, operands: readonly Value[], flags: readonly boolean[], n: number): { readonly plan: ScanPlan; readonly loop: ReturnType<ScanRules['batched']> } {
  const laned = operands.map((v, i) => (p.wanted[i] && !flags[i] ? coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1)) : v))
  const loop = p.rules.batched(laned, flags.map((b, i) => b || p.wanted[i]!), p, n)
  const asked = [...new Array<boolean>(loop.captured).fill(false), ...p.wanted]
  // A result without lanes depends on nothing that is wanted.
  return { plan: planScan(p.rules, loop.params, loop.operands, asked, p.given.map((g, i) => g && loop.lanes[i]!)), loop }
}

function batch(operands: readonly Value[], batched: readonly boolean[], p: ScanGrad, n: number): readonly Value[] {
  const s = segments(p, operands)
  const flags = segments(p, batched)
  const spread = (v: Value): Value => coreOps.broadcast(v, [n, ...v.aval.shape], range(v.aval.shape.length, 1))
  const swap = (v: Value): Value => (isZero(v) ? new Zero(aval([v.aval.shape[1]!, v.aval.shape[0]!, ...v.aval.shape.slice(2)], v.aval.dtype)) : coreOps.transpose(v, [1, 0, ...range(v.aval.shape.length - 2, 2)]))
  const { plan, loop } = batchedScanPlan(p, s.scan, flags.scan, n)
  const laned = s.cts.map((ct, i) => (flags.cts[i] ? ct : spread(ct)))
  let next = 0
  const cts = resultAvals(loop.params).map((a, i): Value => {
    const ct = p.given[i] ? laned[next++]! : undefined
    return ct === undefined || !loop.lanes[i] ? new Zero(a) : i < p.carries ? ct : swap(ct)
  })
  // All lanes were recorded together, if they were.
  const number = flags.number && n > 0 ? coreOps.reshape(coreOps.slice(s.number, [0], [1]), []) : noRun()
  const grads = scanSweptBack(plan, loop.operands, number, cts).slice(loop.captured)
  return pick(grads.map((g, i) => (p.wanted[i] && i >= p.consts + p.carries ? swap(g) : g)), p.wanted).map(coreOps.instantiate)
}

/**
 * f′(x(t))ᵀ v(t), from the gradient of the scan F over coefficients. Row k, column j of F′ is coefficient k − j of
 * f′(x(t)): a Toeplitz matrix, so its transpose is that of the product between two reversals of the coefficients.
 */
function taylor(operands: readonly JetLike[], order: number, p: ScanGrad): readonly JetLike[] {
  const s = segments(p, operands)
  const scan = taylorScan(s.scan, order, p, p.wanted)
  const groups = scanParts(p, s.scan.map((_, i) => i))
  const results = p.body.outs.map((_, i) => i)
  const wanted = groups.flatMap((g) => [...g.map((i) => p.wanted[i]!), ...g.filter((i) => scan.mask[i]).map((i) => p.wanted[i]!)])
  let next = 0
  const turned = p.given.map((g) => (g ? coreOps.reverse(s.cts[next++]!.whole, [0]) : undefined))
  const head = (i: number, a: Aval): Value => (turned[i] ? coreOps.reshape(part(coreOps, turned[i], 0, 1), a.shape) : new Zero(a))
  const tail = (i: number, a: Aval): Value => {
    const series = turned[i] && part(coreOps, turned[i], 1, order + 1)
    if (i < p.carries) return series ?? new Zero(aval([order, ...a.shape], a.dtype))
    return series ? swapped(series) : new Zero(aval([a.shape[0]!, order, ...a.shape.slice(1)], a.dtype))
  }
  const like = resultAvals(p)
  const beside = (g: readonly number[]): Value[] => [...g.map((i) => head(i, like[i]!)), ...g.filter((i) => scan.varies[i]).map((i) => tail(i, like[i]!))]
  const asked = [...new Array<boolean>(scan.captured).fill(false), ...wanted]
  const grads = scanGradient(p.rules, scan.params, scan.operands, asked, [...beside(results.slice(0, p.carries)), ...beside(results.slice(p.carries))])
  const jets: JetLike[] = []
  let at = scan.captured
  groups.forEach((g, kind) => {
    const firsts = g.map(() => grads[at++]!)
    const moves = g.filter((i) => scan.mask[i])
    const series = new Map(moves.map((i) => [i, grads[at++]!]))
    g.forEach((i, j) => {
      if (!p.wanted[i]) return
      const first = coreOps.instantiate(firsts[j]!)
      const rest = coreOps.instantiate(series.get(i)!)
      const rows = [coreOps.reshape(first, [1, ...first.aval.shape]), kind === 2 ? swapped(rest) : rest]
      jets.push(Jet.whole(coreOps, coreOps.reverse(coreOps.concatenate(rows, 0), [0])))
    })
  })
  return jets
}

/** Both sweeps with every state kept: the forward steps, then each turned. */
const unroll: UnrollRule = ({ run }, operands, p: ScanGrad) => {
  const { consts, length, reverse, wanted } = p
  const s = segments(p, operands)
  const [constants, init, xs] = scanParts(p, s.scan)
  const known = wanted.slice(0, consts).filter(Boolean).length
  const count = pick(init, wanted.slice(consts)).length
  const rows = (arrays: readonly Value[], t: number): Value[] => arrays.map((x) => rowAt(x, reverse ? length - 1 - t : t))
  const states = [init]
  for (let t = 0; t < length - 1; t++) states.push(run(p.advance, [...s.advance, ...constants, ...states[t]!, ...rows(xs, t)], `step ${t}`))
  let sums: readonly Value[] = [...pick(constants, wanted).map((c) => coreOps.instantiate(new Zero(whole(c)))), ...s.cts.slice(0, count)]
  const turned = new Array<readonly Value[]>(length)
  for (let t = length - 1; t >= 0; t--) {
    const outs = run(p.turn, [...s.turn, ...constants, ...states[t]!, ...rows(xs, t), ...rows(s.cts.slice(count), t), ...sums], `step ${t} backwards`)
    sums = outs.slice(0, known + count)
    turned[reverse ? length - 1 - t : t] = outs.slice(known + count)
  }
  return [...sums, ...stackRows(turned, p.turn.outs.slice(known + count).map((o) => o.aval))]
}

/** Both sweeps as one equation. */
export const scanGradPrimitive: Primitive = definePrimitive({
  name: 'scan_grad',
  shape: (avals, p: ScanGrad) => right(pick(segments(p, avals).scan, p.wanted).map((a) => aval(a.shape, a.dtype))),
  kernel: scanSweepKernel,
  jvp: () => [],
  jvpProgram: { forward, split },
  mixes: () => separated,
  taylorProgram: taylor,
  transpose: 'nonlinear',
  batch: (_ops, operands, batched, p: ScanGrad, n) => batch(operands, batched, p, n),
  unroll,
  programs: holding(({ body }: ScanGrad) => [body]),
  showParams: ({ length, reverse, consts, carries, checkpoint }: ScanGrad) => ({ length: String(length), num_carry: String(carries), num_consts: String(consts), reverse: reverse ? 'True' : 'False', checkpoint: String(checkpoint) }),
  multipleResults: true,
})
