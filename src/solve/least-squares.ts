/**
 * leastSquares: min ½‖r(x)‖² by the method of Levenberg and Marquardt, with exact Jacobians.
 *
 * Steps solve min ‖J h + r‖² + μ‖D h‖² by QR, never by normal equations; D is the largest norm that each column of J has had, so
 * that units of x do not matter (Moré 1978); μ follows actual over predicted decrease (Nielsen 1999); steps may carry the
 * second-order correction of a geodesic (Transtrum & Sethna 2012). Undamped steps end it, to the last digit.
 * Law: derivatives are those of Jᵀ r = 0, with the exact second derivatives of ½‖r‖².
 */
import { demandFunction, demandOptions, itself } from '../data/options'
import { cond } from '../control/cond'
import { customRoot } from '../control/custom-root'
import { whileLoop } from '../control/loops'
import { qr, solveTriangular } from '../linalg/index'
import { abs, add, all, concatenate, diag, dot, isfinite, less, logicalAnd, logicalNot, logicalOr, matmul, maximum, multiply, negative, square, subtract, sum, where } from '../numpy/index'
import { ops } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { jvp, vjp } from '../transforms/differentiate'
import { jacfwd } from '../transforms/jacobian'
import type { Tensors } from '../transforms/types'
import { no, yes, zeroSteps } from './carry'
import { symmetricSolve } from './dense'
import { norm } from './operator'
import { demandLimits, ravelFloats, ravelTree } from './ravel'

export interface LeastSquaresOptions {
  /** Done when a step changes x by less than this part of it. Default 1e-13 (float32: 1e-6). */
  readonly tol?: number
  /** Trial steps at most, 10 000. */
  readonly maxSteps?: number
  /** Whether the result holds the Jacobian. */
  readonly jacobian?: boolean
}

/** The fit. `x`, `cost`, `residuals` and `jacobian` have derivatives by what the residuals close over. */
export interface LeastSquares<X, R> {
  readonly x: Tensors<X>
  /** ½ Σ r². */
  readonly cost: Tensor
  readonly residuals: Tensors<R>
  /** ∂residuals/∂x as a matrix, [residuals, unknowns] in the order of ravelTree. Only when asked for. */
  readonly jacobian?: Tensor
  /** How many trial steps were computed. */
  readonly steps: Tensor
  /** Whether the residuals are orthogonal to the columns of the Jacobian, or x has no digits left to change. */
  readonly converged: Tensor
}

type Residuals = (x: Tensor) => Tensor

/** What a point is known by: the triangle of J and Qᵀ r, [n, n] and [n]; and the norms of J's columns. */
interface Linear {
  readonly r: Tensor
  readonly qtr: Tensor
  readonly norms: Tensor
}

/** The triangle of a matrix and of the right-hand side beside it. */
function triangle(a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const n = a.shape[1]!
  const rows = Math.max(0, n + 1 - a.shape[0]!)
  const wide = concatenate([a, b.reshape([b.size, 1])], 1)
  const whole = rows === 0 ? wide : concatenate([wide, ops.full([rows, n + 1], 0, a.dtype)])
  const r = qr(whole, 'r')
  return [r.slice([0, n], [0, n]), r.slice([0, n], n)]
}

const linearized = (f: Residuals, x: Tensor, r: Tensor): Linear => {
  const j = jacfwd(f)(x) as Tensor
  const [upper, qtr] = triangle(j, r)
  return { r: upper, qtr, norms: sum(square(j), 0).sqrt() }
}

/** h that minimizes ‖R h + Qᵀ r‖² + μ‖D h‖², and the triangle T with Tᵀ T = Jᵀ J + μ D². */
function damped(l: Linear, scales: Tensor, mu: Tensor): readonly [h: Tensor, t: Tensor] {
  const weights = diag(multiply(mu.sqrt(), scales))
  const [t, b] = triangle(concatenate([l.r, weights]), concatenate([l.qtr, multiply(0, l.qtr)]))
  return [negative(solveTriangular(t, b)), t]
}

/** Half the acceleration of the geodesic that starts along h: −½ (Jᵀ J + μ D²)⁻¹ Jᵀ r''(h, h). */
function bent(f: Residuals, x: Tensor, h: Tensor, t: Tensor): Tensor {
  const along = (y: Tensor): Tensor => jvp(f, [y], [h])[1] as Tensor
  const second = jvp(along, [x], [h])[1] as Tensor
  const [, pull] = vjp(f, [x]) as unknown as [Tensor, (ct: Tensor) => readonly [Tensor]]
  return multiply(-0.5, solveTriangular(t, solveTriangular(t, pull(second)[0], { transposeA: true })))
}

