/**
 * erf over pairs.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { errorTable, last, width } from '../math/error'
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
  return w.choose(w.bits(0x80000000, 0), x, add(value, add(rest, mul(r, series))))
}
