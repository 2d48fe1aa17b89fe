/**
 * Arithmetic: neg, add, sub, mul, div, rem, pow, integer_pow, max, min, abs, sign.
 *
 * Edges: the derivative of x**0 is 0 everywhere; ties in max and min share the derivative equally; |x|' = sign x, 0 at 0.
 * Source: Griewank & Walther 2008, table 1.2; ties as the mean of the one-sided derivatives.
 */
import * as math from '../../compile/math/functions'
import { isFloat } from '../../data/dtype'
import { elementwise, elementwiseWith, type Expr, type ExactOps } from '../../ir/kernel'
import { type Atom, type Eqn, lit, type CoreOps, type Primitive, type SimplifyContext } from '../../ir/types'
import type { Value } from '../../ir/value'
import { literalValue } from '../../trace/trace'
import { elementary, floating, noTangent, partials, pointwise, pointwiseTranspose } from '../define'
import { at, atTie, atZero } from '../kinks'
import { floor } from './rounding'

/** The operand that another one was negated from. */
const negated = ({ definition }: SimplifyContext, a: Atom): Atom | undefined => {
  const e = definition(a)
  return e?.prim === neg ? e.inputs[0] : undefined
}

/** The operand itself where it has the result's shape: it can stand for the result. */
const stands = (x: Atom, { outs: [z] }: Eqn): Atom | undefined =>
  x.aval.shape.length === z!.aval.shape.length ? x : undefined

/** −x.  d(−x) = −dx. */
export const neg: Primitive = elementary('neg', elementwise(({ neg }, x) => neg(x)), (ops, _x, _y, [dx]) => ops.neg(dx!), {
  transpose: pointwiseTranspose((ops, ct) => ops.neg(ct)),
  simplify: (ctx, { inputs: [x] }) => negated(ctx, x!),
})

/** x + y. */
export const add: Primitive = elementary('add', elementwise(({ add }, x, y) => add(x, y)), (ops, _x, _z, [dx, dy]) => ops.add(dx!, dy!), {
  transpose: pointwiseTranspose((_ops, ct) => ct),
  commutative: true,
  simplify: (ctx, { inputs: [x, y] }) => {
    const ny = negated(ctx, y!)
    if (ny) return { prim: sub, inputs: [x!, ny], params: {} }
    const nx = negated(ctx, x!)
    if (nx) return { prim: sub, inputs: [y!, nx], params: {} }
    return x!._tag === 'Var' && y!._tag === 'Var' && x!.id === y!.id && isFloat(x!.aval.dtype)
      ? { prim: mul, inputs: [lit(2, { ...x!.aval, shape: [] }), x!], params: {} }
      : undefined
  },
})

/** x − y. */
export const sub: Primitive = elementary('sub', elementwise(({ sub }, x, y) => sub(x, y)), (ops, _x, _z, [dx, dy]) => ops.sub(dx!, dy!), {
  transpose: pointwiseTranspose((ops, ct, _o, i) => (i === 0 ? ct : ops.neg(ct))),
  simplify: (ctx, eqn) => {
    const [x, y] = eqn.inputs
    const ny = negated(ctx, y!)
    if (ny) return { prim: add, inputs: [x!, ny], params: {} }
    return Object.is(ctx.literal(y!), 0) ? stands(x!, eqn) : undefined
  },
})

/** x · y.  d(xy) = y dx + x dy. */
export const mul: Primitive = elementary('mul', elementwise(({ mul }, x, y) => mul(x, y)), (ops, [x, y], _z, [dx, dy]) => ops.add(ops.mul(dx!, y!), ops.mul(x!, dy!)), {
  transpose: pointwiseTranspose((ops, ct, operands, i) => ops.mul(ct, operands[1 - i]!)),
  commutative: true,
  linear: { each: [0, 1] },
  simplify: (ctx, eqn) => {
    const [x, y] = eqn.inputs as [Atom, Atom]
    const literalX = ctx.literal(x)
    const literalY = ctx.literal(y)
    if (literalX === 1) return stands(y, eqn)
    if (literalX === -1 && stands(y, eqn)) return { prim: neg, inputs: [y], params: {} }
    if (literalY === 1) return stands(x, eqn)
    if (literalY === -1 && stands(x, eqn)) return { prim: neg, inputs: [x], params: {} }
    const nx = negated(ctx, x)
    const ny = negated(ctx, y)
    return nx && ny ? { prim: mul, inputs: [nx, ny], params: {} } : undefined
  },
})

/** x / y.  d(x/y) = (dx − (x/y) dy) / y, and −(1/y)² dy where x is the literal 1, which takes no division.  Integers divide towards zero. */
export const div: Primitive = elementary('div', elementwise(({ div }, x, y) => div(x, y)), (ops, [x, y], [z], [dx, dy]) => ops.sub(ops.div(dx!, y!), literalValue(x!) === 1 ? ops.mul(ops.mul(dy!, z!), z!) : ops.mul(dy!, ops.div(z!, y!))), {
  transpose: pointwiseTranspose((ops, ct, [, y]) => ops.div(ct, y!)),
  linear: { each: [0] },
  simplify: (ctx, eqn) => {
    const [x, y] = eqn.inputs
    if (ctx.literal(y!) === 1) return stands(x!, eqn)
    if (ctx.literal(y!) === -1 && stands(x!, eqn)) return { prim: neg, inputs: [x!], params: {} }
    return undefined
  },
})

