/**
 * Line search for the strong Wolfe conditions: f(x + a p) ≤ f + c₁ a f'·p and |f'(x + a p)·p| ≤ c₂ |f'·p|.
 *
 * Law: for a direction of descent of a smooth function that is bounded below, the step satisfies both, up to rounding: where f
 * has no digits left to decrease in, the slope alone decides (Hager & Zhang 2005, the approximate conditions).
 * Source: Nocedal & Wright 2006, algorithms 3.5 (bracketing) and 3.6 (zoom), as one loop of two phases; trial steps by cubics.
 */
import { cond } from '../control/cond'
import { whileLoop } from '../control/loops'
import { abs, add, dot, isfinite, less, logicalAnd, logicalNot, logicalOr, multiply, subtract, where } from '../numpy/index'
import type { Tensor } from '../trace/tensor'
import { no, zeroSteps } from './carry'

/** A point on the line, and the gradient there. */
export interface Trial {
  readonly a: Tensor
  readonly f: Tensor
  /** The slope along the direction. */
  readonly d: Tensor
  readonly g: Tensor
}

const c1 = 1e-4
const c2 = 0.9
const trials = 40

const choose = (test: Tensor, x: Trial, y: Trial): Trial => ({ a: where(test, x.a, y.a), f: where(test, x.f, y.f), d: where(test, x.d, y.d), g: where(test, x.g, y.g) })

/** The minimum of the cubic through two points and their slopes, kept away from both; the middle where there is none. */
function cubic(lo: Trial, hi: Trial): Tensor {
  const width = subtract(hi.a, lo.a)
  const safe = where(width.eq(0), 1, width)
  const d1 = subtract(add(lo.d, hi.d), multiply(3, subtract(hi.f, lo.f)).div(safe))
  const root = subtract(multiply(d1, d1), multiply(lo.d, hi.d))
  const d2 = multiply(where(width.lt(0), -1, 1), where(root.gt(0), root, 0).sqrt())
  const below = add(subtract(hi.d, lo.d), multiply(2, d2))
  const part = subtract(1, subtract(add(hi.d, d2), d1).div(where(below.eq(0), 1, below)))
  const usable = logicalAnd(logicalAnd(isfinite(part), part.gt(0.05)), logicalAnd(part.lt(0.95), root.ge(0)))
  return add(lo.a, multiply(width, where(usable, part, 0.5)))
}

/**
 * The end of the search from x along p: its step (0 where none was found), value and gradient. `evaluate` gives value and
 * gradient at a point; `first` is the step tried first.
 */
export function lineSearch(evaluate: (x: Tensor) => readonly [Tensor, Tensor], x: Tensor, p: Tensor, f0: Tensor, g0: Tensor, first: Tensor): Trial {
  const d0 = dot(g0, p)
  const start: Trial = { a: multiply(0, first), f: f0, d: d0, g: g0 }
  const slack = multiply(x.dtype === 'float32' ? 1e-6 : 1e-14, abs(f0))
  const at = (a: Tensor): Trial => {
    const [f, g] = evaluate(add(x, multiply(a, p)))
    return { a, f, d: dot(g, p), g }
  }
  const end = whileLoop(
    ({ i, over }) => logicalAnd(less(i, trials), logicalNot(over)),
    ({ i, zooming, next, lo, hi }) => {
      const now = at(next)
      const armijo = logicalOr(now.f.le(add(f0, multiply(c1, multiply(now.a, d0)))), logicalAnd(now.f.le(add(f0, slack)), now.d.le(multiply(2 * c1 - 1, d0))))
      const sane = logicalAnd(isfinite(now.f), isfinite(now.d))
      const higher = logicalAnd(now.f.gt(add(lo.f, slack)), logicalOr(zooming, i.gt(0)))
      const bad = logicalOr(logicalNot(logicalAnd(armijo, sane)), higher)
      const flat = abs(now.d).le(multiply(-c2, d0))
      const accepted = logicalAnd(logicalNot(bad), flat)
      // Bracketing, `lo` is the last point; zooming, the lowest that satisfies the first condition.
      const beyond = logicalNot(zooming)
      const turned = where(beyond, now.d, multiply(now.d, subtract(hi.a, lo.a))).ge(0)
      const far = choose(bad, now, choose(turned, lo, hi))
      const near = choose(bad, lo, now)
      const going = logicalAnd(beyond, logicalNot(logicalOr(bad, turned)))
      return {
        i: add(i, 1),
        over: accepted,
        zooming: logicalNot(going),
        next: where(going, multiply(next, 4), cubic(near, far)),
        lo: near,
        hi: far,
      }
    },
    { i: zeroSteps(), over: no(), zooming: no(), next: first, lo: start, hi: start },
  )
  return end.lo
}

/** x + a p, or x where no step was found. */
export const moved = (x: Tensor, p: Tensor, t: Trial): Tensor => cond(t.a.eq(0), (y: Tensor) => y, (y: Tensor) => add(y, multiply(t.a, p)), x)
