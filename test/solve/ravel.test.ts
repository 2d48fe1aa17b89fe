/** Trees as vectors, and back. */
import { describe, expect, it } from 'vitest'
import { grad, np, vmap, type Tensor } from '../../src/index'
import { ravelTree } from '../../src/solve/index'
import { close } from './close'

describe('ravelTree', () => {
  const tree = { a: np.array([[1, 2], [3, 4]]), b: [np.array(5), np.array([6, 7], { dtype: 'int32' })] as const, c: null }

  it('lists the leaves in order, and puts them back, shapes and dtypes included', () => {
    const [v, unravel] = ravelTree(tree)
    expect(v.toArray()).toEqual([1, 2, 3, 4, 5, 6, 7])
    const back = unravel(np.mul(2, v)) as unknown as typeof tree
    expect(back.a.toArray()).toEqual([[2, 4], [6, 8]])
    expect(back.b[0].toArray()).toBe(10)
    expect(back.b[1].dtype).toBe('int32')
    expect(back.b[1].toArray()).toEqual([12, 14])
    expect(back.c).toBeNull()
  })

  it('is differentiable and mapped', () => {
    const [, unravel] = ravelTree({ x: np.array([1, 2]), y: 3 })
    const f = (v: Tensor): Tensor => {
      const { x, y } = unravel(v)
      return np.sum(x).mul(y)
    }
    close(grad(f)(np.array([1, 2, 3])), [3, 3, 3])
    close(vmap(f)(np.array([[1, 2, 3], [1, 1, 1]])), [9, 2])
    close(grad((t: { x: Tensor; y: Tensor }) => np.sum(np.square(ravelTree(t)[0])))({ x: np.array([1, 2]), y: np.array(3) }).x, [2, 4])
  })

  it('has no elements for a tree without leaves, and refuses vectors of another length', () => {
    const [v, unravel] = ravelTree({ a: [] })
    expect(v.shape).toEqual([0])
    expect(unravel(v)).toEqual({ a: [] })
    expect(() => ravelTree([1, 2])[1](np.array([1, 2, 3]))).toThrow(/unravel: expected shape \[2\], got \[3\]/)
  })
})
