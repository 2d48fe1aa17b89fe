import { describe, expect, it } from 'vitest'
import { allGather, axisIndex, checkpoint, cond, foriLoop, grad, jit, jvp, np, pmax, pmean, pmin, ppermute, psum, scan, valueAndGrad, vmap, whileLoop, type Tensor } from '../../src/index'

const x = np.array([1, 2, 4])
const over = <R>(f: (v: Tensor) => R) => vmap(f, { axisName: 'i' })
const value = (t: unknown): unknown => JSON.parse(JSON.stringify(t))

describe('collectives', () => {
  it('give each lane what they make of all lanes', () => {
    expect(value(over((v) => psum(v, 'i'))(x))).toEqual([7, 7, 7])
    expect(value(over((v) => np.multiply(pmean({ v }, 'i').v, 3))(x))).toEqual([7, 7, 7])
    expect(value(over((v) => [pmax(v, 'i'), pmin(v, 'i')])(x))).toEqual([[4, 4, 4], [1, 1, 1]])
    expect(value(over((v) => allGather(v, 'i'))(x))).toEqual([[1, 2, 4], [1, 2, 4], [1, 2, 4]])
    expect(value(over((v) => ppermute(v, 'i', [[0, 1], [1, 2]]))(x))).toEqual([0, 1, 2])
    expect(value(over(() => axisIndex('i'))(x))).toEqual([0, 1, 2])
    expect(value(over(() => psum(1, 'i'))(x))).toEqual([3, 3, 3])
    expect(value(over((v) => pmean(np.greater(v, 1), 'i').mul(3))(x))).toEqual([2, 2, 2])
    expect(value(over(() => [allGather(2, 'i'), pmax(2, 'i')])(x))).toEqual([[[2, 2, 2], [2, 2, 2], [2, 2, 2]], [2, 2, 2]])
  })
  it('differentiate as the mapped function as a whole', () => {
    const programs: [(v: Tensor) => Tensor, (v: Tensor) => Tensor][] = [
      [(v) => np.square(psum(np.sin(v), 'i')), (v) => np.square(np.sum(np.sin(v)))],
      [(v) => np.multiply(v, pmean(v, 'i')), (v) => np.multiply(v, np.mean(v))],
      [(v) => np.multiply(v, pmax(v, 'i')), (v) => np.multiply(v, np.max(v))],
      [(v) => np.multiply(v, pmin(np.square(v), 'i')), (v) => np.multiply(v, np.min(np.square(v)))],
      [(v) => np.sum(np.multiply(allGather(np.square(v), 'i'), v)), (v) => np.multiply(v, np.sum(np.square(v)))],
      [(v) => np.multiply(v, ppermute(np.square(v), 'i', [[0, 1], [1, 2], [2, 0]])), (v) => np.multiply(v, np.roll(np.square(v), 1))],
      [(v) => np.multiply(v, axisIndex('i')), (v) => np.multiply(v, np.arange(3))],
    ]
    const y = np.array([0.3, -0.7, 1.1])
    for (const [lane, whole] of programs) {
      const total = (f: (v: Tensor) => Tensor) => (v: Tensor): Tensor => np.sum(np.multiply(np.broadcastTo(f(v), [3]), np.array([1, 2, 3])))
      expect(np.allclose(over(lane)(y), np.broadcastTo(whole(y), [3])).item()).toBe(true)
      expect(np.allclose(grad(total(over(lane)))(y), grad(total(whole))(y)).item()).toBe(true)
      expect(np.allclose(jvp(total(over(lane)), [y], [x])[1], jvp(total(whole), [y], [x])[1]).item()).toBe(true)
      expect(np.allclose(grad((v: Tensor) => np.sum(grad(total(over(lane)))(v)))(y), grad((v: Tensor) => np.sum(grad(total(whole))(v)))(y)).item()).toBe(true)
      const m = np.stack([y, x])
      expect(np.allclose(vmap(over(lane))(m), np.stack([np.broadcastTo(whole(y), [3]), np.broadcastTo(whole(x), [3])])).item()).toBe(true)
      expect(np.allclose(jit(over(jit(lane)))(y), np.broadcastTo(whole(y), [3])).item()).toBe(true)
    }
  })
  it('find the axis that they name', () => {
    const m = np.arange(6).reshape(2, 3)
    const both = vmap((r: Tensor) => vmap((v: Tensor) => [psum(v, 'row'), psum(v, 'column'), psum(psum(v, 'row'), 'column')], { axisName: 'row' })(r), { axisName: 'column' })(m)
    expect(value(both)).toEqual([[[3, 3, 3], [12, 12, 12]], [[3, 5, 7], [3, 5, 7]], [[15, 15, 15], [15, 15, 15]]])
    expect(value(vmap((r: Tensor) => vmap((_v: Tensor) => axisIndex('column'), { axisName: 'row' })(r), { axisName: 'column' })(m))).toEqual([[0, 0, 0], [1, 1, 1]])
    const f = jit((v: Tensor) => allGather(v, 'i'))
    expect(value(over(f)(x))).toEqual([[1, 2, 4], [1, 2, 4], [1, 2, 4]])
    expect(value(over(f)(np.array([1, 2])))).toEqual([[1, 2], [1, 2]])
    expect(() => psum(1, 'i')).toThrow(/no axis named 'i' is being mapped over/)
    expect(() => over((v) => psum(v, 'j'))(x)).toThrow(/no axis named 'j' is being mapped over \(there are i\)/)
    expect(() => over((v) => ppermute(v, 'i', [[0, 3]]))(x)).toThrow(/the pair \[0, 3\] is not one of 3 lanes/)
    expect(() => over((v) => ppermute(v, 'i', [[0, 1], [0, 2]]))(x)).toThrow(/repeats a lane/)
  })
})

