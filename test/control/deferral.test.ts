/** What is not run computes nothing of known values, and raises nothing because of them; what is run is as ever. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdjointError, cond, definePrimitive, foriLoop, grad, jit, np, opaque, ops, primitives, random, scan, switchCase, vmap, whileLoop, type Tensor } from 'adjoint'

const table = np.array([10, 20, 30])
const outside = np.array(7)
const list = np.array([0, 9], 'int32')
const index = np.astype(outside, 'int32')
/** Raise where they are run on known values. */
const wrong: Readonly<Record<string, () => Tensor>> = {
  'a number as index': () => table.at(index),
  'a list as index': () => np.sum(table.at(list)),
  take: () => np.sum(np.take(table, list)),
  set: () => np.sum(table.set(list, 1)),
  quantile: () => np.quantile(table, outside),
  histogram: () => np.sum(np.histogram(table, { bins: np.array([3, 2, 1]) })[0]),
  choice: () => np.sum(random.choice(random.key(0), 3, [2], { p: np.array([-1, 1, 1]) })),
}
const number = (x: unknown): number => Number((x as Tensor).item())
const zero = (): Tensor => np.array(0)

describe('what raises because of known values', () => {
  describe.each(Object.entries(wrong))('%s', (_name, f) => {
    const other = (): Tensor => np.astype(zero(), 'float64')
    const as = (): Tensor => np.astype(f(), 'float64')
    it('raises where it is run', () => {
      expect(f).toThrow(AdjointError)
      expect(() => cond(true, as, other)).toThrow(AdjointError)
      expect(() => scan((c: Tensor) => [np.add(c, as()), null], 0, null, { length: 1 })).toThrow(AdjointError)
      expect(() => whileLoop((c: Tensor) => np.less(c, 1), (c: Tensor) => np.add(c, as()), 0)).toThrow(AdjointError)
    })
    it('does not in a branch that is not taken', () => {
      expect(number(cond(false, as, other))).toBe(0)
      expect(number(switchCase(1, [as, other, as]))).toBe(0)
      expect(number(cond(false, () => cond(true, as, other), other))).toBe(0)
      expect(number(jit(() => cond(false, as, other))())).toBe(0)
      expect(number(jit((p: Tensor) => cond(p, as, other))(false as never))).toBe(0)
      expect(number(grad((x: Tensor) => cond(np.less(x, 0), () => np.add(x, as()), () => np.multiply(x, 3)) as Tensor)(1))).toBe(3)
      expect(vmap((x: Tensor) => cond(np.less(x, 0), as, () => np.multiply(x, 2)) as Tensor)(np.array([1, 2])).toArray()).toEqual([2, 4])
    })
    it('does not in loops that do not turn', () => {
      expect(number(scan((c: Tensor) => [np.add(c, as()), as()], 5, null, { length: 0 })[0])).toBe(5)
      expect(number(foriLoop(0, 0, (_i, c: Tensor) => np.add(c, as()), 5))).toBe(5)
      expect(number(foriLoop(np.array(3, 'int32'), np.array(1, 'int32'), (_i, c: Tensor) => np.add(c, as()), 5))).toBe(5)
      expect(number(whileLoop((c: Tensor) => np.less(c, 1), (c: Tensor) => np.add(c, as()), 2))).toBe(2)
    })
  })
})

describe('what is not run', () => {
  it('computes nothing', () => {
    let runs = 0
    const costly = definePrimitive({
      ...primitives.find((p) => p.name === 'sin')!,
      name: 'costly',
      simplify: undefined,
      kernel: opaque(() => ([x], [y]) => {
        runs++
        x!.forEach((v, i) => void (y![i] = v))
      }),
    })
    const slow = (): Tensor => np.sum(ops.bind(costly, [table], {})[0] as Tensor)
    expect(number(cond(true, slow, zero))).toBe(60)
    expect(runs).toBe(1)
    expect(number(cond(false, slow, zero))).toBe(0)
    expect(number(jit((p: Tensor) => cond(p, slow, zero))(false as never))).toBe(0)
    expect(runs).toBe(1)
  })
  it('has values that are asked for, as numbers of JavaScript too', () => {
    const seen: unknown[] = []
    const f = (): Tensor => {
      const twice = np.multiply(table, 2)
      seen.push(twice.toArray(), +np.sum(twice), `${np.max(twice)}`, [...twice].map(Number))
      return np.sum(twice)
    }
    expect(number(cond(false, f, zero))).toBe(0)
    expect(number(jit((p: Tensor) => cond(p, f, zero))(true as never))).toBe(120)
    expect(seen).toEqual([[20, 40, 60], 120, '60.0', [20, 40, 60], [20, 40, 60], 120, '60.0', [20, 40, 60]])
  })
  it('may hand out what it has made', () => {
    let kept: Tensor | undefined
    cond(false, () => (kept = np.multiply(table, 3)), () => table)
    expect(kept!.toArray()).toEqual([30, 60, 90])
  })
})

it('branches of known and traced values give what they give by themselves', () => {
  const step = fc.constantFrom<(x: Tensor) => Tensor>(
    (x) => np.multiply(x, 2), (x) => np.sin(x), (x) => np.add(x, table), (x) => np.flip(x), (x) => np.cumsum(x), (x) => np.add(np.sum(x.at(new Int32Array([0, 2]))), table),
  )
  const chain = fc.array(step, { maxLength: 4 })
  fc.assert(
    fc.property(chain, chain, chain, fc.boolean(), (a, b, c, pred) => {
      const known = (fs: readonly ((x: Tensor) => Tensor)[]): Tensor => fs.reduce((x, f) => f(x), table)
      const branch = (fs: readonly ((x: Tensor) => Tensor)[]) => (x: Tensor): Tensor => np.sum(np.multiply(np.add(known(fs), x), np.add(known(c), x)))
      const [yes, no] = [branch(a), branch(b)]
      const x = np.array([1, 2, 3])
      const want = (pred ? yes : no)(x).item()
      const f = (p: Tensor, y: Tensor): Tensor => cond(p, yes, no, y) as Tensor
      expect(f(pred as never, x).item()).toBe(want)
      for (const backend of ['closure', 'js', 'wasm'] as const) expect(jit(f, { backend })(pred as never, x).item()).toBe(want)
      const g = grad(pred ? yes : no)(x) as Tensor
      expect((grad((y: Tensor) => f(pred as never, y))(x) as Tensor).toArray()).toEqual(g.toArray())
      expect((jit((p: Tensor, y: Tensor) => grad((z: Tensor) => f(p, z))(y))(pred as never, x) as Tensor).toArray()).toEqual(g.toArray())
    }),
    { numRuns: 60 },
  )
})
