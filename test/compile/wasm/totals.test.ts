/** All elements reduced beside their rows and columns: lanes go on from block to block, with the bits of the closures. */
import { describe, expect, it } from 'vitest'
import { jit, np, type Tensor } from '../../../src'

const wave = (m: number, n: number): Tensor => np.reshape(np.array(Float64Array.from({ length: m * n }, (_, i) => Math.sin(i * 1.7))), [m, n])
const bits = (t: Tensor): readonly string[] => [...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(String)

const programs: Readonly<Record<string, (x: Tensor) => readonly Tensor[]>> = {
  'of the operand': (x) => [np.sum(np.square(x), 1), np.sum(x)],
  'of a value': (x) => [np.sum(np.square(x), 1), np.sum(np.multiply(x, 3))],
  'of a result': (x) => [np.sum(np.square(x), 1), np.multiply(x, 3), np.sum(np.multiply(x, 3))],
  'beside columns': (x) => [np.sum(x, 0), np.sum(np.abs(x), 1), np.sum(np.square(x)), np.prod(np.add(x, 0.25))],
  'without an order': (x) => [np.sum(x, 1), np.max(np.square(x)), np.min(x), np.max(np.abs(x), 1)],
  'of singles': (x) => [np.sum(np.astype(x, 'float32'), 1), np.sum(np.astype(np.square(x), 'float32'))],
  'of counts and truths': (x) => [np.sum(x, 1), np.sum(np.astype(np.greater(x, 0.5), 'int32')), np.any(np.greater(x, 2)), np.all(np.less(x, 2))],
  'of what later stages make': (x) => {
    const e = np.exp(np.subtract(x, np.max(x, 1, { keepdims: true })))
    const p = np.divide(e, np.sum(e, 1, { keepdims: true }))
    return [p, np.sum(np.square(p)), np.sum(np.multiply(p, x), 1)]
  },
  'of a matrix of differences': (x) => {
    const y = x.at([null, 0]) as Tensor
    const d = np.square(np.subtract(np.expandDims(y, 1), np.expandDims(y, 0)))
    return [np.sum(d), np.sum(np.sqrt(np.add(d, 1)), 0), np.sum(np.multiply(d, 0.5), 1)]
  },
}
const shapes = [[1, 16], [3, 17], [5, 40], [64, 16], [70, 24], [61, 17], [200, 200], [130, 127], [16, 128], [33, 129], [2, 2056], [3, 2500], [5, 4096], [3, 9000], [400, 664]] as const

describe.each(Object.keys(programs))('%s', (name) => {
  it.each(shapes.map(([m, n]) => [`${m} × ${n}`, m, n] as const))('%s', (_name, m, n) => {
    const x = wave(m, n)
    const closure = jit(programs[name]!, { backend: 'closure' })(x).map(bits)
    expect(jit(programs[name]!, { backend: 'wasm' })(x).map(bits)).toEqual(closure)
    expect(jit(programs[name]!, { backend: 'wasm', threads: 2 })(x).map(bits)).toEqual(closure)
  })
})
