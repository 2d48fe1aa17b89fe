/** Reading and writing at an index: NumPy's results for random indices of every kind, then traced indices and errors. */
import { readFileSync } from 'node:fs'
import { grad, jit, makeJaxpr, vmap, ConcretizationError, DTypeError, IndexError, ShapeError, Tensor, type Index } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'
import { argument, expectArray, type GoldenArray, type Json } from './golden'

interface Case {
  readonly shape: readonly number[]
  readonly index: readonly Json[]
  readonly error?: string
  readonly out: GoldenArray
  readonly set: GoldenArray
  readonly add: GoldenArray
}
const { cases } = JSON.parse(readFileSync('test/golden/indexing.json', 'utf8')) as { cases: Case[] }

const entry = (e: Json): Index => (typeof e === 'object' && e !== null && 'slice' in e ? (e.slice as never) : (argument(e) as Index))
const ordinal = (shape: readonly number[], dtype: 'int32' | 'float64' = 'int32'): Tensor =>
  np.reshape(np.arange(shape.reduce((p, n) => p * n, 1), { dtype }), shape)
const shown = (c: Case): string => `${JSON.stringify(c.shape)} ${c.index.map((e) => (typeof e === 'object' && e !== null && 'data' in e ? `${String(e.dtype)}${JSON.stringify(e.shape)}` : typeof e === 'object' && e !== null && 'slice' in e ? (e.slice as Json[]).map((v) => v ?? '').join(':') : String(e))).join(', ')}`

describe('as NumPy indexes', () => {
  // Twenty cases a test: there are many, and each is quick.
  const groups = Array.from({ length: Math.ceil(cases.length / 20) }, (_, i) => cases.slice(20 * i, 20 * i + 20))
  it.each(groups.map((g, i) => [i, g] as const))('group %i', (_, group) => {
    const wrong = group.flatMap((c) => {
      const x = ordinal(c.shape)
      const index = c.index.map(entry)
      try {
        const out = x.slice(...index)
        if (c.error) return [`${shown(c)} does not raise`]
        expectArray(out, c.out)
        expectArray(x.set(index, np.subtract(-1, ordinal(out.shape))), c.set)
        expectArray(x.addAt(index, np.add(100, ordinal(out.shape))), c.add)
        return []
      } catch (e) {
        return c.error && e instanceof IndexError ? [] : [`${shown(c)}: ${(e as Error).message}`]
      }
    })
    expect(wrong).toEqual([])
  })

  it('under jit, with everything traced that may be', () => {
    const some = cases.filter((k, i) => !k.error && i % 4 === 0)
    expect(some.length).toBeGreaterThan(50)
    for (const c of some) {
      const index = c.index.map(entry)
      const dynamic = index.filter((e): e is Tensor => e instanceof Tensor && e.dtype !== 'bool')
      const rebuilt = (given: readonly Tensor[]): Index[] => {
        const rest = [...given]
        return index.map((e) => (e instanceof Tensor && e.dtype !== 'bool' ? rest.shift()! : e))
      }
      const read = jit((x: Tensor, ...given: Tensor[]) => x.slice(...rebuilt(given)))
      const x = ordinal(c.shape)
      expectArray(read(x, ...dynamic) as Tensor, c.out)
      const write = jit((y: Tensor, v: Tensor, ...given: Tensor[]) => y.set(rebuilt(given), v))
      expectArray(write(x, np.subtract(-1, ordinal(c.out.shape)), ...dynamic) as Tensor, c.set)
    }
  })

  it('the transpose of reading is adding: ⟨v, x[i]⟩ has gradient 0.addAt(i, v)', () => {
    for (const c of cases.filter((k, i) => !k.error && i % 5 === 0)) {
      const index = c.index.map(entry)
      const x = ordinal(c.shape, 'float64')
      const v = np.add(1, ordinal(c.out.shape, 'float64'))
      const g = grad((y: Tensor) => np.sum(np.multiply(y.slice(...index), v)))(x) as Tensor
      expect(g.toArray()).toEqual(np.zeros(c.shape).addAt(index, v).toArray())
    }
  })
})

