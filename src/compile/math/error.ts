/**
 * erf over blocks: its value at the nearest multiple c of 1/16, from a table, and its Taylor series there. erfc: e^(−x²), as
 * exactly as powers are, times a quotient by 1 + 2 |x|.
 *
 * Errors (measured against 300 bits): erf 1.5 ulp, erfc 2.0 ulp. Beyond 5.93 erf is 1.
 * Source: Abramowitz & Stegun 1964, 7.1.1 and 7.1.19; Tang 1991 for the table; Shepherd & Laframboise, "Chebyshev approximation
 * of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞", Mathematics of Computation 36 (1981), for the form of the quotient.
 */
import { add, lost, multiply, type Double } from './double'
import { exponentialConstants, powers, roots } from './exponential'
import type { Block } from '../../ir/kernel'

/** Numbers of an entry. */
export const width = 12
/** Terms of the series. */
const terms = 9
/** From here on the value is 1. */
export const last = 6

let made: Float64Array | undefined

/** At 12 i: erf c for c = i/16, what its rounding lost, and the coefficients of r, r², … in erf(c + r) − erf c. Made when it is first asked for. */
export function errorTable(): Float64Array {
  if (made) return made
  const table = new Float64Array(width * (16 * last + 1))
  const t = new Float64Array(terms + 1)
  let value: Double = { hi: 0, lo: 0 }
  // 2/√π e^(−c²), and what takes it from c to c + 1/32.
  let slope: Double = { hi: 1.1283791670955126, lo: 1.533545961316588e-17 }
  let step: Double = { hi: 0.9990239141819757, lo: -7.400282329795416e-18 }
  const less = multiply(step, step)
  for (let j = 0; j <= 32 * last; j++) {
    // The derivatives are Hermite polynomials: (n + 1) pₙ₊₁ = −2 c pₙ − 2 pₙ₋₁.
    for (let n = 0, p = 1, before = 0, c = j / 32; n < terms; n++) {
      t[n + 1] = (slope.hi * p) / (n + 1)
      const next = (-2 * (c * p + before)) / (n + 1)
      before = p
      p = next
    }
    if (j % 2 === 0) table.set([value.hi, value.lo, ...t.subarray(1)], (width / 2) * j)
    else {
      // Over 1/32 to both sides.
      const rest = (t[3] + (t[5] + (t[7] + t[9] / 1024) / 1024) / 1024) / 16384
      value = add(value, { hi: slope.hi / 16, lo: slope.lo / 16 + rest })
    }
    slope = multiply(slope, step)
    step = multiply(step, less)
  }
  return (made = table)
}

/** 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: Block = (o, p, a, q, n) => {
  const T = errorTable()
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    let v = Math.abs(x)
    if (v > last) v = last
    const m = v * 16 + 6755399441055744 - 6755399441055744, r = v - m * 0.0625, i = ((m | 0) * width) | 0
    const y = T[i] + (T[i + 1] + r * (T[i + 2] + r * (T[i + 3] + r * (T[i + 4] + r * (T[i + 5] + r * (T[i + 6] + r * (T[i + 7] + r * (T[i + 8] + r * (T[i + 9] + r * T[i + 10])))))))))
    o[(p + j) | 0] = x < 0 ? -y : y === 0 ? x : y
  }
}

/** With P = e^(v²) (1 + 2 v) erfc v for 0 ≤ v ≤ 28: (P − 1) (v + 4) / v, as a polynomial in (v − 4) / (v + 4). */
export const tailConstants: Float64Array = Float64Array.of(
  0.46599023725110494, -0.74523247093223, 0.7759917751374865, -0.6397976666280794, 0.43771953455456086, -0.2502538645592324,
  0.11759313295351817, -0.04325810184654009, 0.01086263353932078, -0.000798693956123613, -0.0007168515409871026, 0.0003183406152755912,
  -1.710063618668949e-05, -3.170758769289359e-05, 9.268445579786794e-06, 2.1747286955750745e-06, -1.5859712531209014e-06, -9.850048639674515e-08,
  2.3274968729494372e-07, 1.1651814161733453e-08, -2.7302233055270614e-08, -5.422751844229354e-09,
)
/** From here on it is less than half of the smallest number. */
export const nothing = 27.3

/** 2/√π ∫ₓ^∞ e^(−t²) dt, exact in the tail. */
export const erfc: Block = (o, p, a, q, n) => {
  const S = powers, T = roots, C = exponentialConstants, P = tailConstants
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    let v = Math.abs(x)
    if (v > nothing) v = nothing
    // The exponential of −v², as in `exponential`.
    const square = v * v, m = -square * C[0] + C[1] - C[1], k = m | 0
    const r = -square - m * C[2] - m * C[3] - lost(v, v, square), s = r * r, i = (k & 127) << 1
    const t = T[i], u = T[i | 1] + r + s * (C[4] + r * C[5] + s * (C[6] + r * C[7]))
    const sum = v + 4, z = (v - 4) / sum
    let polynomial = P[21]
    for (let c = 20; c >= 0; c--) polynomial = P[c] + z * polynomial
    // P / (1 + 2 v), and what is missing.
    const above = (v / sum) * polynomial, y = 1 + above, twice = v + v, f = 1 + twice, h = 1 / f, g = y * h, back = g * f
    const low = twice > 1 ? twice - f + 1 : 1 - f + twice, missing = (y - back - lost(g, f, back) + (1 - y + above) - g * low) * h
    const e = t * g, value = (e + (e * u + t * missing)) * S[((k >> 7) + 1100) | 0]
    o[(p + j) | 0] = x < 0 ? 2 - value : value
  }
}
