/** Keys are ordinary arrays: what draws from them can be mapped, compiled, differentiated and printed. */
import { describe, expect, it } from 'vitest'
import { grad, jacrev, jit, jvp, makeJaxpr, vmap, type Tensor } from '../../src/index'
import { made } from '../../src/numpy/arguments'
import { ops } from '../../src/primitives/core'
import * as random from '../../src/random/index'

const key = random.key(42)
const keys = random.split(key, 5)
const weights = made(Float64Array.of(0.1, 0.2, 0.3, 0.15, 0.25), [5])
const matrix = made(Float64Array.from({ length: 12 }, (_, i) => i), [4, 3])

const draws: { readonly [name: string]: (k: Tensor) => Tensor } = {
  split: (k) => random.split(k, [2, 2]),
  foldIn: (k) => random.foldIn(k, 7),
  bits: (k) => random.bits(k, [3]),
  uniform: (k) => random.uniform(k, [2, 2], { minval: -2.5, maxval: 7.3 }),
  'uniform float32': (k) => random.uniform(k, [3], 'float32', -1, 2),
  normal: (k) => random.normal(k, [3]),
  'a scalar': (k) => random.normal(k),
  'no elements': (k) => random.normal(k, [0, 2]),
  truncatedNormal: (k) => random.truncatedNormal(k, -1, [1, 2, 3]),
  randint: (k) => random.randint(k, [4], 0, 10),
  'randint between arrays': (k) => random.randint(k, [2, 3], made(Int32Array.of(0, 10, 100), [3]), 200),
  bernoulli: (k) => random.bernoulli(k, 0.3, [6]),
  gumbel: (k) => random.gumbel(k, [3], { mode: 'high' }),
  categorical: (k) => random.categorical(k, weights, { shape: [6] }),
  permutation: (k) => random.permutation(k, 10),
  'permutation of rows': (k) => random.permutation(k, matrix),
  'permutation of each column': (k) => random.permutation(k, matrix, { independent: true }),
  choice: (k) => random.choice(k, matrix, [2], { axis: 1 }),
  gamma: (k) => random.gamma(k, made(Float64Array.of(0.3, 2, 10), [3])),
  beta: (k) => random.beta(k, 2, 3, [4], 'float32'),
  dirichlet: (k) => random.dirichlet(k, weights, [2]),
  'choice by probability': (k) => random.choice(k, 5, [7], { p: weights }),
  'choice without replacement': (k) => random.choice(k, 5, [3], { p: weights, replace: false }),
}

