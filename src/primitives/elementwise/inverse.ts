/**
 * Inverse trigonometric and hyperbolic functions, logarithms and powers of 2 and 10, and the functions made of them:
 * atan2, hypot, logistic, logaddexp, excess, sinc.
 *
 * Edges: hypot and atan2 have derivative 0 at the origin, atan2 also where an operand is infinite (the limit); hypot's limit there
 * is the direction; logaddexp of two equal infinities gives each operand half;
 * sinc and all its derivatives are exact at 0.
 * Source: Abramowitz & Stegun 1964, chapter 4; sinc by its Taylor series and by t·gₙ + n·gₙ₋₁ = sin⁽ⁿ⁾ t.
 */
import * as math from '../../compile/math/functions'
import { onTwo } from '../../compile/scalar'
import { elementwise, elementwiseWith, type ExactOps, type Expr, type KernelSpec, type WordsOf } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive, floating, partials, pointwise, smooth } from '../define'
import { at, atOrigin, atUnit } from '../kinks'
import { isFinite, stopGradient } from './logic'

/** Like `smooth`, by what dx is divided by. */
const smoothBelow = (name: string, kernel: KernelSpec, divisor: (ops: CoreOps, x: Value) => Value, more: Partial<Primitive> = {}): Primitive =>
  definePrimitive({
    name,
    shape: pointwise(name, floating, 'a floating dtype'),
    kernel,
    jvp: (ops, [x], _y, [dx]) => ops.div(dx!, divisor(ops, x!)),
    transpose: 'nonlinear',
    batch: 'elementwise',
    ...more,
  })

/** 1 − x², exact near ±1. Its derivative is that of 1 − x·x: at ±1 that of the product has a factor 0, which may meet ∞. */
const coSquare = (ops: CoreOps, x: Value): Value => {
  const plain = ops.sub(1, ops.mul(x, x))
  return ops.add(plain, ops.bind(stopGradient, [ops.sub(ops.mul(ops.sub(1, x), ops.add(1, x)), plain)])[0]!)
}

/** Inverse sine, in [−π/2, π/2].  d asin x = dx / √(1 − x²). */
export const asin: Primitive = smoothBelow('asin', elementwise(({ asin }, x) => asin(x), { asin: math.asin }), (ops, x) => ops.sqrt(coSquare(ops, x)), { kinks: atUnit })
/** Inverse cosine, in [0, π].  d acos x = −dx / √(1 − x²). */
export const acos: Primitive = smoothBelow('acos', elementwise(({ acos }, x) => acos(x), { acos: math.acos }), (ops, x) => ops.neg(ops.sqrt(coSquare(ops, x))), { kinks: atUnit })
/** A power of 2 by which 1 + x² is scaled, so that it overflows only where its reciprocal is 0, in either dtype. */
const scale = 2 ** -64
/** Inverse tangent, in [−π/2, π/2].  d atan x = dx / (1 + x²). */
export const atan: Primitive = smooth('atan', elementwise(({ atan }, x) => atan(x), { atan: math.atan }), (ops, x) => ops.div(scale, ops.add(scale, ops.mul(ops.mul(scale, x), x))))
/** Inverse hyperbolic sine.  d asinh x = dx / √(1 + x²), by hypot, which does not overflow. */
export const asinh: Primitive = smoothBelow('asinh', elementwise(({ asinh }, x) => asinh(x), { asinh: math.asinh }), (ops, x) => ops.bind(hypot, [ops.full(x.aval.shape, 1, x.aval.dtype), x])[0]!)
/** Inverse hyperbolic cosine.  d acosh x = dx / √(x² − 1), as two roots, whose product does not overflow. */
export const acosh: Primitive = definePrimitive({
  name: 'acosh',
  shape: pointwise('acosh', floating, 'a floating dtype'),
  kernel: elementwise(({ acosh }, x) => acosh(x), { acosh: math.acosh }),
  jvp: (ops, [x], _y, [dx]) => ops.div(ops.div(dx!, ops.sqrt(ops.sub(x!, 1))), ops.sqrt(ops.add(x!, 1))),
  transpose: 'nonlinear',
  batch: 'elementwise',
  kinks: at((ops, [x]) => ops.eq(x!, 1)),
})
/** Inverse hyperbolic tangent.  d atanh x = dx / (1 − x²). */
export const atanh: Primitive = smoothBelow('atanh', elementwise(({ atanh }, x) => atanh(x), { atanh: math.atanh }), coSquare)
/** Logarithm to base 2, exact at powers of 2.  d log₂ x = log₂ e / x dx. */
export const log2: Primitive = smooth('log2', elementwise(({ log2 }, x) => log2(x), { log2: math.log2 }), (ops, x) => ops.div(Math.LOG2E, x))
/** Logarithm to base 10.  d log₁₀ x = log₁₀ e / x dx. */
export const log10: Primitive = smooth('log10', elementwise(({ log10 }, x) => log10(x), { log10: math.log10 }), (ops, x) => ops.div(Math.LOG10E, x))
/** 2ˣ.  d 2ˣ = ln 2 · y dx. */
export const exp2: Primitive = smooth('exp2', elementwise(({ pow }, x) => pow(2, x), { pow: math.pow }), (ops, _x, y) => ops.mul(y, Math.LN2))

