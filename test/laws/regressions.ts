/** What random programs were drawn from when they broke a law once. They are tried first from then on. */
import type { Draws } from 'adjoint/laws'

export const regressions: readonly Draws[] = [
  // max of a square root: a cotangent that a select had masked made the transpose non-linear.
  { steps: [[0, 84, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [44, 54, 0, 49, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], pool: [0, 0, 0, 0, 0, 0, 0, 0] },
  // A while loop over an array without elements: no lane is live in a batch of none.
  { steps: [[0, 12, 0, 0, 127, 0, 0, 0, 0, 0, 0, 0, 0, 0], [203, 27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], pool: [0, 0, 0, 0, 0, 0, 0, 0] },
]
