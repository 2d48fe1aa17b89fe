/**
 * The inverse of erf over blocks: near 0 a quotient in x² times x, else one in t = √−ln(1 − |x|) times t, of which there are
 * three, for t up to 1¾, 3¼ and 6.07, which is that of the last number below 1.
 *
 * Errors (measured against 160 bits): 2.0 ulp.
 * Source: Giles, "Approximating the erfinv function", GPU Computing Gems (2011), for the form; the coefficients are our own:
 * quotients that agree with the function at Chebyshev's nodes.
 */
import { powers, type Block } from './exponential'
import { cell, high, logarithmConstants, words } from './logarithm'

/** Where the quotients in t begin, as |x|, and where the second and the third do. */
export const [beyond, second, third] = [0.6875, 1.75, 3.25]
/** Numbers of an entry. */
export const width = 16
/** For each range the middle of its argument and of its value, and a quotient of what is beyond them: coefficients of its parts by turns. */
export const quantiles: Float64Array = Float64Array.of(
  0.25, 0.9375, 0.016372552408939745, 1.0, 0.2505934116887987, -4.081899985290639, -0.9630901925810659, 6.360172274954802,
  1.213952402415484, -4.709518567101349, -0.6465406982908948, 1.67161784792266, 0.13674729282382525, -0.24885451700411365, -0.00782007281263968, 0.010166449444414402,
  1.375, 0.75, -0.011478345869224818, 1.0, 0.16581316322602954, 4.140593385146483, 0.6853718670424105, 6.114922683941721,
  0.7861233679690448, 4.534824583059242, 0.40064202412720007, 1.8056227608757736, 0.08980014738198211, 0.36198633021758037, 0.006709076900927458, 0.026773213715090134,
  2.375, 0.875, -0.006956407922202112, 1.0, 0.06458856458800309, 1.6115094602212625, 0.08116950571227873, 1.0636128649023946,
  0.03717068691320875, 0.36174687728372007, 0.007745871728257515, 0.06528263745066053, 0.0007098852923308777, 0.005693669386419917, 2.192957705184004e-05, 0.00017529891991598621,
  4.5, 0.9375, 0.01056091044375373, 1.0, 0.02768071511344414, 0.9406695371481799, 0.01568879021605442, 0.3540288618575947,
  0.0036813050531469874, 0.06744893368653677, 0.0004062964267270693, 0.006739153940354823, 2.0306646625410543e-05, 0.00032545916752311333, 3.532318655567441e-07, 5.648541794299636e-06,
)

/** y with 2/√π ∫₀ʸ e^(−t²) dt = x. */
export const erfinv: Block = (o, p, a, q, n) => {
  const T = quantiles, C = logarithmConstants
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0], v = Math.abs(x)
    if (v < 1) {
      let i = 0, r = v * v, by = v
      if (v >= beyond) {
        // As in `log`.
        const d = 1 - v
        cell[0] = d
        const k = ((words[high] + 0x95f62) >> 20) - 1023
        const f = d * powers[(1100 - k) | 0] - C[11], s = f / (C[10] + f), z = s * s, w = z * z, h = C[9] * f * f
        r = Math.sqrt(-(s * (h + (w * (C[3] + w * (C[5] + w * C[7])) + z * (C[2] + w * (C[4] + w * (C[6] + w * C[8]))))) + k * C[1] - h + f + k * C[0]))
        by = r
        i = r >= third ? 3 * width : r >= second ? 2 * width : width
      }
      r -= T[i]
      const above = T[i + 2] + r * (T[i + 4] + r * (T[i + 6] + r * (T[i + 8] + r * (T[i + 10] + r * (T[i + 12] + r * T[i + 14])))))
      const below = T[i + 3] + r * (T[i + 5] + r * (T[i + 7] + r * (T[i + 9] + r * (T[i + 11] + r * (T[i + 13] + r * T[i + 15])))))
      // The upper half of the digits times the middle, which has few, is exact.
      const c = by * 134217729, top = c - (c - by), y = top * T[i + 1] + ((by - top) * T[i + 1] + by * (above / below))
      o[(p + j) | 0] = x < 0 ? -y : y === 0 ? x : y
    } else o[(p + j) | 0] = v === 1 ? x * Infinity : NaN
  }
}
