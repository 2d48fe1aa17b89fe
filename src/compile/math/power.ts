/**
 * xʸ over blocks: e^(y·ln x) with ln x to 70 bits, and the product to 106.
 *
 * Errors (measured against 240 bits): 0.51 ulp (subnormal results 0.75). Edges as IEEE 754: x⁰ = 1ʸ = 1 and (−1)^±∞ = 1.
 * Source: Tang 1989 and 1990, see `exponential` and `natural`; Dekker 1971 for exact products.
 */
import type { Block2 } from '../../ir/kernel'
import { lost } from './double'
import { exponential } from './exponential'
import { natural, pair } from './natural'

/** xʸ. */
export const pow: Block2 = (o, p, a, q, da, b, r, db, n) => {
  const F = pair
  for (; n > 0; n = (n - 1) | 0, p = (p + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) {
    const x = a[q], y = b[r], v = Math.abs(x)
    F[0] = v
    const usual = v > 0 && v < Infinity
    if (usual) natural()
    else if (v === 0) F[0] = -Infinity
    const h = F[0], t = y * h
    if (y === 0 || x === 1 || (h === 0 && y === y)) o[p] = 1
    else if (t > -746 && t < 710) exponential(o, p, t, lost(y, h, t) + y * F[1])
    else o[p] = t > 0 ? Infinity : t < 0 ? 0 : NaN
    // Of a negative number, −0 and −∞ among them; the remainder of an infinity is NaN.
    if (x + 1 / x < 0 && y % 2) o[p] *= y % 1 === 0 ? -1 : usual ? NaN : 1
  }
}
