/** Initial value problems against closed forms: states, both gradients, both modes, times. */
import { describe, expect, it } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jit, jvp, linearize, np, vmap, type Tensor } from '../../src/index'
import { odeint } from '../../src/solve/index'
import { close } from './close'

describe('odeint', () => {
  it('gives the states at the times, forwards and backwards', () => {
    const ts = np.linspace(0, 5, 26)
    close(odeint((y: Tensor) => y.neg(), 1, ts), np.exp(ts.neg()), 6.5)
    close(odeint((y: Tensor) => y.neg(), 1, ts.neg()), np.exp(ts), 6)
    close(odeint((_y: Tensor, t: Tensor) => np.cos(t), 0, ts), np.sin(ts), 6.5)
    close(odeint((y: Tensor) => y.neg(), 2, [3]), [2], 15)
    close(odeint((y: Tensor) => y.neg(), 1, [0, 0, 1]), [1, 1, Math.exp(-1)], 8)
  })

  it('refuses known times that go back and forth', () => {
    for (const ts of [[0, 2, 1, 3], [0, 1, 0.5], [0, 0, -1, 1], [1, 0, 2]]) expect(() => odeint((y: Tensor) => y, 1, ts)).toThrow(/ts goes from/)
    for (const ts of [[0], [0, 0], [2, 2, 1], [0, 1, 1]]) expect(odeint((y: Tensor) => y, 1, ts).size).toBe(ts.length)
    expect(() => grad((y: Tensor) => np.sum(odeint((x: Tensor) => x, y, [0, 1, 0.5])))(1)).toThrow(/ts goes from 1 to 0.5/)
  })

  it('is as accurate as it is asked to be', () => {
    const at = (tol: number): number => Math.abs(Number((odeint(({ x, v }: { x: Tensor; v: Tensor }) => ({ x: v, v: x.neg() }), { x: 1, v: 0 }, [0, 10], [], { rtol: tol, atol: tol })).x.at(1).item()) - Math.cos(10))
    expect(at(1e-4)).toBeLessThan(1e-2)
    expect(at(1e-8)).toBeLessThan(1e-6)
    expect(at(1e-12)).toBeLessThan(1e-10)
  })

  it('works on trees, with arguments, in float32', () => {
    const { x, v } = odeint((s: { x: Tensor; v: Tensor }, _t: Tensor, k: Tensor) => ({ x: s.v, v: s.x.mul(k).neg() }), { x: np.array([1, 2]), v: np.zeros([2]) }, [0, 1, 2], [4])
    close(x, [0, 1, 2].map((t) => [Math.cos(2 * t), 2 * Math.cos(2 * t)]), 6)
    expect(v.shape).toEqual([3, 2])
    const single = odeint((y: Tensor) => y.neg(), np.array([1], { dtype: 'float32' }), [0, 1])
    expect(single.dtype).toBe('float32')
    close(single.at(1), [Math.exp(-1)], 5)
  })

  it('is NaN where the solution ends, or the steps do not suffice', () => {
    const blown = odeint((y: Tensor) => np.square(y), 1, [0, 0.5, 2])
    close(blown.at(1), 2, 6)
    expect(Number(blown.at(2).item())).toBeNaN()
    expect(Number(odeint((y: Tensor) => y.mul(-1000), 1, [0, 1], [], { maxSteps: 5 }).at(1).item())).toBeNaN()
    for (const gradient of ['direct', 'adjoint'] as const) {
      const f = (k: Tensor): Tensor => odeint((y: Tensor) => y.mul(k), 1, [0, 1], [], { maxSteps: 5, gradient }).at(1)
      expect([grad(f)(-1000), jvp(f, [-1000], [1])[1]].map((x) => Number(x.item()))).toEqual([NaN, NaN])
    }
  })

  it('says what does not fit', () => {
    expect(() => odeint(() => np.array([1, 2]), 1, [0, 1])).toThrow(/odeint: f: expected 1 elements, got 2/)
    expect(() => odeint((y: Tensor) => y, 1, 3)).toThrow(/odeint: ts has shape \[\]/)
  })
})

