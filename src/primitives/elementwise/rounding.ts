/**
 * Rounding, neighbours, signs and bits: functions that are constant or piecewise linear.
 *
 * Edges: round takes halves to the even neighbour; shifts by 32 or more, or by a negative amount, leave nothing but the
 * sign; clamp shares ties as min(max(x, low), high) does.
 */
import * as math from '../../compile/math/functions'
import { isInteger } from '../../data/dtype'
import { elementwise, type Expr, type ExactOps } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive, elementary, floating, noTangent, partials, pointwise } from '../define'
import { at, atHalves, atIntegers, atSteps } from '../kinks'

const step = (name: string, accepts: typeof floating, expected: string, kernel: (s: ExactOps, ...xs: Expr[]) => Expr, more: Partial<Primitive> = {}): Primitive =>
  elementary(name, elementwise(kernel), noTangent, { shape: pointwise(name, accepts, expected), ...more })

const rounded = (name: string, kernel: (s: ExactOps, ...xs: Expr[]) => Expr, kinks: NonNullable<Primitive['kinks']>): Primitive => step(name, floating, 'a floating dtype', kernel, { kinks })
const bits = (name: string, kernel: (s: ExactOps, ...xs: Expr[]) => Expr): Primitive => step(name, isInteger, 'an integer dtype', kernel)

/** The largest integer ≤ x. */
export const floor: Primitive = rounded('floor', ({ floor }, x) => floor(x!), atIntegers)
/** The smallest integer ≥ x. */
export const ceil: Primitive = rounded('ceil', ({ ceil }, x) => ceil(x!), atIntegers)
/** The nearest integer, halves to the even one. */
export const round: Primitive = rounded('round', ({ round }, x) => round(x!), atHalves)
/** The integer part, towards zero. */
export const trunc: Primitive = rounded('trunc', ({ trunc }, x) => trunc(x!), atSteps)
/** The next number after x in the direction of y.  ∂x = 1, ∂y = 0. */
export const nextafter: Primitive = definePrimitive({
  name: 'nextafter',
  shape: pointwise('nextafter', floating, 'a floating dtype'),
  kernel: elementwise(({ nextafter }, x, y) => nextafter(x, y), { nextafter: math.nextafter }),
  jvp: partials((ops, [x]) => ops.full([], 1, x!.aval.dtype), null),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** `shifted` where the amount is 0 to 31, else `beyond`. */
const shift = (s: ExactOps, amount: Expr, shifted: Expr, beyond: Expr | number): Expr =>
  s.select(s.and(s.le(0, amount), s.lt(amount, 32)), shifted, beyond)

/** x · 2ʸ modulo 2³². */
export const shiftLeft: Primitive = bits('shift_left', (s, x, y) => shift(s, y!, s.shiftLeft(x!, y!), 0))
/** The bits of x moved down, the sign bit repeated. */
export const shiftRightArithmetic: Primitive = bits('shift_right_arithmetic', (s, x, y) => shift(s, y!, s.shiftRight(x!, y!), s.shiftRight(x!, 31)))
/** The bits of x moved down, zeros filled in. */
export const shiftRightLogical: Primitive = bits('shift_right_logical', (s, x, y) => shift(s, y!, s.shiftRightLogical(x!, y!), 0))
/** How many of the 32 bits are set. */
export const populationCount: Primitive = elementary('population_count', elementwise(({ popcount }, x) => popcount(x), { popcount: math.popcount }), noTangent, { shape: pointwise('population_count', isInteger, 'an integer dtype') })
/** How many of the 32 bits stand above the highest set one. */
export const clz: Primitive = bits('clz', ({ clz }, x) => clz(x!))

/** 1 where a is the chosen one of (a, b), ½ where both are, else 0. */
const share = (ops: CoreOps, a: Value, b: Value, chosen: Value): Value => {
  const one = ops.full([], 1, a.aval.dtype)
  return ops.select(ops.eq(a, chosen), ops.select(ops.eq(b, chosen), 0.5, one), 0)
}

/** min(max(x, low), high), of operands (low, x, high).  Its derivative is theirs: 1 inside, halves on ties. */
export const clamp: Primitive = elementary(
  'clamp',
  elementwise(({ min, max }, low, x, high) => min(max(x, low), high)),
  partials(
    (ops, [low, x, high], z) => {
      const m = ops.max(x!, low!)
      return ops.mul(share(ops, low!, x!, m), share(ops, m, high!, z))
    },
    (ops, [low, x, high], z) => {
      const m = ops.max(x!, low!)
      return ops.mul(share(ops, x!, low!, m), share(ops, m, high!, z))
    },
    (ops, [low, x, high], z) => share(ops, high!, ops.max(x!, low!), z),
  ),
  { kinks: at((ops, [low, x, high]) => ops.or(ops.eq(x!, low!), ops.eq(x!, high!))) },
)

/** Whether the sign bit is set, −0 included. */
const negative = (s: ExactOps, x: Expr): Expr => s.lt(s.select(s.eq(x, 0), s.div(1, x), x), 0)

/** |x| with the sign of y (that of −0 counts).  ∂x = ±1 as the signs of x and y agree; ∂y = 0. */
export const copysign: Primitive = definePrimitive({
  name: 'copysign',
  shape: pointwise('copysign', floating, 'a floating dtype'),
  kernel: elementwise((s, x, y) => s.select(negative(s, y), s.neg(s.abs(x)), s.abs(x))),
  jvp: partials((ops, [x, y]) => {
    const one = ops.full([], 1, x!.aval.dtype)
    return ops.mul(ops.bind(copysign, [one, x!])[0]!, ops.bind(copysign, [one, y!])[0]!)
  }, null),
  transpose: 'nonlinear',
  batch: 'elementwise',
  kinks: at((ops, [x, y]) => ops.or(ops.eq(x!, 0), ops.eq(y!, 0))),
})

export const rounding: readonly Primitive[] = [
  floor, ceil, round, trunc, nextafter, shiftLeft, shiftRightArithmetic, shiftRightLogical, populationCount, clz, clamp, copysign,
]
