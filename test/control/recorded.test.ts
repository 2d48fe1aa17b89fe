/** Value and gradient of a loop are one run forward: bodies are counted where they are run, by a primitive that counts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backends, cond, definePrimitive, foriLoop, grad, hessian, hvp, jacrev, jet, jit, jvp, makeJaxpr, np, opaque, ops, primitives, scan, valueAndGrad, vjp, vmap, whileLoop, type Primitive, type Tensor } from 'adjoint'
import { forwardSteps, repetitions } from '../../src/control/schedule'
import { taken } from '../../src/control/kept'

/** sin x, as code that counts how often it runs. */
function counting(): { readonly prim: Primitive; readonly runs: () => number } {
  let n = 0
  const prim = definePrimitive({
    ...primitives.find((p) => p.name === 'sin')!,
    name: 'counted_sin',
    simplify: undefined,
    kernel: opaque(() => ([x], [y]) => {
      n++
      x!.forEach((v, i) => void (y![i] = Math.sin(v)))
    }),
  })
  return { prim, runs: () => n }
}

type F = (x: Tensor) => Tensor
const traced = (n: number): Tensor => np.array(n, { dtype: 'int32' })
/** A loop of a body of one counted operation; how many steps it makes is not known beforehand, or is. */
const kinds: Readonly<Record<string, (step: F, checkpoint?: number) => F>> = {
  whileLoop: (step, checkpoint) => (x) => whileLoop((s: [Tensor, Tensor]) => np.less(s[1], 12), ([c, i]: [Tensor, Tensor]) => [step(c), np.add(i, 1)] as [Tensor, Tensor], [x, np.array(0)] as [Tensor, Tensor], checkpoint === undefined ? {} : { checkpoint })[0],
  foriLoop: (step, checkpoint) => (x) => foriLoop(0, traced(12), (_i, c: Tensor) => step(c), x, checkpoint === undefined ? {} : { checkpoint }),
  scan: (step, checkpoint) => (x) => scan((c: Tensor) => [step(c), null] as const, x, null, { length: 12, ...(checkpoint === undefined ? {} : { checkpoint }) })[0],
}

