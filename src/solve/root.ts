/**
 * root: x with f(x) = 0, by Newton's method, Broyden's, or bisection.
 *
 * Law: derivatives are ẋ = −(∂f/∂x)⁻¹ ∂f/∂θ θ̇, for whatever θ f closes over, whatever the method did.
 * Example: root((x) => np.sub(np.square(x), 2), 1) // => 1.41421356
 * Source: Dennis & Schnabel 1996, chapters 6 (backtracking) and 8 (Broyden's update of the inverse).
 */
import { cond } from '../control/cond'
import { customRoot } from '../control/custom-root'
import { whileLoop } from '../control/loops'
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { abs, add, all, dot, equal, isfinite, less, logicalAnd, logicalNot, logicalOr, matmul, multiply, negative, outer, sign, subtract, where } from '../numpy/index'
import { inv, solve } from '../linalg/index'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { jacfwd } from '../transforms/jacobian'
import { stopGradient } from '../transforms/stop-gradient'
import type { Tensors } from '../transforms/types'
import { yes, zeroSteps } from './carry'
import { generalSolve } from './dense'
import { demanded, half, largest, norm, type VectorMap } from './operator'
import { demandLimits, ravelFloats, vectorLike } from './ravel'

export interface RootSearchOptions<X = unknown> {
  /** Default 'newton'; 'bisection' where a bracket is given. */
  readonly method?: 'newton' | 'broyden' | 'bisection'
  /** Done when no element of f(x) is larger. Default 1e-12 (float32: 1e-5). Bisection goes on to the last digit. */
  readonly tol?: number
  /** Steps at most, 100 (bisection 2000). */
  readonly maxSteps?: number
  /** Bisection: two trees like x0 between which each element of f changes its sign. Elements are solved one by one. */
  readonly bracket?: readonly [X | TensorLike, X | TensorLike]
  /** Whether [x, info] is returned. */
  readonly hasAux?: boolean
}

/** How the search ended. It has no derivatives. */
export interface RootInfo {
  readonly steps: Tensor
  /** The largest element of |f(x)|. */
  readonly residual: Tensor
  /** Whether f(x) is as small as the tolerance, or x as good as rounding in f lets it be. */
  readonly converged: Tensor
}

type Found = readonly [Tensor, Tensor]

/** The step t·h, t = 1, ½, ¼, …, at which ‖f‖ decreases; x itself where none is. */
function backtracked(f: VectorMap, x: Tensor, r: Tensor, h: Tensor): { readonly x: Tensor; readonly r: Tensor; readonly moved: Tensor } {
  const before = norm(r)
  const full = add(x, h)
  const end = whileLoop(
    ({ t, r: now }) => logicalAnd(logicalNot(norm(now).lt(multiply(subtract(1, multiply(1e-4, t)), before))), t.gt(1e-10)),
    ({ t }) => {
      const half = multiply(0.5, t)
      const next = add(x, multiply(half, h))
      return { t: half, x: next, r: f(next) }
    },
    { t: ops.full([], 1, x.dtype), x: full, r: f(full) },
  )
  const moved = norm(end.r).lt(before)
  return { x: where(moved, end.x, x), r: where(moved, end.r, r), moved }
}

/** Whether Newton's next step is nothing beside x, as MINPACK's xtol has it: then x is as good as rounding in f lets it be, however large f is. */
function settled(f: VectorMap, x: Tensor): Tensor {
  const h = stopGradient(solve(jacobianOf(f, x), f(x))) as Tensor
  return largest(h).le(multiply(half(x.dtype), largest(x)))
}

const jacobianOf = (f: VectorMap, x: Tensor): Tensor => jacfwd(f)(x) as Tensor

function newton(f: VectorMap, x0: Tensor, tol: number, maxSteps: number): Found {
  const end = whileLoop(
    ({ k, r, moved }) => logicalAnd(logicalAnd(less(k, maxSteps), moved), largest(r).gt(tol)),
    ({ k, x, r }) => {
      const next = backtracked(f, x, r, negative(solve(jacobianOf(f, x), r)))
      return { k: add(k, 1), ...next }
    },
    { k: zeroSteps(), x: x0, r: f(x0), moved: yes() },
  )
  return [end.x, end.k]
}

/** Broyden's first method; where its step does not help, it begins again with the Jacobian at hand. */
function broyden(f: VectorMap, x0: Tensor, tol: number, maxSteps: number): Found {
  const end = whileLoop(
    ({ k, r, stuck }) => logicalAnd(logicalAnd(less(k, maxSteps), stuck.lt(2)), largest(r).gt(tol)),
    ({ k, x, r, h, stuck }) => {
      const next = backtracked(f, x, r, negative(matmul(h, r)))
      const s = subtract(next.x, x)
      const hy = matmul(h, subtract(next.r, r))
      const below = dot(s, hy)
      const regular = logicalAnd(next.moved, abs(below).gt(multiply(1e-12, dot(s, s))))
      const updated = add(h, multiply(outer(subtract(s, hy), matmul(s, h)), where(regular, 1, 0).div(where(regular, below, 1))))
      return { k: add(k, 1), x: next.x, r: next.r, h: cond(next.moved, (_y: Tensor) => updated, (y: Tensor) => inv(jacobianOf(f, y)), next.x), stuck: where(next.moved, zeroSteps(), add(stuck, 1)) }
    },
    { k: zeroSteps(), x: x0, r: f(x0), h: inv(jacobianOf(f, x0)), stuck: zeroSteps() },
  )
  return [end.x, end.k]
}

