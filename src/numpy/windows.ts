/**
 * Window functions of n samples, symmetric, as NumPy has them.
 *
 * Source: NumPy's definitions (Blackman & Tukey 1958; Kaiser by the modified Bessel function I₀).
 */
import * as math from '../compile/math/functions'
import { onNumber } from '../compile/scalar'
import type { Tensor } from '../trace/tensor'
import { integer, real } from './arguments'
import { tabulated } from './creation'

const cos = onNumber(math.cos)
const window = (name: string, n: number, f: (t: number) => number): Tensor => tabulated(Math.max(0, integer(name, 'n', n)), (i) => (n === 1 ? 1 : f((2 * i + 1 - n) / (n - 1))))

/** A triangle, 0 at both ends. */
export const bartlett = (n: number): Tensor => window('bartlett', n, (t) => 1 - Math.abs(t))
/** Three cosine terms, close to the least leakage. */
export const blackman = (n: number): Tensor => window('blackman', n, (t) => 0.42 + 0.5 * cos(Math.PI * t) + 0.08 * cos(2 * Math.PI * t))
/** A cosine on a pedestal of 0.08. */
export const hamming = (n: number): Tensor => window('hamming', n, (t) => 0.54 + 0.46 * cos(Math.PI * t))
/** A cosine, 0 at both ends. */
export const hanning = (n: number): Tensor => window('hanning', n, (t) => 0.5 + 0.5 * cos(Math.PI * t))

/** I₀(x) = Σ (x/2)²ᵏ / (k!)², all terms positive. */
function besselI0(x: number): number {
  const q = (x * x) / 4
  let [sum, term] = [1, 1]
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= q / (k * k)
    sum += term
  }
  return sum
}
/** Kaiser's window of shape β. */
export function kaiser(n: number, beta: number): Tensor {
  const most = besselI0(real('kaiser', 'beta', beta))
  return window('kaiser', n, (t) => besselI0(beta * Math.sqrt(Math.max(0, 1 - t * t))) / most)
}