describe.each(Object.entries(kinds))('%s', (name, loop) => {
  const counted = (transform: (f: F) => (x: Tensor) => unknown, x: Tensor | number, checkpoint?: number): number => {
    const { prim, runs } = counting()
    // The pullback needs sin of the carry, so that a step that is only turned is known to run it once more where nothing was kept.
    const f = loop((c) => np.square(ops.bind(prim, [c], {})[0] as Tensor), checkpoint)
    const before = runs()
    transform((v) => np.square(f(v)))(x as Tensor)
    return runs() - before
  }
  it('runs 12 steps for a value and a gradient', () => {
    for (const run of [valueAndGrad, (f: F) => jit(valueAndGrad(f)), grad, (f: F) => jit(grad(f))] as const) expect(counted(run as never, 0.5)).toBe(12)
    expect(counted((f) => (x) => vjp(f, [x])[1](1), 0.5)).toBe(12)
    expect(counted((f) => (x) => { vjp(f, [x]) }, 0.5)).toBe(12)
  })
  it('also under vmap, and of vmap', () => {
    const xs = np.array([0.3, 0.5, 0.9])
    expect(counted((f) => vmap(valueAndGrad(f)) as never, xs)).toBe(12)
    expect(counted((f) => jit(vmap(valueAndGrad(f))) as never, xs)).toBe(12)
    expect(counted((f) => valueAndGrad((v: Tensor) => np.sum(vmap(f)(v))) as never, xs)).toBe(12)
  })
  it('also inside of a scan, of a loop and of a branch', () => {
    expect(counted((f) => valueAndGrad((x: Tensor) => scan((c: Tensor) => [f(np.multiply(c, x)), null] as const, x, null, { length: 5 })[0]), 0.9)).toBe(60)
    expect(counted((f) => jit(valueAndGrad((x: Tensor) => foriLoop(0, traced(5), (_i, c: Tensor) => f(np.multiply(c, x)), x))), 0.9)).toBe(60)
    expect(counted((f) => valueAndGrad((x: Tensor) => cond(np.greater(x, 0), f, (v: Tensor) => v, x)), 0.9)).toBe(12)
  })
  it('runs them once also for a derivative along a direction, with all that comes before it', () => {
    const along: Readonly<Record<string, (f: F) => (x: Tensor) => unknown>> = {
      'jvp of grad': (f) => (x) => jvp(grad(f), [x], [1]),
      hvp: (f) => (x) => hvp(f, [x], [np.array(2)]),
      'value, gradient and derivatives of both': (f) => (x) => jvp(valueAndGrad(f) as never, [x], [1]),
      'of a pullback': (f) => (x) => jvp((v: Tensor) => vjp(f, [v])[1](v)[0] as Tensor, [x], [1]),
      'third order': (f) => (x) => jvp((v: Tensor) => hvp(f, [v], [1]), [x], [1]),
      'fourth order': (f) => (x) => jvp((u: Tensor) => jvp((v: Tensor) => hvp(f, [v], [1]), [u], [1])[1], [x], [1]),
      'of a compiled function': (f) => (x) => jvp(jit(valueAndGrad(f)) as never, [x], [1]),
    }
    for (const [what, transform] of Object.entries(along)) {
      expect([what, counted(transform, 0.5)]).toEqual([what, 12])
      expect([what, counted((f) => jit(transform(f) as F), 0.5)]).toEqual([what, 12])
    }
    const xs = np.array([0.3, 0.5, 0.9])
    expect(counted((f) => vmap(along.hvp!(f) as F), xs)).toBe(12)
    expect(counted((f) => (x) => vmap((t: Tensor) => hvp(f, [0.5], [t]))(x), xs)).toBe(12)
    expect(counted((f) => (x) => hvp((v: Tensor) => np.sum(vmap(f)(v)), [x], [x]), xs)).toBe(12)
    const step = (f: F) => (x: Tensor): Tensor => scan((c: Tensor) => [f(np.multiply(c, x)), null] as const, x, null, { length: 5 })[0]
    expect(counted((f) => along.hvp!(step(f)), 0.9)).toBe(60)
    expect(counted((f) => along.hvp!((x: Tensor) => foriLoop(0, traced(5), (_i, c: Tensor) => f(np.multiply(c, x)), x)), 0.9)).toBe(60)
    expect(counted((f) => along.hvp!((x: Tensor) => cond(np.greater(x, 0), f, (v: Tensor) => v, x)), 0.9)).toBe(12)
  })
  it('with few carries kept, as many more as the schedule says', () => {
    const least = forwardSteps(12, 3)
    // Each step is run once more where it is turned; the last one also for the value.
    const both = counted(valueAndGrad as never, 0.5, 3)
    if (name === 'scan') expect(both).toBe(least + 12 + 1)
    else expect(both).toBeLessThanOrEqual((Math.max(1, repetitions(12, 3)) + 1) * 12)
    expect(counted((f) => jit(valueAndGrad(f)) as never, 0.5, 3)).toBe(both)
    expect(counted((f) => vmap(valueAndGrad(f)) as never, np.array([0.3, 0.5]), 3)).toBe(both)
    expect(counted((f) => (x) => hvp(f, [x], [1]), 0.5, 3)).toBe(both)
    expect(counted((f) => jit((x: Tensor) => jvp(valueAndGrad(f) as never, [x], [1]) as never), 0.5, 3)).toBe(both)
    expect(counted((f) => (x) => jvp((v: Tensor) => hvp(f, [v], [1]), [x], [1]), 0.5, 3)).toBe(both)
  })
})

