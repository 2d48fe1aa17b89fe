/**
 * Elementary functions of double-doubles: what the functions of float64 are to be held against.
 *
 * Law: results above 1e-280 have a relative error below 2⁻⁷⁰ where they are not undefined; `debug.roundoff` needs no more.
 * Method: Taylor series of a reduced argument for exp, sin, cos; one Newton step from the float64 value for inverses.
 * Source: Hida, Li & Bailey 2001, "Library for double-double and quad-double arithmetic".
 */
import type { BinaryOp, ExactUnaryOp, UnaryOp } from '../ir/kernel'
import { exactUnary, onNumber, onTwo } from '../compile/scalar'
import * as math from '../compile/math/functions'
import { add, divide, multiply, negate, squareRoot, type Double } from '../compile/math/double'

export const double = (hi: number, lo = 0): Double => ({ hi, lo })
const subtract = (x: Double, y: Double): Double => add(x, negate(y))
const scale = (x: Double, power: number): Double => ({ hi: x.hi * power, lo: x.lo * power })
const one = double(1)
const half = double(0.5)

const ln2 = double(0.6931471805599453, 2.3190468138462996e-17)
const ln10 = double(2.302585092994046, -2.1707562233822494e-16)
/** Functions on float64, which Newton steps begin with. */
const number = { acosh: onNumber(math.acosh), asin: onNumber(math.asin), asinh: onNumber(math.asinh), cbrt: onNumber(math.cbrt), cos: onNumber(math.cos), cosh: onNumber(math.cosh), log: onNumber(math.log), sinh: onNumber(math.sinh) }

const halfPi = double(1.5707963267948966, 6.123233995736766e-17)
/** What π/2 is beyond its double-double. */
const halfPiRest = -1.4973849048591833e-33

/** x (1 + x/2 (1 + x/3 (…))): eˣ − 1 for |x| < 1. */
function expm1Series(x: Double): Double {
  let term = x
  let sum = x
  for (let k = 2; k < 40 && Math.abs(term.hi) > 1e-36 * Math.abs(sum.hi); k++) {
    term = divide(multiply(term, x), double(k))
    sum = add(sum, term)
  }
  return sum
}

function exp(x: Double): Double {
  const k = Math.round(x.hi / ln2.hi)
  const r = scale(subtract(x, multiply(double(k), ln2)), 1 / 16)
  let y = add(one, expm1Series(r))
  for (let i = 0; i < 4; i++) y = multiply(y, y)
  // In two parts, so that neither is out of range.
  const part = Math.trunc(k / 2)
  return scale(scale(y, 2 ** part), 2 ** (k - part))
}

const expm1 = (x: Double): Double => (Math.abs(x.hi) < 0.5 ? expm1Series(x) : subtract(exp(x), one))

/** sin and cos of |x| < 1, by series. */
function circularSeries(x: Double): readonly [Double, Double] {
  const square = negate(multiply(x, x))
  const series = (first: Double, from: number): Double => {
    let term = first
    let sum = first
    for (let k = from; k < 40 && term.hi !== 0; k += 2) {
      term = divide(multiply(term, square), double(k * (k + 1)))
      sum = add(sum, term)
    }
    return sum
  }
  return [series(x, 2), series(one, 1)]
}

/** [sin x, cos x]; undefined where x has too few digits left after whole turns. */
function circular(x: Double): readonly [Double, Double] | undefined {
  if (Math.abs(x.hi) > 2 ** 20) return undefined
  const k = Math.round(x.hi / halfPi.hi)
  const r = subtract(subtract(x, multiply(double(k), halfPi)), double(k * halfPiRest))
  const [s, c] = circularSeries(r)
  const turn = ((k % 4) + 4) % 4
  return turn === 0 ? [s, c] : turn === 1 ? [c, negate(s)] : turn === 2 ? [negate(s), negate(c)] : [negate(c), s]
}

/** log(1 + z) for small z. */
function log1pSeries(z: Double): Double {
  let term = z
  let sum = z
  for (let k = 2; k < 12; k++) {
    term = negate(multiply(term, z))
    sum = add(sum, divide(term, double(k)))
  }
  return sum
}

function log(x: Double): Double | undefined {
  if (!(x.hi > 0) || x.hi === Infinity) return undefined
  const near = subtract(x, one)
  if (Math.abs(near.hi) < 2 ** -12) return log1pSeries(near)
  const y = double(number.log(x.hi))
  return add(y, log1pSeries(subtract(multiply(x, exp(negate(y))), one)))
}

const log1p = (x: Double): Double | undefined => (Math.abs(x.hi) < 2 ** -12 ? log1pSeries(x) : log(add(one, x)))
const sinh = (x: Double): Double => {
  const e = expm1(x)
  return multiply(half, add(e, divide(e, add(e, one))))
}
const cosh = (x: Double): Double => {
  const e = exp(x)
  return multiply(half, add(e, divide(one, e)))
}

