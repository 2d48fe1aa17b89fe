/** Kernels in parts: the bits of kernels in one piece, whatever the number of threads, and whoever runs which part. */
import fc, { sample } from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { foriLoop, makeJaxpr, np, scan, valueAndGrad, vjp, type Tensor } from 'adjoint'
import { program as lawProgram } from 'adjoint/laws'
import type { Backend, Buffer } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { js, jsBody } from '../../../src/compile/js/backend'
import { threadedBackend } from '../../../src/compile/threads/backend'
import { endThreads, ranByThreads, sharedSpace } from '../../../src/compile/threads/pool'
import { isFloat } from '../../../src/data/dtype'
import type { Jaxpr } from '../../../src/ir/types'
import { elements } from '../reference'
import { program, random } from '../programs'

const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
afterAll(endThreads)

/** Every step that can be cut is cut, into parts as small as they may be. */
const backends = [1, 2, 3].map((threads) => ({ threads, backend: threadedBackend(threads, js, jsBody, false, { least: 0, elements: 128 }) }))

describe('random programs', () => {
  const sizes = fc.constantFrom([0, 1, 2], [1, 3, 5], [2, 7, 33], [1, 9, 130], [3, 129, 257], [1, 1100], [5, 2050], [1, 4097], [3, 4200])
  it.each(backends)('have the bits of the closure backend with $threads threads', ({ threads, backend }) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 16 }), sizes, (seed, count, wide) => {
        const p = program(seed, count, wide)
        const next = random(seed + 1)
        const inputs = p.inputs.map((v) => elements(next, v.aval))
        const want = closure.compile(p).run(inputs).map(plain)
        const kernel = backend.compile(p)
        for (let round = 0; round < 3; round++) expect(kernel.run(inputs).map(plain)).toEqual(want)
      }),
      { numRuns: 300 },
    )
    if (threads > 1 && sharedSpace()) expect(ranByThreads()).toBeGreaterThan(0)
  })
})

describe('gradients of random programs', () => {
  it('have the bits of the closure backend with every number of threads', () => {
    for (const c of [...sample(lawProgram({ wild: true }), { seed: 7, numRuns: 80 }), ...sample(lawProgram(), { seed: 8, numRuns: 80 })]) {
      const places = c.args.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
      const f = (...xs: Tensor[]): Tensor[] => {
        const [values, pull] = vjp((...ys: Tensor[]) => c.call(...c.args.map((t, i) => ys[places.indexOf(i)] ?? t)).filter((t) => isFloat(t.dtype)), xs) as unknown as [Tensor[], (cts: Tensor[]) => Tensor[]]
        return [...values, ...pull(values.map((v) => np.onesLike(v)))]
      }
      same(f as never, ...places.map((i) => c.args[i]!))
    }
  })
})

/** Equal bits on all numbers of threads, again and again. */
function same(f: (...xs: never[]) => unknown, ...args: Tensor[]): void {
  const { jaxpr, consts } = makeJaxpr(f as never)(...(args as never[])) as unknown as { jaxpr: Jaxpr; consts: Tensor[] }
  const inputs = [...consts, ...args].map((t) => (t.ndim === 0 ? Number(t.item()) : t.data()))
  const want = closure.compile(jaxpr).run(inputs).map(plain)
  for (const { backend } of backends) {
    const kernel = backend.compile(jaxpr)
    for (let round = 0; round < 3; round++) expect(kernel.run(inputs).map(plain)).toEqual(want)
  }
}

const waves = (...shape: number[]): Tensor => np.sin(np.arange(shape.reduce((a, b) => a * b, 1))).reshape(shape)
const softmax = (x: Tensor): Tensor => {
  const e = np.exp(np.subtract(x, np.max(x, -1, { keepdims: true })))
  return np.divide(e, np.sum(e, -1, { keepdims: true }))
}

