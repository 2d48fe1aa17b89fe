import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { grad, jit, np, Tensor, vmap } from '../../src/index'

const traced = (use: (x: Tensor) => unknown): (() => unknown) => () => grad((x: Tensor) => (use(x), np.sum(x)))(Float64Array.of(1, 2))

describe('Tensor', () => {
  const x = np.array([[1, 2, 3], [4, 5, 6]])
  it('knows its shape, dtype and elements', () => {
    expect([x.shape, x.dtype, x.ndim, x.size]).toEqual([[2, 3], 'float64', 2, 6])
    expect(x.T.toArray()).toEqual([[1, 4], [2, 5], [3, 6]])
    expect([...x.T.data()]).toEqual([1, 4, 2, 5, 3, 6])
    expect(np.array(true).item()).toBe(true)
    expect(np.array([[7]]).item()).toBe(7)
    expect(np.array(3).data()).toEqual(Float64Array.of(3))
  })
  it('prints as NumPy does, and coerces when concrete', () => {
    expect(String(x)).toBe('[[1. 2. 3.]\n [4. 5. 6.]]')
    expect(inspect(np.array([1, 2], { dtype: 'float32' }))).toBe('array([1., 2.], dtype=float32)')
    expect(`${np.array(3)}`).toBe('3.0')
    expect(JSON.stringify({ x })).toBe('{"x":[[1,2,3],[4,5,6]]}')
    const three = np.array(3) as unknown as number
    expect([+three, three * 2, three < 4, Math.sqrt(np.array(9) as unknown as number)]).toEqual([3, 6, true, 3])
    expect(three + 1).toBe(4)
    expect(`${[np.array(1)]}`).toBe('1.0')
    expect([...x].map((r) => r.toArray())).toEqual([[1, 2, 3], [4, 5, 6]])
    expect((np.array([1, 2]) as unknown as string) + '').toBe('[1. 2.]')
  })
  it('shares views, and never lets one write through', () => {
    const flat = Float64Array.of(1, 2, 3, 4)
    const shared = np.asarray(flat)
    const copied = np.array(flat)
    expect(shared.data()).not.toBe(flat)
    flat[0] = 9
    expect([shared.at(0).item(), copied.at(0).item()]).toEqual([9, 1])
    const d = copied.data()
    d[0] = 5
    expect(copied.at(0).item()).toBe(1)
  })
  it('shows what is written to the array that it shares, in views of it too', () => {
    const flat = new Float64Array(5001).fill(1)
    const x = np.asarray(flat).slice([1, null])
    const views = [x, x.reshape(50, 100).T, x.slice([null, null, 2]), np.flip(x, 0)]
    const compiled = (['auto', 'closure', 'js', 'wasm'] as const).map((backend) => jit((v: Tensor) => np.sum(np.multiply(v, 2)), { backend }))
    for (const value of [1, 2, 3]) {
      flat.fill(value)
      for (const v of views) {
        expect(v.data().every((e) => e === value)).toBe(true)
        for (const f of compiled) expect(f(v).item()).toBe(2 * value * v.size)
      }
    }
  })
  it('has the fluent methods', () => {
    const y = np.array([4, 9])
    const results = {
      add: y.add(1), sub: y.sub(1), mul: y.mul(2), div: y.div(2), pow: y.pow(2), subtract: y.subtract(1), multiply: y.multiply(2), divide: y.divide(2), power: y.power(2),
      neg: y.neg(), negative: y.negative(), abs: y.neg().abs(), exp: np.array([0]).exp(), log: np.array([1]).log(), sqrt: y.sqrt(), square: y.square(),
      lt: y.lt(5), le: y.le(4), gt: y.gt(5), ge: y.ge(9), eq: y.eq(4), ne: y.ne(4), matmul: x.matmul(x.T), dot: y.dot(y),
      sum: x.sum(0), mean: x.mean({ axis: 1 }), max: x.max(), min: x.min(1, { keepdims: true }), prod: y.prod(), argmax: x.argmax(1), argmin: x.argmin(),
      clip: y.clip(5, 8), astype: y.astype('int32'), ravel: x.ravel(), reshape: x.reshape(3, 2), reshape2: x.reshape([6]), transpose: x.transpose(1, 0), transpose2: x.transpose(), transpose3: x.transpose([0, 1]),
      at: x.at(1, 2), slice: x.slice(0, [1, 3]), set: y.set(0, 7), addAt: y.addAt([1], 1),
    }
    expect(JSON.parse(JSON.stringify(results))).toMatchInlineSnapshot(`
      {
        "abs": [
          4,
          9,
        ],
        "add": [
          5,
          10,
        ],
        "addAt": [
          4,
          10,
        ],
        "argmax": [
          2,
          2,
        ],
        "argmin": 0,
        "astype": [
          4,
          9,
        ],
        "at": 6,
        "clip": [
          5,
          8,
        ],
        "div": [
          2,
          4.5,
        ],
        "divide": [
          2,
          4.5,
        ],
        "dot": 97,
        "eq": [
          true,
          false,
        ],
        "exp": [
          1,
        ],
        "ge": [
          false,
          true,
        ],
        "gt": [
          false,
          true,
        ],
        "le": [
          true,
          false,
        ],
        "log": [
          0,
        ],
        "lt": [
          true,
          false,
        ],
        "matmul": [
          [
            14,
            32,
          ],
          [
            32,
            77,
          ],
        ],
        "max": 6,
        "mean": [
          2,
          5,
        ],
        "min": [
          [
            1,
          ],
          [
            4,
          ],
        ],
        "mul": [
          8,
          18,
        ],
        "multiply": [
          8,
          18,
        ],
        "ne": [
          false,
          true,
        ],
        "neg": [
          -4,
          -9,
        ],
        "negative": [
          -4,
          -9,
        ],
        "pow": [
          16,
          81,
        ],
        "power": [
          16,
          81,
        ],
        "prod": 36,
        "ravel": [
          1,
          2,
          3,
          4,
          5,
          6,
        ],
        "reshape": [
          [
            1,
            2,
          ],
          [
            3,
            4,
          ],
          [
            5,
            6,
          ],
        ],
        "reshape2": [
          1,
          2,
          3,
          4,
          5,
          6,
        ],
        "set": [
          7,
          9,
        ],
        "slice": [
          2,
          3,
        ],
        "sqrt": [
          2,
          3,
        ],
        "square": [
          16,
          81,
        ],
        "sub": [
          3,
          8,
        ],
        "subtract": [
          3,
          8,
        ],
        "sum": [
          5,
          7,
          9,
        ],
        "transpose": [
          [
            1,
            4,
          ],
          [
            2,
            5,
          ],
          [
            3,
            6,
          ],
        ],
        "transpose2": [
          [
            1,
            4,
          ],
          [
            2,
            5,
          ],
          [
            3,
            6,
          ],
        ],
        "transpose3": [
          [
            1,
            2,
            3,
          ],
          [
            4,
            5,
            6,
          ],
        ],
      }
    `)
  })
})

