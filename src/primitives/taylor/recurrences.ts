/**
 * Functions of a power series by their differential equations, each coefficient in O(k): exp, tan and their kin
 * (Riccati), sin and cos, powers, logarithms, the inverse error function.
 *
 * A head gives f(x₀), so that values have the bits of the function itself; it is no argument: the derivative of each is
 * f′(x)·dx in the ring, of the whole series. Source: Griewank & Walther 2008, table 13.2; Riccati as in their 13.2.
 */
import type { PartOps } from '../../compile/loop/pieces'
import type { CoreOps, Primitive } from '../../ir/types'
import { isZero, type Value } from '../../ir/value'
import { seriesPrimitive, type Lines, type SeriesParams } from './kernel'
import { along, headOf, over, plus, times } from './ring'
import { convolved, convolvedSlope, scaled, shared } from './lines'
import { convolve, convolveSlope, oneByOne, type Recurrence, type Single } from './tile'

interface Riccati extends SeriesParams {
  readonly a: number
  readonly b: number
  readonly c: number
}

/** y′ = (a + b y + c y²) x′. g holds a + b y + c y². */
const riccatiRecurrence: Recurrence = ([x, y0], [y, g], { lanes, at, step, n, head, s }, { a, b, c }: Riccati) => {
  for (let l = 0; l < lanes; l++) {
    const first = y0![head + l]!
    y![at + l] = first
    g![at + l] = a + (b + c * first) * first
  }
  for (let k = 1, q = at + step; k < n; k++, q += step) {
    convolveSlope(s, x!, at + step, g!, q - step, step, k)
    for (let l = 0; l < lanes; l++) y![q + l] = s[l]! / k
    if (c === 0) for (let l = 0; l < lanes; l++) g![q + l] = b * y![q + l]!
    else {
      convolve(s, y!, at, y!, q, step, k + 1)
      for (let l = 0; l < lanes; l++) g![q + l] = b * y![q + l]! + c * s[l]!
    }
  }
}

const riccatiLines: Lines = <P>(s: PartOps<P>, [x, [first]]: readonly (readonly P[])[], { a, b, c }: Riccati) => {
  const times = (k: number, v: P): P => s.mul(s.constant(k), v)
  const y = [first as P]
  const g = [s.add(s.constant(a), s.mul(s.add(s.constant(b), times(c, first as P)), first as P))]
  for (let k = 1; k < x!.length; k++) {
    y.push(shared(s, convolvedSlope(s, x!, 1, g, k - 1, k), k))
    g.push(c === 0 ? times(b, y[k]!) : s.add(times(b, y[k]!), times(c, convolved(s, y, 0, y, k, k + 1))))
  }
  return [y, g]
}

/** (x, y₀) ↦ y and its derivative by x, a + b y + c y²: exp, expm1, exp2, tan, tanh, logistic. */
const seriesRiccati: Primitive = seriesPrimitive({
  name: 'series_riccati',
  series: [true, false],
  results: 2,
  recurrence: riccatiRecurrence,
  lines: riccatiLines,
  jvp: (ops, _x, [y, g], [dx], { axis, b, c }: Riccati) => {
    const dy = times(ops, g!, dx!, axis)
    if (isZero(dy)) return [dy, dy]
    // g = a + b y + c y².
    return [dy, c === 0 ? ops.mul(dy, b) : times(ops, plus(ops, ops.mul(y!, 2 * c), b, axis), dy, axis)]
  },
})

/** y′ = (a + b y + c y²) x′ from y₀, and the derivative a + b y + c y². */
export const riccati = (ops: CoreOps, x: Value, y0: Value, [a, b, c]: readonly [number, number, number]): readonly Value[] =>
  ops.bind(seriesRiccati, [x, y0], { axis: 0, a, b, c })

