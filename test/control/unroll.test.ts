/** Unrolled scans: the same results from fewer, longer turns of the loop; and the memory of loops. */
import { describe, expect, it } from 'vitest'
import { assert, boolean, integer, property } from 'fast-check'
import { backends, foriLoop, grad, hessian, jit, jvp, makeJaxpr, np, scan, vmap, whileLoop, type Backend, type Tensor } from '../../src/index'
import { forwardSteps, repetitions } from '../../src/control/schedule'
import { repeated } from '../../src/control/scan-kernel'
import { scanPrimitive } from '../../src/control/scan'
import type { Scan } from '../../src/control/scan-types'
import type { Jaxpr } from '../../src/ir/types'

const loop = (options: object, length = 7) => (x: Tensor): Tensor => {
  const step = (c: { s: Tensor; k: Tensor }, t: Tensor): readonly [{ s: Tensor; k: Tensor }, readonly Tensor[]] => {
    const s = np.sin(c.s).mul(np.add(1, np.multiply(t, x))).add(np.multiply(0.01, c.k))
    return [{ s, k: np.add(c.k, 1) }, [np.square(s), c.k]]
  }
  const [last, [ys, ks]] = scan(step, { s: np.multiply(x, np.array([1, 2])), k: np.array(0, { dtype: 'int32' }) }, np.linspace(0, 1, length), options) as unknown as [{ s: Tensor }, Tensor[]]
  return np.sum(ys!).add(np.sum(np.multiply(last.s, 2))).add(np.sum(np.multiply(ks!, x)))
}

describe('unroll', () => {
  it('changes no bit, whatever remains', () => {
    assert(property(integer({ min: 0, max: 9 }), integer({ min: 1, max: 11 }), boolean(), boolean(), (length, unroll, reverse, whole) => {
      const [f, g] = [loop({ reverse, unroll: whole ? true : unroll }, length), loop({ reverse }, length)]
      const views: ((h: typeof f) => unknown)[] = [(h) => h(np.array(0.4)), (h) => grad(h)(0.4), (h) => jvp(h, [0.4], [1]), (h) => jit(hessian(h))(0.4), (h) => vmap(grad(h))(np.array([0.4, 0.5]))]
      for (const view of views) expect(JSON.stringify(view(f))).toBe(JSON.stringify(view(g)))
    }), { numRuns: 25 })
  })
  it('runs so many copies in one turn of the loop, the rest one by one', () => {
    const turns = (length: number, unroll: number | boolean): readonly [equations: number, runs: number][] => {
      const e = makeJaxpr((x: Tensor) => loop({ unroll }, length)(x))(0.5).jaxpr.eqns.find((q) => q.prim === scanPrimitive)!
      if (e.prim.kernel._tag !== 'Programs') throw new Error('not a kernel of programs')
      const avals = [e.inputs, e.outs].map((vs) => vs.map((v) => v.aval))
      const counts: [number, number][] = []
      const run = e.prim.kernel.make((p) => {
        const entry: [number, number] = [(p as Jaxpr).eqns.length, 0]
        counts.push(entry)
        return () => void entry[1]++
      }, avals[0]!, avals[1]!, e.params)
      const buffers = avals.map((group) => group.map((a) => new Float64Array(a.shape.reduce((n, k) => n * k, 1))))
      run(buffers[0]!, buffers[1]!)
      return counts
    }
    const one = turns(7, 1)[0]![0]
    expect(turns(7, 1)).toEqual([[one, 7]])
    expect(turns(7, 7).map(([, n]) => n)).toEqual([1])
    expect(turns(7, true).map(([, n]) => n)).toEqual([1])
    const [[three, blocks], [single, rest]] = turns(7, 3) as [[number, number], [number, number]]
    expect([blocks, rest, single]).toEqual([2, 1, one])
    // Copies share what does not change from step to step.
    expect(three).toBeGreaterThan(2 * one)
    expect(three).toBeLessThanOrEqual(3 * one)
    const { params } = makeJaxpr((x: Tensor) => loop({ unroll: 3 })(x))(0.5).jaxpr.eqns.find((q) => q.prim === scanPrimitive)!
    const { carries, body, consts } = params as unknown as Scan
    const long = repeated(params as unknown as Scan, 3)
    expect([long.inputs.length, long.outs.length]).toEqual([consts + carries + 3 * (body.inputs.length - consts - carries), carries + 3 * (body.outs.length - carries)])
  })
  it('of foriLoop; and is written where a program is shown', () => {
    const f = (unroll: number | boolean) => (x: Tensor): Tensor => foriLoop(0, 5, (i, c: Tensor) => np.multiply(c, x).add(i), x, { unroll })
    expect(f(2)(np.array(0.5)).item()).toBe(f(1)(np.array(0.5)).item())
    expect(String(makeJaxpr(f(2))(0.5))).toMatch(/unroll=2/)
    expect(String(makeJaxpr(grad(f(true)))(0.5))).toMatch(/unroll=5/)
    expect(String(makeJaxpr(f(1))(0.5))).not.toMatch(/unroll/)
  })
  it('refuses what is no number of copies', () => {
    for (const unroll of [0, -2, 1.5, false]) expect(() => loop({ unroll })(np.array(1))).toThrow(/scan: unroll .*\n.*positive integer/)
  })
})

