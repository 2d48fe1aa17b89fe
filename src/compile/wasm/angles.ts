/**
 * Angles of points over pairs: the usual range without branches.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { angleConstants as A, rest, right } from '../math/angle'
import { entries } from './entries'
import { tables } from './memory'
import { lost, type Pair, type Pairs } from './pairs'

/** The angle, from 0 to π, of (x, y) for y > 0; without `left`, x > 0. Both are neither tiny nor huge. */
export function angle(w: Pairs, y: Pair, x: Pair, left?: Pair): Pair {
  const { add, sub, mul, div, number, op, choose } = w
  const steep = w.let(op('f64x2.gt', y, x))
  const a = w.let(choose(steep, x, y))
  const b = w.let(choose(steep, y, x))
  const i = w.let(op('f64x2.trunc', div(mul(number(16), a), b)))
  const c = w.let(mul(i, number(0.0625)))
  const p = w.let(mul(c, b))
  // The low parts are 0: their products add 0 or −0 to what is not −0.
  const t = w.let(div(add(sub(sub(a, p), lost(w, c, b, p)), number(0)), add(b, mul(c, a))))
  const z = w.let(mul(t, t))
  const polynomial = [0, 1, 2, 3, 4].reduceRight<Pair>((sum, k) => add(number(A[k]!), mul(z, sum)), number(A[5]!))
  const series = mul(mul(t, z), polynomial)
  const [high, low] = entries(w, w.let(w.shift('i64x2.shl', add(i, number(6755399441055744)), 4)), tables.angle)
  const flat = (value: number): Pair => (left ? op('v128.and', left, number(2 * value)) : number(0))
  const whole = w.let(choose(steep, number(right), flat(right)))
  const sign = w.let(op('v128.or', number(1), op('v128.and', w.bits(0x80000000, 0), left ? op('v128.xor', steep, left) : steep)))
  const d = w.let(mul(sign, high))
  const h = w.let(add(whole, d))
  return add(h, add(mul(sign, t), add(add(sub(whole, h), d), add(choose(steep, number(rest), flat(rest)), mul(sign, add(low, series))))))
}
