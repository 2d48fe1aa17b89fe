import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cumlogsumexp, cummax, cummin, cumprod, cumsum, linearRecurrence } from '../../src/primitives/cumulative'
import { isClose, f32, f64, golden, goldenTensor, gradients, i32, numbersOf, obeys, run, spaced, tensorOf, valuesOf } from './rules'

const forwards = { axis: 0, reverse: false }

const layouts: readonly (readonly [number[], number])[] = [
  [[5], 0],
  [[3, 2], 0],
  [[2, 3], 1],
  [[2, 3, 2], 1],
  [[1], 0],
  [[0], 0],
  [[2, 0], 1],
  [[2, 0], 0],
]

describe.each([cumsum, cumprod, cummax, cummin, cumlogsumexp].map((p) => [p.name, p] as const))('%s', (_name, prim) => {
  it.each(layouts)('obeys the laws: %j along %i', (shape, axis) => {
    for (const reverse of [false, true]) expect(obeys(prim, [spaced(shape)], { axis, reverse })).toBe(true)
  })

  it('reversed is the run over the reversed line', () => {
    const xs = [0.5, -2, 1.5, 3, -0.25]
    expect(valuesOf(prim, [f64(xs)], { axis: 0, reverse: true })).toEqual([...valuesOf(prim, [f64([...xs].reverse())], forwards)].reverse())
  })

  it('keeps float32 in float32', () => expect(obeys(prim, [f32([0.1, 0.7, -1.3, 2.1])], forwards, { order: 1 })).toBe(true))
})

it.each([['cumsum', cumsum], ['cumprod', cumprod], ['maximum.accumulate', cummax], ['minimum.accumulate', cummin]] as const)('%s is NumPy’s', (fn, prim) => {
  for (const c of golden(fn)) {
    const x = goldenTensor(c.args[0]!)
    if (x.dtype === 'bool' || (c.kwargs.axis === undefined && x.ndim !== 1)) continue
    const axis = ((c.kwargs.axis ?? 0) + x.ndim) % x.ndim
    expect(isClose(valuesOf(prim, [x], { axis, reverse: false }), numbersOf(c.out))).toBe(true)
  }
})

it('integers wrap', () => {
  expect(valuesOf(cumsum, [i32([2147483647, 1, 1])], forwards)).toEqual([2147483647, -2147483648, -2147483647])
  expect(valuesOf(cumprod, [i32([65537, 65537, 3])], forwards)).toEqual([65537, 131073, 393219])
  expect(valuesOf(cumprod, [tensorOf([4294967295, 4294967295], [2], 'uint32')], forwards)).toEqual([4294967295, 1])
  for (const prim of [cumsum, cumprod, cummax, cummin]) expect(obeys(prim, [i32([3, -1, 4, 1, -5, 9], [2, 3])], { axis: 1, reverse: false })).toBe(true)
})

it.each([[[0, 2, 3]], [[2, 0, 3, 0]], [[0, 0, 0]]])('cumprod at %j is right to third order', (x) => expect(obeys(cumprod, [f64(x)], forwards, { order: 3 })).toBe(true))

it('entries that tie for a running extremum share it', () => {
  const x = f64([1, 3, 3, 2, 3, 4])
  const at = (i: number): number[] => [0, 1, 2, 3, 4, 5].map((k) => Number(k === i))
  expect(gradients(cummax, [x], forwards, at(3))).toEqual([[0, 0.5, 0.5, 0, 0, 0]])
  expect(isClose(gradients(cummax, [x], forwards, at(4))[0]!, [0, 1 / 3, 1 / 3, 0, 1 / 3, 0])).toBe(true)
  expect(gradients(cummax, [x], forwards, at(5))).toEqual([[0, 0, 0, 0, 0, 1]])
  expect(valuesOf(cummax, [f64([1, NaN, 3])], forwards)).toEqual([1, NaN, NaN])
})

describe('cumlogsumexp', () => {
  it('is the logarithm of the running sum of exponentials', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 8 }), (xs) => {
        let sum = 0
        expect(isClose(valuesOf(cumlogsumexp, [f64(xs)], forwards), xs.map((x) => Math.log((sum += Math.exp(x)))), 1e-12)).toBe(true)
      }),
    )
  })

  it('neither overflows nor loses −∞, and has finite derivatives there', () => {
    const x = f64([-Infinity, -Infinity, 1, 800])
    expect(valuesOf(cumlogsumexp, [x], forwards)).toEqual([-Infinity, -Infinity, 1, 800])
    expect(gradients(cumlogsumexp, [x], forwards, [1, 0, 0, 0])).toEqual([[1, 0, 0, 0]])
    expect(gradients(cumlogsumexp, [x], forwards, [0, 1, 0, 0])).toEqual([[0.5, 0.5, 0, 0]])
    expect(gradients(cumlogsumexp, [x], forwards, [0, 0, 1, 1])).toEqual([[0, 0, 1, 1]])
    expect(valuesOf(cumlogsumexp, [f64([Infinity, -Infinity, 1, NaN])], forwards)).toEqual([Infinity, Infinity, Infinity, NaN])
  })
})

describe('linear_recurrence', () => {
  it.each(layouts)('obeys the laws: %j along %i', (shape, axis) => {
    for (const reverse of [false, true]) expect(obeys(linearRecurrence, [spaced(shape), spaced(shape, 70)], { axis, reverse })).toBe(true)
  })

  it('is tᵢ = aᵢ tᵢ₋₁ + bᵢ, and does not look at a₀', () => {
    expect(valuesOf(linearRecurrence, [f64([NaN, 2, 3]), f64([1, 10, 100])], forwards)).toEqual([1, 12, 136])
    expect(valuesOf(linearRecurrence, [f64([2, 3, NaN]), f64([1, 10, 100])], { axis: 0, reverse: true })).toEqual([621, 310, 100])
  })
})

it('faults', () => {
  expect(() => run(cumsum, [f64([1])], { axis: 1, reverse: false })).toThrow(/^cumsum: axis 1 of shape \[1\]/)
  expect(() => run(cumlogsumexp, [i32([1])], forwards)).toThrow(/^cumlogsumexp: expected a floating dtype, got int32/)
  expect(() => run(linearRecurrence, [f64([1]), f64([1, 2])], forwards)).toThrow(/^linear_recurrence: shapes \[1\] and \[2\]/)
})
