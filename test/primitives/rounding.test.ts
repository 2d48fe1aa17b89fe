import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/index'
import * as rounding from '../../src/primitives/elementwise/rounding'
import { isGolden, f64, gradients, i32, obeys, scalar, spaced, tensorOf, valuesOf } from './rules'

const { floor, ceil, round, trunc, nextafter, shiftLeft, shiftRightArithmetic, shiftRightLogical, populationCount, clz, clamp, copysign } = rounding

it.each([[floor, 'floor'], [ceil, 'ceil'], [round, 'rint'], [trunc, 'trunc']] as const)('rounding is NumPy’s, with derivative zero', (prim, fn) => {
  expect(isGolden(prim, fn)).toBe(true)
  expect(obeys(prim, [spaced([7])])).toBe(true)
})

it('round takes halves to the even neighbour and keeps the sign of zero', () => {
  expect(valuesOf(round, [f64([0.5, 1.5, 2.5, -0.5, -1.5, 2 ** 51 + 0.5, -0.2])])).toEqual([0, 2, 2, -0, -2, 2 ** 51, -0])
})

it('nextafter steps to the neighbour, in the operand’s dtype', () => {
  expect(valuesOf(nextafter, [f64([1, 1, 0, 0, 1]), f64([2, 0, 1, -1, 1])])).toEqual([1 + 2 ** -52, 1 - 2 ** -53, 2 ** -1074, -(2 ** -1074), 1])
  expect(valuesOf(nextafter, [tensorOf([1, 0], [2], 'float32'), tensorOf([2, 1], [2], 'float32')])).toEqual([1 + 2 ** -23, 2 ** -149])
  expect(obeys(nextafter, [spaced([4]), spaced([4], 50)])).toBe(true)
})

describe('bits', () => {
  const wide = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

  it('shifts are NumPy’s', () => {
    expect(isGolden(shiftLeft, 'left_shift')).toBe(true)
    expect(isGolden(shiftRightArithmetic, 'right_shift')).toBe(true)
  })

  it('shifts are products and quotients by powers of 2; beyond 31, or negative, only the sign is left', () => {
    fc.assert(
      fc.property(wide, fc.integer({ min: -3, max: 40 }), (x, by) => {
        const [a, b] = [i32([x]), i32([by])]
        const inside = by >= 0 && by < 32
        expect(valuesOf(shiftLeft, [a, b])).toEqual([inside ? Number(BigInt.asIntN(32, BigInt(x) << BigInt(by))) : 0])
        expect(valuesOf(shiftRightArithmetic, [a, b])).toEqual([inside ? Math.floor(x / 2 ** by) + 0 : x < 0 ? -1 : 0])
        const unsigned = (n: number): Tensor => tensorOf([n >>> 0], [1], 'uint32')
        expect(valuesOf(shiftRightLogical, [unsigned(x), unsigned(by)])).toEqual([inside ? Math.floor((x >>> 0) / 2 ** by) : 0])
      }),
    )
  })

  it('bits are counted', () => {
    fc.assert(
      fc.property(wide, (x) => {
        const digits = (x >>> 0).toString(2).padStart(32, '0')
        expect(valuesOf(populationCount, [i32([x])])).toEqual([digits.replaceAll('0', '').length])
        expect(valuesOf(clz, [i32([x])])).toEqual([x === 0 ? 32 : digits.indexOf('1')])
      }),
    )
  })
})

describe('clamp', () => {
  it('is min(max(x, low), high), NaN kept, and high where low > high', () => {
    expect(valuesOf(clamp, [f64([0, 0, 0, 2, 0]), f64([-1, 0.5, 3, 1, NaN]), f64([1, 1, 1, 1, 1])])).toEqual([0, 0.5, 1, 1, NaN])
  })

  it('shares ties as max and min do', () => {
    const args = [f64([0, 0, 0, 0, 1]), f64([0.5, 0, 1, -1, 1]), f64([1, 1, 1, 1, 1])]
    expect(gradients(clamp, args, {}, [1, 1, 1, 1, 1])).toEqual([[0, 0.5, 0, 1, 0.25], [1, 0.5, 0.5, 0, 0.25], [0, 0, 0.5, 0, 0.5]])
  })

  it('obeys the laws', () => {
    expect(obeys(clamp, [spaced([6]), spaced([6], 50), spaced([6], 90)])).toBe(true)
    expect(obeys(clamp, [scalar(-0.5), spaced([6]), scalar(0.6)])).toBe(true)
    expect(obeys(clamp, [i32([0, 0]), i32([-3, 3]), i32([2, 2])])).toBe(true)
  })
})

it('copysign takes the sign of zeros, and its derivative is ±1', () => {
  expect(isGolden(copysign, 'copysign', 0)).toBe(true)
  expect(valuesOf(copysign, [f64([1, -2, 0, -0]), f64([-0, 0, -1, 1])])).toEqual([-1, 2, -0, 0])
  expect(gradients(copysign, [f64([2, 2, -2, 0]), f64([1, -1, -1, -3])], {}, [1, 1, 1, 1])[0]).toEqual([1, -1, 1, -1])
  expect(obeys(copysign, [spaced([6]), spaced([6], 50)])).toBe(true)
})