const positive = (scales: Tensor): Tensor => where(scales.gt(0), scales, 1)
const finite = (x: Tensor): Tensor => all(isfinite(x))

/** How much of the scales a step keeps where the columns have become shorter: all of it crawls along curved valleys. */
const memory = 0.9
/** The first damping, and what it is multiplied by when the fit begins again. */
const firstDamping = 1e-3
const harder = 1e5
const attempts = 3

interface Fit {
  readonly x: Tensor
  readonly steps: Tensor
  readonly converged: Tensor
  /** Σ r². */
  readonly sum: Tensor
}

/** Levenberg–Marquardt from a damping, then Gauss–Newton as long as its steps shrink. */
function fit(f: Residuals, x0: Tensor, r0: Tensor, l0: Linear, mu: Tensor, { tol, maxSteps }: { readonly tol: number; readonly maxSteps: Tensor }): Fit {
  const least = x0.dtype === 'float32' ? 1e-30 : 1e-100
  const one = ops.full([], 1, x0.dtype)
  const small = (h: Tensor, x: Tensor): Tensor => all(abs(h).le(multiply(tol, abs(x))))
  const damping = whileLoop(
    ({ k, still, mu }) => logicalAnd(logicalAnd(less(k, maxSteps), logicalNot(still)), mu.lt(x0.dtype === 'float32' ? 1e20 : 1e40)),
    ({ k, x, r, l, scales, mu, growth }) => {
      const d = positive(scales)
      const [velocity, t] = damped(l, d, mu)
      const curve = bent(f, x, velocity, t)
      const turn = norm(multiply(d, curve)).div(maximum(norm(multiply(d, velocity)), least))
      const h = add(velocity, where(logicalAnd(turn.le(0.375), finite(curve)), curve, 0))
      const next = add(x, h)
      const after = f(next)
      const [before, now] = [dot(r, r), dot(after, after)]
      const jh = matmul(l.r, velocity)
      const predicted = negative(add(dot(jh, l.qtr), multiply(0.5, dot(jh, jh))))
      const gain = multiply(0.5, subtract(before, now)).div(where(predicted.gt(least), predicted, least))
      const better = logicalAnd(gain.gt(0), isfinite(now))
      const fresh = cond(better, (y: Tensor, ry: Tensor) => linearized(f, y, ry), () => l, next, after)
      // A point where the Jacobian is not finite is no point to go to.
      const accepted = logicalAnd(better, finite(fresh.norms))
      const pick = (yes: Tensor, no: Tensor): Tensor => where(accepted, yes, no)
      const cube = subtract(multiply(2, gain), 1)
      const shrink = maximum(1 / 3, subtract(1, multiply(cube, multiply(cube, cube))))
      return {
        k: add(k, 1),
        x: pick(next, x),
        r: pick(after, r),
        l: { r: pick(fresh.r, l.r), qtr: pick(fresh.qtr, l.qtr), norms: pick(fresh.norms, l.norms) },
        scales: pick(maximum(fresh.norms, multiply(memory, scales)), scales),
        mu: maximum(multiply(mu, pick(shrink, growth)), least),
        growth: pick(multiply(2, one), multiply(2, growth)),
        still: logicalOr(small(velocity, x), now.eq(0)),
      }
    },
    { k: zeroSteps(), x: x0, r: r0, l: l0, scales: l0.norms, mu, growth: multiply(2, one), still: no() },
  )
  // Where ‖r‖² has reached its last digit, its gradient has not.
  const newton = (l: Linear): Tensor => damped(l, positive(l.norms), multiply(0, one))[0]
  const polished = whileLoop(
    ({ k, going }) => logicalAnd(going, less(k, 50)),
    ({ k, x, r, l, size }) => {
      const h = newton(l)
      const length = norm(multiply(h, positive(l.norms)))
      const next = add(x, h)
      const after = f(next)
      const going = logicalAnd(length.lt(multiply(0.9, size)), dot(after, after).le(multiply(1 + 1e-10, dot(r, r))))
      const fresh = cond(going, (y: Tensor, ry: Tensor) => linearized(f, y, ry), () => l, next, after)
      const pick = (yes: Tensor, no: Tensor): Tensor => where(going, yes, no)
      return { k: add(k, 1), x: pick(next, x), r: pick(after, r), l: { r: pick(fresh.r, l.r), qtr: pick(fresh.qtr, l.qtr), norms: pick(fresh.norms, l.norms) }, size: pick(length, size), going }
    },
    { k: zeroSteps(), x: damping.x, r: damping.r, l: damping.l, size: multiply(Infinity, one), going: yes() },
  )
  // ‖Qᵀ r‖ / ‖r‖: how far the residuals are from orthogonal to the tangent plane (Bates & Watts 1981).
  const { x, r, l, k } = polished
  const orthogonal = norm(l.qtr).le(multiply(1e-5, norm(r)))
  const exact = norm(r).le(multiply(1e-12, norm(r0)))
  const done = all(abs(newton(l)).le(multiply(x.dtype === 'float32' ? 1e-4 : 1e-8, abs(x))))
  return { x, steps: add(damping.k, k), converged: logicalOr(logicalOr(orthogonal, exact), done), sum: dot(r, r) }
}

