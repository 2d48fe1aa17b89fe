import { describe, expect, it } from 'vitest'
import { evalJaxpr, evalShape, grad, hessian, hvp, jacfwd, jacobian, jacrev, jit, jvp, linearize, linearTranspose, makeJaxpr, np, vjp, vmap, type Tensor } from '../../src/index'

const value = (x: unknown): unknown => JSON.parse(JSON.stringify(x))
const v = (...xs: number[]): Float64Array => Float64Array.from(xs)

describe('jvp', () => {
  it('gives value and tangent of trees, and aux', () => {
    const f = (p: { a: Tensor }, y: Tensor): { out: Tensor } => ({ out: np.multiply(p.a, y) })
    expect(value(jvp(f, [{ a: 3 }, 4] as never, [{ a: 1 }, 0] as never))).toEqual([{ out: 12 }, { out: 4 }])
    expect(value(jvp((x: Tensor) => [np.square(x), { k: x }] as const, [3], [1], { hasAux: true }))).toEqual([9, 6, { k: 3 }])
  })
  it('has a zero tangent where the result does not vary', () => {
    expect(value(jvp((_x: Tensor) => np.array([1, 2]), [3], [1]))).toEqual([[1, 2], [0, 0]])
  })
  it('ignores tangents of integers', () => {
    const [out, t] = jvp((x: Tensor, n: Tensor) => np.multiply(x, n), [2, Int32Array.of(3)] as never, [1, Int32Array.of(0)] as never)
    expect(value([out, t])).toEqual([[6], [3]])
  })
  it('refuses tangents of another tree, shape or dtype', () => {
    expect(() => jvp(np.sin, [1], [v(1)] as never)).toThrow(/tangents\[0\]: expected float64\[\], got float64\[1\]/)
    expect(() => jvp(np.sin, [1], [] as never)).toThrow(/tangents/)
    expect(() => jvp(np.sin, [v(1)], [Float32Array.of(1)])).toThrow(/expected float64\[1\], got float32\[1\]/)
    expect(() => jvp(np.sin, 1 as never, 1 as never)).toThrow(/primals must be an array/)
  })
})

describe('vjp', () => {
  it('gives a reusable pullback, one cotangent a primal', () => {
    const [out, pullback] = vjp((x: Tensor, y: Tensor) => ({ a: np.multiply(x, y), b: x }), [2, 3])
    expect(value(out)).toEqual({ a: 6, b: 2 })
    expect(value(pullback({ a: 1, b: 0 }))).toEqual([3, 2])
    expect(value(pullback({ b: 1, a: 2 }))).toEqual([7, 4])
  })
  it('pulls back inside other transforms: grad, vmap, jit and jvp of a pullback', () => {
    const [, pullback] = vjp((x: Tensor) => np.sin(x), [v(1, 2)])
    expect(np.allclose(vmap((ct: Tensor) => pullback(ct)[0])(np.eye(2)), [[Math.cos(1), 0], [0, Math.cos(2)]]).item()).toBe(true)
    expect(jit((ct: Tensor) => pullback(ct)[0])(v(1, 1)).toArray()).toEqual([Math.cos(1), Math.cos(2)])
    expect(grad((ct: Tensor) => np.sum(pullback(ct)[0]))(v(1, 1)).toArray()).toEqual([Math.cos(1), Math.cos(2)])
    const nested = (x: Tensor): Tensor => vjp((t: Tensor) => np.sin(t), [x])[1](1)[0]
    expect(jvp(nested, [1], [1])[1].item()).toBeCloseTo(-Math.sin(1), 15)
  })
  it('handles integer results and primals, and aux', () => {
    const [out, pullback, aux] = vjp((x: Tensor, n: Tensor) => [np.multiply(x, n), { sign: np.sign(x) }] as const, [v(1, -2), Int32Array.of(3, 4)] as never, { hasAux: true })
    expect(value(out)).toEqual([3, -8])
    expect(value(pullback(v(1, 1)))).toEqual([[3, 4], [0, 0]])
    expect(value(aux)).toEqual({ sign: [1, -1] })
    const [, back] = vjp((x: Tensor) => [np.argmax(x), np.sum(x)], [v(1, 2)])
    expect(value(back([0, 2] as never))).toEqual([[2, 2]])
  })
  it('refuses a cotangent of another tree or shape', () => {
    const [, pullback] = vjp((x: Tensor) => ({ y: np.sin(x) }), [v(1, 2)])
    expect(() => pullback([1])).toThrow(/ct: expected \{y: \*\}, got \[\*\]/)
    expect(() => pullback({ y: v(1) })).toThrow(/ct\.y: expected float64\[2\], got float64\[1\]/)
  })
})

