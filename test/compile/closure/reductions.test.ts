/** Reductions: every set of axes, operation and dtype; one order of summation whatever the layout and the fusion. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Backend } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { direct } from '../../../src/compile/direct/backend'
import { size } from '../../../src/data/shape'
import type { DType } from '../../../src/data/dtype'
import { mul, neg, sub } from '../../../src/primitives/elementwise/arithmetic'
import { exp } from '../../../src/primitives/elementwise/transcendental'
import { broadcast, reshape, transpose } from '../../../src/primitives/movement'
import { prod, reduceAnd, reduceMax, reduceMin, reduceOr, sum } from '../../../src/primitives/reduce'
import type { Primitive } from '../../../src/ir/types'
import { build, subsets } from '../build'
import { random } from '../programs'
import { elements, expected } from '../reference'

let backend: Backend = closure

const one = (prim: Primitive, shape: readonly number[], axes: readonly number[], dtype: DType = 'float64') =>
  build(({ input, eq }) => [eq(prim, [input(shape, dtype)], { axes })])
const flat = (x: unknown): number[] => (typeof x === 'number' ? [x] : Array.from(x as Float64Array))
const numbers = (n: number, seed = 1): Float64Array => {
  const next = random(seed)
  return Float64Array.from({ length: n }, () => (next() - 0.5) * 10 ** (4 * next()))
}
const run = (p: ReturnType<typeof build>, ...inputs: Float64Array[]): number[][] => backend.compile(p).run(inputs).map(flat)

describe.each([closure, direct])('reductions: $name', (each) => {
  beforeEach(() => void (backend = each))
  const kinds: readonly (readonly [Primitive, readonly DType[]])[] = [
    [sum, ['float64', 'float32', 'int32', 'uint32']], [prod, ['float64', 'float32', 'int32', 'uint32']],
    [reduceMax, ['float64', 'float32', 'int32', 'uint32']], [reduceMin, ['float64', 'float32', 'int32', 'uint32']],
    [reduceAnd, ['bool']], [reduceOr, ['bool']],
  ]
  const shapes = [[2, 3, 4, 5], [5, 1, 3, 7], [130, 9], [9, 130], [3, 260, 2], [17, 11, 13], [1, 1], [], [1], [2, 5000], [3, 2, 4100]]
  for (const [prim, dtypes] of kinds)
    it(`${prim.name}, over every set of axes`, () => {
      const next = random(3)
      const wrong: string[] = []
      for (const dtype of dtypes)
        for (const shape of dtype === dtypes[0] ? shapes : shapes.filter((s) => size(s) < 3000))
          for (const axes of subsets(shape.length)) {
            const p = one(prim, shape, axes, dtype)
            const x = elements(next, p.inputs[0].aval)
            const got = flat(backend.compile(p).run([x])[0])
            const operands = [typeof x === 'number' ? [x] : x]
            expected(p.eqns[0], operands).forEach(({ value, scale }, i) => {
              const want = dtype === 'float32' ? Math.fround(value) : value
              const tolerance = scale * (dtype === 'float32' ? 2 ** -22 : 2 ** -48)
              if (Object.is(got[i], want) || !Number.isFinite(scale)) return
              if (!(Math.abs(got[i] - want) <= tolerance || (prim === prod && Math.abs(want) < 1e-290) || (got[i] === 0 && want === 0))) wrong.push(`${prim.name} of ${dtype}[${shape.join()}] over ${axes.join()}: ${got[i]} instead of ${want}`)
            })
          }
      expect(wrong).toEqual([])
    })
  it('of nothing are their units', () => {
    const units: readonly (readonly [Primitive, DType, number])[] = [[sum, 'float64', 0], [prod, 'float64', 1], [reduceAnd, 'bool', 1], [reduceOr, 'bool', 0], [sum, 'int32', 0]]
    for (const [prim, dtype, unit] of units) {
      expect(flat(backend.compile(one(prim, [0, 3], [0], dtype)).run([new Float64Array(0)])[0])).toEqual([unit, unit, unit])
      expect(flat(backend.compile(one(prim, [3, 0], [0], dtype)).run([new Float64Array(0)])[0])).toEqual([])
    }
  })
  it('let NaN through maxima and minima', () => {
    for (const prim of [reduceMax, reduceMin])
      for (const at of [0, 5, 127, 128, 1099]) {
        const x = numbers(1100)
        x[at] = NaN
        expect(run(one(prim, [1100], [0]), x)).toEqual([[NaN]])
        expect(run(one(prim, [1100, 1], [0]), x)).toEqual([[NaN]])
        expect(run(one(prim, [10, 110], [0]), x)[0].map(Number.isNaN).indexOf(true)).toBe(at % 110)
      }
  })
  it('wrap integers', () => {
    const p = build(({ input, eq }) => { const x = input([3000], 'int32'); return [eq(sum, [x], { axes: [0] }), eq(prod, [x], { axes: [0] })] })
    const x = Int32Array.from({ length: 3000 }, (_, i) => (i * 2654435761) | 1)
    expect(backend.compile(p).run([x])).toEqual([x.reduce((s, v) => (s + v) | 0, 0), x.reduce(Math.imul, 1)])
  })
})

describe.each([closure, direct])('the order of summation: $name', (each) => {
  beforeEach(() => void (backend = each))
  const lengths = [2, 7, 8, 9, 127, 128, 129, 136, 300, 1023, 1024, 1025, 4097, 10_000]
  it('is the same by rows, by columns, in the middle, alone or among others, and behind other operations', () => {
    for (const n of lengths) {
      const x = numbers(n, n)
      const [[whole]] = run(one(sum, [n], [0]), x)
      for (const k of [2, 3, 8, 9, 40, 4200]) {
        if (n * k > 2e5) continue
        const rows = new Float64Array(n * k)
        const columns = new Float64Array(n * k)
        for (let r = 0; r < k; r++) for (let i = 0; i < n; i++) {
          rows[r * n + i] = x[i]
          columns[i * k + r] = x[i]
        }
        const all = Array.from({ length: k }, () => whole)
        expect(run(one(sum, [k, n], [1]), rows)[0]).toEqual(all)
        expect(run(one(sum, [n, k], [0]), columns)[0]).toEqual(all)
        expect(run(one(sum, [1, n, k], [1]), columns)[0]).toEqual(all)
        const twice = Float64Array.from([...columns, ...columns])
        expect(run(one(sum, [2, n, k], [1]), twice)[0]).toEqual([...all, ...all])
        const turned = build(({ input, eq }) => [eq(sum, [eq(transpose, [input([k, n])], { perm: [1, 0] })], { axes: [0] })])
        expect(run(turned, rows)[0]).toEqual(all)
        // Fused with others of other shapes, so that blocks cut its rows anywhere.
        const siblings = build(({ input, eq }) => {
          const v = input([k, n])
          const w = eq(neg, [eq(neg, [v])])
          const other = eq(sum, [eq(reshape, [w], { shape: [n, k] })], { axes: [1] })
          return [other, eq(sum, [w], { axes: [1] }), eq(sum, [w], { axes: [0] }), eq(sum, [w], { axes: [0, 1] })]
        })
        const [, byRow, byColumn, total] = run(siblings, rows)
        expect(byRow).toEqual(all)
        expect(byColumn).toEqual(run(one(sum, [k, n], [0]), rows)[0])
        expect(total).toEqual(run(one(sum, [n * k], [0]), rows)[0])
      }
    }
  })
  it('is NumPy’s up to 128 terms', () => {
    const x = numbers(128, 5)
    for (const n of [1, 2, 7, 8, 9, 15, 16, 100, 127, 128]) {
      const lanes = Array.from({ length: 8 }, (_, l) => { let s = 0; for (let i = l; i < n - (n % 8); i += 8) s += x[i]; return s })
      let want = n < 8 ? 0 : lanes[0] + lanes[1] + (lanes[2] + lanes[3]) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]))
      for (let i = n - (n % 8); i < n; i++) want += x[i]
      expect(run(one(sum, [n], [0]), x.slice(0, n))[0]).toEqual([want])
    }
  })
  it('keeps the error small', () => {
    const n = 1_000_000
    expect(Math.abs(run(one(sum, [n], [0]), new Float64Array(n).fill(0.1))[0][0] - 100_000)).toBeLessThan(2e-10)
  })
  it('is that of rows reduced and used in one pass', () => {
    for (const n of [5, 600, 1500, 5000]) {
      const p = build(({ input, eq }) => {
        const x = input([4, n])
        const over = (r: ReturnType<typeof eq>) => eq(broadcast, [eq(reshape, [r], { shape: [4, 1] })], { shape: [4, n], dims: [0, 1] })
        const e = eq(exp, [eq(sub, [x, over(eq(reduceMax, [x], { axes: [1] }))])])
        const s = eq(sum, [e], { axes: [1] })
        return [eq(mul, [e, over(eq(exp, [eq(neg, [s])]))]), s]
      })
      const x = numbers(4 * n)
      const [y, s] = run(p, x)
      for (let r = 0; r < 4; r++) {
        const row = Array.from(x.slice(r * n, (r + 1) * n))
        const m = Math.max(...row)
        const alone = build(({ input, eq }) => { const e = eq(exp, [eq(sub, [input([n]), m])]); return [e, eq(sum, [e], { axes: [0] })] })
        const [e, [t]] = run(alone, Float64Array.from(row))
        expect(s[r]).toBe(t)
        const [[scale]] = [run(build(({ input, eq }) => [eq(exp, [eq(neg, [input([1])])])]), Float64Array.of(t))[0]]
        expect(y.slice(r * n, (r + 1) * n)).toEqual(e.map((v) => v * scale))
      }
      const steps = closure.compile(p).describe().match(/^loop/gm)!.length
      expect(steps).toBe(n <= 4096 ? 1 : 4)
      expect(size([4, n])).toBe(x.length)
    }
  })
})
