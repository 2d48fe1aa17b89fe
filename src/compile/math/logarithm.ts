/**
 * log, log1p, log2 and log10 over blocks: x = 2ᵏ·m with m in [√½, √2), f = m − 1, s = f / (2 + f), and a series in s².
 *
 * Errors (measured against 200 bits): log and log1p 0.8 ulp, log2 0.8 ulp, log10 0.7 ulp; both are exact at powers of their bases.
 * Source: fdlibm's e_log.c (Sun Microsystems 1993), its coefficients, in the single-path form of FreeBSD's msun; log1p adds
 * the exact rounding error of 1 + x (Knuth's two-sum), divided by 1 + x; the
 * other bases multiply the upper half of log(1 + f), and k, without loss.
 */
import { powers, type Block } from './exponential'

export const logarithmConstants: Float64Array = Float64Array.of(
  0.6931471803691238, 1.9082149292705877e-10, 0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784,
  0.1818357216161805, 0.15313837699209373, 0.14798198605116586, 0.5, 2, 1,
)

export const cell = new Float64Array(1)
export const words = new Int32Array(cell.buffer)
/** The index of the word that has sign and exponent. */
export const high = new Uint8Array(Uint16Array.of(1).buffer)[0]
/** 2⁻¹⁰²², the least normal number. */
const least = 2 ** -1022

/** ln x. */
export const log: Block = (o, p, a, q, n) => {
  const F = cell, W = words, S = powers, C = logarithmConstants
  const big = C[0], small = C[1], l1 = C[2], l2 = C[3], l3 = C[4], l4 = C[5], l5 = C[6], l6 = C[7], l7 = C[8], half = C[9], two = C[10], one = C[11]
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    if (x >= least && x < Infinity) {
      F[0] = x
      const k = ((W[high] + 0x95f62) >> 20) - 1023
      const f = x * S[(1100 - k) | 0] - one, s = f / (two + f), z = s * s, w = z * z, h = half * f * f
      const r = w * (l2 + w * (l4 + w * l6)) + z * (l1 + w * (l3 + w * (l5 + w * l7)))
      o[(p + j) | 0] = s * (h + r) + k * small - h + f + k * big
    } else if (x > 0 && x < least) {
      o[(p + j) | 0] = x * 2 ** 54
      log(o, p + j, o, p + j, 1)
      o[(p + j) | 0] = o[(p + j) | 0] - 54 * small - 54 * big
    } else o[(p + j) | 0] = x === 0 ? -Infinity : x > 0 ? x : NaN
  }
}

/** ln(1 + x), to its own relative precision near 0. */
export const log1p: Block = (o, p, a, q, n) => {
  const F = cell, W = words, S = powers, C = logarithmConstants
  const big = C[0], small = C[1], l1 = C[2], l2 = C[3], l3 = C[4], l4 = C[5], l5 = C[6], l6 = C[7], l7 = C[8], half = C[9], two = C[10], one = C[11]
  for (let j = 0; j < n; j = (j + 1) | 0) {
    const x = a[(q + j) | 0]
    const u = one + x
    if (u >= least && u < Infinity) {
      F[0] = u
      const k = ((W[high] + 0x95f62) >> 20) - 1023
      const v = u - one, c = (one - (u - v) + (x - v)) / u
      const f = u * S[(1100 - k) | 0] - one, s = f / (two + f), z = s * s, w = z * z, h = half * f * f
      const r = w * (l2 + w * (l4 + w * l6)) + z * (l1 + w * (l3 + w * (l5 + w * l7)))
      const y = s * (h + r) + (k * small + c) - h + f + k * big
      o[(p + j) | 0] = y === 0 ? x : y
    } else o[(p + j) | 0] = u === 0 ? -Infinity : u > 0 ? u : NaN
  }
}

/** The upper half and the rest of 1 / ln b, and those of log_b 2. */
export type Base = readonly [high1: number, low1: number, high2: number, low2: number]
export const base2: Base = [1.4426950216293335, 1.9259629911266175e-8, 1, 0]
export const base10: Base = [0.4342944771051407, 4.798111141615973e-9, 0.30102999566383914, 1.42050232272661e-13]

const toBase = ([high1, low1, high2, low2]: Base): Block => {
  const base: Block = (o, p, a, q, n) => {
    const F = cell, W = words, S = powers, C = logarithmConstants
    const l1 = C[2], l2 = C[3], l3 = C[4], l4 = C[5], l5 = C[6], l6 = C[7], l7 = C[8], half = C[9], two = C[10], one = C[11]
    for (let j = 0; j < n; j = (j + 1) | 0) {
      const x = a[(q + j) | 0]
      if (x >= least && x < Infinity) {
        F[0] = x
        const k = ((W[high] + 0x95f62) >> 20) - 1023
        const f = x * S[(1100 - k) | 0] - one, s = f / (two + f), z = s * s, w = z * z, h = half * f * f
        const r = w * (l2 + w * (l4 + w * l6)) + z * (l1 + w * (l3 + w * (l5 + w * l7)))
        const t = (f - h) * 134217729, top = t - (t - (f - h)), rest = f - top - h + s * (h + r)
        const u = k * high2, v = top * high1, y = u + v
        o[(p + j) | 0] = y + (u - y + v + (k * low2 + (top + rest) * low1 + rest * high1))
      } else if (x > 0 && x < least) {
        o[(p + j) | 0] = x * 2 ** 54
        base(o, p + j, o, p + j, 1)
        o[(p + j) | 0] = o[(p + j) | 0] - 54 * low2 - 54 * high2
      } else o[(p + j) | 0] = x === 0 ? -Infinity : x > 0 ? x : NaN
    }
  }
  return base
}

/** The logarithm to base 2. */
export const log2: Block = toBase(base2)
/** The logarithm to base 10. */
export const log10: Block = toBase(base10)