describe('linearize and linearTranspose', () => {
  it('linearize = jvp, with the primal work done once', () => {
    let n = 0
    const [out, lin] = linearize((x: Tensor) => (n++, np.multiply(np.sin(x), x)), [2])
    expect(out.item()).toBe(2 * Math.sin(2))
    expect(lin(1).item()).toBe(jvp((x: Tensor) => np.multiply(np.sin(x), x), [2], [1])[1].item())
    expect(lin(2).item()).toBeCloseTo(2 * Number(lin(1).item()), 14)
    expect(n).toBe(1)
    expect(vmap((t: Tensor) => lin(t))(v(1, 2)).shape).toEqual([2])
    expect(linearize((_x: Tensor) => np.array(1), [2])[1](1).item()).toBe(0)
  })
  it('transposes linear functions and names what is not linear', () => {
    const f = (x: Tensor): Tensor => np.multiply(np.sum(x), np.array([1, 2, 3]))
    expect(value(linearTranspose(f, [v(1, 2)])(v(1, 1, 1)))).toEqual([[6, 6]])
    const k = np.sin(1)
    expect(value(linearTranspose((x: Tensor) => np.multiply(x, np.exp(k)), [0])(1))).toEqual([Math.exp(Math.sin(1))])
    expect(() => linearTranspose((x: Tensor) => np.sin(x), [1])).toThrow(/sin is not linear in what depends on the linear inputs: operand 0/)
    expect(() => linearTranspose((x: Tensor) => np.multiply(x, x), [1])).toThrow(/mul is not linear in .*: operand 0 and 1/)
    expect(value(linearTranspose((x: Tensor) => np.multiply(x, 0).mul(0), [2])(1))).toEqual([0])
  })
})

describe('Jacobians', () => {
  const f = (x: Tensor, p: { s: Tensor }): { a: Tensor; b: Tensor } => ({ a: np.multiply(np.square(x), p.s), b: np.sum(x) })
  it('jacfwd = jacrev = jacobian on trees', () => {
    const expected = { a: { s: [1, 4] }, b: { s: 0 } }
    for (const j of [jacfwd, jacrev, jacobian]) {
      expect(value(j(f, { argnums: 1 })(v(1, 2), { s: 3 } as never))).toEqual(expected)
      expect(value((j(f, { argnums: [0, 1] })(v(1, 2), { s: 3 } as never) as unknown as { b: unknown }).b)).toEqual([[1, 1], { s: 0 }])
    }
  })
  it('blocks have the axes of the result, then of the argument', () => {
    const m = jacrev((x: Tensor) => np.matmul(x, np.ones([3, 4])))(np.ones([2, 3])) as Tensor
    expect(m.shape).toEqual([2, 4, 2, 3])
    expect((jacfwd((x: Tensor) => np.matmul(x, np.ones([3, 4])))(np.ones([2, 3])) as Tensor).toArray()).toEqual(m.toArray())
  })
  it('carries aux, and refuses integer results', () => {
    for (const j of [jacfwd, jacrev, jacobian]) {
      expect(value(j((x: Tensor) => [np.square(x), { k: x }] as const, { hasAux: true } as never)(v(1, 2)))).toEqual([[[2, 0], [0, 4]], { k: [1, 2] }])
      expect(() => j((x: Tensor) => np.argmax(x))(v(1, 2))).toThrow(/derivatives need floating dtypes/)
    }
  })
  it('hessian is symmetric, hvp is its product with a vector, over trees too', () => {
    const g = (x: Tensor): Tensor => np.sum(np.sin(x).mul(np.cumsum(x)))
    const x = v(0.3, 0.5, 0.7)
    const h = hessian(g)(x) as Tensor
    expect(np.allclose(h, h.T).toString()).toBe('True')
    expect(np.allclose(hvp(g, [x], [v(1, 2, 3)]), np.matmul(h, v(1, 2, 3))).item()).toBe(true)
    expect(value(hessian((p: { a: Tensor; b: Tensor }) => p.a.mul(p.a).mul(p.b))({ a: 2, b: 3 } as never))).toEqual({ a: { a: 6, b: 4 }, b: { a: 4, b: 0 } })
    expect(value(hvp((a: Tensor, b: Tensor) => a.mul(a).mul(b), [2, 3], [1, 1]))).toEqual([10, 4])
  })
})

