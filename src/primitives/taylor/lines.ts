/**
 * The recurrences in straight lines, for few coefficients: sums of products of parts, which a compiler fuses.
 *
 * Law: the terms of each sum come in the order of the loops of tile.ts, so the bits are theirs.
 */
import type { PartOps } from '../../compile/loop/pieces'

/** Σ_{j < m} x[a + j] · y[b − j]. */
export function convolved<P>(s: PartOps<P>, x: readonly P[], a: number, y: readonly P[], b: number, m: number): P {
  let sum = s.constant(0)
  for (let j = 0; j < m; j++) sum = s.add(sum, s.mul(x[a + j]!, y[b - j]!))
  return sum
}

/** Σ_{j < m} (j + 1) · x[a + j] · y[b − j]: a product with a derivative. */
export function convolvedSlope<P>(s: PartOps<P>, x: readonly P[], a: number, y: readonly P[], b: number, m: number): P {
  let sum = s.constant(0)
  for (let j = 0; j < m; j++) sum = s.add(sum, s.mul(scaled(s, j + 1, x[a + j]!), y[b - j]!))
  return sum
}

/** k · x for a number k. */
export const scaled = <P>(s: PartOps<P>, k: number, x: P): P => (k === 1 ? x : s.mul(s.constant(k), x))
/** x / k for a number k. */
export const shared = <P>(s: PartOps<P>, x: P, k: number): P => (k === 1 ? x : s.div(x, s.constant(k)))