/** The angle of the point (x, y), in [−π, π]; operands in the order (y, x).  d = (x dy − y dx) / (x² + y²). */
export const atan2: Primitive = definePrimitive({
  name: 'atan2',
  shape: pointwise('atan2', floating, 'a floating dtype'),
  kernel: elementwise(({ atan2 }, y, x) => atan2(y, x), { atan2: math.atan2 }),
  jvp: (ops, [y, x], _z, [dy, dx]) => {
    // By the distance twice, not by its square, which over- and underflows long before it does.
    const r = ops.bind(hypot, [y!, x!])[0]!
    const still = ops.or(ops.eq(r, 0), ops.eq(r, Infinity))
    const safe = ops.select(still, 1, r)
    const over = (v: Value): Value => ops.select(still, 0, ops.div(ops.div(v, safe), safe))
    return ops.sub(ops.mul(dy!, over(x!)), ops.mul(dx!, over(y!)))
  },
  transpose: 'nonlinear',
  batch: 'elementwise',
  kinks: at((ops, [y, x]) => ops.and(ops.eq(y!, 0), ops.le(x!, 0))),
})

/** x / √(x² + y²): 0 at the origin; where x alone is infinite its sign, where both are, that over √2. */
const direction = (i: 0 | 1) => (ops: CoreOps, primals: readonly Value[], h: Value): Value => {
  const finite = (x: Value): Value => ops.bind(isFinite, [x])[0]!
  const [x, other] = [primals[i]!, primals[1 - i]!]
  const origin = ops.eq(h, 0)
  const far = ops.not(finite(x))
  const along = ops.select(origin, 0, ops.div(ops.select(far, 0, x), ops.select(origin, 1, h)))
  return ops.select(far, ops.mul(ops.sign(x), ops.select(finite(other), ops.full(h.aval.shape, 1, h.aval.dtype), Math.SQRT1_2)), along)
}

/** √(x² + y²) without overflow.  d = (x dx + y dy) / hypot; 0 at the origin, the limit at infinity. */
export const hypot: Primitive = definePrimitive({
  name: 'hypot',
  shape: pointwise('hypot', floating, 'a floating dtype'),
  kernel: elementwise(({ hypot }, x, y) => hypot(x, y), { hypot: math.hypot }),
  jvp: partials(direction(0), direction(1)),
  transpose: 'nonlinear',
  batch: 'elementwise',
  kinks: atOrigin,
})

/** σ(x) = 1 / (1 + e⁻ˣ), without overflow; 1.5 ulp, as what the rounding of 1 + e lost is made good.  dσ = y (1 − y) dx. */
export const logistic: Primitive = smooth(
  'logistic',
  elementwise((s, x) => {
    const e = s.exp(s.neg(s.abs(x)))
    const below = s.lt(x, 0)
    const sum = s.add(1, e)
    const y = s.div(s.select(below, e, 1), sum)
    // 1 / sum is y, or 1 − y.
    return s.sub(y, s.mul(s.mul(y, s.add(s.sub(1, sum), e)), s.select(below, s.sub(1, y), y)))
  }, { exp: math.exp }),
  (ops, _x, y) => ops.mul(y, ops.sub(1, y)),
)

