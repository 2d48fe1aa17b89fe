/**
 * log1p and logarithms of other bases over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { base10, base2, logarithmConstants as L, type Base } from '../math/logarithm'
import { logarithm, normal } from './functions'
import type { PairFunction } from './pairs'

export const log1p: PairFunction = (w, fn, x) => {
  const one = w.number(1)
  const u = w.let(w.add(one, x))
  const v = w.let(w.sub(u, one))
  const c = w.let(w.div(w.add(w.sub(one, w.sub(u, v)), w.sub(x, v)), u))
  const { k, f, h, series } = logarithm(w, u)
  const y = w.let(w.add(w.add(w.sub(w.add(series, w.add(w.mul(k, w.number(L[1]!)), c)), h), f), w.mul(k, w.number(L[0]!))))
  return w.guarded(normal(w, u), w.choose(w.op('f64x2.eq', y, w.number(0)), x, y), fn, x)
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

export const log2: PairFunction = /* @__PURE__ */ toBase(base2)
export const log10: PairFunction = /* @__PURE__ */ toBase(base10)
