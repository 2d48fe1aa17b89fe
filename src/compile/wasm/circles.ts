/**
 * sin, cos and tan over pairs: the usual range without branches, all else through the scalar function.
 *
 * Law: every lane has the bits of the function of that name in `math`: the same operations in the same order.
 */
import { circularConstants as S, circularTable } from '../math/circular'
import { entries } from './entries'
import { between, type Pair, type PairFunction, type Pairs } from './pairs'

/** sin x where the shift is 0, cos x where it is 32: each the sum of two numbers. */
function circular(w: Pairs, x: Pair, shifts: readonly number[]): (readonly [h: Pair, rest: Pair])[] {
  const { add, sub, mul, number, bits, op } = w
  const y = w.let(add(mul(x, number(S[0]!)), number(S[1]!)))
  const m = w.let(sub(y, number(S[1]!)))
  const d = w.let(sub(x, mul(m, number(S[2]!))))
  const e = w.let(mul(m, number(S[3]!)))
  const u = w.let(sub(d, e))
  const v = w.let(mul(m, number(S[4]!)))
  const r = w.let(sub(u, v))
  const t = w.let(sub(add(sub(sub(u, r), v), sub(sub(d, u), e)), mul(m, number(S[5]!))))
  const q = w.let(mul(r, r))
  const rest = w.let(add(t, mul(mul(r, q), add(number(S[6]!), mul(q, add(number(S[7]!), mul(q, number(S[8]!))))))))
  const even = w.let(mul(q, add(number(S[9]!), mul(q, add(number(S[10]!), mul(q, number(S[11]!)))))))
  return shifts.map((shift) => {
    const a = w.let(w.shift('i64x2.shl', op('v128.and', op('i64x2.add', y, bits(0, shift)), bits(0, 127)), 5))
    const [sine, less] = entries(w, a, circularTable)
    const [tail, whole] = entries(w, a, circularTable, 2)
    const g = w.let(mul(whole, r))
    const h = w.let(add(sine, g))
    return [h, w.let(add(add(sub(sine, h), g), add(add(add(tail, mul(less, add(r, rest))), mul(whole, rest)), mul(sine, even))))]
  })
}

/** Where the value is 0 it is the argument, of its sign. */
const near0 = (w: Pairs, x: Pair, value: Pair): Pair => w.choose(w.op('f64x2.eq', value, w.number(0)), x, value)

const wave = (shift: number): PairFunction => (w, fn, x) => {
  const [[h, rest]] = circular(w, x, [shift]) as [readonly [Pair, Pair]]
  return w.guarded(between(w, x, -2e5, 2e5), near0(w, x, w.let(w.add(h, rest))), fn, x)
}

export const sin: PairFunction = /* @__PURE__ */ wave(0)
export const cos: PairFunction = /* @__PURE__ */ wave(32)

export const tan: PairFunction = (w, fn, x) => {
  const { add, sub, mul, div } = w
  const [[h, l], [v, rest]] = circular(w, x, [0, 32]) as [readonly [Pair, Pair], readonly [Pair, Pair]]
  const y = w.let(add(h, l))
  const d = w.let(add(v, rest))
  const q = w.let(div(y, d))
  const value = w.let(add(q, div(sub(add(sub(h, y), l), mul(q, add(sub(v, d), rest))), d)))
  return w.guarded(between(w, x, -2e5, 2e5), near0(w, x, value), fn, x)
}
