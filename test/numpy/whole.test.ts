/** Functions of large arrays are run as one program: they give the bits that they give of each part by itself, and jitted. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jit, np, vjp, type Tensor } from 'adjoint'

const n = 70_000
const special = [NaN, Infinity, -Infinity, -0, 0, 1, 9.99, 10, 1e300]
/** Numbers from −1 to 12, some of them edges or none at all. */
const numbers = (seed: number, dtype: 'float64' | 'float32' = 'float64'): Tensor => {
  let s = seed >>> 0
  const next = (): number => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32
  return np.array(Float64Array.from({ length: n }, () => { const r = next(); return r < 0.05 ? special[Math.floor(next() * special.length)]! : r < 0.2 ? Math.floor(next() * 12) : next() * 13 - 1 }), dtype)
}
const bits = (x: unknown): unknown => [(x as Tensor).dtype, [...new Uint8Array(Float64Array.from((x as Tensor).data()).buffer)].join()]
const parts = (x: Tensor, f: (p: Tensor) => Tensor): Tensor => np.concatenate(Array.from({ length: 4 }, (_, k) => f(x.at([k * n / 4, (k + 1) * n / 4]))))

describe.each(['float64', 'float32'] as const)('%s', (dtype) => {
  const xp = np.array([0, 1, 2.5, 2.5, 4, 9, 10], dtype)
  const fp = np.array([1, -2, 3, 5, -0, 7, 2], dtype)
  const fs: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    interp: (x) => np.interp(x, xp, fp),
    'interp with ends': (x) => np.interp(x, xp, fp, -7, 8),
    'interp with the right end': (x) => np.interp(x, xp, fp, null, np.array(3, dtype)),
    'interp with a period': (x) => np.interp(x, xp, fp, { period: 3.5 }),
    'interp of one point': (x) => np.interp(x, xp.at([0, 1]), fp.at([0, 1])),
    searchsorted: (x) => np.searchsorted(xp, x),
    'searchsorted to the right': (x) => np.searchsorted(xp, x, 'right'),
    digitize: (x) => np.digitize(x, np.flip(xp)),
  }
  it.each(Object.entries(fs))('%s', (_name, f) => {
    fc.assert(fc.property(fc.integer(), (seed) => {
      const x = numbers(seed, dtype)
      const got = bits(f(x))
      expect(got).toEqual(bits(parts(x, f)))
      expect(got).toEqual(bits((jit(f) as (x: Tensor) => Tensor)(x)))
    }), { numRuns: 3 })
  })
  it('counts and sums of weights', () => {
    fc.assert(fc.property(fc.integer(), (seed) => {
      const x = numbers(seed, dtype)
      const edges = np.unique(xp)
      const sums = (f: (p: Tensor) => Tensor): void => {
        const want = Array.from({ length: 4 }, (_, k) => f(x.at([k * n / 4, (k + 1) * n / 4]))).reduce((s, c) => np.add(s, c))
        expect(f(x).toArray()).toEqual(want.toArray())
        expect(f(x).dtype).toBe(want.dtype)
        expect((jit(f) as (x: Tensor) => Tensor)(x).toArray()).toEqual(want.toArray())
      }
      const whole = (p: Tensor): Tensor => np.astype(np.floor(np.clip(np.nanToNum(p), 0, 5)), 'int32')
      sums((p) => np.histogram(p, { bins: edges })[0])
      sums((p) => np.histogram(p, { bins: edges, weights: whole(p) })[0])
      sums((p) => np.bincount(whole(p), { length: 7 }))
      sums((p) => np.bincount(whole(p), { weights: whole(p), length: 4 }))
    }), { numRuns: 3 })
  })
  it('derivatives of interp', () => {
    const x = numbers(5, dtype)
    const [out, pull] = vjp((v: Tensor, k: Tensor, f: Tensor) => np.interp(v, k, f), [x, np.unique(xp), fp.at([0, 6])])
    expect(bits(out)).toEqual(bits(np.interp(x, np.unique(xp), fp.at([0, 6]))))
    expect(pull(np.onesLike(x)).map((g) => (g as Tensor).shape)).toEqual([[n], [6], [6]])
  })
})

it('positions of numbers in lines of all lengths are those that comparisons count', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(...special)), { maxLength: 20 }), fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(...special)), { maxLength: 11 }), fc.boolean(), (line, values, right) => {
    const sorted = Float64Array.from(line).sort()
    const before = (a: number, b: number): boolean => a < b || (b !== b && a === a)
    const want = values.map((v) => [...sorted].filter((e) => before(e, v) || (right && !before(v, e))).length)
    expect(np.searchsorted(sorted, Float64Array.from(values), right ? 'right' : 'left').toArray()).toEqual(want)
  }))
})