/** Bytes that the kernel of a gradient keeps, after a run. */
function live(f: (x: Tensor) => Tensor, x: Tensor, backend: Backend = backends[0]!): { readonly bytes: number; readonly slope: number } {
  const { jaxpr, consts } = makeJaxpr(grad(f))(x)
  const kernel = backend.compile(jaxpr)
  const inputs = [...consts, x].map((t) => (t.ndim === 0 ? Number(t.item()) : t.data()))
  const [out] = kernel.run(inputs)
  return { bytes: kernel.bytes, slope: typeof out === 'number' ? out : Number(out![0]) }
}

describe('bytes of a gradient through 1e5 steps', () => {
  const steps = 100000
  const state = 8
  const damped = (c: Tensor): Tensor => np.add(np.multiply(c, 0.9999), np.multiply(1e-4, np.sin(c)))
  const known = (options: object) => (x: Tensor): Tensor => np.sum(foriLoop(0, steps, (_i, c: Tensor) => damped(c), x, options))
  const unknown = (options: object) => (x: Tensor): Tensor => np.sum(foriLoop(0, np.array(steps, { dtype: 'int32' }), (_i, c: Tensor) => damped(c), x, options))
  const x = np.linspace(0.1, 1, state)
  it.each([['known', known], ['unknown', unknown]] as const)('of %s number: carries, not residuals, are kept', (_what, f) => {
    const plain = live(f({}), x)
    const few = live(f({ checkpoint: 50 }), x)
    expect(few.slope).toBe(plain.slope)
    // Of each step at least one vector of the state's length, against 50 carries (a counter beside the state) and a few of one step.
    expect(plain.bytes).toBeGreaterThan(steps * state * 8)
    expect(few.bytes).toBeLessThan((50 + 10) * (state + 1) * 8 + 2048)
    expect([forwardSteps(steps, 50), repetitions(steps, 50)]).toEqual([375196, 4])
  })
  it('does not grow with the number of steps', () => {
    const at = (n: number): number => live((v) => np.sum(foriLoop(0, n, (_i, c: Tensor) => damped(c), v, { checkpoint: 20 })), x).bytes
    expect(at(4000)).toBe(at(1000))
  })
  it.each(backends.map((b) => [b.name, b] as const))('of a while that ends by its values: %s', (_name, backend) => {
    const f = (options: object) => (v: Tensor): Tensor => np.sum(whileLoop((c: Tensor) => np.greater(np.max(c), 0.02), (c) => np.multiply(0.9999, np.sin(c)), v, options))
    expect(live(f({ checkpoint: 10 }), x, backend).slope).toBe(live(f({}), x, backend).slope)
    expect(live(f({ checkpoint: 10 }), x, backend).bytes).toBeLessThan(live(f({}), x, backend).bytes / 10)
  })
})