describe('random under transforms', () => {
  for (const [name, draw] of Object.entries(draws)) {
    it(`vmap over keys stacks the single results: ${name}`, () => {
      const batch = vmap(draw)(keys)
      for (let i = 0; i < 5; i++) expect(batch.at(i).toArray()).toEqual(draw(keys.at(i)).toArray())
    })
    it(`jit gives the same bits: ${name}`, () => {
      const compiled = jit(draw)
      const want = draw(key)
      const got = compiled(key)
      expect(got.dtype).toBe(want.dtype)
      expect(got.toArray()).toEqual(want.toArray())
      expect(compiled(keys.at(1)).toArray()).toEqual(draw(keys.at(1)).toArray())
      expect(compiled.traceCount).toBe(1)
    })
  }

  it('nested vmap, and vmap over what is folded in', () => {
    const grid = random.split(key, [2, 3])
    const nested = vmap(vmap((k: Tensor) => random.normal(k, [2])))(grid)
    for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) expect(nested.at(i, j).toArray()).toEqual(random.normal(grid.at(i, j), [2]).toArray())
    const counts = made(Int32Array.of(0, 1, 7, -1), [4])
    expect(vmap((i: Tensor) => random.foldIn(key, i))(counts).toArray()).toEqual([0, 1, 7, 2 ** 32 - 1].map((i) => random.foldIn(key, i).toArray()))
    const two = vmap((k: Tensor) => vmap((i: Tensor) => random.foldIn(k, i))(counts))(keys)
    expect(two.at(3, 2).toArray()).toEqual(random.foldIn(keys.at(3), 7).toArray())
    const turned = vmap((i: Tensor) => vmap((k: Tensor) => random.foldIn(k, i))(keys))(counts)
    expect(turned.at(2, 3).toArray()).toEqual(random.foldIn(keys.at(3), 7).toArray())
  })

  it('the key of a traced seed', () => {
    expect(jit((s: Tensor) => random.key(s))(made(Int32Array.of(5), [1]).at(0)).toArray()).toEqual(random.key(5).toArray())
  })

  it('differentiates through the bounds and what is done to the numbers', () => {
    const u = random.uniform(key).item() as number
    const f = (a: Tensor, b: Tensor): Tensor => random.uniform(key, [], { minval: a, maxval: b })
    const [da, db] = grad(f, { argnums: [0, 1] })(-1.5, 4)
    expect(da.item()).toBeCloseTo(1 - u, 14)
    expect(db.item()).toBeCloseTo(u, 14)
    const mean = (m: Tensor, s: Tensor): Tensor => ops.sum(random.normal(key, [3]).mul(s).add(m), [0])
    const [dm, ds] = grad(mean, { argnums: [0, 1] })(1, 2)
    expect(dm.item()).toBe(3)
    expect(ds.item()).toBe(random.normal(key, [3]).sum().item())
    const step = 1e-6
    const cut = (b: number | Tensor): Tensor => random.truncatedNormal(key, -1, b)
    const [, tangent] = jvp((b: Tensor) => cut(b), [1.5], [1])
    const difference = ((cut(1.5 + step).item() as number) - (cut(1.5 - step).item() as number)) / (2 * step)
    expect(tangent.item()).toBeCloseTo(difference, 8)
    const scaled = grad((s: Tensor) => random.weibullMin(key, s, 2))(3)
    expect(scaled.item()).toBeCloseTo((random.weibullMin(key, 3, 2).item() as number) / 3, 14)
  })

  it('gamma numbers move with their parameter as JAX says', () => {
    const a = made(Float64Array.of(0.05, 0.5, 1, 3, 40, 900, 2e4, 1e7), [8])
    const close = (x: Tensor, want: readonly number[], rtol: number): void => {
      const off = x.data().map((g, i) => Math.abs(g / want[i]! - 1))
      expect(Math.max(...off)).toBeLessThan(rtol)
    }
    const total = (f: (a: Tensor) => Tensor): Tensor => grad((p: Tensor) => ops.sum(f(p), [0]))(a)
    close(random.gamma(key, a), [5.286680022134247e-10, 0.014509096904634517, 0.4240212506845043, 3.324156146861164, 31.54434821755993, 855.5586137846578, 19784.119982206983, 9998369.496911624], 1e-12)
    const slopes = [2.2059005977459773e-7, 0.12528652224408424, 0.7335148441812523, 1.1122700834491797, 0.8896454824934483, 0.9750741538229195, 0.9945917638654246, 0.9999184870800547]
    close(total((p) => random.gamma(key, p)), slopes, 1e-11)
    close(total((p) => random.loggamma(key, p)), [417.25630991668163, 8.635032426040592, 1.7299011382026905, 0.33460223717211357, 0.028203007282242894, 0.0011396929890163429, 5.027222665248597e-5, 1.0000815506811566e-7], 1e-11)
    close(jacrev((b: Tensor) => random.dirichlet(key, b))(made(Float64Array.of(1, 2, 0.5), [3])).at(0), [0.274751152118821, -0.151352017119906, -0.052027665099581635], 1e-11)
    close(random.chisquare(key, 3, [3]), [3.4123750492211147, 1.9269875304255157, 8.271386696089039], 1e-13)
    expect(() => grad(grad((p: Tensor) => random.gamma(key, p)))(2)).toThrow(/first derivative/)
    expect(random.gamma(key, -1).item()).toBeNaN()
  })

  it('bounds that are traced integers', () => {
    const f = (a: Tensor, b: Tensor): Tensor => random.randint(key, [6], a, b)
    const [a, b] = [made(Int32Array.of(-5), [1]).at(0), made(Int32Array.of(5), [1]).at(0)]
    expect(jit(f)(a, b).toArray()).toEqual(random.randint(key, [6], -5, 5).toArray())
    expect(random.randint(key, [6], b, a).toArray()).toEqual([5, 5, 5, 5, 5, 5])
  })

  it('prints as a short program', () => {
    expect(String(makeJaxpr((k: Tensor) => random.uniform(k, [3]))(key))).toMatchInlineSnapshot(`
      "{ lambda ; a:u32[2]. let
          b:u32[3] c:u32[3] = threefry2x32[shape=(3,)] a 0:u32[]
          d:f64[3] = unit_interval[dtype=float64] b c
        in (d,) }"
    `)
  })
})

describe('random numbers', () => {
  const n = 20000
  /** How far mean and variance are off, in units of what is allowed. */
  const off = (x: Tensor, mean: number, variance: number): number => {
    const m = x.mean().item() as number
    const v = x.sub(m).square().mean().item() as number
    return Math.max(Math.abs(m - mean) / (5 * Math.sqrt(variance / n)), Math.abs(v / variance - 1) / 0.1)
  }
  it('have the mean and variance of their distribution', () => {
    const all = [
      off(random.uniform(key, [n]), 1 / 2, 1 / 12),
      off(random.normal(key, [n]), 0, 1),
      off(random.exponential(key, [n]), 1, 1),
      off(random.laplace(key, [n]), 0, 2),
      off(random.logistic(key, [n]), 0, Math.PI ** 2 / 3),
      off(random.gumbel(key, [n]), 0.5772156649015329, Math.PI ** 2 / 6),
      off(random.gumbel(key, [n], { mode: 'high' }), 0.5772156649015329, Math.PI ** 2 / 6),
      off(random.rayleigh(key, 2, [n]), 2 * Math.sqrt(Math.PI / 2), (4 - Math.PI) * 2),
      off(random.pareto(key, 8, [n]), 8 / 7, 8 / (49 * 6)),
      off(random.weibullMin(key, 2, 1, [n]), 2, 4),
      off(random.lognormal(key, 0.5, [n]), Math.exp(0.125), (Math.exp(0.25) - 1) * Math.exp(0.25)),
      off(random.gamma(key, 0.4, [n]), 0.4, 0.4),
      off(random.gamma(key, 7, [n]), 7, 7),
      off(random.beta(key, 2, 3, [n]), 0.4, 0.04),
      off(random.t(key, 20, [n]), 0, 20 / 18),
      off(random.rademacher(key, [n], 'float64'), 0, 1),
      off(random.randint(key, [n], 0, 7).astype('float64'), 3, 4),
      off(random.choice(key, 1000003, [n]).astype('float64'), 500001, 1000003 ** 2 / 12),
    ]
    for (const x of all) expect(x).toBeLessThan(1)
  })
  it('of choice without replacement are all different', () => {
    expect(new Set(random.choice(key, 1000, [1000], { replace: false }).data()).size).toBe(1000)
    expect(random.permutation(key, 0).shape).toEqual([0])
  })
})