describe('a traced Tensor', () => {
  it('has the same interface, and prints its type', () => {
    jit((x: Tensor) => {
      expect([x.shape, x.dtype, x.ndim, x.size]).toEqual([[2], 'float64', 1, 2])
      expect(inspect(x)).toBe('Traced<float64[2]>')
      expect(x).toBeInstanceOf(Tensor)
      return x
    })(Float64Array.of(1, 2))
  })
  it.each<[string, (x: Tensor) => unknown]>([
    ['+x', (x) => +(x as unknown as number)],
    ['x * 2', (x) => (x as unknown as number) * 2],
    ['x + 1', (x) => (x as unknown as number) + 1],
    ['x > 0', (x) => (x as unknown as number) > 0],
    ['x == 0', (x) => (x as unknown as number) == 0], // oxlint-disable-line eqeqeq
    ['Math.sin(x)', (x) => Math.sin(x as unknown as number)],
    ['`${x}`', (x) => `${x}`],
    ['String(x)', (x) => String(x)],
    ['x.toString()', (x) => x.toString()],
    ['JSON.stringify(x)', (x) => JSON.stringify({ x })],
    ['[...x]', (x) => [...x]],
    ['for of', (x) => { for (const _ of x) return }],
    ['const [a] = x', (x) => { const [a] = x; return a }],
    ['Float64Array.from(x)', (x) => Float64Array.from(x as unknown as number[])],
    ['Math.max(...x)', (x) => Math.max(...(x as unknown as number[]))],
    ['x.valueOf()', (x) => x.valueOf()],
  ])('refuses %s', (_name, use) => {
    expect(traced(use)).toThrow(/traced float64\[2\] inside grad/)
    expect(() => jit((x: Tensor) => (use(x), x))(Float64Array.of(1, 2))).toThrow(/traced float64\[2\] inside jit/)
    expect(() => vmap((x: Tensor) => (use(x), x))(np.ones([3, 2]))).toThrow(/traced float64\[2\] inside vmap/)
  })
  it('can be read by name where its value is known', () => {
    const seen: unknown[] = []
    grad((x: Tensor) => {
      const y = np.multiply(x, 2)
      seen.push(y.toArray(), [...y.data()], np.sum(y).item())
      grad((z: Tensor) => (seen.push(np.multiply(z, y).toArray()), np.sum(z.mul(y))))(x)
      return np.sum(y)
    })(Float64Array.of(1, 2))
    expect(seen).toEqual([[2, 4], [2, 4], 6, [2, 8]])
    expect(() => vmap((x: Tensor) => grad((z: Tensor) => (z.item(), z))(x))(Float64Array.of(1))).toThrow(/not known inside/)
  })
})
