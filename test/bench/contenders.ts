/**
 * What runs a workload: adjoint by each of its backends, and how results are held against the gradient by hand.
 *
 * Law: nothing is timed whose results are not those by hand.
 */
import { jit, tree, valueAndGrad, type BackendName, type Tensor } from 'adjoint'
import type { Workload } from './workload'

/** One way to run a workload. */
export interface Contender {
  readonly name: string
  /** The value alone, where a gradient is taken too. */
  readonly value?: () => unknown
  readonly all: () => unknown
  /** The results of a run as numbers, to be compared. */
  readonly results: (run: unknown) => readonly (number | ArrayLike<number>)[]
  /** How far they may be from those by hand, relative to the greatest. */
  readonly tolerance: number
}

export const backendNames: readonly BackendName[] = ['auto', 'wasm', 'js', 'closure', 'direct']

const numbers = (run: unknown): ArrayLike<number>[] => tree.leaves(run as never).map((t) => (t as unknown as Tensor).data())
const single = (w: Workload): boolean => w.args.every((a) => typeof a === 'object' && 'dtype' in a && a.dtype === 'float32')
export const toleranceOf = (w: Workload): number => (single(w) ? 1e-4 : 1e-10)

export const derived = (w: Workload): ((...xs: never[]) => unknown) => (w.argnums ? (valueAndGrad(w.f as never, { argnums: w.argnums }) as never) : w.f)

/** adjoint through `jit`. */
export function ours(w: Workload, backend: BackendName): Contender {
  const [all, value] = [derived(w), w.f].map((f) => jit(f as never, { backend }) as (...xs: unknown[]) => unknown) as [(...xs: unknown[]) => unknown, (...xs: unknown[]) => unknown]
  const { args } = w
  return { name: backend, ...(w.argnums ? { value: () => value(...args) } : {}), all: () => all(...args), results: numbers, tolerance: toleranceOf(w) }
}

/** Where sums of products may be rounded once: in modules, where the engine has such instructions. */
export function fast(w: Workload): Contender {
  const f = jit(w.f as never, { backend: 'wasm', precision: 'fast' }) as (...xs: unknown[]) => unknown
  return { name: 'fast', all: () => f(...w.args), results: numbers, tolerance: toleranceOf(w) }
}

/** The compiled kernel alone, over typed arrays and numbers. */
export function rawKernel(w: Workload): Contender {
  const kernel = (jit(derived(w) as never) as unknown as { lower: (...xs: unknown[]) => { compile: () => (xs: readonly unknown[]) => unknown } }).lower(...w.args).compile()
  const inputs = w.args.map((a) => (typeof a === 'number' || a instanceof Float64Array ? a : a.data()))
  return { name: 'raw', all: () => kernel(inputs), results: (r) => r as (number | ArrayLike<number>)[], tolerance: toleranceOf(w) }
}

/** adjoint without `jit`: traced anew each time. */
export function eager(w: Workload): Contender {
  const f = derived(w) as (...xs: unknown[]) => unknown
  return { name: 'not jitted', all: () => f(...w.args), results: numbers, tolerance: toleranceOf(w) }
}

const list = (x: number | ArrayLike<number>): ArrayLike<number> => (typeof x === 'number' ? [x] : x)

/** The greatest distance from what is wanted, relative to the greatest element of each result. */
export function distance(got: readonly (number | ArrayLike<number>)[], want: readonly (number | ArrayLike<number>)[]): number {
  if (got.length !== want.length) return Infinity
  let worst = 0
  for (const [i, w] of want.entries()) {
    const [a, b] = [list(got[i]!), list(w)]
    if (a.length !== b.length) return Infinity
    let [scale, off] = [0, 0]
    for (let k = 0; k < b.length; k++) {
      scale = Math.max(scale, Math.abs(b[k]!))
      off = Math.max(off, Math.abs(a[k]! - b[k]!))
    }
    const relative = off / (scale || 1)
    if (!(relative <= worst)) worst = relative
    if (worst !== worst) return NaN
  }
  return worst
}
