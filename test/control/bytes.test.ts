/** What `lower(…).bytes` reports, of programs whose needs are known. */
import { describe, expect, it } from 'vitest'
import { grad, jit, np, scan, valueAndGrad, type BackendName, type Tensor } from '../../src/index'
import { makeSpace } from '../../src/compile/wasm/memory'

const compilers: readonly BackendName[] = ['closure', 'js', 'wasm', 'auto']
const n = 100_000

/** Where there are none, other backends stand in, and have operands packed whole. */
const hasModules = makeSpace() !== undefined

describe.each(compilers)('bytes of %s', (backend) => {
  const bytesOf = (f: (...xs: never[]) => unknown, ...args: readonly unknown[]): { inputs: number; outputs: number; scratch: number; peak: number } => {
    const { bytes } = (jit(f as never, { backend }) as unknown as { lower: (...xs: readonly unknown[]) => { bytes: ReturnType<typeof bytesOf> } }).lower(...args)
    return { ...bytes }
  }
  const x = np.zeros(n)

  it('arguments, captured tensors and results count with their dtypes; the peak is the sum', () => {
    const captured = np.linspace(0, 1, n)
    const b = bytesOf((v: Tensor, k: Tensor) => [np.add(v, captured), np.greater(v, k), np.astype(v, 'float32'), np.sum(v)], x, 2)
    expect([b.inputs, b.outputs]).toEqual([8 * n + 8 * n + 8, 8 * n + n + 4 * n + 8])
    expect(b.peak).toBe(b.inputs + b.outputs + b.scratch)
  })

  it('a chain of elementwise operations, and a map-reduce with its gradient, need no arrays of their own', () => {
    const chain = bytesOf((v: Tensor) => Array.from({ length: 20 }).reduce((y: Tensor, _, k) => np.sin(np.add(y, k)), v), x)
    const both = bytesOf(valueAndGrad((v: Tensor) => np.sum(np.multiply(np.tanh(v), np.exp(np.negative(np.square(v)))))) as never, x)
    for (const b of [chain, both]) expect(b.peak / (b.inputs + b.outputs)).toBeLessThan(1.02)
  })

  it('nor do views', () => {
    const b = bytesOf((v: Tensor) => np.reshape(np.transpose(np.reshape(v, [100, n / 100])), [n]), x)
    expect(b.scratch).toBeLessThan(0.02 * b.outputs)
  })

  it('a chain of operations on whole arrays takes turns with two of them, however long it is', () => {
    const sums = (length: number): number => bytesOf((v: Tensor) => Array.from({ length }).reduce((y: Tensor) => np.cumsum(y), v), x).scratch
    // The plan rounds up by at most a quarter.
    expect(sums(4)).toBeLessThanOrEqual(2 * 8 * n * 1.25)
    expect(sums(12)).toBe(sums(4))
  })

  it('so does a chain of products; its gradient keeps of each step two arrays', () => {
    const m = np.eye(100)
    const size = 8 * 100 * 100
    const chain = (length: number) => (v: Tensor): Tensor => Array.from({ length }).reduce((y: Tensor) => np.tanh(np.matmul(y, y)), v)
    expect(bytesOf(chain(40), m).scratch).toBeLessThan(bytesOf(chain(10), m).scratch + 100)
    const kept = (length: number): number => bytesOf(grad((v: Tensor) => np.sum(chain(length)(v))) as never, m).scratch
    const each = (kept(40) - kept(20)) / 20 / size
    expect(each).toBeGreaterThanOrEqual(1)
    expect(each).toBeLessThan(2 * 1.05)
  })

  it('of a recurrent step the gradient keeps the state alone: what follows from it is computed again', () => {
    const h = 200
    const [m, v] = [np.multiply(np.eye(h), 0.5), np.linspace(0, 1, h)]
    const kept = (length: number): number => bytesOf(grad((a: Tensor) => np.sum(Array.from({ length }).reduce((s: Tensor) => np.tanh(np.matmul(a, s)), v))) as never, m).scratch
    expect((kept(40) - kept(20)) / 20).toBeLessThan(1.1 * 8 * h)
  })

  it('what products take while they run lies where the arrays of other steps are', () => {
    const x = np.ones([300, 300])
    const size = 8 * 300 * 300
    const one = bytesOf((a: Tensor) => np.cumsum(np.exp(np.matmul(np.tanh(a), np.tanh(a)))), x).scratch
    // At most two arrays at a time, and a panel.
    expect(one).toBeLessThan(4 * size)
  })

  it.runIf(hasModules && (backend === 'wasm' || backend === 'auto'))('a product of arrays of the caller\'s needs panels and strips, in either order of the axes', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const m = np.zeros([512, 512], dtype)
      const ratio = (f: (a: Tensor, b: Tensor) => Tensor): number => {
        const b = bytesOf(f as never, m, m)
        return b.peak / (b.inputs + b.outputs)
      }
      expect(ratio((a, b) => np.matmul(a, b))).toBeLessThan(1.2)
      expect(ratio((a, b) => np.matmul(a, np.transpose(b)))).toBeLessThan(1.2)
      expect(ratio((a, b) => np.matmul(np.transpose(a), b))).toBeLessThan(1.25)
    }
  })

  it.runIf(hasModules && (backend === 'wasm' || backend === 'auto'))('so do the layers of a perceptron, with their gradients', () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const of = (...shape: number[]): Tensor => np.ones(shape, dtype)
      const f = (v: Tensor, c: Tensor, w: Tensor, d: Tensor, x: Tensor): Tensor => np.sum(np.square(np.add(np.matmul(np.tanh(np.add(np.matmul(x, v), c)), w), d)))
      const b = bytesOf(valueAndGrad(f as never, { argnums: [0, 1, 2, 3] }) as never, of(784, 128), of(128), of(128, 10), of(10), of(64, 784))
      expect(b.peak / (b.inputs + b.outputs + (dtype === 'float64' ? 8 : 4) * 64 * 138)).toBeLessThan(1.2)
    }
  })

  it('a loop needs its carry, its gradient the states', () => {
    const steps = 1000
    const state = 8
    const loop = (v: Tensor): Tensor => scan((c: Tensor) => [np.sin(c), null] as const, v, null, { length: steps })[0]
    expect(bytesOf(loop, np.zeros(state)).scratch).toBeLessThan(1000)
    const { scratch } = bytesOf(grad((v: Tensor) => np.sum(loop(v))) as never, np.zeros(state))
    expect(scratch).toBeGreaterThanOrEqual(8 * steps * state)
    expect(scratch).toBeLessThan(1.2 * 8 * steps * state)
  })
})
