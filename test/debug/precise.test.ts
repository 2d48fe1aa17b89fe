/** Elementary functions in twice the precision, by identities between them, and beside those of float64. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, divide, multiply, negate, type Double } from '../../src/compile/math/double'
import { double, preciseBinary, preciseUnary } from '../../src/debug/precise'
import { functions } from '../../src/compile/math/functions'
import { applyBinary, applyUnary } from '../../src/compile/scalar'
import type { BinaryOp, UnaryOp } from '../../src/ir/kernel'

const minus = (x: Double, y: Double): number => {
  const d = add(x, negate(y))
  return Math.abs(d.hi + d.lo)
}
const f = preciseUnary as { readonly [op: string]: (x: Double) => Double }
const within = (got: Double, want: Double, scale = Math.max(1e-300, Math.abs(want.hi))): void => {
  expect(minus(got, want)).toBeLessThanOrEqual(2 ** -70 * scale)
}
const numbers = (min: number, max: number): fc.Arbitrary<Double> => fc.double({ min, max, noNaN: true }).map((x) => double(Math.abs(x) < 1e-90 ? 0 : x))
const holds = (of: fc.Arbitrary<Double>, claim: (x: Double) => void): void => void fc.assert(fc.property(of, claim), { numRuns: 100 })

describe('double-double functions', () => {
  it.each<[string, fc.Arbitrary<Double>, (x: Double) => void]>([
    ['log exp x = x', numbers(-300, 300), (x) => within(f.log!(f.exp!(x)), x, Math.max(1, Math.abs(x.hi)))],
    ['exp x · exp −x = 1', numbers(-300, 300), (x) => within(multiply(f.exp!(x), f.exp!(negate(x))), double(1))],
    ['log1p expm1 x = x', numbers(-1, 1), (x) => within(f.log1p!(f.expm1!(x)), x, Math.max(1e-12, Math.abs(x.hi)))],
    ['sin² + cos² = 1', numbers(-1e5, 1e5), (x) => within(add(multiply(f.sin!(x), f.sin!(x)), multiply(f.cos!(x), f.cos!(x))), double(1))],
    ['sin 2x = 2 sin x cos x', numbers(-1e4, 1e4), (x) => within(f.sin!(double(2 * x.hi)), multiply(double(2), multiply(f.sin!(x), f.cos!(x))), 1)],
    ['sin asin x = x', numbers(-0.98, 0.98), (x) => within(f.sin!(f.asin!(x)), x, Math.max(1e-12, Math.abs(x.hi)))],
    ['cos acos x = x', numbers(-0.98, 0.98), (x) => within(f.cos!(f.acos!(x)), x, 1)],
    ['tan atan x = x', numbers(-50, 50), (x) => within(f.tan!(f.atan!(x)), x, 1 + x.hi * x.hi)],
    ['sinh asinh x = x', numbers(-50, 50), (x) => within(f.sinh!(f.asinh!(x)), x, Math.max(1e-12, Math.abs(x.hi)))],
    ['cosh acosh x = x', numbers(1.02, 50), (x) => within(f.cosh!(f.acosh!(x)), x)],
    ['tanh atanh x = x', numbers(-0.9, 0.9), (x) => within(f.tanh!(f.atanh!(x)), x, Math.max(1e-12, Math.abs(x.hi)))],
    ['sqrt x² = |x|', numbers(-1e10, 1e10), (x) => within(f.sqrt!(multiply(x, x)), double(Math.abs(x.hi)))],
    ['cbrt x³ = x', numbers(-1e10, 1e10), (x) => within(f.cbrt!(multiply(x, multiply(x, x))), x)],
    ['log2, log10', numbers(1e-3, 1e3), (x) => within(divide(f.log2!(x), f.log10!(x)), divide(f.log!(double(10)), f.log!(double(2))), x.hi === 1 ? Infinity : 4)],
    ['x^1.5 = x √x', numbers(1e-3, 1e3), (x) => within(preciseBinary.pow!(x, double(1.5))!, multiply(x, f.sqrt!(x)))],
  ])('%s', (_name, of, claim) => {
    expect.hasAssertions()
    holds(of, claim)
  })

  it('round to those of float64, to a few units in the last place', () => {
    expect.hasAssertions()
    for (const [op, fn] of Object.entries(f))
      fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        const got = fn(double(x)) as Double | undefined
        const want = applyUnary(op as UnaryOp, 'float64', 'float64', functions[op as 'exp'])(x)
        if (got && Number.isFinite(got.hi) && Number.isFinite(want)) expect(Math.abs(got.hi - want)).toBeLessThanOrEqual(4 * 2 ** -52 * Math.abs(want) + 2 ** -1040)
      }), { numRuns: 60 })
    for (const [op, fn] of Object.entries(preciseBinary))
      fc.assert(fc.property(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: -9, max: 9, noNaN: true }), (x, y) => {
        const got = (fn as (a: Double, b: Double) => Double | undefined)(double(x), double(y))
        const want = applyBinary(op as BinaryOp, 'float64', 'float64', functions[op as 'pow'])(x, y)
        if (got && Number.isFinite(got.hi) && Math.abs(want) > 1e-300 && Number.isFinite(want)) expect(Math.abs(got.hi - want)).toBeLessThanOrEqual(4 * 2 ** -52 * Math.abs(want))
      }), { numRuns: 60 })
  })
})
