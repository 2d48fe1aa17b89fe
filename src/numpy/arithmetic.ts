/**
 * Arithmetic, element by element, with NumPy's promotion and broadcasting. Booleans count as integers.
 *
 * Edges: int / int is float64; integer division and remainder by 0 give 0; remainder has the sign of the divisor, fmod
 * that of the dividend; maximum spreads NaN, fmax does not.
 */
import { isFloat, type DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { showShape } from '../data/shape'
import { elementwise } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { isInteger } from '../data/dtype'
import { definePrimitive, noTangent, pointwise } from '../primitives/define'
import { cbrt as cbrtPrimitive } from '../primitives/elementwise/arithmetic'
import { copysign as copysignPrimitive, trunc as truncPrimitive } from '../primitives/elementwise/rounding'
import { engine, ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { apply, float, floatPair, named, number, pair, tensor, together } from './arguments'

/** x + y. */
export const add = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.add(x, y)
/** x − y. */
export const subtract = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.subtract(x, y)
/** x · y. */
export const multiply = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.multiply(x, y)
/**
 * x / y; float64 for integers.
 * @example np.divide(1, 4).item() // => 0.25
 */
export const divide = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.divide(x, y)
/** x to the power y; a whole-number literal y gives a product, so that negative x and x = 0 have exact derivatives. */
export const power = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.power(x, y)
/** power in float64 at least. */
export const floatPower = (x: TensorLike, y: TensorLike): Tensor => ops.pow(...floatPair('floatPower', x, y))
/** −x. */
export const negative = (x: TensorLike): Tensor => engine.vocabulary.negative(x)
/** x itself, as a number: booleans become int32. */
export const positive = (x: TensorLike): Tensor => number(x)
/** |x|, with derivative sign x. */
export const abs = (x: TensorLike): Tensor => engine.vocabulary.abs(x)
/** |x| as a float. */
export const fabs = (x: TensorLike): Tensor => ops.abs(float(x))
/** −1, 0 or 1. */
export const sign = (x: TensorLike): Tensor => ops.sign(number(x))
/** √x; its derivative at 0 is infinite. */
export const sqrt = (x: TensorLike): Tensor => engine.vocabulary.sqrt(x)
/** ∛x, of negative x too. */
export const cbrt = (x: TensorLike): Tensor => apply(cbrtPrimitive, [float(x)])
/** x². */
export const square = (x: TensorLike): Tensor => engine.vocabulary.square(x)
/** 1 / x. */
export const reciprocal = (x: TensorLike): Tensor => ops.div(1, float(x))

/** The larger of x and y; NaN if either is. Ties share the derivative equally. */
export const maximum = (x: TensorLike, y: TensorLike): Tensor => extreme('maximum', ops.max, ops.or, x, y)
/** The smaller of x and y; NaN if either is. */
export const minimum = (x: TensorLike, y: TensorLike): Tensor => extreme('minimum', ops.min, ops.and, x, y)
/** The larger of x and y; a NaN is passed over. */
export const fmax = (x: TensorLike, y: TensorLike): Tensor => passing('fmax', ops.max, ops.or, x, y)
/** The smaller of x and y; a NaN is passed over. */
export const fmin = (x: TensorLike, y: TensorLike): Tensor => passing('fmin', ops.min, ops.and, x, y)

type Both = (x: Tensor, y: Tensor) => Tensor

function extreme(name: string, f: Both, ofBooleans: Both, x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = together(name, x, y) as [Tensor, Tensor]
  return a.dtype === 'bool' ? ofBooleans(a, b) : f(a, b)
}
function passing(name: string, f: Both, ofBooleans: Both, x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = together(name, x, y) as [Tensor, Tensor]
  if (!isFloat(a.dtype)) return extreme(name, f, ofBooleans, a, b)
  // Each stands in for the other's NaN, so that no NaN comes near the derivative.
  const [p, q] = [ops.select(ops.isNaN(a), b, a), ops.select(ops.isNaN(b), a, b)]
  return f(p, q)
}

export interface ClipOptions {
  readonly min?: TensorLike | null
  readonly max?: TensorLike | null
}
/**
 * x held between two bounds; either may be null.
 * @example np.clip([-2, 0.5, 3], 0, 1).toArray() // => [0, 0.5, 1]
 */
export function clip(x: TensorLike, min?: TensorLike | null | ClipOptions, max?: TensorLike | null | ClipOptions, options?: ClipOptions): Tensor {
  const o = named<ClipOptions>('clip', ['min', 'max'], [min, max, options])
  return engine.vocabulary.clip(x, o.min ?? null, o.max ?? null)
}

/** Whether the signs of two integers or floats differ where m is not 0. */
const opposite = (m: Tensor, y: Tensor): Tensor => ops.and(ops.ne(m, 0), ops.ne(ops.lt(words.stopGradient(m), 0), ops.lt(words.stopGradient(y), 0)))

/** y with 1 in the place of 0, and where it was 0: integer division by 0 has no value. */
const nonzero = (y: Tensor): [Tensor, Tensor] => {
  const none = ops.eq(y, 0)
  return [ops.select(none, 1, y), none]
}

/** The largest integer ≤ x / y; 0 where an integer y is 0. */
export function floorDivide(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pair('floorDivide', x, y)
  if (!isFloat(a.dtype)) {
    const [d, none] = nonzero(b)
    const q = ops.div(a, d)
    return ops.select(none, 0, ops.sub(q, ops.convert(opposite(words.rem(a, d), d), q.dtype)))
  }
  const [p, q] = [words.stopGradient(a), words.stopGradient(b)]
  const rest = words.rem(a, b)
  const quotient = ops.div(ops.sub(p, words.stopGradient(rest)), q)
  // Multiples of y are steps (`debug.kinks`): the remainder that is compared with 0 there is the one that moves.
  const whole = words.round(ops.sub(quotient, ops.convert(opposite(rest, q), quotient.dtype)))
  const signed = ops.select(ops.eq(whole, 0), ops.mul(0, ops.sign(ops.div(p, q))), whole)
  return ops.select(ops.eq(q, 0), ops.div(p, q), signed)
}

/**
 * x − y·⌊x / y⌋, which has the sign of y (Python's %); 0 where an integer y is 0.
 * @example np.remainder(-7, 3).item() // => 2
 */
export function remainder(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pair('remainder', x, y)
  if (!isFloat(a.dtype)) {
    const [d, none] = nonzero(b)
    const m = words.rem(a, d)
    return ops.select(none, 0, ops.select(opposite(m, d), ops.add(m, d), m))
  }
  const m = words.rem(a, b)
  return ops.select(opposite(m, b), ops.add(m, b), m)
}

/** The remainder with the sign of x (C's fmod); 0 where an integer y is 0. */
export function fmod(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = pair('fmod', x, y)
  if (isFloat(a.dtype)) return words.rem(a, b)
  const [d, none] = nonzero(b)
  return ops.select(none, 0, words.rem(a, d))
}

/** [floorDivide(x, y), remainder(x, y)]. */
export const divmod = (x: TensorLike, y: TensorLike): [Tensor, Tensor] => [floorDivide(x, y), remainder(x, y)]

/** [fractional part, whole part], both with the sign of x. */
export function modf(x: TensorLike): [Tensor, Tensor] {
  const a = float(x)
  const whole = apply(truncPrimitive, [a])
  const fraction = ops.select(words.isFinite(a), ops.sub(a, whole), ops.select(ops.isNaN(a), a, 0))
  return [apply(copysignPrimitive, [fraction, words.stopGradient(a)]), whole]
}

/** |x| with the sign of y, that of −0 included. */
export const copysign = (x: TensorLike, y: TensorLike): Tensor => apply(copysignPrimitive, floatPair('copysign', x, y))

/** 0 for negative x, 1 for positive x, y where x is 0. */
export function heaviside(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = floatPair('heaviside', x, y)
  const step = ops.convert(ops.gt(a, 0), a.dtype)
  return ops.select(ops.isNaN(a), words.stopGradient(a), ops.select(ops.eq(a, 0), b, step))
}

const gcdOf = (x: number, y: number): number => {
  let [a, b] = [Math.abs(x), Math.abs(y)]
  while (b > 0) [a, b] = [b, a % b]
  return a
}
const lcmOf = (x: number, y: number): number => (x === 0 || y === 0 ? 0 : (Math.abs(x) / gcdOf(x, y)) * Math.abs(y))

const ofIntegers = (name: string, fn: (x: number, y: number) => number): Primitive =>
  definePrimitive({
    name,
    shape: pointwise(name, isInteger, 'an integer dtype'),
    kernel: elementwise(({ call }, x, y) => call(fn, x, y)),
    jvp: noTangent,
    transpose: 'nonlinear',
    batch: 'elementwise',
  })
const gcdPrimitive: Primitive = /* @__PURE__ */ ofIntegers('gcd', gcdOf)
const lcmPrimitive: Primitive = /* @__PURE__ */ ofIntegers('lcm', lcmOf)

/** Whole-number literals are integers here. */
const integers = (name: string, x: TensorLike, y: TensorLike): Tensor[] =>
  pair(name, ...([x, y].map((v) => (typeof v === 'number' && Number.isInteger(v) ? ops.full([], v, 'int32') : tensor(v))) as [Tensor, Tensor]))

/** The greatest common divisor of integers. */
export const gcd = (x: TensorLike, y: TensorLike): Tensor => apply(gcdPrimitive, integers('gcd', x, y))
/** The least common multiple of integers. */
export const lcm = (x: TensorLike, y: TensorLike): Tensor => apply(lcmPrimitive, integers('lcm', x, y))

const largest: { readonly [K in DType]?: number } = { float64: Number.MAX_VALUE, float32: 3.4028234663852886e38 }

export interface NanToNumOptions {
  readonly nan?: TensorLike
  readonly posinf?: TensorLike | null
  readonly neginf?: TensorLike | null
}
/** x with NaN as 0 and the infinities as the largest finite numbers, or as given. */
export function nanToNum(x: TensorLike, options: NanToNumOptions = {}): Tensor {
  demandOptions('nanToNum', options, ['nan', 'posinf', 'neginf'])
  const a = tensor(x)
  const big = largest[a.dtype]
  if (big === undefined) return a
  const value = (v: TensorLike): Tensor => {
    const t = together('nanToNum', a, v)[1]!
    if (t.dtype !== a.dtype) raise(fault('dtype', `nanToNum: a ${t.dtype}${showShape(t.shape)} does not fit into ${a.dtype}`, 'Convert it with np.astype.'))
    return t
  }
  const numbers = ops.select(ops.isNaN(a), value(options.nan ?? 0), a)
  const below = ops.select(ops.eq(numbers, Infinity), value(options.posinf ?? big), numbers)
  return ops.select(ops.eq(below, -Infinity), value(options.neginf ?? -big), below)
}
