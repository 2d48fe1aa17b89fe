/** Kernels in straight lines against their loops: the direct backend runs the loops, the others what is in parts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backends, grad, jet, jit, np, vmap, type Tensor } from 'adjoint'

type Unary = (x: Tensor) => Tensor

const functions: Readonly<Record<string, Unary>> = {
  product: (x) => x.mul(x),
  quotient: (x) => np.divide(1, x),
  power: (x) => np.power(x, -3),
  both: (x) => np.divide(np.sin(x), np.add(1, x)),
  exp: (x) => np.exp(x),
  tanh: (x) => np.tanh(x),
  sin: (x) => np.sin(x),
  cosh: (x) => np.cosh(x),
  log: (x) => np.log(x),
  arctan: (x) => np.arctan(x),
  root: (x) => np.sqrt(np.add(x, 1)),
  chain: (x) => np.multiply(np.exp(np.sin(x)), np.log(np.add(2, np.square(x)))),
  chosen: (x) => np.where(np.greater(x, 0), np.square(x), np.multiply(3, x)),
}

const number = fc.oneof(fc.double({ min: -2, max: 2, noNaN: true }), fc.constantFrom(0, -0, 1, Infinity, NaN))
const jets = fc.record({
  name: fc.constantFrom(...Object.keys(functions)),
  order: fc.integer({ min: 1, max: 9 }),
  shape: fc.constantFrom([], [1], [3], [2, 2]),
  dtype: fc.constantFrom('float64', 'float32'),
}).chain(({ order, shape, ...rest }) =>
  fc.record({ name: fc.constant(rest.name), shape: fc.constant(shape), dtype: fc.constant(rest.dtype), values: fc.array(fc.array(number, { minLength: 4, maxLength: 4 }), { minLength: order + 1, maxLength: order + 1 }) }),
)

const flat = (r: unknown): number[][] => (Array.isArray(r) ? r.flatMap(flat) : [Array.from((r as Tensor).data() as Float64Array)])

describe.each(backends.filter((b) => b.name !== 'direct'))('$name', ({ name: backend }) => {
  const agrees = (wrap: (f: Unary) => (...xs: Tensor[]) => unknown): void =>
    fc.assert(
      fc.property(jets, ({ name, shape, dtype, values }) => {
        const n = shape.reduce((p: number, e) => p * e, 1)
        const xs = values.map((v) => np.reshape(np.array(v.slice(0, n), { dtype: dtype as 'float64' }), shape))
        const run = (by: string): number[][] => flat(jit(wrap(functions[name]!), { backend: by as 'direct' })(...xs))
        expect(run(backend)).toEqual(run('direct'))
      }),
      { numRuns: 150 },
    )
  it('gives the bits of the loops', () => agrees((f) => (x, ...series) => jet(f, [x!], [series])))
  it('also of batches, whose coefficients are not the leading axis', () =>
    agrees((f) => (...xs) => vmap((x: Tensor, ...series: Tensor[]) => jet(f, [x], [series]))(...(xs.map((x) => np.stack([x, x, x])) as [Tensor]))))
  it('also of gradients, whose coefficients are reversed', () =>
    agrees((f) => (...xs) => {
      const last = (x: Tensor, ...series: Tensor[]): Tensor => np.sum(jet(f, [x], [series])[1].at(-1)!)
      return grad(last, { argnums: xs.map((_, i) => i) })(...(xs as [Tensor]))
    }))
})

describe('parts', () => {
  const order = (d: number): string => jit((x: Tensor, ...series: Tensor[]) => jet((v: Tensor) => np.divide(np.sin(v), v), [x], [series]), { backend: 'js' }).lower(...(Array.from({ length: d + 1 }, (_, k) => k + 1) as unknown as [Tensor])).toString()
  it('make a program of few coefficients one of numbers', () => expect(order(5)).toMatch(/0 steps/))
  it('leave many coefficients to loops', () => expect(order(20)).toContain('series_div'))
})
