import { describe, expect, it } from 'vitest'
import { grad, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { cost } from 'adjoint/show'

describe('show.cost', () => {
  it('counts one operation an element, nothing for views', () => {
    const c = cost((x: Tensor) => np.reshape(np.sin(np.transpose(x)), [6]))(np.ones([2, 3]))
    expect(c.forward).toEqual({ operations: 6, bytes: 96, equations: 3 })
    expect(cost((x: Tensor, y: Tensor) => np.matmul(x, y))(np.ones([3, 4]), np.ones([4, 5])).forward.operations).toBe(2 * 3 * 4 * 5)
    expect(cost((x: Tensor) => np.sum(x))(np.ones(100)).forward.operations).toBe(100)
  })

  const layer = (x: Tensor): Tensor => np.sum(np.square(np.tanh(np.multiply(np.exp(np.sin(x)), x))))
  const product = (x: Tensor): Tensor => Array.from({ length: x.size }, (_, i) => x.at(i)).reduce((p, xi) => np.multiply(p, xi))
  const rosenbrock = (x: Tensor): Tensor => {
    const [a, b] = [x.slice([0, -1]), x.slice([1, null])]
    return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a)))), np.square(np.subtract(1, a))))
  }

  it.each([['a neural layer', layer], ['Speelpenning\'s product', product], ['Rosenbrock\'s function', rosenbrock]] as const)(
    'cheap gradients: those of %s cost at most five times the function, whatever the number of inputs',
    (_, f) => {
      const ratios = [4, 16, 64, 256].map((n) => cost(f)(np.linspace(0.5, 1.5, n)).ratio)
      for (const r of ratios) expect(r).toBeLessThanOrEqual(5)
      expect(Math.abs(ratios[3]! - ratios[2]!)).toBeLessThan(0.2)
    },
  )

  it('says which mode a Jacobian wants', () => {
    const wide = cost(layer)(np.ones(1000))
    expect([wide.inputs, wide.outputs]).toEqual([1000, 1])
    expect(wide.jacobian.reverse).toBeLessThan(wide.jacobian.forward / 100)
    const tall = cost((t: Tensor) => np.sin(np.multiply(np.arange(1000), t)))(0.5)
    expect([tall.inputs, tall.outputs]).toEqual([1, 1000])
    expect(tall.jacobian.forward).toBeLessThan(tall.jacobian.reverse / 100)
  })

  it('prints a table', () => {
    expect(String(cost(layer)(np.ones(1000)))).toMatchInlineSnapshot(`
      "program                    │ operations │   bytes │ equations │     ÷ f
      ───────────────────────────┼────────────┼─────────┼───────────┼────────
      f                          │      6,000 │ 104,008 │         6 │    1.00
      f and ∇f (reverse)         │     15,000 │ 296,008 │        15 │    2.50
      f and a tangent (forward)  │     17,000 │ 328,016 │        17 │    2.83
      Jacobian by 1,000 tangents │ 17,000,000 │         │           │ 2833.33
      Jacobian by 1 gradient     │     15,000 │         │           │    2.50"
    `)
  })

  it('counts gradients as the functions that they are, and writes HTML', () => {
    const c = cost(grad((x: Tensor) => np.multiply(x, np.sin(x))))(1)
    expect(c.forward.operations).toBeGreaterThan(2)
    expect(c.toHTML()).toContain('f and ∇f (reverse)</td>')
    expect(cost((x: Tensor) => x)(1).ratio).toBeLessThanOrEqual(1)
  })
})
