/** Products: every arrangement of axes, one order of summation whatever the loop, integers that wrap. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Backend } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { simd } from '../../../src/compile/compilers'
import { direct } from '../../../src/compile/direct/backend'
import type { DType } from '../../../src/data/dtype'
import { dot } from '../../../src/primitives/dot'
import { add, neg } from '../../../src/primitives/elementwise/arithmetic'
import { broadcast, reverse, slice, transpose } from '../../../src/primitives/movement'
import { build, subsets } from '../build'
import { random } from '../programs'
import { elements, expected } from '../reference'

let backend: Backend = closure

const flat = (x: unknown): number[] => (typeof x === 'number' ? [x] : Array.from(x as Float64Array))
const numbers = (n: number, seed: number): Float64Array => {
  const next = random(seed)
  return Float64Array.from({ length: n }, () => next() - 0.5)
}
interface Dims { lhsContract: number[]; rhsContract: number[]; lhsBatch: number[]; rhsBatch: number[] }
const product = (x: readonly number[], y: readonly number[], d: Dims, dtype: DType = 'float64') =>
  build(({ input, eq }) => [eq(dot, [input(x, dtype), input(y, dtype)], { ...d })])

describe.each([closure, direct, simd])('products: $name', (each) => {
  beforeEach(() => void (backend = each))
  it('of every arrangement of contracted, batched and free axes', () => {
    const next = random(1)
    const wrong: string[] = []
    for (const [x, y] of [[[3, 4, 5], [5, 4, 3]], [[2, 3, 2], [3, 2, 2]], [[6, 1, 4], [4, 6]], [[7], [7]], [[], [3]], [[2, 40], [40, 2]], [[1, 5], [5, 1]], [[0, 3], [3, 2]], [[3, 0], [0, 2]]])
      for (const contract of subsets(x.length))
        for (const batch of subsets(x.length)) {
          if (batch.some((a) => contract.includes(a))) continue
          // Each axis of x is matched with the first axis of y that has its extent.
          const taken: number[] = []
          const match = (a: number): number => { const j = y.findIndex((e, k) => e === x[a] && !taken.includes(k)); taken.push(j); return j }
          const d: Dims = { lhsContract: contract, lhsBatch: batch, rhsContract: contract.map(match), rhsBatch: batch.map(match) }
          if (taken.includes(-1)) continue
          for (const dtype of ['float64', 'float32', 'int32', 'uint32'] as const) {
            const p = product(x, y, d, dtype)
            const inputs = p.inputs.map((v) => elements(next, v.aval)).map((v) => (typeof v === 'number' ? 1.5 : v.map((e) => (Number.isFinite(e) ? e : 3)))) as Float64Array[]
            const got = flat(backend.compile(p).run(inputs)[0])
            expected(p.eqns[0], inputs.map((v) => (typeof v === 'number' ? [v] : v))).forEach(({ value, scale }, i) => {
              const close = dtype === 'float64' ? Math.abs(got[i] - value) <= scale * 2 ** -50 : dtype === 'float32' ? Math.abs(got[i] - value) <= scale * 2 ** -21 : got[i] === value
              if (!close) wrong.push(`${dtype} [${x.join()}] [${y.join()}] ${JSON.stringify(d)}: ${got[i]} instead of ${value}`)
            })
          }
        }
    expect(wrong).toEqual([])
  })
  it.each(['float64', 'float32'] as const)('have the bits of each element alone, in every loop: %s', (dtype) => {
    const round = dtype === 'float32' ? Math.fround : (v: number) => v
    const numbers = (n: number, seed: number): Float64Array => {
      const next = random(seed)
      return ((dtype === 'float32' ? Float32Array : Float64Array) as Float64ArrayConstructor).from({ length: n }, () => next() - 0.5)
    }
    for (const k of [1, 5, 256, 257, 1300])
      for (const [m, n] of [[1, 1], [1, 9], [9, 1], [2, 3], [3, 20], [20, 3], [5, 6], [18, 19], [5, 261]]) {
        if (m * n * k > 5e5) continue
        const x = numbers(m * k, k)
        const y = numbers(n * k, k + 1)
        const alone = (i: number, j: number): number => {
          let sum = 0
          for (let from = 0; from < k; from += 256) {
            let s = 0
            for (let l = from; l < Math.min(k, from + 256); l++) s = round(s + round(x[i * k + l] * y[j * k + l]))
            sum = from === 0 ? s : round(sum + s)
          }
          return sum
        }
        const want = Array.from({ length: m * n }, (_, e) => alone(Math.floor(e / n), e % n))
        const columns = (a: Float64Array, rows: number): Float64Array => a.map((_, e) => a[(e % rows) * k + Math.floor(e / rows)])
        const run = (p: ReturnType<typeof build>, ...inputs: Float64Array[]): number[] => flat(backend.compile(p).run(inputs)[0])
        const none = { lhsBatch: [], rhsBatch: [] }
        expect(run(product([m, k], [n, k], { lhsContract: [1], rhsContract: [1], ...none }, dtype), x, y)).toEqual(want)
        expect(run(product([k, m], [n, k], { lhsContract: [0], rhsContract: [1], ...none }, dtype), columns(x, m), y)).toEqual(want)
        expect(run(product([m, k], [k, n], { lhsContract: [1], rhsContract: [0], ...none }, dtype), x, columns(y, n))).toEqual(want)
        expect(run(product([k, m], [k, n], { lhsContract: [0], rhsContract: [0], ...none }, dtype), columns(x, m), columns(y, n))).toEqual(want)
        const both = run(product([2, m, k], [2, n, k], { lhsContract: [2], rhsContract: [2], lhsBatch: [0], rhsBatch: [0] }, dtype), (x.constructor as Float64ArrayConstructor).from([...x, ...x]), (x.constructor as Float64ArrayConstructor).from([...y, ...y]))
        expect(both).toEqual([...want, ...want])
      }
  })
  it('read views in place and copy what no stride says', () => {
    const p = build(({ input, eq }) => {
      const x = input([6, 8])
      const every = eq(slice, [x], { start: [1, 0], stop: [6, 8], strides: [2, 1] })
      const turned = eq(transpose, [eq(reverse, [x], { axes: [0] })], { perm: [1, 0] })
      const row = eq(broadcast, [eq(slice, [x], { start: [0, 0], stop: [1, 8], strides: [1, 1] })], { shape: [3, 8], dims: [0, 1] })
      return [eq(dot, [every, turned], { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] }), eq(dot, [row, eq(neg, [every])], { lhsContract: [0, 1], rhsContract: [0, 1], lhsBatch: [], rhsBatch: [] })]
    })
    const x = numbers(48, 1)
    const [a, b] = backend.compile(p).run([x])
    const at = (i: number, j: number): number => x[i * 8 + j]
    flat(a).forEach((v, e) => expect(v).toBeCloseTo([0, 1, 2, 3, 4, 5, 6, 7].reduce((s, j) => s + at(1 + 2 * Math.floor(e / 6), j) * at(5 - (e % 6), j), 0), 12))
    expect(b).toBeCloseTo(-[0, 1, 2].reduce((s, i) => s + [0, 1, 2, 3, 4, 5, 6, 7].reduce((t, j) => t + at(0, j) * at(1 + 2 * i, j), 0), 0), 12)
    expect(closure.compile(p).describe()).toContain('product [1,3,8] × [1,8,6]: in0, in0 → out0')
  })
  it('of vectors join a loop, and are positive zeros as sums are', () => {
    const p = build(({ input, eq }) => {
      const x = input([3])
      const outer = eq(dot, [x, x], { lhsContract: [], rhsContract: [], lhsBatch: [], rhsBatch: [] })
      return [eq(add, [outer, 1]), outer]
    })
    const kernel = backend.compile(p)
    expect(closure.compile(p).describe()).toMatch(/^2 equations, 1 step/)
    expect(kernel.run([Float64Array.of(-1, 0, 2)])).toEqual([Float64Array.of(2, 1, -1, 1, 1, 1, -1, 1, 5), Float64Array.of(1, 0, -2, 0, 0, 0, -2, 0, 4)])
  })
  it('wrap integers', () => {
    const p = product([2], [2], { lhsContract: [0], rhsContract: [0], lhsBatch: [], rhsBatch: [] }, 'int32')
    expect(backend.compile(p).run([Int32Array.of(2147483647, 65536), Int32Array.of(2147483647, 65537)])).toEqual([65537])
  })
})
