/** Wide columns, strip by strip in the module, with the bits of the closures. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { grad, jit, np, type Tensor } from '../../../src'
import * as closures from '../../../src/compile/closure/kernel'
import { makeSpace } from '../../../src/compile/wasm/memory'

const wave = (...shape: number[]): Tensor => np.reshape(np.array(Float64Array.from({ length: shape.reduce((n, e) => n * e, 1) }, (_, i) => Math.sin(i * 1.7))), shape)
const bits = (t: Tensor): readonly string[] => [t.dtype, ...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(String)

const programs: Readonly<Record<string, (x: Tensor) => readonly Tensor[]>> = {
  sums: (x) => [np.sum(x, 0), np.prod(np.add(x, 0.1), 0)],
  'maxima and minima': (x) => [np.max(x, 0), np.min(np.square(x), 0)],
  'sums beside maps': (x) => {
    const y = np.exp(x)
    return [y, np.sum(y, 0), np.sum(np.multiply(y, x), 0)]
  },
  'of a map that stays within': (x) => {
    const y = np.tanh(x)
    return [np.sum(np.multiply(y, np.sum(y, 0)), 0)]
  },
  'of singles': (x) => [np.sum(np.astype(x, 'float32'), 0), np.astype(np.max(x, 0), 'float32')],
  'of counts and truths': (x) => [np.sum(np.astype(np.greater(x, 0.5), 'int32'), 0), np.any(np.greater(x, 0.9), 0)],
  'with rows and columns spread': (x) => {
    const [m, n] = x.shape as [number, number]
    return [np.sum(np.multiply(np.subtract(x, x.at([0, 1]) as Tensor), np.reshape(np.linspace(0, 1, m), [m, 1])), 0), np.sum(np.add(np.reshape(np.linspace(-1, 1, n), [1, n]), x), 0)]
  },
  'of a transpose and of a flipped array': (x) => {
    const [m, n] = x.shape as [number, number]
    return [np.sum(np.transpose(np.reshape(x, [n, m])), 0), np.sum(np.square(np.flip(x, 1)), 0), np.sum(np.flip(x, 0), 0)]
  },
  'of parts of rows': (x) => [np.sum(np.subtract(x.at([null, null], [1, null]) as Tensor, x.at([null, null], [0, -1]) as Tensor), 0)],
  'of the middle axis': (x) => {
    const [m, n] = x.shape as [number, number]
    const y = np.reshape(np.concatenate([x, np.square(x)], 0), [2, m, n])
    return [np.sum(np.abs(y), 1), np.max(y, 1)]
  },
  'deviations, in two passes': (x) => [np.sum(np.square(np.subtract(x, np.mean(x, 0))), 0)],
  'the gradient of what was spread': (x) => [grad((b: Tensor) => np.sum(np.sin(np.add(x, b))))(x.at(0) as Tensor)],
}
const shapes = [[8, 4097], [9, 5000], [17, 4099], [130, 4101], [300, 4200], [11, 8193], [8, 20_000]] as const

describe.each(Object.keys(programs))('%s', (name) => {
  it.each(shapes.map(([m, n]) => [`${m} × ${n}`, m, n] as const))('%s', (_name, m, n) => {
    const x = wave(m, n)
    const want = jit(programs[name]!, { backend: 'closure' })(x).map(bits)
    expect(jit(programs[name]!, { backend: 'wasm' })(x).map(bits)).toEqual(want)
    expect(jit((y: Tensor) => programs[name]!(np.add(y, 0)), { backend: 'wasm' })(x).map(bits)).toEqual(want)
    expect(jit(programs[name]!, { backend: 'wasm', threads: 2 })(x).map(bits)).toEqual(want)
  })
})

it.skipIf(!makeSpace())('no closures reduce them', () => {
  const step = vi.spyOn(closures, 'emitStep')
  jit((x: Tensor) => np.sum(np.exp(x), 0), { backend: 'wasm' })(wave(20, 5000))
  expect(step).not.toHaveBeenCalled()
  jit((x: Tensor) => np.any(np.greater(x, 0), 0), { backend: 'wasm' })(wave(20, 5000))
  expect(step).toHaveBeenCalled()
  step.mockRestore()
})

it('any shape', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 300 }), fc.integer({ min: 4097, max: 6000 }), fc.constantFrom(...Object.keys(programs)), (m, n, name) => {
      const x = wave(m, n)
      expect(jit(programs[name]!, { backend: 'wasm' })(x).map(bits)).toEqual(jit(programs[name]!, { backend: 'closure' })(x).map(bits))
    }),
    { numRuns: 12 },
  )
})
