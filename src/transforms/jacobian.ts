/**
 * Jacobians, Hessians and Hessian-vector products over trees: the derivative of one trace, mapped over basis directions,
 * or over fewer, where the program's sparsity is worth it.
 *
 * Law: jacfwd = jacrev; the Hessian is symmetric; hvp(f, [x], [v]) = hessian(f)(x) v.
 * A Jacobian has the result's tree outside and the argument's inside; its leaves have the result's axes, then the argument's.
 */
import { isFloat } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { range, size } from '../data/shape'
import { hasEffects, silent } from '../ir/effects'
import type { Aval } from '../ir/types'
import { ops } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { showAval, type Staged } from '../trace/trace'
import { paths, unflatten } from './arguments'
import { jvp, runForward, runVjp, traceFunction, type Traced } from './differentiate'
import { choose, gathered, grad, type Chosen, type GradOptions } from './grad'
import { sparsely } from './sparse-choice'
import type { AnyFunction, Argnums, GradOf, LiftAll, Tensors } from './types'
import { vmap } from './vmap'

/** A Jacobian's type: the result's tree, with the argument's in place of each array. */
export type JacobianOf<R, A extends readonly unknown[], N extends Argnums> = unknown extends R
  ? unknown
  : R extends Tensor | number
    ? GradOf<A, N>
    : R extends object
      ? { -readonly [K in keyof R]: JacobianOf<R[K], A, N> }
      : R
