/** Laplacians, exact and estimated, and mixed partials, against Hessians and nested grad. */
import { describe, expect, it } from 'vitest'
import { cond, foriLoop, grad, hessian, jacrev, jit, makeJaxpr, np, vmap, whileLoop, type Tensor } from '../../src/index'
import * as random from '../../src/random/index'
import { laplacian, laplacianEstimate, mixedPartial } from '../../src/transforms/laplacian'

type Field = (x: Tensor) => Tensor
const v = (...xs: number[]): Float64Array => Float64Array.from(xs)
const trace = (f: Field) => (x: unknown): Tensor => np.trace(hessian(f)(x as never) as unknown as Tensor)
const near = (got: Tensor, want: Tensor | number, tolerance = 1e-11): void => expect(np.allclose(got, want, { rtol: tolerance, atol: tolerance }).item(), `${String(got)} for ${String(want)}`).toBe(true)
const w = np.array([[0.5, -1, 0.3, 0.2], [1.1, 0.4, -0.7, 0.9], [0.1, 0.6, 0.8, -0.5]])

const fields: { readonly [name: string]: Field } = {
  network: (x) => np.sum(np.tanh(np.matmul(w, np.tanh(np.multiply(x, 1.3))))),
  composed: (x) => np.add(np.sum(np.sin(np.multiply(x, np.flip(x)))), np.prod(np.exp(np.divide(x, np.add(2, np.square(x)))))),
  quadratic: (x) => np.sum(np.square(x)),
  linear: (x) => np.sum(x),
  kinks: (x) => np.sum(np.maximum(np.square(x), np.abs(np.sin(x)))),
  dot: (x) => np.dot(np.sin(x), np.exp(x)),
  loop: (x) => np.sum(foriLoop(0, 3, (_i, c: Tensor) => np.sin(np.multiply(c, x)), x) as Tensor),
  while: (x) => np.sum(whileLoop((c: Tensor) => np.less(np.sum(c), 50), (c: Tensor) => np.multiply(c, np.add(1.5, np.multiply(0.1, np.sin(c)))), x) as Tensor),
  cond: (x) => cond(np.less(np.sum(x), 99), (y: Tensor) => np.sum(np.exp(y)), (y: Tensor) => np.sum(y), x) as Tensor,
}

describe('laplacian', () => {
  const x = v(0.3, 0.7, -0.4, 1.1)
  for (const [name, f] of Object.entries(fields)) it(`is the trace of the Hessian: ${name}`, () => near(laplacian(f)(x) as Tensor, trace(f)(x)))
  it('of each element of a result, by a tree of arguments', () => {
    const f = (p: { a: Tensor; b: Tensor }, c: Tensor): Tensor[] => [np.multiply(np.square(p.a), np.sum(np.square(p.b))), np.multiply(c, np.sum(p.b))]
    const [y, z] = laplacian(f)({ a: 3, b: v(1, 2) } as never, 5 as never)
    // 2 Σ b² + 2 · 2 a²
    near(y!, 2 * 5 + 4 * 9)
    near(z!, 0)
  })
  it('composes with jit, vmap and grad', () => {
    const f = fields.composed!
    near(jit(laplacian(f) as Field)(x), trace(f)(x))
    const xs = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, -0.6, 0.7, 0.8]])
    near(vmap(laplacian(f) as Field)(xs), vmap(trace(f) as Field)(xs))
    near(grad(laplacian(f) as Field)(x), grad(trace(f) as Field)(x))
    near(grad(laplacian(fields.loop!) as Field)(x), grad(trace(fields.loop!) as Field)(x), 1e-9)
  })
  it('makes no Hessian: nothing has more than n arrays of the size of a value', () => {
    const n = 16
    const p = makeJaxpr(laplacian((t: Tensor) => np.sum(np.tanh(np.sin(t)))))(np.ones([n])).jaxpr
    const largest = Math.max(...p.eqns.flatMap((e) => e.outs.map((o) => o.aval.shape.reduce((a, b) => a * b, 1))))
    expect(largest).toBeLessThanOrEqual(n * n)
  })
  it('refuses integers', () => {
    expect(() => laplacian((t: Tensor) => np.sum(t))(Int32Array.of(1, 2))).toThrow(/laplacian: x is .*int32|i32/)
  })
})

describe('laplacianEstimate', () => {
  const x = v(0.3, 0.7, -0.4, 1.1)
  const f = fields.composed!
  it('is unbiased, and reproducible', () => {
    const exact = (laplacian(f)(x) as Tensor).item() as number
    const one = laplacianEstimate(f, { key: random.key(1), samples: 4000 })(x) as Tensor
    expect(Math.abs((one.item() as number) - exact)).toBeLessThan(0.15)
    expect(one.item()).toBe((laplacianEstimate(f, { key: random.key(1), samples: 4000 })(x) as Tensor).item())
    const keys = random.split(random.key(2), 600)
    const draws = vmap((key: Tensor) => laplacianEstimate(f, { key, samples: 1, method: 'stde' })(x) as Tensor)(keys)
    expect(Math.abs((np.mean(draws).item() as number) - exact)).toBeLessThan(0.25)
  })
  it('is exact where signs do not matter, or all coordinates are drawn', () => {
    near(laplacianEstimate(fields.quadratic!, { key: random.key(0) })(x) as Tensor, 8)
    near(laplacianEstimate(f, { key: random.key(0), samples: 4, method: 'stde' })(x) as Tensor, laplacian(f)(x) as Tensor)
    near(laplacianEstimate(f, { key: random.key(0), samples: 9, method: 'stde' })(x) as Tensor, laplacian(f)(x) as Tensor)
  })
  it('refuses what is no number of samples, no method', () => {
    expect(() => laplacianEstimate(f, { key: random.key(0), samples: 0 })).toThrow(/samples 0/)
    expect(() => laplacianEstimate(f, { key: random.key(0), method: 'x' as never })).toThrow(/method x/)
  })
})

describe('mixedPartial', () => {
  const g: Field = (x) => np.multiply(np.exp(np.multiply(x.at(0), x.at(1))), np.sin(np.multiply(x.at(2), x.at(0))))
  const at = [0.3, 0.5, 0.7]
  /** By nested grad, one coordinate after another. */
  const nested = (alpha: readonly number[]): number => {
    let f = g
    alpha.forEach((a, i) => {
      for (let k = 0; k < a; k++) {
        const inner = f
        f = (x) => grad(inner)(x).at(i)
      }
    })
    return f(np.array(at)).item() as number
  }
  for (const alpha of [[0, 0, 0], [1, 0, 0], [0, 3, 0], [1, 1, 0], [2, 1, 1], [0, 2, 2], [1, 1, 1], [3, 1, 0]])
    it(`∂^(${String(alpha)})`, () => near(mixedPartial(g, v(...at), alpha), nested(alpha), 1e-9))
  it('of trees of results', () => {
    const y = mixedPartial((x: Tensor) => ({ a: np.prod(x), b: np.sum(x) }), v(2, 3), [1, 1])
    near(y.a, 1)
    near(y.b, 0)
  })
  it('agrees with jacobians of gradients', () => {
    near(mixedPartial(g, v(...at), [0, 1, 1]), (jacrev(grad(g) as Field)(np.array(at)) as unknown as Tensor).at(1, 2))
  })
  it('refuses another number of orders', () => {
    expect(() => mixedPartial(g, v(...at), [1, 1])).toThrow(/alpha is \[1,1\] for 3 coordinates/)
  })
})