describe('collectives inside of what holds programs', () => {
  const y = np.array([0.3, -0.7, 1.1])
  const step = (c: Tensor): Tensor => np.multiply(np.sin(c), psum(c, 'i'))
  const traced = np.array(3, { dtype: 'int32' })
  const loops: Readonly<Record<string, (v: Tensor) => Tensor>> = {
    scan: (v) => scan((c: Tensor) => [step(c), null] as const, v, null, { length: 3 })[0],
    'checkpointed scan': (v) => scan((c: Tensor) => [step(c), null] as const, v, null, { length: 3, checkpoint: 1 })[0],
    foriLoop: (v) => foriLoop(0, traced, (_i, c: Tensor) => step(c), v),
    'checkpointed foriLoop': (v) => foriLoop(0, traced, (_i, c: Tensor) => step(c), v, { checkpoint: 2 }),
    cond: (v) => cond(np.greater(pmax(v, 'i'), 0), (c: Tensor) => step(step(step(c))), (c: Tensor) => c, v),
    checkpoint: (v) => checkpoint((c: Tensor) => step(step(step(c))))(v),
    'a compiled function': (v) => jit((c: Tensor) => step(step(step(c))))(v),
  }
  it.each(Object.entries(loops))('%s: as without', (_name, loop) => {
    const plain = (v: Tensor): Tensor => step(step(step(v)))
    for (const t of [over, (f: (v: Tensor) => Tensor) => over(grad(f)), (f: (v: Tensor) => Tensor) => over(valueAndGrad(f)), (f: (v: Tensor) => Tensor) => jit(over(f)), (f: (v: Tensor) => Tensor) => grad((v: Tensor) => np.sum(over(f)(v))), (f: (v: Tensor) => Tensor) => grad((v: Tensor) => np.sum(grad((w: Tensor) => np.sum(over(f)(w)))(v)))] as const) {
      const [got, want] = [t(loop), t(plain)].map((f) => [(f as (v: Tensor) => unknown)(y)].flat() as Tensor[]) as [Tensor[], Tensor[]]
      got.forEach((g, i) => expect(np.allclose(g, want[i]!, { rtol: 1e-12 }).item()).toBe(true))
    }
    const m = np.stack([y, np.neg(y), x])
    expect(np.allclose(vmap(over(loop))(m), vmap(over(plain))(m)).item()).toBe(true)
  })
  it('where nothing is mapped but the lanes themselves', () => {
    expect(value(over(() => scan((c: Tensor) => [np.add(c, axisIndex('i')), c] as const, np.array(0, { dtype: 'int32' }), null, { length: 3 })[0])(x))).toEqual([0, 3, 6])
    expect(value(over(() => cond(true, () => psum(2, 'i'), () => np.array(0)))(x))).toEqual([6, 6, 6])
    expect(value(over(() => foriLoop(0, traced, (_i, c: Tensor) => ppermute(c, 'i', [[0, 1], [1, 0]]), np.array(5)))(x))).toEqual([5, 5, 0])
  })
  it('a condition that collects is one for all lanes', () => {
    expect(value(over((v) => whileLoop((c: Tensor) => np.less(psum(c, 'i'), 50), (c: Tensor) => np.add(c, pmax(c, 'i')), v))(x))).toEqual([29, 30, 32])
  })
  it('not where lanes go different ways', () => {
    expect(() => over((v) => whileLoop((c: Tensor) => np.less(c, 50), (c: Tensor) => np.add(c, psum(c, 'i')), v))(x)).toThrow(/whileLoop: a collective over "i" where its lanes go different ways/)
    expect(() => over((v) => cond(np.greater(v, 1), (c: Tensor) => psum(c, 'i'), (c: Tensor) => c, v))(x)).toThrow(/cond: a collective over "i"/)
  })
  it('of the axis that has the name, whatever is mapped besides', () => {
    const two = (v: Tensor): Tensor => np.sum(vmap((w: Tensor) => scan((c: Tensor) => [np.add(psum(c, 'j'), psum(w, 'i')), null] as const, v, null, { length: 2 })[0], { axisName: 'j' })(np.array([0, 1])))
    const plain = (v: Tensor): Tensor => np.sum(vmap((w: Tensor) => np.add(psum(np.add(psum(v, 'j'), psum(w, 'i')), 'j'), psum(w, 'i')), { axisName: 'j' })(np.array([0, 1])))
    expect(value(over(two)(x))).toEqual(value(over(plain)(x)))
  })
})
