/** Steps of while loops in blocks: the bits of steps one by one, whatever their number; what comes after the end leaves no trace. */
import { describe, expect, it } from 'vitest'
import { grad, hessian, jit, np, valueAndGrad, vjp, vmap, whileLoop, type Tensor } from 'adjoint'

const wave = (n: number): Tensor => np.sin(np.multiply(1.3, np.arange(1, n + 1)))
const bits = (t: unknown): string[] => Array.from(new BigUint64Array(Float64Array.from((t as Tensor).data() as Float64Array).buffer), String)
type Carry = [Tensor, Tensor]
/** n steps; with a number of checkpoints they are run one by one. */
const steps = (n: Tensor | number, step: (c: Tensor, i: Tensor) => Tensor, x: Tensor, checkpoint?: number): Tensor =>
  whileLoop(([, i]: Carry) => np.less(i, n), ([c, i]: Carry) => [step(c, i), np.add(i, 1)] as Carry, [x, np.array(0)] as Carry, checkpoint === undefined ? {} : { checkpoint })[0]
const agree = (f: (x: Tensor, checkpoint?: number) => Tensor, x: Tensor): void => {
  const [blocks, single] = [(v: Tensor) => np.sum(f(v)), (v: Tensor) => np.sum(f(v, 5))]
  for (const transform of [grad, (g: typeof blocks) => jit(grad(g)), (g: typeof blocks) => jit(grad(g), { backend: 'closure' }), (g: typeof blocks) => jit(grad(g), { backend: 'wasm' })])
    expect(bits(transform(blocks as never)(x as never))).toEqual(bits(transform(single as never)(x as never)))
}

describe('a gradient in blocks', () => {
  it.each([0, 1, 2, 31, 32, 33, 63, 64, 65, 100])('of %i steps', (n) => {
    agree((x, k) => steps(n, (c) => np.sin(np.multiply(1.1, c)), x, k), np.array(0.7))
    agree((x, k) => steps(n, (c, i) => np.add(np.multiply(0.9, np.flip(c)), np.multiply(np.sin(c), np.divide(1, np.add(i, 2)))), x, k), wave(3))
    agree((x, k) => steps(n, (c) => np.multiply(0.5, np.add(c, np.divide(np.sum(x), np.add(c, 3)))), np.array(2), k), wave(2))
    agree((x, k) => steps(n, (c) => np.multiply(0.99, np.roll(np.tanh(c), 1)), x, k), wave(20))
  })
  it('what would come after the end may be NaN, infinite or out of bounds', () => {
    const table = wave(5)
    for (const n of [1, 4, 5]) {
      agree((x, k) => steps(n, (c, i) => np.sqrt(np.subtract(np.multiply(c, c), np.multiply(0.1, np.divide(i, np.subtract(5, i))))), x, k), np.array(3))
      agree((x, k) => steps(n, (c, i) => np.add(c, np.take(table, np.astype(i, 'int32'))), x, k), np.array(3))
      agree((x, k) => steps(n, (c) => np.exp(np.multiply(c, c)), np.multiply(0.1, x), k), np.array(0.3))
    }
    const root = (a: Tensor): Tensor => whileLoop((c: Tensor) => np.greater(np.abs(np.subtract(np.multiply(c, c), a)), 1e-12), (c: Tensor) => np.multiply(0.5, np.add(c, np.divide(a, c))), np.array(1))
    expect((grad(root as never)(2 as never) as unknown as Tensor).item()).toBeCloseTo(1 / (2 * Math.SQRT2), 10)
  })
  it('under vmap, at the second order, and again by the same pullback', () => {
    const f = (x: Tensor): Tensor => steps(40, (c) => np.sin(np.multiply(x, c)), np.array(0.4))
    const one = (x: Tensor): Tensor => steps(40, (c) => np.sin(np.multiply(x, c)), np.array(0.4), 3)
    const xs = wave(4)
    expect(bits(vmap(grad(f as never) as never)(xs as never))).toEqual(bits(vmap(grad(one as never) as never)(xs as never)))
    expect((hessian(f as never)(np.array(0.8) as never) as unknown as Tensor).item() as number).toBeCloseTo((hessian(one as never)(np.array(0.8) as never) as unknown as Tensor).item() as number, 10)
    const [, pull] = vjp(f as never, [np.array(0.8)] as never) as unknown as [Tensor, (ct: number) => [Tensor]]
    expect(bits(pull(1)[0])).toEqual(bits(pull(1)[0]))
    const lengths = np.array([3, 70, 0, 33])
    const until = (k?: number) => (n: Tensor): Tensor => steps(n, (c) => np.multiply(c, np.add(0.9, np.multiply(0.01, n))), np.array(1.5), k)
    expect(bits(vmap(grad(until() as never) as never)(lengths as never))).toEqual(bits(vmap(grad(until(3) as never) as never)(lengths as never)))
    const [value] = valueAndGrad(f as never)(np.array(0.8) as never) as unknown as [Tensor]
    expect(bits(value)).toEqual(bits(f(np.array(0.8))))
  })
})
