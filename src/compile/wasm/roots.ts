/**
 * hypot and cbrt over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { rootConstants as R, thirds } from '../math/root'
import { between, type Pair, type PairFunction } from './pairs'

export const hypot: PairFunction = (w, fn, x, y) => {
  const { add, mul, op } = w
  const top = w.let(op('f64x2.max', op('f64x2.abs', x), op('f64x2.abs', y)))
  return w.guarded(between(w, top, 1e-140, 1e150), op('f64x2.sqrt', add(mul(x, x), mul(y, y))), fn, x, y)
}

export const cbrt: PairFunction = (w, fn, x) => {
  const { add, sub, mul, div, number, bits, op, choose } = w
  const v = w.let(op('f64x2.abs', x))
  // v = 2^(3 e + k) f, 1 ≤ f < 2; top and e are off by 1200 and 400.
  const top = w.let(sub(op('v128.or', w.shift('i64x2.shr_u', v, 52), bits(0x43300000, 0)), number(2 ** 52 - 177)))
  const e = w.let(op('f64x2.floor', mul(top, number(0.3333334))))
  const k = w.let(sub(top, mul(number(3), e)))
  const third = (one: Pair, two: Pair, four: Pair): Pair => choose(op('f64x2.gt', k, number(1)), four, choose(op('f64x2.gt', k, number(0)), two, one))
  const f = w.let(op('v128.or', op('v128.and', v, bits(0xfffff, 0xffffffff)), number(1)))
  const m = w.let(mul(f, third(number(1), number(2), number(4))))
  const g = w.let(mul(third(number(1), number(thirds[1]!), number(thirds[2]!)), add(number(R[0]!), mul(f, add(number(R[1]!), mul(f, number(R[2]!)))))))
  const d = w.let(sub(div(mul(mul(g, g), g), m), number(1)))
  const y = w.let(add(g, mul(g, mul(d, add(number(R[3]!), mul(d, add(number(R[4]!), mul(d, number(R[5]!)))))))))
  const b = w.let(mul(y, number(134217729)))
  const t = w.let(sub(b, sub(b, y)))
  const r = w.let(div(m, mul(t, t)))
  const scale = w.shift('i64x2.shl', add(e, number(2 ** 52 + 623)), 52)
  const z = mul(add(t, mul(t, div(sub(r, t), add(add(t, t), r)))), scale)
  return w.guarded(op('v128.and', op('f64x2.ge', v, number(1e-300)), op('f64x2.lt', v, number(Infinity))), w.signed(x, z), fn, x)
}