/** s′ = c x′, c′ = ±s x′. */
const circularRecurrence: Recurrence = ([x, s0, c0], [s, c], { lanes, at, step, n, head, s: ds, t: dc }, { sign }: { sign: number }) => {
  for (let l = 0; l < lanes; l++) {
    s![at + l] = s0![head + l]!
    c![at + l] = c0![head + l]!
  }
  for (let k = 1, q = at + step; k < n; k++, q += step) {
    convolveSlope(ds, x!, at + step, c!, q - step, step, k)
    convolveSlope(dc, x!, at + step, s!, q - step, step, k)
    for (let l = 0; l < lanes; l++) {
      s![q + l] = ds[l]! / k
      c![q + l] = (sign * dc[l]!) / k
    }
  }
}

const circularLines: Lines = <P>(l: PartOps<P>, [x, s0, c0]: readonly (readonly P[])[], { sign }: { sign: number }) => {
  const [s, c] = [[...s0!], [...c0!]]
  for (let k = 1; k < x!.length; k++) {
    const [ds, dc] = [convolvedSlope(l, x!, 1, c, k - 1, k), convolvedSlope(l, x!, 1, s, k - 1, k)]
    s.push(shared(l, ds, k))
    c.push(shared(l, scaled(l, sign, dc), k))
  }
  return [s, c]
}

/** (x, s₀, c₀) ↦ sin x, cos x (sign −1) or sinh x, cosh x (sign 1). */
export const seriesCircular: Primitive = seriesPrimitive({
  name: 'series_circular',
  series: [true, false, false],
  results: 2,
  recurrence: circularRecurrence,
  lines: circularLines,
  jvp: (ops, _x, [s, c], [dx], { axis, sign }: SeriesParams & { readonly sign: number }) => [
    times(ops, c!, dx!, axis),
    ops.mul(times(ops, s!, dx!, axis), sign),
  ],
})

function multiply(x: Float64Array, y: Float64Array, z: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) {
    let sum = 0
    for (let j = 0; j <= k; j++) sum += x[j]! * y[k - j]!
    z[k] = sum
  }
}

/** x^p for an integer p ≥ 0 by squaring: where x₀ = 0 the differential equation is singular. */
function wholePower(x: Float64Array, y: Float64Array, n: number, p: number): void {
  let square = x.slice(0, n)
  const next = new Float64Array(n)
  y.fill(0)
  y[0] = 1
  for (let k = p; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) {
      multiply(y, square, next, n)
      y.set(next)
    }
    if (k > 1) {
      multiply(square, square, next, n)
      square = next.slice()
    }
  }
}

/** x y′ = p y x′. */
const powerRecurrence: Single = ([x, y0, p], [y], n) => {
  const power = p![0]!
  const first = x![0]!
  if (first === 0 && power >= 0 && Number.isInteger(power)) {
    // From tⁿ on, nothing of x^p is left: x has no constant term.
    if (power >= n) y!.fill(0)
    else wholePower(x!, y!, n, power)
    y![0] = y0![0]!
    return
  }
  y![0] = y0![0]!
  for (let k = 1; k < n; k++) {
    if (first === 0 && k < power) {
      y![k] = 0
      continue
    }
    let sum = 0
    for (let j = 1; j <= k; j++) sum += (power * j - (k - j)) * x![j]! * y![k - j]!
    y![k] = first === 0 && k === 1 ? power * x![1]! * Infinity : sum / (k * first)
  }
}

/** (x, x₀^p, p) ↦ x^p, for an exponent that is the same along the path. */
export const seriesPow: Primitive = seriesPrimitive({
  name: 'series_pow',
  series: [true, false, false],
  recurrence: oneByOne([true, false, false], 1, powerRecurrence),
  jvp: (ops, [x, y0, p], [y], [dx, , dp], { axis }: SeriesParams) => {
    const x0 = headOf(ops, x!, axis)
    const n = x!.aval.shape[axis]!
    const zero = ops.eq(x0, 0)
    let sum: Value = ops.zero(y!.aval)
    if (!isZero(dx!)) {
      // The head of x^(p−1): by a quotient, which serves cube roots of negative numbers too.
      const safe = ops.select(zero, 1, x0)
      const lower = ops.select(zero, ops.pow(ops.select(zero, x0, 1), ops.select(ops.eq(p!, 0), 1, ops.sub(p!, 1))), ops.div(y0!, safe))
      const slope = ops.bind(seriesPow, [x!, lower, ops.sub(p!, 1)], { axis })[0]!
      const flat = along(ops, ops.eq(p!, 0), n, axis)
      sum = times(ops, ops.select(flat, 0, ops.mul(along(ops, p!, n, axis), slope)), dx!, axis)
    }
    if (isZero(dp!)) return sum
    const log = safeLog(ops, x!, x0, axis)
    const part = ops.mul(times(ops, y!, log, axis), along(ops, dp!, n, axis))
    return ops.add(sum, ops.select(along(ops, zero, n, axis), 0, part))
  },
})

