/**
 * Powers over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { exponentialConstants as E, roots } from '../math/exponential'
import { naturalConstants as N } from '../math/natural'
import { entries } from './entries'
import { exp, exponential, log, mantissa, scalable } from './functions'
import { between, lost, type Pair, type PairFunction, type Parts } from './pairs'

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

export const parts: Parts = { lost, entries, exponential, natural }

const pow: PairFunction = (w, fn, x, y) => {
  const { add, mul, number, op } = w
  const [h, l] = natural(w, x)
  const t = w.let(mul(y, h))
  const p = exponential(w, t, w.let(add(lost(w, y, h, t), mul(y, l))))
  const value = add(p.t, mul(p.t, add(add(p.tail, p.r), p.series)))
  const inside = [op('f64x2.ge', x, number(1e-300)), op('f64x2.lt', x, number(2 ** 1022)), op('f64x2.lt', op('f64x2.abs', y), number(1e290)), between(w, t, -scalable, scalable)]
  return w.guarded(inside.reduce((a, b) => op('v128.and', a, b)), value, fn, x, y)
}

/** Functions that the compiler knows; others bring their form over pairs. */
export const functionPairs: { readonly [name: string]: PairFunction | undefined } = { exp, log, pow }