/** The angle of the point (x, y), from that in float64. */
function angle(y: Double, x: Double): Double | undefined {
  const near = double(onTwo(math.atan2, 'float64')(y.hi, x.hi))
  const at = circular(near)
  if (!at || (y.hi === 0 && x.hi === 0)) return undefined
  const [s, c] = at
  return add(near, divide(subtract(multiply(y, c), multiply(x, s)), add(multiply(x, c), multiply(y, s))))
}

/** A function whose inverse and its slope are known near the float64 value: one Newton step. */
const newton = (x: Double, near: number, f: (y: Double) => Double | undefined, slope: (y: number) => number): Double | undefined => {
  const y = double(near)
  const value = f(y)
  return value && Number.isFinite(near) ? add(y, divide(subtract(x, value), double(slope(near)))) : undefined
}
const sine = (y: Double): Double | undefined => circular(y)?.[0]
const inside = (x: Double, bound: number): boolean => Math.abs(x.hi) < bound
const nonzero = (x: Double, y: Double | undefined): Double | undefined => (x.hi === 0 ? x : y)
const by = (x: Double | undefined, y: Double): Double | undefined => x && divide(x, y)

/** Functions that are not exact in float64; undefined where this file does not know the value. */
export const preciseUnary: { readonly [K in UnaryOp]?: (x: Double) => Double | undefined } = {
  neg: negate,
  abs: (x) => (x.hi < 0 ? negate(x) : x),
  sqrt: (x) => (x.hi < 0 ? undefined : nonzero(x, squareRoot(x))),
  cbrt: (x) => nonzero(x, newton(x, number.cbrt(x.hi), (y) => multiply(y, multiply(y, y)), (y) => 3 * y * y)),
  exp: (x) => (x.hi > 709 || x.hi < -700 ? undefined : exp(x)),
  expm1: (x) => (x.hi > 709 ? undefined : nonzero(x, expm1(x))),
  log,
  log1p: (x) => nonzero(x, log1p(x)),
  log2: (x) => by(log(x), ln2),
  log10: (x) => by(log(x), ln10),
  sin: (x) => circular(x)?.[0],
  cos: (x) => circular(x)?.[1],
  tan: (x) => {
    const at = circular(x)
    return at && divide(at[0], at[1])
  },
  asin: (x) => (inside(x, 0.99) ? nonzero(x, newton(x, number.asin(x.hi), sine, number.cos)) : undefined),
  acos: (x) => {
    const y = inside(x, 0.99) ? newton(x, number.asin(x.hi), sine, number.cos) : undefined
    return y && add(halfPi, negate(y))
  },
  atan: (x) => (Number.isFinite(x.hi) ? nonzero(x, angle(x, one)) : undefined),
  sinh: (x) => (inside(x, 700) ? nonzero(x, sinh(x)) : undefined),
  cosh: (x) => (inside(x, 700) ? cosh(x) : undefined),
  tanh: (x) => {
    if (!inside(x, 300)) return undefined
    const e = expm1(scale(x, 2))
    return nonzero(x, divide(e, add(e, double(2))))
  },
  asinh: (x) => (inside(x, 1e150) ? nonzero(x, newton(x, number.asinh(x.hi), sinh, number.cosh)) : undefined),
  acosh: (x) => (x.hi > 1.01 && x.hi < 1e150 ? newton(x, number.acosh(x.hi), cosh, number.sinh) : undefined),
  atanh: (x) => {
    const y = inside(x, 1) ? log1p(divide(scale(x, 2), subtract(one, x))) : undefined
    return nonzero(x, y && multiply(half, y))
  },
}

const whole = (op: ExactUnaryOp): ((x: Double) => Double) => (x) => double(exactUnary[op](x.hi))
/** Functions whose float64 value is exact, for the operand as float64 has it. */
export const steps: { readonly [K in UnaryOp]?: (x: Double) => Double } = Object.fromEntries((['sign', 'floor', 'ceil', 'round', 'trunc', 'not', 'isFinite', 'isNaN'] as const).map((op) => [op, whole(op)]))

/** Products by squaring for small whole exponents, else e^(y log x). */
function power(x: Double, y: Double): Double | undefined {
  const n = y.hi
  if (Number.isInteger(n) && y.lo === 0 && Math.abs(n) <= 1024) {
    let result = one
    let square = x
    for (let k = Math.abs(n); k > 0; k = Math.floor(k / 2)) {
      if (k % 2 === 1) result = multiply(result, square)
      square = multiply(square, square)
    }
    return n < 0 ? divide(one, result) : result
  }
  const l = log(x)
  return l && exp(multiply(y, l))
}

export const preciseBinary: { readonly [K in BinaryOp]?: (x: Double, y: Double) => Double | undefined } = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  pow: power,
  atan2: angle,
  hypot: (x, y) => (inside(x, 1e150) && inside(y, 1e150) && (!inside(x, 1e-150) || !inside(y, 1e-150)) ? squareRoot(add(multiply(x, x), multiply(y, y))) : undefined),
  min: (x, y) => (y.hi < x.hi ? y : x),
  max: (x, y) => (y.hi > x.hi ? y : x),
}
