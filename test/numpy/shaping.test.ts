import { grad, jit, AxisError, DTypeError, IndexError, ShapeError, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const x = np.reshape(np.arange(6), [2, 3])
const values = (ts: Tensor[]): unknown[] => ts.map((t) => t.toArray())

describe('shaping', () => {
  it('reads in either order', () => {
    expect(np.reshape(x, [3, 2], { order: 'F' }).toArray()).toEqual([[0, 4], [3, 2], [1, 5]])
    expect(np.ravel(x, 'F').toArray()).toEqual([0, 3, 1, 4, 2, 5])
    expect(() => np.reshape(x, [4, 2])).toThrow(ShapeError)
    expect(() => np.reshape(x, [4, -1])).toThrow(ShapeError)
  })
  it('moves axes', () => {
    const y = np.ones([2, 3, 4])
    expect(np.moveaxis(y, [0, 1], [-1, 0]).shape).toEqual([3, 4, 2])
    expect(np.rollaxis(y, 0, 3).shape).toEqual([3, 4, 2])
    expect(np.matrixTranspose(y).shape).toEqual([2, 4, 3])
    expect(np.expandDims(y, { axis: [0, -1] }).shape).toEqual([1, 2, 3, 4, 1])
    expect(np.squeeze(np.ones([1, 2, 1]), { axis: -1 }).shape).toEqual([1, 2])
    expect(() => np.squeeze(y, 0)).toThrow(ShapeError)
    expect(() => np.moveaxis(y, [0, 0], [1, 2])).toThrow(AxisError)
    expect(() => np.expandDims(y, [0, 0])).toThrow(AxisError)
    expect(() => np.swapaxes(y, 0, 3)).toThrow(AxisError)
    expect(() => np.transpose(y, [0, 1])).toThrow(AxisError)
  })
  it('broadcasts', () => {
    expect(values(np.broadcastArrays([1, 2], [[3], [4]]))).toEqual([[[1, 2], [1, 2]], [[3, 3], [4, 4]]])
    expect(() => np.broadcastTo(x, [2, 2])).toThrow('broadcastTo: shape [2,3] does not broadcast to [2,2]')
    expect(() => np.broadcastTo(x, [3])).toThrow(ShapeError)
    expect(() => np.broadcastShapes([2], [3])).toThrow(ShapeError)
  })
  it('turns, rolls and repeats', () => {
    expect(np.rot90(x, { k: -1 }).toArray()).toEqual([[3, 0], [4, 1], [5, 2]])
    expect(() => np.rot90(x, 1, [0, 0])).toThrow(AxisError)
    expect(np.roll(x, [1, 1], [0, 1]).toArray()).toEqual([[5, 3, 4], [2, 0, 1]])
    expect(np.roll(x, [1, 1], { axis: 1 }).toArray()).toEqual([[1, 2, 0], [4, 5, 3]])
    expect(np.roll(x, [1, 2]).toArray()).toEqual(np.roll(x, 3).toArray())
    expect(np.roll(np.zeros([0]), 3).shape).toEqual([0])
    expect(() => np.roll(x, [1, 2], [0, 1, 0])).toThrow(AxisError)
    expect(np.repeat(x, [1, 2], { axis: 0 }).shape).toEqual([3, 3])
    expect(() => np.repeat(x, [1, 2, 3], 0)).toThrow(ShapeError)
    expect(() => np.repeat(x, -1)).toThrow(ShapeError)
    expect(np.tile(x, []).toArray()).toEqual(x.toArray())
    expect(np.resize([], 0).shape).toEqual([0])
    expect(np.resize(np.zeros([0, 3], 'int32'), [2, 1])).toMatchObject({ shape: [2, 1], dtype: 'int32' })
    expect(np.trimZeros([0, 1, 0], 'f').toArray()).toEqual([1, 0])
  })
  it('says shape, ndim and size', () => {
    expect([np.shape([[1, 2]]), np.ndim(3), np.size(x), np.size(x, -1)]).toEqual([[1, 2], 0, 6, 3])
    expect(np.atleast1d(1, [2]) as Tensor[]).toHaveLength(2)
  })
  it('reads windows that begin at traced integers', () => {
    const f = jit((y: Tensor, i: Tensor) => np.dynamicSlice(y, [i], [2]))
    expect(f(np.arange(5), np.array(9, 'int32')).toArray()).toEqual([3, 4])
    expect(np.dynamicUpdateSlice(np.zeros(3), [7], [1]).toArray()).toEqual([0, 7, 0])
    expect(() => np.dynamicSlice([1, 2], [0.5], [1])).toThrow(IndexError)
  })
})

describe('joining', () => {
  it('takes lists, tensors and axes in either form', () => {
    expect(np.concatenate([x, x], { axis: 1 }).shape).toEqual([2, 6])
    expect(np.concatenate(x).toArray()).toEqual([0, 1, 2, 3, 4, 5])
    expect(np.concatenate([x, [7]] as never, null).size).toBe(7)
    expect(np.stack([1, 2]).toArray()).toEqual([1, 2])
    expect(np.hstack([1, [2, 3]] as never).toArray()).toEqual([1, 2, 3])
    expect(np.columnStack([[1, 2], [3, 4]]).toArray()).toEqual([[1, 3], [2, 4]])
    expect(np.concatenate([np.ones(1, 'int32'), np.ones(1, 'float32')]).dtype).toBe('float32')
  })
  it('raises where the arrays do not fit', () => {
    expect(() => np.stack([[1], [1, 2]] as never)).toThrow('stack: shapes [1], [2]')
    expect(() => np.concatenate([])).toThrow(ShapeError)
    expect(() => np.concatenate([1, 2])).toThrow(/rank-0/)
    expect(() => np.vstack([[1, 2], [1]] as never)).toThrow(ShapeError)
    expect(() => np.concatenate(np.array(1))).toThrow(/no list of arrays/)
  })
  it('raises for an array beside the list', () => {
    const { vstack, hstack, dstack, columnStack, concatenate, stack } = np
    for (const [name, join] of Object.entries({ vstack, hstack, dstack, columnStack, concatenate, stack }))
      for (const [a, b] of [[np.ones([2, 2]), np.ones([2, 2])], [[1, 2], [3, 4]], [np.ones([2, 2]), Float64Array.of(1, 2)]] as const)
        expect(() => (join as (...xs: unknown[]) => Tensor)(a, b), name).toThrow(`${name}: an array stands after the first argument\nGive a list: np.${name}([a, b]).`)
    expect([[[1, 2], [3]], [[4], [5, 6]]].map(np.hstack as (xs: number[][]) => Tensor).map((t) => t.toArray())).toEqual([[1, 2, 3], [4, 5, 6]])
  })
  it('splits, inserts and deletes', () => {
    expect(values(np.split(np.arange(5), [1, -1]))).toEqual([[0], [1, 2, 3], [4]])
    expect(values(np.unstack(x, { axis: 1 }))).toEqual([[0, 3], [1, 4], [2, 5]])
    expect(() => np.split(np.arange(5), 2)).toThrow(/cannot be split into 2 equal parts/)
    expect(np.insert(x, 1, 9, { axis: 1 }).toArray()).toEqual([[0, 9, 1, 2], [3, 9, 4, 5]])
    expect(np.insert(x, [0, 2], [7, 8]).toArray()).toEqual([7, 0, 1, 8, 2, 3, 4, 5])
    expect(np.insert(x, 0, [7, 8, 9], 0).toArray()).toEqual([[7, 8, 9], [0, 1, 2], [3, 4, 5]])
    expect(np.insert([1, 2], -1, [8, 9]).toArray()).toEqual([1, 8, 9, 2])
    expect(np.delete(x, [0, -1], 1).toArray()).toEqual([[1], [4]])
    expect(np.delete(x, 5).toArray()).toEqual([0, 1, 2, 3, 4])
    expect(() => np.delete(x, 6)).toThrow('delete: index 6 is out of bounds')
    expect(() => np.insert(x, 0.5, 1)).toThrow(IndexError)
  })
  it('blocks of ranks that differ', () => {
    expect(np.block([1, np.array([2, 3])]).toArray()).toEqual([1, 2, 3])
    expect(() => np.block([1, [2, 3]])).toThrow(/depths 0, 1/)
    expect(np.block([[x, np.array([[6], [7]])], [np.array([8, 9, 10, 11])]]).toArray()).toEqual([[0, 1, 2, 6], [3, 4, 5, 7], [8, 9, 10, 11]])
  })
})

describe('padding', () => {
  it('takes widths and values for all, for each side and for each axis', () => {
    expect(np.pad([1, 2], [1, 0], { constantValues: 9 }).toArray()).toEqual([9, 1, 2])
    expect(np.pad([[1]], [[1, 0], [0, 1]], { constantValues: [[7, 0], [0, 8]] }).toArray()).toEqual([[7, 8], [1, 8]])
    expect(np.pad([1, 2], 1, 'linear_ramp', { endValues: [5, 6] }).toArray()).toEqual([5, 1, 2, 6])
    expect(np.pad([1, 2], 2, 'symmetric', { reflectType: 'odd' }).toArray()).toEqual([0, 1, 1, 2, 2, 3])
    expect(np.pad([1], 2, 'symmetric').toArray()).toEqual([1, 1, 1, 1, 1])
    expect(np.pad([1], 2, 'reflect').toArray()).toEqual([1, 1, 1, 1, 1])
    expect(np.pad([1, 3], 1, 'minimum').toArray()).toEqual([1, 1, 3, 1])
    expect(np.pad([1, 2, 6], [0, 1], 'median').toArray()).toEqual([1, 2, 6, 2])
    expect(np.pad([1, 2], 0, 'edge').toArray()).toEqual([1, 2])
    const ints = (...xs: number[]): Int32Array => Int32Array.from(xs)
    expect([np.pad(ints(1, 2, 2), 1, 'mean'), np.pad(ints(3, 4), 1, 'median'), np.pad(ints(-1, -2, -2), 1, 'mean'), np.pad(ints(-7, 2), [[2, 0]], 'linear_ramp')].map((t) => t.toArray())).toEqual([[2, 1, 2, 2, 2], [4, 3, 4, 4], [-2, -1, -2, -2, -2], [0, -4, -7, 2]])
    expect(np.pad(np.array([1, 2], 'int32'), 1, 'empty').dtype).toBe('int32')
    for (const dtype of ['int32', 'uint32', 'float32', 'float64'] as const) {
      expect(np.pad(np.array([5, 4], dtype), 1, 'maximum').toArray()).toEqual([5, 5, 4, 5])
      expect(np.pad(np.array([5, 4], dtype), 1, { mode: 'minimum' }).toArray()).toEqual([4, 5, 4, 4])
    }
    expect(np.pad([true, false], 1, 'minimum').toArray()).toEqual([false, true, false, false])
  })
  it('raises for what cannot be padded', () => {
    expect(() => np.pad([1], -1)).toThrow(ShapeError)
    expect(() => np.pad(x, [[1, 1], [1, 1], [1, 1]])).toThrow(ShapeError)
    expect(() => np.pad([], 1, 'edge')).toThrow(ShapeError)
    expect(() => np.pad([1], 1, 'blur' as never)).toThrow(/^pad: there is no mode 'blur'\nGive 'constant', 'edge', /)
    expect(() => np.pad(np.array([1], 'int32'), 1, { constantValues: np.array(1.5) })).toThrow(DTypeError)
    for (const widths of [[1, 2, 3], [[1, 2, 3], [1, 1]], [[1, 1], [1, 2, 3]]] as const) expect(() => np.pad(x, widths as never)).toThrow(/^pad: 3 numbers where a pair belongs\nGive \[before, after\] for all axes/)
    expect(() => np.pad(np.ones(3), 1, { constantValues: [1, 2, 3] })).toThrow(ShapeError)
  })
  it.each(['constant', 'edge', 'reflect', 'symmetric', 'wrap', 'linear_ramp', 'maximum', 'mean'] as const)('%s differentiates to what was read', (mode) => {
    const w = np.arange(7)
    const f = (y: Tensor): Tensor => np.sum(np.multiply(np.pad(y, 2, { mode }), w))
    const at = np.array([1, 3, 2])
    const g = grad(f)(at) as Tensor
    for (let i = 0; i < 3; i++) {
      const step = np.eye(3).at(i)
      const exact = np.subtract(f(np.add(at, np.multiply(step, 0.25))), f(np.subtract(at, np.multiply(step, 0.25)))).item() as number
      expect(g.at(i).item()).toBeCloseTo(exact / 0.5, 12)
    }
  })
})
