/** Differences agree with known derivatives to the error that they state, and say nothing where there is none. */
import { describe, expect, it } from 'vitest'
import { np, type Tensor } from 'adjoint'
import { smooth, type Case } from '../../laws/case'
import { directional } from '../../laws/differences'

const at = (x: number, f: (x: Tensor) => Tensor): { value: number; error: number } => {
  const args = [np.array(x)]
  const c: Case = { args, call: ([...xs]) => [f(xs[0] as Tensor)], lane: () => args, coarse: false, magnitude: 1, stopped: false }
  return directional(smooth({ ...c, call: (...xs) => [f(xs[0]!)] }), [np.array(1)])[0]![0]!
}

describe('differences', () => {
  it.each([
    ['exp at 0.5', 0.5, np.exp, Math.exp(0.5)],
    ['sin at 2', 2, np.sin, Math.cos(2)],
    ['x⁵ at 1.5', 1.5, (x: Tensor) => np.power(x, 5), 5 * 1.5 ** 4],
  ] as const)('of %s agree to 1e-9, as their error says', (_name, x, f, want) => {
    const { value, error } = at(x, f as (x: Tensor) => Tensor)
    expect(Math.abs(value - want)).toBeLessThan(1e-9)
    expect(error).toBeLessThan(1e-8)
  })

  it.each([
    ['|x| + x at 0', 0, (x: Tensor) => np.add(np.abs(x), x)],
    ['floor at 1', 1, np.floor],
    ['|x| near 0', 0.001, np.abs],
    ['√x at 0', 0, np.sqrt],
    ['1/x at 0', 0, np.reciprocal],
    ['x|x| + x at 1e-4', 1e-4, (x: Tensor) => np.add(np.multiply(x, np.abs(np.subtract(x, 0))), np.sqrt(np.abs(x)))],
  ] as const)('of %s say nothing', (_name, x, f) => {
    expect(at(x, f as (x: Tensor) => Tensor).error).toBeGreaterThan(1e-6)
  })
})
