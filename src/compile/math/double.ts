/**
 * Double-double arithmetic: an unevaluated sum of two doubles, 106 bits.
 *
 * Law: hi is the nearest double to hi + lo; twoSum and twoProduct are exact.
 * Source: Dekker 1971; Knuth, TAOCP 2, §4.2.2.
 */
export interface Double {
  readonly hi: number
  readonly lo: number
}

const twoSum = (a: number, b: number): Double => {
  const hi = a + b
  const t = hi - a
  return { hi, lo: a - (hi - t) + (b - t) }
}

/** What the rounding of the product p = a·b lost. 2²⁷ + 1 splits the digits into halves, whose products are exact. */
export function lost(a: number, b: number, p: number): number {
  const s = 134217729, c = a * s, d = b * s, ah = c - (c - a), bh = d - (d - b), al = a - ah, bl = b - bh
  return ah * bh - p + ah * bl + al * bh + al * bl
}

const twoProduct = (a: number, b: number): Double => {
  const hi = a * b
  return { hi, lo: lost(a, b, hi) }
}

export const add = (x: Double, y: Double): Double => {
  const s = twoSum(x.hi, y.hi)
  return twoSum(s.hi, s.lo + x.lo + y.lo)
}

export const negate = (x: Double): Double => ({ hi: -x.hi, lo: -x.lo })

export const multiply = (x: Double, y: Double): Double => {
  const p = twoProduct(x.hi, y.hi)
  return twoSum(p.hi, p.lo + x.hi * y.lo + x.lo * y.hi)
}

export const squareRoot = (x: Double): Double => {
  const s = Math.sqrt(x.hi)
  const p = twoProduct(s, s)
  return twoSum(s, (x.hi - p.hi - p.lo + x.lo) / (2 * s))
}

/** Two terms of the long division. */
export const divide = (x: Double, y: Double): Double => {
  const first = x.hi / y.hi
  const rest = add(x, negate(multiply({ hi: first, lo: 0 }, y)))
  const second = rest.hi / y.hi
  const left = add(rest, negate(multiply({ hi: second, lo: 0 }, y)))
  return add(twoSum(first, second), { hi: left.hi / y.hi, lo: 0 })
}
