/** Columns in parts: by groups, by chunks of rows and by strips, with the bits of the closures whatever the number of threads. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { grad, makeJaxpr, np, type Tensor } from 'adjoint'
import type { Buffer } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { js, jsBody } from '../../../src/compile/js/backend'
import { threadedBackend } from '../../../src/compile/threads/backend'
import { endThreads, ranByThreads, sharedSpace } from '../../../src/compile/threads/pool'
import type { Jaxpr } from '../../../src/ir/types'

afterAll(endThreads)

const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
/** Every step that can be cut is cut, into parts as small as they may be. */
const backends = [1, 2, 3, 5].map((threads) => threadedBackend(threads, js, jsBody, false, { least: 0, elements: 32 }))
const waves = (...shape: number[]): Tensor => np.sin(np.multiply(np.arange(shape.reduce((a, b) => a * b, 1)), 1.7)).reshape(shape)

/** What the backends make of it; the plans of those with threads. */
function same(f: (x: Tensor) => unknown, x: Tensor): readonly string[] {
  const { jaxpr, consts } = makeJaxpr(f as never)(x as never) as unknown as { jaxpr: Jaxpr; consts: Tensor[] }
  const inputs = [...consts, x].map((t) => (t.ndim === 0 ? Number(t.item()) : t.data()))
  const want = closure.compile(jaxpr).run(inputs).map(plain)
  return backends.map((backend) => {
    const kernel = backend.compile(jaxpr)
    for (let round = 0; round < 2; round++) expect(kernel.run(inputs).map(plain)).toEqual(want)
    return kernel.describe()
  })
}

/** Of a value that another step leaves in the memory, so that it is read in place. */
const inPlace = (f: (y: Tensor) => unknown) => (x: Tensor): unknown => {
  const y = np.sin(x)
  return f(np.multiply(y, np.where(np.any(np.greater(y, 2)), 2, 1.5)))
}
const softmax = (x: Tensor, axis: number): Tensor => {
  const e = np.exp(np.subtract(x, np.max(x, axis, { keepdims: true })))
  return np.divide(e, np.sum(e, axis, { keepdims: true }))
}
const programs: Readonly<Record<string, (x: Tensor) => unknown>> = {
  sums: (x) => [np.sum(x, -2), np.sum(np.exp(x), -2)],
  'products, maxima and minima': (x) => [np.prod(np.add(x, 0.1), -2), np.max(np.negative(x), -2), np.min(np.square(x), -2)],
  'sums beside maps': (x) => {
    const y = np.tanh(x)
    return [y, np.sum(y, -2), np.sum(np.multiply(y, x), -2)]
  },
  'sums of rows and of columns': (x) => [np.sum(np.exp(x), -1), np.sum(np.exp(x), -2)],
  'of singles': (x) => [np.sum(np.exp(np.astype(x, 'float32')), -2), np.max(np.astype(x, 'float32'), -2)],
  'of all axes but the last': (x) => [np.sum(np.exp(x), x.shape.map((_, i) => i).slice(0, -1)), np.sum(np.exp(x), -2)],
  'in pieces of rows: distances of rows from some others': (x) => {
    const y = np.square(np.subtract(np.expandDims(x, -2), waves(4, x.shape[x.ndim - 1]!)))
    return [np.sum(y, 0), np.max(y, [0, 1]), np.sum(y, -1), np.min(np.sum(y, -1), -1)]
  },
  'gradient of the distances of rows from the next of some others': (x) =>
    grad((c: Tensor) => np.sum(np.min(np.sum(np.square(np.subtract(np.expandDims(x, -2), c)), -1), -1)))(waves(4, x.shape[x.ndim - 1]!)),
  softmax: (x) => softmax(x, -2),
  'gradient of a softmax': grad((x: Tensor) => np.sum(np.multiply(softmax(x, -2), np.cos(x)))),
  'gradient of a shift of rows, scaled by their lengths': (x) => grad((b: Tensor) => {
    const y = np.add(x, b)
    return np.sum(np.square(np.divide(y, np.sqrt(np.add(np.sum(np.square(y), -1, { keepdims: true }), 1)))))
  })(np.zeros([x.shape[x.ndim - 1]!])),
}

describe.each(Object.entries(programs))('%s', (_name, f) => {
  it.each([[7, 16], [8, 130], [127, 17], [128, 33], [129, 64], [300, 31], [513, 16], [600, 48], [1100, 20], [9, 1100], [140, 1031], [4, 130, 33], [12, 9, 40], [3, 260, 17]].map((shape) => ({ shape })))('of $shape', ({ shape }) => {
    const x = waves(...shape)
    same(f, x)
    same(inPlace(f) as never, x)
  })
})

it('any shape', () => {
  const extents = fc.tuple(fc.constantFrom(0, 1, 2, 5, 9), fc.integer({ min: 1, max: 700 }), fc.integer({ min: 8, max: 140 })).filter(([o, m, n]) => Math.max(o, 1) * m * n < 40_000)
  fc.assert(
    fc.property(extents, fc.constantFrom(...Object.keys(programs)), fc.boolean(), ([outer, m, n], name, staged) => {
      const f = programs[name]!
      same((staged ? f : inPlace(f)) as never, waves(...(outer > 0 ? [outer] : []), m, n))
    }),
    { numRuns: 60 },
  )
})

it.skipIf(!sharedSpace())('are run by threads: in groups, chunks and strips', () => {
  for (const shape of [[40, 6, 16], [200, 20], [30, 130]]) {
    const before = ranByThreads()
    for (let round = 0; round < 200 && ranByThreads() === before; round++) {
      const plans = same((y) => np.sum(np.exp(y), -2), waves(...shape))
      for (const plan of plans.slice(1)) expect(plan).toMatch(/threads: [1-9]\d* of these steps in parts/)
    }
    expect(ranByThreads()).toBeGreaterThan(before)
  }
})

it('NaN, infinities and zeros of both signs come through', () => {
  const values = [0, -0, NaN, Infinity, -Infinity, 1, -1]
  for (const shape of [[200, 20], [20, 200], [9, 20, 20]]) {
    const n = shape.reduce((a, b) => a * b, 1)
    for (const some of [values.slice(0, 2), values.filter((v) => !Number.isNaN(v)), values])
      same((x) => [np.sum(x, -2), np.max(x, -2), np.min(x, -2), np.prod(x, -2)], np.array(Float64Array.from({ length: n }, (_, i) => some[(i * i + (i >> 3)) % some.length]!)).reshape(shape))
  }
})
