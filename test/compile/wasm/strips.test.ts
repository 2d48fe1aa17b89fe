/** Products that the caller's arrays are fed to strip by strip: the bits of the closures, whatever is inside and what outside. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, np, type DType, type Tensor } from '../../../src'

const bits = (r: unknown): readonly Buffer[] => ([r].flat() as readonly Tensor[]).map((t) => Buffer.from(Float64Array.from(t.data()).buffer))
const wave = (by: number, dtype: DType, ...shape: readonly number[]): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1)
  return np.astype(np.reshape(np.array(Float64Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + by))), shape), dtype)
}
const extents = fc.oneof({ weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }) }, { weight: 3, arbitrary: fc.integer({ min: 60, max: 140 }) }, { weight: 3, arbitrary: fc.constantFrom(255, 256, 257, 300) }, { weight: 2, arbitrary: fc.constantFrom(512, 513, 530) })

type Programs = Readonly<Record<string, (x: Tensor, y: Tensor) => unknown>>
const programs: Programs = {
  product: (x, y) => np.matmul(x, y),
  'a result that is read too': (x, y) => {
    const z = np.matmul(x, y)
    return [z, np.tanh(z), np.sum(z)]
  },
  'operands that loops make': (x, y) => np.matmul(np.tanh(x), np.square(y)),
  'operands that loops read too': (x, y) => [np.matmul(x, y), np.exp(x), np.sum(y)],
  'one after another': (x, y) => np.matmul(np.transpose(np.matmul(x, y)), x),
  'both, one twice': (x, y) => {
    const z = np.matmul(x, y)
    return [z, z, np.matmul(np.transpose(z), z)]
  },
  'the gradients': (x, y) => grad((a: Tensor, b: Tensor) => np.sum(np.square(np.add(np.matmul(a, b), 0.5))), { argnums: [0, 1] })(x, y),
}

describe('products by strips', () => {
  const same = (f: (x: Tensor, y: Tensor) => unknown, x: Tensor, y: Tensor): void => {
    const [want, got] = (['closure', 'wasm'] as const).map((backend) => jit(f as never, { backend }))
    const [expected, found] = [bits(want!(x, y)), bits(got!(x, y))]
    expect(found.map((b, i) => b.equals(expected[i]!))).toEqual(expected.map(() => true))
  }

  it.each(Object.entries(programs))('%s', (_, f) => {
    fc.assert(
      fc.property(extents, extents, extents, fc.constantFrom<DType>('float64', 'float32'), fc.boolean(), fc.boolean(), (m, k, n, dtype, turnX, turnY) => {
        const [x, y] = [turnX ? wave(1, dtype, k, m) : wave(1, dtype, m, k), turnY ? wave(2, dtype, n, k) : wave(2, dtype, k, n)]
        same((a, b) => f(turnX ? np.transpose(a) : a, turnY ? np.transpose(b) : b), x, y)
      }),
      { numRuns: 25 },
    )
  })

  it('batches, also of one operand for all, and slices of larger arrays', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const [x, y] = [wave(1, dtype, 3, 70, 90), wave(2, dtype, 3, 90, 110)]
      same((a, b) => np.matmul(a, b), x, y)
      same((a, b) => np.matmul(a, b.at(1)), x, y)
      same((a, b) => np.matmul(np.transpose(b, [0, 2, 1]), a.at(2).T), x, y)
      same((a, b) => np.matmul(a.at(0), b), x, y)
      same((a, b) => np.matmul(a.at(0, [3, null]), b.at(2, [null, null], [7, 100])), x, y)
      same((a, b) => np.matmul(a.at(0, [null, null, -1], [null, null, 2]), b.at(2, [null, null, 2])), x, y)
    }
  })

  it('arrays that are kept, and results that are given', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const [x, y, z] = [wave(1, dtype, 90, 260), wave(2, dtype, 260, 300), wave(3, dtype, 260, 300)]
      const f = jit((a: Tensor, b: Tensor) => np.matmul(a, b), { backend: 'wasm' })
      const [want, other] = [y, z].map((b) => bits(jit((a: Tensor, c: Tensor) => np.matmul(a, c), { backend: 'closure' })(x, b))[0]!)
      for (let k = 0; k < 6; k++) expect(bits(f(x, y))[0]!.equals(want!)).toBe(true)
      for (let k = 0; k < 6; k++) expect(bits(f(x, z))[0]!.equals(other!)).toBe(true)
      const run = f.lower(x, y).compile()
      for (const outputs of [[dtype === 'float32' ? new Float32Array(27000) : new Float64Array(27000)], [new Float64Array(27000)]]) {
        const [got] = run([x.data() as Float64Array, y.data() as Float64Array], outputs)
        expect(got).toBe(outputs[0])
        expect(Buffer.from(Float64Array.from(got as Float64Array).buffer).equals(want!)).toBe(true)
      }
    }
  })
})
