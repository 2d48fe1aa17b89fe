/**
 * Our own elementary functions over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { exponentialConstants as E, roots } from '../math/exponential'
import { base10, base2, logarithmConstants as L, type Base } from '../math/logarithm'
import { circularConstants as S, circularTable } from '../math/circular'
import { entries } from './entries'
import { between, type Pair, type PairFunction, type Pairs, type Parts } from './pairs'

export const exponential: Parts['exponential'] = (w, x, low) => {
  const { add, sub, mul, number, bits, op } = w
  const y = w.let(add(mul(x, number(E[0]!)), number(E[1]!)))
  const m = w.let(sub(y, number(E[1]!)))
  const d = w.let(sub(x, mul(m, number(E[2]!))))
  const e = w.let(mul(m, number(E[3]!)))
  const r = w.let(low ? add(sub(d, e), low) : sub(d, e))
  const s = w.let(mul(r, r))
  const [t, tail] = entries(w, w.let(w.shift('i64x2.shl', op('v128.and', y, bits(0, 127)), 4)), roots)
  const series = mul(s, add(add(number(E[4]!), mul(r, number(E[5]!))), mul(s, add(number(E[6]!), mul(r, number(E[7]!))))))
  const scale = op('i64x2.add', op('v128.and', w.shift('i64x2.shl', y, 45), bits(0xfff00000, 0)), bits(0x3ff00000, 0))
  return { d, e, r, t, tail, series, scale }
}

/** eˣ − 1 as the unevaluated sum of two numbers. */
function lessOne(w: Pairs, x: Pair): readonly [h: Pair, w: Pair] {
  const { add, sub, mul } = w
  const p = exponential(w, x)
  const t = w.let(mul(p.t, p.scale))
  const b = w.let(sub(t, w.number(1)))
  const h = w.let(add(b, p.r))
  return [h, w.let(add(add(sub(b, h), p.r), add(sub(sub(p.d, p.r), p.e), add(mul(b, p.r), mul(t, add(p.tail, p.series))))))]
}

/** From 2⁻¹⁰²² on, so far that 2⁻ᵏ is normal. */
const normal = (w: Pairs, x: Pair): Pair => w.op('v128.and', w.op('f64x2.ge', x, w.number(2 ** -1022)), w.op('f64x2.lt', x, w.number(2 ** 1022)))

/** x = 2ᵏ·m with m from √½ to √2. */
export function mantissa(w: Pairs, x: Pair): readonly [k: Pair, m: Pair] {
  const { sub, mul, number, bits, op } = w
  const e = w.let(w.shift('i64x2.shr_u', op('i64x2.add', x, bits(0x95f62, 0)), 52))
  const k = w.let(sub(op('v128.or', e, bits(0x43300000, 0)), number(2 ** 52 + 1023)))
  return [k, w.let(mul(x, op('i64x2.sub', bits(0x7fe00000, 0), w.shift('i64x2.shl', e, 52))))]
}

/** x = 2ᵏ·(1 + f): k, f, and the series of log(1 + f) without its leading terms. */
function logarithm(w: Pairs, x: Pair): { readonly k: Pair; readonly f: Pair; readonly h: Pair; readonly series: Pair } {
  const { add, sub, mul, div, number } = w
  const [k, m] = mantissa(w, x)
  const f = w.let(sub(m, number(1)))
  const s = w.let(div(f, add(number(2), f)))
  const z = w.let(mul(s, s))
  const v = w.let(mul(z, z))
  const h = w.let(mul(mul(number(L[9]!), f), f))
  const odd = mul(v, add(number(L[3]!), mul(v, add(number(L[5]!), mul(v, number(L[7]!))))))
  const even = mul(z, add(number(L[2]!), mul(v, add(number(L[4]!), mul(v, add(number(L[6]!), mul(v, number(L[8]!))))))))
  return { k, f, h, series: mul(s, add(h, add(odd, even))) }
}

/** sin x where the shift is 0, cos x where it is 32: each the sum of two numbers. */
function circular(w: Pairs, x: Pair, shifts: readonly number[]): (readonly [h: Pair, rest: Pair])[] {
  const { add, sub, mul, number, bits, op } = w
  const y = w.let(add(mul(x, number(S[0]!)), number(S[1]!)))
  const m = w.let(sub(y, number(S[1]!)))
  const d = w.let(sub(x, mul(m, number(S[2]!))))
  const e = w.let(mul(m, number(S[3]!)))
  const u = w.let(sub(d, e))
  const v = w.let(mul(m, number(S[4]!)))
  const r = w.let(sub(u, v))
  const t = w.let(sub(add(sub(sub(u, r), v), sub(sub(d, u), e)), mul(m, number(S[5]!))))
  const q = w.let(mul(r, r))
  const rest = w.let(add(t, mul(mul(r, q), add(number(S[6]!), mul(q, add(number(S[7]!), mul(q, number(S[8]!))))))))
  const even = w.let(mul(q, add(number(S[9]!), mul(q, add(number(S[10]!), mul(q, number(S[11]!)))))))
  return shifts.map((shift) => {
    const a = w.let(w.shift('i64x2.shl', op('v128.and', op('i64x2.add', y, bits(0, shift)), bits(0, 127)), 5))
    const [sine, less] = entries(w, a, circularTable)
    const [tail, whole] = entries(w, a, circularTable, 2)
    const g = w.let(mul(whole, r))
    const h = w.let(add(sine, g))
    return [h, w.let(add(add(sub(sine, h), g), add(add(add(tail, mul(less, add(r, rest))), mul(whole, rest)), mul(sine, even))))]
  })
}

