/** tree.map over trees that go on below the leaves of the first: parameters that were saved as text are read again. */
import { describe, expect, it } from 'vitest'
import { tree, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'

describe('tree.map of trees that go on below', () => {
  it('reads saved parameters', () => {
    const params = { layers: [{ w: np.array([[1, 2], [3, 4]], 'float32'), b: null }], on: np.array([true, false]), n: np.array(3, 'int32') }
    const read = tree.map((p: Tensor, saved: number[]) => np.array(saved, p.dtype), params, JSON.parse(JSON.stringify(params))) as typeof params
    expect(JSON.stringify(read)).toBe(JSON.stringify(params))
    expect(tree.leaves(read).map((t: Tensor) => t.dtype)).toEqual(['float32', 'int32', 'bool'])
  })

  it('gives f what stands at the place of a leaf, and says where there is none', () => {
    expect(tree.map((a: number, b: unknown) => [a, b], { x: 1, y: [2, null] }, { y: [{ z: 5 }, undefined], x: null })).toEqual({ x: [1, null], y: [[2, { z: 5 }], null] })
    expect(() => tree.map((a: number) => a, { x: [1, 2] }, { x: [1] })).toThrow('trees differ: tree1.x: expected [*, *], got [*]')
    expect(() => tree.map((a: number) => a, { x: [1, 2] }, { x: 3 })).toThrow('trees differ: tree1.x: expected [*, *], got *')
  })
})
