/**
 * The Taylor expansion of loops and choices: coefficients are carried beside values, in one loop.
 *
 * Law: equals the expansion of the unrolled program. Carries whose path is constant at every step have no coefficients.
 * The primitives' own binding functions are handed in: their files import this one.
 */
import { aval, type Aval, type Jaxpr, type JetLike, type TaylorProgramRule } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { Jet } from '../primitives/taylor/jets'
import { coreOps } from '../primitives/core'
import type { Staged } from '../trace/trace'
import { interpret } from '../transforms/interpret'
import { emitTaylor } from '../transforms/taylor-emit'
import { bodyOf, carryFixpoint, dependents, whole } from './body'
import { loopOf, scanParts, sliceAval, type BoundScan, type DualScan, type Scan } from './scan-types'
import type { Loop, While } from './while-types'

const isMoving = (j: JetLike): boolean => !isZero(j.series)
const seriesAval = (a: Aval, order: number): Aval => aval([order, ...a.shape], a.dtype)

/** The coefficients of those that the mask marks. */
const tails = (jets: readonly JetLike[], mask: readonly boolean[]): Value[] => jets.filter((_, i) => mask[i]).map((j) => coreOps.instantiate(j.series))

/** Jets of a body's inputs from values and the coefficients of those marked. */
function joined(values: readonly Value[], series: readonly Value[], mask: readonly boolean[], order: number): Jet[] {
  let next = 0
  return values.map((v, i) => (mask[i] ? Jet.of(coreOps, v, series[next++]!, order) : Jet.constant(coreOps, v, order)))
}

/** Axes 0 and 1 changed: steps before orders inside a scan, orders before steps outside. */
export const swapped = (v: Value): Value => coreOps.transpose(v, [1, 0, ...v.aval.shape.slice(2).map((_, i) => i + 2)])

/**
 * The scan over values and coefficients: within constants, carries, arrays and results coefficients follow the values.
 * `mask` marks the operands that have some (those that move, and those asked for), `varies` the results.
 */
export function taylorScan(operands: readonly JetLike[], order: number, p: Scan, asked: readonly boolean[] = []): DualScan {
  const { body, consts, carries } = p
  const mask = carryFixpoint(body, operands.map((o, i) => asked[i] === true || isMoving(o)), consts, carries, true)
  const [oc, ok, ox] = scanParts(p, operands)
  const [mc, mk, mx] = scanParts(p, mask)
  const varies = dependents(body, mask, true).map((d, i) => (i < carries ? mk[i]! : d))
  const [c, k, x] = [oc, ok, ox].map((g) => g.map((o) => o.primal)) as [Value[], Value[], Value[]]
  const [tc, tk, tx] = [tails(oc, mc), tails(ok, mk), tails(ox, mx).map(swapped)]
  const groups = [c.map(whole), tc.map(whole), k.map(whole), tk.map(whole), x.map(sliceAval), tx.map(sliceAval)]
  const both = bodyOf('scan', groups.flat(), (t) => {
    let at = 0
    const [c1, dc, k1, dk, x1, dx] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as [Value[], Value[], Value[], Value[], Value[], Value[]]
    const outs = emitTaylor(body, joined([...c1, ...k1, ...x1], [...dc, ...dk, ...dx], mask, order), order)
    const part = (from: number, to: number): Value[] => [...outs.slice(from, to).map((o) => o.primal), ...outs.slice(from, to).filter((_, i) => varies[from + i]).map((o) => o.series)]
    return [...part(0, carries), ...part(carries, outs.length)]
  })
  const captured = both.captured.length
  const params: Scan = { ...loopOf(p), body: { ...both.jaxpr, constCount: 0 }, consts: captured + c.length + tc.length, carries: k.length + tk.length }
  return { params, operands: [...both.captured, ...c, ...tc, ...k, ...tk, ...x, ...tx], captured, mask, varies }
}

/** One scan over values and coefficients. */
export const scanTaylor =
  (bind: (scan: BoundScan) => readonly Value[]): TaylorProgramRule =>
  (operands, order, p: Scan) => {
    const { carries, body } = p
    const scan = taylorScan(operands, order, p)
    const results = bind(scan)
    const moving = scan.varies.slice(0, carries).filter(Boolean).length
    const ys = carries + moving
    let nextK = carries
    let nextY = ys + body.outs.length - carries
    return body.outs.map((_, i) => {
      const primal = results[i < carries ? i : moving + i]!
      if (!scan.varies[i]) return Jet.constant(coreOps, primal, order)
      return Jet.of(coreOps, primal, i < carries ? results[nextK++]! : swapped(results[nextY++]!), order)
    })
  }

