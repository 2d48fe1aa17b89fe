import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gather } from '../../src/primitives/indexing'
import { indexedRecurrence, scatters } from '../../src/primitives/scatter'
import { accumulateDynamic, dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/windows'
import type { ScatterKind } from '../../src/ir/types'
import { elements, f64, gradients, i32, obeys, run, scalar, spaced, tensorOf, valuesOf } from './rules'

const kinds: readonly ScatterKind[] = ['set', 'add', 'mul', 'min', 'max']
const modes = ['clip', 'drop'] as const

/** Shapes of array and indices, and the count of batch axes. */
const layouts: readonly (readonly [number[], number[], number])[] = [
  [[5], [3, 1], 0],
  [[5], [1], 0],
  [[4, 3], [2, 2], 0],
  [[4, 3], [3, 1], 0],
  [[2, 4, 3], [2, 3, 1], 1],
  [[2, 3, 4], [2, 3, 2, 1], 2],
  [[3], [4, 0], 0],
  [[5], [0, 1], 0],
]

const indicesFor = (shape: readonly number[], top: number): ReturnType<typeof i32> =>
  i32(Array.from({ length: shape.reduce((n, e) => n * e, 1) }, (_, i) => ((i * 7) % (top + 4)) - 2), shape)

describe.each(modes)('indices out of range: %s', (mode) => {
  it.each(layouts)('gather and scatter obey the laws: %j at %j, batch %i', (shape, at, batch) => {
    const indices = indicesFor(at, Math.max(...shape))
    const updates = spaced([...at.slice(0, -1), ...shape.slice(batch + at[at.length - 1]!)], 1000)
    expect(obeys(gather, [spaced(shape), indices], { batch, mode }, { smooth: mode === 'clip' })).toBe(true)
    for (const kind of kinds) expect(obeys(scatters[kind], [spaced(shape), indices, updates], { batch, mode })).toBe(true)
    expect(obeys(indexedRecurrence, [spaced(shape), indices, updates, updates], { batch, mode, reverse: false })).toBe(true)
  })

  it('gather and scatter are loops over rows', () => {
    const combine: { readonly [K in ScatterKind]: (a: number, b: number) => number } = {
      set: (_a, b) => b,
      add: (a, b) => a + b,
      mul: (a, b) => a * b,
      min: Math.min,
      max: Math.max,
    }
    const place = (i: number, n: number): number => (mode === 'clip' ? Math.min(Math.max(i, 0), n - 1) : i >= 0 && i < n ? i : -1)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: -3, max: 8 }), { maxLength: 6 }), (n, at) => {
        const [x, u] = [spaced([n, 2]), spaced([at.length, 2], 100)]
        const [xs, us] = [elements(x), elements(u)]
        const indices = i32(at, [at.length, 1])
        const places = at.map((i) => place(i, n))
        expect(valuesOf(gather, [x, indices], { batch: 0, mode })).toEqual(places.flatMap((p) => (p < 0 ? [NaN, NaN] : [xs[2 * p]!, xs[2 * p + 1]!])))
        for (const kind of kinds) {
          const want = [...xs]
          places.forEach((p, r) => {
            if (p >= 0) for (const j of [0, 1]) want[2 * p + j] = combine[kind](want[2 * p + j]!, us[2 * r + j]!)
          })
          expect(valuesOf(scatters[kind], [x, indices, u], { batch: 0, mode })).toEqual(want)
        }
      }),
    )
  })
})

describe('several updates of one place', () => {
  const clip = { batch: 0, mode: 'clip' }
  const places = i32([0, 0, 1], [3, 1])

  it('set: the last wins, and it alone has a derivative', () => {
    expect(valuesOf(scatters.set, [f64([1, 2, 3]), places, f64([10, 20, 30])], clip)).toEqual([20, 30, 3])
    expect(gradients(scatters.set, [f64([1, 2, 3]), places, f64([10, 20, 30])], clip, [1, 1, 1])).toEqual([[0, 0, 1], [0, 1, 1]])
  })

  it('set: a dropped update has none', () => {
    expect(gradients(scatters.set, [f64([1, 2, 3]), i32([0, 7, -1], [3, 1]), f64([10, 20, 30])], { batch: 0, mode: 'drop' }, [1, 1, 1])).toEqual([[0, 1, 1], [1, 0, 0]])
  })

  it('mul: products of the others, zeros included', () => {
    expect(gradients(scatters.mul, [f64([2, 0, 3]), places, f64([0, 5, 7])], clip, [1, 1, 1])).toEqual([[0, 7, 1], [10, 0, 0]])
    expect(obeys(scatters.mul, [f64([0, 2, 3]), i32([1, 1, 0, 1, 2], [5, 1]), f64([2, 0, 0, 3, 4])], clip, { order: 3 })).toBe(true)
  })

  it('max: ties share equally', () => {
    expect(gradients(scatters.max, [f64([1, 9, 3]), i32([0, 0, 1], [3, 1]), f64([4, 4, 9])], clip, [1, 1, 1])).toEqual([[0, 0.5, 1], [0.5, 0.5, 0.5]])
  })
})

