/** `precision: 'fast'`: within a few roundings of the exact bits where the engine multiplies and adds at once, else the same bits. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { grad, jit, np, scan, type JitOptions, type Tensor } from 'adjoint'
import { closure } from '../../../src/compile/closure/backend'
import { modules } from '../../../src/compile/compilers'
import { Code, signature } from '../../../src/compile/wasm/assembler'
import { fuses } from '../../../src/compile/wasm/fused'
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
