import { describe, expect, it } from 'vitest'
import { cond, foriLoop, grad, hessian, jacfwd, jit, jvp, linearTranspose, makeJaxpr, map, np, scan, stopGradient, switchCase, tree, valueAndGrad, vjp, vmap, whileLoop, associativeScan, type Tensor, type TensorLike } from '../../src/index'

type F = (x: Tensor, y: Tensor) => Tensor
const flat = (x: unknown): number[] => JSON.stringify(x).match(/-?\d+\.?\d*(e[-+]?\d+)?/g)!.map(Number)
const close = (a: unknown, b: unknown, tolerance = 1e-11): void => {
  const [p, q] = [flat(a), flat(b)]
  expect(p.length).toBe(q.length)
  p.forEach((x, i) => expect(Math.abs(x - q[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(q[i]!))))
}

/** Everything that must agree between a loop and its unrolled form, at a point. */
function sameDerivatives(loop: F, unrolled: F, x: TensorLike, y: TensorLike): void {
  const both = { argnums: [0, 1] } as const
  const views: ((f: F) => unknown)[] = [
    (f) => f(np.array(x), np.array(y)),
    (f) => grad(f, both)(x, y),
    (f) => jvp(f, [x, y], [np.ones(np.shape(x)), np.full(np.shape(y), 2)]),
    (f) => hessian(f, both)(x, y),
    (f) => grad((a: Tensor, b: Tensor) => np.sum(grad(f)(a, b)), { argnums: 1 })(x, y),
    (f) => grad((a: Tensor) => np.sum(grad((c: Tensor) => np.sum(grad(f)(c, np.array(y))))(a)))(x),
    (f) => vjp(f, [x, y])[1](1),
  ]
  for (const view of views) close(view(loop), view(unrolled))
  close(jit(valueAndGrad(loop, both))(x, y), valueAndGrad(unrolled, both)(x, y))
  close(jit(grad((a: Tensor, b: Tensor) => np.sum(grad(loop)(a, b))))(x, y), grad((a: Tensor, b: Tensor) => np.sum(grad(unrolled)(a, b)))(x, y))
  const xs = np.stack([np.array(x), np.multiply(x, 1.1), np.multiply(x, 0.9)])
  const each = (f: F) => (g: (h: F) => (a: Tensor, b: Tensor) => unknown) => [0, 1, 2].map((i) => g(f)(xs.at(i), np.array(y)))
  const batch = (g: (h: F) => (a: Tensor, b: Tensor) => unknown): unknown => vmap(g(loop), { inAxes: [0, null] })(xs, np.array(y))
  close(batch((f) => f), each(unrolled)((f) => f))
  close(batch((f) => grad(f)), each(unrolled)((f) => grad(f)))
  close(batch((f) => (a, b) => jvp(f, [a, b], [np.ones(a.shape), np.ones(b.shape)])[1]), each(unrolled)((f) => (a, b) => jvp(f, [a, b], [np.ones(a.shape), np.ones(b.shape)])[1]))
  close(batch((f) => (a, b) => np.sum(grad((c: Tensor) => np.sum(grad(f)(c, b)))(a))), each(unrolled)((f) => (a, b) => np.sum(grad((c: Tensor) => np.sum(grad(f)(c, b)))(a))))
  close(
    grad((a: Tensor, b: Tensor) => np.sum(vmap(loop, { inAxes: [0, null] })(a, b)), both)(xs, np.array(y)),
    grad((a: Tensor, b: Tensor) => [0, 1, 2].map((i) => unrolled(a.at(i), b)).reduce((s, v) => s.add(v)), both)(xs, np.array(y)),
  )
}

describe('scan', () => {
  it('equals the unrolled loop in every derivative: carry, slices and what it closes over', () => {
    const xs = np.array([0.1, 0.2, 0.3, 0.4])
    const loop: F = (x, y) => {
      const [c, ys] = scan((s: Tensor, t: Tensor) => { const n = np.sin(s).mul(y).add(np.multiply(t, x)); return [n, np.square(n)] as const }, x, xs)
      return np.sum(ys).add(c)
    }
    const unrolled: F = (x, y) => {
      let s = x
      let sum = np.array(0)
      for (let t = 0; t < 4; t++) { s = np.sin(s).mul(y).add(np.multiply(xs.at(t), x)); sum = sum.add(np.square(s)) }
      return sum.add(s)
    }
    sameDerivatives(loop, unrolled, 0.3, 0.7)
  })
  it('carries vectors, matrices and trees, in reverse too', () => {
    const w = np.array([[0.5, -0.2], [0.3, 0.1]])
    const loop: F = (x, y) => {
      const [s, hs] = scan((c: { h: Tensor; n: Tensor }, t: Tensor) => { const h = np.tanh(np.matmul(np.multiply(w, y), c.h).add(t)); return [{ h, n: np.add(c.n, 1) }, h] as const }, { h: x, n: np.array(0, { dtype: 'int32' }) }, np.arange(6).reshape(3, 2).div(10), { reverse: true })
      return np.sum(np.square(hs)).add(np.sum(s.h)).add(s.n)
    }
    const unrolled: F = (x, y) => {
      let h = x
      let sum = np.array(0)
      for (let t = 2; t >= 0; t--) { h = np.tanh(np.matmul(np.multiply(w, y), h).add(np.arange(6).reshape(3, 2).div(10).at(t))); sum = sum.add(np.sum(np.square(h))) }
      return sum.add(np.sum(h)).add(3)
    }
    sameDerivatives(loop, unrolled, np.array([0.3, -0.4]), np.array([[1, 2], [0.5, 1]]))
  })
  it('takes length, empty arrays, null and JS numbers as carry', () => {
    close(scan((c: Tensor, x: Tensor) => [np.add(c, x), c] as const, 0, np.array([1, 2, 3])), [6, [0, 1, 3]])
    close(scan((c: Tensor) => [np.multiply(c, 2), null] as const, 1, null, { length: 5 })[0], 32)
    expect(scan((c: Tensor, x: Tensor) => [c, x] as const, 0, np.zeros([0, 2]))[1].shape).toEqual([0, 2])
    expect(scan((c: Tensor, x: Tensor) => [np.add(c, x), null] as const, 0, Float32Array.of(1, 2))[0].dtype).toBe('float32')
    close(scan((c: Tensor, x: Tensor) => [c, np.add(x, 1)] as const, 0, np.array([1, 2]), { unroll: 2 })[1], [2, 3])
  })
  it('drops stacked results that nobody reads, and hoists what does not change', () => {
    const f = (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [np.add(c, np.multiply(t, np.exp(x))), np.sin(c)] as const, 0, np.array([1, 2]))[0]
    const text = String(makeJaxpr(jit(f))(1))
    expect(text).toMatch(/scan/)
    expect(text).not.toMatch(/sin /)
  })
  it('differentiates a million steps without deep recursion', () => {
    const f = (x: Tensor): Tensor => foriLoop(0, 100000, (_i, c: Tensor) => np.add(np.multiply(c, 0.999), x), x)
    expect(Number(grad(f)(0.5).item())).toBeCloseTo(1000, 6)
  })
  it('names what does not fit', () => {
    const step = (c: Tensor, x: Tensor): [Tensor, Tensor] => [np.stack([c, x]), x]
    expect(() => scan(step, 0, np.array([1, 2]))).toThrow(/carry: expected float64\[\], got float64\[2\]/)
    expect(() => scan((c: Tensor) => [[c], c] as const, 0, np.array([1, 2]))).toThrow(/carry: expected \*, got \[\*\]/)
    expect(() => scan((c: Tensor) => c as never, 0, np.array([1, 2]))).toThrow(/must return \[carry, y\]/)
    expect(() => scan((c: Tensor) => [c, c] as const, 0, null)).toThrow(/no length was given/)
    expect(() => scan((c: Tensor) => [c, c] as const, 0, [np.zeros(2), np.zeros(3)])).toThrow(/xs\[1\] has 3 slices, expected 2/)
    expect(() => scan((c: Tensor) => [c, c] as const, 0, 3)).toThrow(/xs is a scalar/)
    expect(() => scan((c: Tensor) => [c, c] as const, 0, null, { length: -1 })).toThrow(/length -1/)
    expect(() => scan((c: Tensor) => [c, c] as const, 0, null, { length: 2, unroll: 0 })).toThrow(/unroll 0/)
    expect(() => scan((c: Tensor) => [np.astype(c, 'float32'), c] as const, np.array(0), null, { length: 2 })).toThrow(/expected float64\[\], got float32\[\]/)
    expect(() => scan((c: Tensor) => [c.item(), c] as const, np.array(0), null, { length: 2 })).toThrow(/not known inside scan/)
  })
  it('is transposed as a linear function', () => {
    const f = (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [np.add(np.multiply(c, 2), t), c] as const, np.array(0), x)[0]
    close(linearTranspose(f, [np.array([1, 2, 3])])(1), [[4, 2, 1]])
  })
})

describe('whileLoop', () => {
  const loop: F = (x, y) =>
    whileLoop((s: { c: Tensor; i: Tensor }) => np.less(s.c, 20), (s) => ({ c: np.multiply(s.c, np.add(1.5, np.sin(x))).add(np.multiply(y, s.i)), i: np.add(s.i, 1) }), { c: x, i: np.array(0) }).c
  const plain: F = (x, y) => {
    let c = x
    for (let i = 0; Number(c.item()) < 20; i++) c = np.multiply(c, np.add(1.5, np.sin(x))).add(np.multiply(y, i))
    return c
  }
  it('equals the JavaScript loop in every derivative, with a predicate for each lane under vmap', () => sameDerivatives(loop, plain, 0.7, 0.1))
  it('at the fourth order', () => {
    const fourth = (f: F): Tensor => grad(grad(grad(grad((x: Tensor) => f(x, np.array(0.1))))))(0.7)
    close(fourth(loop), fourth(plain), 1e-9)
  })
  it('with inner loops of varying length, and loops that do not run', () => {
    const inner = (x: Tensor): Tensor =>
      whileLoop((s: readonly [Tensor, Tensor]) => np.less(s[0], 3), (s) => [np.add(s[0], 1), np.multiply(s[1], foriLoop(np.array(0, { dtype: 'int32' }), s[0], (_i, c: Tensor) => np.multiply(c, np.cos(x)), np.array(1.1)))] as const, [np.array(0, { dtype: 'int32' }), x] as const)[1]
    const outer = (x: Tensor): Tensor => {
      let m = x
      for (let i = 0; i < 3; i++) {
        let c = np.array(1.1)
        for (let k = 0; k < i; k++) c = c.mul(np.cos(x))
        m = m.mul(c)
      }
      return m
    }
    sameDerivatives((x, y) => inner(x).mul(y), (x, y) => outer(x).mul(y), 0.5, 2)
    const never = (x: Tensor): Tensor => whileLoop((c: Tensor) => np.less(c, -10), (c) => np.multiply(c, 2), x)
    close([never(np.array(3)), grad(never)(3)], [3, 1])
  })
  it('with a grad inside the body', () => {
    const descend = (x0: Tensor): Tensor => whileLoop((x: Tensor) => np.greater(np.abs(grad((t: Tensor) => np.square(t.sub(1)))(x)), 0.5), (x) => x.sub(grad((t: Tensor) => np.square(t.sub(1)))(x).mul(0.1)), x0)
    const steps = Math.ceil(Math.log(0.25 / 4) / Math.log(0.8))
    close(grad(descend)(5), 0.8 ** steps)
  })
  it('foriLoop with traced and with plain bounds', () => {
    const power = (n: TensorLike) => (x: Tensor): Tensor => foriLoop(0, n, (_i, c: Tensor) => np.multiply(c, x), np.array(1))
    for (const n of [5, np.array(5, { dtype: 'int32' })]) close([power(n)(np.array(2)), grad(power(n))(2), grad(grad(power(n)))(2)], [32, 80, 160])
    close(jit((n: Tensor) => power(n)(np.array(2)))(np.array(3, { dtype: 'int32' })), 8)
    expect(() => foriLoop(0, 1.5, (_i, c: Tensor) => c, 1)).toThrow(/a bound must be an integer scalar, got 1.5/)
    expect(() => foriLoop(np.array(0.5), 3, (_i, c: Tensor) => c, 1)).toThrow(/a bound must be an integer scalar/)
    close(foriLoop(3, 1, (_i, c: Tensor) => np.add(c, 1), 7), 7)
  })
  it('names what does not fit', () => {
    expect(() => whileLoop((c: Tensor) => c, (c) => c, 1)).toThrow(/condition must return one boolean, got float64\[\]/)
    expect(() => whileLoop((c: Tensor) => np.less(c, 1), (c) => [c], 1)).toThrow(/carry: expected \*, got \[\*\]/)
  })
})

describe('cond and switchCase', () => {
  it('equal the branch that is taken, in every derivative; lanes under vmap take their own', () => {
    const f: F = (x, y) => cond(np.greater(x, 0.68), (a: Tensor) => np.multiply(np.log(a), y), (a: Tensor) => np.sin(np.multiply(a, y)), x)
    const plain: F = (x, y) => (Number(x.item()) > 0.68 ? np.multiply(np.log(x), y) : np.sin(np.multiply(x, y)))
    sameDerivatives(f, plain, 0.7, 3)
    sameDerivatives(f, plain, 0.62, 3)
  })
  it('leaks no NaN from the branch not taken', () => {
    const safe = (x: Tensor): Tensor => cond(np.greater(x, 0), (a: Tensor) => np.sum(np.matmul(np.log(np.ones([2, 2]).mul(a)), np.ones([2, 2]))), (a: Tensor) => np.multiply(a, 2), x)
    close(vmap(safe)(np.array([1, -1])), [0, -2])
    close(vmap(grad(safe))(np.array([1, -1])), [8, 2])
    close(grad((x: Tensor) => np.sum(vmap(safe)(x)))(np.array([1, -1])), [8, 2])
  })
  it('a frozen lane does not loop for ever', () => {
    const f = (x: Tensor): Tensor => cond(np.greater(x, 0), (a: Tensor) => whileLoop((c: Tensor) => np.less(c, 10), (c) => np.multiply(c, 2), a), (a: Tensor) => a, x)
    close(vmap(f)(np.array([1, -1, 3])), [16, -1, 12])
    close(vmap(grad(f))(np.array([1, -1, 3])), [16, 1, 4])
  })
  it('clamps and truncates the index', () => {
    const at = (i: TensorLike): Tensor => switchCase(i, [(x: Tensor) => x, (x: Tensor) => np.multiply(x, 10), () => np.array(7)], 3)
    close([0, 1, 2, 5, -3, 1.7].map(at), [3, 30, 7, 7, 3, 30])
    close(vmap((i: Tensor) => at(i))(np.array([0, 1, 2], { dtype: 'int32' })), [3, 30, 7])
    close([at(true), at(np.array(4294967295, { dtype: 'uint32' })), jit(at)(np.array(3e9, { dtype: 'uint32' })), at(NaN), at(-Infinity), at(1e20)] as never, [30, 7, 7, 3, 3, 7])
    close(cond(0, () => np.array(1), () => np.array(2)), 2)
    close(jit((p: Tensor) => cond(p, () => 1, () => 2.5))(np.array(true)), 1)
  })
  it('keeps residuals of one shape in one place, whichever branch they are of', () => {
    const wave = (k: number) => (x: Tensor): Tensor => np.multiply(np.sin(np.multiply(x, k)), np.exp(x))
    const many = Array.from({ length: 12 }, (_, k) => (k % 2 ? wave(k) : (x: Tensor) => np.sum(wave(k)(x))))
    const among = (i: TensorLike, x: Tensor): Tensor => switchCase(i, many.map((f) => (y: Tensor) => np.sum(f(y))), x) as Tensor
    const x = np.array([0.25, 0.5])
    const i = (k: number): Tensor => np.array(k, { dtype: 'int32' })
    const kept = makeJaxpr(grad(among, { argnums: 1 }))(i(0), x).jaxpr.eqns.filter((e) => e.prim.name === 'cond').map((e) => e.outs.length)
    expect(Math.max(...kept)).toBeLessThan(8)
    for (const k of [0, 5, 11]) {
      const alone = (y: Tensor): Tensor => np.sum(many[k]!(y))
      expect(jit(grad(among, { argnums: 1 }))(i(k), x).toArray()).toEqual(jit(grad(alone))(x).toArray())
      expect((hessian(among, { argnums: 1 })(i(k), x) as Tensor).toArray()).toEqual((hessian(alone)(x) as Tensor).toArray())
    }
  })
  it('is transposed, and drops results that nobody reads', () => {
    const f = (x: Tensor): Tensor => cond(np.array(true), (a: Tensor) => ({ u: np.multiply(a, 3), v: np.sin(a) }), (a: Tensor) => ({ u: a, v: a }), x).u
    close(grad(f)(1), 3)
    close(linearTranspose((x: Tensor) => cond(np.array(false), (a: Tensor) => np.multiply(a, 3), (a: Tensor) => np.multiply(a, 5), x), [1])(2), [10])
  })
  it('names what does not fit', () => {
    expect(() => cond(true, (x: Tensor) => x, ((x: Tensor) => [x]) as never, 1)).toThrow(/branch 1: expected \[\*\], got \*/)
    expect(() => cond(true, (x: Tensor) => x, () => np.array([1, 2]), 1)).toThrow(/branch 1: expected float64\[2\], got float64\[\]/)
    expect(() => cond(true, () => np.array(1, { dtype: 'int32' }), () => np.array(1))).toThrow(/expected float64\[\], got int32\[\]|expected int32\[\], got float64\[\]/)
    expect(() => cond(np.array([true, false]), () => 1, () => 2)).toThrow(/predicate has shape \[2\]/)
    expect(() => switchCase(np.array([1, 2]), [() => 1])).toThrow(/index has shape \[2\]/)
    expect(() => switchCase(0, [])).toThrow(/no branches/)
  })
  it('inside scan, with values of the outer function', () => {
    const loop: F = (x, y) => foriLoop(0, 6, (i, c: Tensor) => cond(np.equal(np.remainder(i, 2), 0), (q: Tensor) => np.multiply(q, x), (q: Tensor) => np.add(q, y), c), np.array(1))
    const unrolled: F = (x, y) => {
      let c = np.array(1)
      for (let i = 0; i < 6; i++) c = i % 2 === 0 ? c.mul(x) : c.add(y)
      return c
    }
    sameDerivatives(loop, unrolled, 0.7, 0.4)
  })
})

describe('map and associativeScan', () => {
  it('map = vmap, one at a time', () => {
    close(map((x: Tensor) => np.square(x), np.array([1, 2, 3])), [1, 4, 9])
    close(grad((w: Tensor) => np.sum(map((x: Tensor) => np.multiply(x, w), np.array([1, 2, 3]))))(2), 6)
  })
  it('associativeScan = sequential scan, any length, axis and direction', () => {
    for (let n = 1; n < 9; n++) {
      close(associativeScan((a: Tensor, b: Tensor) => np.add(a, b), np.arange(n)), np.cumsum(np.arange(n)))
      const m = np.arange(2 * n).reshape(2, n).add(1)
      close(associativeScan((a: Tensor, b: Tensor) => np.multiply(a, b), m, { axis: 1 }), np.cumprod(m, 1))
      close(associativeScan((a: Tensor, b: Tensor) => np.add(a, b), m, { axis: -1, reverse: true }), np.flip(np.cumsum(np.flip(m, 1), 1), 1))
    }
    const linear = associativeScan((a: { k: Tensor; b: Tensor }, c) => ({ k: a.k.mul(c.k), b: a.b.mul(c.k).add(c.b) }), { k: np.array([0.5, 0.5, 0.5]), b: np.array([1, 2, 3]) })
    close(linear.b, [1, 2.5, 4.25])
    close(associativeScan((a: Tensor, b: Tensor) => np.logicalOr(a, b), np.array([false, true, false])).astype('int32'), [0, 1, 1])
    close(grad((x: Tensor) => np.sum(np.square(associativeScan((a: Tensor, b: Tensor) => np.add(a, b), x))))(np.array([1, 2, 3])), [20, 18, 12])
    expect(() => associativeScan((a: Tensor[], _b: Tensor[]) => a, [np.zeros(2), np.zeros(3)])).toThrow(/2 and 3 elements/)
    expect(associativeScan((a: Tensor[], _b: Tensor[]) => a, [])).toEqual([])
  })
  it('stopGradient inside a loop', () => close(grad((x: Tensor) => foriLoop(0, 3, (_i, c: Tensor) => np.multiply(stopGradient(c), x), x))(2), 8))
  it('jacfwd through scan', () => close(jacfwd((x: Tensor) => scan((c: Tensor, t: Tensor) => [np.add(c, t), np.multiply(c, t)] as const, np.array(0), x)[1])(np.array([1, 2])), [[0, 0], [2, 1]]))
})

describe('a whole JS number as initial carry', () => {
  it('may be an array of them', () => {
    const init = np.where(np.array([true, false]), 1, 0)
    expect(foriLoop(0, 3, (i: Tensor, c: Tensor) => np.add(c, i), init).toArray()).toEqual([4, 3])
    expect(whileLoop((c: Tensor) => np.less(np.sum(c), 5), (c: Tensor) => np.add(c, 1), np.broadcastTo(0, [2])).toArray()).toEqual([3, 3])
    expect(scan((c: Tensor, t: Tensor) => [np.add(c, t), null] as const, np.stack([0, 0]), np.array([1, 2, 3]))[0].toArray()).toEqual([6, 6])
  })

  const ints = (dtype: 'int32' | 'uint32'): Tensor => np.array([1, 2], { dtype })
  const sum = (c: Tensor, x: Tensor): readonly [Tensor, null] => [np.add(c, x), null]
  const dtypes = (x: unknown): unknown => tree.map((t: Tensor) => t.dtype, x as never)

  it('is an integer where it meets integers, as in JAX', () => {
    const step = np.array(3, { dtype: 'int32' })
    expect(dtypes(whileLoop((c: Tensor) => np.less(c, 10), (c: Tensor) => np.add(c, step), 0 as never))).toBe('int32')
    expect(dtypes(foriLoop(0, 3, (i: Tensor, c: Tensor) => np.add(c, i), 10 as never))).toBe('int32')
    for (const dtype of ['int32', 'uint32'] as const) expect(scan(sum as never, 0, ints(dtype))[0]).toMatchObject({ dtype })
    expect(dtypes(scan(([a, b]: Tensor[], x: Tensor) => [[np.add(b!, x), a], null] as const, [0, 0] as never, ints('int32'))[0])).toEqual(['int32', 'int32'])
    expect((scan(sum as never, 0, ints('int32'))[0] as Tensor).item()).toBe(3)
  })

  it('is a float where it meets floats, numbers only, or what makes it one', () => {
    expect(scan(sum as never, 0.5, ints('int32'))[0]).toMatchObject({ dtype: 'float64' })
    expect(scan(sum as never, 2 ** 40, ints('int32'))[0]).toMatchObject({ dtype: 'float64' })
    expect(scan(sum as never, 0, np.array([1], { dtype: 'float32' }))[0]).toMatchObject({ dtype: 'float32' })
    expect(scan(((c: Tensor) => [np.add(c, 1), null]) as never, 0, null, { length: 2 })[0]).toMatchObject({ dtype: 'float64' })
    expect(dtypes(scan(([a, b]: Tensor[], x: Tensor) => [[np.add(a!, x), np.add(b!, np.multiply(0.5, a!))], null] as const, [0, 0] as never, ints('int32'))[0])).toEqual(['int32', 'float64'])
    // A body that needs a float.
    expect(scan(((c: Tensor, x: Tensor) => [np.add(grad((y: Tensor) => np.square(y))(c), x), null]) as never, 1, ints('int32'))[0]).toMatchObject({ dtype: 'float64' })
  })
})
