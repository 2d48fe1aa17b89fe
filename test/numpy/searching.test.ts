import { grad, jit, vmap, AxisError, ConcretizationError, IndexError, ShapeError, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const values = (ts: readonly Tensor[]): unknown[] => ts.map((t) => t.toArray())

describe('selecting', () => {
  const x = np.array([[1, 2, 3], [4, 5, 6]])
  it('take reads by integers, lists and arrays of them, with modes for what is out of range', () => {
    expect(np.take(x, 1, 1).toArray()).toEqual([2, 5])
    expect(np.take(x, [[0], [-1]], { axis: 1 }).toArray()).toEqual([[[1], [3]], [[4], [6]]])
    expect(np.take(x, [7, -1], null, { mode: 'clip' }).toArray()).toEqual([6, 1])
    expect(np.take(x, [7, -1], { mode: 'wrap' }).toArray()).toEqual([2, 6])
    expect(np.take(x, [7, -1], { mode: 'fill' }).toArray()).toEqual([NaN, 6])
    expect(np.take(x, [7], { mode: 'fill', fillValue: 0 }).toArray()).toEqual([0])
    expect(np.take(np.array([1], 'int32'), [7], { mode: 'fill' }).toArray()).toEqual([-2147483648])
    const far = np.array([4294967295, 2147483648, 4], 'uint32')
    for (const f of [np.take, jit(np.take, { staticArgnums: [2, 3] })] as (typeof np.take)[])
      expect((['clip', 'wrap', 'fill'] as const).map((mode) => f(x, far, null, { mode }).toArray())).toEqual([[6, 6, 5], [4, 3, 5], [NaN, NaN, 5]])
    expect(() => np.take(x, [6])).toThrow(IndexError)
    expect(() => np.take(x, 0.5)).toThrow(/position 0.5 is not an integer/)
    expect(() => np.take(x, np.array([0.5]))).toThrow(/positions must be integers, got float64\[1\]/)
    expect(() => np.take([], [0], { mode: 'clip' })).toThrow(IndexError)
    expect((jit((i: Tensor) => np.take(x, i, 1))(np.array([2, 9], 'int32')) as Tensor).toArray()).toEqual([[3, 3], [6, 6]])
  })
  it('along an axis, line by line, with extents of 1 stretched', () => {
    expect(np.takeAlongAxis(x, [[2], [0]], 1).toArray()).toEqual([[3], [4]])
    expect(np.takeAlongAxis(x, [[1]], 0).toArray()).toEqual([[4, 5, 6]])
    expect(np.takeAlongAxis(x, [5], null).toArray()).toEqual([6])
    expect(np.takeAlongAxis(x, np.zeros([2, 0], 'int32'), { axis: 1 }).shape).toEqual([2, 0])
    expect(np.putAlongAxis(x, np.expandDims(np.argmax(x, 1), 1), 9, 1).toArray()).toEqual([[1, 2, 9], [4, 5, 9]])
    expect(np.putAlongAxis(x, [[1, 0, 1]], [[7, 8, 9]], 0).toArray()).toEqual([[1, 8, 3], [7, 5, 9]])
    expect(np.putAlongAxis(x, [0], 9, null).toArray()).toEqual([[9, 2, 3], [4, 5, 6]])
    expect(() => np.takeAlongAxis(x, [0], 1)).toThrow(ShapeError)
    expect(() => np.takeAlongAxis(x, [[0], [0], [0]], 1)).toThrow(ShapeError)
    expect(() => np.takeAlongAxis(x, [[3]], 1)).toThrow(IndexError)
    expect((grad((y: Tensor) => np.sum(np.takeAlongAxis(y, [[2], [0]], 1)))(x) as Tensor).toArray()).toEqual([[0, 0, 1], [1, 0, 0]])
  })
  it('choose, select, piecewise, compress, extract', () => {
    expect(np.choose([1, 5], [[1, 2], [3, 4]], { mode: 'clip' }).toArray()).toEqual([3, 4])
    expect(np.select([[true, false], [true, true]], [1, 2], 9).toArray()).toEqual([1, 2])
    expect(() => np.select([], [])).toThrow(ShapeError)
    expect(np.piecewise([-1, 0, 2], [np.array([true, false, false]), np.array([false, false, true])], [np.negative, (v) => np.multiply(v, 10), 7]).toArray()).toEqual([1, 7, 20])
    expect(np.compress([false, true], x, 0).toArray()).toEqual([[4, 5, 6]])
    expect(np.extract(np.greater(x, 4), x).toArray()).toEqual([5, 6])
    expect(() => np.choose([0], [[1, 2], [1, 2, 3]])).toThrow(ShapeError)
  })
  it('positions of what is not 0 need values', () => {
    expect(values(np.nonzero(x.at(0)))).toEqual([[0, 1, 2]])
    expect(values(np.where(np.greater(x, 4)))).toEqual([[1, 1], [1, 2]])
    expect(np.argwhere(1).shape).toEqual([1, 0])
    expect(values(np.unravelIndex([5, -1], [2, 3]))).toEqual([[1, 1], [2, 2]])
    expect(() => jit((y: Tensor) => np.nonzero(y)[0]!)(x)).toThrow(ConcretizationError)
    expect((grad((y: Tensor) => np.sum(np.extract(np.greater(y, 4), y)))(x) as Tensor).toArray()).toEqual([[0, 0, 0], [0, 1, 1]])
  })
  it('positions out of range: known ones raise, traced ones are held inside, as in JAX', () => {
    for (const i of [10, 6, -7, [0, 6]]) expect(() => np.unravelIndex(i, [2, 3])).toThrow(IndexError)
    expect(values(np.unravelIndex(-1, [2, 3]))).toEqual([1, 2])
    const unravel = jit((i: Tensor) => np.unravelIndex(i, [2, 3])) as unknown as (i: Tensor) => Tensor[]
    expect(values(unravel(np.array([10, 6, 5, 0, -1, -7], 'int32')))).toEqual([[1, 1, 1, 0, 1, 0], [2, 2, 2, 0, 2, 0]])
    expect(() => np.ravelMultiIndex([2, 1], [2, 3])).toThrow(/index 2 is out of bounds for axis 0 with size 2/)
    expect(() => np.ravelMultiIndex([[0, 1], [0, 5]], [2, 3])).toThrow(IndexError)
    const ravel = (i: Tensor, j: Tensor, mode?: 'wrap' | 'clip'): Tensor => jit((a: Tensor, b: Tensor) => np.ravelMultiIndex([a, b], [2, 3], { mode }))(i, j) as Tensor
    expect(ravel(np.array(2, 'int32'), np.array(5, 'int32')).item()).toBe(5)
    for (const [mode, expected] of [['wrap', [2, 4, 4]], ['clip', [5, 1, 1]]] as const) {
      const [i, j] = [np.array([2, -1, -3], 'int32'), np.array([5, 1, 1], 'int32')]
      expect(np.ravelMultiIndex([i, j], [2, 3], mode).toArray()).toEqual(expected)
      expect(ravel(i, j, mode).toArray()).toEqual(expected)
    }
    expect(() => np.ravelMultiIndex([0, 0], [2, 3], 'fill' as never)).toThrow(/no mode 'fill'/)
  })
})

describe('searching', () => {
  it('halves the interval in long arrays as it counts in short ones', () => {
    const long = np.floor(np.divide(np.arange(1000), 3))
    const at = [-1, 0, 0.5, 7, 332.9, 333, 400, NaN]
    for (const side of ['left', 'right'] as const) {
      const counted = at.map((v) => (v !== v ? 1000 : Array.from(long.data()).filter((e) => (side === 'left' ? e < v : e <= v)).length))
      expect(np.searchsorted(long, at, side).toArray()).toEqual(counted)
      expect((jit((y: Tensor) => np.searchsorted(y, at, { side }))(long) as Tensor).toArray()).toEqual(counted)
    }
    expect(np.searchsorted([3, 1, 2], 2, { sorter: [1, 2, 0] }).item()).toBe(1)
    expect(() => np.searchsorted([[1]], 1)).toThrow(ShapeError)
  })
  it('interp holds its ends or takes given values, and refuses points that do not pair', () => {
    expect(np.interp([0, 3], [1, 2], [5, 6], { left: -1, right: -2 }).toArray()).toEqual([-1, -2])
    expect(np.interp([0, 1, 2], [1], [5]).toArray()).toEqual([5, 5, 5])
    expect(np.interp(1.5, [1, 1, 2], [0, 5, 6]).item()).toBe(5.5)
    expect(() => np.interp(1, [1, 2], [1])).toThrow(ShapeError)
    const g = grad((v: Tensor) => np.sum(np.interp(v, [0, 1, 2], [0, 1, 3])))(np.array([-1, 0.5, 1, 5, Infinity, NaN])) as Tensor
    expect(g.toArray()).toEqual([0, 1, 2, 0, 0, 0])
    const xp = grad((k: Tensor) => np.sum(np.interp([Infinity, 5, 0.5], k, [0, 1, 3])))(np.array([0, 1, 2])) as Tensor
    expect(xp.toArray()).toEqual([-0.5, -0.5, 0])
  })
  it('counts', () => {
    expect(np.bincount([1, 1, 3], { weights: [1, 2, 3], minlength: 5 }).toArray()).toEqual([0, 3, 0, 3, 0])
    expect((jit((i: Tensor) => np.bincount(i, { length: 3 }))(np.array([0, 2, 2, 9], 'int32')) as Tensor).toArray()).toEqual([1, 0, 2])
    expect(() => np.bincount([-1])).toThrow(IndexError)
    expect(() => np.bincount([0.5])).toThrow(IndexError)
    expect(np.bincount(np.zeros(0, 'int32')).shape).toEqual([0])
    expect(values(np.histogram([], { bins: 2 }))).toEqual([[0, 0], [0, 0.5, 1]])
    // Densities are floats, of integer edges too; numbers as ends take the dtype of the array, and nothing is narrowed.
    expect(values(np.histogram([0, 1, 2, 3.5], Int32Array.of(0, 1, 4), { density: true }))).toEqual([[0.25, 0.25], [0, 1, 4]])
    const single = Float32Array.of(0, 1, 2, 3.5)
    const dtypes = (o: np.HistogramOptions): string[] => np.histogram(single, 3, o).map((t) => t.dtype)
    expect([dtypes({ range: [-1, 2] }), dtypes({ range: [np.array(-1), 2] })]).toEqual([['int32', 'float32'], ['int32', 'float64']])
    expect([dtypes({ density: true }), dtypes({ density: true, weights: Float64Array.of(1, 2, 3, 4) })]).toEqual([['float32', 'float32'], ['float64', 'float32']])
    expect((jit((y: Tensor) => np.histogram(y, 2))([1, 2, 3] as never) as unknown as Tensor[])[0]!.toArray()).toEqual([1, 2])
    expect(() => np.histogram([1, NaN])).toThrow(/^histogram: the range is \[NaN, NaN\]\nGive the range/)
    expect(() => np.histogram([1, Infinity])).toThrow(IndexError)
    expect(() => np.histogram([1, 2], { range: [3, 1] })).toThrow(/^histogram: the range is \[3, 1\]\nGive two finite numbers, the smaller one first/)
    expect(() => np.histogramBinEdges([1, 2], { range: [0, Infinity] })).toThrow(IndexError)
    expect(() => np.histogram([1, 2], [0, 3, 2])).toThrow(/edge 3 stands before 2/)
    expect(values(np.histogram([1, NaN], { bins: 2, range: [0, 2] }))).toEqual([[0, 1], [0, 1, 2]])
    // Traced, as JAX: nothing is counted.
    expect(values(jit((y: Tensor) => np.histogram(y, 2))(np.array([1, NaN])) as unknown as Tensor[])).toEqual([[0, 0], [NaN, NaN, NaN]])
    expect(np.digitize([1, 5], [0, 3, 6]).toArray()).toEqual([1, 2])
    expect(np.digitize(1, [2]).item()).toBe(0)
    expect((jit((b: Tensor) => np.digitize([1, 5], b, { right: true }))(np.array([6, 3, 0])) as Tensor).toArray()).toEqual([2, 1])
  })
  it('sets', () => {
    const lists: readonly (readonly number[])[] = [[], [0, -0, 1, -0], [-0, 1, 0], [NaN, 2, -Infinity, NaN, 2, Infinity]]
    for (const list of lists)
      for (const dtype of ['float64', 'float32', 'int32', 'uint32', 'bool'] as const) {
        const [whole, index] = np.unique(np.array(list, dtype), { returnIndex: true }) as [Tensor, Tensor]
        expect(np.unique(np.array(list, dtype)).data(), `${list} ${dtype}`).toEqual(whole.data())
        expect(np.take(np.array(list, dtype), index).data()).toEqual(whole.data())
      }
    expect(np.unique([0, -0, 1, -0]).toArray()).toEqual([0, 1])
    expect(np.unique([-0, 1, 0]).toArray()).toEqual([-0, 1])
    expect(np.unique(3).toArray()).toEqual([3])
    expect((grad((y: Tensor) => np.sum(np.unique(y)))(np.array([3, 1, 3])) as Tensor).toArray()).toEqual([1, 1, 0])
    expect(values(np.unique([3, 1, NaN, 3, NaN], { returnIndex: true, returnInverse: true, returnCounts: true }))).toEqual([[1, 3, NaN], [1, 0, 2], [1, 0, 2, 1, 2], [1, 2, 2]])
    expect(np.unique([]).shape).toEqual([0])
    expect((grad((y: Tensor) => np.sum(np.unique(y)))(np.array([3, 1, 3])) as Tensor).toArray()).toEqual([1, 1, 0])
    expect(np.isin([1, 2, 3], [2], { invert: true }).toArray()).toEqual([true, false, true])
    expect([np.union1d([3, 1], [2, 1]), np.intersect1d([3, 1, 2], [2, 1]), np.setdiff1d([3, 1, 2], [2]), np.intersect1d([1], [2])].map((t) => t.toArray())).toEqual([[1, 2, 3], [1, 2], [1, 3], []])
  })
})

describe('sorting', () => {
  const x = np.array([[3, 1, 2], [9, 7, 8]])
  it('takes an axis, null, and falls on request', () => {
    expect(np.sort(x, { axis: 1, descending: true }).toArray()).toEqual([[3, 2, 1], [9, 8, 7]])
    expect(np.argsort([1, 2, 1], { descending: true }).toArray()).toEqual([1, 0, 2])
    expect(np.sort(x, null).toArray()).toEqual([1, 2, 3, 7, 8, 9])
    expect(np.sort(x, { axis: null }).size).toBe(6)
    expect(np.sort(x, null, { descending: true }).at(0).item()).toBe(9)
    expect(np.partition(x, 1, 0).toArray()).toEqual(np.sort(x, 0).toArray())
    expect(np.argpartition([3, 1, 2], 1).toArray()).toEqual([1, 2, 0])
    expect(np.lexsort([[2, 1, 1], [0, 1, 0]], { axis: 0 }).toArray()).toEqual([2, 0, 1])
    expect(() => np.lexsort([])).toThrow(ShapeError)
    expect(() => np.lexsort([[1], [1, 2]] as never)).toThrow(ShapeError)
    expect(() => np.sort(x, 2)).toThrow(AxisError)
  })
  it('topk gives the largest and where they stand, along any axis', () => {
    expect(values(np.topk([3, 9, 5], 2))).toEqual([[9, 5], [1, 2]])
    expect(values(np.topk(x, 1, { axis: 0 }))).toEqual([[[9, 7, 8]], [[1, 1, 1]]])
    expect((grad((y: Tensor) => np.sum(np.topk(y, 2)[0]))(np.array([3, 9, 5])) as Tensor).toArray()).toEqual([0, 1, 1])
  })
  it('batches', () => {
    expect((vmap((y: Tensor) => np.argsort(y))(x) as Tensor).toArray()).toEqual([[1, 2, 0], [1, 2, 0]])
    expect((vmap((y: Tensor) => np.searchsorted(np.sort(y), 2.5))(x) as Tensor).toArray()).toEqual([2, 0])
  })
})

describe('calculus', () => {
  it('diff and ediff1d take what comes before and after', () => {
    expect(np.diff([1, 4], { prepend: 0, append: [10, 20] }).toArray()).toEqual([1, 3, 6, 10])
    expect(np.diff([[1, 4]], 1, { axis: 0 }).shape).toEqual([0, 2])
    expect(np.diff([1], 3).shape).toEqual([0])
    expect(np.ediff1d([1, 4], [9, 9], -1).toArray()).toEqual([-1, 3, 9, 9])
    expect(np.ediff1d([1, 4], { toBegin: 0 }).toArray()).toEqual([0, 3])
    expect(() => np.diff(1)).toThrow(ShapeError)
    expect(() => np.diff([1], -1)).toThrow(ShapeError)
  })
  it('gradient is exact for parabolas at the second order', () => {
    const at = np.array([0, 1, 3, 4])
    expect(np.allclose(np.gradient(np.square(at), at, { edgeOrder: 2 }) as Tensor, np.multiply(at, 2), { rtol: 1e-14 }).item()).toBe(true)
    expect((np.gradient([1, 3]) as Tensor).toArray()).toEqual([2, 2])
    expect(() => np.gradient([1])).toThrow(ShapeError)
    expect(() => np.gradient(np.ones([2, 2]), 1, 1, 1)).toThrow(ShapeError)
    expect(() => np.gradient([1, 2, 3], [1, 2])).toThrow(ShapeError)
  })
  it('trapezoid, convolve and correlate in options form', () => {
    expect(np.trapezoid([[1, 2], [3, 4]], { dx: 2, axis: 0 }).toArray()).toEqual([4, 6])
    expect(np.trapezoid([[1, 2, 3], [3, 4, 5]], [[0, 1, 3], [0, 1, 2]]).toArray()).toEqual([6.5, 8])
    expect(np.convolve([1, 2, 3], [1, 1], { mode: 'valid' }).toArray()).toEqual([3, 5])
    expect(np.correlate([1, 2, 3], [0, 1], { mode: 'same' }).toArray()).toEqual([1, 2, 3])
    expect(np.convolve(2, np.array([1, 2], 'int32')).toArray()).toEqual([2, 4])
    expect(() => np.convolve([], [1])).toThrow(ShapeError)
    expect(() => np.convolve([1], [1], 'wide' as never)).toThrow(IndexError)
  })
})

describe('polynomials and windows', () => {
  it('add, multiply, differentiate and integrate', () => {
    expect(np.polysub([1, 2, 3], [1, 1]).toArray()).toEqual([1, 1, 2])
    expect(np.polyder([1, 2, 3], 2).toArray()).toEqual([2])
    expect(np.polyder([1]).shape).toEqual([0])
    expect(np.polyint([6, 2], 2, [1, 5]).toArray()).toEqual([1, 1, 1, 5])
    expect(np.poly([1, 2]).toArray()).toEqual([1, -3, 2])
    expect(np.polyval(3, [1, 2]).toArray()).toEqual([3, 3])
    expect(np.polyval([], [1, 2]).toArray()).toEqual([0, 0])
    expect(() => np.polyval([[1]], 1)).toThrow(ShapeError)
    expect(() => np.polyadd([[1]], [1])).toThrow(ShapeError)
  })
  it('windows of one sample, and of none', () => {
    for (const w of [np.bartlett, np.blackman, np.hamming, np.hanning, (n: number) => np.kaiser(n, 5)]) {
      expect(w(1).toArray()).toEqual([1])
      expect(w(0).shape).toEqual([0])
    }
  })
})
