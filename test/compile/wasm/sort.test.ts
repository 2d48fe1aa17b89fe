/** Sorting within a module: the results of the kernel in JavaScript, whatever the keys, the layout and what is around it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, np, scan, vmap, type BackendName, type DType, type Tensor } from 'adjoint'
import { aval } from '../../../src/ir/types'
import { sortCode } from '../../../src/primitives/kernels/sort.code'
import { random } from '../programs'

const flat = (r: unknown): number[][] => (Array.isArray(r) ? r.flatMap(flat) : [Array.from((r as Tensor).data() as Float64Array)])
const run = (f: unknown, backend: BackendName, xs: readonly Tensor[]): number[][] =>
  flat((jit(f as never, { backend }) as unknown as (...xs: readonly Tensor[]) => unknown)(...xs))
const same = (f: unknown, ...xs: readonly Tensor[]): void => {
  expect(run(f, 'wasm', xs)).toEqual(run(f, 'closure', xs))
}

const negative = new Float64Array(BigUint64Array.of(0xfff8000000000001n).buffer)[0]!
const special = [0, -0, NaN, negative, Infinity, -Infinity, 5e-324, -5e-324, 1, -1, 2.5]
/** Numbers of which some are special, few or many equal. */
const numbers = (seed: number, shape: readonly number[], kinds: number): Tensor => {
  const next = random(seed)
  const one = (): number => (next() < 0.2 ? special[Math.floor(next() * special.length)]! : kinds > 0 ? Math.floor(next() * kinds) - kinds / 2 : (next() - 0.5) * 10 ** (next() * 600 - 300))
  return np.array(Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, one)).reshape([...shape])
}
const lengths = fc.oneof(fc.constantFrom(511, 512, 513, 1000, 2500), fc.integer({ min: 1, max: 40 }), fc.constantFrom(63, 64, 65, 129, 300))
const shapes = fc.oneof(lengths.map((n) => [n]), lengths.map((n) => [3, n]), fc.tuple(fc.constantFrom(1, 2, 5, 16, 17, 100, 512, 600), fc.integer({ min: 1, max: 4 })).map(([n, inner]) => [2, n, inner]))

describe('sort', () => {
  it('is code of the module for lines of any length', () => {
    const code = (shape: readonly number[]): string => typeof sortCode([aval(shape, 'float64')], { axis: 1, keys: 1 })
    expect([[2, 512], [1, 511], [0, 512], [2, 512, 0]].map(code)).toEqual(['function', 'function', 'undefined', 'undefined'])
    same((a: Tensor) => np.sort(a, 1), np.zeros([0, 600]))
  })
  it('of one array, argsort and several keys are those of the closures', () => {
    fc.assert(
      fc.property(fc.integer(), shapes, fc.constantFrom(0, 3, 5000), fc.constantFrom<DType>('float64', 'float32', 'int32', 'uint32', 'bool'), (seed, shape, kinds, dtype) => {
        const axis = shape.length === 1 ? 0 : 1
        const [x, y] = [numbers(seed, shape, kinds), np.astype(numbers(seed + 1, shape, 4), dtype)]
        same((a: Tensor, b: Tensor) => [np.sort(a, axis), np.argsort(a, axis), np.sort(b, axis), np.argsort(b, axis), np.lexsort([a, b], axis)], x, y)
      }),
      { numRuns: 60 },
    )
  })
  it('keeps where equal elements stood, and the sign of zero', () => {
    const x = np.array(Float64Array.from({ length: 1000 }, (_, i) => [0, -0, NaN, negative, 1][i % 5]!))
    const [values, places] = run((a: Tensor) => [np.sort(a), np.argsort(a)], 'wasm', [x]) as [number[], number[]]
    const want = [0, 1, 4, 2, 3].flatMap((k, i) => (i < 2 ? [] : [k]))
    expect(places.slice(0, 400)).toEqual(Array.from({ length: 400 }, (_, i) => 5 * (i >> 1) + (i % 2)))
    expect(places.slice(400, 600)).toEqual(Array.from({ length: 200 }, (_, i) => 5 * i + want[0]!))
    expect(values.slice(0, 4)).toEqual([0, -0, 0, -0])
    expect(values.slice(600)).toEqual(Array.from({ length: 400 }, () => NaN))
  })
  it.each([3, 8, 13, 16, 17, 33, 100])('of %i elements in a loop, and its derivative', (n) => {
    const x = np.sin(np.multiply(7, np.arange(n)))
    const loop = (a: Tensor): unknown => scan(((c: Tensor, k: Tensor) => [np.sort(np.sin(np.add(np.multiply(9, c), k))), [np.argsort(c), np.lexsort([c, np.floor(np.multiply(3, c))])]]) as never, a as never, np.arange(4) as never)
    same(loop, x)
    same(grad((a: Tensor) => np.sum(np.multiply((loop(a) as [Tensor])[0], np.arange(n)))), x)
    same(vmap(loop as never), np.outer(np.array([1, -1, 0.5]), x))
  })
  it('within a fused program, a loop, a batch and a derivative', () => {
    const x = numbers(5, [700], 0)
    const finite = np.sin(np.arange(700))
    same((a: Tensor) => np.sum(np.multiply(np.sort(np.cos(a)), np.arange(700))), finite)
    same(grad((a: Tensor) => np.sum(np.multiply(np.sort(np.multiply(a, a)), np.arange(700)))), finite)
    same((a: Tensor) => scan(((c: Tensor, k: Tensor) => [np.sort(np.sin(np.add(c, k))), np.argsort(c)]) as never, a as never, np.arange(4) as never), finite)
    same(vmap(((a: Tensor) => np.argsort(a)) as never), np.outer(np.array([1, -1, 0.5]), finite))
    same((a: Tensor) => np.median(a), x)
    same((a: Tensor) => [np.sort(a), np.sort(np.negative(a))], x)
  })
})
