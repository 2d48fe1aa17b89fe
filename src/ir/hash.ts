/** Hashes of 32 bits. */

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

/** The hash of what has the hash h, and x after it. */
export const mixed = (h: number, x: number): number => {
  const y = Math.imul(h ^ x, 0x9e3779b1)
  return y ^ (y >>> 15)
}

/** By bits; all NaNs are one. */
export const hashNumber = (x: number): number => {
  double[0] = x === x ? x : NaN
  return mixed(halves[0]!, halves[1]! + 1)
}
