/** `precision: 'fast'`: within a few roundings of the exact bits where the engine multiplies and adds at once, else the same bits. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { grad, jit, makeJaxpr, np, scan, type JitOptions, type Tensor } from 'adjoint'
import { closure } from '../../../src/compile/closure/backend'
import { modules } from '../../../src/compile/compilers'
import { range } from '../../../src/data/shape'
import { lower } from '../../../src/compile/loop/lower'
import type { Nest } from '../../../src/compile/loop/types'
import { Code, signature } from '../../../src/compile/wasm/assembler'
import { fuses } from '../../../src/compile/wasm/fused'
import { productsOfSums } from '../../../src/compile/wasm/madds'
import { makePairs } from '../../../src/compile/wasm/pairs'
import { program, random } from '../programs'
import { elements } from '../reference'

type Function = (...xs: Tensor[]) => unknown
const flat = (r: unknown): number[] => (r === null ? [] : Array.isArray(r) ? r.flatMap(flat) : Array.from((r as Tensor).data() as Float64Array))
const run = (f: Function, xs: readonly Tensor[], options: JitOptions): number[] => flat((jit(f as never, options) as unknown as (...xs: readonly Tensor[]) => unknown)(...xs))
const x = np.sin(np.arange(130 * 67)).reshape(130, 67)
const single = np.astype(x, 'float32')
const square = (a: Tensor): Tensor => np.matmul(np.transpose(a), a)

const cases: readonly (readonly [string, Function, readonly Tensor[], tolerance: number])[] = [
  ['a product in float64', square as Function, [x], 1e-13],
  ['a product in float32', square as Function, [single], 1e-4],
  ['matrix · vector', ((a: Tensor) => [np.matmul(a, a.at(0)), np.matmul(np.ones([130]), a)]) as Function, [x], 1e-13],
  ['functions', ((a: Tensor) => [np.exp(a), np.log1p(np.abs(a)), np.sin(a), np.cos(a), np.tan(a), np.tanh(a), np.sinh(a), np.arctan(a), np.expm1(a), np.power(np.abs(a), 1.7)]) as Function, [x], 1e-14],
  ['a gradient', ((a: Tensor) => grad((t: Tensor) => np.sum(np.tanh(np.matmul(t, np.transpose(t)))))(a)) as Function, [x], 1e-11],
  ['a loop', ((a: Tensor) => scan((c: Tensor) => [np.tanh(np.matmul(np.multiply(c, 0.1), square(x))), null] as never, a as never, null as never, { length: 3 } as never)) as Function, [x], 1e-12],
]

describe("precision: 'fast'", () => {
  it.each(cases)('is close to the exact bits, the same with threads, and the same where there is nothing to be fused: %s', (_name, f, xs, tolerance) => {
    const exact = run(f, xs, { backend: 'wasm' })
    const fast = run(f, xs, { backend: 'wasm', precision: 'fast' })
    const scale = exact.reduce((n, v) => Math.max(n, Math.abs(v)), 0)
    fast.forEach((v, i) => expect(Math.abs(v - exact[i])).toBeLessThanOrEqual(tolerance * Math.max(Math.abs(exact[i]), tolerance < 1e-13 ? 0 : scale)))
    if (!fuses()) expect(fast).toEqual(exact)
    expect(run(f, xs, { precision: 'fast', threads: 2 })).toEqual(fast)
    expect(run(f, xs, { backend: 'closure', precision: 'fast' })).toEqual(exact)
    expect(run(f, xs, { backend: 'wasm', precision: 'exact' })).toEqual(exact)
  })

  it('is of one compiled function, and does not change another', () => {
    const [exact, fast] = [jit(square as never), jit(square as never, { precision: 'fast' })] as unknown as ((a: Tensor) => Tensor)[]
    const want = flat(exact(x))
    const close = flat(fast(x))
    expect(flat(exact(x))).toEqual(want)
    expect(flat(fast(x))).toEqual(close)
    if (fuses()) expect(close).not.toEqual(want)
  })

  it('has modules that validate, of random programs', () => {
    const fast = modules(1, true)
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 16 }), fc.constantFrom([0, 1, 2], [2, 7, 33], [3, 129, 257], [5, 2050]), (seed, count, wide) => {
        const p = program(seed, count, wide)
        const next = random(seed + 1)
        const inputs = p.inputs.map((v) => elements(next, v.aval))
        const got = fast.compile(p).run(inputs)
        const want = closure.compile(p).run(inputs)
        expect(got.map((v) => (typeof v === 'number' ? 1 : v.length))).toEqual(want.map((v) => (typeof v === 'number' ? 1 : v.length)))
        if (!fuses()) expect(got).toEqual(want)
      }),
      { numRuns: 150 },
    )
  })

  it('also of raw kernels', () => {
    const kernel = (jit(square as never, { precision: 'fast' }) as unknown as { lower: (a: Tensor) => { compile: () => (inputs: unknown[]) => unknown[] } }).lower(x).compile()
    expect(Array.from(kernel([x.data()])[0] as Float64Array)).toEqual(run(square as Function, [x], { precision: 'fast' }))
  })
})

describe('products of sums', () => {
  const fused = (f: (...xs: Tensor[]) => unknown, dtype: 'float64' | 'float32', ...xs: Tensor[]): number[] => {
    const p = lower(makeJaxpr(f as never)(...(xs as never[])).jaxpr as never, false, true)
    return p.steps.filter((s): s is Nest => s._tag === 'Nest').map(({ values, reductions }) => productsOfSums(values, range(values.length).filter((i) => values[i]._tag === 'Compute'), reductions, range(values.length).filter((i) => values[i].store >= 0), dtype).size)
  }
  const [a, b] = [np.sin(np.arange(100)), np.cos(np.arange(100))]
  it('are those that one sum, difference or reduction of the same loop reads, and nothing else', () => {
    expect(fused((x, y) => np.add(np.multiply(x, y), y), 'float64', a, b)).toEqual([1])
    expect(fused((x, y) => np.subtract(y, np.multiply(x, y)), 'float64', a, b)).toEqual([1])
    expect(fused((x, y) => np.subtract(np.multiply(x, x), np.multiply(x, y)), 'float64', a, b)).toEqual([2])
    expect(fused((x, y) => np.sum(np.multiply(x, y)), 'float64', a, b)).toEqual([1])
    expect(fused((x, y) => np.max(np.multiply(x, y)), 'float64', a, b)).toEqual([0])
    expect(fused((x, y) => np.divide(np.multiply(x, y), y), 'float64', a, b)).toEqual([0])
    expect(fused((x, y) => { const p = np.multiply(x, y); return [p, np.add(p, 1)] }, 'float64', a, b)).toEqual([0])
    expect(fused((x, y) => { const p = np.multiply(x, y); return [np.subtract(p, y), np.add(p, 1)] }, 'float64', a, b)).toEqual([0])
    const [c, d] = [np.astype(a, 'float32'), np.astype(b, 'float32')]
    const f = (x: Tensor, y: Tensor): Tensor => np.add(np.multiply(x, y), y)
    expect([fused(f, 'float64', c, d), fused(f, 'float32', c, d)]).toEqual([[0], [1]])
  })

  const words = { add: np.add, subtract: np.subtract, multiply: np.multiply }
  type Tree = { readonly op: 'add' | 'subtract' | 'multiply'; readonly x: Tree; readonly y: Tree } | number
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof({ maxDepth: 6, depthIdentifier: 'tree' }, fc.integer({ min: 0, max: 4 }), fc.record({ op: fc.constantFrom('add' as const, 'subtract' as const, 'multiply' as const), x: tie('tree'), y: tie('tree') })),
  }))
  /** Of the leaves; `size`: of their magnitudes, with sums in place of differences, which bounds what roundings change. */
  const value = (t: Tree, leaves: readonly Tensor[], size = false): Tensor => (typeof t === 'number' ? leaves[t] : words[size && t.op === 'subtract' ? 'add' : t.op](value(t.x, leaves, size), value(t.y, leaves, size)))
  const leaves = (x: Tensor, n: number): Tensor[] => [x.slice([0, n]), x.slice([1, n + 1]), x.slice([0, 2 * n, 2]), np.flip(x.slice([3, n + 3])), x.at(5)]
  const nodes = (t: Tree): number => (typeof t === 'number' ? 1 : nodes(t.x) + nodes(t.y) + 1)
  it.each([['float64', 2 ** -52], ['float32', 2 ** -23]] as const)('change sums of products, and their sums, by less than their roundings: of %s, for every length, strided and backwards', (dtype, unit) => {
    let changed = 0
    fc.assert(
      fc.property(tree, fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(1025, 4099)), fc.constantFrom(0, 1, 3), fc.integer(), (t, n, rows, seed) => {
        const next = random(seed)
        const v = np.astype(np.array(Float64Array.from({ length: 2 * n + 6 }, () => 2 * next() - 1)), dtype)
        const f = (w: Tensor): Tensor[] => {
          const y = np.add(w.slice([0, n]), value(t, leaves(w, n)))
          const all = np.add(rows === 0 ? y : np.multiply(y, np.arange(rows).reshape(rows, 1)), np.multiply(w.at(0), w.at(1)))
          return [all, np.sum(np.multiply(all, all)), np.sum(np.multiply(all, w.at(2)), -1), np.sum(np.multiply(all, all), 0)]
        }
        const [exact, fast] = [run(f as never, [v], { backend: 'wasm' }), run(f as never, [v], { backend: 'wasm', precision: 'fast' })]
        const magnitudes = flat(value(t, leaves(np.abs(np.astype(v, 'float64')), n), true))
        const most = (rows + 1) * (Math.max(0, ...magnitudes) + 2)
        const scale = 4 * (nodes(t) + n + rows) * unit * (rows + 1) * (n + 1) * most * most
        fast.forEach((x, i) => expect(Math.abs(x - exact[i])).toBeLessThanOrEqual(scale))
        if (!fuses()) expect(fast).toEqual(exact)
        expect(run(f as never, [v], { backend: 'wasm', threads: 2, precision: 'fast' })).toEqual(fast)
        if (fast.some((x, i) => x !== exact[i])) changed++
      }),
      { numRuns: 80 },
    )
    expect(changed > 0).toBe(fuses())
  })

  it('are rounded with the sum: a·b + c, c − a·b, a·b − c, and sums of products', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const e = dtype === 'float64' ? 2 ** -30 : 2 ** -13
      const parts = [1 + e, 1 - e, -1].map((c) => np.astype(np.multiply(np.ones([37]), c), dtype))
      const forms: ((p: Tensor, q: Tensor, r: Tensor) => Tensor)[] = [(p, q, r) => np.add(np.multiply(p, q), r), (p, q, r) => np.subtract(np.negative(r), np.multiply(p, q)), (p, q, r) => np.subtract(np.multiply(p, q), np.negative(r)), (p, q, r) => np.add(r, np.multiply(p, q))]
      const lost = fuses() ? e * e : 0
      for (const f of forms) {
        expect(new Set(run(f as never, parts, { backend: 'wasm', precision: 'fast' }).map(Math.abs))).toEqual(new Set([lost]))
        expect(new Set(run(f as never, parts, { backend: 'wasm' }))).toEqual(new Set([0]))
      }
    }
  })
})