/** The best of fits that begin again, with more damping, where one has come to rest at no minimum: a parameter that went to infinity. */
function bestFit(f: Residuals, x0: Tensor, tol: number, maxSteps: number): readonly [Tensor, { readonly steps: Tensor; readonly converged: Tensor }] {
  const r0 = f(x0)
  const l0 = linearized(f, x0, r0)
  const end = whileLoop(
    ({ attempt, best }) => logicalAnd(logicalAnd(less(attempt, attempts), logicalNot(best.converged)), less(best.steps, maxSteps)),
    ({ attempt, mu, best }) => {
      const next = fit(f, x0, r0, l0, mu, { tol, maxSteps: subtract(maxSteps, best.steps) })
      const better = logicalOr(next.converged, next.sum.lt(best.sum))
      const pick = (yes: Tensor, no: Tensor): Tensor => where(better, yes, no)
      return {
        attempt: add(attempt, 1),
        mu: multiply(harder, mu),
        best: { x: pick(next.x, best.x), steps: add(best.steps, next.steps), converged: next.converged, sum: pick(next.sum, best.sum) },
      }
    },
    { attempt: zeroSteps(), mu: ops.full([], firstDamping, x0.dtype), best: { x: x0, steps: zeroSteps(), converged: no(), sum: dot(r0, r0) } },
  ).best
  return [end.x, { steps: end.steps, converged: end.converged }]
}

/**
 * A local minimum of ½ Σ residuals(x)² from x0: `{x, cost, residuals, steps, converged}`, and `jacobian` where it is asked for.
 * `residuals` returns a tree of arrays; x0 may be a tree. Differentiable by what `residuals` closes over, in both modes and to any
 * order; the starting point has no derivative.
 * @example leastSquares((x) => np.sub(np.mul(x, np.array([1, 2])), np.array([2, 4])), 0).x // => 2
 */
export function leastSquares<X, R>(residuals: (x: Tensors<X>) => R, x0: X, options: LeastSquaresOptions = {}): LeastSquares<X, R> {
  demandFunction('leastSquares', residuals, itself)
  const [start, unravel] = ravelFloats(x0)
  demandOptions('leastSquares', options, ['tol', 'maxSteps', 'jacobian'])
  const { tol = start.dtype === 'float32' ? 1e-6 : 1e-13, maxSteps = 10_000, jacobian = false } = options
  demandLimits('leastSquares', { tol }, { maxSteps })
  const f: Residuals = (x) => ops.convert(ravelTree(residuals(unravel(x)))[0], start.dtype)
  const gradient = (x: Tensor): Tensor => {
    const [r, pull] = vjp(f, [x]) as unknown as [Tensor, (ct: Tensor) => readonly [Tensor]]
    return pull(r)[0]
  }
  const [x, { steps, converged }] = customRoot(gradient, start, (_g, from: Tensor) => bestFit(f, from, tol, maxSteps), (g, y) => symmetricSolve(g as never, y), { hasAux: true })
  const [r, unravelResiduals] = ravelTree(residuals(unravel(x)))
  const fitted = { x: unravel(x), cost: multiply(0.5, dot(r, r)), residuals: unravelResiduals(r), steps, converged }
  return jacobian ? { ...fitted, jacobian: jacfwd(f)(x) as Tensor } : fitted
}
