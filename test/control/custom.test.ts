import { describe, expect, it } from 'vitest'
import { checkpoint, customBatching, customJvp, customVjp, grad, hessian, jacfwd, jacrev, jit, jvp, linearize, makeJaxpr, np, saveName, scan, vjp, vmap, whileLoop, type PolicyLike, type Tensor } from '../../src/index'

const flat = (x: unknown): number[] => JSON.stringify(x).match(/-?\d+\.?\d*(e[-+]?\d+)?/g)!.map(Number)
const close = (a: unknown, b: unknown, tolerance = 1e-12): void => {
  const [p, q] = [flat(a), flat(b)]
  expect(p.length).toBe(q.length)
  p.forEach((x, i) => expect(Math.abs(x - q[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(q[i]!))))
}
type Two = (x: Tensor, y: Tensor) => Tensor
const plain: Two = (x, y) => np.multiply(np.sin(x), y)

/** Twice the true derivative, so that it can be told from the built-in one. */
const doubled = customJvp(plain, ([x, y]: [Tensor, Tensor], [dx, dy]: [Tensor, Tensor]) => [plain(x, y), np.multiply(np.cos(x), y).mul(dx).add(np.sin(x).mul(dy)).mul(2)]) as unknown as Two

describe('customJvp', () => {
  it('rules forward mode and, transposed, reverse mode; composes', () => {
    close(doubled(np.array(1), np.array(2)), plain(np.array(1), np.array(2)))
    close(grad(doubled, { argnums: [0, 1] })(1, 2), [4 * Math.cos(1), 2 * Math.sin(1)])
    close(jvp(doubled, [1, 2], [1, 0])[1], 4 * Math.cos(1))
    close(jit(grad(doubled))(1, 2), 4 * Math.cos(1))
    close(vmap(grad(doubled), { inAxes: [0, null] })(np.array([1, 2]), np.array(2)), [4 * Math.cos(1), 4 * Math.cos(2)])
    close(grad((x: Tensor) => np.sum(vmap(doubled, { inAxes: [0, null] })(x, np.array(2))))(np.array([1, 2])), [4 * Math.cos(1), 4 * Math.cos(2)])
    close(linearize((x: Tensor) => doubled(x, np.array(2)), [1])[1](1), 4 * Math.cos(1))
  })
  it('with the built-in rule changes nothing, at second order either', () => {
    const same = customJvp((x: Tensor) => np.sin(x).mul(x), ([x]: [Tensor], [dx]: [Tensor]) => [np.sin(x).mul(x), np.cos(x).mul(x).add(np.sin(x)).mul(dx)]) as unknown as (x: Tensor) => Tensor
    close(hessian(same)(1.3), 2 * Math.cos(1.3) - 1.3 * Math.sin(1.3))
  })
  it('sees trees, takes null for a zero tangent, and integers', () => {
    const f = customJvp((p: { a: Tensor; n: Tensor }) => ({ u: np.multiply(p.a, p.n), v: p.a }), ([p]: [{ a: Tensor; n: Tensor }], [dp]: [{ a: Tensor }]) => [{ u: np.multiply(p.a, p.n), v: p.a }, { u: np.multiply(dp.a, p.n), v: null }])
    close(grad((a: Tensor) => { const r = f({ a, n: np.array(3, { dtype: 'int32' }) }) as unknown as { u: Tensor; v: Tensor }; return np.add(r.u, r.v) })(2), 3)
  })
  it('names the leaf that does not fit', () => {
    const bad = (rule: unknown) => () => grad(customJvp((x: Tensor) => np.sin(x), rule as never))(1)
    expect(bad(([x]: [Tensor], [dx]: [Tensor]) => [np.sin(x), [dx]])).toThrow(/tangentOut: expected \*, got \[\*\]/)
    expect(bad(([x]: [Tensor], _d: unknown) => [np.sin(x), np.array([1, 2])])).toThrow(/tangentOut: expected float64\[\], got float64\[2\]/)
    expect(bad(([x]: [Tensor]) => np.sin(x))).toThrow(/must return \[out, tangentOut\]/)
    expect(bad(([x]: [Tensor], [dx]: [Tensor]) => [[np.sin(x)], dx])).toThrow(/out: expected \*, got \[\*\]/)
    expect(bad(([x]: [Tensor], [dx]: [Tensor]) => [np.stack([x, x]), dx])).toThrow(/out: expected float64\[\], got float64\[2\]/)
  })
})

describe('customVjp', () => {
  /** Three times the true derivative by x, none by p. */
  const tripled = customVjp((x: Tensor, p: { a: Tensor }) => np.multiply(np.sin(x), p.a), {
    fwd: (x: Tensor, p: { a: Tensor }) => [np.multiply(np.sin(x), p.a), { c: np.cos(x), a: p.a }],
    bwd: (r: { c: Tensor; a: Tensor }, ct: Tensor) => [np.multiply(ct, np.multiply(r.c, r.a)).mul(3), null],
  })
  const f = tripled as unknown as (x: Tensor, p: { a: Tensor }) => Tensor
  const a = { a: np.array(2) }
  it('rules reverse mode, nested, jitted, batched and in loops', () => {
    close(grad(f, { argnums: [0, 1] })(1, a), [6 * Math.cos(1), { a: 0 }])
    close(grad(grad(f))(1, a), -6 * Math.sin(1))
    close(jit(grad(f))(1, a), 6 * Math.cos(1))
    close(vmap(grad(f), { inAxes: [0, null] })(np.array([1, 2]), a), [6 * Math.cos(1), 6 * Math.cos(2)])
    close(grad((x: Tensor) => np.sum(vmap(f, { inAxes: [0, null] })(x, a)))(np.array([1, 2])), [6 * Math.cos(1), 6 * Math.cos(2)])
    close(hessian(f)(1, a), -6 * Math.sin(1))
    close(jacrev(f)(np.array([1, 2]), a), [[6 * Math.cos(1), 0], [0, 6 * Math.cos(2)]])
    const step = (x: Tensor): Tensor => scan((c: Tensor) => [f(c, a), null] as const, x, null, { length: 2 })[0]
    close(grad(step)(1), 6 * Math.cos(2 * Math.sin(1)) * 6 * Math.cos(1))
    const [, pullback] = vjp((x: Tensor) => f(x, a), [1])
    close(pullback(2), [12 * Math.cos(1)])
  })
  it('raises in forward mode unless a jvp rule was given', () => {
    expect(() => jvp(f, [1, a], [1, a])).toThrow(/has a reverse rule only \(customVjp\), and was differentiated in forward mode/)
    expect(() => jacfwd((x: Tensor) => f(x, a))(1)).toThrow(/reverse rule only/)
    expect(() => linearize((x: Tensor) => f(x, a), [1])[1](1)).toThrow(/was differentiated in forward mode/)
    const both = customVjp((x: Tensor) => np.sin(x), {
      fwd: (x: Tensor) => [np.sin(x), np.cos(x)],
      bwd: (c: Tensor, ct: Tensor) => [np.multiply(c, ct)],
      jvp: ([x]: [Tensor], [dx]: [Tensor]) => [np.sin(x), np.cos(x).mul(dx)],
    }) as unknown as (x: Tensor) => Tensor
    close([jvp(both, [1], [1])[1], grad(both)(1)], [Math.cos(1), Math.cos(1)])
  })
  it('has its reverse rule in all loops, also those that record their steps', () => {
    const f = customVjp((v: Tensor) => np.sin(v), { fwd: ((v: Tensor) => [np.sin(v), v]) as never, bwd: ((v: Tensor, ct: Tensor) => [np.multiply(ct, np.add(v, 1))]) as never })
    const scanned = (options: object) => (x: Tensor): Tensor => scan((c: Tensor) => [f(c), null] as const, x, null, { length: 3, ...options })[0]
    const until = (x: Tensor): Tensor => whileLoop(([n]: [Tensor, Tensor]) => np.less(n, 3), ([n, c]: [Tensor, Tensor]) => [np.add(n, 1), f(c)] as [Tensor, Tensor], [np.array(0), x] as [Tensor, Tensor])[1]
    const want = (1.5 + 1) * (Math.sin(1.5) + 1) * (Math.sin(Math.sin(1.5)) + 1)
    for (const g of [scanned({}), scanned({ checkpoint: 2 }), scanned({ unroll: 2, reverse: true }), until]) {
      for (const d of [grad(g), jit(grad(g))]) expect(d(1.5).item()).toBeCloseTo(want, 14)
      expect(vmap(grad(g))(np.array([1.5, 1.5])).data()).toEqual(Float64Array.of(grad(g)(1.5).item() as number, grad(g)(1.5).item() as number))
      expect(() => jvp(g, [np.array(1.5)], [np.array(1)])).toThrow(/was differentiated in forward mode/)
    }
  })
  it('hands nondifferentiable arguments over as they are', () => {
    const clip = customVjp((x: Tensor, _limit: number) => x, { fwd: (x: Tensor, limit: number) => [x, limit], bwd: (limit: number, _r: Tensor, ct: Tensor) => [np.minimum(ct, limit)] }, { nondiffArgnums: [1] }) as unknown as (x: Tensor, n: number) => Tensor
    close(grad((x: Tensor) => np.multiply(clip(x, 1.5), 2))(3), 1.5)
  })
  it('names what does not fit, and what is closed over', () => {
    const bad = (rules: unknown) => () => grad(customVjp((x: Tensor) => np.sum(np.sin(x)), rules as never) as never as (x: Tensor) => Tensor)(np.array([1, 2]))
    const fwd = (x: Tensor): unknown => [np.sum(np.sin(x)), x]
    expect(bad({ fwd, bwd: (_x: Tensor, ct: Tensor) => ct })).toThrow(/must return an array, one cotangent an argument/)
    expect(bad({ fwd, bwd: (_x: Tensor, ct: Tensor) => [ct] })).toThrow(/cts\[0\]: expected float64\[2\], got float64\[\]/)
    expect(bad({ fwd, bwd: (x: Tensor, _ct: Tensor) => [x, x] })).toThrow(/cts: expected \[\*\], got \[\*, \*\]/)
    expect(bad({ fwd: (x: Tensor) => np.sum(x), bwd: () => [] })).toThrow(/must return \[out, residuals\]/)
    const closing = (w: Tensor): Tensor => (customVjp((x: Tensor) => np.multiply(x, w), { fwd: (x: Tensor) => [np.multiply(x, w), null], bwd: (_r: null, ct: Tensor) => [np.multiply(ct, w)] }) as unknown as (x: number) => Tensor)(2)
    expect(() => grad(closing)(3)).toThrow(/closes over a value that is being differentiated/)
    const rule = (w: Tensor): Tensor => grad(customVjp((x: Tensor) => np.sin(x), { fwd: (x: Tensor) => [np.sin(x), null], bwd: (_r: null, ct: Tensor) => [np.multiply(ct, w)] }) as never as (x: Tensor) => Tensor)(2)
    expect(() => grad(rule)(3)).toThrow(/the bwd rule of customVjp closes over a traced value/)
  })
})

describe('customBatching', () => {
  const f = customBatching((x: Tensor) => np.square(x), (n: number, _batched: readonly unknown[], x: Tensor) => [np.multiply(np.square(x), n), true]) as unknown as (x: Tensor) => Tensor
  it('rules vmap only', () => {
    close([f(np.array(3)), grad(f)(3), vmap(f)(np.array([1, 2]))], [9, 6, [2, 8]])
    const kept = customBatching((x: Tensor) => x, () => [np.array(7), false]) as unknown as (x: Tensor) => Tensor
    close(vmap(kept)(np.array([1, 2])), [7, 7])
    expect(() => vmap(customBatching((x: Tensor) => x, (() => 1) as never) as never as (x: Tensor) => Tensor)(np.array([1]))).toThrow(/must return \[out, outBatched\]/)
    expect(() => vmap(customBatching((x: Tensor) => x, (() => [[1], true]) as never) as never as (x: Tensor) => Tensor)(np.array([1]))).toThrow(/result|out: expected/)
  })
})

describe('checkpoint', () => {
  const f: Two = (x, w) => np.sum(np.sin(np.matmul(w, np.tanh(saveName(np.matmul(w, np.sin(x)), 'h')))))
  const x = np.array([0.1, 0.2])
  const w = np.array([[1, 2], [3, 4]])
  const every: PolicyLike[] = ['nothing', 'everything', 'dots', { names: ['h'] }, (e) => e.outs[0]!.aval.shape.length === 1]
  it.each(every.map((p, i) => [i, p] as const))('has the value and the derivatives of f under every policy (%i)', (_i, policy) => {
    const c = checkpoint(f, { policy }) as unknown as Two
    close(c(x, w), f(x, w))
    close(grad(c, { argnums: [0, 1] })(x, w), grad(f, { argnums: [0, 1] })(x, w))
    close(hessian(c)(x, w), hessian(f)(x, w))
    close(jit(grad(c))(x, w), grad(f)(x, w))
    close(jvp(c, [x, w], [x, w]), jvp(f, [x, w], [x, w]))
    close(vmap(grad(c), { inAxes: [0, null] })(np.stack([x, x]), w), [grad(f)(x, w), grad(f)(x, w)])
    close(grad((v: Tensor) => np.sum(grad(c)(v, w)))(x), grad((v: Tensor) => np.sum(grad(f)(v, w)))(x))
  })
  it('keeps only inputs: residuals of the plain function are not among them', () => {
    const count = (g: (v: Tensor) => Tensor): number => makeJaxpr((v: Tensor) => vjp(g, [v])[1](1))(1).eqns.filter((e) => e.prim.name === 'cos').length
    const g = (v: Tensor): Tensor => np.sin(np.sin(np.sin(v)))
    expect(count(g)).toBe(3)
    expect(count(checkpoint(g) as unknown as (v: Tensor) => Tensor)).toBe(0)
  })
  it('nests, and refuses unknown policies', () => {
    const nested = checkpoint((v: Tensor) => np.sum(checkpoint((u: Tensor) => np.sin(u))(np.square(v)))) as unknown as (v: Tensor) => Tensor
    close(grad(nested)(x), [0.2 * Math.cos(0.01), 0.4 * Math.cos(0.04)])
    expect(() => checkpoint(f, { policy: 'some' as never })).toThrow(/policy some is not known/)
  })
})
