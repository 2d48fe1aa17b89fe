/** What TypeScript knows of transformed functions: parameter trees, tuples of arguments, rules, and functions without annotations. */
import { describe, expect, expectTypeOf, it } from 'vitest'
import { customJvp, customVjp, evalShape, grad, hessian, jacfwd, jacrev, jit, makeJaxpr, vmap, type ShapeDtype, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'

interface Layer {
  w: Tensor
  b: Tensor
}
interface Params {
  layers: Layer[]
  head: [Tensor, Layer]
}

describe('types of transformed functions', () => {
  it('arguments without annotations are tensors', () => {
    expect(grad((x) => x.mul(x))(3).item()).toBe(6)
    expect(jit((x, y) => x.add(y))(1, 2).item()).toBe(3)
    expect(vmap((x) => x.sum())(np.ones([2, 3])).toArray()).toEqual([3, 3])
    expectTypeOf(grad((x, y) => x.mul(y))).parameters.toHaveProperty('length').toEqualTypeOf<2>()
  })

  it('a gradient has the type of its argument, interfaces included', () => {
    const loss = (p: Params, x: Tensor): Tensor => np.sum(np.multiply(p.head[0], x))
    const layer = { w: np.ones(1), b: np.ones(1) }
    const g = grad(loss)({ layers: [layer], head: [np.ones(2), layer] }, np.ones(2))
    expectTypeOf(g.head).toEqualTypeOf<[Tensor, { w: Tensor; b: Tensor }]>()
    expect(g.head[0].toArray()).toEqual([1, 1])
  })

  it('a Jacobian has the tree of the result outside and that of the argument inside, beside aux', () => {
    const j = jacfwd((p: { x: Tensor }) => ({ y: p.x }))({ x: np.ones(2) })
    expectTypeOf(j).toEqualTypeOf<{ y: { x: Tensor } }>()
    const [rows, aux] = jacrev((x: Tensor) => [np.square(x), { n: x }] as const, { hasAux: true })(np.ones(2))
    expectTypeOf(rows).toEqualTypeOf<Tensor>()
    expectTypeOf(aux.n).toEqualTypeOf<Tensor>()
    const h = hessian((p: { a: Tensor; b: Tensor }) => np.multiply(np.square(p.a), p.b))({ a: 2, b: 3 })
    expectTypeOf(h.a.b).toEqualTypeOf<Tensor>()
    expect([j.y.x.shape, rows.shape, h.a.b.item()]).toEqual([[2, 2], [2, 2], 4])
  })

  it('custom rules know the arguments of their function and their own residuals', () => {
    const f = customJvp((a: Tensor, l: Layer) => np.multiply(a, l.w), ([a, l], [da]) => [np.multiply(a, l.w), np.multiply(da, l.w)])
    const g = customVjp((a: Tensor) => np.sin(a), { fwd: (a) => [np.sin(a), { cos: np.cos(a) }], bwd: ({ cos }, ct) => [np.multiply(cos, ct)] })
    expect([grad(f)(2, { w: 5, b: 0 }).item(), grad(g)(0).item()]).toEqual([5, 1])
  })

  it('shapes stand for arrays where only they count', () => {
    const wide: ShapeDtype = { shape: [100_000, 200_000], dtype: 'float32' }
    const out = evalShape((p: { x: Tensor }) => ({ y: np.matmul(p.x, p.x.T) }), { x: wide })
    expectTypeOf(out).toEqualTypeOf<{ y: ShapeDtype }>()
    expect(out).toEqual({ y: { shape: [100_000, 100_000], dtype: 'float32' } })
    expect(String(makeJaxpr((x) => np.sin(x))({ shape: [3], dtype: 'float32' }))).toContain('a:f32[3]')
    expect(evalShape((p: { shape: Tensor; dtype: Tensor }) => p.dtype, { shape: [1, 2], dtype: 3 })).toEqual({ shape: [], dtype: 'float64' })
  })
})
