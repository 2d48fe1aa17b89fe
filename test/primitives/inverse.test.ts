import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as inverse from '../../src/primitives/elementwise/inverse'
import * as special from '../../src/primitives/elementwise/special'
import { grad, np, type Primitive, type Tensor } from '../../src/index'
import { isClose, isGolden, f32, f64, golden, goldenTensor, gradients, numbersOf, obeys, scalar, spaced, valuesOf } from './rules'

const { asin, acos, atan, asinh, acosh, atanh, log2, log10, exp2, atan2, hypot, logistic, logaddexp, sinc } = inverse
const { erf, erfc, erfinv, lgamma, digamma, polygamma } = special

const unary: readonly (readonly [Primitive, string, readonly number[]])[] = [
  [asin, 'arcsin', [-0.9, -0.2, 0, 0.4, 0.95]],
  [acos, 'arccos', [-0.9, -0.2, 0, 0.4, 0.95]],
  [atan, 'arctan', [-30, -0.5, 0, 1, 4]],
  [asinh, 'arcsinh', [-30, -0.5, 0, 1, 4]],
  [acosh, 'arccosh', [1.1, 1.5, 3, 40]],
  [atanh, 'arctanh', [-0.9, -0.2, 0, 0.4, 0.95]],
  [log2, 'log2', [0.1, 0.9, 3, 40]],
  [log10, 'log10', [0.1, 0.9, 3, 40]],
  [exp2, 'exp2', [-3, -0.2, 0, 0.5, 2]],
  [logistic, 'scipy.special.expit', [-30, -0.5, 0, 1, 4]],
  [erf, 'scipy.special.erf', [-2, -0.5, 0, 0.3, 1.5]],
  [erfc, 'scipy.special.erfc', [-2, -0.5, 0, 0.3, 1.5]],
  [erfinv, 'scipy.special.erfinv', [-0.9, -0.2, 0, 0.4]],
  [lgamma, 'scipy.special.gammaln', [0.3, 1, 2.5, 7, -0.4, -2.3]],
  [digamma, 'scipy.special.digamma', [0.3, 1, 2.5, 7, -0.4, -2.3]],
]

describe('functions of one operand', () => {
  it.each(unary.map(([p, fn, at]) => [p.name, fn, p, at] as const))('%s obeys the laws and is NumPy’s %s', (_name, fn, prim, at) => {
    expect(isGolden(prim, fn)).toBe(true)
    expect(obeys(prim, [f64(at)])).toBe(true)
    expect(obeys(prim, [f32(at)], {}, { order: 1 })).toBe(true)
  })

  it('logistic does not overflow', () => {
    expect(valuesOf(logistic, [f64([-800, 800, -Infinity, Infinity, NaN])])).toEqual([0, 1, 0, 1, NaN])
  })
})

describe('functions of two operands', () => {
  it.each([[atan2, 'arctan2'], [hypot, 'hypot'], [logaddexp, 'logaddexp']] as const)('obey the laws, and are NumPy’s', (prim, fn) => {
    for (const c of golden(fn).filter((c) => c.args.every((a) => typeof a === 'object' && a.dtype === 'float64')))
      expect(isClose(valuesOf(prim, c.args.map(goldenTensor)), numbersOf(c.out))).toBe(true)
    expect(obeys(prim, [spaced([2, 3]), spaced([2, 3], 50)])).toBe(true)
    expect(obeys(prim, [scalar(0.7), spaced([3])])).toBe(true)
    expect(obeys(prim, [spaced([3]), scalar(0.7)])).toBe(true)
  })

  it('hypot has derivative 0 at the origin', () => {
    expect(gradients(hypot, [f64([0, 3]), f64([0, 4])], {}, [1, 1])).toEqual([[0, 0.6], [0, 0.8]])
  })

  it('logaddexp shares equal operands, infinite ones too', () => {
    const [x, y] = [f64([-Infinity, Infinity, 2, -Infinity]), f64([-Infinity, Infinity, 2, 1])]
    expect(isClose(valuesOf(logaddexp, [x, y]), [-Infinity, Infinity, 2 + Math.LN2, 1])).toBe(true)
    expect(gradients(logaddexp, [x, y], {}, [1, 1, 1, 1])).toEqual([[0.5, 0.5, 0.5, 0], [0.5, 0.5, 0.5, 1]])
    expect(obeys(logaddexp, [f64([1, 2]), f64([1, 2])])).toBe(true)
  })
})

