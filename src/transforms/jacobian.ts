/**
 * Jacobians, Hessians and Hessian-vector products over trees: the derivative of one trace, mapped over basis directions.
 *
 * Law: jacfwd = jacrev; the Hessian is symmetric; hvp(f, [x], [v]) = hessian(f)(x) v.
 * A Jacobian has the result's tree outside and the argument's inside; its leaves have the result's axes, then the argument's.
 */
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { range, size } from '../data/shape'
import { silent } from '../ir/effects'
import { ops } from '../primitives/world'
import type { Tensor } from '../trace/tensor'
import { showAval } from '../trace/trace'
import { paths, unflatten } from './arguments'
import { jvp, runForward, runVjp, traceFunction, type Traced } from './differentiate'
import { choose, gathered, grad, type Chosen, type GradOptions } from './grad'
import type { AnyFunction, Argnums, GradOf, LiftAll, Tensors } from './types'
import { vmap } from './vmap'

/** A Jacobian's type: the argument's tree where the result is one array. */
export type JacobianOf<R, A extends readonly unknown[], N extends Argnums> = R extends Tensor | number ? GradOf<A, N> : unknown
export type JacobianOptions<N extends Argnums = Argnums> = GradOptions<N>

/** Row-major unit arrays of a shape, stacked: [n, ...shape]. */
const basis = (like: Tensor): Tensor => {
  const n = like.size
  const eye = ops.eq(ops.iota([n, n], 'int32', 0), ops.iota([n, n], 'int32', 1))
  return ops.reshape(ops.convert(eye, like.dtype), [n, ...like.shape])
}

/** The linear function on flat lists, applied to the basis of leaf k beside zeros for the others. */
function alongBasis(linear: (directions: readonly Tensor[]) => readonly Tensor[], leaves: readonly Tensor[], k: number): readonly Tensor[] {
  const mapped = vmap((direction: Tensor) => linear(leaves.map((l, i) => (i === k ? direction : ops.full(l.shape, 0, l.dtype)))))
  return mapped(basis(leaves[k]!)) as readonly Tensor[]
}

interface Problem {
  readonly chosen: Chosen
  readonly traced: Traced
  /** How many results there are before the aux leaves. */
  readonly count: number
  readonly total: number
}

/** Traces f once in the chosen arguments; its results must be differentiable. */
function trace(name: string, f: AnyFunction, { argnums = 0, hasAux = false }: JacobianOptions, args: readonly unknown[]): Problem {
  const chosen = choose(name, argnums, args)
  const traced = traceFunction(name, chosen.leaves, (tracers) => chosen.call(f, tracers), hasAux)
  const total = traced.staged.jaxpr.outs.length
  const count = total - (traced.aux?.count ?? 0)
  traced.staged.jaxpr.outs.slice(0, count).forEach((o, i) => {
    if (!isFloat(o.aval.dtype))
      raise(fault('dtype', `${name}: ${paths(traced.def, 'result')[i]} is ${showAval(o.aval)}, and derivatives need floating dtypes`, 'Convert the result with np.astype(y, "float64").'))
  })
  return { chosen, traced, count, total }
}

/** The result's tree of argument trees, from a block for each pair of leaves. */
function assemble(p: Problem, options: JacobianOptions, outs: readonly Tensor[], block: (out: number, leaf: number) => Tensor): unknown {
  const rows = outs.slice(0, p.count).map((_, i) => gathered(p.chosen, options.argnums ?? 0, p.chosen.leaves.map((_l, k) => block(i, k))))
  const tree = unflatten(p.traced.def, rows)
  return p.traced.aux ? [tree, unflatten(p.traced.aux.def, outs.slice(p.count))] : tree
}

function forward(p: Problem, options: JacobianOptions): unknown {
  const { leaves } = p.chosen
  const { staged } = p.traced
  const outs = runVjp(staged, leaves).outs
  const quiet = { ...staged, jaxpr: silent(staged.jaxpr) }
  const columns = leaves.map((leaf, k) =>
    // [n, ...out] → [...out, ...argument]
    alongBasis((t) => runForward(quiet, leaves, t).slice(p.total, p.total + p.count), leaves, k).map((c) =>
      ops.reshape(ops.transpose(c, [...range(c.ndim - 1, 1), 0]), [...c.shape.slice(1), ...leaf.shape]),
    ),
  )
  return assemble(p, options, outs, (i, k) => columns[k]![i]!)
}

function reverse(p: Problem, options: JacobianOptions): unknown {
  const { outs, pull } = runVjp(p.traced.staged, p.chosen.leaves)
  const aux = outs.slice(p.count).map((a) => ops.full(a.shape, 0, a.dtype))
  const results = outs.slice(0, p.count)
  const rows = results.map((leaf, k) =>
    alongBasis((ct) => pull([...ct, ...aux]), results, k).map((r) => ops.reshape(r, [...leaf.shape, ...r.shape.slice(1)])),
  )
  return assemble(p, options, outs, (i, k) => rows[i]![k]!)
}

type Transformed = (...args: never[]) => unknown

/** The Jacobian by forward mode: one pass for each element of the arguments. For f: ℝⁿ → ℝᵐ with n ≤ m. */
export function jacfwd<A extends readonly unknown[], R, const N extends Argnums = 0>(f: (...args: A) => R, options?: JacobianOptions<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function jacfwd(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  return (...args) => forward(trace('jacfwd', f, options, args), options)
}

/** The Jacobian by reverse mode: one pass for each element of the result. For f: ℝⁿ → ℝᵐ with m < n. */
export function jacrev<A extends readonly unknown[], R, const N extends Argnums = 0>(f: (...args: A) => R, options?: JacobianOptions<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function jacrev(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  return (...args) => reverse(trace('jacrev', f, options, args), options)
}

/** The Jacobian, by the mode that needs fewer passes for the shapes at hand. */
export function jacobian<A extends readonly unknown[], R, const N extends Argnums = 0>(f: (...args: A) => R, options?: JacobianOptions<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function jacobian(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  return (...args) => {
    const p = trace('jacobian', f, options, args)
    const outs = p.traced.staged.jaxpr.outs.slice(0, p.count).reduce((n, o) => n + size(o.aval.shape), 0)
    const ins = p.chosen.leaves.reduce((n, l) => n + l.size, 0)
    return ins <= outs ? forward(p, options) : reverse(p, options)
  }
}

/** The matrix of second derivatives, forward over reverse. Leaves have the first argument's axes, then the second's. */
export function hessian<A extends readonly unknown[], R, const N extends Argnums = 0>(f: (...args: A) => R, options?: JacobianOptions<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function hessian(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  const inner = (...args: never[]): unknown => {
    const p = trace('hessian', f, options, args)
    return reverse(p, options)
  }
  return (...args) => forward(trace('hessian', inner, options, args), options)
}

/** The Hessian of f times a vector, without the Hessian: forward over reverse. A tuple of trees for several primals. */
export function hvp<A extends readonly unknown[], R>(f: (...args: A) => R, primals: LiftAll<A>, tangents: LiftAll<A>): A extends readonly [infer X] ? Tensors<X> : { -readonly [K in keyof A]: Tensors<A[K]> } {
  if (!Array.isArray(primals) || !Array.isArray(tangents)) raise(fault('tree', 'hvp: primals and tangents must be arrays, one entry an argument', 'Write hvp(f, [x], [v]).'))
  const argnums = (primals as readonly unknown[]).length === 1 ? 0 : range((primals as readonly unknown[]).length)
  return jvp(grad(f as never, { argnums } as never) as never, primals as never, tangents as never)[1] as never
}
