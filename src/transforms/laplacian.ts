/**
 * Second and higher derivatives that are sums or single entries: the Laplacian, exact or estimated, and mixed partials.
 *
 * Law: laplacian(f)(x) = trace of hessian(f)(x). The estimators are unbiased: E vᵀHv = tr H for random signs v (Hutchinson),
 * n/m times the sum over m random coordinates (STDE). A mixed partial is a sum of directional derivatives, by polarisation.
 * Example: laplacian((x) => np.sum(np.square(x)))([1, 2, 3]) // => 6
 * Source: Li et al. 2023; Hutchinson 1990; Hu, Shi, Karniadakis & Kawaguchi 2024 (STDE); Griewank, Utke & Walther 2000.
 */
import { isFloat } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions } from '../data/options'
import { range, size } from '../data/shape'
import type { Value } from '../ir/value'
import { threefry2x32 } from '../primitives/threefry'
import { asTensor } from '../primitives/vocabulary/context'
import { coreContext as context, coreOps, engine, ops } from '../primitives/core'
import { sort } from '../primitives/tensor-words'
import { stage } from '../trace/bind'
import type { Tensor, TensorLike } from '../trace/tensor'
import { showAval } from '../trace/trace'
import { demandFloating, leavesOf, unflatten, type Leaves } from './arguments'
import { traceFunction, type Traced } from './differentiate'
import { runJet } from './jet'
import { Derivations } from './derivations'
import { Executable } from './program'
import { emitLaplacian, still } from './taylor-laplacian'
import type { LiftAll, Tensors } from './types'
import { vmap } from './vmap'

const executables = new Derivations<Executable>()

interface Problem {
  readonly x: Leaves
  readonly traced: Traced
  /** How many coordinates x has. */
  readonly n: number
}

/** Traces f in its first argument; the others are constants. */
function problem(name: string, f: (...args: never[]) => unknown, args: readonly unknown[]): Problem {
  demandFunction(name, f)
  const x = leavesOf(args[0], 'x')
  demandFloating(name, x, 'x')
  const traced = traceFunction(name, x.tensors, (t) => f(...([unflatten(x.def, t), ...args.slice(1)] as never[])), false)
  traced.staged.jaxpr.outs.forEach((o) => {
    if (!isFloat(o.aval.dtype)) raise(fault('dtype', `${name}: the result is ${showAval(o.aval)}, and derivatives need floating dtypes`, 'Convert it with np.astype(y, "float64").'))
  })
  return { x, traced, n: x.tensors.reduce((s, t) => s + t.size, 0) }
}

/** Rows from the identity of all coordinates that belong to a leaf: [n, …leaf]. */
function basisOf(leaf: Value, from: number, n: number): Value {
  const m = size(leaf.aval.shape)
  const unit = coreOps.eq(coreOps.iota([n, m], 'int32', 0), coreOps.add(coreOps.iota([n, m], 'int32', 1), from))
  return coreOps.reshape(coreOps.convert(unit, leaf.aval.dtype), [n, ...leaf.aval.shape])
}

/**
 * The Laplacian of f by its first argument, of each element of the result: a tree like the result. The argument may be a
 * tree; its coordinates are those of all leaves. Further arguments are constants.
 * @example laplacian((x) => np.prod(np.square(x)))([1, 2]) // => 10
 */
export function laplacian<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R): (...args: LiftAll<A>) => Tensors<R> {
  return (...args) => {
    const { x, traced, n } = problem('laplacian', f as never, args as readonly unknown[])
    const { staged } = traced
    const from = staged.captured.length
    const { value, literals } = executables.of('laplacian', staged.jaxpr, (p) =>
      new Executable(stage(engine, 'laplacian', p.inputs.map((v) => v.aval), null, (t) => {
        let at = 0
        const inputs = t.map((primal, i) => {
          if (i < from || i >= from + x.tensors.length) return still(primal, n)
          const gradient = basisOf(primal, at, n)
          at += primal.size
          return { ...still(primal, n), gradient }
        })
        return emitLaplacian(p, inputs, n).map((s) => coreOps.instantiate(s.laplacian)) as Tensor[]
      })),
    )
    return unflatten(traced.def, value.run([...staged.captured, ...x.tensors, ...literals])) as Tensors<R>
  }
}

/** Derivative d of f along straight lines x + t v, for each row v of the directions ([m, …leaf] for each leaf). */
function alongLines({ x, traced }: Problem, directions: readonly Tensor[], order: number): readonly Tensor[] {
  const count = traced.staged.jaxpr.outs.length
  const line = (...v: Tensor[]): readonly Tensor[] => {
    const terms = v.map((d) => [d, ...Array.from({ length: order - 1 }, () => ops.full(d.shape, 0, d.dtype))])
    const outs = runJet(traced.staged, x.tensors, terms, order)
    return range(count).map((i) => outs[count + i * order + order - 1]!)
  }
  return vmap(line)(...directions) as readonly Tensor[]
}

export interface LaplacianEstimateOptions {
  /** A key of `random.key`, not to be used again. */
  readonly key: TensorLike
  /** How many directions are drawn. */
  readonly samples?: number
  /** Random signs in all coordinates, or random coordinates without repetition (exact when all are drawn). */
  readonly method?: 'hutchinson' | 'stde'
}

/** Random 32-bit words of a shape. */
const words = (key: Tensor, shape: readonly number[]): Tensor => ops.bind(threefry2x32, [key, ops.full([], 0, 'uint32')], { shape })[0]!

