import { grad, hessian, jit, vmap, AxisError, ShapeError, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'

const gradient = (f: (x: Tensor) => Tensor, x: number[] | number[][]): unknown => (grad(f)(np.array(x)) as Tensor).toArray()

describe('arguments of reductions', () => {
  const x = np.reshape(np.arange(6), [2, 3])
  it('the axis stands in its place or in the options, negative or listed', () => {
    expect(np.sum(x, 0).toArray()).toEqual([3, 5, 7])
    expect(np.sum(x, { axis: 0 }).toArray()).toEqual([3, 5, 7])
    expect(np.sum(x, -2, { keepdims: true }).toArray()).toEqual([[3, 5, 7]])
    expect(np.sum(x, [0, 1]).toArray()).toBe(15)
    expect(np.sum(x, null, { keepdims: true }).shape).toEqual([1, 1])
    expect(np.sum(x, []).toArray()).toEqual(x.toArray())
    expect(np.max(x, { axis: 1, keepdims: true }).toArray()).toEqual([[2], [5]])
    expect(np.argmax(x, { axis: 1 }).toArray()).toEqual([2, 2])
    expect(np.argmin(x, { keepdims: true }).toArray()).toEqual([[0]])
    expect(np.var(x, { axis: 1, ddof: 1 }).toArray()).toEqual([1, 1])
    expect(np.median(x, { axis: 0 }).toArray()).toEqual([1.5, 2.5, 3.5])
  })
  it('axes that are not there raise AxisError', () => {
    expect(() => np.sum(x, 2)).toThrow(AxisError)
    expect(() => np.sum(x, [0, 0])).toThrow(/repeats an axis/)
    expect(() => np.argmax(x, 2)).toThrow(AxisError)
    expect(() => np.cumsum(x, 2)).toThrow(AxisError)
    expect(() => np.sort(1)).toThrow(AxisError)
  })
  it('where, initial and dtype', () => {
    expect(np.sum(x, { where: np.greater(x, 2), initial: 100 }).item()).toBe(112)
    expect(np.prod(x, 1, { where: np.greater(x, 0) }).toArray()).toEqual([2, 60])
    expect(np.mean(x, { where: [true, false, true] }).item()).toBe(2.5)
    expect(np.var(x, 0, { where: [[true], [true]] }).toArray()).toEqual([2.25, 2.25, 2.25])
    expect(np.max(x, { where: np.less(x, 4), initial: -1 }).item()).toBe(3)
    expect(np.min(np.array([3, 4], 'int32'), { initial: 2 }).dtype).toBe('int32')
    expect(np.sum(np.ones(3, 'int32'), { dtype: 'float32' }).dtype).toBe('float32')
    expect(np.any(x, { where: np.greater(x, 9) }).item()).toBe(false)
    expect(np.all(x, 1, { where: np.greater(x, 0) }).toArray()).toEqual([true, true])
  })
})

describe('dtypes of reductions', () => {
  const of = (dtype: 'bool' | 'int32' | 'float32'): Tensor => np.ones(3, dtype)
  it('sums of booleans are int32, means of integers float64', () => {
    expect([np.sum(of('bool')), np.sum(of('int32')), np.sum(of('float32'))].map((t) => t.dtype)).toEqual(['int32', 'int32', 'float32'])
    expect([np.mean(of('bool')), np.mean(of('int32')), np.mean(of('float32'))].map((t) => t.dtype)).toEqual(['float64', 'float64', 'float32'])
    expect([np.max(of('bool')), np.min(of('int32')), np.ptp(of('bool'))].map((t) => t.dtype)).toEqual(['bool', 'int32', 'int32'])
    expect([np.std(of('int32')), np.median(of('float32')), np.cumsum(of('bool'))].map((t) => t.dtype)).toEqual(['float64', 'float32', 'int32'])
    expect([np.argmax(of('bool')), np.countNonzero(of('float32')), np.all(of('int32'))].map((t) => t.dtype)).toEqual(['int32', 'int32', 'bool'])
  })
})

describe('nothing to reduce', () => {
  const none = np.zeros([0, 2])
  it('has a sum, a product and a truth value, but no maximum', () => {
    expect(np.sum(none, 0).toArray()).toEqual([0, 0])
    expect(np.prod(none).item()).toBe(1)
    expect(np.all(none).item()).toBe(true)
    expect(np.mean(none).item()).toBeNaN()
    expect(np.max(none, 1).shape).toEqual([0])
    expect(() => np.max(none)).toThrow(/max: zero-size array \[0,2\] to a reduction which has no identity/)
    expect(np.max(none, 0, { initial: 3 }).toArray()).toEqual([3, 3])
    expect(() => np.argmax(none)).toThrow(ShapeError)
    expect(() => np.median(none)).toThrow(ShapeError)
    expect(np.cumsum(none, 0).shape).toEqual([0, 2])
  })
})

describe('derivatives at edges', () => {
  it('the standard deviation of equal numbers is flat', () => {
    expect(gradient((x) => np.std(x), [3, 3, 3])).toEqual([0, 0, 0])
    expect(gradient((x) => np.nanstd(x), [3, NaN, 3])).toEqual([0, 0, 0])
    expect((hessian((x: Tensor) => np.std(x))(np.array([2, 2])) as unknown as Tensor).toArray()).toEqual([[0, 0], [0, 0]])
  })
  it('NaN that are passed over have derivative 0', () => {
    for (const f of [np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanvar, np.nanmedian] as ((x: Tensor) => Tensor)[]) {
      const g = gradient(f, [1, NaN, 3]) as number[]
      expect(g[1]).toBe(0)
      expect(g.every(Number.isFinite)).toBe(true)
    }
  })
  it('nan functions of integers are the plain ones', () => {
    const x = np.array([3, 1], 'int32')
    expect([np.nansum(x), np.nanmax(x), np.nanmean(x), np.nanargmin(x), np.nanvar(x)].map((t) => t.item())).toEqual([4, 3, 2, 1, 1])
  })
  it('sorted quantities follow their elements', () => {
    expect(gradient((x) => np.median(x), [3, 1, 2, 9])).toEqual([0.5, 0, 0.5, 0])
    expect(gradient((x) => np.quantile(x, 0.75, { method: 'higher' }), [3, 1, 2, 9])).toEqual([0, 0, 0, 1])
    expect((grad((q: Tensor) => np.quantile([0, 1, 3], q))(0.75) as Tensor).item()).toBe(4)
    expect((vmap((q: Tensor) => np.quantile([0, 1, 3], q))(np.array([0, 0.5, 1])) as Tensor).toArray()).toEqual([0, 1, 3])
  })
})

describe('statistics', () => {
  it('average takes weights of the array or along its axis, and returns their sum', () => {
    const x = np.array([[1, 2], [3, 4]])
    expect(np.average(x, 1, { weights: [3, 1] }).toArray()).toEqual([1.25, 3.25])
    expect(np.average(x, { axis: 0, weights: [[1, 1], [3, 1]], returned: true }).map((t) => t.toArray())).toEqual([[2.5, 3], [4, 2]])
    expect(() => np.average(x, 1, { weights: [1, 2, 3] })).toThrow(ShapeError)
  })
  it('cov and corrcoef take a vector, a matrix or two vectors', () => {
    expect(np.cov([1, 2, 3]).item()).toBe(1)
    expect(np.cov([1, 2, 3], [1, 4, 3]).shape).toEqual([2, 2])
    expect(np.cov([1, 2, 3], { ddof: 0 }).item()).toBeCloseTo(2 / 3, 15)
    expect(np.corrcoef([1, 2, 3]).item()).toBe(1)
    expect(np.allclose(np.corrcoef([1, 2], [2, 1]), [[1, -1], [-1, 1]], { rtol: 1e-15 }).item()).toBe(true)
    expect(() => np.cov(np.ones([1, 1, 1]))).toThrow(ShapeError)
  })
  it('cov is in the dtype that the array and its weights meet in', () => {
    const x = np.array(Float32Array.of(1, 2, 4))
    const a = Float64Array.of(0.1, 0.7, 0.2)
    expect(np.cov(x, { fweights: Int32Array.of(1, 2, 1) }).dtype).toBe('float32')
    expect(np.cov(x, { aweights: a }).dtype).toBe('float64')
    expect(np.cov(x, { aweights: a, fweights: Int32Array.of(1, 2, 1) }).item()).toBe(np.cov([1, 2, 4], { aweights: a, fweights: [1, 2, 1] }).item())
  })
  it('nanmax and nanmin of nothing but NaN are `initial`, if it is given', () => {
    const x = np.array([[NaN, NaN], [1, NaN]])
    expect(np.nanmax(x, 1, { initial: -3 }).toArray()).toEqual([-3, 1])
    expect(np.nanmin(x, 1, { initial: 5, keepdims: true }).toArray()).toEqual([[5], [1]])
    expect(np.nanmax(np.zeros([2, 0]), { axis: 1, initial: -3 }).toArray()).toEqual([-3, -3])
    expect(np.nanmax(x, { initial: -3, where: [[true, true], [false, true]] }).item()).toBe(-3)
    expect(np.nanmax(x, 1).toArray()).toEqual([NaN, 1])
    expect(grad((t: Tensor) => np.sum(np.nanmax(t, 1, { initial: -3 })))(x).toArray()).toEqual([[0, 0], [1, 0]])
  })
  it('quantile checks its method', () => {
    expect(() => np.quantile([1], 0.5, { method: 'best' as never })).toThrow(/no method 'best'/)
    expect(np.quantile([1, 2, 3], 0.5, { method: 'normal_unbiased' }).item()).toBe(2)
    expect(np.nanpercentile([1, NaN, 3], 50).item()).toBe(2)
    expect(np.nanquantile([NaN], 0.5).item()).toBeNaN()
  })
  it('quantiles beside infinities', () => {
    const [low, q, high] = [[-Infinity, -3, 3], [0, 0.1, 0.25, 0.44, 0.5, 0.75, 1], [-1, Infinity]]
    const both = (x: readonly number[], at: readonly number[], method: 'lower') => {
      const plain = np.quantile(x, at, { method }).toArray()
      expect((jit((y: Tensor) => np.quantile(y, at, { method }))(np.array(x)) as Tensor).toArray()).toEqual(plain)
      expect(np.nanquantile([...x, NaN], at, { method }).toArray()).toEqual(plain)
      return plain
    }
    // As NumPy.
    expect(both(low, q, 'lower')).toEqual([-Infinity, -Infinity, -Infinity, -Infinity, -3, -3, 3])
    expect(both(low, q, 'higher' as never)).toEqual([-Infinity, -3, -3, -3, -3, 3, 3])
    expect(both(low, q, 'nearest' as never)).toEqual([-Infinity, -Infinity, -Infinity, -3, -3, 3, 3])
    expect(np.percentile(high, 13, { method: 'lower' }).item()).toBe(-1)
    expect(np.percentile(high, [0, 13, 60], { method: 'nearest' }).toArray()).toEqual([-1, -1, Infinity])
    expect([[-1, Infinity], [-Infinity, Infinity], [Infinity, Infinity], [1, Infinity, Infinity]].map((x) => np.median(x).item())).toEqual([Infinity, NaN, Infinity, Infinity])
    expect([[1, NaN, Infinity], [-Infinity, NaN, 2]].map((x) => np.nanmedian(x).item())).toEqual([Infinity, -Infinity])
    expect(both(low, [0.25, 0.44, 0.5, 0.75, 1], 'linear' as never)).toEqual([-Infinity, -Infinity, -3, 0, 3])
    // As JAX: a number met exactly is itself.
    expect(both(high, [0, 0.13], 'linear' as never)).toEqual([-1, Infinity])
    expect(both([Infinity, 1, Infinity], [0.5, 0.7], 'linear' as never)).toEqual([Infinity, Infinity])
    expect((grad((p: Tensor) => np.quantile([0, 1, 3, Infinity], p))(0.3) as Tensor).item()).toBe(3)
    expect((gradient((x) => np.quantile(x, 0.3), [0, 1, 3, Infinity]) as number[]).map((e) => Math.round(10 * e))).toEqual([1, 9, 0, 0])
  })
  it('running reductions run backwards too', () => {
    expect(np.cumsum([1, 2, 3], { axis: 0, reverse: true }).toArray()).toEqual([6, 5, 3])
    expect(np.cumprod([[1, 2], [3, 4]], null).toArray()).toEqual([1, 2, 6, 24])
    expect(np.cummax([1, 3, 2], 0).toArray()).toEqual([1, 3, 3])
    expect(np.cummin([2, 3, 1]).toArray()).toEqual([2, 2, 1])
    expect(np.cumlogsumexp([-Infinity, 0]).toArray()).toEqual([-Infinity, 0])
    expect(np.cumsum([true, true], 0, { dtype: 'float32' }).dtype).toBe('float32')
  })
})
