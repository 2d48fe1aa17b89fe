/** Storage: arrays of their own, and small ones that share pages. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jit, np, type Tensor } from '../../src/index'
import { allocate, allocateNear, byteSize, dtypes, isFloat, isInteger, shortName, type TypedArray } from '../../src/data/dtype'

/** What the user can see of the buffer that an array lies in. */
const isAlone = (a: TypedArray): boolean => a.byteOffset === 0 && a.byteLength === a.buffer.byteLength

describe('dtypes', () => {
  it('have names, sizes and kinds', () => {
    expect(dtypes.map(shortName)).toEqual(['f64', 'f32', 'i32', 'u32', 'bool'])
    expect(dtypes.map(byteSize)).toEqual([8, 4, 4, 4, 1])
    expect(dtypes.map(isFloat)).toEqual([true, true, false, false, false])
    expect(dtypes.map(isInteger)).toEqual([false, false, true, true, false])
  })
})

describe('small arrays', () => {
  it('are zeros, of their dtype and length, and overlap no other', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...dtypes), fc.integer({ min: 0, max: 100 })), { maxLength: 60 }), (list) => {
      const all = list.map(([d, n], i) => {
        const a = allocateNear(d, n)
        expect(a.constructor).toBe(allocate(d, 0).constructor)
        expect(a.length).toBe(n)
        expect(a.every((x) => x === 0)).toBe(true)
        return a.fill(i + 1)
      })
      all.forEach((a, i) => expect(a.every((x) => x === i + 1)).toBe(true))
    }))
  })
  it('keep no more than a page alive', () => {
    const pages = new Set(Array.from({ length: 64 }, () => allocateNear('float64', 10).buffer))
    expect(pages.size).toBeLessThan(4)
    for (const p of pages) expect(p.byteLength).toBeLessThanOrEqual(4096)
    expect(isAlone(allocateNear('float64', 65))).toBe(true)
    for (const n of [2 ** 61, 1e15, 1e30]) expect(() => allocateNear('float64', n)).toThrow(/do not fit into memory/)
  })
  it('are never handed out with what lies beside them', () => {
    const f = jit((x: Tensor) => [np.sin(x), np.sum(x), np.reshape(np.cos(x), [2, 2])] as const)
    const x = np.array([1, 2, 3, 4])
    for (const t of [...f(x), np.add(x, 1), np.array(2)]) expect(isAlone(t.data())).toBe(true)
    const run = f.lower(x).compile()
    for (const given of [undefined, [], [new Float64Array(4)]]) {
      const outs = run([x.data()], given)
      expect(outs.map((o) => typeof o)).toEqual(['object', 'number', 'object'])
      for (const o of outs) if (typeof o !== 'number') expect(isAlone(o)).toBe(true)
    }
  })
})
