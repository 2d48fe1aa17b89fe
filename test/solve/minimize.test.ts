/** Minima: the usual hard functions, and derivatives of minima. */
import { describe, expect, it } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jit, np, vmap, type Tensor } from '../../src/index'
import { minimize } from '../../src/solve/index'
import { lineSearch } from '../../src/solve/line-search'
import { close } from './close'

const rosenbrock = (x: Tensor): Tensor => np.sum(np.mul(100, np.square(x.slice([1]).sub(np.square(x.slice([0, -1]))))).add(np.square(np.subtract(1, x.slice([0, -1])))))
const beale = ([x, y]: readonly [Tensor, Tensor]): Tensor =>
  np.square(np.subtract(1.5, x.sub(x.mul(y)))).add(np.square(np.subtract(2.25, x.sub(x.mul(np.square(y)))))).add(np.square(np.subtract(2.625, x.sub(x.mul(np.power(y, 3))))))

describe.each(['bfgs', 'lbfgs', 'newton-cg'] as const)('minimize by %s', (method) => {
  it('finds the minima of Rosenbrock and Beale', () => {
    const r = minimize(rosenbrock, np.array([-1.2, 1]), { method })
    close(r.x, [1, 1], 8)
    expect(r.converged.item()).toBe(true)
    expect(Number(r.steps.item())).toBeLessThan(100)
    close(r.fun, 0, 12)
    close(r.grad, [0, 0], 8)
    const b = minimize(beale, [1, 1] as const, { method })
    close(b.x[0], 3, 7)
    close(b.x[1], 0.5, 7)
  })

  it('meets badly scaled quadratics, and those that begin at the minimum', () => {
    const scales = np.array([1e-3, 1, 1e3])
    close(minimize((x: Tensor) => np.sum(scales.mul(np.square(x.sub(np.array([1, 2, 3]))))), np.zeros([3]), { method, tol: 1e-10 }).x, [1, 2, 3], 6)
    const still = minimize((x: Tensor) => np.sum(np.square(x)), np.zeros([2]), { method })
    expect(still.steps.item()).toBe(0)
    expect(still.converged.item()).toBe(true)
  })

  it('steps back where f is not finite', () => {
    // log x has no values left of 0, where a full step leads.
    close(minimize((x: Tensor) => x.sub(np.log(x).mul(2)), 0.01, { method }).x, 2, 8)
  })

  it('has the derivatives of the minimum: sinh(p − a) + p = 0', () => {
    const at = (a: Tensor): Tensor => minimize(({ p }: { p: Tensor }) => np.cosh(p.sub(a)).add(np.square(p).mul(0.5)), { p: 3 }, { method }).x.p
    const p = Number(at(np.array(1)).item())
    close(Math.sinh(p - 1) + p, 0, 9)
    const c = Math.cosh(p - 1)
    const dp = c / (1 + c)
    close(grad(at)(1), dp, 9)
    close(jacfwd(at)(1), dp, 9)
    close(jit(grad(at))(1), dp, 9)
    const second = (Math.sinh(p - 1) * (dp - 1)) / (1 + c) ** 2
    close(hessian(at)(1), second, 8)
    close(jacrev(grad(at))(1), second, 8)
    close(vmap(grad(at))(np.array([1, 1])), [dp, dp], 9)
  })

  it('says where it did not converge', () => {
    const r = minimize(rosenbrock, np.array([-1.2, 1]), { method, maxSteps: 3 })
    expect(r.converged.item()).toBe(false)
    expect(r.steps.item()).toBe(3)
  })
})

describe('minimize', () => {
  it('differentiates the value at the minimum as the envelope theorem says', () => {
    // min over x of (x − a)² + a x is at x = a/2, and is 3a²/4.
    const value = (a: Tensor): Tensor => minimize((x: Tensor) => np.square(x.sub(a)).add(a.mul(x)), 0).fun
    close(grad(value)(2), 3, 9)
    close(hessian(value)(2), 1.5, 9)
  })

  it('takes a meta-learning step: the gradient through an inner minimize', () => {
    // The inner problem is ridge regression: w = (XᵀX + λ)⁻¹ Xᵀ y.
    const X = np.array([[1, 2], [3, 4], [5, 7]])
    const y = np.array([1, 2, 2])
    const outer = (lambda: Tensor): Tensor => {
      const { x } = minimize((v: Tensor) => np.sum(np.square(np.matmul(X, v).sub(y))).add(lambda.mul(np.sum(np.square(v)))), np.zeros([2]))
      return np.sum(np.square(x))
    }
    const h = 1e-4
    close(grad(outer)(0.3), np.divide(np.subtract(outer(np.array(0.3 + h)), outer(np.array(0.3 - h))), 2 * h), 6)
  })

  it('many unknowns by L-BFGS', () => {
    const r = minimize(rosenbrock, np.full([100], 1.3), { method: 'lbfgs' })
    expect(r.converged.item()).toBe(true)
    close(r.x, np.ones([100]), 6)
  })

  it('says what does not fit', () => {
    expect(() => minimize((x: Tensor) => x, 1, { method: 'simplex' } as never)).toThrow(/method 'simplex' is not known/)
    expect(() => minimize((x: Tensor) => x, np.array([1, 2]))).toThrow(/one real number/)
  })
})

describe('line search', () => {
  const cases: readonly (readonly [string, (x: Tensor) => Tensor, number, number])[] = [
    ['a parabola from afar', (x) => np.sum(np.square(x)), 100, 1e-6],
    ['a step that is far too long', (x) => np.sum(np.square(x)), 1, 1e6],
    ['a wall', (x) => np.sum(x.neg().sub(np.log(np.subtract(1, x)))), -3, 50],
    ['a wave', (x) => np.sum(np.sin(x.mul(3)).add(np.square(x).mul(0.1))), 4, 1],
  ]
  it.each(cases)('satisfies both conditions on %s', (_name, f, from, first) => {
    const x = np.array([from])
    const g = grad(f)(x)
    const p = g.neg()
    const t = lineSearch((y) => [f(y), grad(f)(y)], x, p, f(x), g, np.array(first))
    const [a, d0] = [Number(t.a.item()), -Number(np.sum(np.square(g)).item())]
    expect(a).toBeGreaterThan(0)
    expect(Number(t.f.item())).toBeLessThanOrEqual(Number(f(x).item()) + 1e-4 * a * d0)
    expect(Math.abs(Number(t.d.item()))).toBeLessThanOrEqual(0.9 * Math.abs(d0))
  })
})