/** The coordinates of each direction, [samples, n], and the factor that makes their sum an estimate. */
function draw(key: Tensor, samples: number, n: number, method: 'hutchinson' | 'stde'): { rows: Tensor; factor: number } {
  if (method === 'hutchinson') {
    const odd = ops.ne(ops.and(words(key, [samples, n]), ops.full([], 1, 'uint32')), ops.full([], 0, 'uint32'))
    return { rows: ops.select(odd, 1, ops.full([samples, n], -1, 'float64')), factor: 1 / samples }
  }
  const m = Math.min(samples, n)
  const order = sort([words(key, [n]), ops.iota([n], 'int32', 0)], 0, 1)[1]!
  const chosen = ops.broadcast(ops.slice(order, [0], [m]), [m, n], [0])
  return { rows: ops.convert(ops.eq(chosen, ops.iota([m, n], 'int32', 1)), 'float64'), factor: n / m }
}

/** Rows over all coordinates, cut into leaves. */
function leafRows(rows: Tensor, x: Leaves): Tensor[] {
  let at = 0
  return x.tensors.map((l) => {
    const piece = ops.slice(rows, [0, at], [rows.shape[0]!, (at += l.size)])
    return ops.convert(ops.reshape(piece, [rows.shape[0]!, ...l.shape]), l.dtype)
  })
}

/**
 * An unbiased estimate of the Laplacian from second derivatives along a few random directions, at a cost that does not
 * grow with the number of coordinates. Reproducible: the same key draws the same directions.
 * @example laplacianEstimate(f, { key: random.key(0), samples: 16 })(x)
 */
export function laplacianEstimate<A extends readonly unknown[] = readonly Tensor[], R = unknown>(f: (...args: A) => R, options: LaplacianEstimateOptions): (...args: LiftAll<A>) => Tensors<R> {
  demandOptions('laplacianEstimate', options, ['key', 'samples', 'method'])
  const { samples = 1, method = 'hutchinson' } = options
  if (!Number.isInteger(samples) || samples < 1) raise(fault('shape', `laplacianEstimate: samples ${samples}`, 'Give a positive integer.'))
  if (method !== 'hutchinson' && method !== 'stde') raise(fault('tree', `laplacianEstimate: method ${String(method)}`, "Give 'hutchinson' or 'stde'."))
  return (...args) => {
    const p = problem('laplacianEstimate', f as never, args as readonly unknown[])
    const { rows, factor } = draw(asTensor(context, options.key), samples, p.n, method)
    const seconds = alongLines(p, leafRows(rows, p.x), 2)
    return unflatten(p.traced.def, seconds.map((s) => ops.mul(ops.sum(s, [0]), factor))) as Tensors<R>
  }
}

const binomial = (n: number, k: number): number => {
  let b = 1
  for (let i = 1; i <= k; i++) b = (b * (n - k + i)) / i
  return b
}

/** Directions Σ (αₖ − 2 jₖ) eₖ and their weights: one of each pair ±v, and none of length 0. */
function polarised(alpha: readonly number[]): { direction: readonly number[]; weight: number }[] {
  const order = alpha.reduce((s, a) => s + a, 0)
  const axes = alpha.flatMap((a, i) => (a > 0 ? [i] : []))
  if (axes.length === 1) return [{ direction: alpha.map((a) => (a > 0 ? 1 : 0)), weight: 1 }]
  let all: { direction: number[]; weight: number }[] = [{ direction: alpha.map(() => 0), weight: 1 }]
  for (const i of axes)
    all = all.flatMap(({ direction, weight }) =>
      range(alpha[i]! + 1).map((j) => ({ direction: direction.map((d, k) => (k === i ? alpha[i]! - 2 * j : d)), weight: weight * (j % 2 === 0 ? 1 : -1) * binomial(alpha[i]!, j) })),
    )
  const first = (d: readonly number[]): number => d.find((v) => v !== 0) ?? 0
  let factorial = 1
  for (let k = 2; k <= order; k++) factorial *= k
  return all.filter(({ direction }) => first(direction) > 0).map(({ direction, weight }) => ({ direction, weight: (2 * weight) / (2 ** order * factorial) }))
}

/**
 * ∂^α f: the partial derivative of order αᵢ in each coordinate i of x, by directional derivatives along few lines
 * (∏(αᵢ + 1)/2 of them at most), never by nesting. Coordinates are those of all leaves of x, in order.
 * @example mixedPartial((x) => np.multiply(np.square(x.at(0)), x.at(1)), [3, 5], [1, 1]) // => 6
 */
export function mixedPartial<X, R>(f: (x: X) => R, x: LiftAll<[X]>[0], alpha: readonly number[]): Tensors<R> {
  const p = problem('mixedPartial', f as never, [x])
  if (!Array.isArray(alpha) || alpha.length !== p.n || alpha.some((a) => !Number.isInteger(a) || a < 0))
    raise(fault('shape', `mixedPartial: alpha is ${Array.isArray(alpha) ? `[${alpha.map(shown).join(',')}]` : shown(alpha)} for ${p.n} coordinates`, 'Give one order, a non-negative integer, for each coordinate of x.'))
  const order = alpha.reduce((s, a) => s + a, 0)
  if (order === 0) return unflatten(p.traced.def, runJet(p.traced.staged, p.x.tensors, p.x.tensors.map(() => null), 0)) as Tensors<R>
  const lines = polarised(alpha)
  const flat = Float64Array.from(lines.flatMap((l) => l.direction))
  const rows = ops.reshape(asTensor(context, flat), [lines.length, p.n])
  const weights = asTensor(context, Float64Array.from(lines.map((l) => l.weight)))
  const values = alongLines(p, leafRows(rows, p.x), order).map((d) => {
    const w = ops.broadcast(ops.convert(weights, d.dtype), d.shape, [0])
    return ops.sum(ops.mul(d, w), [0])
  })
  return unflatten(p.traced.def, values) as Tensors<R>
}