/** A Hessian's type: in place of each array of the Jacobian, the argument's tree again. */
export type HessianOf<R, A extends readonly unknown[], N extends Argnums> = JacobianOf<JacobianOf<R, A, N>, A, N>
/** Options without aux; with it the result is `[Jacobian, aux]`. */
interface Plain<N extends Argnums> extends JacobianOptions<N> {
  readonly hasAux?: false
}
interface WithAux<N extends Argnums> extends JacobianOptions<N> {
  readonly hasAux: true
}
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
function trace(name: string, f: AnyFunction, options: JacobianOptions, args: readonly unknown[]): Problem {
  demandOptions(name, options, ['argnums', 'hasAux'])
  const { argnums = 0, hasAux = false } = options
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

/** The result's tree of argument trees, from a block for each pair of leaves. `outs` are the results, aux included. */
function assemble(p: Problem, options: JacobianOptions, outs: readonly Tensor[], block: (out: number, leaf: number) => Tensor): unknown {
  const rows = range(p.count).map((i) => gathered(p.chosen, options.argnums ?? 0, p.chosen.leaves.map((_l, k) => block(i, k))))
  const tree = unflatten(p.traced.def, rows)
  return p.traced.aux ? [tree, unflatten(p.traced.aux.def, outs.slice(p.count))] : tree
}

/** The results, where any of them is wanted, or the function acts on the world. */
const auxOf = ({ chosen, traced }: Problem): readonly Tensor[] => (traced.aux || hasEffects(traced.staged.jaxpr) ? runVjp(traced.staged, chosen.leaves).outs : [])

function forward(p: Problem, options: JacobianOptions): unknown {
  const { leaves } = p.chosen
  const { staged } = p.traced
  const outs = auxOf(p)
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
export function jacfwd<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown, const N extends Argnums = 0>(f: (...args: A) => readonly [R, X], options: WithAux<N>): (...args: LiftAll<A>) => [JacobianOf<R, A, N>, Tensors<X>]
export function jacfwd<A extends readonly unknown[] = readonly Tensor[], R = unknown, const N extends Argnums = 0>(f: (...args: A) => R, options?: Plain<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function jacfwd(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  demandFunction('jacfwd', f)
  return (...args) => forward(trace('jacfwd', f, options, args), options)
}

/** The Jacobian by reverse mode: one pass for each element of the result. For f: ℝⁿ → ℝᵐ with m < n. */
export function jacrev<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown, const N extends Argnums = 0>(f: (...args: A) => readonly [R, X], options: WithAux<N>): (...args: LiftAll<A>) => [JacobianOf<R, A, N>, Tensors<X>]
export function jacrev<A extends readonly unknown[] = readonly Tensor[], R = unknown, const N extends Argnums = 0>(f: (...args: A) => R, options?: Plain<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function jacrev(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  demandFunction('jacrev', f)
  return (...args) => reverse(trace('jacrev', f, options, args), options)
}

/** The parts of a matrix by pairs of arrays, each of the shapes of its row and its column together. */
function blocks(matrix: Tensor, rows: readonly Aval[], cols: readonly Aval[]): Tensor[][] {
  const ends = (all: readonly Aval[]): number[] => all.map(((at) => ({ shape }: Aval) => (at += size(shape)))(0))
  const [bottoms, rights] = [ends(rows), ends(cols)]
  return rows.map((r, i) =>
    cols.map((c, k) => ops.reshape(ops.slice(matrix, [bottoms[i]! - size(r.shape), rights[k]! - size(c.shape)], [bottoms[i]!, rights[k]!]), [...r.shape, ...c.shape])),
  )
}

/** The program's results without the aux leaves. */
const withoutAux = ({ traced: { staged }, count }: Problem): Staged => ({ ...staged, jaxpr: { ...staged.jaxpr, outs: staged.jaxpr.outs.slice(0, count) } })

/**
 * The Jacobian, by what costs least: forward mode where there are no more arguments than results, else reverse mode; or,
 * where the program shows that a quarter of those passes suffices, from products shared by columns and rows (as in
 * `sparseJacobian`), whose entries are put among zeros. The result is dense in all cases.
 * @example jacobian((x) => np.square(x))(np.array([1, 2])) // => [[2. 0.] [0. 4.]]
 */
export function jacobian<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown, const N extends Argnums = 0>(f: (...args: A) => readonly [R, X], options: WithAux<N>): (...args: LiftAll<A>) => [JacobianOf<R, A, N>, Tensors<X>]
export function jacobian<A extends readonly unknown[] = readonly Tensor[], R = unknown, const N extends Argnums = 0>(f: (...args: A) => R, options?: Plain<N>): (...args: LiftAll<A>) => JacobianOf<R, A, N>
export function jacobian(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  demandFunction('jacobian', f)
  return (...args) => {
    const p = trace('jacobian', f, options, args)
    const { leaves } = p.chosen
    const results = withoutAux(p)
    const matrix = sparsely('jacobian', results, leaves)
    if (matrix) {
      const each = blocks(matrix, results.jaxpr.outs.map((o) => o.aval), leaves.map((l) => l.aval))
      return assemble(p, options, auxOf(p), (i, k) => each[i]![k]!)
    }
    const outs = results.jaxpr.outs.reduce((n, o) => n + size(o.aval.shape), 0)
    const ins = leaves.reduce((n, l) => n + l.size, 0)
    return ins <= outs ? forward(p, options) : reverse(p, options)
  }
}

/**
 * The matrix of second derivatives, forward over reverse; where the program shows that a quarter of the passes suffices,
 * from products shared by columns (as in `sparseHessian`). Leaves have the first argument's axes, then the second's.
 */
export function hessian<A extends readonly unknown[] = readonly Tensor[], R = unknown, X = unknown, const N extends Argnums = 0>(f: (...args: A) => readonly [R, X], options: WithAux<N>): (...args: LiftAll<A>) => [HessianOf<R, A, N>, Tensors<X>]
export function hessian<A extends readonly unknown[] = readonly Tensor[], R = unknown, const N extends Argnums = 0>(f: (...args: A) => R, options?: Plain<N>): (...args: LiftAll<A>) => HessianOf<R, A, N>
export function hessian(f: AnyFunction, options: JacobianOptions = {}): Transformed {
  demandFunction('hessian', f)
  return (...args) => {
    const p = trace('hessian', f, options, args)
    const { chosen } = p
    const result = withoutAux(p)
    const scalar = p.traced.def._tag === 'Leaf' && result.jaxpr.outs[0]!.aval.shape.length === 0
    const matrix = scalar ? sparsely('hessian', result, chosen.leaves) : undefined
    if (matrix) {
      const avals = chosen.leaves.map((l) => l.aval)
      const { argnums = 0 } = options
      const tree = gathered(chosen, argnums, blocks(matrix, avals, avals).map((row) => gathered(chosen, argnums, row)))
      return p.traced.aux ? [tree, unflatten(p.traced.aux.def, auxOf(p).slice(p.count))] : tree
    }
    const rows = traceFunction('hessian', chosen.leaves, (tracers) => reverse({ ...p, chosen: { ...chosen, leaves: tracers } }, options), options.hasAux ?? false)
    const total = rows.staged.jaxpr.outs.length
    return forward({ chosen, traced: rows, total, count: total - (rows.aux?.count ?? 0) }, options)
  }
}

/** The Hessian of f times a vector, without the Hessian: forward over reverse. A tuple of trees for several primals. */
export function hvp<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, primals: LiftAll<A>, tangents: LiftAll<A>): A extends readonly [infer X] ? Tensors<X> : { -readonly [K in keyof A]: Tensors<A[K]> } {
  demandFunction('hvp', f, itself)
  if (!Array.isArray(primals) || !Array.isArray(tangents)) raise(fault('tree', 'hvp: primals and tangents must be arrays, one entry an argument', 'Write hvp(f, [x], [v]).'))
  const argnums = (primals as readonly unknown[]).length === 1 ? 0 : range((primals as readonly unknown[]).length)
  return jvp(grad(f as never, { argnums } as never) as never, primals as never, tangents as never)[1] as never
}
