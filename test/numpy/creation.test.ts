import { grad, jit, makeJaxpr, DTypeError, ShapeError, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const dtypes = ['float64', 'float32', 'int32', 'uint32', 'bool'] as const

describe('array and asarray', () => {
  it('make float64 of numbers, bool of booleans, and keep the dtype of typed arrays', () => {
    expect(np.array([1, 2]).dtype).toBe('float64')
    expect(np.array(3).dtype).toBe('float64')
    expect(np.array([[true], [false]]).dtype).toBe('bool')
    expect(np.array(Int32Array.of(1)).dtype).toBe('int32')
    expect(np.array(Float32Array.of(1)).dtype).toBe('float32')
    expect(np.array([]).shape).toEqual([0])
    expect(np.array([[], []]).shape).toEqual([2, 0])
  })
  it('refuse lists inside themselves, or of more levels than 64', () => {
    const nested = (levels: number): unknown => {
      let x: unknown = 1
      for (let i = 0; i < levels; i++) x = [x]
      return x
    }
    expect(np.array(nested(64) as number[]).ndim).toBe(64)
    const own: unknown[] = []
    own.push(own)
    const second: unknown[] = [1]
    second.push(second)
    for (const x of [nested(65), nested(20000), own, second, [1, nested(20000)]]) expect(() => np.array(x as number[])).toThrow(ShapeError)
  })
  it('copy what lies in memory that may shrink', () => {
    const memory = new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer & { resize: (n: number) => void })(32, { maxByteLength: 64 })
    const x = np.asarray(new Float64Array(memory).fill(2))
    for (const bytes of [8, 64]) {
      memory.resize(bytes)
      expect(x.toArray()).toEqual([2, 2, 2, 2])
    }
  })
  it('take a dtype, bare or in options', () => {
    expect(np.array([1.9, -1.9], 'int32').toArray()).toEqual([1, -1])
    expect(np.array([0, 2, NaN], { dtype: 'bool' }).toArray()).toEqual([false, true, true])
    expect(np.asarray([1], 'float32').dtype).toBe('float32')
    expect(() => np.array([1], 'int64' as never)).toThrow(DTypeError)
  })
  it('array copies, asarray shares', () => {
    const numbers = Float64Array.of(1, 2)
    const [copied, shared] = [np.array(numbers), np.asarray(numbers)]
    numbers[0] = 9
    expect(copied.toArray()).toEqual([1, 2])
    expect(shared.toArray()).toEqual([9, 2])
    expect(np.copy(shared.T).toArray()).toEqual([9, 2])
  })
  it('a number made into an array no longer adapts to its neighbours', () => {
    const x = np.ones(2, 'float32')
    expect(np.add(x, 1).dtype).toBe('float32')
    expect(np.add(x, np.array(1)).dtype).toBe('float64')
    expect(np.add(x, np.asarray(1)).dtype).toBe('float64')
  })
  it('stack lists of tensors, traced ones too, and refuse ragged ones', () => {
    expect(np.array([np.array([1, 2]), [3, 4]] as never).toArray()).toEqual([[1, 2], [3, 4]])
    expect(jit((x: Tensor) => np.array([x, np.multiply(x, 2)]))(3).toArray()).toEqual([3, 6])
    expect(() => np.array([[1, 2], [3]])).toThrow(ShapeError)
  })
})

describe('constants', () => {
  it.each(dtypes)('have the dtype %s', (dtype) => {
    const made = [np.zeros(2, dtype), np.ones([2, 1], { dtype }), np.full(2, 1, dtype), np.empty(2, dtype), np.eye(2, { dtype }), np.identity(2, dtype), np.tri(2, { dtype }), np.zerosLike(np.ones(2, dtype)), np.onesLike(np.ones(2, dtype)), np.arange(3, { dtype })]
    expect(made.map((x) => x.dtype)).toEqual(made.map(() => dtype))
  })
  it('are stored as one number', () => {
    expect((np.zeros([1000, 1000]).source as { buffer: Float64Array }).buffer.length).toBe(1)
    expect(np.sum(np.ones([300, 4])).item()).toBe(1200)
    expect(np.ones([2, 0]).toArray()).toEqual([[], []])
    expect(np.zeros([]).item()).toBe(0)
  })
  it('are converted as arrays are: integers saturate, NaN is 0', () => {
    for (const value of [3e9, -3e9, Infinity, -Infinity, NaN, 1.9, -1.9, -1, 4294967295, 0])
      for (const dtype of dtypes) {
        const cast = np.astype(np.array([value]), dtype).toArray()
        expect(np.full([1], value, dtype).toArray(), `${value} ${dtype}`).toEqual(cast)
        expect([np.full([], value, dtype).item()]).toEqual(cast)
        expect(np.fullLike(np.ones(1, dtype), value).toArray()).toEqual(cast)
        expect([np.astype(value, dtype).item()]).toEqual(cast)
        expect(np.pad(np.zeros(0, dtype), [1, 0], { constantValues: value }).toArray()).toEqual(cast)
      }
    expect(np.full([1], 3e9, 'int32').toArray()).toEqual([2147483647])
    expect(np.full([1], Infinity, 'int32').toArray()).toEqual([2147483647])
  })
  it('full takes arrays, booleans and other dtypes', () => {
    expect(np.full([2, 2], [1, 2]).toArray()).toEqual([[1, 2], [1, 2]])
    expect(np.full(2, true).toArray()).toEqual([true, true])
    expect(np.full([], 7).item()).toBe(7)
    expect(np.fullLike(np.ones([2, 3], 'int32'), 7, { shape: [1] }).dtype).toBe('int32')
    expect(np.emptyLike([1, 2], 'bool').toArray()).toEqual([false, false])
    expect(() => np.full([2], [1, 2, 3])).toThrow('full: shape [3] does not broadcast to [2]')
    expect(() => np.zeros([-1])).toThrow(ShapeError)
    expect(() => np.zeros(1.5)).toThrow(/is no shape/)
  })
  it('are concrete inside a traced function, and literals in its program', () => {
    jit((x: Tensor) => {
      expect(np.ones(2).toArray()).toEqual([1, 1])
      expect(np.zerosLike(x).toArray()).toEqual([0, 0])
      expect(np.arange(3).toArray()).toEqual([0, 1, 2])
      expect(np.linspace(0, 1, 3).toArray()).toEqual([0, 0.5, 1])
      expect(np.eye(2).toArray()).toEqual([[1, 0], [0, 1]])
      return x
    })([1, 2])
    const program = makeJaxpr((x: Tensor) => np.add(x, np.ones(2)))(np.array([1, 2]))
    expect(String(program)).toContain('1.0:f64[]')
  })
})