/** The remainder with the sign of x (C's fmod).  d rem = dx − trunc(x/y) dy. */
export const rem: Primitive = elementary(
  'rem',
  elementwise(({ rem }, x, y) => rem(x, y)),
  partials(
    (ops, _p, z) => ops.full(z.aval.shape, 1, z.aval.dtype),
    (ops, [x, y]) => {
      const q = ops.div(x!, y!)
      return ops.neg(ops.mul(ops.sign(q), ops.bind(floor, [ops.abs(q)])[0]!))
    },
  ),
  { kinks: (ops, [x], [z]) => ops.and(ops.eq(z!, 0), ops.ne(x!, 0)) },
)

/** x to the power y.  ∂x = y·x^(y−1), 0 where y = 0;  ∂y = log(x)·x^y, 0 where x = 0 and y ≥ 0. */
export const pow: Primitive = elementary(
  'pow',
  elementwise(({ pow }, x, y) => pow(x, y), { pow: math.pow }),
  partials(
    (ops, [x, y]) => {
      // Only 0⁰ needs care (0 · ∞): elsewhere y·x^(y−1) is right for y = 0 too, and its derivatives are.
      const corner = ops.and(ops.eq(x!, 0), ops.eq(y!, 0))
      return ops.select(corner, 0, ops.mul(y!, ops.pow(x!, ops.select(corner, 1, ops.sub(y!, 1)))))
    },
    (ops, [x, y], z) => {
      const flat = ops.and(ops.eq(x!, 0), ops.ge(y!, 0))
      return ops.mul(ops.log(ops.select(flat, 1, x!)), z)
    },
  ),
  { kinks: at((ops, [x, y]) => ops.and(ops.eq(x!, 0), ops.and(ops.gt(y!, 0), ops.lt(y!, 1)))) },
)

/** x^n for n ≥ 0 as products of squares. */
const powerExpr = (s: ExactOps, x: Expr, n: number): Expr => {
  let result: Expr | undefined
  let square = x
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = result ? s.mul(result, square) : square
    if (k > 1) square = s.mul(square, square)
  }
  return result ?? s.constant(1, x.dtype)
}

/** x to a fixed integer power, by squaring.  d xⁿ = n·xⁿ⁻¹ dx, 0 for n = 0 (also at x = 0). */
export const integerPow: Primitive = elementary(
  'integer_pow',
  elementwiseWith((s, [x], { y }: { y: number }) => {
    if (y >= 0) return powerExpr(s, x!, y)
    // In two divisions: what is below them overflows where the result is still a number.
    const half = powerExpr(s, x!, Math.floor(-y / 2))
    return s.div(s.div(1, y % 2 ? s.mul(half, x!) : half), half)
  }),
  (ops, [x], [z], [dx], { y }: { y: number }) => (y === 0 ? ops.zero(z!.aval) : ops.mul(dx!, ops.mul(y, ops.integerPow(x!, y - 1)))),
  {
    simplify: (_ctx, { inputs: [x], params }) => {
      if (params.y === 1) return x
      return params.y === 2 ? { prim: mul, inputs: [x!, x!], params: {} } : undefined
    },
  },
)

/** The share of operand i in max(x, y) or min(x, y): 1 where it is chosen, ½ on a tie. */
const share = (i: 0 | 1) => (ops: CoreOps, primals: readonly Value[], z: Value): Value => {
  const chosen = ops.eq(primals[i]!, z)
  const tied = ops.eq(primals[1 - i]!, z)
  return ops.select(chosen, ops.select(tied, 0.5, ops.full([], 1, z.aval.dtype)), ops.full([], 0, z.aval.dtype))
}

/** The larger; NaN if either is. On a tie each operand gets half of the derivative. */
export const max: Primitive = elementary('max', elementwise(({ max }, x, y) => max(x, y)), partials(share(0), share(1)), { kinks: atTie })

/** The smaller; NaN if either is. On a tie each operand gets half of the derivative. */
export const min: Primitive = elementary('min', elementwise(({ min }, x, y) => min(x, y)), partials(share(0), share(1)), { kinks: atTie })

/** |x|.  d|x| = sign(x) dx, 0 at 0. */
export const abs: Primitive = elementary('abs', elementwise(({ abs }, x) => abs(x)), (ops, [x], _y, [dx]) => ops.mul(dx!, ops.sign(x!)), { kinks: atZero })

/** −1, 0 or 1 (±0 and NaN stay).  Constant almost everywhere. */
export const sign: Primitive = elementary('sign', elementwise(({ sign }, x) => sign(x)), noTangent, { kinks: atZero })

const reals = (name: string): Partial<Primitive> => ({ shape: pointwise(name, floating, 'a floating dtype'), kinks: atZero })

/** √x.  d√x = dx / (2√x). */
export const sqrt: Primitive = elementary('sqrt', elementwise(({ sqrt }, x) => sqrt(x)), (ops, _x, [y], [dx]) => ops.mul(ops.mul(0.5, dx!), ops.div(1, y!)), reals('sqrt'))

/** ∛x.  d∛x = y⁻²/3 dx: at 0 that and its derivatives are infinite, not 0 · ∞. */
export const cbrt: Primitive = elementary(
  'cbrt',
  elementwise(({ cbrt }, x) => cbrt(x), { cbrt: math.cbrt }),
  (ops, _x, [y], [dx]) => ops.mul(dx!, ops.div(ops.integerPow(y!, -2), 3)),
  reals('cbrt'),
)

export const arithmetic: readonly Primitive[] = [neg, add, sub, mul, div, rem, pow, integerPow, max, min, abs, sign, sqrt, cbrt]