describe('expressions', () => {
  /** How many bytes 0xfd 0x87 0x02 and 0xfd 0x88 0x02, fused sums and differences, are in the code. */
  const written = (fused: boolean): readonly [number, number] => {
    const code = new Code(signature([]))
    const w = makePairs(code, { fused, scalar: () => 0, table: () => 0 })
    const [a, b, c] = [w.number(2), w.number(3), w.number(4)]
    for (const e of [w.add(w.mul(a, b), c), w.add(c, w.mul(a, b)), w.sub(c, w.mul(a, b)), w.sub(w.mul(a, b), c), w.add(w.let(w.mul(a, b)), c)]) {
      e()
      code.op('drop')
    }
    const bytes = code.finish(0)
    const count = (n: number): number => bytes.filter((v, i) => v === 0xfd && bytes[i + 1] === n && bytes[i + 2] === 0x02).length
    return [count(0x87), count(0x88)]
  }
  it('fuse a product that nothing else reads with the sum that it is added to, or the difference that it is taken from', () => {
    expect(written(true)).toEqual([2, 1])
    expect(written(false)).toEqual([0, 0])
  })
})

describe('where there is no WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })
  it('is ignored, silently', async () => {
    const said = vi.spyOn(console, 'warn')
    vi.resetModules()
    vi.stubGlobal('WebAssembly', undefined)
    const strict = await import('adjoint')
    const f = (a: Tensor): Tensor => strict.np.sum(strict.np.exp(a))
    expect((strict.jit(f as never, { backend: 'wasm', precision: 'fast' })(strict.np.zeros([3000]) as never) as Tensor).item()).toBe(3000)
    const probe = await import('../../../src/compile/wasm/fused')
    expect(probe.fuses()).toBe(false)
    expect(said).not.toHaveBeenCalled()
  })
})
