/** Kernels in WebAssembly: programs of every size and layout, arrays inside and outside of its memory, calls within calls. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { jit, np, grad, valueAndGrad, type Tensor } from 'adjoint'
import { closure } from '../../../src/compile/closure/backend'
import { simd } from '../../../src/compile/compilers'
import { angleTable } from '../../../src/compile/math/angle'
import { circularTable } from '../../../src/compile/math/circular'
import { errorTable } from '../../../src/compile/math/error'
import { roots } from '../../../src/compile/math/exponential'
import { makeSpace } from '../../../src/compile/wasm/memory'
import type { Buffer } from '../../../src/compile/backend'
import { elements } from '../reference'
import { functions, program, random } from '../programs'

const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
const flat = (r: unknown): number[][] => (Array.isArray(r) ? r.flatMap(flat) : [Array.from((r as Tensor).data() as Float64Array)])
const same = (f: (...xs: never[]) => unknown, ...args: unknown[]): void => {
  const run = (backend: 'closure' | 'wasm'): number[][] => flat((jit(f as never, { backend }) as unknown as (...xs: unknown[]) => unknown)(...args))
  expect(run('wasm')).toEqual(run('closure'))
}

describe('random programs', () => {
  // Odd lengths, zero sizes, rows of one chunk and of several, arrays that stay outside of the memory.
  const sizes = fc.constantFrom([0, 1, 2], [1, 3, 5], [2, 7, 33], [1, 9, 130], [3, 129, 257], [1, 1100], [5, 2050], [1, 4097], [3, 4200])
  it.each([['usual words', undefined], ['all functions', functions]])('have modules that validate, and the bits of the closure backend: %s', (_which, words) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 16 }), sizes, (seed, count, wide) => {
        const p = program(seed, count, wide, words)
        const next = random(seed + 1)
        const inputs = p.inputs.map((v) => elements(next, v.aval))
        expect(simd.compile(p).run(inputs).map(plain)).toEqual(closure.compile(p).run(inputs).map(plain))
      }),
      { numRuns: 400 },
    )
  })
})

describe('layouts', () => {
  const a = np.sin(np.arange(33 * 34 * 5)).reshape(33, 34, 5)
  it.each([
    ['rows', (x: Tensor) => np.sum(np.exp(x), -1)],
    ['rows of an odd axis in the middle', (x: Tensor) => np.sum(np.exp(x), 1)],
    ['columns', (x: Tensor) => np.sum(np.exp(x), 0)],
    ['transposed', (x: Tensor) => np.multiply(np.transpose(x, [2, 0, 1]), 2)],
    ['backwards', (x: Tensor) => np.add(np.flip(x), np.flip(x, 1))],
    ['every second', (x: Tensor) => np.cos(x.slice([0, 33, 2], [1, 34, 3], [0, 5, 2]))],
    ['softmax', (x: Tensor) => np.divide(np.exp(np.subtract(x, np.max(x, { axis: -1, keepdims: true } as never))), np.sum(np.exp(np.subtract(x, np.max(x, { axis: -1, keepdims: true } as never))), { axis: -1, keepdims: true } as never))],
    ['softmax of longer rows', (x: Tensor) => { const y = x.reshape(33, 170); return np.log(np.sum(np.exp(np.subtract(y, np.max(y, { axis: 1, keepdims: true } as never))), 1)) }],
    ['products', (x: Tensor) => np.matmul(np.transpose(x, [0, 2, 1]), x)],
    ['a product of matrices larger than a panel', (x: Tensor) => { const y = x.reshape(17, 330); return np.matmul(np.transpose(y), y) }],
    ['matrix · vector, both ways', (x: Tensor) => { const y = x.reshape(17, 330); return [np.matmul(y, y.at(0)), np.matmul(y.slice(null as never) as never, np.ones([330])), np.matmul(np.ones([17]), y)] }],
    ['float32, summed and multiplied', (x: Tensor) => { const y = np.astype(x, 'float32').reshape(33, 170); return [np.sum(y, 1), np.matmul(y, np.transpose(y)), np.prod(y, 0)] }],
    ['integers', (x: Tensor) => { const y = np.astype(np.multiply(x, 1e6), 'int32'); return [np.sum(y), np.multiply(y, y), np.bitwiseAnd(y, 255), np.max(y, 0), np.add(np.astype(y, 'uint32'), np.astype(y, 'uint32'))] }],
  ] as const)('%s', (_name, f) => {
    same(f as never, a)
  })
  it('gradients of a map-reduce, of arrays inside and outside', () => {
    for (const n of [1, 2, 7, 127, 128, 129, 1000, 4096, 4097, 10001]) {
      const f = (x: Tensor, s: Tensor): Tensor => np.sum(np.multiply(np.tanh(np.add(np.multiply(s, x), 1)), np.exp(np.negative(np.square(x)))))
      same(valueAndGrad(f, { argnums: [0, 1] }) as never, np.cos(np.arange(n)), 0.7)
      same(grad((x: Tensor) => np.sum(np.square(np.subtract(x.slice([1, n]), x.slice([0, n - 1]))))) as never, np.cos(np.arange(n)))
    }
  })
  it('functions at their edges', () => {
    const x = np.array([0, -0, 1e-320, -1e-320, 1e-17, 0.5, 1, 20, -20, 50, -50, 708, 709, 710, -708, -745, -746, 1e5, 2e5, 1e22, 1e300, 1.7e308, Infinity, -Infinity, NaN])
    same((v: Tensor) => [np.exp(v), np.log(v), np.log1p(v), np.expm1(v), np.tanh(v), np.sin(v), np.cos(v), np.sqrt(v), np.sign(v), np.round(v), np.floor(v), np.power(v, 0.5), np.arctan2(v, 1), np.isfinite(v), np.isnan(v)], x)
  })
})

describe('the memory', () => {
  it('serves kernels within kernels, and grows between calls only', () => {
    const inner = jit((x: Tensor) => np.sum(np.exp(x)), { backend: 'wasm' })
    const big = np.ones([300000])
    const f = (x: Tensor): Tensor => np.add(np.sum(np.sin(x)), inner(x) as Tensor)
    same(f as never, np.arange(5))
    same(f as never, big)
    const kernel = jit((x: Tensor) => np.multiply(np.sin(x), 2), { backend: 'wasm' }).lower(big).compile()
    const out = new Float64Array(300000)
    expect(kernel([big.data()], [out])[0]).toBe(out)
    expect(out[7]).toBe(2 * Math.fround(1) * (np.sin(np.array(1)).item() as number))
  })
  it.skipIf(!makeSpace())('has the tables of functions below the stack, each once', () => {
    const space = makeSpace()!
    const tables = [roots, circularTable, angleTable(), errorTable()]
    const places = tables.map((t) => space.table(t))
    expect(tables.map((t) => space.table(t))).toEqual(places)
    const stack = space.take(64)
    tables.forEach((t, i) => {
      expect(places[i] + 8 * t.length).toBeLessThanOrEqual(places[i + 1] ?? stack)
      expect(new Float64Array(space.memory.buffer, places[i], t.length)).toEqual(t)
    })
  })
  it('gives results that later calls do not change, and leaves inputs alone', () => {
    const f = jit((x: Tensor) => [x, np.add(x, 1)] as const, { backend: 'wasm' })
    const [a, b] = f(np.array([1, 2, 3]))
    f(np.array([7, 8, 9]))
    expect([a.toArray(), b.toArray()]).toEqual([[1, 2, 3], [2, 3, 4]])
  })
})

describe('where WebAssembly is refused', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })
  const present = (globalThis as { readonly WebAssembly?: { readonly Memory: unknown } }).WebAssembly
  const refuse = function Refused(): never {
    throw new Error('wasm-unsafe-eval')
  }
  it.each([['there is none', undefined], ['memories', { Memory: refuse, Module: (globalThis as { readonly WebAssembly?: { readonly Module: unknown } }).WebAssembly?.Module }], ['modules', { Memory: present?.Memory, Module: refuse, validate: () => true }]])('another backend runs everything, silently: %s', async (_what, engine) => {
    const said = vi.spyOn(console, 'warn')
    vi.resetModules()
    vi.stubGlobal('WebAssembly', engine)
    const strict = await import('adjoint')
    expect((strict.jit((x: Tensor) => strict.np.sum(strict.np.exp(x)), { backend: 'wasm' })(strict.np.zeros([3000])) as Tensor).item()).toBe(3000)
    expect(said).not.toHaveBeenCalled()
  })
  it('modules are asked for once, whatever is compiled: a page\'s policy reports each refusal', async () => {
    vi.resetModules()
    const Module = vi.fn<() => never>(refuse)
    vi.stubGlobal('WebAssembly', { Memory: present?.Memory, Module, validate: () => true })
    const strict = await import('adjoint')
    for (const options of [{ backend: 'wasm' }, {}, { threads: 2 }] as const)
      for (const k of [1, 2]) expect((strict.jit((x: Tensor) => strict.np.sum(strict.np.exp(strict.np.multiply(x, k))), options)(strict.np.zeros([300_000])) as Tensor).item()).toBe(300_000)
    expect(Module).toHaveBeenCalledTimes(1)
  })
})

describe('sums over other axes than the last', () => {
  const shapes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(127, 128, 129, 300)), fc.integer({ min: 15, max: 40 }))
  it('are taken in the loop, in the order of the closures', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom('float64', 'float32', 'int32'), fc.constantFrom('sum', 'prod', 'max', 'min'), fc.boolean(), (shape, dtype, op, more) => {
        const reduce = { sum: np.sum, prod: np.prod, max: np.max, min: np.min }[op]
        const n = shape[0] * shape[1] * shape[2]
        const x = np.astype(np.multiply(np.sin(np.add(np.arange(n), 0.5)).reshape(shape), dtype === 'int32' ? 100 : 1.5), dtype)
        same(((v: Tensor) => {
          const y = np.multiply(v, np.sum(v, 2, { keepdims: true }))
          return [reduce(np.add(v, v), 1), reduce(y, 0), ...(more ? [np.sum(v), np.max(v, 2)] : [])]
        }) as never, x)
      }),
      { numRuns: 60 },
    )
  })
})

describe('points with few coordinates', () => {
  const plain = (f: (...xs: never[]) => unknown, x: Tensor): number[][] => flat((jit(f as never, { backend: 'direct' }) as unknown as (x: Tensor) => unknown)(x))
  it('are taken apart, to the bits of whole arrays', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.constantFrom(45, 64), fc.constantFrom('float64', 'float32'), fc.integer(), (k, n, dtype, seed) => {
        const next = random(seed)
        const x = np.astype(np.array(Float64Array.from({ length: n * k }, () => (next() < 0.1 ? -0 : next() - 0.5))).reshape(n, k), dtype)
        const differences = (t: Tensor): Tensor => np.subtract(np.expandDims(t, 1), np.expandDims(t, 0))
        const energy = (t: Tensor): Tensor => np.sum(np.sqrt(np.add(np.sum(np.square(differences(t)), 2), 0.1)))
        const f = (t: Tensor): unknown => {
          const h = differences(t)
          const [largest, product] = [np.max(h, 2), np.prod(h, 2)]
          return [grad(energy)(t), largest, product, np.sum(np.multiply(np.expandDims(np.min(h, 2), 2), h), 0), np.sum(np.multiply(h, 2), [1, 2]), np.argmax(np.cos(h), 2)]
        }
        const want = plain(f as never, x)
        for (const backend of ['closure', 'js', 'wasm'] as const) expect(flat((jit(f as never, { backend }) as unknown as (x: Tensor) => unknown)(x))).toEqual(want)
      }),
      { numRuns: 20 },
    )
  })
})
