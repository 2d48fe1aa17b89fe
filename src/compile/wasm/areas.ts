/**
 * asinh, acosh and atanh over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { large, small } from '../math/area'
import { below, type Pair, type PairFunction, type Pairs, type Parts } from './pairs'

/** What the sum of two numbers lost. */
const lostBySum = (w: Pairs, a: Pair, b: Pair, sum: Pair): Pair => w.add(w.sub(w.op('f64x2.max', a, b), sum), w.op('f64x2.min', a, b))

/** ln(g + low + what the sum g of a and b lost). */
function logarithm(w: Pairs, { natural }: Parts, a: Pair, b: Pair, low: Pair): Pair {
  const g = w.let(w.add(a, b))
  const [h, l] = natural(w, g)
  return w.add(h, w.add(l, w.div(w.add(lostBySum(w, a, b, g), low), g)))
}

/** ln(x + √(x² + one)) for 1 = one, or −1 = one and x > 1. */
function area(w: Pairs, parts: Parts, x: Pair, one: Pair): Pair {
  const { add, mul } = w
  const p = w.let(mul(x, x))
  const r = w.let(add(p, one))
  const s = w.let(w.op('f64x2.sqrt', r))
  return logarithm(w, parts, x, s, w.let(below(w, r, s, add(lostBySum(w, p, one, r), parts.lost(w, x, x, p)))))
}

/** What is tiny stays what it is. */
const signed = (w: Pairs, x: Pair, v: Pair, y: Pair): Pair => w.choose(w.op('f64x2.gt', v, w.number(small)), w.signed(x, y), x)

export const asinh: PairFunction = (w, fn, x, _y, parts) => {
  const v = w.let(w.op('f64x2.abs', x))
  return w.guarded(w.op('f64x2.le', v, w.number(large)), signed(w, x, v, area(w, parts, v, w.number(1))), fn, x)
}

export const acosh: PairFunction = (w, fn, x, _y, parts) =>
  w.guarded(w.op('v128.and', w.op('f64x2.gt', x, w.number(1)), w.op('f64x2.le', x, w.number(large))), area(w, parts, x, w.number(-1)), fn, x)

export const atanh: PairFunction = (w, fn, x, _y, parts) => {
  const { add, sub, mul, div } = w
  const one = w.number(1)
  const v = w.let(w.op('f64x2.abs', x))
  const d = w.let(sub(one, v))
  const twice = w.let(add(v, v))
  const y = w.let(div(twice, d))
  const z = w.let(mul(y, d))
  const low = w.let(div(sub(sub(sub(twice, z), parts.lost(w, y, d, z)), mul(y, sub(sub(one, d), v))), d))
  return w.guarded(w.op('f64x2.lt', v, one), signed(w, x, v, mul(w.number(0.5), logarithm(w, parts, one, y, low))), fn, x)
}
