/**
 * atan2, atan, asin and acos over blocks: the angle of a point, as that of i/16 from a table, and a series in what is left.
 *
 * With t = min/max of the coordinates and i = ⌊16 t⌋ the tangent of the rest is (min − max·i/16) / (max + min·i/16), in
 * [0, 1/16), whose upper part is exact. asin x and acos x are angles of (√(1 − x²), x), the root to 100 bits.
 * Errors (measured against 200 bits): atan and atan2 1.4 ulp, asin and acos 1.6 ulp.
 * Source: Abramowitz & Stegun 1964, 4.4.34 and 4.4.42; Gal & Bachelis, "An accurate elementary mathematical library", ACM
 * TOMS 17 (1991), for the tables; Dekker 1971 for exact products.
 */
import { add, divide, lost, multiply, negate, type Double } from './double'
import type { Block } from './exponential'
import type { Block2 } from '../../ir/kernel'

let made: Float64Array | undefined
/** atan(i/16) at 2i, and at 2i + 1 what its rounding lost; found when first asked for. */
export function angleTable(): Float64Array {
  if (made) return made
  const table = new Float64Array(34)
  let sum: Double = { hi: 0, lo: 0 }
  for (let i = 1; i <= 16; i++) {
    // From (i − 1)/16 to i/16: the tangent of the difference, and its series.
    const t = divide({ hi: 16, lo: 0 }, { hi: 256 + i * (i - 1), lo: 0 }), square = negate(multiply(t, t))
    let series: Double = { hi: 0, lo: 0 }
    for (let k = 27; k > 0; k -= 2) series = add(divide({ hi: 1, lo: 0 }, { hi: k, lo: 0 }), multiply(series, square))
    sum = add(sum, multiply(series, t))
    table[2 * i] = sum.hi
    table[2 * i + 1] = sum.lo
  }
  return (made = table)
}

export const angleConstants: Float64Array = Float64Array.of(-1 / 3, 1 / 5, -1 / 7, 1 / 9, -1 / 11, 1 / 13)

/** Half of π, and what its rounding lost. */
export const right = 1.5707963267948966
export const rest = 6.123233995736766e-17

/** The angle, from 0 to π, of (±(x + xl), y + yl), for x, y ≥ 0 that are not both 0 or infinite. */
function angle(y: number, yl: number, x: number, xl: number, left: boolean): number {
  const T = angleTable(), C = angleConstants
  const steep = y > x
  let a = steep ? x : y, b = steep ? y : x
  if (b > 1e290 || b < 1e-270) {
    const s = b > 1 ? 2 ** -200 : 2 ** 200
    a *= s
    b *= s
  }
  const i = ((16 * a) / b) | 0, c = i * 0.0625, p = c * b
  const t = (a - p - lost(c, b, p) + (steep ? xl - c * yl : yl - c * xl)) / (b + c * a), z = t * t
  const series = t * z * (C[0] + z * (C[1] + z * (C[2] + z * (C[3] + z * (C[4] + z * C[5])))))
  // whole ± (table + t + series)
  const whole = steep ? right : left ? 2 * right : 0, sign = steep !== left ? -1 : 1
  const d = sign * T[i << 1], h = whole + d
  return h + (sign * t + (whole - h + d + ((steep ? rest : left ? 2 * rest : 0) + sign * (T[(i << 1) | 1] + series))))
}

/** The angle of the point (x, y), from −π to π. */
export const atan2: Block2 = (o, p, a, q, da, b, r, db, n) => {
  for (let j = 0; j < n; j = (j + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) {
    const y = a[q], x = b[r], v = Math.abs(y), u = Math.abs(x)
    let z = y + x
    if (v > 0 && u > 0 && v < Infinity && u < Infinity) z = angle(v, 0, u, 0, x < 0)
    else if (z === z || v === u) {
      // Directions to infinity, and those of zero, are those of finite points.
      const left = x < 0 || (x === 0 && 1 / x < 0)
      z = v === u ? (v === 0 ? (left ? 2 * right : 0) : left ? 1.5 * right : 0.5 * right) : v < u ? (left ? 2 * right : 0) : right
    }
    o[(p + j) | 0] = y < 0 || (y === 0 && 1 / y < 0) ? -z : z
  }
}

/** The angle whose tangent is x, from −π/2 to π/2. */
export const atan: Block = (o, p, a, q, n) => {
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0], v = Math.abs(x), z = v > 0 && v < Infinity ? angle(v, 0, 1, 0, false) : v === Infinity ? right : v
    o[(p + j) | 0] = x < 0 ? -z : z === 0 ? x : z
  }
}

/** What √v lacks of √(v + low), for its value s. */
const below = (v: number, s: number, low: number): number => (s === 0 ? 0 : (v - s * s - lost(s, s, s * s) + low) / (s + s))

/** The angle whose sine is x, from −π/2 to π/2. */
export const asin: Block = (o, p, a, q, n) => {
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0], v = Math.abs(x), e = v * v, w = 1 - e, s = Math.sqrt(w)
    const z = v > 0 && v <= 1 ? angle(v, 0, s, below(w, s, 1 - w - e - lost(v, v, e)), false) : v > 1 ? NaN : v
    o[(p + j) | 0] = x < 0 ? -z : z === 0 ? x : z
  }
}

/** The angle whose cosine is x, from 0 to π. */
export const acos: Block = (o, p, a, q, n) => {
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0], v = Math.abs(x), e = v * v, w = 1 - e, s = Math.sqrt(w)
    o[(p + j) | 0] = v <= 1 ? angle(s, below(w, s, 1 - w - e - lost(v, v, e)), v, 0, x < 0) : NaN
  }
}
