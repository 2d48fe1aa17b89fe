/** Large arguments that stay the same are kept in the wasm memory: the same bits, and never an old value. */
import { describe, expect, it } from 'vitest'
import { grad, jit, np, valueAndGrad, type Tensor } from '../../../src'
import { lasting, changing, numberOf } from '../../../src/compile/lasting'

const rows = 700
const columns = 40
const data = (seed: number): Float64Array => Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 1.3 + seed))
const weights = (seed: number): Tensor => np.array(Float64Array.from({ length: columns }, (_, i) => Math.cos(i + seed)))
const loss = (w: Tensor, x: Tensor): Tensor => np.sum(np.log1p(np.exp(np.matmul(x, w))))
const matrix = (seed: number): Tensor => np.reshape(np.array(data(seed)), [rows, columns])
const bits = (t: Tensor): readonly number[] => [...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(Number)

describe('arguments that stay the same', () => {
  it('are copied once: later results have the bits of the first', () => {
    const f = jit(valueAndGrad(loss), { backend: 'wasm' })
    const reference = jit(valueAndGrad(loss), { backend: 'closure' })
    const x = matrix(0)
    for (let k = 0; k < 12; k++) {
      const [v, g] = f(weights(k), x)
      const [v0, g0] = reference(weights(k), x)
      expect(bits(v)).toEqual(bits(v0))
      expect(bits(g)).toEqual(bits(g0))
    }
  })

  it('may change at any call, and come back', () => {
    const f = jit(grad(loss), { backend: 'wasm' })
    const reference = jit(grad(loss), { backend: 'closure' })
    const all = [matrix(0), matrix(1), matrix(2)]
    const order = [0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0]
    order.forEach((i, k) => expect(bits(f(weights(k), all[i]!))).toEqual(bits(reference(weights(k), all[i]!))))
  })

  it('are not typed arrays of the user, which may be written to', () => {
    const f = jit(grad((w: Tensor, x: Tensor) => np.sum(np.exp(np.matmul(np.reshape(x, [rows, columns]), w)))), { backend: 'wasm' })
    const x = data(0)
    for (let k = 0; k < 8; k++) {
      const before = f(weights(0), x)
      x[5] = k
      const after = f(weights(0), x)
      expect(bits(after)).not.toEqual(bits(before))
      expect(bits(after)).toEqual(bits(f(weights(0), Float64Array.from(x))))
    }
  })

  it('are not donated arrays, which later results take over', () => {
    const step = jit((x: Tensor) => np.multiply(x, 1.5), { donateArgnums: 0, backend: 'wasm' })
    const sum = jit((x: Tensor) => np.sum(np.square(x)), { backend: 'wasm' })
    let x = np.array(data(3))
    let expected = Float64Array.from(data(3))
    for (let k = 0; k < 12; k++) {
      for (let again = 0; again < 5; again++) expect(sum(x).item()).toBe(np.sum(np.square(np.array(expected))).item())
      x = step(x)
      expected = expected.map((v) => v * 1.5)
    }
  })

  it('are bounded: many programs with much data run on, the oldest without', () => {
    const big = Float64Array.from({ length: 2 ** 21 }, (_, i) => Math.sin(i))
    const kept = Array.from({ length: 20 }, (_, k) => ({ f: jit((x: Tensor, a: Tensor) => np.sum(np.square(np.multiply(x, np.add(a, k)))), { backend: 'wasm' }), x: np.array(big) }))
    const first = kept.map(({ f, x }) => f(x, 0.5).item())
    for (let again = 0; again < 6; again++) kept.forEach(({ f, x }, k) => expect(f(x, 0.5).item()).toBe(first[k]))
  })

  it('have a number that ends when their elements may change', () => {
    const a = new Float64Array(5000)
    expect(numberOf(a)).toBe(0)
    lasting(a)
    const n = numberOf(a)
    expect(n).toBeGreaterThan(0)
    lasting(a)
    expect(numberOf(a)).toBe(n)
    changing(a)
    expect(numberOf(a)).toBe(0)
    lasting(a)
    expect(numberOf(a)).not.toBe(n)
    const short = new Float64Array(10)
    lasting(short)
    expect(numberOf(short)).toBe(0)
  })
})

describe('outside of jit', () => {
  const large = (seed: number): Float64Array => Float64Array.from({ length: 40_000 }, (_, i) => Math.sin(i * 1.3 + seed))
  it('tensors are kept, typed arrays that they share with the caller are read anew', () => {
    const value = valueAndGrad((x: Tensor) => np.sum(np.exp(np.sin(x))))
    const plain = jit(valueAndGrad((x: Tensor) => np.sum(np.exp(np.sin(x)))), { backend: 'closure' })
    const check = (x: Tensor | Float64Array): void => {
      const [[v, g], [v0, g0]] = [value(x), plain(x)]
      expect([bits(v), bits(g)]).toEqual([bits(v0), bits(g0)])
    }
    const mine = np.array(large(0))
    for (let k = 0; k < 10; k++) check(mine)
    expect(numberOf(mine.elements('test') as Float64Array)).toBeGreaterThan(0)
    for (const shared of [large(1), large(2)]) {
      const t = np.asarray(shared)
      for (let k = 0; k < 10; k++) {
        shared[k] = k
        check(k % 2 ? shared : t)
      }
      expect(numberOf(shared)).toBe(0)
    }
  })
  it('jit reads what a tensor shares with the caller anew', () => {
    const shared = large(3)
    const t = np.reshape(np.asarray(shared), [200, 200])
    const f = jit((x: Tensor) => np.sum(np.exp(x)), { backend: 'wasm' })
    for (let k = 0; k < 10; k++) {
      shared[0] = k
      expect(f(t).item()).toBe(np.sum(np.exp(np.array(large(3).fill(k, 0, 1)))).item())
    }
  })
})
