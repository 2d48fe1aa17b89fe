import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { iota } from '../../src/primitives/iota'
import { sort, topK } from '../../src/primitives/sort'
import { elements, f64, golden, goldenTensor, gradients, i32, numbersOf, obeys, run, spaced, tensorOf, valuesOf } from './rules'

/** The order of NumPy: NaN last, −0 equal to 0. */
const compare = (a: number, b: number): number => (a !== a ? Number(b === b) : b !== b ? -1 : a < b ? -1 : Number(a > b))
const positions = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const byKeys = (keys: readonly (readonly number[])[]): number[] =>
  positions(keys[0]!.length).sort((i, j) => keys.map((k) => compare(k[i]!, k[j]!)).find((c) => c !== 0) ?? i - j)

const special = fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity, 2.5, 5e-324, -5e-324, 1e300)
const keys = fc.array(fc.tuple(special, fc.oneof(special, fc.double())), { maxLength: 40 })

describe('sort', () => {
  it('is stable and lexicographic', () => {
    fc.assert(
      fc.property(keys, (pairs) => {
        const [a, b] = [pairs.map((p) => p[0]), pairs.map((p) => p[1])]
        const place = i32(positions(a.length))
        expect(elements(run(sort, [f64(a), place], { axis: 0, keys: 1 })[1]!)).toEqual(byKeys([a]))
        expect(elements(run(sort, [f64(a), f64(b), place], { axis: 0, keys: 2 })[2]!)).toEqual(byKeys([a, b]))
        expect(valuesOf(sort, [f64(a)], { axis: 0, keys: 1 })).toEqual(byKeys([a]).map((i) => a[i]))
      }),
    )
  })

  it('of long lines, by digits, is the same', () => {
    const n = 5000
    const negative = new Float64Array(BigUint64Array.of(0xfff8000000000001n).buffer)[0]!
    const a = positions(n).map((i) => [0, -0, NaN, -1e300, -Infinity, 7, negative][(i * 7919) % 11] ?? Math.sin(i) * 10 ** ((i % 40) - 20))
    const b = positions(n).map((i) => (i * 31) % 17)
    for (const x of [a, b, a.map(() => 3)]) expect(valuesOf(sort, [f64(x)], { axis: 0, keys: 1 })).toEqual(byKeys([x]).map((i) => x[i]))
    // Lines of a matrix, one after another in the same memory.
    const [rows, columns] = [[...a, ...b], positions(2 * n).map((i) => (i % 2 === 0 ? a : b)[i >> 1]!)]
    expect(valuesOf(sort, [f64(rows, [2, n])], { axis: 1, keys: 1 })).toEqual([a, b].flatMap((x) => byKeys([x]).map((i) => x[i])))
    const [first, second] = [a, b].map((x) => byKeys([x]).map((i) => x[i]!)) as [number[], number[]]
    expect(valuesOf(sort, [f64(columns, [n, 2])], { axis: 0, keys: 1 })).toEqual(positions(2 * n).map((i) => (i % 2 === 0 ? first : second)[i >> 1]))
    expect(elements(run(sort, [f64(a), i32(positions(n))], { axis: 0, keys: 1 })[1]!)).toEqual(byKeys([a]))
    expect(elements(run(sort, [i32(b), f64(a), i32(positions(n))], { axis: 0, keys: 2 })[2]!)).toEqual(byKeys([b, a]))
  })

  it('is NumPy’s sort and stable argsort', () => {
    for (const fn of ['sort', 'argsort'])
      for (const c of golden(fn)) {
        const x = goldenTensor(c.args[0]!)
        if (c.kwargs.axis === null || x.ndim === 0) continue
        const axis = ((c.kwargs.axis ?? -1) + x.ndim) % x.ndim
        const places = run(iota, [], { shape: x.shape, dtype: 'int32', axis })[0]!
        expect(elements(run(sort, [x, places], { axis, keys: 1 })[fn === 'sort' ? 0 : 1]!)).toEqual(numbersOf(c.out))
      }
  })

  it('obeys the laws', () => {
    for (const axis of [0, 1]) {
      expect(obeys(sort, [spaced([4, 3])], { axis, keys: 1 })).toBe(true)
      expect(obeys(sort, [i32([0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1], [4, 3]), spaced([4, 3]), spaced([4, 3], 70)], { axis, keys: 2 })).toBe(true)
    }
    expect(obeys(sort, [tensorOf([1, 0, 1], [3], 'bool'), i32([3, 4, 5])], { axis: 0, keys: 1 })).toBe(true)
  })

  it('carries cotangents back to where the elements stood, ties too', () => {
    expect(gradients(sort, [f64([3, 1, 1, 2])], { axis: 0, keys: 1 }, [1, 10, 100, 1000])).toEqual([[1000, 1, 10, 100]])
  })
})

describe('top_k', () => {
  it.each([3, 40])('gives the %i largest, of equal ones the first, NaN before all', (k) => {
    fc.assert(
      fc.property(fc.array(special, { minLength: k, maxLength: 60 }), (xs) => {
        const want = positions(xs.length).sort((i, j) => -compare(xs[i]!, xs[j]!) || i - j).slice(0, k)
        const [values, places] = run(topK, [f64(xs)], { k })
        expect(elements(places!)).toEqual(want)
        expect(elements(values!)).toEqual(want.map((i) => xs[i]))
      }),
    )
  })

  it('obeys the laws', () => {
    for (const k of [0, 1, 2, 5]) expect(obeys(topK, [spaced([2, 5])], { k })).toBe(true)
    expect(obeys(topK, [spaced([50])], { k: 40 }, { order: 1 })).toBe(true)
  })
})

it('iota counts along an axis', () => {
  expect(valuesOf(iota, [], { shape: [2, 3], dtype: 'int32', axis: 1 })).toEqual([0, 1, 2, 0, 1, 2])
  expect(valuesOf(iota, [], { shape: [2, 3], dtype: 'float32', axis: 0 })).toEqual([0, 0, 0, 1, 1, 1])
  expect(obeys(iota, [], { shape: [2, 3], dtype: 'uint32', axis: 0 })).toBe(true)
})

it('faults', () => {
  expect(() => run(sort, [f64([1]), f64([1, 2])], { axis: 0, keys: 1 })).toThrow(/^sort: shapes \[1\] and \[2\]/)
  expect(() => run(sort, [f64([1])], { axis: 1, keys: 1 })).toThrow(/^sort: axis 1 of shape \[1\]/)
  expect(() => run(sort, [f64([1])], { axis: 0, keys: 2 })).toThrow(/^sort: 2 keys of 1 arrays/)
  expect(() => run(topK, [f64([1])], { k: 2 })).toThrow(/^top_k: k = 2 of 1 elements/)
  expect(() => run(iota, [], { shape: [2], dtype: 'int32', axis: 1 })).toThrow(/^iota: axis 1 of shape \[2\]/)
})
