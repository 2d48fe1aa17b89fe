/** Implicit derivatives against those of the steps: what a solver finds is differentiated as if its steps had been. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { customRoot, foriLoop, jacfwd, jacrev, jit, np, solve, vmap, type Tensor } from 'adjoint'
import { implicitSolvers, violationOf } from './implicit'

type Solver = (theta: Tensor) => Tensor

const weights = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 9, maxLength: 9 }).map((w) => np.reshape(np.array(w.map((x) => x / 32)), [3, 3]))
const points = fc.array(fc.integer({ min: -16, max: 16 }), { minLength: 3, maxLength: 3 }).map((x) => np.array(x.map((v) => v / 8)))
const curves = fc.constantFrom(np.tanh, np.sin, (x: Tensor) => np.divide(x, np.add(1, np.square(x)))) as fc.Arbitrary<(x: Tensor) => Tensor>

describe('implicit derivatives', () => {
  it.each(Object.entries(implicitSolvers))('%s: value, first and second derivatives are those of the steps', (_name, make) => {
    expect.hasAssertions()
    fc.assert(fc.property(weights, points, curves, (w, theta, curve) => void expect(violationOf(make(w, curve), w, curve, theta)).toBeUndefined()), { numRuns: 6 })
  })

  it('through jit and vmap', () => {
    const f: Solver = implicitSolvers.fixedPoint!(np.full([3, 3], 0.125), np.tanh as never)
    const batch = np.array([[0.5, -1, 2], [0.25, 0, 1]])
    expect(np.allclose(vmap(jit(jacrev(f) as never) as never)(batch) as Tensor, np.stack([0, 1].map((i) => jacfwd(f)(batch.at(i)) as Tensor))).item()).toBe(true)
  })

  it('a wrong tangent solver, and one that forgets the derivative, are seen', () => {
    const [w, theta] = [np.full([3, 3], 0.125), np.array([0.5, -1, 2])]
    const step = (x: Tensor, t: Tensor): Tensor => np.add(np.tanh(np.matmul(w, x)), t)
    const wrong: Solver = (t) =>
      customRoot((x: Tensor) => np.subtract(x, step(x, t)), t, (_f, x0: Tensor) => foriLoop(0, 60, (_i: Tensor, x: Tensor) => step(x, t), x0), (_g, y: Tensor) => y) as Tensor
    expect(violationOf(wrong, w, np.tanh as never, theta)).toMatch(/jacfwd/)
    const stopped: Solver = (t) => solve.fixedPoint((x: Tensor) => step(x, np.array(t.toArray() as number[])), np.zeros([3])) as Tensor
    expect(violationOf(stopped, w, np.tanh as never, theta)).toMatch(/jacfwd/)
  })
})
