/**
 * ln x to 70 bits, as an unevaluated sum of two numbers.
 *
 * x = 2^(i/128)·(1 + r): the table of exp read backwards, so that no number is divided by; then the series of ln(1 + r), of
 * which r and r²/2 are exact.
 * Source: Tang, "Table-driven implementation of the logarithm function", ACM TOMS 16 (1990); Dekker 1971 for exact products.
 * Decision: the numbers go through an array: arguments and results of a call that is not inlined would be boxed.
 */
import { lost } from './double'
import { exponentialConstants, powers, roots } from './exponential'
import { cell, high, words } from './logarithm'

/** Where `natural` finds its argument, and leaves its result, high and low. */
export const pair = new Float64Array(2)

export const naturalConstants: Float64Array = Float64Array.of(369.31, 126, 1 / 3, -1 / 4, 1 / 5, -1 / 6, 1 / 7, -1 / 8)

/** ln of a positive finite number. */
export function natural(): void {
  const C = naturalConstants, E = exponentialConstants, F = pair, S = powers, T = roots
  let x = F[0], bias = 1023
  if (x < 1e-300) {
    x *= S[1154]
    bias = 1077
  }
  cell[0] = x
  const e = (words[high] + 0x95f62) >> 20, m = x * S[2123 - e], s = (m - 1) / (m + 1)
  const i = s * (C[0] + s * s * C[1]) + E[1] - E[1], j = (-i & 127) << 1
  const t = i > 0 ? T[j] * 0.5 : T[j], p = m * t
  const r = p - 1, rest = lost(m, t, p) + p * T[j | 1], z = r * r, q = 0.5 * z
  const k = ((e - bias) << 7) + i, big = k * E[2]
  const u = big + r, h = u - q
  const l = big - u + r + (u - h - q - 0.5 * lost(r, r, z)) + (rest - r * (rest - r * rest)) + k * E[3]
    + r * z * (C[2] + r * (C[3] + r * (C[4] + r * (C[5] + r * (C[6] + r * C[7])))))
  F[0] = h + l
  F[1] = h - F[0] + l
}
