/** Joins of a few runs and sums into windows of a few, within loops of modules: the bits of their kernels. */
import { describe, expect, it } from 'vitest'
import { grad, jit, np, scan, type Tensor } from 'adjoint'

const wave = (...shape: number[]): Tensor => np.reshape(np.sin(np.multiply(1.3, np.arange(shape.reduce((n, e) => n * e, 1)))), shape)
const bits = (t: Tensor): string[] => Array.from(new BigUint64Array(Float64Array.from(t.data()).buffer), String)
const loop = (step: (s: Tensor) => Tensor) => (x: Tensor): Tensor => scan((s: Tensor) => [step(s), null] as const, x, null, { length: 4 })[0]
const agree = (f: (x: Tensor) => Tensor, x: Tensor): void => {
  const want = bits(jit(f, { backend: 'direct' })(x))
  for (const backend of ['wasm', 'js', 'closure', 'auto'] as const) expect(bits(jit(f, { backend })(x)), backend).toEqual(want)
}
const agreeBoth = (step: (s: Tensor) => Tensor, x: Tensor): void => {
  agree(loop(step), x)
  agree(grad((v: Tensor) => np.sum(np.sin(loop(step)(v)))) as never, x)
}
const half = (x: Tensor): Tensor => np.multiply(0.5, x)

describe('within loops of modules', () => {
  it.each([17, 18, 33, 40, 100, 1001])('vectors of %i elements', (n) => {
    agreeBoth((s) => np.roll(s, 1), wave(n))
    agreeBoth((s) => half(np.concatenate([s.at([3, null]), s.at([0, 3])])), wave(n))
    agreeBoth((s) => np.add(half(s), np.multiply(np.sum(s.at([1, 4])), 0.1)), wave(n))
    // Terms at every second and third element, the last element, one element.
    agreeBoth((s) => np.add(half(s), np.multiply(0.1, np.add(np.sum(np.sin(s.at([0, null, 2]))), np.sum(np.cos(s.at([1, null, 3])))))), wave(n))
    agreeBoth((s) => np.add(half(s), np.multiply(s.at(-1), s.at(0))), wave(n))
    agreeBoth((s) => np.concatenate([np.reshape(np.sum(s), [1]), np.sin(s.at([0, -1]))]), wave(n))
  })
  it.each([[5, 7], [2, 40], [40, 2], [33, 3]])('matrices of %i rows and %i columns', (m, n) => {
    agreeBoth((s) => np.roll(s, 1, 0), wave(m, n))
    agreeBoth((s) => np.roll(s, 1, 1), wave(m, n))
    agreeBoth((s) => half(np.concatenate([s.slice([0, null], [1, null]), np.sum(s, 1, { keepdims: true })], 1)), wave(m, n))
    agreeBoth((s) => np.add(half(s), np.multiply(0.1, np.sum(np.sin(s.slice([1, null], [0, null, 2]))))), wave(m, n))
    agreeBoth((s) => np.add(half(s), np.multiply(0.1, np.sum(np.square(s.slice(1, [0, -1]))))), wave(m, n))
  })
  it('float32, whole numbers and nothing', () => {
    const f = (dtype: 'float32' | 'int32') => (x: Tensor): Tensor => {
      const y = np.astype(np.multiply(10, x), dtype)
      return np.astype(scan((s: Tensor) => [np.add(np.roll(s, 2), np.concatenate([s.at([0, 5]), s.at([5, null])])), null] as const, y, null, { length: 3 })[0], 'float64')
    }
    for (const dtype of ['float32', 'int32'] as const) agree(f(dtype), wave(35))
    agree(grad((x: Tensor) => np.sum(f('float32')(x))) as never, wave(35))
    agree(loop((s) => np.concatenate([s, s.at([0, 0])])), wave(20))
  })
})
