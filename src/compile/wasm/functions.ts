/**
 * Exponential and logarithm over pairs, and what their kin shares: the usual range without branches, all else through the
 * scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { exponentialConstants as E, roots } from '../math/exponential'
import { high, logarithmConstants as L } from '../math/logarithm'
import { entries } from './entries'
import { between, type Pair, type PairFunction, type Pairs, type Parts } from './pairs'

/** The table of exp without i/128 in its exponents, where that is added with e. */
const scaling: Float64Array = /* @__PURE__ */ (() => {
  const table = roots.slice()
  const halves = new Int32Array(table.buffer)
  for (let i = 0; i < 128; i++) halves[4 * i + high]! -= i << 13
  return table
})()
/** Up to here what is added to 2ᵉ is normal, so that it may be scaled before it is added. */
export const scalable = 600

export const exponential: Parts['exponential'] = (w, x, low) => {
  const { add, sub, mul, number, bits, op } = w
  const y = w.let(add(mul(x, number(E[0]!)), number(E[1]!)))
  const m = w.let(sub(y, number(E[1]!)))
  const d = w.let(sub(x, mul(m, number(E[2]!))))
  const e = w.let(mul(m, number(E[3]!)))
  const r = w.let(low ? add(sub(d, e), low) : sub(d, e))
  const s = w.let(mul(r, r))
  const [root, tail] = entries(w, w.let(w.shift('i64x2.shl', op('v128.and', y, bits(0, 127)), 4)), scaling)
  // 128 e + i, moved to where e is the exponent.
  const t = w.let(op('i64x2.add', root, w.shift('i64x2.shl', y, 45)))
  const series = mul(s, add(add(number(E[4]!), mul(r, number(E[5]!))), mul(s, add(number(E[6]!), mul(r, number(E[7]!))))))
  return { d, e, r, t, tail, series }
}

/** From 2⁻¹⁰²² on, so far that 2⁻ᵏ is normal. */
export const normal = (w: Pairs, x: Pair): Pair => w.op('v128.and', w.op('f64x2.ge', x, w.number(2 ** -1022)), w.op('f64x2.lt', x, w.number(2 ** 1022)))

/** x = 2ᵏ·m with m from √½ to √2. */
export function mantissa(w: Pairs, x: Pair): readonly [k: Pair, m: Pair] {
  const { sub, mul, number, bits, op } = w
  const e = w.let(w.shift('i64x2.shr_u', op('i64x2.add', x, bits(0x95f62, 0)), 52))
  const k = w.let(sub(op('v128.or', e, bits(0x43300000, 0)), number(2 ** 52 + 1023)))
  return [k, w.let(mul(x, op('i64x2.sub', bits(0x7fe00000, 0), w.shift('i64x2.shl', e, 52))))]
}

/** x = 2ᵏ·(1 + f): k, f, and the series of log(1 + f) without its leading terms. */
export function logarithm(w: Pairs, x: Pair): { readonly k: Pair; readonly f: Pair; readonly h: Pair; readonly series: Pair } {
  const { add, sub, mul, div, number } = w
  const [k, m] = mantissa(w, x)
  const f = w.let(sub(m, number(1)))
  const s = w.let(div(f, add(number(2), f)))
  const z = w.let(mul(s, s))
  const v = w.let(mul(z, z))
  const h = w.let(mul(mul(number(L[9]!), f), f))
  const odd = mul(v, add(number(L[3]!), mul(v, add(number(L[5]!), mul(v, number(L[7]!))))))
  const even = mul(z, add(number(L[2]!), mul(v, add(number(L[4]!), mul(v, add(number(L[6]!), mul(v, number(L[8]!))))))))
  return { k, f, h, series: mul(s, add(h, add(odd, even))) }
}

export const exp: PairFunction = (w, fn, x) => {
  const { r, t, tail, series } = exponential(w, x)
  return w.guarded(between(w, x, -scalable, scalable), w.add(t, w.mul(t, w.add(w.add(tail, r), series))), fn, x)
}

/** ln x of a normal number. */
export function natural(w: Pairs, x: Pair): Pair {
  const { k, f, h, series } = logarithm(w, x)
  return w.add(w.add(w.sub(w.add(series, w.mul(k, w.number(L[1]!))), h), f), w.mul(k, w.number(L[0]!)))
}

export const log: PairFunction = (w, fn, x) => w.guarded(normal(w, x), natural(w, x), fn, x)
