/**
 * Operations without loop nests within a module, alone, in a batch and in loops: the bits of their kernels, and no call out of a loop.
 */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definePrimitive, grad, jit, np, ops, scan, vmap, type DType, type Tensor } from 'adjoint'
import * as linalg from 'adjoint/linalg'
import { makeSpace } from '../../../src/compile/wasm/memory'
import { cumsum } from '../../../src/primitives/cumulative'
import { runningCode } from '../../../src/primitives/kernels/running.code'
import { random } from '../programs'

type F = (...xs: Tensor[]) => unknown
// All NaN are one.
const bits = (t: Tensor): string[] => Array.from(Float64Array.from(t.data()), (v) => (Object.is(v, -0) ? '-0' : String(v)))
const flat = (r: unknown): Tensor[] => (Array.isArray(r) ? r.flatMap(flat) : [r as Tensor])
const agree = (f: F, ...xs: Tensor[]): void => {
  const want = flat(f(...xs)).map(bits)
  for (const backend of ['closure', 'js', 'wasm'] as const) expect(flat((jit(f as never, { backend }) as unknown as F)(...xs)).map(bits), backend).toEqual(want)
}
/** Three turns of a loop over a carry of the results' sums, with the results stacked. */
const looped = (f: F): F => (...xs) =>
  scan(((carry: Tensor[]) => {
    const ys = flat(f(...carry))
    const all = ys.map((y) => np.sum(np.astype(y, 'float64'))).reduce((a, b) => np.add(a, b))
    const small = np.where(np.isfinite(all), np.remainder(all, 7), 1)
    return [carry.map((c) => (c.dtype === 'float64' || c.dtype === 'float32' ? np.astype(np.add(c, np.multiply(0.01, small)), c.dtype) : c)), ys]
  }) as never, xs as never, null, { length: 3 })
const agreeEverywhere = (f: F, ...xs: Tensor[]): void => {
  agree(f, ...xs)
  agree(looped(f), ...xs)
  agree(vmap(f as never) as unknown as F, ...xs.map((x) => np.stack([x, np.flip(x, 0), x])))
}

const special = [0, -0, NaN, Infinity, -Infinity, 5e-324, 1e300, -1, 1]
const arrayOf = (seed: number, shape: readonly number[], dtype: DType, share = 0.1): Tensor => {
  const next = random(seed)
  const whole = dtype === 'int32' || dtype === 'uint32'
  const one = (): number =>
    whole ? Math.floor(next() * (next() < 0.2 ? 2 ** 31 : 9)) * (dtype === 'int32' && next() < 0.5 ? -1 : 1) : next() < share ? special[Math.floor(next() * special.length)]! : 2 * next() - 1
  return np.reshape(np.array(Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, one), dtype), [...shape])
}
const dtypes = fc.constantFrom<DType>('float64', 'float64', 'float32', 'int32', 'uint32')
const floats = fc.constantFrom<DType>('float64', 'float64', 'float32')

describe('running reductions', () => {
  const shapes = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(1, 8, 9, 17)), { minLength: 1, maxLength: 3 })
  it('of all dtypes, shapes and axes, from either end', () => {
    fc.assert(fc.property(fc.integer(), shapes, fc.nat(), dtypes, fc.boolean(), (seed, shape, k, dtype, reverse) => {
      const axis = k % shape.length
      const x = arrayOf(seed, shape, dtype)
      agreeEverywhere((a) => [np.cumsum(a!, axis, { reverse }), np.cumprod(a!, axis, { reverse }), np.cummax(a!, axis, { reverse }), np.cummin(a!, axis, { reverse })], x)
    }), { numRuns: 40 })
  })
  it('and their derivatives', () => {
    fc.assert(fc.property(fc.integer(), shapes, fc.nat(), floats, (seed, shape, k, dtype) => {
      const axis = k % shape.length
      const x = arrayOf(seed, shape, dtype, 0.02)
      for (const f of [np.cumsum, np.cumprod, np.cummax]) agreeEverywhere(grad((a: Tensor) => np.sum(np.sin(f(a, axis)))) as never, x)
    }), { numRuns: 20 })
  })
})

