/**
 * eˣ − 1 and the hyperbolic functions over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { exponential } from './functions'
import { between, type Pair, type PairFunction, type Pairs } from './pairs'

/** eˣ − 1 as the unevaluated sum of two numbers. */
function lessOne(w: Pairs, x: Pair): readonly [h: Pair, w: Pair] {
  const { add, sub, mul } = w
  const p = exponential(w, x)
  const b = w.let(sub(p.t, w.number(1)))
  const h = w.let(add(b, p.r))
  return [h, w.let(add(add(sub(b, h), p.r), add(sub(sub(p.d, p.r), p.e), add(mul(b, p.r), mul(p.t, add(p.tail, p.series))))))]
}

export const expm1: PairFunction = (w, fn, x) => {
  const [h, rest] = lessOne(w, x)
  const y = w.let(w.add(h, rest))
  return w.guarded(between(w, x, -50, 709), w.choose(w.op('f64x2.eq', y, w.number(0)), x, y), fn, x)
}

export const tanh: PairFunction = (w, fn, x) => {
  const { add, sub, mul } = w
  const [two, half] = [w.number(2), w.number(0.5)]
  const v = w.let(w.op('f64x2.abs', add(x, x)))
  const [h, rest] = lessOne(w, v)
  const g = w.let(add(h, rest))
  const l = w.let(add(sub(h, g), rest))
  const f = w.let(add(g, two))
  const c = w.let(w.div(g, f))
  const y = add(c, mul(sub(l, mul(c, add(add(sub(two, f), g), l))), sub(half, mul(half, c))))
  return w.guarded(w.op('f64x2.lt', v, w.number(37)), w.signed(x, y), fn, x)
}

const hyperbolic = (odd: boolean): PairFunction => (w, fn, x) => {
  const { add, sub, mul, number, op } = w
  const v = w.let(op('f64x2.abs', x))
  const [h, rest] = lessOne(w, v)
  const [one, half] = [number(1), number(0.5)]
  const g = w.let(add(h, rest))
  const l = w.let(add(sub(h, g), rest))
  const f = w.let(add(g, one))
  const low = w.let(add(add(sub(one, f), g), l))
  const inverse = w.let(w.div(one, f))
  const big = odd ? g : f
  const other = odd ? w.let(mul(g, inverse)) : inverse
  const z = w.let(odd ? add(g, other) : add(f, other))
  const lostBy = odd ? sub(add(l, mul(l, inverse)), mul(other, mul(low, inverse))) : sub(low, mul(mul(low, inverse), inverse))
  const y = mul(half, add(z, add(add(sub(big, z), other), lostBy)))
  return w.guarded(op('f64x2.lt', v, number(22)), odd ? w.signed(x, y) : y, fn, x)
}

export const sinh: PairFunction = /* @__PURE__ */ hyperbolic(true)
export const cosh: PairFunction = /* @__PURE__ */ hyperbolic(false)