describe.each(['adjoint', 'direct'] as const)('the %s gradient of odeint', (gradient) => {
  const all = { argnums: [0, 1, 2, 3] } as const
  const times = (t0: Tensor, t1: Tensor): Tensor => np.stack([t0, t0.add(t1).mul(0.5), t1])
  /** y' = −a y t: y = y₀ exp(−a (t² − t₀²)/2). */
  const loss = (a: Tensor, y0: Tensor, t0: Tensor, t1: Tensor): Tensor => np.sum(np.square(odeint((y: Tensor, t: Tensor, k: Tensor) => k.mul(y).mul(t).neg(), y0, times(t0, t1), [a], { gradient })))
  const exact = (a: Tensor, y0: Tensor, t0: Tensor, t1: Tensor): Tensor => np.sum(np.square(y0.mul(np.exp(a.mul(-0.5).mul(np.square(times(t0, t1)).sub(np.square(t0)))))))
  const point = [0.7, 1.3, 0.2, 1.9].map((x) => np.array(x)) as [Tensor, Tensor, Tensor, Tensor]
  const want = grad(exact, all)(...point)

  it('is that of the closed form, by argument, state and times', () => {
    grad(loss, all)(...point).forEach((g, i) => close(g, want[i], 5.5))
    jit(grad(loss, all))(...point).forEach((g, i) => close(g, want[i], 5.5))
    ;(jacfwd(loss, all)(...point) as readonly Tensor[]).forEach((g, i) => close(g, want[i], 5.5))
    close(linearize(loss, point)[1](1, 1, 1, 1), jvp(loss, point, [1, 1, 1, 1])[1], 12)
  })

  it('has derivatives of its own', () => {
    close(hessian(loss)(...point), hessian(exact)(...point), 6)
    close(jacrev(grad(loss))(...point), hessian(exact)(...point), 6)
  })

  it('is mapped, inside and outside', () => {
    const ys = np.array([1.3, 2])
    const one = (y: Tensor): Tensor => loss(point[0], y, point[2], point[3])
    const other = (y: Tensor): Tensor => exact(point[0], y, point[2], point[3])
    close(vmap(one)(ys), vmap(other)(ys), 7)
    close(vmap(grad(one))(ys), vmap(grad(other))(ys), 7)
    const shared = (f: typeof loss) => grad((a: Tensor) => np.sum(vmap((y: Tensor) => f(a, y, point[2], point[3]))(ys)))(point[0])
    close(shared(loss), shared(exact), 7)
    close(vmap(vmap(grad(one)))(ys.reshape([1, 2])), (vmap(grad(other))(ys) as Tensor).reshape([1, 2]), 7)
  })

  it('goes by what f closes over', () => {
    close(grad((k: Tensor) => odeint((y: Tensor) => k.mul(y), 1, [0, 1], [], { gradient }).at(1))(0.5), Math.exp(0.5), 7)
    const W = np.array([[0, 1], [-1, -0.1]])
    const flow = (w: Tensor): Tensor => np.sum(odeint((y: Tensor) => np.tanh(np.matmul(w, y)), np.array([1, 0.5]), [0, 1, 2], [], { gradient }))
    const h = 1e-5
    const difference = [0, 1, 2, 3].map((i) => {
      const e = np.zeros([4]).set(i, h).reshape([2, 2])
      return flow(W.add(e)).sub(flow(W.sub(e))).div(2 * h)
    })
    close(grad(flow)(W), np.stack(difference).reshape([2, 2]), 6)
  })

  it('goes by times that coincide', () => {
    const f = (s: Tensor, t: Tensor): Tensor => odeint((y: Tensor) => y.mul(0.5), 2, np.stack([s, t]), [], { gradient }).at(1)
    const at = [np.array(1), np.array(1)] as const
    for (const got of [grad(f, { argnums: [0, 1] })(...at), jacfwd(f, { argnums: [0, 1] })(...at)]) close(np.stack(got as readonly Tensor[]), [-1, 1], 12)
  })

  it('skips integer arguments and unused results', () => {
    const f = (y0: Tensor, n: Tensor): Tensor => odeint((y: Tensor, _t: Tensor, k: Tensor) => y.mul(k), y0, [0, 1, 2], [n], { gradient }).at(1)
    close(grad(f)(np.array(1), np.array(2, { dtype: 'int32' })), Math.exp(2), 6)
  })
})
