import { readFileSync } from 'node:fs'
import { grad, hessian, jit, vmap, AxisError, ShapeError, type Tensor } from 'adjoint'
import * as nn from 'adjoint/nn'
import * as np from 'adjoint/numpy'
import * as random from 'adjoint/random'
import { describe, expect, it } from 'vitest'
import { argument, camel, expectGolden, type Json } from '../numpy/golden'

const { cases } = JSON.parse(readFileSync('test/golden/numpy.json', 'utf8')) as { cases: { fn: string; args: Json[]; kwargs: Json; out: Json }[] }
const d = (f: (x: Tensor) => Tensor, x: number): number => (grad(f)(x) as Tensor).item() as number

describe('as SciPy computes them', () => {
  const mine = cases.filter((c) => /special\.(logsumexp|softmax|expit)$/.test(c.fn))
  it.each(mine.map((c, i) => [`${c.fn} ${i}`, c] as const))('%s', (_, c) => {
    const name = camel(c.fn.split('.').pop()!)
    const f = { logsumexp: nn.logsumexp, softmax: nn.softmax, expit: nn.sigmoid }[name] as (...xs: unknown[]) => unknown
    expect(() => expectGolden(f(...c.args.map(argument), argument(c.kwargs)), c.out)).not.toThrow()
  })
})

describe('activations', () => {
  it('have derivative 0 at the kinks of relu', () => {
    expect([d(nn.relu, 0), d(nn.relu, -0), d(nn.relu6, 0), d(nn.relu6, 6), d(nn.relu, 2)]).toEqual([0, 0, 0, 0, 1])
    expect(nn.relu(NaN).item()).toBeNaN()
    expect(nn.relu(np.array([-1, 2], 'int32')).dtype).toBe('int32')
  })
  it('neither overflow nor lose their tails', () => {
    expect(nn.softplus([-1000, 1000]).toArray()).toEqual([0, 1000])
    expect(nn.sigmoid([-800, 800]).toArray()).toEqual([0, 1])
    expect(nn.logSigmoid(-1000).item()).toBe(-1000)
    expect(nn.elu(1e4).item()).toBe(1e4)
    expect([d(nn.elu, 1e4), d(nn.softplus, -800), d(nn.silu, -1e4), d((x) => nn.celu(x, 2), 1e4)]).toEqual([1, 0, 0, 1])
  })
  it.each([
    ['hardSigmoid', nn.hardSigmoid, [-4, 0, 3], [0, 0.5, 1]],
    ['hardSilu', nn.hardSilu, [0, 3], [0, 3]],
    ['hardSwish', nn.hardSwish, [3], [3]],
    ['swish', nn.swish, [0], [0]],
    ['hardTanh', nn.hardTanh, [-2, 0.5, 2], [-1, 0.5, 1]],
    ['squareplus', nn.squareplus, [0], [1]],
    ['softSign', nn.softSign, [1, -3], [0.5, -0.75]],
    ['leakyRelu', (x: number[]) => nn.leakyRelu(x, 0.5), [-2, 2], [-1, 2]],
    ['elu', (x: number[]) => nn.elu(x, 2), [0, 1], [0, 1]],
    ['tanh', nn.tanh, [0], [0]],
    ['gelu', nn.gelu, [0], [0]],
    ['mish', nn.mish, [0], [0]],
    ['selu', nn.selu, [0], [0]],
  ] as const)('%s', (_, f, x, y) => {
    expect((f as (v: readonly number[]) => Tensor)(x).toArray()).toEqual(y)
  })
  it('gelu is exact on request', () => {
    expect(nn.gelu(1, { approximate: false }).item()).toBeCloseTo(0.8413447460685429, 15)
    expect(nn.gelu(1, false).item()).toBeCloseTo(0.8413447460685429, 15)
    expect(nn.gelu(1).item()).toBeCloseTo(0.8411919906082768, 15)
  })
  it('glu halves an axis', () => {
    expect(nn.glu([[2, 0]]).toArray()).toEqual([[1]])
    expect(nn.glu([[2], [0]], 0).toArray()).toEqual([[1]])
    expect(() => nn.glu([1, 2, 3])).toThrow(ShapeError)
  })
})

