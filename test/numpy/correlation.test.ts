/** Correlation as one primitive: the bits of all backends, the laws, and what each wrong rule is noticed by. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jit, jvp, np, vmap, type Tensor } from '../../src'
import { checkGrads } from '../../src/debug'
import { backends } from '../../src/control/backends'
import { correlation } from '../../src/numpy/correlation'
import { definePrimitive, ops, type Ops, type Primitive } from '../../src'
import { check, rule, tensor } from 'adjoint/laws'
import { named, scaled, violation } from '../teeth/wrong'

const line = (n: number, seed: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i))
const defined = (a: readonly number[], v: readonly number[]): number[] => Array.from({ length: a.length - v.length + 1 }, (_, i) => v.reduce((s, x, j) => s + a[i + j]! * x, 0))

describe('correlation', () => {
  it('has the same bits on all backends, whatever the lengths', () => {
    for (const [n, m] of [[1, 1], [5, 1], [5, 5], [9, 2], [40, 7], [700, 300], [2100, 3]] as const)
      for (const dtype of ['float64', 'float32', 'int32'] as const) {
        const [a, v] = [line(n, 1), line(m, 2)].map((x) => np.array(dtype === 'int32' ? x.map((y) => Math.round(9 * y)) : x, { dtype }))
        const plain = np.correlate(a!, v!, 'valid')
        if (dtype !== 'float32') defined(a!.toArray() as number[], v!.toArray() as number[]).forEach((x, i) => expect(Number(plain.data()[i])).toBeCloseTo(x, 9))
        for (const { name } of backends) {
          const run = jit((x: Tensor, y: Tensor) => np.correlate(x, y, 'valid'), { backend: name as 'js' })
          expect(run(a!, v!).data(), `${name} ${dtype} ${n} ${m}`).toEqual(plain.data())
        }
      }
  })

  it('has the same bits on all backends with windows over the ends', () => {
    for (const [n, m] of [[1, 1], [2, 2], [9, 2], [7, 7], [40, 7], [700, 300], [600, 600]] as const)
      for (const dtype of ['float64', 'float32', 'int32', 'uint32'] as const)
        for (const mode of ['full', 'same'] as const) {
          const [a, v] = [line(n, 1), line(m, 2)].map((x) => np.array(dtype.startsWith('f') ? x : x.map((y) => Math.round(9 * Math.abs(y))), { dtype })) as [Tensor, Tensor]
          const f = (x: Tensor, y: Tensor): Tensor => np.correlate(x, y, mode)
          const g = (x: Tensor, y: Tensor): Tensor => np.convolve(y, x, mode)
          const plain = [f(a, v).data(), g(a, v).data()]
          for (const { name } of backends) expect([jit(f, { backend: name as 'js' })(a, v).data(), jit(g, { backend: name as 'js' })(a, v).data()], `${name} ${dtype} ${n} ${m}`).toEqual(plain)
          if (dtype === 'float32') continue
          const zeros = new Array<number>(m - 1).fill(0)
          const all = defined([...zeros, ...(a.toArray() as number[]), ...zeros], v.toArray() as number[])
          const start = mode === 'full' ? 0 : Math.floor((m - 1) / 2)
          all.slice(start, start + plain[0]!.length).forEach((x, i) => expect(Number(plain[0]![i])).toBeCloseTo(x, 9))
        }
  })

  it('multiplies nothing beyond the ends: what NumPy gives beside NaN and infinities', () => {
    const inf = Infinity
    const cases: readonly (readonly [run: (a: Tensor, v: Tensor) => Tensor, a: readonly number[], v: readonly number[], expected: readonly number[]])[] = [
      [(a, v) => np.convolve(a, v), [1, 2, 3, 4], [NaN, 1], [NaN, NaN, NaN, NaN, 4]],
      [(a, v) => np.convolve(a, v), [1, 2, 3], [1, inf], [1, inf, inf, inf]],
      [(a, v) => np.convolve(a, v, 'same'), [1, 2, 3], [1, inf], [1, inf, inf]],
      [(a, v) => np.convolve(a, v, 'valid'), [1, 2, 3], [1, inf], [inf, inf]],
      [(a, v) => np.correlate(a, v, 'full'), [-2, -inf], [1, 2, 3], [-6, -inf, -inf, -inf]],
      [(a, v) => np.correlate(a, v, 'same'), [-2, -inf], [1, 2, 3], [-inf, -inf, -inf]],
      [(a, v) => np.correlate(a, v, 'full'), [1, 2, 3, 4], [inf, 2], [2, inf, inf, inf, inf]],
    ]
    for (const [run, a, v, expected] of cases)
      for (const dtype of ['float64', 'float32'] as const) {
        const args = [np.array(a, dtype), np.array(v, dtype)] as const
        expect(run(...args).toArray()).toEqual(expected)
        expect(jit(run)(...args).toArray()).toEqual(expected)
      }
    expect(np.polymul([1, 2], [inf, 1]).toArray()).toEqual([inf, inf, 2])
    // The cotangent of element 3 and the infinity meet in no term but that of a's first element.
    const w = np.array([1, 2, 3, 4, 5])
    const f = (a: Tensor, v: Tensor): Tensor => np.sum(np.multiply(np.convolve(a, v), w))
    expect(grad(f, { argnums: 1 })(np.array([inf, 2, 3]), np.array([1, 1, 1])).toArray()).toEqual([inf, inf, inf])
    expect(grad(f)(np.array([1, 2, 3]), np.array([inf, 1, 2])).toArray()).toEqual([inf, inf, inf])
    expect(grad((a: Tensor) => np.correlate(a, [inf, 1]).at(1))(np.array([1, 2, 3])).toArray()).toEqual([NaN, inf, 1])
  })

  it('is differentiated in both arguments, in both modes, twice', () => {
    for (const mode of ['full', 'same', 'valid'] as const) {
      const f = (a: Tensor, v: Tensor): Tensor => np.sum(np.sin(np.convolve(a, v, mode)))
      checkGrads(f, [np.array(line(7, 1)), np.array(line(3, 2))], { order: 2 })
      const by = (a: Tensor): Tensor => np.convolve(a, np.array(line(3, 2)), mode)
      const [forward, backward] = [jacfwd(by)(np.array(line(7, 1))), jacrev(by)(np.array(line(7, 1)))]
      expect(forward.toArray()).toEqual(backward.toArray())
    }
    const v = np.array(line(3, 4))
    expect(hessian((a: Tensor) => np.sum(np.convolve(a, v)))(np.array(line(4, 0))).toArray()).toEqual(np.zeros([4, 4]).toArray())
    const [y, dy] = jvp((b: Tensor) => np.correlate(np.array([1, 2, 3]), b), [np.array([1, 1])], [np.array([1, 0])])
    expect([y.toArray(), dy.toArray()]).toEqual([[3, 5], [1, 2]])
  })

  it('of a batch is that of its lines', () => {
    const [a, v] = [np.array([line(6, 1), line(6, 2)]), np.array([line(3, 3), line(3, 4)])]
    const both = vmap((x: Tensor, y: Tensor) => np.correlate(x, y))(a, v)
    const one = vmap((x: Tensor) => np.correlate(x, v.at(0)))(a)
    const g = vmap(grad((x: Tensor, y: Tensor) => np.sum(np.square(np.correlate(x, y))), { argnums: 1 }))(a, v)
    for (const i of [0, 1]) {
      expect(both.at(i).toArray()).toEqual(np.correlate(a.at(i), v.at(i)).toArray())
      expect(one.at(i).toArray()).toEqual(np.correlate(a.at(i), v.at(0)).toArray())
      expect(g.at(i).toArray()).toEqual(grad((y: Tensor) => np.sum(np.square(np.correlate(a.at(i), y))))(v.at(i)).toArray())
    }
  })

  it('is the product of polynomials', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 }), fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 }), (p, q) => {
        const product = new Array<number>(p.length + q.length - 1).fill(0)
        p.forEach((x, i) => q.forEach((y, j) => (product[i + j]! += x * y)))
        expect(Array.from(np.convolve(p, q).data(), (x) => x + 0)).toEqual(product.map((x) => x + 0))
      }),
    )
  })
})

describe.each([[[5], [3], {}], [[4], [4], {}], [[2, 4], [2, 1], {}], [[5], [3], { before: 2, after: 1 }], [[2], [4], { before: 3, after: 2 }], [[2, 9], [2, 3], { before: -2, after: 1 }], [[1], [3], { before: 5, after: 4 }]] as const)('the laws of %j with %j, %j', (shape, other, overhang) => {
  const shapes = [shape, other]
  const args = shapes.map((shape) => tensor({ shape, min: -2, max: 2 }))
  const laws = (prim: Primitive) => rule((a: Tensor, v: Tensor) => ops.bind(prim, [a, v], overhang)[0] as Tensor, args)
  it.each(laws(correlation).map((law) => [law.name, law] as const))('%s', (_name, law) => {
    expect(check(law, { numRuns: 30 }).failed).toBe(false)
  })
  const { jvp, transpose, batch, kernel } = correlation
  it.each([
    ['jvp = differences', /differences give/, { jvp: (o, ...rest) => scaled(o as Ops, jvp(o, ...rest), 1.5) }],
    ['batch = stack of singles', /vmap gives/, { batch: (o, ...rest) => (batch as Exclude<typeof batch, string>)(o, ...rest).map((v) => o.mul(v, 1.5)) }],
    ['jvp = differences', /differences give/, { kernel: { ...kernel, lowering: undefined, make: () => ([x]: readonly Float64Array[], [y]: readonly Float64Array[]) => void y!.fill(Math.abs(x![0]!)) } as never }],
  ] satisfies readonly (readonly [string, RegExp, Partial<Primitive>])[])('a wrong rule is seen: %s', (law, evidence, wrong) => {
    expect(violation(named(laws(definePrimitive({ ...correlation, ...wrong })), law)).message).toMatch(evidence)
  })
  it('a wrong rule is seen: adjoint', () => {
    // Linear in the first operand alone, so that the tangent goes through the same primitive.
    const tilted: Primitive = definePrimitive({
      ...correlation,
      jvp: (o, [, v], _y, [da]) => o.bind(tilted, [da!, v!], overhang)[0]!,
      transpose: (o, cts, ...rest) => (transpose as Exclude<typeof transpose, 'nonlinear'>)(o, cts.map((ct) => o.mul(ct as Tensor, 1.5)), ...rest),
    })
    const law = named(rule((a: Tensor) => ops.bind(tilted, [a, np.ones(shapes[1]!)], overhang)[0] as Tensor, [args[0]!]), 'adjoint')
    expect(violation(law).message).toMatch(/⟨Jᵀ v, w⟩/)
  })
})
