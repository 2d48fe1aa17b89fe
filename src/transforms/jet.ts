/**
 * jet: all derivatives of f along a curve, to any order, in one sweep.
 *
 * Law: with x(t) = x₀ + x₁ t + x₂ t²/2! + …, jet(f, [x₀], [[x₁, x₂, …]]) = [f(x₀), [y₁, y₂, …]], yₖ = dᵏ/dtᵏ f(x(t)) at 0.
 * The cost grows with the square of the order; that of nested jvp grows exponentially.
 * Example: jet(np.exp, [0], [[1, 0, 0]])[1] // => [1, 1, 1]
 * Source: Bettencourt, Johnson & Duvenaud 2019, "Taylor-mode automatic differentiation for higher-order derivatives in JAX".
 */
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { aval, type Aval, type Jaxpr } from '../ir/types'
import type { Value } from '../ir/value'
import { Jet } from '../primitives/taylor/jets'
import { stack, unstack } from '../primitives/taylor/stack'
import { coreOps, engine } from '../primitives/core'
import { stage } from '../trace/bind'
import type { Tensor } from '../trace/tensor'
import type { Staged } from '../trace/trace'
import { demandFloating, flatten, leavesOf, matching, tensorsOf, unflatten, type TreeDef } from './arguments'
import { traceFunction } from './differentiate'
import { Derivations } from './derivations'
import { Executable } from './program'
import { emitTaylor } from './taylor-emit'
import type { LiftAll, Tensors } from './types'

const executables = new Derivations<Executable>()

/** 1, 2!, …, d!, or their reciprocals. */
function factorials(order: number, inverse: boolean): readonly number[] {
  let f = 1
  return Array.from({ length: order }, (_, k) => {
    f *= k + 1
    return inverse ? 1 / f : f
  })
}

/** The program over derivatives: inputs, then for each that moves its `order` derivatives, in order; results likewise. */
function stageJet(jaxpr: Jaxpr, moving: readonly boolean[], order: number): Staged {
  const avals = jaxpr.inputs.map((v) => v.aval)
  const dots = avals.flatMap((a, i): Aval[] => (moving[i] ? new Array<Aval>(order).fill(aval(a.shape, a.dtype)) : []))
  return stage(engine, 'jet', [...avals, ...dots], null, (t) => {
    let next = avals.length
    const jets = avals.map((a, i) => {
      if (!moving[i] || order === 0) return Jet.constant(coreOps, t[i]!, order)
      const [whole] = coreOps.bind(stack, [t[i]!, ...t.slice(next, (next += order))], { axis: 0, factors: [1, ...factorials(order, true)] })
      return Jet.whole(coreOps, whole!, t[i]!)
    })
    const outs = emitTaylor(jaxpr, jets, order)
    return [...outs.map((o) => o.primal), ...outs.flatMap(derivativesOf)] as Tensor[]
  })
}

/** y₁ … y_d, as derivatives. */
function derivativesOf(j: Jet): Value[] {
  const { shape, dtype } = j.primal.aval
  const float = isFloat(dtype) ? dtype : 'float64'
  if (j.constant) return Array.from({ length: j.order }, () => coreOps.full(shape, 0, float))
  return [...coreOps.bind(unstack, [j.series], { axis: 0, factors: factorials(j.order, false) })]
}

/** Results and their derivatives of order 1 … d, of a staged program; null where an argument does not move. */
export function runJet(s: Staged, args: readonly Tensor[], terms: readonly (readonly Tensor[] | null)[], order: number): readonly Tensor[] {
  const from = s.captured.length
  const moves = s.jaxpr.inputs.map((v, i) => i >= from && isFloat(v.aval.dtype) && terms[i - from] !== null)
  const { value, literals } = executables.of(`jet ${order} ${moves.map(Number).join('')}`, s.jaxpr, (p) =>
    new Executable(stageJet(p, p.inputs.map((_, i) => moves[i] ?? false), order)),
  )
  const dots = args.flatMap((_, i) => (moves[from + i] ? terms[i]! : []))
  return value.run([...s.captured, ...args, ...literals, ...dots])
}

/** For each argument leaf its derivatives; at order 0 none. */
function termLeaves(primals: readonly unknown[], series: readonly (readonly unknown[])[], order: number): (readonly Tensor[] | null)[] {
  return primals.flatMap((p, i): (readonly Tensor[] | null)[] => {
    const own = leavesOf(p, `primals[${i}]`)
    if (order === 0) return own.tensors.map(() => null)
    demandFloating('jet', own, `primals[${i}]`, 'close over it')
    const trees = series[i]!.map((term, k) => matching('jet', term, `series[${i}][${k}]`, own.def, own.tensors.map((t) => t.aval)))
    return own.tensors.map((_t, l) => trees.map((tree) => tree[l]!))
  })
}

function checkSeries(primals: readonly unknown[], series: readonly (readonly unknown[])[]): number {
  if (!Array.isArray(primals)) raise(fault('tree', 'jet: the primals must be an array, one entry an argument', 'Write jet(f, [x], [[x1, x2]]).'))
  if (!Array.isArray(series) || series.length !== primals.length)
    raise(fault('tree', `jet: ${primals.length} primals, ${Array.isArray(series) ? `${series.length} series` : 'and series is no array'}`, 'Give one list of derivatives for each argument: jet(f, [x], [[x1, x2]]).'))
  series.forEach((s, i) => {
    if (!Array.isArray(s)) raise(fault('tree', `jet: series[${i}] is no array`, 'Give the list [x1, x2, …] of derivatives of the argument, each a tree like it.'))
    if (s.length !== series[0]!.length)
      raise(fault('tree', `jet: series[${i}] has ${s.length} terms, series[0] has ${series[0]!.length}`, 'All series must go to the same order: fill up with zeros.'))
  })
  return series.length === 0 ? 0 : series[0]!.length
}

/**
 * f(x₀) and the derivatives of f along the curve whose derivatives at 0 are `series`: `[y, [y1, y2, …]]`. Each `series[i]`
 * lists derivatives of argument i, trees of its structure, shapes and dtypes; all lists have one length, the order.
 * Throws `TreeError`, `ShapeError` or `DTypeError` naming the leaf; integers have no Taylor series, and are closed over.
 * @example jet((x) => np.multiply(x, x), [3], [[1, 0]]) // => [9, [6, 2]]
 */
export function jet<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, primals: LiftAll<A>, series: { readonly [K in keyof A]: readonly unknown[] }): [Tensors<R>, Tensors<R>[]] {
  const terms = series as unknown as readonly (readonly unknown[])[]
  const order = checkSeries(primals as readonly unknown[], terms)
  const flat = flatten(primals)
  const leaves = tensorsOf(flat, 'primals')
  const dots = termLeaves(primals as readonly unknown[], terms, order)
  const traced = traceFunction('jet', leaves.tensors, (x) => (f as unknown as (...a: unknown[]) => unknown)(...(unflatten(leaves.def, x) as unknown[])), false)
  const outs = runJet(traced.staged, leaves.tensors, dots, order)
  return unpacked(traced.def, outs, traced.staged.jaxpr.outs.length, order) as [Tensors<R>, Tensors<R>[]]
}

function unpacked(def: TreeDef, outs: readonly Tensor[], n: number, order: number): [unknown, unknown[]] {
  const terms = Array.from({ length: order }, (_, k) => unflatten(def, Array.from({ length: n }, (_x, i) => outs[n + i * order + k]!)))
  return [unflatten(def, outs.slice(0, n)), terms]
}

