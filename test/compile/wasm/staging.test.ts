/** Loads of neighbours share a staged block. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jit, np, valueAndGrad, type Tensor } from '../../../src'

const wave = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(i * 1.7))
const bits = (t: Tensor): readonly string[] => [...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(String)
/** Product of what is `by` elements further on, for each of several shifts. */
const shifted = (shifts: readonly number[], n: number) => (x: Tensor): Tensor =>
  shifts.map((by) => x.at([by, by + n]) as Tensor).reduce((p, v) => np.multiply(np.add(p, 0.5), np.subtract(v, 0.25)))

describe('loads of one array from several places', () => {
  it.each([[[0, 1]], [[1, 0]], [[0, 64]], [[0, 65]], [[0, 1, 2, 70, 71, 200]], [[3, 500, 501, 3]]])('have the bits of the closures: %j', (shifts) => {
    for (const n of [4097, 9000, 300001]) {
      const x = wave(n + 600)
      const f = (v: Tensor): readonly Tensor[] => [shifted(shifts, n)(v), np.sum(v.at([shifts[0]!, shifts[0]! + n]) as Tensor), np.max(shifted(shifts, n)(v))]
      const g = valueAndGrad((v: Tensor) => np.sum(np.square(shifted(shifts, n)(v))))
      for (const h of [f, (v: Tensor) => g(v) as unknown as readonly Tensor[]]) {
        const expected = jit(h, { backend: 'closure' })(x as never).map(bits)
        expect(jit(h, { backend: 'wasm' })(x as never).map(bits)).toEqual(expected)
        expect(jit(h, { backend: 'wasm', threads: 2 })(x as never).map(bits)).toEqual(expected)
      }
    }
  })
  it('hold for random shifts and lengths', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 2, maxLength: 5 }), fc.integer({ min: 4097, max: 12000 }), (shifts, n) => {
      const x = wave(n + 200)
      const f = (v: Tensor): readonly Tensor[] => [shifted(shifts, n)(v)]
      expect(jit(f, { backend: 'wasm' })(x as never).map(bits)).toEqual(jit(f, { backend: 'closure' })(x as never).map(bits))
    }), { numRuns: 20 })
  })
})