/** Where the value is 0 it is the argument, of its sign. */
const near0 = (w: Pairs, x: Pair, value: Pair): Pair => w.choose(w.op('f64x2.eq', value, w.number(0)), x, value)

const wave = (shift: number): PairFunction => (w, fn, x) => {
  const [[h, rest]] = circular(w, x, [shift]) as [readonly [Pair, Pair]]
  return w.guarded(between(w, x, -2e5, 2e5), near0(w, x, w.let(w.add(h, rest))), fn, x)
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
  return w.guarded(op('f64x2.lt', v, number(22)), odd ? w.choose(w.bits(0x80000000, 0), x, y) : y, fn, x)
}

const toBase = ([high1, low1, high2, low2]: Base): PairFunction => (w, fn, x) => {
  const { add, sub, mul, number } = w
  const { k, f, h, series } = logarithm(w, x)
  const a = w.let(sub(f, h))
  const t = w.let(mul(a, number(134217729)))
  const top = w.let(sub(t, sub(t, a)))
  const rest = w.let(add(sub(sub(f, top), h), series))
  const u = w.let(mul(k, number(high2)))
  const v = w.let(mul(top, number(high1)))
  const y = w.let(add(u, v))
  const value = add(y, add(add(sub(u, y), v), add(add(mul(k, number(low2)), mul(add(top, rest), number(low1))), mul(rest, number(high1)))))
  return w.guarded(normal(w, x), value, fn, x)
}

/** Functions with a form over pairs, by name. */
export const functionPairs: { readonly [name: string]: PairFunction | undefined } = {
  exp: (w, fn, x) => {
    const { r, t, tail, series, scale } = exponential(w, x)
    return w.guarded(between(w, x, -708, 709), w.mul(w.add(t, w.mul(t, w.add(w.add(tail, r), series))), scale), fn, x)
  },
  expm1: (w, fn, x) => {
    const [h, rest] = lessOne(w, x)
    const y = w.let(w.add(h, rest))
    return w.guarded(between(w, x, -50, 709), w.choose(w.op('f64x2.eq', y, w.number(0)), x, y), fn, x)
  },
  tanh: (w, fn, x) => {
    const { add, sub, mul } = w
    const [two, half] = [w.number(2), w.number(0.5)]
    const [h, rest] = lessOne(w, w.let(w.op('f64x2.abs', add(x, x))))
    const g = w.let(add(h, rest))
    const l = w.let(add(sub(h, g), rest))
    const f = w.let(add(g, two))
    const c = w.let(w.div(g, f))
    const y = add(c, mul(sub(l, mul(c, add(add(sub(two, f), g), l))), sub(half, mul(half, c))))
    return w.guarded(between(w, x, -18.5, 18.5), w.choose(w.bits(0x80000000, 0), x, y), fn, x)
  },
  log: (w, fn, x) => {
    const { k, f, h, series } = logarithm(w, x)
    const value = w.add(w.add(w.sub(w.add(series, w.mul(k, w.number(L[1]!))), h), f), w.mul(k, w.number(L[0]!)))
    return w.guarded(normal(w, x), value, fn, x)
  },
  log1p: (w, fn, x) => {
    const one = w.number(1)
    const u = w.let(w.add(one, x))
    const v = w.let(w.sub(u, one))
    const c = w.let(w.div(w.add(w.sub(one, w.sub(u, v)), w.sub(x, v)), u))
    const { k, f, h, series } = logarithm(w, u)
    const y = w.let(w.add(w.add(w.sub(w.add(series, w.add(w.mul(k, w.number(L[1]!)), c)), h), f), w.mul(k, w.number(L[0]!))))
    return w.guarded(normal(w, u), w.choose(w.op('f64x2.eq', y, w.number(0)), x, y), fn, x)
  },
  log2: toBase(base2),
  log10: toBase(base10),
  sin: wave(0),
  cos: wave(32),
  tan: (w, fn, x) => {
    const { add, sub, mul, div } = w
    const [[h, l], [v, rest]] = circular(w, x, [0, 32]) as [readonly [Pair, Pair], readonly [Pair, Pair]]
    const y = w.let(add(h, l))
    const d = w.let(add(v, rest))
    const q = w.let(div(y, d))
    const value = w.let(add(q, div(sub(add(sub(h, y), l), mul(q, add(sub(v, d), rest))), d)))
    return w.guarded(between(w, x, -2e5, 2e5), near0(w, x, value), fn, x)
  },
  sinh: hyperbolic(true),
  cosh: hyperbolic(false),
}
