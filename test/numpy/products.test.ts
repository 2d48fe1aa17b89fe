import { grad, jit, makeJaxpr, vmap, AxisError, ShapeError, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const random = (shape: readonly number[], seed: number): Tensor => {
  let s = seed
  const n = shape.reduce((p, e) => p * e, 1)
  return np.reshape(np.array(Float64Array.from({ length: n }, () => ((s = (s * 16807) % 2147483647) % 19) - 9)), shape)
}

describe('products', () => {
  const a = random([2, 3], 1)
  it('of integers stay integers, of booleans count', () => {
    expect(np.matmul(np.ones([2, 2], 'int32'), np.ones([2, 2], 'int32')).dtype).toBe('int32')
    expect(np.inner([true, true], [true, true]).item()).toBe(2)
    expect(np.outer(np.ones(2, 'float32'), 2).dtype).toBe('float32')
  })
  it('of vectors, matrices and batches', () => {
    expect(np.vecdot(a, [1, 2, 3], { axis: -1 }).toArray()).toEqual(np.matmul(a, [1, 2, 3]).toArray())
    expect(np.matvec(random([4, 2, 3], 5), [1, 2, 3]).shape).toEqual([4, 2])
    expect(np.inner(2, [1, 2]).toArray()).toEqual([2, 4])
    expect(np.tensordot(a, np.transpose(a), { axes: 1 }).shape).toEqual([2, 2])
    expect(np.tensordot(a, a, [1, 1]).shape).toEqual([2, 2])
    expect(np.cross([1, 2], [3, 4]).item()).toBe(-2)
    expect(np.cross([1, 2], [3, 4, 5]).toArray()).toEqual([10, -5, -2])
    expect(np.cross([[1, 0, 0]], [0, 1, 0], { axisc: 0 }).toArray()).toEqual([[0], [0], [1]])
    expect(np.kron(np.ones([1, 2]), [1, 2]).toArray()).toEqual([[1, 2, 1, 2]])
  })
  it('raise where extents do not fit', () => {
    expect(() => np.matmul(a, a)).toThrow(ShapeError)
    expect(() => np.vdot([1], [1, 2])).toThrow(ShapeError)
    expect(() => np.inner([1], [1, 2])).toThrow(/inner: shapes \[1\] and \[2\]/)
    expect(() => np.tensordot(a, a, 1)).toThrow(ShapeError)
    expect(() => np.cross([1, 2, 3, 4], [1, 2, 3])).toThrow(ShapeError)
  })
})

describe('einsum', () => {
  it('contracts pair by pair, the cheapest first', () => {
    const [x, y, z] = [random([4, 30], 1), random([30, 30], 2), random([30, 2], 3)]
    const program = makeJaxpr((p: Tensor, q: Tensor, r: Tensor) => np.einsum('ij,jk,kl->il', p, q, r))(x, y, z)
    expect(program.eqns.filter((e) => e.prim.name === 'dot_general').length).toBe(2)
    expect(np.einsum('ij,jk,kl->il', x, y, z).toArray()).toEqual(np.matmul(np.matmul(x, y), z).toArray())
  })
  it('sums, transposes, takes diagonals, broadcasts', () => {
    const x = random([3, 3], 7)
    expect(np.einsum('ij->j', x).toArray()).toEqual(np.sum(x, 0).toArray())
    expect(np.einsum('ba', x).toArray()).toEqual(x.T.toArray())
    expect(np.einsum('iii->i', random([2, 2, 2], 3)).shape).toEqual([2])
    expect(np.einsum('...ij,...jk', random([2, 1, 2, 3], 1), random([4, 3, 2], 2)).shape).toEqual([2, 4, 2, 2])
    expect(np.einsum('ij,ij->ij', x, np.ones([1, 3])).toArray()).toEqual(x.toArray())
    expect(np.einsum('i,j,k->', [1, 2], [3, 4], [5, 6]).item()).toBe(3 * 7 * 11)
    expect(np.einsum(' i j , j -> i ', x, [1, 0, 0]).toArray()).toEqual(np.take(x, 0, 1).toArray())
    expect(np.einsum('ij->', np.zeros([0, 3])).item()).toBe(0)
    expect(np.einsum('ii', np.zeros([0, 0])).item()).toBe(0)
    expect(np.einsum('i->i', [true]).dtype).toBe('int32')
  })
  it('differentiates and batches', () => {
    const [x, y] = [random([2, 3], 1), random([3, 2], 2)]
    const f = (p: Tensor, q: Tensor): Tensor => np.einsum('ij,ji->', p, q)
    expect((grad(f)(x, y) as Tensor).toArray()).toEqual(y.T.toArray())
    const batch = np.stack([x, np.multiply(x, 2)])
    expect((vmap((p: Tensor) => np.einsum('ij,jk->ik', p, y))(batch) as Tensor).at(1).toArray()).toEqual(np.multiply(np.matmul(x, y), 2).toArray())
    expect((jit((p: Tensor) => np.einsum('ij,ij->i', p, p))(x) as Tensor).toArray()).toEqual(np.sum(np.square(x), 1).toArray())
  })
  it.each([
    ['ij,jk', [np.ones([2, 3])], /2 lists of labels for 1 operands/],
    ['ijk', [np.ones([2, 3])], /'ijk' has 3 letters for an array of rank 2/],
    ['ij,jk', [np.ones([2, 3]), np.ones([2, 3])], /label j has extents 3 and 2/],
    ['ij->ik', [np.ones([2, 3])], /must occur in the operands/],
    ['ij->ii', [np.ones([2, 3])], /each once/],
    ['i1', [np.ones([2, 3])], /is no list of letters/],
    ['ij->i1', [np.ones([2, 3])], /is no list of letters/],
    ['...i->i', [np.ones([2, 3])], /axes of '...' are missing/],
    ['ii', [np.ones([2, 3])], /extents 2 and 3|different extents/],
    ['ii', [np.ones([1, 3])], /different extents/],
  ] as const)("'%s' is refused where it does not fit", (subscripts, operands, message) => {
    expect(() => np.einsum(subscripts, ...operands)).toThrow(message)
  })
})

describe('diagonals', () => {
  it('of matrices without them are empty', () => {
    expect(np.diagonal(np.ones([2, 3]), 5).shape).toEqual([0])
    expect(np.trace(np.ones([0, 0])).item()).toBe(0)
    expect(np.diag([], 2).toArray()).toEqual([[0, 0], [0, 0]])
    expect(np.diag([], -1).toArray()).toEqual([[0]])
  })
  it('are written and read back', () => {
    expect(np.fillDiagonal(np.zeros([2, 3]), 7).toArray()).toEqual([[7, 0, 0], [0, 7, 0]])
    expect(np.fillDiagonal(np.zeros([3, 2]), [1, 2]).toArray()).toEqual([[1, 0], [0, 2], [0, 0]])
    expect((grad((v: Tensor) => np.sum(np.multiply(np.diag(v, { k: 1 }), np.reshape(np.arange(9), [3, 3]))))(np.array([1, 2])) as Tensor).toArray()).toEqual([1, 5])
    expect(np.tril([1, 2]).toArray()).toEqual([[1, 0], [1, 2]])
    expect(np.triu(np.ones([2, 2], 'int32'), { k: 1 }).dtype).toBe('int32')
    expect(np.vander([2, 3], { n: 2, increasing: true }).toArray()).toEqual([[1, 2], [1, 3]])
    expect(np.vander([2, 3], 0).shape).toEqual([2, 0])
  })
  it('raise for wrong ranks and axes', () => {
    expect(() => np.diagonal([1])).toThrow(ShapeError)
    expect(() => np.diagonal(np.ones([2, 2]), 0, 1, 1)).toThrow(AxisError)
    expect(() => np.diag(np.ones([1, 1, 1]))).toThrow(ShapeError)
    expect(() => np.tril(1)).toThrow(ShapeError)
    expect(() => np.vander([[1]])).toThrow(ShapeError)
    expect(() => np.fillDiagonal([1], 1)).toThrow(ShapeError)
  })
})