it.runIf(makeSpace())('code that computes something else is seen', () => {
  const wrong = definePrimitive({ ...cumsum, kernel: { ...cumsum.kernel, code: runningCode('mul') } as typeof cumsum.kernel })
  const f: F = (x) => ops.bind(wrong, [x!], { axis: 0, reverse: false })[0]
  const x = np.array([2, 3, 5, 7])
  expect(() => agree(f, x)).toThrow(/wasm/)
  expect(() => agree(looped(f), x)).toThrow(/wasm/)
})

describe('scatters', () => {
  it('that multiply or take extrema, at places inside and outside', () => {
    const params = fc.record({ seed: fc.integer(), dtype: dtypes, rows: fc.integer({ min: 0, max: 9 }), extents: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }), count: fc.nat(), batched: fc.boolean(), clip: fc.boolean() })
    fc.assert(fc.property(params, ({ seed, dtype, rows, extents, count, batched, clip }) => {
      const next = random(seed)
      const batch = batched && extents.length > 1 ? 1 : 0
      const width = 1 + (count % (extents.length - batch))
      const lead = [...extents.slice(0, batch), rows]
      const indices = np.array(Int32Array.from({ length: lead.reduce((a, b) => a * b, 1) * width }, () => Math.floor(9 * next()) - 2), 'int32').reshape([...lead, width])
      const x = arrayOf(seed, extents, dtype)
      const u = arrayOf(seed + 1, [...lead, ...extents.slice(batch + width)], dtype)
      const mode = clip ? 'clip' : 'drop'
      const f: F = (a, b) => (['mul', 'min', 'max'] as const).map((kind) => ops.scatter(a!, indices, b!, kind, { batch, mode }))
      agree(f, x, u)
      agree(looped(f), x, u)
    }), { numRuns: 60 })
  })
})

describe('searches', () => {
  const params = fc.record({ seed: fc.integer(), n: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(16, 33, 100)), rows: fc.integer({ min: 1, max: 3 }), dtype: dtypes, kinds: fc.constantFrom(3, 1000) })
  const coarse = (x: Tensor, kinds: number): Tensor => (x.dtype === 'float64' ? np.where(np.isfinite(x), np.floor(np.multiply(x, kinds)), x) : x)
  it('of places in sorted lines', () => {
    fc.assert(fc.property(params, fc.constantFrom('left', 'right'), ({ seed, n, rows, dtype, kinds }, side) => {
      const [line, values] = [np.sort(coarse(arrayOf(seed, [n], dtype), kinds)), coarse(arrayOf(seed + 1, [rows, 5], dtype), kinds)]
      agreeEverywhere((x, y) => np.searchsorted(x!, y!, { side: side as 'left' }), line, values)
      // Not sorted.
      agree((x, y) => np.searchsorted(x!, y!, { side: side as 'left' }), arrayOf(seed, [n], dtype), values)
    }), { numRuns: 40 })
  })
  it('of the k largest', () => {
    fc.assert(fc.property(params, fc.nat(), ({ seed, n, rows, dtype, kinds }, most) => {
      const k = most % (n + 1)
      agreeEverywhere((x) => np.topk(x!, k), coarse(arrayOf(seed, [rows, n], dtype), kinds))
    }), { numRuns: 40 })
  })
})