describe('a run', () => {
  const { prim, runs } = counting()
  const f: F = (x) => kinds.whileLoop!((c) => np.square(ops.bind(prim, [c], {})[0] as Tensor))(x)
  it('is taken once: a pullback that is used again runs the loop again, to the same bits', () => {
    const [, pullback] = vjp(f, [0.5])
    const before = runs()
    const item = (): unknown => (pullback(1)[0] as Tensor).item()
    const first = item()
    expect(runs() - before).toBe(0)
    expect(item()).toBe(first)
    expect(runs() - before).toBe(12)
  })
  it('is given up where too many wait', () => {
    const big = (x: Tensor): Tensor => np.sum(foriLoop(0, traced(40), (_i, c: Tensor) => np.square(np.sin(c)), np.multiply(x, np.linspace(0.1, 1, 20_000))))
    const waiting = Array.from({ length: 12 }, (_, k) => vjp(big, [1 + k / 8])[1])
    const again = Array.from({ length: 12 }, (_, k) => grad(big)(1 + k / 8).item())
    expect(waiting.map((p) => (p(1)[0] as Tensor).item())).toEqual(again)
  })
  it('has a number that nobody else has', () => {
    const p = makeJaxpr(f)(0.5).jaxpr
    for (const n of [0, -1, NaN, 0.5, 1e9]) expect(taken(n, p)).toBeUndefined()
  })
})

