import { sample } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backends, CompileError, grad, jit, linearize, linearTranspose, makeJaxpr, np, vjp, vmap, type Tensor } from 'adjoint'
import { program } from 'adjoint/laws'
import type { Jaxpr } from '../../src/ir/types'
import { allocate, type TypedArray } from '../../src/data/dtype'
import { size } from '../../src/data/shape'

const arrayOf = (t: Tensor): unknown => t.elements('the test')
const start = (): Tensor => np.array([1, 2, 3])

describe('donation', () => {
  it('hands the storage of given-up results on to later ones, with the same values', () => {
    const plain = jit((w: Tensor, x: Tensor) => np.add(np.multiply(w, 2), x))
    const step = jit((w: Tensor, x: Tensor) => np.add(np.multiply(w, 2), x), { donateArgnums: 0 })
    let [w, v] = [start(), start()]
    const seen: unknown[] = []
    for (let k = 0; k < 6; k++) {
      w = step(w, np.array([k, 0, 1]))
      v = plain(v, np.array([k, 0, 1]))
      seen.push(arrayOf(w))
      expect(w.toArray()).toEqual(v.toArray())
    }
    expect(new Set(seen).size).toBe(2)
    expect(seen[0]).toBe(seen[2])
  })
  it('raises when a donated tensor is used afterwards, in whatever way', () => {
    const step = jit((p: { w: Tensor }) => ({ w: np.multiply(p.w, 2) }), { donateArgnums: [0] })
    const p = { w: step({ w: start() }).w }
    step(p)
    for (const use of [() => p.w.toArray(), () => p.w.add(1), () => step(p), () => np.sum(p.w), () => String(p.w), () => grad((x: Tensor) => np.sum(np.multiply(x, p.w)))(start()), () => jit((x: Tensor) => np.add(x, p.w))(start())]) {
      expect(use).toThrow(CompileError)
      expect(use).toThrow(/a donated float64\[3\] was used after the call that it was given to\.\nUse the result/)
    }
  })
  it('a number may be handed the storage of an array, also when the function was called often', () => {
    const f = jit((w: Tensor, x: Tensor) => ({ sum: np.sum(np.add(w, x)), all: [np.multiply(w, x)] }), { donateArgnums: 0 })
    let w = np.array([1])
    for (let k = 0; k < 120; k++) {
      const { sum, all } = f(w, k % 2 === 0 ? -1 : 2)
      expect([sum.ndim, sum.item()]).toEqual([0, k % 2 === 0 ? (k % 4 === 0 ? 1 : -1) * 2 ** (k / 2) - 1 : (k % 4 === 1 ? -1 : 1) * 2 ** ((k - 1) / 2) + 2])
      w = all[0]!
    }
  })

  it('never writes over what something else sees: views, users’ arrays, captured values, residuals', () => {
    const step = jit((w: Tensor) => np.multiply(w, 2), { donateArgnums: 0 })
    const users = Float64Array.of(1, 2, 3)
    let w = step(np.array(users))
    const views = [w.reshape([3, 1]), w.at([1, 3]), np.flip(w)]
    const before = views.map((v) => v.toArray())
    const [, pull] = vjp((x: Tensor) => np.multiply(x, w), [start()])
    const inside = jit((x: Tensor) => np.add(x, w))
    inside(start())
    for (let k = 0; k < 4; k++) w = step(w)
    expect(views.map((v) => v.toArray())).toEqual(before)
    expect([...users]).toEqual([1, 2, 3])
    expect(() => inside(start())).toThrow(/donated/)
    expect(() => pull(start())).toThrow(/donated/)
    expect(w.toArray()).toEqual([32, 64, 96])
  })
  it('raises, and names what held it, when a function made before the donation is called', () => {
    const step = jit((w: Tensor) => np.multiply(w, 2), { donateArgnums: 0 })
    const holders: readonly (readonly [string, RegExp, (w: Tensor) => () => unknown])[] = [
      ['a compiled function', /: the compiled function scaled captured it\.\nPass it to that function as an argument, or leave it out/, (w) => {
        const f = jit(function scaled(x: Tensor) { return np.multiply(x, w) })
        f(start())
        return () => f(start())
      }],
      ['that function at arguments of another structure, which it has seen', /the compiled function f captured/, (w) => {
        const f = jit((x: Tensor | { a: Tensor }) => np.multiply('a' in x ? x.a : x, w))
        f({ a: start() } as never)
        f(start() as never)
        return () => f({ a: start() } as never)
      }],
      ['that function, traced', /the compiled function f captured/, (w) => {
        const f = jit((x: Tensor) => np.sum(np.multiply(x, w)))
        f(start())
        return () => grad((x: Tensor) => f(x))(start())
      }],
      ['that function, batched', /the compiled function f captured/, (w) => {
        const f = jit((x: Tensor) => np.multiply(x, w))
        f(start())
        return () => vmap((x: Tensor) => f(x))(np.ones([2, 3]))
      }],
      ['a compiled function of a compiled one', /the compiled function outer captured/, (w) => {
        const f = jit((x: Tensor) => np.multiply(x, w))
        const g = jit(function outer(x: Tensor) { return np.add(f(x), 1) })
        g(start())
        return () => g(start())
      }],
      ['a gradient in a compiled function', /the compiled function f captured/, (w) => {
        const f = jit(function f(x: Tensor) { return grad((y: Tensor) => np.sum(np.multiply(np.sin(y), w)))(x) })
        f(start())
        return () => f(start())
      }],
      ['a compiled function of one that was traced before', /the compiled function (f|outer) captured/, (w) => {
        const f = jit((x: Tensor) => np.multiply(x, w))
        f(start())
        const g = jit(function outer(x: Tensor) { return np.add(f(x), 1) })
        g(start())
        return () => g(start())
      }],
      ['a raw kernel', /the compiled function f captured/, (w) => {
        const kernel = jit((x: Tensor) => np.multiply(x, w)).lower(start()).compile()
        return () => kernel([Float64Array.of(1, 2, 3)])
      }],
      ['a pullback', /: the pullback of vjp holds it\.\nMake that function after the donation/, (w) => {
        const pull = vjp((x: Tensor) => np.multiply(x, w), [start()])[1]
        return () => pull(start())
      }],
      ['a pullback by its primal', /the pullback of vjp holds it/, (w) => {
        const pull = vjp((x: Tensor) => np.square(x), [w])[1]
        return () => pull(start())
      }],
      ['a linear map', /the linear map of linearize holds it/, (w) => {
        const map = linearize((x: Tensor) => np.multiply(x, w), [start()])[1]
        return () => map(start())
      }],
      ['a transpose', /the map of linearTranspose holds it/, (w) => {
        const map = linearTranspose((x: Tensor) => np.multiply(x, w), [start()])
        return () => map(start())
      }],
    ]
    for (const [what, says, hold] of holders) for (const make of [() => step(start()), start, () => np.ones([3]), () => np.broadcastTo(np.array(2), [3])]) {
      const w = make()
      const use = hold(w)
      expect(use, what).not.toThrow()
      step(np.zeros([3]))
      expect(use, what).not.toThrow()
      step(w)
      for (let k = 0; k < 2; k++) {
        expect(use, what).toThrow(CompileError)
        expect(use, what).toThrow(/^a donated float64\[3\] was used after the call that it was given to: /)
        expect(use, what).toThrow(says)
      }
    }
  })
  it.each([[[]], [[0]], [[1]], [[2, 3]]])('a copy of an array of shape %j that is given up leaves it as it was', (shape) => {
    const step = jit((w: Tensor) => np.logicalNot(w), { donateArgnums: 0 })
    for (const dtype of ['float64', 'float32', 'int32', 'uint32', 'bool'] as const)
      for (const copied of [np.copy, (x: Tensor) => np.array(x), (x: Tensor) => np.array(x, dtype)]) {
        const w = np.ones(shape, dtype)
        const given = copied(w) as Tensor
        expect([given.dtype, given.toArray()]).toEqual([dtype, w.toArray()])
        step(given)
        expect(() => given.toArray()).toThrow(/donated/)
        expect(w.toArray()).toEqual(np.ones(shape, dtype).toArray())
      }
  })
  it('keeps what was computed of a tensor before it was given up', () => {
    const step = jit((w: Tensor) => np.multiply(w, 2), { donateArgnums: 0 })
    const w = step(start())
    const sines = jit((x: Tensor) => np.multiply(x, np.sin(w)))
    const before = sines(start()).toArray()
    step(w)
    expect(sines(start()).toArray()).toEqual(before)
    expect(() => w.toArray()).toThrow(/donated/)
  })
  it('copes with one tensor given twice, numbers, integers, results of several sizes, and traced calls', () => {
    const both = jit((a: Tensor, b: Tensor) => [np.add(a, b), np.sum(a), np.argsort(b)] as const, { donateArgnums: [0, 1] })
    const made = jit((x: Tensor) => np.multiply(x, 1), {})(start())
    expect(both(made, made)[0].toArray()).toEqual([2, 4, 6])
    let [x, total, order] = both(start(), start())
    for (let k = 0; k < 4; k++) [x, total, order] = both(x, np.astype(order, 'float64'))
    expect([x.toArray(), Number(total.item()), order.toArray()]).toEqual([[2, 8, 14], 21, [0, 1, 2]])
    const square = jit((v: Tensor) => np.square(v), { donateArgnums: 0 })
    expect([Number(square(3).item()), Number(square(np.array(3)).item())]).toEqual([9, 9])
    const kept = np.array([1, 2])
    expect(grad((v: Tensor) => np.sum(square(v)))(kept).toArray()).toEqual([2, 4])
    expect(kept.toArray()).toEqual([1, 2])
  })
  it.each(backends.map((b) => [b.name, b] as const))('kernels of %s overwrite all of the arrays that they are given', (_name, backend) => {
    for (const c of sample(program({ maxSteps: 5 }), { numRuns: 60, seed: 5 })) {
      const { jaxpr } = makeJaxpr((...xs: Tensor[]) => c.call(...xs))(...(c.args as never[])) as unknown as { jaxpr: Jaxpr }
      if (jaxpr.constCount > 0) continue
      const inputs = c.args.map((t) => t.elements('the test'))
      const kernel = backend.compile(jaxpr)
      const fresh = kernel.run(inputs)
      const dirty = jaxpr.outs.map((o): TypedArray | undefined => (o.aval.shape.length === 0 ? undefined : allocate(o.aval.dtype, size(o.aval.shape)).fill(7)))
      expect(kernel.run(inputs, dirty)).toEqual(fresh)
    }
  })
})
