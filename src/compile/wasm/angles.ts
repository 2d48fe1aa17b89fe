/**
 * Angles over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { angleConstants as A, angleTable, rest, right } from '../math/angle'
import { below, between, type Pair, type PairFunction, type Pairs, type Parts } from './pairs'

interface Point {
  readonly y: Pair
  readonly x: Pair
  /** What is to be added to y or x, and where x is negative; none where that is nothing, and nowhere. */
  readonly yl?: Pair
  readonly xl?: Pair
  readonly left?: Pair
}

/** The angle, from 0 to π, of the point; x, y ≥ 0, neither huge nor both tiny. */
function angle(w: Pairs, { lost, entries }: Parts, { y, x, yl, xl, left }: Point): Pair {
  const { add, sub, mul, div, number, op, choose } = w
  const steep = w.let(op('f64x2.gt', y, x))
  const a = w.let(choose(steep, x, y))
  const b = w.let(choose(steep, y, x))
  const i = w.let(op('f64x2.trunc', div(mul(number(16), a), b)))
  const c = w.let(mul(i, number(0.0625)))
  const p = w.let(mul(c, b))
  // Low parts that are 0 add 0 or −0 to what is not −0.
  const zero = number(0)
  const low = !yl && !xl ? zero : choose(steep, sub(xl ?? zero, mul(c, yl ?? zero)), sub(yl ?? zero, mul(c, xl ?? zero)))
  const t = w.let(div(add(sub(sub(a, p), lost(w, c, b, p)), low), add(b, mul(c, a))))
  const z = w.let(mul(t, t))
  const polynomial = [0, 1, 2, 3, 4].reduceRight<Pair>((sum, k) => add(number(A[k]!), mul(z, sum)), number(A[5]!))
  const series = mul(mul(t, z), polynomial)
  const [high, tail] = entries(w, w.let(w.shift('i64x2.shl', op('v128.and', add(i, number(6755399441055744)), w.bits(0, 31)), 4)), angleTable())
  const flat = (value: number): Pair => (left ? op('v128.and', left, number(2 * value)) : zero)
  const whole = w.let(choose(steep, number(right), flat(right)))
  const sign = w.let(op('v128.or', number(1), op('v128.and', w.bits(0x80000000, 0), left ? op('v128.xor', steep, left) : steep)))
  const d = w.let(mul(sign, high))
  const h = w.let(add(whole, d))
  return add(h, add(mul(sign, t), add(add(sub(whole, h), d), add(choose(steep, number(rest), flat(rest)), mul(sign, add(tail, series))))))
}

/** |x| with √(1 − x²) as the sum of two numbers, for |x| < 1. */
function unit(w: Pairs, x: Pair, { lost }: Parts): readonly [v: Pair, s: Pair, low: Pair] {
  const { sub, mul, number } = w
  const v = w.let(w.op('f64x2.abs', x))
  const e = w.let(mul(v, v))
  const r = w.let(sub(number(1), e))
  const s = w.let(w.op('f64x2.sqrt', r))
  return [v, s, w.let(below(w, r, s, sub(sub(sub(number(1), r), e), lost(w, v, v, e))))]
}

export const atan: PairFunction = (w, fn, x, _y, parts) => {
  const v = w.let(w.op('f64x2.abs', x))
  return w.guarded(between(w, v, 1e-200, 1e200), w.signed(x, angle(w, parts, { y: v, x: w.number(1) })), fn, x)
}

export const atan2: PairFunction = (w, fn, y, x, parts) => {
  const { number, op } = w
  const [v, u] = [w.let(op('f64x2.abs', y)), w.let(op('f64x2.abs', x))]
  const left = w.let(op('f64x2.lt', x, number(0)))
  return w.guarded(op('v128.and', between(w, v, 1e-200, 1e200), between(w, u, 1e-200, 1e200)), w.signed(y, angle(w, parts, { y: v, x: u, left })), fn, y, x)
}

export const asin: PairFunction = (w, fn, x, _y, parts) => {
  const [v, s, xl] = unit(w, x, parts)
  return w.guarded(w.op('f64x2.lt', v, w.number(1)), w.signed(x, angle(w, parts, { y: v, x: s, xl })), fn, x)
}

export const acos: PairFunction = (w, fn, x, _y, parts) => {
  const [v, s, yl] = unit(w, x, parts)
  return w.guarded(w.op('f64x2.lt', v, w.number(1)), angle(w, parts, { y: s, yl, x: v, left: w.let(w.op('f64x2.lt', x, w.number(0))) }), fn, x)
}