describe('vmap', () => {
  const x = np.arange(6).reshape(2, 3)
  it('maps any axis, in and out, nested', () => {
    expect(vmap((r: Tensor) => np.sum(r))(x).toArray()).toEqual([3, 12])
    expect(vmap((c: Tensor) => np.sum(c), { inAxes: 1 })(x).toArray()).toEqual([3, 5, 7])
    expect(vmap((c: Tensor) => c, { inAxes: -1, outAxes: -1 })(x).toArray()).toEqual(x.toArray())
    expect(vmap((r: Tensor) => r.mul(2), { outAxes: 1 })(x).shape).toEqual([3, 2])
    expect(vmap(vmap((e: Tensor) => np.square(e)))(x).toArray()).toEqual([[0, 1, 4], [9, 16, 25]])
    expect(vmap((a: Tensor) => vmap((b: Tensor) => np.multiply(a, b))(v(1, 2)))(v(1, 10)).toArray()).toEqual([[1, 2], [10, 20]])
  })
  it('takes axes as trees, prefixes and null', () => {
    const f = (p: { w: Tensor; b: Tensor }, y: Tensor): Tensor => np.dot(p.w, y).add(p.b)
    expect(vmap(f, { inAxes: [{ w: 0, b: null }, null] })({ w: x, b: 1 }, v(1, 1, 1)).toArray()).toEqual([4, 13])
    expect(vmap(f, { inAxes: [null, 0] })({ w: v(1, 1), b: 1 }, np.ones([3, 2])).toArray()).toEqual([3, 3, 3])
    expect(value(vmap((r: Tensor) => ({ s: np.sum(r), k: np.array(7) }), { outAxes: { s: 0, k: null } })(x))).toEqual({ s: [3, 12], k: 7 })
  })
  it('repeats what is not mapped, with axisSize where nothing is', () => {
    expect(vmap((_r: Tensor) => np.array([1, 2]))(x).toArray()).toEqual([[1, 2], [1, 2]])
    expect(vmap(() => np.array(1), { axisSize: 3 })().toArray()).toEqual([1, 1, 1])
    expect(vmap((r: Tensor) => np.sum(r))(np.zeros([0, 3])).shape).toEqual([0])
  })
  it('commutes with grad, and closes over outer tracers', () => {
    const loss = (w: Tensor, y: Tensor): Tensor => np.square(np.dot(w, y))
    const per = vmap(grad(loss), { inAxes: [null, 0] })(v(1, 2, 3), x)
    expect(per.toArray()).toEqual([grad(loss)(v(1, 2, 3), v(0, 1, 2)).toArray(), grad(loss)(v(1, 2, 3), v(3, 4, 5)).toArray()])
    const total = grad((w: Tensor) => np.sum(vmap((y: Tensor) => loss(w, y))(x)))(v(1, 2, 3))
    expect(total.toArray()).toEqual(np.sum(per, 0).toArray())
  })
  it('names the argument whose axes do not fit', () => {
    expect(() => vmap((a: Tensor, b: Tensor) => a.add(b))(v(1, 2), v(1, 2, 3))).toThrow(/mapped axes have sizes 2, 3/)
    expect(() => vmap((a: Tensor) => a, { inAxes: 2 })(x)).toThrow(/axis 2 is out of bounds/)
    expect(() => vmap((a: Tensor) => a, { inAxes: null })(x)).toThrow(/no argument is mapped/)
    expect(() => vmap((a: Tensor) => a, { inAxes: [0, 0] })(x)).toThrow(/inAxes has 2 entries for 1 arguments/)
    expect(() => vmap((a: Tensor) => a, { outAxes: null })(x)).toThrow(/outAxes is null/)
    expect(() => vmap((a: { k: Tensor }) => a.k, { inAxes: [{ q: 0 }] })({ k: x })).toThrow(/inAxes does not fit/)
    expect(() => vmap(3 as never)).toThrow(/expected a function/)
    expect(() => vmap((r: Tensor) => Number(r.sum().item()))(x)).toThrow(/not known inside vmap/)
  })
})

describe('looking at programs', () => {
  it('makeJaxpr prints in the layout of JAX', () => {
    expect(String(makeJaxpr((x: Tensor) => np.add(np.multiply(x, 2), 1))(v(1, 2)))).toBe('{ lambda ; a:f64[2]. let\n    b:f64[2] = mul a 2.0:f64[]\n    c:f64[2] = add b 1.0:f64[]\n  in (c,) }')
  })
  it('evalShape gives shapes and dtypes without running', () => {
    expect(evalShape((x: Tensor) => ({ y: np.matmul(x, x.T), n: np.argmax(x) }), np.zeros([2, 3]))).toEqual({ y: { shape: [2, 2], dtype: 'float64' }, n: { shape: [], dtype: 'int32' } })
  })
  it('evalJaxpr runs closed and open programs', () => {
    const closed = makeJaxpr((x: Tensor) => np.add(x, v(1, 2)))(v(0, 0))
    expect(evalJaxpr(closed, v(1, 1))[0]!.toArray()).toEqual([2, 3])
    expect(evalJaxpr(closed.jaxpr, closed.consts, v(1, 1))[0]!.toArray()).toEqual([2, 3])
    expect(grad((x: Tensor) => np.sum(evalJaxpr(closed, x)[0]!))(v(1, 1)).toArray()).toEqual([1, 1])
    expect(() => evalJaxpr(closed)).toThrow(/program has 2 inputs, got 1/)
    expect(closed.inAvals).toHaveLength(1)
  })
})