/** Each element by itself: NaN where f has one sign at both ends. */
function bisection(f: VectorMap, from: Tensor, to: Tensor, maxSteps: number): Found {
  const [fa, fb] = [f(from), f(to)]
  const inside = (a: Tensor, b: Tensor): Tensor => add(a, multiply(0.5, subtract(b, a)))
  const end = whileLoop(
    ({ k, a, b }) => {
      const m = inside(a, b)
      return logicalAnd(less(k, maxSteps), logicalNot(all(logicalOr(equal(m, a), equal(m, b)))))
    },
    ({ k, a, b }) => {
      const m = inside(a, b)
      const fm = f(m)
      const left = equal(sign(fm), sign(fa))
      const exact = equal(fm, 0)
      return { k: add(k, 1), a: where(logicalOr(left, exact), m, a), b: where(logicalAnd(left, logicalNot(exact)), b, m) }
    },
    { k: zeroSteps(), a: where(equal(fb, 0), to, from), b: where(equal(fa, 0), from, to) },
  )
  const crossing = multiply(sign(fa), sign(fb)).le(0)
  const closer = abs(f(end.a)).le(abs(f(end.b)))
  return [where(crossing, where(closer, end.a, end.b), NaN), end.k]
}

/**
 * x with f(x) = 0, from x0: f returns a tree with as many elements as x0. Differentiable by what f closes over, in both modes and to
 * any order; the starting point has no derivative. With `hasAux`, [x, {steps, residual, converged}]; it has converged where f(x)
 * is as small as `tol` says, or as rounding lets it be. Without, an x that is no root is NaN, and so are its derivatives (by bisection,
 * each element by itself): compiled code cannot throw.
 */
export function root<X>(f: (x: Tensors<X>) => unknown, x0: X, options?: RootSearchOptions<X> & { readonly hasAux?: false }): Tensors<X>
export function root<X>(f: (x: Tensors<X>) => unknown, x0: X, options: RootSearchOptions<X> & { readonly hasAux: true }): [Tensors<X>, RootInfo]
export function root<X>(f: (x: Tensors<X>) => unknown, x0: X, options: RootSearchOptions<X> = {}): Tensors<X> | [Tensors<X>, RootInfo] {
  demandOptions('root', options, ['method', 'tol', 'maxSteps', 'bracket', 'hasAux'])
  demandFunction('root', f, itself)
  const { bracket, hasAux = false, method = bracket ? 'bisection' : 'newton' } = options
  const [start, unravel] = ravelFloats(x0)
  const { tol = start.dtype === 'float32' ? 1e-5 : 1e-12, maxSteps = method === 'bisection' ? 2000 : 100 } = options
  demandLimits('root', { tol }, { maxSteps })
  if (bracket !== undefined && (!Array.isArray(bracket) || bracket.length !== 2)) raise(fault('tree', `root: the bracket is ${shown(bracket)}`, 'Give {bracket: [a, b]} with f of opposite signs at a and b.'))
  const g: VectorMap = (x) => vectorLike('root: f', f(unravel(x)), x)
  const find = (h: VectorMap, from: Tensor): Found => {
    switch (method) {
      case 'newton':
        return newton(h, from, tol, maxSteps)
      case 'broyden':
        return broyden(h, from, tol, maxSteps)
      case 'bisection': {
        if (!bracket) return raise(fault('tree', 'root: bisection needs a bracket', 'Give {bracket: [a, b]} with f of opposite signs at a and b.'))
        const [a, b] = bracket.map((end) => stopGradient(vectorLike('root: bracket', end, from)) as Tensor)
        return bisection(h, a!, b!, maxSteps)
      }
      default:
        return raise(fault('tree', `root: method ${String(method)} is not known`, "Give 'newton', 'broyden' or 'bisection'."))
    }
  }
  const [x, steps] = customRoot(g, start, (h, from: Tensor) => find(h as never, from), (j, y) => generalSolve(j as never, y), { hasAux: true })
  const at = stopGradient(x) as Tensor
  const residual = stopGradient(largest(g(at))) as Tensor
  const converged = logicalAnd(isfinite(residual), cond(residual.le(tol), (_y: Tensor) => yes(), (y: Tensor) => settled(g, y), at))
  if (hasAux) return [unravel(x), { steps, residual, converged }]
  return unravel(method === 'bisection' ? x : demanded(x, converged))
}
