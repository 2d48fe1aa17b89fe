/** Rolling: what leaves at one end enters at the other. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AxisError, jit, np, ops, primitives, vmap, type Tensor } from 'adjoint'

const roll = primitives.find((p) => p.name === 'roll')!
const values = (shape: readonly number[]): Tensor => np.reshape(np.arange(shape.reduce((n, e) => n * e, 1)), shape)

describe('roll', () => {
  it('is the joined slices, along any axes, by any shifts', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }), fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 4, maxLength: 4 }), (shape, by) => {
      const x = values(shape)
      const want = shape.reduce<Tensor>((y, n, axis) => {
        const s = n === 0 ? 0 : ((by[axis]! % n) + n) % n
        const cut = (from: number, to: number): Tensor => ops.slice(y, shape.map((_, i) => (i === axis ? from : 0)), shape.map((e, i) => (i === axis ? to : e))) as Tensor
        return np.concatenate([cut(n - s, n), cut(0, n - s)], axis)
      }, x)
      expect(np.roll(x, by.slice(0, shape.length), shape.map((_, i) => i)).toArray()).toEqual(want.toArray())
    }))
  })
  it('several in a row are one, those that undo each other none', () => {
    const f = (x: Tensor): Tensor => np.roll(np.roll(x, 1, 0), [2, 1], [0, 1])
    const simplified = (g: (x: Tensor) => Tensor, x: Tensor): unknown => jit(g).lower(x).jaxpr.eqns.map((e) => [e.prim.name, e.params.shifts])
    expect(simplified(f, values([5, 3]))).toEqual([['roll', [3, 1]]])
    expect(simplified((x) => np.roll(np.roll(x, 3), -3), values([5]))).toEqual([])
  })
  it('rolls each lane of a batch', () => {
    expect(vmap((x: Tensor) => np.roll(x, 1))(values([2, 3])).toArray()).toEqual([[2, 0, 1], [5, 3, 4]])
  })
  it('says which shifts it takes', () => {
    expect(() => ops.bind(roll, [values([3])], { shifts: [3] })).toThrow(AxisError)
    expect(() => ops.bind(roll, [values([3])], { shifts: [1, 1] })).toThrow('roll: shifts [1,1] for shape [3]')
  })
})
