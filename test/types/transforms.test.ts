/** What TypeScript knows of transformed functions: parameter trees, tuples of arguments, rules, and functions without annotations. */
import { describe, expect, expectTypeOf, it } from 'vitest'
import { cond, customJvp, customVjp, evalShape, foriLoop, grad, hessian, jacfwd, jacrev, jit, jvp, makeJaxpr, optim, scan, switchCase, valueAndGrad, vjp, vmap, whileLoop, type ShapeDtype, type Tensor, type Tensors, type TensorTree } from 'adjoint'
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

  it('operands of unannotated branches are tensors; annotated branches take what lifts to theirs', () => {
    expect(cond(true, (a) => a.neg(), (a) => a, 1).item()).toBe(-1)
    expect(switchCase(1, [(p) => p.w, (p) => p.w.mul(2)], { w: 3 }).item()).toBe(6)
    expect(cond(true, (p: { w: Tensor }, x: Tensor) => p.w.mul(x), (p: { w: Tensor }) => p.w, { w: 2 }, 3).item()).toBe(6)
    expect(() => {
      // @ts-expect-error: a tensor is no operand of *
      cond(true, (a) => a * 2, (a) => a, 1)
    }).toThrow('JavaScript operator')
    // @ts-expect-error: the branch has an operand
    expect(() => cond(true, (a: Tensor) => a.neg(), (a: Tensor) => a)).toThrow('returned undefined')
  })

  it('a function with aux returns a pair, with or without `as const`', () => {
    const f = (x: Tensor): [Tensor, { aux: Tensor }] => [x.mul(x), { aux: x }]
    const [[value, { aux }], slope] = valueAndGrad((x: Tensor) => [x.mul(x), { aux: x }], { hasAux: true })(3)
    expectTypeOf([value, aux, slope]).toEqualTypeOf<Tensor[]>()
    expect([value.item(), aux.item(), slope.item()]).toEqual([9, 3, 6])
    expectTypeOf(grad((x) => [x.mul(x), { aux: x }], { hasAux: true })(3)).toEqualTypeOf<[Tensor, { aux: Tensor }]>()
    expectTypeOf(jvp((x: Tensor) => [x.mul(x), { aux: x }], [3], [1], { hasAux: true })).toEqualTypeOf<[Tensor, Tensor, { aux: Tensor }]>()
    expectTypeOf(vjp((x: Tensor) => [x.mul(x), { aux: x }], [3], { hasAux: true })[2].aux).toEqualTypeOf<Tensor>()
    expectTypeOf(jacrev(f, { hasAux: true })(3)).toEqualTypeOf<[Tensor, { aux: Tensor }]>()
    // @ts-expect-error: no pair
    expect(() => grad((x: Tensor) => x, { hasAux: true })(1)).toThrow('must return [value, aux]')
  })

  it('a generic trainer checks: of trees of tensors, and of any tree where the result is one of tensors', () => {
    function train<P extends TensorTree<P>>(loss: (p: P) => Tensor, init: P, optimizer: optim.GradientTransformation, steps: number): P {
      const step = jit((p: P, state: optim.OptState) => {
        const [updates, next] = optimizer.update(grad(loss)(p), state, p)
        return [optim.applyUpdates(p, updates), next] as const
      })
      let p = init
      let state = optimizer.init(init)
      for (let k = 0; k < steps; k++) [p, state] = step(p, state)
      return p
    }
    function once<P>(loss: (p: P) => Tensor, init: P, optimizer: optim.GradientTransformation): Tensors<P> {
      const p = optim.applyUpdates(init, optimizer.update(grad(loss)(init), optimizer.init(init), init)[0])
      return optim.applyUpdates(p, valueAndGrad(loss)(p)[1])
    }
    const loss = (p: Layer): Tensor => np.sum(np.square(p.w)).add(p.b.mul(p.b))
    const out = train(loss, { w: np.ones(2), b: np.ones([]) }, optim.sgd(0.25), 2)
    expectTypeOf(out).toExtend<Layer>()
    expect([out.w.toArray(), out.b.item()]).toEqual([[0.25, 0.25], 0.25])
    expectTypeOf(once((p: { w: Tensor | number }) => np.square(p.w), { w: 1 }, optim.sgd(0.25))).toEqualTypeOf<{ w: Tensor }>()
    // @ts-expect-error: a number is no tensor
    expect(train((p: { w: number }) => np.square(p.w), { w: 1 }, optim.sgd(0.25), 0)).toEqual({ w: 1 })
    // @ts-expect-error: a tree of other names
    expect(() => optim.applyUpdates({ w: np.ones(1) }, { v: np.ones(1) })).toThrow('trees differ')
    // @ts-expect-error: the parameters have other names
    expect(() => optim.adamw(1).update({ w: np.ones(1) }, optim.adamw(1).init({ w: np.ones(1) }), { v: np.ones(1) })).toThrow('trees differ')
  })

  it('generic loops check: a carry of trees of tensors keeps its type', () => {
    function descend<P extends TensorTree<P>>(f: (p: P) => P, init: P): P[] {
      const [pair] = scan(([p, q]: readonly [P, P]) => [[f(p), q] as const, null] as const, [init, init] as const, null, { length: 2 })
      const { p } = whileLoop(({ n }: { p: P; n: Tensor }) => np.less(n, 2), ({ p, n }: { p: P; n: Tensor }) => ({ p: f(p), n: n.add(1) }), { p: init, n: np.array(0) })
      return [foriLoop(0, 2, (_i, p: P) => f(p), init), pair[0], p]
    }
    const all = descend((p: { w: Tensor }) => ({ w: p.w.mul(3) }), { w: np.ones(1) })
    expectTypeOf(all).toEqualTypeOf<{ w: Tensor }[]>()
    expect(all.map(({ w }) => w.toArray())).toEqual([[9], [9], [9]])
    // Numbers become tensors, as before.
    expectTypeOf(foriLoop(0, 2, (_i, { n }) => ({ n: n.add(1) }), { n: 0 })).toEqualTypeOf<{ n: Tensor }>()
    expectTypeOf(scan((c, x: Tensor) => [c.add(x), c], 0, np.ones(2))[0]).toEqualTypeOf<Tensor>()
    expectTypeOf(whileLoop((c) => c.lt(9), (c) => c.mul(3), 1)).toEqualTypeOf<Tensor>()
    // @ts-expect-error: the carry has no such field
    expect(() => foriLoop(0, 2, (_i, p) => p.v, { w: np.ones(1) })).toThrow('carry')
  })

  it('what jit returns has the type of a tree of tensors', () => {
    expectTypeOf(jit((x: Tensor) => [x, { n: 1 }] as const)(1)).toEqualTypeOf<[Tensor, { n: Tensor }]>()
    expectTypeOf(jit((x: Tensor) => [x, x] as const)(1)).toEqualTypeOf<[Tensor, Tensor]>()
    expectTypeOf(jit((x: Tensor): Layer => ({ w: x, b: x }))(1)).toEqualTypeOf<Layer>()
    expectTypeOf(jit((x: Tensor): number | Tensor => x)(1)).toEqualTypeOf<Tensor>()
    // @ts-expect-error: no backend
    expect(() => jit((x: Tensor) => x, { backend: 'cuda' })).toThrow('backend cuda is not known')
  })

  it('typed arrays without a dtype need one', () => {
    const mask = np.array([true, false])
    expect(np.array(mask.data(), 'bool').toArray()).toEqual([true, false])
    for (const x of [Buffer.of(1, 0, 200), Uint8Array.of(1, 0, 200), Uint8ClampedArray.of(1, 0, 200), Int16Array.of(1, 0, 200), Uint16Array.of(1, 0, 200)])
      for (const dtype of ['float64', 'float32', 'int32', 'uint32'] as const) {
        expect([np.array(x, dtype).toArray(), np.asarray(x, { dtype }).dtype]).toEqual([[1, 0, 200], dtype])
        expect(np.array(x, 'bool').toArray()).toEqual([true, false, true])
      }
    expect(np.array(Int8Array.of(-1), 'uint32').toArray()).toEqual([2 ** 32 - 1])
    const message = /got Uint8Array\nWrite np.array\(x, dtype\). Give one of float64, float32, int32, uint32, bool/
    // @ts-expect-error: no dtype
    expect(() => np.array(new Uint8Array(2))).toThrow(message)
    // @ts-expect-error: no dtype
    expect(() => np.add(new Uint8Array(2), 1)).toThrow(message)
    // @ts-expect-error: no dtype
    expect(() => jit((p: { w: Tensor }) => p.w)({ w: new Uint8Array(2) })).toThrow(message)
    // @ts-expect-error: no numbers
    expect(() => np.array(new BigInt64Array(2), 'int32')).toThrow('got BigInt64Array')
  })
})