describe('parts', () => {
  const a = waves(33, 34, 5)
  it.each([
    ['rows', (x: Tensor) => np.sum(np.exp(x), -1)],
    ['rows of an odd axis in the middle', (x: Tensor) => np.sum(np.exp(x), 1)],
    ['columns', (x: Tensor) => [np.tanh(x), np.sum(np.exp(x), 0)]],
    ['transposed', (x: Tensor) => np.multiply(np.transpose(x, [2, 0, 1]), 2)],
    ['backwards', (x: Tensor) => np.add(np.flip(x), np.flip(x, 1))],
    ['every second', (x: Tensor) => np.cos(x.slice([0, 33, 2], [1, 34, 3], [0, 5, 2]))],
    ['spread over rows and columns', (x: Tensor) => np.multiply(np.add(x, x.at(3)), np.exp(x.slice(null as never, [0, 34], [0, 1])))],
    ['softmax of rows of odd length', softmax],
    ['softmax of longer rows', (x: Tensor) => softmax(x.reshape(33, 170))],
    ['log of a sum of a row for each', (x: Tensor) => { const y = x.reshape(33, 170); const s = np.sum(np.exp(y), 1); return [np.log(s), np.divide(y, np.expandDims(s, 1))] }],
    ['float32, summed and multiplied', (x: Tensor) => { const y = np.astype(x, 'float32').reshape(33, 170); return [np.sum(y), np.sum(y, 1), np.prod(np.add(y, 1), 0), np.max(y)] }],
    ['integers', (x: Tensor) => { const y = np.astype(np.multiply(x, 1e6), 'int32'); return [np.sum(y), np.sum(np.astype(y, 'uint32')), np.bitwiseAnd(y, 255), np.min(y), np.any(np.greater(y, 0)), np.all(np.greater(y, -2e6))] }],
  ] as const)('of %s have the bits of the whole', (_name, f) => {
    same(f as never, a)
  })

  it('of one long row have them, wherever chunks and parts end', () => {
    for (const n of [127, 128, 129, 255, 256, 257, 383, 384, 385, 512, 640, 1000, 1024, 1025, 4097, 5000, 10001]) {
      const x = waves(n)
      same((v: Tensor) => [np.sum(np.exp(v)), np.prod(np.add(np.multiply(v, 1e-3), 1)), np.max(np.cos(v)), np.sum(v)], x)
      same(valueAndGrad((v: Tensor, s: Tensor) => np.sum(np.multiply(np.tanh(np.add(np.multiply(s, v), 1)), np.exp(np.negative(np.square(v))))), { argnums: [0, 1] }) as never, x, np.array(0.7))
    }
  })

  it.each(['float64', 'float32'] as const)('of products of %s have them', (dtype) => {
    const sizes = [[16, 16, 16], [17, 5, 33], [40, 300, 3], [3, 7, 50], [129, 257, 130], [9, 1, 20], [300, 40, 1], [1, 40, 300], [33, 600, 1]] as const
    for (const [m, k, n] of sizes) {
      const [x, y] = [np.astype(waves(m, k), dtype), np.astype(np.cos(waves(k, n)), dtype)]
      same((a: Tensor, b: Tensor) => np.matmul(a, b), x, y)
      same((a: Tensor, b: Tensor) => [np.matmul(np.transpose(b), np.transpose(a)), np.exp(np.matmul(np.tanh(a), np.tanh(b)))], x, y)
      same((a: Tensor, b: Tensor) => np.matmul(a, b), np.astype(waves(7, m, k), dtype), np.astype(waves(7, k, n), dtype))
    }
    same((a: Tensor, b: Tensor) => np.matmul(a, b), np.astype(waves(100, 1), dtype).reshape(100), np.astype(waves(100, 90), dtype))
  })

  it('of products that are rounded with their sums have the bits of the whole', () => {
    const [one, three] = [1, 3].map((threads) => threadedBackend(threads, js, jsBody, true, { least: threads > 1 ? 0 : Infinity, elements: 128 }))
    for (const dtype of ['float64', 'float32'] as const) {
      const [x, y] = [np.astype(waves(129, 257), dtype), np.astype(np.cos(waves(257, 130)), dtype)]
      const { jaxpr } = makeJaxpr((a: Tensor, b: Tensor) => np.matmul(a, b))(x, y) as unknown as { jaxpr: Jaxpr }
      const run = (backend: Backend): number[][] => backend.compile(jaxpr).run([x.data(), y.data()]).map(plain)
      expect(run(three!)).toEqual(run(one!))
    }
  })

  it('within loops have them', () => {
    same((x: Tensor) => foriLoop(0, 5, (_i, y: Tensor) => np.add(np.tanh(y), np.sum(np.sin(y))), x as never), waves(1000))
    same((x: Tensor) => scan((c: Tensor, r: Tensor) => { const y = np.tanh(np.add(c, np.exp(r))); return [y, np.sum(y, 1)] as never }, x.at(0) as never, x as never), waves(4, 21, 33))
  })

  it('that call JavaScript are run by the caller', () => {
    const before = ranByThreads()
    same((x: Tensor) => [np.exp(np.multiply(x, 1e3)), np.sum(np.log(np.abs(x)))], np.concatenate([waves(3000), np.array([0, -0, Infinity, -Infinity, NaN, 1e-320, 710, -745])]))
    same((x: Tensor) => [np.sum(np.arcsinh(x)), np.cbrt(x)], waves(3000))
    expect(ranByThreads()).toBeGreaterThanOrEqual(before)
  })
})
