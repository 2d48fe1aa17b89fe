import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positional, scalarText, scientific } from '../../src/data/decimal'

describe('decimal notation', () => {
  it('reads back: the shortest digits name the number', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => void expect(Number(scalarText(x, 'float64'))).toBe(x)))
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => void expect(Math.fround(Number(scalarText(x, 'float32')))).toBe(x)))
  })

  it('is shortest: one digit less names another number', () => {
    const digits = (x: number): number => /^([\d.]+)e/.exec(scientific(x, 100, 0, 2, 'float32'))![1]!.replace('.', '').length
    const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(1e-30) }).filter((x) => digits(x) > 1)
    fc.assert(fc.property(float, (x) => void expect(Math.fround(Number(x.toPrecision(digits(x) - 1)))).not.toBe(x)))
  })

  it.each([
    [2 ** -9, 8, '0.00195312'],
    [3 * 2 ** -9, 8, '0.00585938'],
    [0.999999999, 8, '1.'],
    [9.999999995, 8, '9.99999999'],
    [-0, 8, '-0.'],
    [123, 8, '123.'],
    [1e21, 8, '1000000000000000000000.'],
    [4e-10, 8, '0.'],
    [0.05, 1, '0.1'],
  ])('positional %d with %d digits is %s', (x, precision, text) => expect(positional(x, precision, 'float64')).toBe(text))

  it('pads the exact value of a float32', () => {
    expect(scientific(Math.fround(0.3), 8, 7, 2, 'float32')).toBe('3.0000001e-01')
    expect(scientific(0.3, 8, 7, 2, 'float64')).toBe('3.0000000e-01')
  })

  it('shows lone numbers as Python does', () => {
    expect([3, 1e16, 1e15, 1e-5, 0.1, NaN, -Infinity, -0].map((x) => scalarText(x, 'float64'))).toEqual(['3.0', '1e+16', '1000000000000000.0', '1e-05', '0.1', 'nan', '-inf', '-0.0'])
  })
})
