/** Rows that are reduced in the loop: maxima and minima where order, NaN and the sign of 0 could show, chunks in rows of every length. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jit, np, type Tensor } from 'adjoint'

type F = (x: Tensor) => Tensor | Tensor[]
const bits = (f: F, x: Tensor, backend: 'closure' | 'wasm'): bigint[][] => {
  const out = jit(f, { backend })(x)
  return (Array.isArray(out) ? out : [out]).map((t) => Array.from(new BigUint64Array(Float64Array.from(t.data() as Float64Array, (v) => (Number.isNaN(v) ? NaN : v)).buffer)))
}
const same = (f: F, x: Tensor): void => expect(bits(f, x, 'wasm')).toEqual(bits(f, x, 'closure'))

const special = fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1, -1, 5e-324, -5e-324)
const zeros = fc.constantFrom(0, -0)
const negative = fc.constantFrom(-0, -1, -5e-324)
const positive = fc.constantFrom(0, 1, 5e-324)
const extremes: F = (x) => [np.max(x, 1), np.min(x, 1)]

describe('maxima and minima of rows', () => {
  const rows = (one: fc.Arbitrary<number>) => fc.integer({ min: 1, max: 70 }).chain((n) => fc.array(one, { minLength: 3 * n, maxLength: 3 * n }).map((v) => np.reshape(np.array(v), [3, n])))
  it.each([['special values', special], ['zeros', zeros], ['nothing above 0', negative], ['nothing below 0', positive], ['all', fc.double()]] as const)('have the bits of the closures: %s', (_name, one) => {
    fc.assert(fc.property(rows(one), (x) => {
      same(extremes, x)
      same((t) => extremes(np.multiply(t, 1)), x)
      same((t) => extremes(np.astype(t, 'float32')), x)
    }), { numRuns: 60 })
  })
  it('are NaN where one element is, wherever it is; −0 only where no 0 is positive', () => {
    for (let k = 0; k < 23; k++) {
      const put = (rest: number, value: number): Tensor => np.reshape(np.array(Array.from({ length: 23 }, (_, i) => (i === k ? value : rest))), [1, 23])
      const of = (x: Tensor): unknown[] => (jit(extremes, { backend: 'wasm' })(x) as Tensor[]).map((t) => t.at(0).item())
      expect(of(put(1, NaN))).toEqual([NaN, NaN])
      expect(of(put(-0, 0))).toEqual([0, -0])
      expect(of(put(0, -0))).toEqual([0, -0])
      expect(of(put(-0, -1))).toEqual([-0, -1])
      expect(of(put(0, 1))).toEqual([1, 0])
    }
  })
})

describe('sums of rows', () => {
  it('join their chunks in the order of the closures, whatever their number', () => {
    for (const n of [1, 127, 128, 129, 255, 256, 257, 384, 385, 640, 1000, 2047, 3968, 4095, 4096, 4097, 5000]) {
      const x = np.reshape(np.sin(np.multiply(np.arange(2 * n), 1.7)), [2, n])
      same((t) => [np.sum(t, 1), np.sum(np.exp(t), 1), np.prod(np.add(t, 0.5), 1)], x)
      same((t) => np.subtract(t, np.log(np.sum(np.exp(np.subtract(t, np.max(t, 1, { keepdims: true }))), 1, { keepdims: true }))), x)
    }
  })
})

describe('values that a later stage reads', () => {
  it('wait for it, with the same bits', () => {
    const x = np.reshape(np.sin(np.multiply(np.arange(7 * 33), 1.3)), [7, 33])
    for (const backend of ['wasm', 'js'] as const) {
      const f: F = (t) => {
        const m = np.max(t, 1, { keepdims: true })
        const d = np.subtract(t, m)
        const e = np.exp(d)
        const p = np.multiply(e, np.sum(e, 1, { keepdims: true }))
        const q = np.multiply(p, np.sum(np.multiply(p, d), 1, { keepdims: true }))
        return [np.add(q, p), np.sum(np.multiply(d, q)), np.astype(np.equal(t, m), 'float64')]
      }
      const out = (b: 'closure' | typeof backend): number[][] => (jit(f, { backend: b })(x) as Tensor[]).map((t) => Array.from(t.data() as Float64Array))
      expect(out(backend)).toEqual(out('closure'))
    }
  })
})
