/**
 * The inverse of erf over pairs: |x| < 1 without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { beyond, quantiles, second, third, width } from '../math/quantile'
import { natural } from './functions'
import type { Pair, PairFunction } from './pairs'

export const erfinv: PairFunction = (w, fn, x, _y, { entries }) => {
  const { add, sub, mul, div, number, op, choose } = w
  const v = w.let(op('f64x2.abs', x))
  const tail = w.let(op('f64x2.ge', v, number(beyond)))
  const inside = w.let(op('f64x2.lt', v, number(1)))
  // Where |x| is not below 1, that of 1.
  const d = w.let(choose(inside, sub(number(1), v), number(1)))
  const t = w.let(op('f64x2.sqrt', op('f64x2.neg', natural(w, d))))
  // 128 bytes an entry: each mask that is set is one more.
  const step = (mask: Pair): Pair => op('v128.and', mask, w.bits(0, 8 * width))
  const after = (from: number): Pair => step(op('v128.and', tail, op('f64x2.ge', t, number(from))))
  const at = w.let(op('i64x2.add', step(tail), op('i64x2.add', after(second), after(third))))
  const [[middle, value], ...coefficients] = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => entries(w, at, quantiles, 2 * k)) as [readonly [Pair, Pair], ...(readonly [Pair, Pair])[]]
  const r = w.let(sub(choose(tail, t, mul(v, v)), middle))
  const part = (which: 0 | 1): Pair => coefficients.map((c) => c[which]).reduceRight((sum, c) => add(c, mul(r, sum)))
  const by = w.let(choose(tail, t, v))
  const c = w.let(mul(by, number(134217729)))
  const top = w.let(sub(c, sub(c, by)))
  const y = add(mul(top, value), add(mul(sub(by, top), value), mul(by, div(part(0), part(1)))))
  return w.guarded(inside, w.signed(x, y), fn, x)
}
