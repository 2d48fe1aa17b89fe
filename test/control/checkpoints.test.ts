/** Checkpointed loops: the gradients of plain ones, at every number of slots, under every transform. */
import { describe, expect, it } from 'vitest'
import { assert, boolean, integer, property } from 'fast-check'
import { checkpoint, cond, foriLoop, grad, hessian, jet, jit, jvp, linearTranspose, linearize, makeJaxpr, np, scan, valueAndGrad, vjp, vmap, whileLoop, type Tensor, type TensorLike } from '../../src/index'

type F = (x: Tensor, y: Tensor) => Tensor
const flat = (x: unknown): number[] => (JSON.stringify(x).match(/-?\d+\.?\d*(e[-+]?\d+)?|null/g) ?? []).map((t) => (t === 'null' ? NaN : Number(t)))
const close = (a: unknown, b: unknown, tolerance = 1e-11): void => {
  const [p, q] = [flat(a), flat(b)]
  expect(p.length).toBe(q.length)
  p.forEach((x, i) => expect(Math.abs(x - q[i]!), `${String(x)} ${String(q[i])}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(q[i]!))))
}
const bits = (a: unknown, b: unknown): void => expect(JSON.stringify(a)).toBe(JSON.stringify(b))
const both = { argnums: [0, 1] } as const

/** A loop with some number of checkpoints against the plain one: first derivatives in bits, others to rounding. */
function same(loop: (n?: number) => F, x: TensorLike, y: TensorLike, counts: readonly number[]): void {
  const first: ((f: F) => unknown)[] = [
    (f) => f(np.array(x), np.array(y)),
    (f) => jvp(f, [x, y], [np.ones(np.shape(x)), np.full(np.shape(y), 2)]),
    (f) => grad(f, both)(x, y),
    (f) => jit(valueAndGrad(f, both))(x, y),
    (f) => vjp(f, [x, y])[1](1),
    (f) => vmap(grad(f, both), { inAxes: [0, null] })(np.stack([np.array(x), np.multiply(x, 1.1)]), np.array(y)),
  ]
  const further: ((f: F) => unknown)[] = [
    (f) => linearize((a: Tensor) => f(a, np.array(y)), [x])[1](np.ones(np.shape(x))),
    (f) => hessian(f, both)(x, y),
    (f) => jit(grad((a: Tensor, b: Tensor) => np.sum(grad(f)(a, b)), { argnums: 1 }))(x, y),
    (f) => grad((a: Tensor) => np.sum(grad((c: Tensor) => np.sum(grad(f)(c, np.array(y))))(a)))(x),
    (f) => vmap((a: Tensor) => grad((c: Tensor) => np.sum(grad(f)(c, np.array(y))))(a))(np.stack([np.array(x), np.multiply(x, 1.1)])),
    (f) => grad((a: Tensor, b: Tensor) => np.sum(vmap(f, { inAxes: [0, null] })(a, b)), both)(np.stack([np.array(x), np.multiply(x, 1.1)]), np.array(y)),
    (f) => jet((a: Tensor) => grad(f)(a, np.array(y)), [x], [[np.ones(np.shape(x)), np.full(np.shape(x), 0.5)]]),
  ]
  const plain = [first, further].map((views) => views.map((view) => view(loop())))
  for (const n of counts) {
    first.forEach((view, i) => bits(view(loop(n)), plain[0]![i]))
    further.forEach((view, i) => close(view(loop(n)), plain[1]![i]))
  }
}

describe('a scan with checkpoints', () => {
  const counts = [1, 3, 50]
  it('carries scalars, reads slices, stacks results, closes over traced values', () => {
    const loop = (reverse: boolean) => (checkpoint?: number): F => (x, y) => {
      const [c, ys] = scan((s: Tensor, t: Tensor) => {
        const n = np.sin(s).mul(y).add(np.multiply(t, x).add(np.exp(x)))
        return [n, np.square(n)] as const
      }, x, np.multiply(np.linspace(0.1, 0.9, 11), y), { reverse, checkpoint })
      return np.sum(ys).add(c)
    }
    same(loop(false), 0.3, 0.7, counts)
    same(loop(true), 0.3, 0.7, counts)
  })
  it('carries trees of vectors and integers', () => {
    const w = np.array([[0.5, -0.2], [0.3, 0.1]])
    const loop = (checkpoint?: number): F => (x, y) => {
      const [s, hs] = scan((c: { h: Tensor; n: Tensor }, t: { a: Tensor; b: Tensor }) => {
        const h = np.tanh(np.matmul(np.multiply(w, y), c.h).add(t.a).mul(np.add(1, np.multiply(0.1, c.n)))).add(np.where(t.b, c.h, 0))
        return [{ h, n: np.add(c.n, 1) }, { h, pair: [c.n, np.sum(h)] }] as const
      }, { h: x, n: np.array(0, { dtype: 'int32' }) }, { a: np.arange(14).reshape(7, 2).div(10), b: np.greater(np.arange(7), 3) }, { checkpoint, unroll: 2 })
      return np.sum(np.square(hs.h)).add(np.sum(s.h)).add(np.sum(np.multiply(hs.pair[1]!, hs.pair[0]!)))
    }
    same(loop, np.array([0.3, -0.4]), np.array([[1, 2], [0.5, 1]]), [1, 2, 7])
  })
  it('in float32', () => {
    const loop = (checkpoint?: number): F => (x, y) => scan((s: Tensor, t: Tensor) => [np.sin(s).mul(y).add(t), null] as const, x, Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5), { checkpoint })[0]
    const at = [Float32Array.of(0.25), Float32Array.of(0.75)] as const
    const slope = (n?: number): string => JSON.stringify(grad((x: Tensor, y: Tensor) => np.sum(loop(n)(x, y)), both)(...at))
    expect([1, 2, 5].map(slope)).toEqual([slope(), slope(), slope()])
  })
  it('inside loops, branches and checkpoints, and around them', () => {
    const loop = (n?: number): F => (x, y) =>
      scan((c: Tensor, t: Tensor) => {
        const inner = foriLoop(0, 3, (i, s: Tensor) => np.sin(np.multiply(s, y)).add(i), np.add(c, t), { checkpoint: n })
        const outer = cond(np.less(t, 0.3), (v: Tensor) => whileLoop((s: Tensor) => np.less(s, 3), (s) => np.add(np.multiply(s, 1.3), x), np.add(1, np.square(v)), { checkpoint: n }), (v: Tensor) => np.cos(v), inner)
        return [checkpoint((v: Tensor) => np.tanh(np.multiply(v, x)))(outer as Tensor), null] as const
      }, x, np.array([0.1, 0.5, 0.2, 0.6]), { checkpoint: n })[0]
    same(loop, 0.4, 0.8, [1, 2])
  })
  it('of no steps, of one, of states without elements', () => {
    for (const length of [0, 1]) {
      const loop = (checkpoint?: number): F => (x, y) => scan((c: Tensor) => [np.multiply(np.sin(c), y), c] as const, x, null, { length, checkpoint })[0]
      same(loop, 0.3, 0.7, [1, 4])
    }
    const empty = (x: Tensor): Tensor => np.sum(scan((c: Tensor, t: Tensor) => [np.multiply(c, t), c] as const, np.multiply(x, np.zeros([0])), np.ones([4, 1]), { checkpoint: 2 })[1]).add(x)
    close(grad(empty)(2), 1)
  })
  it('passes NaN and infinities on as the plain loop does', () => {
    const f = (checkpoint?: number) => (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [np.sqrt(np.multiply(c, t)), np.log(c)] as const, x, np.array([1, -1, 2, 0]), { checkpoint })[1].at(3)
    for (const x of [-1, 0, 2, Infinity]) expect(grad(f(2))(x).toArray()).toEqual(grad(f())(x).toArray())
  })
  it('is transposed as a linear function', () => {
    const f = (checkpoint?: number) => (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [np.add(np.multiply(c, 2), t), c] as const, np.array(0), x, { checkpoint })[0]
    close(linearTranspose(f(2), [np.array([1, 2, 3])])(1), [[4, 2, 1]])
  })
  it('is one equation in the gradient, and keeps no residuals', () => {
    const f = (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [np.sin(np.multiply(c, t)), null] as const, x, np.arange(100), { checkpoint: 5 })[0]
    const text = String(makeJaxpr(grad(f))(0.5))
    expect(text).toMatch(/scan_grad\[\s+checkpoint=5/)
    expect(text).not.toMatch(/f64\[100\]\S* = scan/)
  })
  it('refuses what is no number of slots', () => {
    for (const n of [0, -1, 1.5, NaN]) {
      expect(() => scan((c: Tensor) => [c, null] as const, 1, null, { length: 2, checkpoint: n })).toThrow(/scan: checkpoint .*\n.*positive integer/)
      expect(() => whileLoop((c: Tensor) => np.less(c, 1), (c) => c, 1, { checkpoint: n })).toThrow(/whileLoop: checkpoint .*\n.*positive integer/)
    }
  })
})

describe('a while with checkpoints', () => {
  const loop = (checkpoint?: number): F => (x, y) =>
    whileLoop((s: { c: Tensor; i: Tensor }) => np.less(s.c, 40), (s) => ({ c: np.multiply(s.c, np.add(1.2, np.multiply(0.1, np.sin(np.add(x, s.i))))).add(np.multiply(y, s.i)), i: np.add(s.i, 1) }), { c: x, i: np.array(0) }, { checkpoint }).c
  it('has the derivatives of the plain loop, with a predicate for each lane under vmap', () => same(loop, 0.7, 0.1, [1, 2, 3, 5, 30]))
  it('at any number of steps and slots', () => {
    const power = (n: number, checkpoint?: number) => (x: Tensor): Tensor => foriLoop(0, np.array(n, { dtype: 'int32' }), (i, c: Tensor) => np.sin(np.multiply(c, x)).add(np.multiply(0.01, i)), np.array(1), { checkpoint })
    assert(property(integer({ min: 0, max: 60 }), integer({ min: 1, max: 8 }), boolean(), (n, slots, compiled) => {
      const [f, g] = [grad(power(n, slots)), grad(power(n))]
      bits((compiled ? jit(f) : f)(0.9), g(0.9))
    }), { numRuns: 40 })
  })
  it('a loop that does not run is the identity', () => {
    const never = (x: Tensor): Tensor => whileLoop((c: Tensor) => np.less(c, -10), (c) => np.multiply(c, 2), x, { checkpoint: 3 })
    close([never(np.array(3)), grad(never)(3)], [3, 1])
  })
})