describe('ranges', () => {
  it('arange takes stop, start and step, in options too, and counts as NumPy does', () => {
    expect(np.arange(3).toArray()).toEqual([0, 1, 2])
    expect(np.arange(1, { stop: 6, step: 2 }).toArray()).toEqual([1, 3, 5])
    expect(np.arange(np.array(2), 5).toArray()).toEqual([2, 3, 4])
    expect(np.arange(1, 1.3, 0.1).size).toBe(4)
    expect(() => np.arange(0, 1, 0)).toThrow(ShapeError)
    expect(() => np.arange(Infinity)).toThrow(/has no length/)
  })
  it('linspace ends exactly, has as many samples as asked for, and differentiates in its ends', () => {
    const x = np.linspace(0.1, 0.7, 7)
    expect([x.at(0).item(), x.at(-1).item()]).toEqual([0.1, 0.7])
    expect(np.linspace(0, 1, 0).shape).toEqual([0])
    expect(np.linspace(3, 9, 1).toArray()).toEqual([3])
    expect(np.linspace(0, 4, { num: 3 }).toArray()).toEqual([0, 2, 4])
    expect(np.linspace(0, 1, 3, { dtype: 'float32' }).dtype).toBe('float32')
    expect(np.linspace(-3, 0, 5, { dtype: 'int32' }).toArray()).toEqual([-3, -3, -2, -1, 0])
    expect(np.linspace([0, 1], 3, 3, { axis: 1 }).toArray()).toEqual([[0, 1.5, 3], [1, 2, 3]])
    expect(np.linspace(0, 1, 5, { retstep: true })[1].item()).toBe(0.25)
    const g = grad((a: Tensor, b: Tensor) => np.sum(np.multiply(np.linspace(a, b, 3), [1, 2, 4])), { argnums: [0, 1] })(0, 1)
    expect(g.map((t) => (t as Tensor).item())).toEqual([2, 5])
    expect(() => np.linspace(0, 1, -1)).toThrow(ShapeError)
  })
  it('logspace and geomspace', () => {
    expect(np.logspace(0, 2, 3).toArray()).toEqual([1, 10, 100])
    expect(np.geomspace(1, 8, 4).at(-1).item()).toBe(8)
    expect(() => np.geomspace(-1, 1)).toThrow(/no geometric progression/)
  })
})

describe('grids', () => {
  it('meshgrid, indices, ix_ and fromfunction', () => {
    const [a, b] = np.meshgrid([1, 2, 3], [4, 5], { indexing: 'ij' })
    expect([a!.shape, b!.shape]).toEqual([[3, 2], [3, 2]])
    expect(np.indices([2, 2]).toArray()).toEqual([[[0, 0], [1, 1]], [[0, 1], [0, 1]]])
    expect(np.indices([2, 2]).dtype).toBe('int32')
    const x = np.reshape(np.arange(9), [3, 3])
    expect(x.slice(...np.ix_([0, 2], np.array([1, 0], 'int32'))).toArray()).toEqual([[1, 0], [7, 6]])
    expect(np.fromfunction((i, j) => np.add(np.multiply(i, 10), j), [2, 2]).toArray()).toEqual([[0, 1], [10, 11]])
  })
  it('the derivative of no samples is 0', () => {
    for (const endpoint of [true, false]) expect(grad((t: Tensor) => np.sum(np.linspace(t, 5, { num: 0, endpoint })))(2).item()).toBe(0)
    expect(grad((t: Tensor) => np.sum(np.logspace(t, 5, { num: 0 })))(2).item()).toBe(0)
  })
  it('triangles and diagonals of positions', () => {
    expect(np.trilIndices(2).map((t) => t.toArray())).toEqual([[0, 1, 1], [0, 0, 1]])
    expect(np.triuIndices(2, 1, 3).map((t) => t.toArray())).toEqual([[0, 0, 1], [1, 2, 2]])
    expect(np.diagIndices(2, 3).map((t) => t.toArray())).toEqual([[0, 1], [0, 1], [0, 1]])
  })
})