describe('softmax and its kin', () => {
  it('work along the last axis, any axis, or all', () => {
    const x = np.array([[0, Math.log(3)], [Math.log(3), 0]])
    expect(np.allclose(nn.softmax(x), [[0.25, 0.75], [0.75, 0.25]]).item()).toBe(true)
    expect(np.allclose(nn.softmax(x, 0), [[0.25, 0.75], [0.75, 0.25]]).item()).toBe(true)
    expect(np.sum(nn.softmax(x, null)).item()).toBeCloseTo(1, 15)
    expect(np.sum(nn.softmax(x, { axis: [0, 1] })).item()).toBeCloseTo(1, 15)
    expect(nn.softmax([1, 2, 3], { where: [true, false, true] }).at(1).item()).toBe(0)
    expect(nn.logSoftmax([1000, 0]).toArray()).toEqual([0, -1000])
    // A row of which nothing takes part, as where all keys of a query are masked.
    const rows = np.array([[1, 2], [3, 4]])
    const where = [[false, false], [true, false]]
    expect(nn.softmax(rows, { where }).toArray()).toEqual([[0, 0], [1, 0]])
    expect(nn.logSoftmax(rows, { where }).toArray()).toEqual([[-Infinity, -Infinity], [0, -Infinity]])
    expect(grad((x: Tensor) => np.sum(nn.softmax(x, { where }).mul(x)))(rows).toArray()).toEqual([[0, 0], [1, 0]])
    expect(nn.softmax([-Infinity, -Infinity]).toArray()).toEqual([NaN, NaN])
    expect(nn.softmax([]).shape).toEqual([0])
    expect(() => nn.softmax([1], 1)).toThrow(AxisError)
  })
  it('have finite derivatives at −∞', () => {
    const masked = np.array([1, -Infinity, 3])
    for (const f of [(x: Tensor) => nn.softmax(x).at(0), (x: Tensor) => nn.logSoftmax(x).at(0), (x: Tensor) => nn.logsumexp(x)])
      expect((grad(f)(masked) as Tensor).toArray()).toSatisfy((g) => (g as number[]).every(Number.isFinite))
    expect(nn.logsumexp([-Infinity, -Infinity]).item()).toBe(-Infinity)
    expect((grad((x: Tensor) => nn.logsumexp(x))(np.array([-Infinity, -Infinity])) as Tensor).toArray()).toEqual([0, 0])
    expect((hessian((x: Tensor) => nn.logsumexp(x))(masked) as unknown as Tensor).data().every(Number.isFinite)).toBe(true)
  })
  it('logsumexp takes factors, a mask, and gives signs', () => {
    expect(nn.logsumexp([0, 0], { b: [3, -2] }).item()).toBe(0)
    expect(nn.logsumexp([0, 0], null, { b: [1, -3], returnSign: true }).map((t) => t.item())).toEqual([Math.LN2, -1])
    expect(nn.logsumexp([Infinity, 0], { b: [0, 1] }).item()).toBe(0)
    expect(nn.logsumexp(0, { b: [1, 1] }).item()).toBe(Math.LN2)
    expect(nn.logsumexp([5, 7], { where: [true, false] }).item()).toBe(5)
    expect(nn.logsumexp([[0, 0]], 1, { keepdims: true }).shape).toEqual([1, 1])
    expect(nn.logsumexp([Infinity, 1]).item()).toBe(Infinity)
    expect(nn.logsumexp([]).item()).toBe(-Infinity)
  })
  it('standardize and oneHot', () => {
    const s = nn.standardize([[1, 3], [5, 9]], { epsilon: 0 })
    expect(s.toArray()).toEqual([[-1, 1], [-1, 1]])
    expect(nn.standardize([1, 3], null, { mean: 1, variance: 4, epsilon: 0 }).toArray()).toEqual([0, 1])
    expect(nn.oneHot([0, 2, 7], 3).toArray()).toEqual([[1, 0, 0], [0, 0, 1], [0, 0, 0]])
    expect(nn.oneHot(np.array([1], 'uint32'), 2, { dtype: 'bool', axis: 0 }).toArray()).toEqual([[false], [true]])
    expect((jit((i: Tensor) => nn.oneHot(i, 2))(np.array([1], 'int32')) as Tensor).toArray()).toEqual([[0, 1]])
    expect((vmap((i: Tensor) => nn.oneHot(i, 2))(np.array([1, 0], 'int32')) as Tensor).toArray()).toEqual([[0, 1], [1, 0]])
  })
})

describe('initializers', () => {
  const key = random.key(0)
  const shape = [200, 100] as const
  const spread = (x: Tensor): number => np.std(x).item() as number
  it.each([
    ['glorotUniform', nn.initializers.glorotUniform(), 2 / 300],
    ['glorotNormal', nn.initializers.glorotNormal(), 2 / 300],
    ['lecunUniform', nn.initializers.lecunUniform(), 1 / 200],
    ['lecunNormal', nn.initializers.lecunNormal(), 1 / 200],
    ['heUniform', nn.initializers.heUniform(), 2 / 200],
    ['heNormal', nn.initializers.heNormal(), 2 / 200],
    ['heNormal of transposed weights', nn.initializers.heNormal({ inAxis: -1, outAxis: -2 }), 2 / 100],
    ['varianceScaling', nn.initializers.varianceScaling(3, 'fan_out', 'normal'), 3 / 100],
    ['normal', nn.initializers.normal(0.5), 0.25],
    ['uniform', nn.initializers.uniform(1), 1 / 12],
    ['truncatedNormal', nn.initializers.truncatedNormal(1), 0.8796256610342398 ** 2],
  ] as const)('%s has its variance', (_, initializer, variance) => {
    const x = initializer(key, shape)
    expect(x.shape).toEqual([200, 100])
    expect(Math.abs(spread(x) ** 2 / variance - 1)).toBeLessThan(0.05)
    expect(initializer(key, shape, 'float32').dtype).toBe('float32')
  })
  it('constants, and shapes that have no fans', () => {
    expect(nn.initializers.zeros(key, [2]).toArray()).toEqual([0, 0])
    expect(nn.initializers.ones(key, [2], 'float32').dtype).toBe('float32')
    expect(nn.initializers.constant(3)(key, [1]).item()).toBe(3)
    expect(() => nn.initializers.heNormal()(key, [3])).toThrow(ShapeError)
  })
})
