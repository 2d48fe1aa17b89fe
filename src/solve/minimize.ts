/**
 * minimize: a local minimum of a smooth function of a tree, by BFGS, L-BFGS or Newton-CG with a strong-Wolfe line search.
 *
 * Law: ∇f(x) = 0 at the result, and its derivatives are those of that equation: ẋ = −(∇²f)⁻¹ ∂θ∇f θ̇, whatever the method did.
 * Example: minimize((x) => np.sum(np.square(np.sub(x, 3))), np.array([0, 0])).x // => [3, 3]
 * Source: Nocedal & Wright 2006, algorithms 6.1 (BFGS, with 6.20 for the first matrix), 7.1 (Newton-CG), 7.4 (two-loop recursion).
 */
import { customRoot } from '../control/custom-root'
import { scan, whileLoop } from '../control/loops'
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { add, concatenate, divide, dot, identity, isfinite, less, logicalAnd, logicalNot, logicalOr, matmul, maximum, minimum, multiply, negative, outer, subtract, where, zeros } from '../numpy/index'
import type { Tensor } from '../trace/tensor'
import { jvp } from '../transforms/differentiate'
import { grad, valueAndGrad } from '../transforms/grad'
import type { Tensors } from '../transforms/types'
import { no, yes, zeroSteps } from './carry'
import { symmetricSolve } from './dense'
import { lineSearch, moved } from './line-search'
import { largest, norm } from './operator'
import { demandLimits, ravelFloats } from './ravel'

export interface MinimizeOptions {
  /** Default 'bfgs'. */
  readonly method?: 'bfgs' | 'lbfgs' | 'newton-cg'
  /** Done when no element of the gradient is larger. Default 1e-9 (float32: 1e-4). */
  readonly tol?: number
  /** Steps at most, 200 for each unknown when absent, 1000 at least. */
  readonly maxSteps?: number
  /** How many steps L-BFGS remembers, 10. */
  readonly memory?: number
}

/** The minimum. `x` and `fun` have derivatives by what f closes over. */
export interface Minimum<X> {
  readonly x: Tensors<X>
  /** f(x). */
  readonly fun: Tensor
  /** ∇f(x): zero up to the tolerance. */
  readonly grad: Tensors<X>
  readonly steps: Tensor
  /** Whether the gradient is as small as was asked for. */
  readonly converged: Tensor
}

/** What a method knows between steps, a tree of arrays, and how it goes on. */
interface Method<S> {
  readonly init: S
  readonly direction: (state: S, x: Tensor, g: Tensor) => Tensor
  readonly update: (state: S, s: Tensor, y: Tensor) => S
}

/** 1/⟨s, y⟩ where the curvature is positive, else 0. */
const inverseCurvature = (s: Tensor, y: Tensor): Tensor => {
  const c = dot(s, y)
  const positive = c.gt(multiply(1e-14, multiply(norm(s), norm(y))))
  return where(positive, divide(1, where(positive, c, 1)), 0)
}

function bfgs(n: number, like: Tensor): Method<{ readonly h: Tensor; readonly fresh: Tensor }> {
  const one = identity(n, like.dtype)
  return {
    init: { h: one, fresh: yes() },
    direction: ({ h }, _x, g) => negative(matmul(h, g)),
    update: ({ h, fresh }, s, y) => {
      const rho = inverseCurvature(s, y)
      const scale = where(fresh, dot(s, y).div(maximum(dot(y, y), 1e-300)), 1)
      const base = where(rho.gt(0), multiply(scale, h), h)
      const left = subtract(one, multiply(rho, outer(s, y)))
      const next = add(matmul(matmul(left, base), left.T), multiply(rho, outer(s, s)))
      return { h: where(rho.gt(0), next, h), fresh: logicalAnd(fresh, rho.le(0)) }
    },
  }
}

function lbfgs(n: number, m: number, like: Tensor): Method<{ readonly s: Tensor; readonly y: Tensor; readonly rho: Tensor }> {
  const pushed = (memory: Tensor, x: Tensor): Tensor => concatenate([memory.slice([1]), x.reshape([1, ...x.shape])])
  return {
    init: { s: zeros([m, n], { dtype: like.dtype }), y: zeros([m, n], { dtype: like.dtype }), rho: zeros([m], { dtype: like.dtype }) },
    direction: (memory, _x, g) => {
      const [q, alphas] = scan(
        (v, e) => {
          const alpha = multiply(e.rho, dot(e.s, v))
          return [subtract(v, multiply(alpha, e.y)), alpha]
        },
        g, memory, { reverse: true },
      )
      const [s, y] = [memory.s.at(m - 1), memory.y.at(m - 1)]
      const begun = memory.rho.at(m - 1).gt(0)
      const gamma = where(begun, dot(s, y).div(where(begun, dot(y, y), 1)), 1)
      const [r] = scan((v, e) => [add(v, multiply(subtract(e.alpha, multiply(e.rho, dot(e.y, v))), e.s)), null], multiply(gamma, q), { ...memory, alpha: alphas })
      return negative(r)
    },
    update: (memory, s, y) => {
      const rho = inverseCurvature(s, y)
      const keep = (before: Tensor, x: Tensor): Tensor => where(rho.gt(0), pushed(before, x), before)
      return { s: keep(memory.s, s), y: keep(memory.y, y), rho: keep(memory.rho, rho) }
    },
  }
}