describe('windows at run-time starts', () => {
  const windows: readonly (readonly [number[], number[], number[]])[] = [
    [[5], [2], [1]],
    [[5], [2], [4]],
    [[5], [2], [-3]],
    [[4, 3], [2, 3], [1, 0]],
    [[4, 3], [2, 2], [3, 1]],
    [[4, 3], [4, 3], [1, 1]],
    [[3, 4, 2], [1, 2, 2], [1, 1, 0]],
    [[3, 4, 2], [2, 4, 1], [0, 1, 1]],
    [[], [], []],
    [[3], [0], [1]],
  ]

  it.each(windows)('slice, update and accumulate obey the laws: %j, window %j at %j', (shape, sizes, start) => {
    const starts = start.map((s) => scalar(s, 'int32'))
    expect(obeys(dynamicSlice, [spaced(shape), ...starts], { sizes })).toBe(true)
    expect(obeys(dynamicUpdateSlice, [spaced(shape), spaced(sizes, 100), ...starts])).toBe(true)
    expect(obeys(accumulateDynamic, [spaced(shape), spaced(sizes, 100), ...starts])).toBe(true)
  })

  it('are clamped to lie inside', () => {
    const x = f64([1, 2, 3, 4])
    expect(valuesOf(dynamicSlice, [x, scalar(9, 'int32')], { sizes: [2] })).toEqual([3, 4])
    expect(valuesOf(dynamicSlice, [x, scalar(-9, 'int32')], { sizes: [2] })).toEqual([1, 2])
    expect(valuesOf(dynamicSlice, [x, scalar(4294967295, 'uint32')], { sizes: [2] })).toEqual([3, 4])
    expect(valuesOf(dynamicUpdateSlice, [x, f64([8, 9]), scalar(3, 'int32')])).toEqual([1, 2, 8, 9])
    expect(valuesOf(accumulateDynamic, [x, f64([8, 9]), scalar(1, 'int32')])).toEqual([1, 10, 12, 4])
  })
})

it('faults name the shapes', () => {
  const clip = { batch: 0, mode: 'clip' }
  expect(() => run(gather, [f64([1]), f64([0], [1, 1])], clip)).toThrow(/^gather: indices have dtype float64/)
  expect(() => run(gather, [f64([1]), i32([0, 0], [1, 2])], clip)).toThrow(/^gather: indices of shape \[1,2\] do not address \[1\]/)
  expect(() => run(gather, [f64([]), i32([0], [1, 1])], clip)).toThrow(/^gather: nothing to index in shape \[0\]/)
  expect(() => run(scatters.add, [f64([1, 2]), i32([0, 1], [2, 1]), f64([1, 2, 3])], clip)).toThrow(/^scatter_add: updates of shape \[3\], expected \[2\]/)
  expect(() => run(scatters.add, [f64([1, 2]), i32([0, 1], [2, 1]), i32([1, 2])], clip)).toThrow(/^scatter_add: array float64, updates int32/)
  expect(() => run(scatters.add, [tensorOf([1, 0], [2], 'bool'), i32([0], [1, 1]), tensorOf([1], [1], 'bool')], clip)).toThrow(/^scatter_add: expected a number dtype, got bool/)
  expect(() => run(dynamicSlice, [f64([1, 2]), scalar(0, 'int32')], { sizes: [3] })).toThrow(/^dynamic_slice: a window \[3\] of \[2\]/)
  expect(() => run(dynamicSlice, [f64([1, 2]), scalar(0)], { sizes: [1] })).toThrow(/^dynamic_slice: starts float64\[\] for shape \[2\]/)
  expect(() => run(dynamicUpdateSlice, [f64([1, 2]), i32([1]), scalar(0, 'int32')])).toThrow(/^dynamic_update_slice: array float64, update int32/)
})