describe('sinc', () => {
  it('is NumPy’s', () => {
    for (const c of golden('sinc')) expect(isClose(valuesOf(sinc, c.args.map(goldenTensor), { order: 0 }), numbersOf(c.out))).toBe(true)
  })

  it('has exact derivatives at 0: 0 of odd order, (−1)ᵏ π²ᵏ / (2k + 1) of order 2k', () => {
    const at0 = [0, 1, 2, 3, 4, 5, 6].map((order) => valuesOf(sinc, [f64([0])], { order })[0]!)
    expect(isClose(at0, [1, 0, -(Math.PI ** 2) / 3, 0, Math.PI ** 4 / 5, 0, -(Math.PI ** 6) / 7])).toBe(true)
  })

  it.each([0, 1, 2, 5])('of order %i obeys the laws, at 0 and on both sides of where its series ends', (order) => {
    const edge = (1 + 0.6 * order) / Math.PI
    expect(obeys(sinc, [f64([0, 1e-9, 0.1, -0.3, edge, -edge, edge + 0.01, 1, 7.3])], { order })).toBe(true)
  })

  it.each([1, 2, 4, 8])('of order %i agrees with its series and its recurrence where they meet', (order) => {
    const edge = (1 + 0.6 * order) / Math.PI
    const [below, above] = valuesOf(sinc, [f64([edge * (1 - 1e-15), edge * (1 + 1e-15)])], { order }) as [number, number]
    expect(Math.abs(below - above)).toBeLessThan(1e-13 * Math.PI ** order)
  })
})

describe('polygamma', () => {
  it('is SciPy’s', () => {
    const [c] = golden('scipy.special.polygamma')
    const [n, x] = c!.args.map((a) => numbersOf(a as never))
    expect(isClose(n!.map((k, i) => valuesOf(polygamma, [f64([x![i]!])], { n: k })[0]!), numbersOf(c!.out))).toBe(true)
  })

  it('ψ′(1) = π²/6, ψ′(½) = π²/2, ψ″(1) = −2 ζ(3); poles are +∞ for odd orders', () => {
    expect(isClose(valuesOf(polygamma, [f64([1, 0.5, 0, -2])], { n: 1 }), [Math.PI ** 2 / 6, Math.PI ** 2 / 2, Infinity, Infinity])).toBe(true)
    expect(isClose(valuesOf(polygamma, [f64([1, 0])], { n: 2 }), [-2.404113806319188, NaN])).toBe(true)
  })

  it('ψ⁽ⁿ⁾(x + 1) = ψ⁽ⁿ⁾(x) + (−1)ⁿ n! / xⁿ⁺¹, for negative x too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: -6, max: 30 }), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (n, whole, part) => {
        const x = whole + part
        const [at, next] = valuesOf(polygamma, [f64([x, x + 1])], { n }) as [number, number]
        const term = ((-1) ** n * [1, 1, 2, 6, 24][n]!) / x ** (n + 1)
        expect(Math.abs(next - at - term)).toBeLessThanOrEqual(1e-13 * (Math.abs(at) + Math.abs(term) + Math.abs(next)))
      }),
    )
  })

  it('obeys the laws', () => expect(obeys(polygamma, [f64([0.7, 2.5, 20, -0.6])], { n: 2 })).toBe(true))
})

describe('atan2 where its derivative has no value by the formula', () => {
  it('is still at the origin and at infinity, and exact where squares over- and underflow', () => {
    const slopes = (y: number, x: number): number[] => (grad((a: Tensor, b: Tensor) => np.arctan2(a, b), { argnums: [0, 1] })(y, x) as unknown as Tensor[]).map((t) => Number(t.item()))
    for (const [y, x] of [[0, 0], [-0, 0], [Infinity, 1], [1, -Infinity], [Infinity, Infinity]]) expect(slopes(y, x)).toEqual([0, -0])
    expect(slopes(3e200, 4e200).map((d) => d * 1e200)).toEqual([expect.closeTo(0.16, 12), expect.closeTo(-0.12, 12)])
    expect(slopes(3e-200, 4e-200).map((d) => d * 1e-200)).toEqual([expect.closeTo(0.16, 12), expect.closeTo(-0.12, 12)])
    expect(slopes(NaN, 1).every(Number.isNaN)).toBe(true)
    expect(Number(grad(grad((a: Tensor) => np.arctan2(a, 0)))(0).item())).toBe(0)
  })
})
