import { grad, jit, vmap, AxisError, ShapeError, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const x = np.reshape(np.arange(6), [2, 3])

describe('applyAlongAxis', () => {
  it('gives numbers, vectors or matrices for every line', () => {
    expect(np.applyAlongAxis((v) => np.sum(v), 0, x).toArray()).toEqual([3, 5, 7])
    expect(np.applyAlongAxis((v) => np.flip(v), 1, x).toArray()).toEqual([[2, 1, 0], [5, 4, 3]])
    expect(np.applyAlongAxis((v) => np.outer(v, v), -2, np.ones([4, 2, 3])).shape).toEqual([4, 2, 2, 3])
    expect(() => np.applyAlongAxis((v) => v, 2, x)).toThrow(AxisError)
  })
})

describe('vectorize', () => {
  it('spreads a function of scalars, or of what the signature names', () => {
    expect(np.vectorize((a, b) => np.add(a, b))([[1], [2]], [10, 20]).toArray()).toEqual([[11, 21], [12, 22]])
    const mv = np.vectorize((m, v) => np.matmul(m, v), { signature: '(m, n),(n)->(m)' })
    expect(mv(np.stack([x, x]), [1, 1, 1]).toArray()).toEqual([[3, 12], [3, 12]])
    expect((grad((y: Tensor) => np.sum(np.vectorize((a) => np.square(a))(y)))(x) as Tensor).toArray()).toEqual([[0, 2, 4], [6, 8, 10]])
  })
  it('refuses what does not fit', () => {
    expect(() => np.vectorize((a) => a, { signature: 'n->n' })([1])).toThrow(/is no signature/)
    expect(() => np.vectorize((a) => a, { signature: '(n),(n)->()' })([1])).toThrow(ShapeError)
    expect(() => np.vectorize((a) => a, { signature: '(n)->()' })(1)).toThrow(/wants rank 1/)
    expect(() => np.vectorize((a, b) => np.add(a, b))([1, 2], [1, 2, 3])).toThrow(/do not broadcast/)
  })
})

describe('searchsorted in batches', () => {
  const lines = np.array([[0, 1, 2], [10, 11, 12]])
  it('of lines, of values, and of both', () => {
    expect((vmap((l: Tensor) => np.searchsorted(l, [1, 11]))(lines) as Tensor).toArray()).toEqual([[1, 3], [0, 1]])
    expect((vmap((v: Tensor) => np.searchsorted([0, 1, 2], v))(np.array([1, 5])) as Tensor).toArray()).toEqual([1, 3])
    expect((vmap((l: Tensor, v: Tensor) => np.searchsorted(l, v, 'right'))(lines, np.array([1, 11])) as Tensor).toArray()).toEqual([2, 2])
    const nested = vmap((v: Tensor) => vmap((l: Tensor) => np.searchsorted(l, v))(lines) as Tensor)
    expect((nested(np.array([1, 11])) as Tensor).toArray()).toEqual([[1, 0], [3, 1]])
  })
  it('under jit', () => {
    expect((jit((v: Tensor) => np.searchsorted([1, NaN], v, 'right'))(np.array([NaN, 0, 2])) as Tensor).toArray()).toEqual([2, 0, 1])
    expect(np.isin([1, NaN, 3], [3, NaN, 1]).toArray()).toEqual([true, false, true])
    expect(np.isin([1], []).toArray()).toEqual([false])
    expect(np.isin([true], [false, true]).toArray()).toEqual([true])
    expect(np.ravelMultiIndex([[1, 0], [-1, 2]], [2, 3]).toArray()).toEqual([5, 2])
    expect(() => np.ravelMultiIndex([0], [2, 3])).toThrow(ShapeError)
  })
})