/**
 * The while loop over values and coefficients: its body's inputs are captured values, constants, their coefficients, the
 * carry, its coefficients. `mask` marks the constants and carries that have some: those that move, and those asked for.
 */
export function taylorLoop(operands: readonly JetLike[], order: number, p: While, asked: readonly boolean[] = []): Loop & { readonly captured: number; readonly mask: readonly boolean[] } {
  const { cond, body, condConsts, bodyConsts } = p
  const inner = operands.slice(condConsts)
  const mask = carryFixpoint(body, inner.map((o, i) => asked[i] === true || isMoving(o)), bodyConsts, body.outs.length, true)
  const cc = operands.slice(0, condConsts).map((o) => o.primal)
  const [ob, ok] = [inner.slice(0, bodyConsts), inner.slice(bodyConsts)]
  const varies = mask.slice(bodyConsts)
  const [b, k] = [ob, ok].map((g) => g.map((o) => o.primal)) as [Value[], Value[]]
  const [tb, tk] = [tails(ob, mask), tails(ok, varies)]
  const groups = [b, tb, k, tk].map((g) => g.map(whole))
  const both = bodyOf('whileLoop', groups.flat(), (t) => {
    let at = 0
    const [b1, db, k1, dk] = groups.map((g) => t.slice(at, (at += g.length))) as unknown as [Value[], Value[], Value[], Value[]]
    const outs = emitTaylor(body, joined([...b1, ...k1], [...db, ...dk], mask, order), order)
    return [...outs.map((o) => o.primal), ...outs.filter((_, i) => varies[i]).map((o) => o.series)]
  })
  const test = bodyOf('whileLoop', [...cc, ...k, ...tk].map(whole), (t) => interpret(cond, t.slice(0, cc.length + k.length)))
  const condAll = [...test.captured, ...cc]
  const bodyAll = [...both.captured, ...b, ...tb]
  return {
    operands: [...condAll, ...bodyAll, ...k, ...tk],
    params: { cond: { ...test.jaxpr, constCount: 0 }, body: { ...both.jaxpr, constCount: 0 }, condConsts: condAll.length, bodyConsts: bodyAll.length, ...(p.checkpoint === undefined ? {} : { checkpoint: p.checkpoint }) },
    captured: both.captured.length,
    mask,
  }
}

/** One while over values and coefficients. */
export const whileTaylor =
  (bind: (loop: Loop) => readonly Value[]): TaylorProgramRule =>
  (operands, order, p: While) => {
    const loop = taylorLoop(operands, order, p)
    const results = bind(loop)
    const n = p.body.outs.length
    return joined(results.slice(0, n), results.slice(n), loop.mask.slice(p.bodyConsts), order)
  }

/** One choice among the branches' expansions. */
export const condTaylor =
  (bind: (index: Value, branches: readonly Staged[], operands: readonly Value[]) => readonly Value[]): TaylorProgramRule =>
  ([index, ...operands], order, { branches }: { readonly branches: readonly Jaxpr[] }) => {
    const mask = operands.map(isMoving)
    const each = branches.map((b) => dependents(b, mask, true))
    const varies = branches[0]!.outs.map((_, i) => each.some((d) => d[i]))
    const values = operands.map((o) => o.primal)
    const moving = tails(operands, mask)
    const wide = branches.map((b) =>
      bodyOf('cond', [...values, ...moving].map(whole), (t) => {
        const outs = emitTaylor(b, joined(t.slice(0, values.length), t.slice(values.length), mask, order), order)
        return [...outs.map((o) => o.primal), ...outs.filter((_, i) => varies[i]).map((o): Value => (isZero(o.series) ? new Zero(seriesAval(o.primal.aval, order)) : o.series))]
      }),
    )
    const results = bind(index!.primal, wide, [...values, ...moving])
    const n = varies.length
    return joined(results.slice(0, n), results.slice(n), varies, order)
  }

/** A program that is expanded where it is called. */
export const inlineTaylor =
  (programOf: (params: any) => Jaxpr): TaylorProgramRule =>
  (operands, order, params) =>
    emitTaylor(programOf(params), operands, order)
