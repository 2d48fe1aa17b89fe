/**
 * cbrt and hypot over blocks.
 *
 * Errors (measured against 200 bits): cbrt 0.67 ulp, hypot 1.2 ulp.
 * Source: cbrt x begins with a third of the exponent and a parabola between powers of 2; then the series of (1 + d)^(−1/3),
 * and one step of Halley's method from 26 bits, whose square is exact, as in FreeBSD's s_cbrt.c (Kahan & Ng 1993).
 */
import type { Block2 } from '../../ir/kernel'
import { powers, type Block } from './exponential'
import { cell, high, words } from './logarithm'

export const rootConstants: Float64Array = Float64Array.of(0.625687226564147, 0.43356059182365825, -0.05836172077613443, -1 / 3, 2 / 9, -14 / 81)
/** The cube roots of 1, 2 and 4. */
export const thirds: Float64Array = Float64Array.of(1, 1.2599210498948732, 1.5874010519681994)

/** The cube root of x. */
export const cbrt: Block = (o, p, a, q, n) => {
  const F = cell, W = words, S = powers, C = rootConstants, R = thirds
  const g0 = C[0], g1 = C[1], g2 = C[2], c1 = C[3], c2 = C[4], c3 = C[5]
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0], v = Math.abs(x)
    if (v > 0 && v < Infinity) {
      const tiny = v < 1e-300, w = tiny ? v * S[1154] : v
      F[0] = w
      // w = 2^(3 e + k) f, 1 ≤ f < 2.
      const top = (W[high] >> 20) - 1023, e = Math.floor((top + 1200) / 3) - 400, k = top - 3 * e
      const f = w * S[(1100 - top) | 0], m = w * S[(1100 - 3 * e) | 0]
      const g = R[k] * (g0 + f * (g1 + f * g2)), d = g * g * g / m - 1
      const y = g + g * (d * (c1 + d * (c2 + d * c3))), b = y * 134217729, t = b - (b - y)
      const r = m / (t * t), z = (t + t * ((r - t) / (t + t + r))) * S[(e + (tiny ? 1082 : 1100)) | 0]
      o[(p + j) | 0] = x < 0 ? -z : z
    } else o[(p + j) | 0] = x
  }
}

/** √(x² + y²), without overflow or underflow on the way. */
export const hypot: Block2 = (o, p, a, q, da, b, r, db, n) => {
  for (let j = 0; j < n; j = (j + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) {
    const x = Math.abs(a[q]), y = Math.abs(b[r])
    if (x === Infinity || y === Infinity) o[(p + j) | 0] = Infinity
    else {
      const top = x > y ? x : y, s = top > 1e150 ? 2 ** -600 : top < 1e-140 ? 2 ** 600 : 1
      o[(p + j) | 0] = Math.sqrt(x * s * (x * s) + y * s * (y * s)) / s
    }
  }
}