/** Conjugate gradients on ∇²f p = −∇f, until the residual is small or the curvature is negative. */
function newtonCg(gradient: (x: Tensor) => Tensor, n: number): Method<null> {
  return {
    init: null,
    direction: (_s, x, g) => {
      const goal = multiply(minimum(0.5, norm(g).sqrt()), norm(g))
      const end = whileLoop(
        ({ k, r, over }) => logicalAnd(logicalAnd(less(k, 2 * n), norm(r).gt(goal)), logicalNot(over)),
        ({ k, z, r, d }) => {
          const b = jvp(gradient, [x], [d])[1]
          const curvature = dot(d, b)
          const bad = curvature.le(multiply(1e-15, dot(d, d)))
          const rr = dot(r, r)
          const alpha = rr.div(where(bad, 1, curvature))
          const next = add(r, multiply(alpha, b))
          const forth = add(z, multiply(alpha, d))
          return {
            k: add(k, 1),
            z: where(bad, where(k.eq(0), negative(g), z), forth),
            r: where(bad, r, next),
            d: subtract(multiply(dot(next, next).div(maximum(rr, 1e-300)), d), next),
            over: bad,
          }
        },
        { k: zeroSteps(), z: multiply(0, g), r: g, d: negative(g), over: no() },
      )
      return end.z
    },
    update: () => null,
  }
}

function descend<S>(f: (x: Tensor) => Tensor, x0: Tensor, method: Method<S>, newton: boolean, tol: number, maxSteps: number): readonly [Tensor, { steps: Tensor }] {
  const evaluate = (x: Tensor): readonly [Tensor, Tensor] => valueAndGrad(f)(x) as [Tensor, Tensor]
  const [f0, g0] = evaluate(x0)
  const end = whileLoop(
    ({ k, g, stuck }) => logicalAnd(logicalAnd(less(k, maxSteps), largest(g).gt(tol)), stuck.lt(2)),
    ({ k, x, f: fx, g, stuck, known }) => {
      const state = known as S
      const wish = method.direction(state, x, g)
      // A method that has lost its way begins again along the gradient.
      const descends = logicalAnd(dot(wish, g).lt(0), isfinite(dot(wish, wish)))
      const steep = logicalOr(stuck.gt(0), logicalNot(descends))
      const p = where(steep, negative(g), wish)
      // A gradient says nothing of how far to go; once a method has curvature, it does.
      const short = minimum(1, divide(1, maximum(norm(g), 1e-300)))
      const first = where(newton ? steep : logicalOr(steep, k.eq(0)), short, 1)
      const t = lineSearch(evaluate, x, p, fx, g, first)
      const next = moved(x, p, t)
      const after = method.update(state, subtract(next, x), subtract(t.g, g))
      return { k: add(k, 1), x: next, f: t.f, g: t.g, stuck: where(t.a.eq(0), add(stuck, 1), zeroSteps()), known: after as never }
    },
    { k: zeroSteps(), x: x0, f: f0, g: g0, stuck: zeroSteps(), known: method.init as never },
  )
  return [end.x, { steps: end.k }]
}

/**
 * A local minimum of f from x0: `{x, fun, grad, steps, converged}`. f returns one number; x0 may be a tree.
 * Differentiable by what f closes over, in both modes and to any order; the starting point has no derivative.
 */
export function minimize<X>(f: (x: Tensors<X>) => Tensor | number, x0: X, options: MinimizeOptions = {}): Minimum<X> {
  demandFunction('minimize', f, itself)
  const [start, unravel] = ravelFloats(x0)
  const n = start.size
  demandOptions('minimize', options, ['method', 'tol', 'maxSteps', 'memory'])
  const { tol = start.dtype === 'float32' ? 1e-4 : 1e-9, maxSteps = Math.max(1000, 200 * n), memory = 10 } = options
  demandLimits('minimize', { tol }, { maxSteps, memory })
  const value = (x: Tensor): Tensor => f(unravel(x)) as Tensor
  const gradient = (x: Tensor): Tensor => grad(value)(x) as Tensor
  const run = (x: Tensor): readonly [Tensor, { steps: Tensor }] => {
    switch (String(options.method ?? 'bfgs').toLowerCase().replace(/[^a-z]/g, '')) {
      case 'bfgs':
        return descend(value, x, bfgs(n, start), false, tol, maxSteps)
      case 'lbfgs':
        return descend(value, x, lbfgs(n, memory, start), false, tol, maxSteps)
      case 'newtoncg':
        return descend(value, x, newtonCg(gradient, n), true, tol, maxSteps)
      default:
        return raise(fault('tree', `minimize: method ${shown(options.method)} is not known`, "Give 'bfgs', 'lbfgs' or 'newton-cg'."))
    }
  }
  const [x, { steps }] = customRoot(gradient, start, (_g, from: Tensor) => run(from), (g, y) => symmetricSolve(g as never, y), { hasAux: true })
  const [fun, g] = valueAndGrad(value)(x) as [Tensor, Tensor]
  return { x: unravel(x), fun, grad: unravel(g), steps, converged: largest(g).le(tol) }
}
