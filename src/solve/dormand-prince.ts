/**
 * Dormand–Prince 5(4): adaptive steps of order 5, with a continuous solution of order 4 between them.
 *
 * Law: the result at ts[i] is y(ts[i]) of y' = f(y, t), y(ts[0]) = y0, with local errors of at most atol + rtol·|y|. Step sizes
 * are held constant under differentiation, except the last, which ends at the last of the times.
 * Source: Dormand & Prince 1980; Hairer, Nørsett & Wanner 1993, sections II.4 to II.6 (first step, PI control); the midpoint
 * weights of Shampine 1986, as in JAX's odeint.
 */
import { scan, whileLoop } from '../control/loops'
import { abs, add, clip, concatenate, fullLike, isfinite, less, logicalAnd, logicalNot, maximum, mean, minimum, multiply, power, sqrt, square, subtract, where } from '../numpy/index'
import type { Tensor } from '../trace/tensor'
import { stopGradient } from '../transforms/stop-gradient'
import { no, zeroSteps } from './carry'
import { demanded } from './operator'

/** y' at (y, t). */
export type Dynamics = (y: Tensor, t: Tensor) => Tensor

export interface StepOptions {
  readonly rtol: number
  readonly atol: number
  /** At most this many steps from one time to the next; results are NaN from there on. */
  readonly maxSteps: number
}

const nodes = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1]
const stages = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
]
const solution = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0]
const embedded = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]
const middle = [6025192743 / 30085553152 / 2, 0, 51252292925 / 65400821598 / 2, -2691868925 / 45128329728 / 2, 187940372067 / 1594534317056 / 2, -1776094331 / 19743644256 / 2, 11237099 / 235043384 / 2]

/** Σ cᵢ kᵢ over the coefficients that are not 0. */
const combined = (c: readonly number[], k: readonly Tensor[]): Tensor =>
  c.flatMap((x, i) => (x === 0 ? [] : [multiply(x, k[i]!)])).reduce((sum, x) => add(sum, x))

interface Step {
  readonly y: Tensor
  readonly f: Tensor
  readonly middle: Tensor
  readonly error: Tensor
}

function step(f: Dynamics, y: Tensor, k1: Tensor, t: Tensor, dt: Tensor): Step {
  const k = [k1]
  stages.forEach((row, i) => k.push(f(add(y, multiply(dt, combined(row, k))), add(t, multiply(nodes[i]!, dt)))))
  const next = add(y, multiply(dt, combined(solution, k)))
  k.push(f(next, add(t, dt)))
  return { y: next, f: k[6]!, middle: add(y, multiply(dt, combined(middle, k))), error: multiply(dt, combined(embedded, k)) }
}

const rms = (x: Tensor): Tensor => (x.size === 0 ? fullLike(mean(add(x, 0)), 0) : sqrt(mean(square(x))))

/** Hairer's choice of a first step, from the sizes of y, y' and a guess of y''. */
function firstStep(f: Dynamics, y: Tensor, k1: Tensor, t: Tensor, direction: Tensor, { rtol, atol }: StepOptions): Tensor {
  const scale = add(atol, multiply(rtol, abs(y)))
  const [d0, d1] = [rms(y.div(scale)), rms(k1.div(scale))]
  const small = d0.lt(1e-5).astype('int32').add(d1.lt(1e-5).astype('int32')).gt(0)
  const h0 = where(small, 1e-6, multiply(0.01, d0.div(where(small, 1, d1))))
  const k2 = f(add(y, multiply(multiply(direction, h0), k1)), add(t, multiply(direction, h0)))
  const d2 = rms(subtract(k2, k1).div(scale)).div(h0)
  const most = maximum(d1, d2)
  const h1 = where(most.le(1e-15), maximum(1e-6, multiply(h0, 1e-3)), power(multiply(0.01, where(most.le(1e-15), 1, most).pow(-1)), 1 / 5))
  return minimum(multiply(100, h0), h1)
}

/** The quartic through the ends and the middle of the last step, with the slopes at its ends. */
function between(theta: Tensor, dt: Tensor, y0: Tensor, y1: Tensor, mid: Tensor, f0: Tensor, f1: Tensor): Tensor {
  const [d0, d1] = [multiply(dt, f0), multiply(dt, f1)]
  const a = combined([-2, 2, -8, -8, 16], [d0, d1, y0, y1, mid])
  const b = combined([5, -3, 18, 14, -32], [d0, d1, y0, y1, mid])
  const c = combined([-4, 1, -11, -5, 16], [d0, d1, y0, y1, mid])
  return [b, c, d0, y0].reduce((sum, x) => add(multiply(sum, theta), x), a)
}

