/**
 * Directional derivatives by central differences, extrapolated to step 0, with an estimate of their error.
 *
 * A result that cannot be trusted has error Infinity: near a kink or a jump (seen by one-sided differences that do not
 * come together), where a value is not finite, or where extrapolation does not settle.
 * Source: Richardson extrapolation in the even powers of the step; Ridders 1982.
 */
import { combine, elements, largest } from './elements'
import type { Smooth } from './case'
import type { Tensor } from '../src/index'

export interface Difference {
  readonly value: number
  /** Of truncation and rounding; Infinity where nothing can be said. */
  readonly error: number
}

interface Steps {
  readonly first: number
  readonly levels: number
  readonly epsilon: number
}

const fine: Steps = { first: 2 ** -8, levels: 4, epsilon: 2 ** -52 }
const coarse: Steps = { first: 2 ** -4, levels: 3, epsilon: 2 ** -23 }

const unknown: Difference = { value: NaN, error: Infinity }

/** From φ(−h), φ(h) for halving steps h, and φ(0). */
function extrapolate(below: readonly number[], above: readonly number[], here: number, { first, levels, epsilon }: Steps, magnitude: number): Difference {
  const all = [...below, ...above, here]
  if (!all.every(Number.isFinite)) return unknown
  const last = first / 2 ** (levels - 1)
  const noise = (4 * epsilon * Math.max(magnitude, largest(all))) / last
  // The gap between the one-sided differences: halves with the step where φ is smooth.
  const gap = (k: number): number => Math.abs((above[k]! + below[k]! - 2 * here) / (first / 2 ** k))
  const [wide, narrow] = [gap(levels - 2), gap(levels - 1)]
  let row: number[] = []
  let before = NaN
  for (let k = 0; k < levels; k++) {
    const next = [(above[k]! - below[k]!) / (2 * (first / 2 ** k))]
    for (let j = 1; j <= k; j++) next.push(next[j - 1]! + (next[j - 1]! - row[j - 1]!) / (4 ** j - 1))
    before = row[k - 1] ?? NaN
    row = next
  }
  const value = row[levels - 1]!
  if (narrow > 0.75 * wide && narrow > noise * 8 + 1e-9 * (1 + Math.abs(value))) return unknown
  return { value, error: Math.max(Math.abs(value - before), Math.abs(value - row[levels - 2]!)) + noise }
}

/** The derivative of every element of every result in the direction. */
export function directional(c: Smooth, direction: readonly Tensor[]): readonly (readonly Difference[])[] {
  const steps = c.coarse ? coarse : fine
  const at = (t: number): readonly (readonly number[])[] => c.call(...c.args.map((x, i) => combine([1, t], [x, direction[i]!]))).map(elements)
  const sizes = Array.from({ length: steps.levels }, (_, k) => steps.first / 2 ** k)
  const above = sizes.map((h) => at(h))
  const below = sizes.map((h) => at(-h))
  return c.outs.map((out, o) =>
    elements(out).map((here, i) => extrapolate(below.map((y) => y[o]![i]!), above.map((y) => y[o]![i]!), here, steps, c.magnitude)),
  )
}