describe('small matrices', () => {
  const sizes = fc.record({ seed: fc.integer(), n: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.constantFrom(2, 3, 4)), k: fc.integer({ min: 1, max: 9 }), lead: fc.constantFrom([], [1], [3], [2, 2]), dtype: floats, share: fc.constantFrom(0, 0, 0.02, 0.2) })
  it('are factored, and systems solved by the factors', () => {
    fc.assert(fc.property(sizes, ({ seed, n, k, lead, dtype, share }) => {
      const a = arrayOf(seed, [...lead, n, n], dtype, share)
      const b = arrayOf(seed + 1, [...lead, n, k], dtype, share)
      // Definite or not.
      const s = share === 0 ? np.add(np.matmul(a, np.matrixTranspose(a)), np.multiply(np.eye(n, { dtype }), 0.1)) : a
      agreeEverywhere((x) => linalg.cholesky(x!), s)
      agreeEverywhere((x) => [linalg.det(x!), linalg.luFactor(x!)], a)
      agreeEverywhere((x, y) => [linalg.solve(x!, y!), linalg.solve(np.matrixTranspose(x!), y!)], a, b)
      agree(grad((x: Tensor, y: Tensor) => np.sum(linalg.solve(x, y)), { argnums: [0, 1] }) as never, a, b)
      agree(looped(grad((x: Tensor) => np.sum(linalg.cholesky(x))) as never), s)
    }), { numRuns: 25 })
  })
  it('triangular systems, from either side', () => {
    const flags = fc.record({ lower: fc.boolean(), transposeA: fc.boolean(), unitDiagonal: fc.boolean() })
    fc.assert(fc.property(sizes, flags, ({ seed, n, k, lead, dtype, share }, options) => {
      const a = arrayOf(seed, [...lead, n, n], dtype, share)
      const b = arrayOf(seed + 1, [...lead, n, k], dtype, share)
      agreeEverywhere((x, y) => [linalg.solveTriangular(x!, y!, options), linalg.solveTriangular(x!, np.matrixTranspose(y!), { ...options, leftSide: false })], a, b)
    }), { numRuns: 25 })
  })
  it('exchange rows where pivots are equal, and stop at none', () => {
    for (const rows of [[[0, 1], [1, 0]], [[0, 0], [0, 0]], [[1, 1], [-1, 1]], [[NaN, 1], [2, 1]], [[-0, 1], [0, 1]]])
      agreeEverywhere((x) => [linalg.luFactor(x!), linalg.det(x!), linalg.solve(x!, np.array([1, 2]))], np.array(rows))
  })
})

describe.runIf(makeSpace())('a loop of them', () => {
  if (!makeSpace()) return
  const engine = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }
  const { Module } = engine.WebAssembly
  const importsOf = (module: object): readonly { readonly name: string }[] => (Module as unknown as { imports: (m: object) => { name: string }[] }).imports(module)
  /** What the last module that was made calls of steps outside. */
  let imported: string[] = []
  beforeEach(() => {
    class Seen extends Module {
      constructor(bytes: Uint8Array) {
        super(bytes)
        imported = importsOf(this).flatMap(({ name }) => (name.startsWith('o') ? [name] : []))
      }
    }
    engine.WebAssembly.Module = Seen
  })
  afterEach(() => void (engine.WebAssembly.Module = Module))
  const table = np.array([0, 2, 2], 'int32')
  const steps: { readonly [name: string]: (x: Tensor) => Tensor } = {
    cumsum: (x) => np.cumsum(x, 0),
    cumprod: (x) => np.cumprod(x, 1),
    cummax: (x) => np.cummax(x, 0),
    scatter: (x) => ops.scatter(x, np.reshape(table, [3, 1]), np.sin(x).at([0, 3]) as Tensor, 'max', { batch: 0, mode: 'clip' }) as Tensor,
    cholesky: (x) => linalg.cholesky(np.add(np.matmul(x, np.matrixTranspose(x)), np.eye(4))),
    solve: (x) => linalg.solve(np.add(x, np.multiply(4, np.eye(4))), x),
    solveTriangular: (x) => linalg.solveTriangular(np.add(x, np.eye(4)), x),
    det: (x) => np.multiply(x, linalg.det(x)),
  }
  it.runIf(makeSpace()).each(Object.entries(steps))('does not call out: %s', (_name, step) => {
    imported = ['none was made']
    const x = arrayOf(1, [4, 4], 'float64', 0)
    jit((y: Tensor) => scan((s: Tensor) => [np.tanh(step(s)), null] as const, y, null, { length: 3 })[0], { backend: 'wasm' })(x)
    expect(imported).toEqual([])
  })
})