/** Where an integration stands: at `t`, after a step from `from`. */
export interface Position {
  readonly y: Tensor
  readonly f: Tensor
  readonly t: Tensor
  readonly from: Tensor
  readonly oldY: Tensor
  readonly oldF: Tensor
  readonly mid: Tensor
  /** The size of the next step. */
  readonly h: Tensor
  /** The last error, in units of what is allowed. */
  readonly last: Tensor
  /** Steps have become too small to go on. */
  readonly failed: Tensor
}

/** The integration from `begin` to `end`, step by step; a step that is refused leaves `t` where it was. */
export interface Stepper {
  readonly start: Position
  readonly advance: (s: Position) => Position
  /** 1 where times increase, −1 where they decrease. */
  readonly direction: Tensor
  /** (x − y) in the direction of time. */
  readonly ahead: (x: Tensor, y: Tensor) => Tensor
}

export function stepper(f: Dynamics, y0: Tensor, begin: Tensor, end: Tensor, options: StepOptions): Stepper {
  const { rtol, atol } = options
  const direction = stopGradient(where(end.lt(begin), -1, 1).astype(y0.dtype))
  const k1 = f(y0, begin)
  const tiny = y0.dtype === 'float32' ? 1e-6 : 1e-15
  const ahead = (x: Tensor, y: Tensor): Tensor => multiply(direction, subtract(x, y))
  const start: Position = {
    y: y0, f: k1, t: begin, from: begin, oldY: y0, oldF: k1, mid: y0,
    h: stopGradient(firstStep(f, y0, k1, begin, direction, options)),
    last: fullLike(begin, 1),
    failed: no(),
  }
  const advance = (s: Position): Position => {
    const left = ahead(end, s.t)
    const closing = s.h.ge(multiply(left, 1 - 1e-9))
    const dt = where(closing, subtract(end, s.t), multiply(direction, s.h))
    const next = step(f, s.y, s.f, s.t, dt)
    const ratio = stopGradient(rms(next.error.div(add(atol, multiply(rtol, maximum(abs(s.y), abs(next.y)))))))
    const sane = isfinite(ratio)
    const error = maximum(where(sane, ratio, 1e10), 1e-10)
    const accepted = error.le(1)
    // PI control: the exponent of the last error damps oscillations of the step size.
    const factor = multiply(0.9, multiply(power(error, -0.17), power(s.last, 0.04)))
    const bounded = where(accepted, clip(factor, 0.2, 10), clip(factor, 0.1, 0.9))
    const taken = minimum(s.h, stopGradient(abs(dt)))
    const h = multiply(taken, bounded)
    const pick = (yes: Tensor, no: Tensor): Tensor => where(accepted, yes, no)
    return {
      y: pick(next.y, s.y), f: pick(next.f, s.f), t: where(accepted, where(closing, end, add(s.t, dt)), s.t),
      from: pick(s.t, s.from), oldY: pick(s.y, s.oldY), oldF: pick(s.f, s.oldF), mid: pick(next.middle, s.mid),
      // A step that ends at the last time says nothing of how long others may be.
      h: where(logicalAnd(closing, accepted), maximum(h, s.h), h),
      last: where(accepted, maximum(error, 1e-4), s.last),
      failed: h.lt(multiply(tiny, maximum(abs(stopGradient(s.t)), 1e-300))),
    }
  }
  return { start, advance, direction, ahead }
}

/** The time and the state where the part `theta` of the last step is done. */
export function alongStep(s: Position, theta: Tensor): { readonly t: Tensor; readonly y: Tensor } {
  const length = subtract(s.t, s.from)
  return { t: add(s.from, multiply(theta, length)), y: between(theta, length, s.oldY, s.y, s.mid, s.oldF, s.f) }
}

/** The states at the times, [times, state]. Times increase, or decrease. */
export function integrate(f: Dynamics, y0: Tensor, ts: Tensor, options: StepOptions): Tensor {
  const { start, advance, ahead } = stepper(f, y0, ts.at(0), ts.at(ts.size - 1), options)
  const [, rows] = scan(
    (s: Position, target: Tensor) => {
      const reached = whileLoop(
        ({ n, s: now }) => logicalAnd(logicalAnd(less(n, options.maxSteps), ahead(target, now.t).gt(0)), logicalNot(now.failed)),
        ({ n, s: now }) => ({ n: add(n, 1), s: advance(now) }),
        { n: zeroSteps(), s },
      ).s
      const length = subtract(reached.t, reached.from)
      const still = length.eq(0)
      const { y } = alongStep(reached, where(still, 0, subtract(target, reached.from).div(where(still, 1, length))))
      // Where no step was taken the way has no length, but first derivatives by its ends.
      const moved = add(y, multiply(reached.f, where(still, subtract(target, reached.t), 0)))
      return [reached, demanded(moved, ahead(target, reached.t).le(0))]
    },
    start,
    ts.slice([1]),
  )
  return concatenate([y0.reshape([1, y0.size]), rows])
}