describe('value, gradient and what is beyond', () => {
  const data = fc.record({ x: fc.double({ min: 0.2, max: 1.5, noNaN: true }), checkpoint: fc.constantFrom(undefined, 1, 3), steps: fc.integer({ min: 0, max: 7 }) })
  const unrolled = (steps: number): F => (x) => {
    let [c, s] = [np.multiply(x, 1), np.array(0)]
    for (let t = 0; t < steps; t++) {
      s = np.add(s, np.multiply(c, c))
      c = np.multiply(np.sin(np.add(c, x)), 1.5)
    }
    return np.add(c, s)
  }
  const step = (x: Tensor, [c, s]: readonly [Tensor, Tensor]): [Tensor, Tensor] => [np.multiply(np.sin(np.add(c, x)), 1.5), np.add(s, np.multiply(c, c))]
  const sum = ([c, s]: readonly [Tensor, Tensor]): Tensor => np.add(c, s)
  const loops = (steps: number, checkpoint?: number): readonly F[] => {
    const how = checkpoint === undefined ? {} : { checkpoint }
    const init = (x: Tensor): [Tensor, Tensor] => [x, np.array(0)]
    return [
      (x) => sum(foriLoop(0, traced(steps), (_i, c) => step(x, c as never), init(x), how) as never),
      (x) => {
        const [last, ys] = scan((c: readonly [Tensor, Tensor]) => [step(x, c), np.multiply(c[0], c[0])] as const, init(x) as never, null, { length: steps, ...how }) as never as [[Tensor, Tensor], Tensor]
        return np.add(last[0], np.sum(ys))
      },
    ]
  }
  const flat = (t: unknown): number[] => (Array.isArray(t) ? t.flatMap(flat) : Array.from((t as Tensor).data() as Float64Array))
  const close = (a: unknown, b: unknown): void => {
    const [x, y] = [flat(a), flat(b)]
    expect(x.length).toBe(y.length)
    x.forEach((v, i) => expect(Math.abs(v - y[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(y[i]!))))
  }
  it('are those of the unrolled loop', () => {
    fc.assert(
      fc.property(data, ({ x, checkpoint, steps }) => {
        const want = unrolled(steps)
        const xs = np.array([x, x / 2, -x])
        for (const f of loops(steps, checkpoint)) {
          for (const t of [valueAndGrad, (g: F) => jit(valueAndGrad(g)), (g: F) => grad(grad(g)), (g: F) => valueAndGrad(grad(g)), (g: F) => grad((v: Tensor) => valueAndGrad(g)(v)[1]), hessian, (g: F) => (v: Tensor) => jvp(valueAndGrad(g) as never, [v], [1]), (g: F) => (v: Tensor) => hvp(g, [v], [2]), (g: F) => (v: Tensor) => jet(grad(g), [v], [[1, 0]]).flat()] as const)
            close((t as (g: F) => (v: number) => unknown)(f)(x), (t as (g: F) => (v: number) => unknown)(want)(x))
          for (const t of [(g: F) => vmap(valueAndGrad(g)), (g: F) => vmap(grad(grad(g))), (g: F) => valueAndGrad((v: Tensor) => np.sum(vmap(g)(v))), (g: F) => jacrev(vmap(g)), (g: F) => vmap((a: Tensor) => vjp(g, [a])[1](2))] as const)
            close((t as (g: F) => (v: Tensor) => unknown)(f)(xs), (t as (g: F) => (v: Tensor) => unknown)(want)(xs))
        }
      }),
      { numRuns: 12 },
    )
  })
  it('also along what moves only the condition, or only the cotangents', () => {
    const { prim, runs } = counting()
    // x·1.5ᵏ, the first that is not below y; the body counts.
    const loop = (x: Tensor, y: Tensor): Tensor => whileLoop((c: Tensor) => np.less(c, y), (c) => np.add(np.multiply(c, 1.5), np.multiply(0, ops.bind(prim, [c], {})[0] as Tensor)), x)
    const g = (x: Tensor | number, y: Tensor | number, z: Tensor | number): Tensor => grad((v: Tensor) => np.multiply(z, loop(v, np.asarray(y))))(x as Tensor)
    const ahead: readonly (readonly [what: string, f: F, at: number, tangent: number, steps: number])[] = [
      ['the condition', (y) => g(1, y, 2), 7, 0, 5],
      // Two sweeps back over one run: the second makes it again.
      ['the cotangents', (z) => g(1, 7, z), 2, 1.5 ** 5, 10],
      ['both', (t) => g(1, np.add(t, 5), t), 2, 1.5 ** 5, 10],
      ['all', (t) => g(np.divide(t, 2), np.add(t, 5), t), 2, 1.5 ** 5, 5],
    ]
    for (const [what, f, at, want, steps] of ahead)
      for (const by of [f, jit(f)]) {
        const before = runs()
        const [value, tangent] = jvp(by, [at], [1]) as unknown as [Tensor, Tensor]
        expect([what, value.item(), tangent.item(), runs() - before]).toEqual([what, 2 * 1.5 ** 5, want, steps])
      }
  })
  it('the same of scans that keep few carries', () => {
    const { prim, runs } = counting()
    const f = kinds.scan!((c) => np.square(ops.bind(prim, [c], {})[0] as Tensor), 2)
    const g = (x: Tensor | number, z: Tensor | number): Tensor => grad((v: Tensor) => np.multiply(z, f(v)))(x as Tensor)
    const steps = (by: () => unknown): number => {
      const before = runs()
      by()
      return runs() - before
    }
    const once = steps(() => g(0.5, 2))
    expect(steps(() => jvp((x: Tensor) => g(x, 2), [0.5], [1]))).toBe(once)
    expect(steps(() => jvp((z: Tensor) => g(0.5, z), [2], [1]))).toBe(2 * once)
    const [value, tangent] = jvp((z: Tensor) => g(0.5, z), [2], [1]) as unknown as [Tensor, Tensor]
    expect([value.item(), tangent.item()]).toEqual([g(0.5, 2).item(), g(0.5, 1).item()])
  })
  it('have the same bits by all backends', () => {
    fc.assert(
      fc.property(data, ({ x, checkpoint, steps }) => {
        for (const f of loops(steps, checkpoint)) {
          const by = backends.map((b) => jit(valueAndGrad(f), { backend: b.name as 'js' })(x))
          for (const r of by) expect(r.map((t) => t.item())).toEqual(by[0]!.map((t) => t.item()))
        }
      }),
      { numRuns: 10 },
    )
  })
})
