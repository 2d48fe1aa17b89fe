import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dot } from '../../src/primitives/dot'
import type { Tensor } from '../../src/index'
import { elements, isClose, f64, i32, obeys, run, scalar, spaced, tensorOf, valuesOf } from './rules'

interface Dims {
  readonly [key: string]: number[]
  readonly lhsContract: number[]
  readonly rhsContract: number[]
  readonly lhsBatch: number[]
  readonly rhsBatch: number[]
}
const dims = (lhsContract: number[], rhsContract: number[], lhsBatch: number[] = [], rhsBatch: number[] = []): Dims => ({ lhsContract, rhsContract, lhsBatch, rhsBatch })

/** By its definition: every axis has a letter, and the sum runs over all of them. */
function byDefinition(x: Tensor, y: Tensor, d: Dims): number[] {
  const left = x.shape.map((_, a) => (d.lhsBatch.includes(a) ? `b${d.lhsBatch.indexOf(a)}` : d.lhsContract.includes(a) ? `k${d.lhsContract.indexOf(a)}` : `x${a}`))
  const right = y.shape.map((_, a) => (d.rhsBatch.includes(a) ? `b${d.rhsBatch.indexOf(a)}` : d.rhsContract.includes(a) ? `k${d.rhsContract.indexOf(a)}` : `y${a}`))
  const extent = new Map([...left.map((l, a) => [l, x.shape[a]!] as const), ...right.map((l, a) => [l, y.shape[a]!] as const)])
  const out = [...d.lhsBatch.map((_, i) => `b${i}`), ...left.filter((l) => l.startsWith('x')), ...right.filter((l) => l.startsWith('y'))]
  const all = [...out, ...d.lhsContract.map((_, i) => `k${i}`)]
  const [xs, ys] = [elements(x), elements(y)]
  const total = (letters: readonly string[]): number => letters.reduce((n, l) => n * extent.get(l)!, 1)
  const result = new Array<number>(total(out)).fill(0)
  for (let i = 0; i < total(all); i++) {
    const at = new Map<string, number>()
    all.reduceRight((rest, l) => (at.set(l, rest % extent.get(l)!), Math.floor(rest / extent.get(l)!)), i)
    const flat = (letters: readonly string[]): number => letters.reduce((n, l) => n * extent.get(l)! + at.get(l)!, 0)
    result[flat(out)]! += xs[flat(left)]! * ys[flat(right)]!
  }
  return result
}

const cases: readonly (readonly [number[], number[], Dims])[] = [
  [[2, 3], [3, 4], dims([1], [0])],
  [[3], [3], dims([0], [0])],
  [[2], [3], dims([], [])],
  [[], [3], dims([], [])],
  [[2, 3, 4], [4, 2, 5], dims([2], [0], [0], [1])],
  [[2, 3, 4, 2], [2, 4, 3, 2], dims([2, 1], [1, 2], [3], [0])],
  [[2, 3, 4], [3, 4, 2], dims([0, 2], [2, 1], [1], [0])],
  [[2, 3, 2], [3, 2, 2, 2], dims([1], [0], [2, 0], [1, 3])],
  [[2, 0], [0, 3], dims([1], [0])],
]

describe('dot_general', () => {
  it.each(cases)('obeys the laws: %j with %j, %j', (a, b, d) => expect(obeys(dot, [spaced(a), spaced(b, 70)], d)).toBe(true))

  it('is its definition, for any dimension numbers', () => {
    const anyDims = fc
      .record({ batch: fc.integer({ min: 0, max: 2 }), contract: fc.integer({ min: 0, max: 2 }), freeX: fc.integer({ min: 0, max: 2 }), freeY: fc.integer({ min: 0, max: 2 }) })
      .chain(({ batch, contract, freeX, freeY }) =>
        fc.tuple(
          fc.shuffledSubarray([...Array(batch + contract + freeX).keys()], { minLength: batch + contract + freeX }),
          fc.shuffledSubarray([...Array(batch + contract + freeY).keys()], { minLength: batch + contract + freeY }),
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 8, maxLength: 8 }),
        ).map(([p, q, extents]) => {
          const d = dims(p.slice(batch, batch + contract), q.slice(batch, batch + contract), p.slice(0, batch), q.slice(0, batch))
          const shape = (order: readonly number[], from: number): number[] => {
            const s = new Array<number>(order.length)
            order.forEach((a, i) => (s[a] = extents[i < batch + contract ? i : i + from]!))
            return s
          }
          return { d, x: spaced(shape(p, 0)), y: spaced(shape(q, 2), 70) }
        }),
      )
    fc.assert(fc.property(anyDims, ({ d, x, y }) => {
      expect(isClose(valuesOf(dot, [x, y], d), byDefinition(x, y, d))).toBe(true)
    }))
  })

  it('integer products wrap', () => {
    expect(obeys(dot, [i32([1, 2, 3, 4], [2, 2]), i32([5, 6, 7, 8], [2, 2])], dims([1], [0]))).toBe(true)
  })

  it('faults name the shapes', () => {
    expect(() => run(dot, [spaced([2, 3]), spaced([2, 3])], dims([1], [0]))).toThrow(/^dot: shapes \[2,3\] and \[2,3\] differ along the axes that are paired/)
    expect(() => run(dot, [spaced([2]), spaced([2])], dims([0], []))).toThrow(/^dot: axes \[0\] and \[\]/)
    expect(() => run(dot, [f64([1]), i32([1])], dims([0], [0]))).toThrow(/^dot: operands have dtypes float64 and int32/)
    expect(() => run(dot, [scalar(1, 'bool'), tensorOf([1], [1], 'bool')], dims([], []))).toThrow(/^dot: expected a number dtype, got bool/)
  })
})