/** σ(xᵢ − x₁₋ᵢ): the share of operand i in eˣ + eʸ; ½ of two equal infinities. */
const softShare = (i: 0 | 1) => (ops: CoreOps, primals: readonly Value[]): Value => {
  const [a, b] = [primals[i]!, primals[1 - i]!]
  const sameInfinity = ops.and(ops.eq(a, b), ops.not(ops.bind(isFinite, [a])[0]!))
  return ops.bind(logistic, [ops.select(sameInfinity, 0, ops.sub(a, b))])[0]!
}

/** log(eˣ + eʸ) without overflow; −∞ of two −∞.  d = σ(x − y) dx + σ(y − x) dy. */
export const logaddexp: Primitive = definePrimitive({
  name: 'logaddexp',
  shape: pointwise('logaddexp', floating, 'a floating dtype'),
  kernel: elementwise((s, x, y) =>
    s.select(s.eq(x, y), s.add(x, Math.LN2), s.add(s.max(x, y), s.log1p(s.exp(s.neg(s.abs(s.sub(x, y))))))),
  { exp: math.exp, log1p: math.log1p }),
  jvp: partials(softShare(0), softShare(1)),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** x − y, and 0 for two equal infinities: how far x is from a maximum y.  d = dx − dy. */
export const excess: Primitive = definePrimitive({
  name: 'excess',
  shape: pointwise('excess', floating, 'a floating dtype'),
  kernel: elementwise((s, x, y) => s.select(s.eq(x, y), 0, s.sub(x, y))),
  jvp: (ops, _x, _z, [dx, dy]) => ops.sub(dx!, dy!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** Below this |t| the Taylor series of gₙ is used: there it cancels little, and above it the recurrence is stable. */
const seriesRadius = (n: number): number => 1 + 0.6 * n

/** gₙ(t) = dⁿ/dtⁿ (sin t / t) = Σ (−1)ᵏ t²ᵏ⁻ⁿ / ((2k + 1) (2k − n)!) over 2k ≥ n. */
function sincSeries(s: ExactOps, t: Expr, n: number): Expr {
  const coefficients: number[] = []
  const first = n % 2 // the power of t that the series begins with
  let factorial = 1
  let magnitude = 1
  for (let p = first, k = (n + first) / 2; p < 4 || magnitude > 1e-19; p += 2, k++) {
    coefficients.push((k % 2 === 0 ? 1 : -1) / ((2 * k + 1) * factorial))
    magnitude *= (seriesRadius(n) * seriesRadius(n)) / ((p + 1) * (p + 2))
    factorial *= (p + 1) * (p + 2)
  }
  const square = s.mul(t, t)
  const even = coefficients.reduceRight<Expr>((sum, c) => s.add(s.mul(sum, square), c), s.constant(0, t.dtype))
  return first === 1 ? s.mul(even, t) : even
}

const circular = { sin: math.sin, cos: math.cos }

/** gₙ(t) upwards from g₀, by t·gₙ + n·gₙ₋₁ = sin⁽ⁿ⁾ t. */
function sincRecurrence(s: WordsOf<typeof circular>, t: Expr, n: number): Expr {
  const [sin, cos] = [s.sin(t), s.cos(t)]
  const turned = [sin, cos, s.neg(sin), s.neg(cos)]
  let g = s.div(sin, t)
  for (let m = 1; m <= n; m++) g = s.div(s.sub(turned[m % 4]!, s.mul(m, g)), t)
  return g
}

/** The derivative of order `order` of sinc x = sin(πx) / (πx), which is 1 at 0. */
export const sinc: Primitive = definePrimitive({
  name: 'sinc',
  shape: pointwise('sinc', floating, 'a floating dtype'),
  kernel: elementwiseWith((s, [x], { order }: { order: number }) => {
    const t = s.mul(x!, Math.PI)
    if (order === 0) return s.select(s.eq(t, 0), 1, sincRecurrence(s, s.select(s.eq(t, 0), 1, t), 0))
    const near = s.lt(s.abs(t), seriesRadius(order))
    const g = s.select(near, sincSeries(s, s.select(near, t, 0), order), sincRecurrence(s, s.select(near, 1, t), order))
    return s.mul(g, onTwo(math.pow, 'float64')(Math.PI, order))
  }, circular),
  jvp: (ops, [x], _y, [dx], { order }: { order: number }) => ops.mul(dx!, ops.bind(sinc, [x!], { order: order + 1 })[0]!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

export const inverse: readonly Primitive[] = [
  asin, acos, atan, asinh, acosh, atanh, log2, log10, exp2, atan2, hypot, logistic, logaddexp, excess, sinc,
]