/** log x, with 1 for the elements that are 0. */
export function safeLog(ops: CoreOps, x: Value, x0: Value, axis = 0): Value {
  const n = x.aval.shape[axis]!
  const zero = along(ops, ops.eq(x0, 0), n, axis)
  const safe = ops.add(x, ops.convert(ops.and(zero, ops.eq(ops.iota(x.aval.shape, 'int32', axis), 0)), x.aval.dtype))
  return logarithm(ops, safe, safe, ops.log(headOf(ops, safe, axis)), axis)
}

/** q y′ = x′. */
const logRecurrence: Recurrence = ([x, q, y0], [y], { lanes, at, step, n, head, s }) => {
  for (let l = 0; l < lanes; l++) y![at + l] = y0![head + l]!
  for (let k = 1, r = at + step; k < n; k++, r += step) {
    convolveSlope(s, y!, at + step, q!, r - step, step, k - 1)
    for (let l = 0; l < lanes; l++) y![r + l] = (k * x![r + l]! - s[l]!) / (k * q![at + l]!)
  }
}

const logLines: Lines = <P>(s: PartOps<P>, [x, q, y0]: readonly (readonly P[])[]) => {
  const y = [...y0!]
  for (let k = 1; k < x!.length; k++)
    y.push(s.div(s.sub(scaled(s, k, x![k]!), convolvedSlope(s, y, 1, q!, k - 1, k - 1)), scaled(s, k, q![0]!)))
  return [y]
}

/** (x, q, y₀) ↦ y with y′ = x′/q, where q is a function of x: log, log1p, atan, …. */
const seriesLog: Primitive = seriesPrimitive({
  name: 'series_log',
  series: [true, true, false],
  recurrence: logRecurrence,
  lines: logLines,
  jvp: (ops, [, q], [y], [dx], { axis }: SeriesParams) => (isZero(dx!) ? ops.zero(y!.aval) : over(ops, dx!, q!, axis)),
})

/** y with y′ = x′/q from y₀. */
export const logarithm = (ops: CoreOps, x: Value, q: Value, y0: Value, axis = 0): Value => ops.bind(seriesLog, [x, q, y0], { axis })[0]!

/** y′ = w x′ with w = a e^(y²), w′ = w (y²)′. */
const erfInvRecurrence: Single = ([x, y0, w0], [y, w], n) => {
  y![0] = y0![0]!
  w![0] = w0![0]!
  for (let k = 1; k < n; k++) {
    let sum = 0
    for (let j = 1; j <= k; j++) sum += j * x![j]! * w![k - j]!
    y![k] = sum / k
    sum = 0
    for (let j = 1; j <= k; j++) {
      let square = 0
      for (let i = 0; i <= j; i++) square += y![i]! * y![j - i]!
      sum += j * square * w![k - j]!
    }
    w![k] = sum / k
  }
}

/** (x, y₀, w₀) ↦ erf⁻¹ x and its derivative √π/2 · e^(y²), whose head is w₀. */
export const seriesErfInv: Primitive = seriesPrimitive({
  name: 'series_erf_inv',
  series: [true, false, false],
  results: 2,
  recurrence: oneByOne([true, false, false], 2, erfInvRecurrence),
  jvp: (ops, _x, [y, w], [dx], { axis }: SeriesParams) => {
    const dy = times(ops, w!, dx!, axis)
    return [dy, isZero(dy) ? dy : ops.mul(times(ops, times(ops, w!, y!, axis), dy, axis), 2)]
  },
})