describe('traced indices', () => {
  const x = np.array([10, 20, 30])
  it('read at a rank-0 integer, negative ones from the end, clipped where out of range', () => {
    const read = jit((y: Tensor, i: Tensor) => y.at(i))
    const at = (i: number): unknown => (read(x, np.array(i, 'int32')) as Tensor).item()
    expect([0, 2, -1, -3, 7, -9].map(at)).toEqual([10, 30, 30, 10, 30, 10])
  })
  it('are clipped where arrays read and dropped where they write', () => {
    const i = np.array([0, 5, -1, -7], 'int32')
    expect((jit((y: Tensor, k: Tensor) => y.at(k))(x, i) as Tensor).toArray()).toEqual([10, 30, 30, 10])
    expect((jit((y: Tensor, k: Tensor) => y.addAt(k, 1))(x, i) as Tensor).toArray()).toEqual([11, 20, 31])
    expect((jit((y: Tensor, k: Tensor) => y.set([k], 0))(x, np.array(9, 'int32')) as Tensor).toArray()).toEqual([10, 20, 30])
    const unsigned = np.array([4294967295, 1], 'uint32')
    expect((jit((y: Tensor, k: Tensor) => y.at(k))(x, unsigned) as Tensor).toArray()).toEqual([30, 20])
    expect((jit((y: Tensor, k: Tensor) => y.set(k, 0))(x, unsigned) as Tensor).toArray()).toEqual([10, 0, 30])
  })
  it('are batched: a different position in every lane', () => {
    const m = np.reshape(np.arange(6), [3, 2])
    const columns = np.array([1, 0, 1], 'int32')
    expect((vmap((row: Tensor, i: Tensor) => row.at(i))(m, columns) as Tensor).toArray()).toEqual([1, 2, 5])
    expect((vmap((row: Tensor, i: Tensor) => row.set(i, 9))(m, columns) as Tensor).toArray()).toEqual([[0, 9], [9, 3], [4, 9]])
  })
  it('basic indices are slices, a traced scalar one dynamic slice', () => {
    const names = (f: (y: Tensor, i: Tensor) => Tensor): string[] => makeJaxpr(f)(np.ones([4, 3]), np.array(1, 'int32')).eqns.map((e) => e.prim.name)
    expect(names((y) => y.slice([1, 3], [null, null, 2]))).toEqual(['slice'])
    expect(names((y) => y.slice([null, null, -1], 0))).toEqual(['slice', 'rev', 'reshape'])
    expect(names((y, i) => y.at(i)).filter((n) => n.includes('gather'))).toEqual([])
  })
  it('a mask needs a known value, but for writing one number', () => {
    const mask = jit((y: Tensor) => y.at(np.greater(y, 15)))
    expect(() => mask(x)).toThrow(ConcretizationError)
    expect((jit((y: Tensor) => y.set(np.greater(y, 15), 0))(x) as Tensor).toArray()).toEqual([10, 0, 0])
    expect((grad((y: Tensor) => np.sum(y.at(np.greater(y, 15))))(x) as Tensor).toArray()).toEqual([0, 1, 1])
  })
})

