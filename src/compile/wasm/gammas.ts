/**
 * ln |Γ| and ψ over pairs: positive numbers without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { far, farConstants as W, halfLog, near, nearConstants as C, slopeFarConstants as V, slopeNearConstants as D, zero, zeroRest } from '../math/gamma'
import { logarithmConstants as L } from '../math/logarithm'
import { logarithm, normal } from './functions'
import type { Pair, PairFunction, Pairs } from './pairs'

/** ln x, and what its last two sums lost. */
function wide(w: Pairs, x: Pair): readonly [value: Pair, rest: Pair] {
  const { add, sub, mul, number } = w
  const { k, f, h, series } = logarithm(w, x)
  const c = w.let(sub(add(series, mul(k, number(L[1]!))), h))
  const t = w.let(add(c, f))
  const b = w.let(mul(k, number(L[0]!)))
  const l = w.let(add(t, b))
  return [l, add(add(sub(b, l), t), add(sub(f, t), c))]
}

const horner = (w: Pairs, x: Pair, coefficients: readonly number[]): Pair => coefficients.map(w.number).reduceRight((sum, c) => w.add(c, w.mul(x, sum)))
/** The quotient of two polynomials whose coefficients are there by turns. */
const quotient = (w: Pairs, x: Pair, coefficients: Float64Array): Pair => {
  const part = (which: number): Pair => horner(w, x, [...coefficients].filter((_, i) => i % 2 === which))
  return w.div(part(0), part(1))
}

export const lgamma: PairFunction = (w, fn, x) => {
  const { add, sub, mul, number, op, choose } = w
  const one = number(1)
  const [l, rest] = wide(w, x)
  const d = w.let(sub(x, number(0.5)))
  const g = w.let(sub(l, one))
  const v = w.let(w.div(one, x))
  const s = w.let(mul(v, v))
  const right = w.let(add(mul(d, g), add(add(number(halfLog), mul(v, horner(w, s, [...W]))), mul(d, add(sub(sub(l, g), one), rest)))))
  const small = w.let(op('f64x2.lt', x, number(near)))
  const u = w.let(choose(small, x, sub(x, one)))
  const e = w.let(sub(u, one))
  const left = w.let(op('f64x2.lt', u, number(0.5)))
  const t = w.let(choose(left, u, e))
  const half = w.let(mul(number(0.5), t))
  const y = add(mul(t, add(half, mul(choose(left, e, u), quotient(w, u, C)))), op('v128.xor', op('v128.and', left, w.bits(0x80000000, 0)), half))
  const value = choose(op('f64x2.lt', x, number(far)), add(y, op('v128.and', small, op('f64x2.neg', l))), right)
  return w.guarded(normal(w, x), value, fn, x)
}

export const digamma: PairFunction = (w, fn, x) => {
  const { add, sub, mul, number, op, choose } = w
  const [l, rest] = wide(w, x)
  const v = w.let(w.div(number(1), x))
  const s = w.let(mul(v, v))
  const right = w.let(sub(l, add(mul(number(0.5), v), sub(mul(s, horner(w, s, [...V])), rest))))
  const small = w.let(op('f64x2.lt', x, number(1)))
  const d = w.let(sub(sub(x, choose(small, number(zero - 1), number(zero))), number(zeroRest)))
  const y = add(mul(number(0.5), d), mul(d, add(number(0.375), quotient(w, d, D))))
  return w.guarded(normal(w, x), choose(op('f64x2.lt', x, number(far)), sub(y, op('v128.and', small, v)), right), fn, x)
}
