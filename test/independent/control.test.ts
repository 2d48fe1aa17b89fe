/**
 * Control flow, custom rules, checkpoints, jet, implicit solvers and collectives, as the tests of JAX and Autograd look at them: each case by
 * the public names, against closed forms or plain JavaScript.
 */
import { describe, expect, it } from 'vitest'
import {
  allGather, associativeScan, axisIndex, checkpoint, cond, customJvp, customLinearSolve, customRoot, customVjp, foriLoop, grad, hessian, hvp, jacfwd, jacrev, jet, jit, jvp, linearize,
  linearTranspose, makeJaxpr, map, np, pmax, pmean, ppermute, psum, random, scan, solve, stopGradient, switchCase, valueAndGrad, vjp, vmap, whileLoop, type Tensor,
} from '../../src/index'

type F = (x: Tensor) => Tensor
const f64 = (...xs: number[]): Float64Array => Float64Array.from(xs)
const num = (x: unknown): number => (x as Tensor).item() as number
const plain = (x: unknown): unknown => (Array.isArray(x) ? x.map(plain) : x !== null && typeof x === 'object' && 'toArray' in x ? (x as Tensor).toArray() : x !== null && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)])) : x)
function near(got: unknown, want: unknown, tolerance = 1e-12): void {
  const [g, w] = [[plain(got)].flat(9) as number[], [plain(want)].flat(9) as number[]]
  expect(g.length).toBe(w.length)
  w.forEach((x, i) => expect(Math.abs(g[i]! - x), `${g} for ${w}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))))
}

describe('cond and switchCase', () => {
  const f: F = (x) => cond(x.gt(0), (y: Tensor) => np.sin(y), (y: Tensor) => np.square(y), x) as Tensor
  it('take one branch, in value and derivatives of every order', () => {
    for (const x of [0.7, -0.7]) {
      near([f(np.array(x)), grad(f)(x), grad(grad(f))(x)], x > 0 ? [Math.sin(x), Math.cos(x), -Math.sin(x)] : [x * x, 2 * x, 2])
      near(jvp(f, [x], [2])[1], x > 0 ? 2 * Math.cos(x) : 4 * x)
    }
  })
  it('close over traced values', () => near(grad((a: Tensor) => cond(true, () => a.mul(a), () => a) as Tensor)(3), 6))
  it('give zeros to operands that the branch does not use', () => near(grad((a: Tensor, b: Tensor) => cond(false, (x: Tensor, _y: Tensor) => x, (_x: Tensor, y: Tensor) => y.mul(3), a, b) as Tensor, { argnums: [0, 1] })(1, 2), [0, 3]))
  it('with a batched predicate select, and no NaN of the other branch leaks', () => {
    const safe: F = (x) => cond(x.gt(0), (y: Tensor) => np.log(y), () => np.zeros([]), x) as Tensor
    near(vmap(safe)(f64(-1, 0, Math.E)), [0, 0, 1])
    near(vmap(grad(safe))(f64(-1, 0, 2)), [0, 0, 0.5])
    near(grad((x: Tensor) => np.sum(vmap(safe)(x)))(f64(-1, 0, 2)), [0, 0, 0.5])
  })
  it('with an unbatched predicate and batched operands run one branch', () => near(vmap((x: Tensor) => cond(np.array(true), (y: Tensor) => y.mul(2), (y: Tensor) => y, x) as Tensor)(f64(1, 2)), [2, 4]))
  it('clamp the index', () => {
    const g = (i: number): number => num(switchCase(i, [(x: Tensor) => x, (x: Tensor) => x.mul(10), (x: Tensor) => x.mul(100)], 1))
    expect([-3, 0, 1, 2, 7].map(g)).toEqual([1, 1, 10, 100, 100])
  })
  it('switchCase with a batched index has the derivatives of each lane', () => {
    const g = (i: Tensor, x: Tensor): Tensor => switchCase(i, [(y: Tensor) => y, (y: Tensor) => np.square(y), (y: Tensor) => np.exp(y)], x) as Tensor
    near(vmap((i: Tensor, x: Tensor) => grad((y: Tensor) => g(i, y))(x))(Int32Array.of(0, 1, 2), f64(3, 3, 0)), [1, 6, 1])
  })
  it('trees go in and out', () => expect(plain(cond(true, (p: { a: Tensor; b: Tensor[] }) => ({ s: p.a.add(p.b[0]!), t: [p.a] }), (p: { a: Tensor; b: Tensor[] }) => ({ s: p.a, t: p.b }), { a: 1, b: [2] } as never))).toEqual({ s: 3, t: [1] }))
  it('branches of different shapes are an error', () => expect(() => jit((x: Tensor) => cond(x.gt(0), () => np.zeros([2]), () => np.zeros([3])))(1)).toThrow(/cond/))
  it('nest, under jit, as plain code does', () => {
    const g: F = (x) => cond(x.gt(0), (y: Tensor) => cond(y.gt(1), (z: Tensor) => z.mul(z), (z: Tensor) => np.exp(z), y), (y: Tensor) => y.neg(), x) as Tensor
    near([2, 0.5, -3].map((x) => jit(grad(g))(x)), [4, Math.exp(0.5), -1])
  })
})

describe('whileLoop and foriLoop', () => {
  const power: F = (x) => whileLoop(({ y }: { y: Tensor }) => y.lt(100), ({ y }: { y: Tensor }) => ({ y: y.mul(x) }), { y: x }).y
  it('forward mode goes through', () => near(jvp(power, [3], [1])[1], 5 * 3 ** 4))
  it('reverse mode goes through, which JAX refuses', () => near(grad(power)(3), 5 * 3 ** 4))
  it('to the second order, and forward over reverse', () => near([grad(grad(power))(3), hvp(power, [3], [1])], [20 * 27, 20 * 27]))
  it('with zero trips is the identity', () => near([power(np.array(200)), grad(power)(200)], [200, 1]))
  it('with a trip count for each lane', () => near(vmap(grad(power))(f64(3, 10, 200)), [5 * 81, 20, 1]))
  it('a lane that has ended does not run on into overflow', () => {
    const f: F = (x) => whileLoop((c: { n: Tensor; y: Tensor }) => c.n.lt(x), (c) => ({ n: c.n.add(1), y: np.exp(c.y) }), { n: np.zeros([]), y: np.zeros([]) })!.y
    near(vmap(f)(f64(0, 1, 2)), [0, 1, Math.E])
  })
  it('foriLoop with constants has the derivative of the unrolled product', () => near(grad((x: Tensor) => foriLoop(0, 5, (i: Tensor, c: Tensor) => c.mul(x).add(i), x) as Tensor)(2), (() => {
    const at = (x: number): number => [0, 1, 2, 3, 4].reduce((c, i) => c * x + i, x)
    return (at(2 + 1e-6) - at(2 - 1e-6)) / 2e-6
  })(), 1e-7))
  it('foriLoop with a traced bound', () => near(jit(grad((x: Tensor, n: Tensor) => foriLoop(0, n, (_i: Tensor, c: Tensor) => c.mul(x), np.array(1)) as Tensor))(2, np.array(6, { dtype: 'int32' })), 6 * 32))
  it('an empty range gives the initial value', () => near(foriLoop(3, 3, (_i: Tensor, c: Tensor) => c.add(1), 7), 7))
  it('a nested loop has its derivatives', () => near(grad((x: Tensor) => foriLoop(0, 3, (_i: Tensor, c: Tensor) => foriLoop(0, 2, (_j: Tensor, d: Tensor) => d.mul(x), c), x) as Tensor)(1.5), 7 * 1.5 ** 6))
  it('a gradient inside a body', () => near(grad((x: Tensor) => foriLoop(0, 3, (_i: Tensor, w: Tensor) => w.sub(grad((v: Tensor) => np.square(v).mul(x))(w).mul(0.1)), np.array(1)) as Tensor)(1), 3 * 0.8 ** 2 * -0.2))
  it('a carry that changes its dtype or shape is an error', () => {
    expect(() => whileLoop((c: Tensor) => c.lt(3), (c: Tensor) => np.stack([c, c]), np.array(0))).toThrow(/whileLoop/)
    expect(() => foriLoop(0, 3, (_i: Tensor, c: Tensor) => np.astype(c, 'float32'), np.zeros([]))).toThrow(/foriLoop/)
  })
  it('a body is traced once, whatever the number of steps', () => {
    let calls = 0
    foriLoop(0, 50, (_i: Tensor, c: Tensor) => {
      calls++
      return c.add(1)
    }, np.zeros([]))
    expect(calls).toBeLessThanOrEqual(2)
  })
  it('integer carries stay integers', () => expect((foriLoop(0, 4, (i: Tensor, c: Tensor) => c.add(i), np.array(0, { dtype: 'int32' })) as Tensor).dtype).toBe('int32'))
})

describe('scan, map and associativeScan', () => {
  const step = (c: Tensor, x: Tensor): [Tensor, Tensor] => [np.sin(c).mul(x), c.mul(c)]
  const xs = f64(0.5, 1.5, -2)
  const unrolled = (c0: Tensor, v: Tensor): [Tensor, Tensor] => {
    let c = c0
    const ys: Tensor[] = []
    for (let i = 0; i < 3; i++) {
      const [next, y] = step(c, v.at(i))
      ys.push(y)
      c = next
    }
    return [c, np.stack(ys)]
  }
  const total = (run: (c: Tensor, v: Tensor) => [Tensor, Tensor]) => (c: Tensor, v: Tensor): Tensor => {
    const [end, ys] = run(c, v)
    return np.sum(ys).mul(end)
  }
  const scanned = (c: Tensor, v: Tensor): [Tensor, Tensor] => scan(step as never, c, v) as never
  it('is the unrolled loop: value, gradients, Hessians', () => {
    for (const f of [(g: never) => grad(g, { argnums: [0, 1] }), (g: never) => jacfwd(g, { argnums: [0, 1] }), (g: never) => hessian(g)]) near((f(total(scanned) as never) as never as (...a: unknown[]) => unknown)(0.3, xs), (f(total(unrolled) as never) as never as (...a: unknown[]) => unknown)(0.3, xs))
  })
  it('in reverse', () => near(scan((c: Tensor, x: Tensor) => [c.add(x), c], 0, f64(1, 2, 3), { reverse: true }), [6, [5, 3, 0]]))
  it('by length, without xs', () => near(scan((c: Tensor) => [c.mul(2), c], 1, null, { length: 4 }), [16, [1, 2, 4, 8]]))
  it('of no steps', () => near(scan((c: Tensor, x: Tensor) => [c.add(x), x], 5, np.zeros([0])), [5, []] as never))
  it('unrolled in parts is the same', () => near(scan(step as never, np.array(0.3), xs, { unroll: 2 } as never) as never, scan(step as never, np.array(0.3), xs) as never, 0))
  it('xs and ys may be trees, and null', () => {
    const [c, ys] = scan((s: { a: Tensor }, x: { u: Tensor; v: Tensor }) => [{ a: s.a.add(x.u.mul(x.v)) }, null] as never, { a: 0 } as never, { u: f64(1, 2), v: f64(3, 4) } as never) as unknown as [{ a: Tensor }, null]
    expect([num(c.a), ys]).toEqual([11, null])
  })
  it('xs of different lengths are an error', () => expect(() => scan((c: Tensor) => [c, c] as never, np.array(0), [f64(1, 2), f64(1)] as never)).toThrow(/scan/))
  it('vmap over init, over xs, and over both', () => {
    const run = (c: Tensor, v: Tensor): Tensor => total(scanned)(c, v)
    const both = np.stack([np.array(xs), np.multiply(xs, 2)])
    near(vmap(run, { inAxes: [0, null] } as never)(f64(0.3, 0.4), xs as never), [0.3, 0.4].map((c) => run(np.array(c), np.array(xs))))
    near(vmap(run, { inAxes: [null, 0] } as never)(0.3 as never, both), [0, 1].map((i) => run(np.array(0.3), both.at(i))))
    near(vmap(grad(run))(f64(0.3, 0.4), both), [0.3, 0.4].map((c, i) => grad(run)(c, both.at(i))))
  })
  it('of a closed-over parameter has its gradient', () => near(grad((w: Tensor) => (scan((c: Tensor, x: Tensor) => [c.mul(w).add(x), null] as never, np.array(0), xs) as unknown as [Tensor])[0])(2), 2 * 0.5 * 2 + 1.5))
  it('checkpointed has the gradient of the plain one', () => near(grad((w: Tensor) => (scan((c: Tensor, x: Tensor) => [np.sin(c.mul(w)).add(x), null] as never, np.array(0.1), np.linspace(0, 1, 37), { checkpoint: 4 } as never) as unknown as [Tensor])[0])(1.3), grad((w: Tensor) => (scan((c: Tensor, x: Tensor) => [np.sin(c.mul(w)).add(x), null] as never, np.array(0.1), np.linspace(0, 1, 37)) as unknown as [Tensor])[0])(1.3)))
  it('map is stack of the function', () => near([map((x: Tensor) => np.exp(x), xs), jacrev((v: Tensor) => map((x: Tensor) => x.mul(x), v) as Tensor)(f64(1, 2))] as never, [[...xs].map(Math.exp), [[2, 0], [0, 4]]] as never))
  it('associativeScan is the running product, forwards and backwards, with its gradient', () => {
    near(associativeScan((a: Tensor, b: Tensor) => a.mul(b), f64(1, 2, 3, 4, 5)), [1, 2, 6, 24, 120])
    near(associativeScan((a: Tensor, b: Tensor) => a.mul(b), f64(1, 2, 3), { reverse: true }), [6, 6, 3])
    near(grad((x: Tensor) => np.sum(associativeScan((a: Tensor, b: Tensor) => a.mul(b), x) as Tensor))(f64(2, 3, 4)), [1 + 3 + 12, 2 + 8, 6])
  })
})

describe('custom rules', () => {
  const halved = customJvp(((x: Tensor) => np.sin(x)) as never, (([x]: [Tensor], [dx]: [Tensor]) => [np.sin(x), dx.mul(0.5)]) as never) as unknown as F
  it('customJvp serves forward, reverse, jit and vmap', () => near([jvp(halved, [1], [1])[1], grad(halved)(1), jit(grad(halved))(1), ...(vmap(grad(halved))(f64(1, 2)).toArray() as number[])], [0.5, 0.5, 0.5, 0.5, 0.5]))
  it('customJvp to the second order differentiates the rule', () => {
    const f = customJvp(((x: Tensor) => np.exp(x)) as never, (([x]: [Tensor], [dx]: [Tensor]) => [np.exp(x), np.square(x).mul(dx)]) as never) as unknown as F
    near([grad(f)(3), grad(grad(f))(3)], [9, 6])
  })
  const clipped = customVjp(((x: Tensor) => x) as never, { fwd: ((x: Tensor) => [x, null]) as never, bwd: ((_r: null, ct: Tensor) => [np.clip(ct, -1, 1)]) as never }) as unknown as F
  it('customVjp serves reverse, and nests', () => near([grad((x: Tensor) => clipped(x).mul(5))(2), vmap(grad((x: Tensor) => np.square(clipped(x))))(f64(0.1, 4))] as never, [1, [0.2, 1]] as never))
  it('forward mode through customVjp is an error', () => expect(() => jvp(clipped, [1], [1])).toThrow(/jvp|forward/i))
  it('a null cotangent is zero', () => {
    const f = customVjp(((x: Tensor, y: Tensor) => x.mul(y)) as never, { fwd: ((x: Tensor, y: Tensor) => [x.mul(y), y]) as never, bwd: ((y: Tensor, ct: Tensor) => [ct.mul(y), null]) as never }) as unknown as (x: Tensor, y: Tensor) => Tensor
    near(grad(f, { argnums: [0, 1] })(2, 3), [3, 0])
  })
  it('a cotangent of the wrong shape is an error', () => {
    const f = customVjp(((x: Tensor) => np.sum(x)) as never, { fwd: ((x: Tensor) => [np.sum(x), null]) as never, bwd: ((_r: null, ct: Tensor) => [ct]) as never }) as unknown as F
    expect(() => grad(f)(f64(1, 2))).toThrow(/customVjp/)
  })
  it('a straight-through estimator by stopGradient', () => near(grad((x: Tensor) => np.square(x.add(stopGradient(np.round(x).sub(x)) as Tensor)))(1.3), 2))
  it('inside a scan and a cond', () => near([grad((x: Tensor) => (scan((c: Tensor) => [halved(c), null] as never, x, null, { length: 3 }) as unknown as [Tensor])[0])(1), grad((x: Tensor) => cond(true, (y: Tensor) => halved(y), (y: Tensor) => y, x) as Tensor)(1)], [0.125, 0.5]))
})

describe('checkpoint and linearize', () => {
  const f: F = (x) => np.sum(np.sin(np.exp(x)).mul(x))
  it('has the gradient and Hessian of the function', () => near([grad(checkpoint(f as never) as never as F)(f64(0.1, 0.2)), hessian(checkpoint(f as never) as never as F)(f64(0.1, 0.2))] as never, [grad(f)(f64(0.1, 0.2)), hessian(f)(f64(0.1, 0.2))] as never))
  it('recomputes: the gradient has sin or cos of exp twice', () => {
    const count = (g: F): number => (String(makeJaxpr(grad(g))(np.ones([2]))).match(/ exp /g) ?? []).length
    expect(count(checkpoint(f as never) as never as F)).toBeGreaterThanOrEqual(count(f))
  })
  it('linearize is jvp, and linear', () => {
    const [y, lin] = linearize(f, [f64(0.1, 0.2)]) as unknown as [Tensor, F]
    near([y, lin(np.array([1, 0])), lin(np.array([2, 0]))], [f(np.array([0.1, 0.2])), jvp(f, [f64(0.1, 0.2)], [f64(1, 0)])[1], num(jvp(f, [f64(0.1, 0.2)], [f64(1, 0)])[1]) * 2])
  })
  it('linearTranspose of a scan that is linear', () => {
    const g = (x: Tensor): Tensor => (scan((c: Tensor, v: Tensor) => [c.mul(2).add(v), null] as never, np.zeros([]), x) as unknown as [Tensor])[0]
    near(linearTranspose(g as never, [np.zeros([3])] as never)(1 as never), [[4, 2, 1]])
  })
  it('a pullback may be called twice', () => {
    const [, pull] = vjp(f, [f64(0.1, 0.2)])
    near(pull(1 as never), pull(1 as never))
  })
  it('valueAndGrad of perturbation confusion is exact', () => near(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(1)))(1), 1))
})

describe('jet', () => {
  it('of polynomials, exponentials and quotients', () => {
    near(jet((x: Tensor) => x.mul(x).mul(x), [2], [[1, 0, 0]]), [8, [12, 12, 6]])
    near(jet(np.exp as F, [0], [[1, 0, 0, 0]]), [1, [1, 1, 1, 1]])
    near(jet((x: Tensor) => np.divide(1, x), [1], [[1, 0, 0]]), [1, [-1, 2, -6]])
  })
  it('composes as derivatives do (Faà di Bruno)', () => near(jet((x: Tensor) => np.sin(np.exp(x)), [0], [[1, 0]]), [Math.sin(1), [Math.cos(1), Math.cos(1) - Math.sin(1)]]))
  it('through scan and while', () => near(jet((x: Tensor) => foriLoop(0, 3, (_i: Tensor, c: Tensor) => c.mul(x), np.array(1)) as Tensor, [2], [[1, 0, 0]]), [8, [12, 12, 6]]))
  it('of several arguments', () => near(jet((x: Tensor, y: Tensor) => x.mul(y), [2, 3], [[1, 0], [10, 0]]), [6, [23, 20]]))
  it('of a curve that bends', () => near(jet((x: Tensor) => np.square(x), [1], [[2, 3]]), [1, [4, 8 + 6]]))
})

describe('implicit solvers', () => {
  it('customRoot has the derivative of the root', () => near(grad((a: Tensor) => customRoot((x: Tensor) => np.square(x).sub(a) as never, np.array(1), (_f: unknown, x0: Tensor) => foriLoop(0, 30, (_i: Tensor, x: Tensor) => x.add(a.div(x)).mul(0.5), x0), (g: F, y: Tensor) => y.div(g(np.array(1)))) as never as Tensor)(2), 0.5 / Math.SQRT2))
  it('customLinearSolve has the derivative of the solution', () => near(grad((a: Tensor) => customLinearSolve((x: Tensor) => a.mul(x), np.array(6), (_m: unknown, b: Tensor) => b.div(a)) as never as Tensor)(2), -1.5))
  it('root, fixedPoint and minimize of the same equation agree', () => {
    const by: readonly F[] = [(a) => solve.root((x: Tensor) => np.square(x).sub(a), 1) as Tensor, (a) => solve.fixedPoint((x: Tensor) => x.add(a.div(x)).mul(0.5), 1) as Tensor, (a) => solve.minimize((x: Tensor) => np.power(x, 3).div(3).sub(a.mul(x)), 1).x as Tensor]
    for (const f of by) near([f(np.array(2)), grad(f)(2), jvp(f, [2], [1])[1], jit(grad(f))(2)], [Math.SQRT2, ...Array<number>(3).fill(0.5 / Math.SQRT2)], 1e-8)
    for (const f of by) near(vmap(grad(f))(f64(1, 4)), [0.5, 0.25], 1e-8)
  })
  it('odeint: exponential decay, both gradients, backwards in time', () => {
    for (const gradient of ['adjoint', 'direct'] as const) near(grad((k: Tensor) => solve.odeint((y: Tensor, _t: Tensor, r: Tensor) => y.mul(r).neg(), 1, [0, 1], [k] as never, { gradient }).at(1))(2), -Math.exp(-2), 1e-6)
    near(solve.odeint((y: Tensor) => y.neg(), 1, [1, 0]).at(1), Math.E, 1e-6)
  })
  it('cg: derivatives by the matrix and the right-hand side', () => {
    const A = np.array([[4, 1], [1, 3]])
    near(jacrev((b: Tensor) => solve.cg(A, b)[0])(f64(1, 2)), [[3 / 11, -1 / 11], [-1 / 11, 4 / 11]], 1e-9)
  })
  it('leastSquares: the derivative of a mean by its data', () => near(jacrev((y: Tensor) => solve.leastSquares((x: Tensor) => np.subtract(x, y), 0).x as Tensor)(f64(1, 2, 6)), [1 / 3, 1 / 3, 1 / 3], 1e-8))
})

describe('collectives', () => {
  const over = { axisName: 'i' }
  const x = f64(1, 2, 4)
  it('psum, pmean, pmax: values', () => near([vmap((v: Tensor) => psum(v, 'i') as Tensor, over)(x), vmap((v: Tensor) => pmean(v, 'i') as Tensor, over)(x), vmap((v: Tensor) => pmax(v, 'i') as Tensor, over)(x)] as never, [[7, 7, 7], [7 / 3, 7 / 3, 7 / 3], [4, 4, 4]] as never))
  it('the gradient of psum outside vmap sums over lanes', () => near(grad((v: Tensor) => np.sum(vmap((e: Tensor) => np.square(psum(e, 'i') as Tensor), over)(v)))(x), [42, 42, 42]))
  it('axisIndex and allGather', () => near([vmap((v: Tensor) => v.mul(axisIndex('i') as Tensor), over)(x), vmap((v: Tensor) => np.sum(allGather(v, 'i') as Tensor), over)(x)] as never, [[0, 2, 8], [7, 7, 7]] as never))
  it('ppermute shifts, and its gradient shifts back', () => {
    const shift = (v: Tensor): Tensor => vmap((e: Tensor) => ppermute(e, 'i', [[0, 1], [1, 2], [2, 0]]) as Tensor, over)(v)
    near([shift(np.array(x)), grad((v: Tensor) => np.sum(shift(v).mul(f64(1, 10, 100))))(x)] as never, [[4, 1, 2], [10, 100, 1]] as never)
  })
  it('normalisation over a batch by pmean has the derivative of the whole', () => {
    const norm = (v: Tensor): Tensor => np.sum(vmap((e: Tensor) => np.square(e.sub(pmean(e, 'i') as Tensor)), over)(v))
    near(grad(norm)(x), [1, 2, 4].map((e) => 2 * (e - 7 / 3)))
  })
  it('an unknown axis is an error', () => expect(() => vmap((v: Tensor) => psum(v, 'j') as Tensor, over)(x)).toThrow(/psum/))
  it('inside a scan inside vmap', () => near(vmap((v: Tensor) => (scan((c: Tensor) => [psum(c, 'i') as Tensor, null] as never, v, null, { length: 2 }) as unknown as [Tensor])[0], over)(x), [21, 21, 21]))
  it('collectives of one key under vmap draw each lane alone', () => {
    const keys = random.split(random.key(0), 3)
    near(vmap((k: Tensor) => random.uniform(k, []), over)(keys as never), [0, 1, 2].map((i) => random.uniform((keys as Tensor).at(i) as never, [])))
  })
})

describe('all of it together', () => {
  it('a meta-learning step: the gradient through an inner descent and a minimizer', () => {
    const inner = (w: Tensor): Tensor => foriLoop(0, 4, (_i: Tensor, x: Tensor) => x.sub(grad((v: Tensor) => np.square(v.sub(w)))(x).mul(0.25)), np.zeros([])) as Tensor
    near(valueAndGrad((w: Tensor) => np.square(inner(w).sub(1)))(2), [(2 * (1 - 0.5 ** 4) - 1) ** 2, 2 * (2 * (1 - 0.5 ** 4) - 1) * (1 - 0.5 ** 4)])
  })
  it('jit of grad of vmap of scan of cond', () => {
    const f = (x: Tensor): Tensor => (scan((c: Tensor, i: Tensor) => [cond(c.gt(1), (y: Tensor) => np.log(y).add(i), (y: Tensor) => y.mul(2), c) as Tensor, null] as never, x, f64(0.5, 1, 1.5)) as unknown as [Tensor])[0]
    const plainF = (x: number): number => [0.5, 1, 1.5].reduce((c, i) => (c > 1 ? Math.log(c) + i : 2 * c), x)
    const points = [0.3, 0.7, 3]
    near(jit(grad((v: Tensor) => np.sum(vmap(f)(v))))(f64(...points)), points.map((x) => (plainF(x + 1e-6) - plainF(x - 1e-6)) / 2e-6), 1e-8)
  })
  it('tree results stay trees', () => expect(plain(vmap((x: Tensor) => ({ a: x, b: [x.mul(2)] }))(f64(1, 2)))).toEqual({ a: [1, 2], b: [[2, 4]] }))
})
