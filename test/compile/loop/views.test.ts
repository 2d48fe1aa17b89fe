/** Strides: merging, reshaping and grouping of axes keep the elements and their order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupOffsets, groupStride, isContiguous, merge, passes, reshaped, whole, type Strided } from '../../../src/compile/loop/views'
import { size } from '../../../src/data/shape'
import { indices } from '../reference'

/** The addresses of a view, in row-major order. */
const addresses = (shape: readonly number[], strides: readonly number[], offset = 0): number[] =>
  indices(shape).map((i) => i.reduce((s, k, a) => s + k * strides[a], offset))

const extents = fc.array(fc.constantFrom(1, 2, 3, 4, 6), { maxLength: 4 })
const strided = extents.chain((shape) =>
  fc.record({ shape: fc.constant(shape), strides: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 6, 12, -1, -2, -4), { minLength: shape.length, maxLength: shape.length }), offset: fc.nat(9) }))

describe('merge', () => {
  it('walks the same elements in the same order, on fewer axes', () => {
    fc.assert(fc.property(strided, ({ shape, strides }) => {
      const m = merge(shape, strides)
      expect(addresses(m.extents, m.strides)).toEqual(addresses(shape, strides))
      expect(m.extents.length).toBeLessThanOrEqual(shape.length)
      expect(m.extents).not.toContain(1)
    }))
    expect(merge([2, 3, 4], [12, 4, 1])).toEqual({ extents: [24], strides: [1] })
    expect(merge([3, 1, 4], [0, 7, 0])).toEqual({ extents: [12], strides: [0] })
  })
})

describe('reshaped', () => {
  it('is the same walk where it is one, and says no only where no strides are', () => {
    fc.assert(fc.property(strided, extents, (v, shape) => {
      const view: Strided = { buffer: 0, ...v }
      if (size(shape) !== size(v.shape)) return
      const r = reshaped(view, shape)
      if (r) expect(addresses(r.shape, r.strides, r.offset)).toEqual(addresses(v.shape, v.strides, v.offset))
      if (isContiguous(v.shape, v.strides)) expect(r).toBeDefined()
    }), { numRuns: 2000 })
    expect(reshaped({ buffer: 0, offset: 0, shape: [4, 6], strides: [1, 4] }, [2, 2, 6])?.strides).toEqual([2, 1, 4])
    expect(reshaped({ buffer: 0, offset: 0, shape: [4, 6], strides: [1, 4] }, [3, 8])).toBeUndefined()
    expect(reshaped(whole(0, [4, 6]), [3, 8])?.strides).toEqual([8, 1])
  })
})

describe('groups of axes', () => {
  it('have one stride where their elements are evenly apart', () => {
    expect(groupStride([2, 3, 4], [12, 4, 1], [1, 2])).toBe(1)
    expect(groupStride([2, 3, 4], [12, 4, 1], [0, 1])).toBe(4)
    expect(groupStride([2, 3, 4], [12, 4, 1], [0, 2])).toBeUndefined()
    expect(groupStride([2, 1, 4], [12, 4, 1], [1])).toBe(0)
  })
  it('have the offsets of their elements', () => {
    fc.assert(fc.property(strided, ({ shape, strides }) => {
      expect(groupOffsets(shape, strides, shape.map((_, i) => i))).toEqual(addresses(shape, strides))
    }))
  })
})

describe('passes', () => {
  it('reduce each group of adjacent axes, the last first', () => {
    expect(passes([2, 3, 4, 5], [0, 2])).toEqual([{ outer: 6, length: 4, inner: 5 }, { outer: 1, length: 2, inner: 15 }])
    expect(passes([2, 3, 4], [0, 1, 2])).toEqual([{ outer: 1, length: 24, inner: 1 }])
    expect(passes([2, 1, 3], [0, 2])).toEqual([{ outer: 1, length: 6, inner: 1 }])
    expect(passes([2, 1, 3], [1])).toEqual([])
  })
})
