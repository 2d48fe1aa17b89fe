/**
 * erf and erfc over pairs.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { errorTable, last, nothing, tailConstants as C, width } from '../math/error'
import type { Pair, PairFunction } from './pairs'

export const erf: PairFunction = (w, _fn, x, _y, { entries }) => {
  const { add, sub, mul, number, op } = w
  const magic = number(6755399441055744)
  const v = w.let(op('f64x2.min', op('f64x2.abs', x), number(last)))
  const m = w.let(sub(add(mul(v, number(16)), magic), magic))
  const r = w.let(sub(v, mul(m, number(0.0625))))
  // NaN has any bits: 14 of them stay within the table's memory.
  const at = w.let(op('v128.and', add(mul(m, number(8 * width)), magic), w.bits(0, 0x3fff)))
  const [[value, rest], ...pieces] = [0, 2, 4, 6, 8, 10].map((k) => entries(w, at, errorTable(), k)) as [readonly [Pair, Pair], ...(readonly [Pair, Pair])[]]
  const coefficients = pieces.flat().slice(0, -1)
  const series = coefficients.reduceRight((sum, c) => add(c, mul(r, sum)))
  return w.signed(x, add(value, add(rest, mul(r, series))))
}

export const erfc: PairFunction = (w, fn, x, _y, { exponential, lost }) => {
  const { add, sub, mul, div, number, op } = w
  const one = number(1)
  const v = w.let(op('f64x2.min', op('f64x2.abs', x), number(nothing)))
  const square = w.let(mul(v, v))
  const { r, t, tail, series } = exponential(w, op('f64x2.neg', square), w.let(op('f64x2.neg', lost(w, v, v, square))))
  const sum = w.let(add(v, number(4)))
  const z = w.let(div(sub(v, number(4)), sum))
  const above = w.let(mul(div(v, sum), [...C].map(number).reduceRight((polynomial, c) => add(c, mul(z, polynomial)))))
  const y = w.let(add(one, above))
  const twice = w.let(add(v, v))
  const f = w.let(add(one, twice))
  const h = w.let(div(one, f))
  const g = w.let(mul(y, h))
  const back = w.let(mul(g, f))
  const low = add(sub(op('f64x2.max', twice, one), f), op('f64x2.min', twice, one))
  const missing = mul(sub(add(sub(sub(y, back), lost(w, g, f, back)), add(sub(one, y), above)), mul(g, low)), h)
  const e = w.let(mul(t, g))
  const value = w.let(add(e, add(mul(e, add(add(tail, r), series)), mul(t, missing))))
  return w.guarded(op('f64x2.lt', square, number(500)), w.choose(op('f64x2.lt', x, number(0)), sub(number(2), value), value), fn, x)
}
