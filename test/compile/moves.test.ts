/** Elements taken, put and added at places known at run time, within loops: the bits of their kernels, on every backend. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cond, foriLoop, grad, jit, np, ops, scan, sparseHessian, vmap, whileLoop, type Tensor } from 'adjoint'
import { bring } from '../../src/compile/brought'
import { written } from '../../src/compile/control'

const wave = (...shape: number[]): Tensor => np.reshape(np.sin(np.multiply(1.3, np.arange(shape.reduce((n, e) => n * e, 1)))), shape)
const bits = (t: Tensor): string[] => Array.from(new BigUint64Array(Float64Array.from(t.data()).buffer), String)
const agree = (f: (x: Tensor) => Tensor, x: Tensor): void => {
  const want = bits(jit(f, { backend: 'direct' })(x))
  for (const backend of ['js', 'wasm', 'closure', 'auto'] as const) {
    const compiled = jit(f, { backend })
    for (let round = 0; round < 2; round++) expect(bits(compiled(x)), backend).toEqual(want)
  }
}
const agreeBoth = (f: (x: Tensor) => Tensor, x: Tensor): void => {
  agree(f, x)
  agree(grad((v: Tensor) => np.sum(np.sin(f(v)))) as never, x)
}
const whole = (x: Tensor): Tensor => np.astype(x, 'int32')
const turns = (n: number, step: (s: Tensor, t: Tensor) => Tensor, start: Tensor): Tensor => foriLoop(0, n, (t, s: Tensor) => step(s, t), start)

describe('in loops over numbers', () => {
  it.each([1, 2, 17, 100])('a table of %i is read between its points, beyond its ends too', (n) => {
    const table = wave(n)
    const at = (t: Tensor): Tensor => np.add(np.take(table, whole(t), undefined, { mode: 'clip' }), np.multiply(0.5, np.take(table, np.add(whole(t), 1), undefined, { mode: 'clip' })))
    agreeBoth((x) => turns(7, (s, t) => np.add(np.multiply(0.5, s), at(np.multiply(np.subtract(t, 2), n / 3))), np.sum(x)), wave(3))
    // The table is what is differentiated.
    agreeBoth((x) => turns(5, (s, t) => np.add(np.multiply(0.5, s), np.multiply(s, x.at(np.remainder(np.multiply(3, t), n)))), np.sum(x)), wave(n))
  })
  it('a search by halves, in a loop of unknown length within a loop', () => {
    const table = np.cumsum(np.abs(wave(40)))
    const search = (v: Tensor): Tensor =>
      whileLoop(([lo, hi]: [Tensor, Tensor]) => np.less(np.add(lo, 1), hi), ([lo, hi]: [Tensor, Tensor]) => {
        const middle = np.floorDivide(np.add(lo, hi), 2)
        const below = np.lessEqual(np.take(table, middle), v)
        return [np.where(below, middle, lo), np.where(below, hi, middle)] as [Tensor, Tensor]
      }, [np.astype(0, 'int32'), np.astype(40, 'int32')] as [Tensor, Tensor])[0]
    agree((x) => scan((s: Tensor, v: Tensor) => [np.add(s, np.take(table, search(v))), search(v)] as const, 0 as never, np.multiply(20, np.abs(x)))[1] as Tensor, wave(30))
    agree((x) => scan((s: Tensor, v: Tensor) => [np.add(s, np.take(table, search(v))), null] as const, np.sum(x), np.multiply(20, np.abs(x)))[0], wave(30))
  })
  it('branches read different tables, rows of what is stacked, and two axes', () => {
    const [a, b] = [wave(9), wave(4, 5)]
    const chosen = (s: Tensor, t: Tensor): Tensor =>
      cond(np.less(np.remainder(t, 3), 1), (v: Tensor) => np.multiply(v, np.take(a, t)), (v: Tensor) => np.add(v, b.at(np.remainder(t, 4), np.remainder(t, 5)) as Tensor), s)
    agreeBoth((x) => turns(8, chosen, np.sum(x)), wave(3))
    agreeBoth((x) => scan((s: Tensor, row: Tensor) => [np.add(np.multiply(0.5, s), np.take(row, whole(np.multiply(4, np.abs(s))), undefined, { mode: 'clip' })), s] as const, 0.3 as never, x)[1] as Tensor, wave(6, 20))
  })
})

describe('in loops over vectors of a few elements', () => {
  const turned = (s: Tensor): Tensor => np.stack([s.at(1), np.negative(s.at(0))])
  it.each([2, 6, 16, 17, 40])('a force, and rates, from a table of %i', (n) => {
    const table = wave(n)
    const at = (x: Tensor, t: Tensor): Tensor => np.take(x, np.remainder(np.multiply(3, t), n))
    agreeBoth((x) => turns(6, (s, t) => np.add(np.multiply(0.5, s), np.multiply(at(table, t), turned(s))), x), wave(2))
    agreeBoth((x) => turns(6, (s, t) => np.add(np.multiply(0.5, s), np.multiply(at(x, t), turned(s))), np.array([0.3, -0.8])), wave(n))
    // What is read is what changes.
    agreeBoth((x) => turns(6, (s, t) => np.add(np.multiply(0.5, s), np.multiply(at(s, t), np.flip(s))), x), wave(n))
  })
  it.each([[5, 2], [3, 8], [40, 3]])('rows and columns of a table of %i × %i', (m, n) => {
    agreeBoth((x) => turns(4, (s, t) => np.add(np.multiply(0.5, s), np.multiply(np.take(x, np.remainder(t, m), 0), np.flip(s))), wave(n)), wave(m, n))
    agreeBoth((x) => turns(4, (s, t) => np.add(np.multiply(0.5, s), np.multiply(np.reshape(np.dynamicSlice(x, [0, np.remainder(t, n)], [2, 1]), [2]), turned(s))), wave(2)), wave(m, n))
    agreeBoth((x) => turns(4, (s, t) => np.add(np.multiply(0.5, s), np.multiply(np.sum(x.at(np.remainder(np.stack([t, np.add(t, 1)]), m))), turned(s))), wave(2)), wave(m, n))
  })
  it('indices outside of axes with one place (found by random programs)', () => {
    const put = (kind: 'set' | 'add', mode: 'clip' | 'drop', shape: number[], ...at: number[]): void => {
      const indices = np.array(Int32Array.from(at))
      agree((x) => turns(3, (s, t) => ops.scatter(s, np.add(indices, whole(np.multiply(0, t))), np.sum(x), kind, { batch: 0, mode }) as Tensor, np.zeros(shape)), wave(2))
      agree((x) => turns(3, (s, t) => np.add(np.multiply(0.5, s), ops.gather(s, np.add(indices, whole(np.multiply(0, t))), { batch: 0, mode }) as Tensor), np.reshape(np.add(np.sum(x), np.arange(shape.reduce((n, e) => n * e, 1))), shape)), wave(2))
    }
    for (const kind of ['set', 'add'] as const)
      for (const mode of ['clip', 'drop'] as const) {
        for (const at of [-1, 0, 1, 2]) {
          put(kind, mode, [1], at)
          put(kind, mode, [3], at)
        }
        put(kind, mode, [1, 2], 2, -1)
        put(kind, mode, [1, 2], 0, 1)
        put(kind, mode, [2, 1], 1, 3)
      }
  })
  it('a long array and a short one, written at once', () => {
    const step = ([y, s]: [Tensor, Tensor], t: Tensor): [Tensor, Tensor] => [np.dynamicUpdateSlice(y, np.reshape(np.sum(s), [1]), [t]), np.add(np.multiply(np.take(y, np.add(t, 3)), turned(s)), 0.1)]
    agreeBoth((x) => np.concatenate(foriLoop(0, 30, (t, c: [Tensor, Tensor]) => step(c, t), [x, wave(2)] as [Tensor, Tensor])), wave(40))
  })
})

describe('in loops over arrays', () => {
  it.each([3, 20, 130])('a recurrence writes what it reads, %i elements', (n) => {
    const step = (y: Tensor, t: Tensor): Tensor => np.dynamicUpdateSlice(y, np.multiply(0.7, np.add(np.dynamicSlice(y, [t], [1]), np.multiply(0.3, np.dynamicSlice(y, [np.add(t, 1)], [1])))), [np.add(t, 2)])
    agreeBoth((x) => turns(n - 2, step, x), wave(n))
    agreeBoth((x) => turns(n, (y, t) => np.add(np.multiply(0.9, y), np.multiply(0.1, np.take(y, np.remainder(np.add(whole(np.arange(n)), t), n)))), x), wave(n))
  })
  it.each([[4, 30], [30, 4], [5, 1]])('rows, columns and windows of %i × %i', (m, n) => {
    const row = (t: Tensor): Tensor => np.remainder(t, m)
    const column = (t: Tensor): Tensor => np.remainder(np.multiply(2, t), n)
    agreeBoth((x) => turns(5, (s, t) => np.add(np.multiply(0.5, s), np.take(x, row(t), 0)), np.sum(x, 0)), wave(m, n))
    agreeBoth((x) => turns(5, (s, t) => np.add(np.multiply(0.5, s), np.take(x, column(t), 1)), np.sum(x, 1)), wave(m, n))
    agreeBoth((x) => turns(4, (s, t) => np.dynamicUpdateSlice(s, np.sin(np.dynamicSlice(s, [t, t], [m - 1, Math.max(1, n - 1)])), [0, column(t)]), x), wave(m, n))
  })
  it('other dtypes, and lanes that read elsewhere', () => {
    for (const dtype of ['float32', 'int32', 'uint32'] as const)
      agree((x) => np.astype(turns(4, (s, t) => np.add(s, np.take(s, np.remainder(np.add(whole(np.arange(25)), t), 25))), np.astype(np.abs(np.multiply(9, x)), dtype)), 'float64'), wave(25))
    const lane = (x: Tensor): Tensor => turns(3, (s, t) => np.add(np.multiply(0.5, s), np.take(x, whole(np.multiply(5, np.abs(np.add(s, t)))), undefined, { mode: 'clip' })), np.mean(x))
    agreeBoth((x) => vmap(lane)(x), wave(6, 12))
  })
})

describe.each([['with their writers', written], ['without them, as in a bundle that has no loops', undefined]] as const)('outside of loops, %s', (_, writers) => {
  beforeAll(() => bring(writers))
  afterAll(() => bring(written))
  const places = (n: number, extent: number): Tensor => np.astype(np.subtract(np.remainder(np.multiply(7, np.arange(n)), extent + 3), 1), 'int32')
  it.each([1, 3, 40, 5000])('elements, rows and pairs of an array of %i', (n) => {
    for (const mode of ['clip', 'fill'] as const) {
      agreeBoth((x) => np.take(np.sin(x), places(2 * n + 1, n), undefined, { mode }), wave(n))
      agreeBoth((x) => np.take(np.sin(x), places(5, n), 0, { mode }), wave(n, 3))
      agreeBoth((x) => np.take(np.sin(x), places(5, 3), 1, { mode }), wave(n, 3))
    }
    const [i, j] = [n, 4].map((k) => np.astype(np.remainder(np.arange(20), k), 'int32')) as [Tensor, Tensor]
    agreeBoth((x) => np.square(x).at(i, j) as Tensor, wave(n, 4))
  })
  it.each([2, 50, 3000])('windows, joins and rolls of %i', (n) => {
    agreeBoth((x) => np.dynamicSlice(np.sin(x), [np.astype(np.sum(np.abs(x)), 'int32')], [Math.ceil(n / 2)]), wave(n))
    agreeBoth((x) => np.dynamicUpdateSlice(np.sin(x), np.cos(x.at([0, 2])), [np.astype(np.sum(np.abs(x)), 'int32')]), wave(n))
    agreeBoth((x) => np.concatenate([np.sin(x), np.roll(x, 1), np.cos(np.flip(x))]), wave(n))
    agreeBoth((x) => sparseHessian((v: Tensor) => np.sum(np.multiply(np.square(np.diff(v)), np.sin(v.at([1, n])))))(x).values, wave(n))
  })
  it.each([9, 5000])('an array of %i of which elements are read before it is written over', (n) => {
    const at = np.reshape(places(40, n), [40, 1])
    const put = (y: Tensor, x: Tensor): Tensor => ops.scatter(y, at, np.broadcastTo(x, [40]), 'set', { batch: 0, mode: 'drop' }) as Tensor
    agreeBoth((x) => { const y = np.multiply(0.5, x); return put(y, y.at([0, 1]) as Tensor) }, wave(n))
    agreeBoth((x) => { const y = np.sin(x); return np.dynamicUpdateSlice(y, np.add(y.at([0, 4]) as Tensor, y.at(4) as Tensor), [whole(np.multiply(9, np.abs(x.at(3) as Tensor)))]) }, wave(n))
    agreeBoth((x) => { const y = np.multiply(0.5, x); return np.dynamicUpdateSlice(put(y, y.at([0, 1]) as Tensor), np.sin(x.at([0, 5]) as Tensor), [3]) }, wave(n))
  })
  it('float32, and integers', () => {
    agreeBoth((x) => np.take(np.astype(np.sin(x), 'float32'), places(30, 9), undefined, { mode: 'fill' }), wave(9))
    agree((x) => ops.scatter(np.astype(np.multiply(9, x), 'int32'), np.reshape(places(30, 9), [30, 1]), np.arange(30, undefined, undefined, 'int32'), 'add', { batch: 0, mode: 'drop' }) as Tensor, wave(9))
  })
})
