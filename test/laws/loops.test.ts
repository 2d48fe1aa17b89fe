/** The laws of loops, on bodies as users write them. */
import { describe, expect, it } from 'vitest'
import { cond, np, whileLoop, type Tensor } from 'adjoint'
import { check, loops, tensor } from 'adjoint/laws'
import { tuple } from 'fast-check'

const numRuns = 4
const fixed = (...shape: number[]): ReturnType<typeof tensor> => tensor({ shape })
const w = np.array([[0.5, -0.25], [0.75, 0.125]])

const leaky = (c: Tensor, x: Tensor): [Tensor, Tensor] => [np.tanh(np.add(np.multiply(c, 0.5), x)), np.multiply(c, x)]
const recurrent = ({ h, k }: { h: Tensor; k: Tensor }, { a, b }: { a: Tensor; b: Tensor }): [object, Tensor[]] => {
  const next = np.tanh(np.add(np.matmul(w, h), np.multiply(a, np.sin(b))))
  return [{ h: next, k: np.add(k, np.sum(next)) }, [np.multiply(next, k), np.cumsum(h)]]
}
const choosing = (c: Tensor, x: Tensor): [Tensor, Tensor] => {
  const next = cond(np.greater(np.sum(x), 0), (v: Tensor) => np.sin(np.add(v, x)), (v: Tensor) => np.multiply(v, x), c) as Tensor
  return [whileLoop((v: Tensor) => np.greater(np.sum(np.square(v)), 1), (v) => np.multiply(v, 0.5), next), next]
}
const untouched = (c: Tensor, x: Tensor): [Tensor, Tensor] => [c, np.exp(x)]

describe.each([
  ['leaky', loops(leaky, tensor({ shape: { maxRank: 2, minExtent: 1 } }), fixed(5))],
  ['leaky, float32', loops(leaky, tensor({ shape: [3], dtype: 'float32' }), tensor({ shape: [4, 3], dtype: 'float32' }))],
  ['recurrent', loops(recurrent, tuple(fixed(2), fixed()).map(([h, k]) => ({ h, k })), tuple(fixed(6, 2), fixed(6)).map(([a, b]) => ({ a, b })))],
  ['choosing', loops(choosing, fixed(2), fixed(4, 2))],
  ['untouched', loops(untouched, fixed(2), fixed(3))],
  ['one step', loops(leaky, fixed(2), fixed(1, 2))],
] as const)('%s', (_name, laws) => {
  for (const law of laws) it(law.name, () => expect(check(law, { numRuns }).failed).toBe(false))
})