describe('writing', () => {
  const x = np.array([[1, 2, 3], [4, 5, 6]])
  it('takes one entry bare and several in a list', () => {
    expect(x.set(0, 0).toArray()).toEqual([[0, 0, 0], [4, 5, 6]])
    expect(x.set([0, 1], 9).toArray()).toEqual([[1, 9, 3], [4, 5, 6]])
    expect(x.set(['...', [0, 2]], [[7, 8], [9, 10]]).toArray()).toEqual([[7, 8, 3], [9, 10, 6]])
    expect(x.set([[null, null, -1], 0], [7, 8]).toArray()).toEqual([[8, 2, 3], [7, 5, 6]])
    expect(x.set([[null, null], [0, null, 2]], -1).toArray()).toEqual([[-1, 2, -1], [-1, 5, -1]])
    expect(x.set(Int32Array.of(1, 0), [[1], [2]]).toArray()).toEqual([[2, 2, 2], [1, 1, 1]])
    expect(x.set('...', 0).toArray()).toEqual([[0, 0, 0], [0, 0, 0]])
    expect(x.set([0], [[[7, 8, 9]]]).toArray()).toEqual([[7, 8, 9], [4, 5, 6]])
  })
  it('adds twice where a position is listed twice', () => {
    expect(np.zeros(3).addAt(Int32Array.of(1, 1, -1), [1, 2, 4]).toArray()).toEqual([0, 3, 4])
  })
  it('leaves x alone', () => {
    x.set(0, 0)
    expect(x.toArray()).toEqual([[1, 2, 3], [4, 5, 6]])
  })
  it('converts what fits and refuses what does not', () => {
    const ints = np.array([1, 2], 'int32')
    expect(ints.set(0, 7).dtype).toBe('int32')
    expect(ints.set(0, true).toArray()).toEqual([1, 2])
    expect(x.set(0, np.array(7, 'int32')).dtype).toBe('float64')
    expect(np.array([1, 2], 'float32').set(0, 0.5).dtype).toBe('float32')
    expect(() => ints.set(0, 1.5)).toThrow(DTypeError)
    expect(() => ints.set(0, np.array(1))).toThrow(/set: a float64 value does not fit into an array of int32/)
    expect(() => np.array([true]).addAt(0, true)).toThrow(DTypeError)
  })
  it('differentiates in the array and in the value', () => {
    const f = (y: Tensor, v: Tensor): Tensor => np.sum(np.square(y.set([[null, null], 1], v)))
    const [dy, dv] = grad(f, { argnums: [0, 1] })(x, np.array([10, 20])) as unknown as [Tensor, Tensor]
    expect(dy.toArray()).toEqual([[2, 0, 6], [8, 0, 12]])
    expect(dv.toArray()).toEqual([20, 40])
    expect((grad((v: Tensor) => np.sum(np.square(x.set([0, [null, null, 2]], v))))(np.array([1, 5])) as Tensor).toArray()).toEqual([2, 10])
  })
})

describe('errors', () => {
  const x = np.ones([3, 4])
  it.each([
    [[5], IndexError, 'index 5 is out of bounds for axis 0 with size 3'],
    [[0, -5], IndexError, 'index -5 is out of bounds for axis 1 with size 4'],
    [[1.5], IndexError, 'index 1.5 for axis 0 is not an integer'],
    [[NaN], IndexError, 'not an integer'],
    [[0, 0, 0], IndexError, 'too many indices: shape [3,4] has 2 axes, but 3 were indexed'],
    [['...', '...'], IndexError, "only one '...'"],
    [[[0, 1, 0]], IndexError, 'step 0'],
    [[[0, 1.5]], IndexError, 'no range'],
    [[[0, 1, 2, 3]], IndexError, 'no range'],
    [[np.array([0.5])], IndexError, 'must be of integers or booleans, got float64[1]'],
    [[np.array([0, 3], 'int32')], IndexError, 'index 3 is out of bounds for axis 0 with size 3'],
    [[np.array([true, false])], IndexError, 'does not match axis 0 with size 3'],
    [[np.array([0, 1], 'int32'), np.array([0, 1, 2], 'int32')], IndexError, 'do not broadcast'],
    [[np.array(true)], IndexError, 'rank-0 boolean'],
  ] as const)('%j', (index, kind, message) => {
    expect(() => x.slice(...(index as unknown as never[]))).toThrow(kind)
    expect(() => x.slice(...(index as unknown as never[]))).toThrow(message)
  })
  it('a value that does not stretch to the index', () => {
    expect(() => x.set(0, [1, 2])).toThrow(ShapeError)
    expect(() => x.set(0, [1, 2])).toThrow('a value of shape [2] does not broadcast to the indexed shape [4]')
  })
  it('an empty axis has nothing to read', () => {
    expect(() => np.zeros([0]).at(0)).toThrow('index 0 is out of bounds for axis 0 with size 0')
    expect(np.zeros([0]).at(new Int32Array(0)).shape).toEqual([0])
    expect(() => jit((y: Tensor, i: Tensor) => y.at(i))(np.zeros([0]), np.array(0, 'int32'))).toThrow(IndexError)
  })
})
