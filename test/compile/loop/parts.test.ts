/** Short last axes taken apart: the bits of plain evaluation, whatever meets the parts, on every backend. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, np, type Tensor } from 'adjoint'

const bits = (t: Tensor): string[] => Array.from(new BigUint64Array(Float64Array.from(t.data()).buffer), String)
const wave = (shape: readonly number[], by = 1.3): Tensor => np.reshape(np.sin(np.multiply(by, np.arange(shape.reduce((n, e) => n * e, 1)))), shape)
type F = (x: Tensor, t: Tensor) => Tensor | readonly Tensor[]
const agree = (f: F, x: Tensor, t: Tensor): void => {
  const list = (y: Tensor, u: Tensor): readonly Tensor[] => [f(y, u)].flat() as readonly Tensor[]
  const want = jit(list, { backend: 'direct' })(x, t).map(bits)
  for (const backend of ['closure', 'js', 'wasm', 'auto'] as const) expect(jit(list, { backend })(x, t).map(bits), backend).toEqual(want)
}

/** Of points and a row of their coordinates: values over the points, of points, of coordinates, and of neither. */
const steps: Readonly<Record<string, (x: Tensor, t: Tensor) => readonly [Tensor, Tensor]>> = {
  'points beside their squares': (x, t) => [np.multiply(np.sum(np.square(x), -1, { keepdims: true }), x), t],
  'points beside a row': (x, t) => [np.subtract(x, t), t],
  'rows by a sum over all points': (x, t) => [x, np.add(np.sum(np.multiply(np.sum(np.square(x), -1, { keepdims: true }), x), np.arange(x.ndim - 1).toArray() as number[]), t)],
  'rows by a largest': (x, t) => [x, np.multiply(np.max(np.reshape(x, [-1, x.shape.at(-1)!]), 0), t)],
  'a row by itself': (x, t) => [x, np.sin(np.multiply(t, np.sum(np.square(t))))],
  'points less their mean': (x, t) => [np.subtract(x, np.mean(x, 0, { keepdims: true })), t],
  'points turned': (x, t) => [np.flip(x, -1), t],
  'points by their neighbours': (x, t) => [np.add(x, np.sum(np.multiply(x, np.flip(x, 0)), -1, { keepdims: true })), t],
}
const program = fc.record({
  shape: fc.constantFrom([1024], [40, 40], [1, 1100], [1100, 1], [1]),
  coordinates: fc.integer({ min: 2, max: 4 }),
  names: fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 4 }),
})

describe('short last axes', () => {
  it('beside whatever meets them', () => {
    fc.assert(fc.property(program, ({ shape, coordinates, names }) => {
      const f: F = (x, t) => {
        const [y, u] = names.reduce<readonly [Tensor, Tensor]>(([a, b], name) => steps[name]!(a, b), [x, t])
        return [np.sum(np.square(y), -1), np.add(u, 1), np.sum(np.multiply(y, u))]
      }
      agree(f, wave([...shape, coordinates]), wave([coordinates], 0.7))
    }), { numRuns: 30 })
  })
  it.each([2, 3, 4])('a row of %i that is there beside sums over the points', (k) => {
    agree((x, t) => {
      const d = np.subtract(np.expandDims(x, 1), np.expandDims(x, 0))
      return np.add(np.sum(np.sum(np.multiply(np.expandDims(np.sum(np.square(d), -1), -1), d), 1), 0), t)
    }, wave([40, k]), np.multiply(1000, np.arange(1, k + 1)))
  })
  it('gradients by a scale of each coordinate', () => {
    const f = (t: Tensor, x: Tensor): Tensor => {
      const z = np.multiply(x, np.exp(t))
      return np.sum(np.exp(np.negative(np.sum(np.square(np.subtract(np.expandDims(z, 1), np.expandDims(z, 0))), -1))))
    }
    agree((x, t) => grad(f)(t, x), wave([40, 3]), wave([3], 0.7))
  })
})
