/**
 * Powers and roots over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { exponentialConstants as E, roots } from '../math/exponential'
import { naturalConstants as N } from '../math/natural'
import { rootConstants as R, thirds } from '../math/root'
import { entries } from './entries'
import { exponential, mantissa } from './functions'
import { below, between, lost, type Pair, type PairFunction, type Parts } from './pairs'

const natural: Parts['natural'] = (w, x) => {
  const { add, sub, mul, div, number, bits, op } = w
  const [e, m] = mantissa(w, x)
  const s = w.let(div(sub(m, number(1)), add(m, number(1))))
  const y = w.let(add(mul(s, add(number(N[0]!), mul(mul(s, s), number(N[1]!)))), number(E[1]!)))
  const i = w.let(sub(y, number(E[1]!)))
  const [root, tail] = entries(w, w.let(w.shift('i64x2.shl', op('v128.and', op('i64x2.sub', bits(0, 0), y), bits(0, 127)), 4)), roots)
  const t = w.let(w.choose(op('f64x2.gt', i, number(0)), mul(root, number(0.5)), root))
  const p = w.let(mul(m, t))
  const r = w.let(sub(p, number(1)))
  const rest = w.let(add(lost(w, m, t, p), mul(p, tail)))
  const z = w.let(mul(r, r))
  const q = w.let(mul(number(0.5), z))
  const k = w.let(add(mul(e, number(128)), i))
  const big = w.let(mul(k, number(E[2]!)))
  const u = w.let(add(big, r))
  const h = w.let(sub(u, q))
  const series = mul(mul(r, z), [2, 3, 4, 5, 6].reduceRight<Pair>((sum, n) => add(number(N[n]!), mul(r, sum)), number(N[7]!)))
  const first = add(sub(big, u), r)
  const second = sub(sub(sub(u, h), q), mul(number(0.5), lost(w, r, r, z)))
  const l = w.let(add(add(add(add(first, second), sub(rest, mul(r, sub(rest, mul(r, rest))))), mul(k, number(E[3]!))), series))
  const high = w.let(add(h, l))
  return [high, w.let(add(sub(h, high), l))]
}

export const parts: Parts = { between, lost, below, entries, exponential, natural }

/** Functions with a form over pairs, by name. */
export const powerPairs: { readonly [name: string]: PairFunction | undefined } = {
  pow: (w, fn, x, y) => {
    const { add, mul, number, op } = w
    const [h, l] = natural(w, x)
    const t = w.let(mul(y, h))
    const p = exponential(w, t, w.let(add(lost(w, y, h, t), mul(y, l))))
    const value = mul(add(p.t, mul(p.t, add(add(p.tail, p.r), p.series))), p.scale)
    const inside = [op('f64x2.ge', x, number(1e-300)), op('f64x2.lt', x, number(2 ** 1022)), op('f64x2.lt', op('f64x2.abs', y), number(1e290)), op('f64x2.gt', t, number(-708)), op('f64x2.lt', t, number(709))]
    return w.guarded(inside.reduce((a, b) => op('v128.and', a, b)), value, fn, x, y)
  },
  hypot: (w, fn, x, y) => {
    const { add, mul, op } = w
    const top = w.let(op('f64x2.max', op('f64x2.abs', x), op('f64x2.abs', y)))
    return w.guarded(between(w, top, 1e-140, 1e150), op('f64x2.sqrt', add(mul(x, x), mul(y, y))), fn, x, y)
  },
  cbrt: (w, fn, x) => {
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
    return w.guarded(op('v128.and', op('f64x2.ge', v, number(1e-300)), op('f64x2.lt', v, number(Infinity))), choose(bits(0x80000000, 0), x, z), fn, x)
  },
}
