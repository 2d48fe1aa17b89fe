import { describe, expect, it } from 'vitest'
import * as reduce from '../../src/primitives/reduce'
import type { Primitive } from '../../src/index'
import { elements, isClose, f64, golden, goldenTensor, gradients, i32, numbersOf, obeys, run, spaced, tensorOf, valuesOf } from './rules'

const { sum, prod, reduceMax, reduceMin, reduceAnd, reduceOr, argmax, argmin } = reduce

/** Shapes and the axes to reduce. */
const layouts: readonly (readonly [number[], number[]])[] = [
  [[4], [0]],
  [[2, 3], [0]],
  [[2, 3], [1]],
  [[2, 3], [0, 1]],
  [[2, 3, 2], [0, 2]],
  [[2, 3, 2], [2, 0]],
  [[2, 1, 2], [1]],
  [[2, 3], []],
  [[], []],
  [[0, 3], [1]],
]

describe.each([['sum', sum], ['prod', prod], ['max', reduceMax], ['min', reduceMin]] as const)('%s', (fn, prim) => {
  it.each(layouts)('obeys the laws: %j over %j', (shape, axes) => {
    expect(obeys(prim, [spaced(shape)], { axes })).toBe(true)
    expect(obeys(prim, [i32(elements(spaced(shape)).map(Math.trunc), shape)], { axes })).toBe(true)
  })

  it('is NumPy’s', () => {
    for (const c of golden(fn)) {
      const x = goldenTensor(c.args[0]!)
      const { axis, ...others } = c.kwargs as { axis?: number | number[] | null }
      if (x.dtype === 'bool' || Object.keys(others).some((k) => k !== 'keepdims') || c.out.dtype === undefined) continue
      const axes = (axis === undefined || axis === null ? x.shape.map((_, i) => i) : [axis].flat()).map((a) => (a < 0 ? a + x.ndim : a))
      expect(isClose(valuesOf(prim, [x], { axes }), numbersOf(c.out))).toBe(true)
    }
  })
})

it('of nothing: 0, 1, true, false; extrema have no identity', () => {
  const none = tensorOf([], [0, 2], 'bool')
  expect(valuesOf(sum, [f64([], [0, 2])], { axes: [0] })).toEqual([0, 0])
  expect(valuesOf(prod, [f64([], [0, 2])], { axes: [0] })).toEqual([1, 1])
  expect(valuesOf(reduceAnd, [none], { axes: [0] })).toEqual([1, 1])
  expect(valuesOf(reduceOr, [none], { axes: [0] })).toEqual([0, 0])
  expect(() => run(reduceMax, [f64([], [0, 2])], { axes: [0] })).toThrow(/^max: zero-size array \[0,2\] to a reduction which has no identity/)
  expect(obeys(prod, [f64([], [0, 2])], { axes: [0] })).toBe(true)
})

describe('prod', () => {
  it('has the derivative of a product, whatever is zero', () => {
    expect(gradients(prod, [f64([2, 3, 4])], { axes: [0] }, [1])).toEqual([[12, 8, 6]])
    expect(gradients(prod, [f64([2, 0, 4])], { axes: [0] }, [1])).toEqual([[0, 8, 0]])
    expect(gradients(prod, [f64([0, 0, 4])], { axes: [0] }, [1])).toEqual([[0, 0, 0]])
  })

  it.each([[[0, 2, 3]], [[0, 0, 3]], [[0, 0, 0]]])('at %j to third order', (x) => expect(obeys(prod, [f64(x)], { axes: [0] }, { order: 3 })).toBe(true))
})

describe('extrema', () => {
  it('NaN wins, and equal ones share the derivative', () => {
    expect(valuesOf(reduceMax, [f64([1, NaN, 3])], { axes: [0] })).toEqual([NaN])
    expect(gradients(reduceMax, [f64([1, 3, 3])], { axes: [0] }, [1])).toEqual([[0, 0.5, 0.5]])
    expect(gradients(reduceMin, [f64([1, 1, 1, 2])], { axes: [0] }, [3])).toEqual([[1, 1, 1, 0]])
  })

  it.each([['argmax', argmax], ['argmin', argmin]] as const)('%s is NumPy’s: the first, NaN before all', (fn, prim) => {
    for (const c of golden(fn)) {
      const x = goldenTensor(c.args[0]!)
      const axis = c.kwargs.axis ?? 0
      if (c.kwargs.axis === undefined && x.ndim !== 1) continue
      expect(isClose(valuesOf(prim, [x], { axis: axis < 0 ? axis + x.ndim : axis, dtype: 'int32' }), numbersOf(c.out))).toBe(true)
    }
    expect(() => run(prim, [f64([], [0, 3])], { axis: 0 })).toThrow(/no elements along axis 0 of \[0,3\]/)
  })

  it('argmax and argmin obey the laws along any axis', () => {
    for (const prim of [argmax, argmin]) for (const axis of [0, 1, 2]) expect(obeys(prim, [spaced([2, 3, 4])], { axis, dtype: 'int32' })).toBe(true)
  })
})

it.each([reduceAnd, reduceOr])('all and any obey the laws', (prim: Primitive) => {
  expect(obeys(prim, [tensorOf([0, 1, 1, 1, 1, 1], [2, 3], 'bool')], { axes: [1] })).toBe(true)
  expect(() => run(prim, [f64([1])], { axes: [0] })).toThrow(/expected bool, got float64/)
})

it('axes are checked', () => {
  expect(() => run(sum, [f64([1])], { axes: [1] })).toThrow(/^sum: axes \[1\] of shape \[1\]/)
  expect(() => run(sum, [f64([1])], { axes: [0, 0] })).toThrow(/each once/)
})
