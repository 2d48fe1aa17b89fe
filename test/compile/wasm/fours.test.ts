/** Loops over float32 by fours: the bits of all backends, for every length, and half of the memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, makeJaxpr, np, scan, type Tensor } from 'adjoint'
import { simd } from '../../../src/compile/compilers'
import { closure } from '../../../src/compile/closure/backend'
import { place } from '../../../src/compile/loop/arena'
import { isOwn, plan } from '../../../src/compile/loop/plan'
import { lower } from '../../../src/compile/loop/lower'
import type { Nest } from '../../../src/compile/loop/types'
import { isByFours } from '../../../src/compile/wasm/fours'
import { residents, singleBuffers } from '../../../src/compile/wasm/residence'
import { random } from '../programs'

const flat = (r: unknown): number[] => (r === null ? [] : Array.isArray(r) ? r.flatMap(flat) : Array.from((r as Tensor).data() as Float64Array))
const edges = [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, -3.4028235e38, Infinity, -Infinity, NaN, 16777217, 1 / 3]
const floats = (n: number, seed: number): Tensor => {
  const next = random(seed)
  return np.array(Float32Array.from({ length: n }, () => (next() < 0.3 ? edges[Math.floor(next() * edges.length)] : (next() - 0.5) * 10 ** Math.floor(next() * 8 - 4))))
}
const all = (x: Tensor, y: Tensor, s: Tensor): Tensor[] => [
  np.add(x, y), np.subtract(x, y), np.multiply(x, y), np.divide(x, y), np.sqrt(np.abs(x)), np.negative(x), np.square(y), np.floor(x), np.ceil(x), np.trunc(x), np.round(x),
  np.maximum(x, y), np.minimum(x, y), np.where(np.less(x, y), np.multiply(x, s), np.subtract(y, 3)), np.less(x, y), np.equal(x, y), np.logicalAnd(np.lessEqual(x, s), np.notEqual(y, 0)),
  np.logicalOr(np.less(x, 0), np.logicalNot(np.less(y, 0))), np.astype(np.less(x, y), 'float32'), np.astype(x, 'bool'), np.add(np.multiply(np.multiply(x, 0.1), y), np.divide(s, 3)),
]

describe('float32 by fours', () => {
  it('has the bits of the other backends, at edges too, for every length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (n, seed) => {
        const args = [floats(n, seed), floats(n, seed + 1), floats(1, seed + 2).at(0)]
        const run = (backend: 'wasm' | 'closure' | 'js' | 'direct'): number[] => flat((jit(all as never, { backend }) as unknown as (...xs: Tensor[]) => Tensor[])(...args))
        const want = run('closure')
        for (const backend of ['wasm', 'js', 'direct'] as const) expect(run(backend)).toEqual(want)
      }),
      { numRuns: 40 },
    )
  })

  it('sums all elements in the order of the other backends, beside maps, for every length', () => {
    const sums = (x: Tensor, y: Tensor, s: Tensor): Tensor[] => {
      const d = np.subtract(x, np.multiply(y, s))
      return [np.sum(np.multiply(x, y)), np.sum(np.square(d)), np.multiply(d, 2), np.less(x, y), np.sum(np.where(np.less(x, s), d, 1)), np.sum(np.multiply(x.slice([0, x.shape[0] - 1]), y.slice([1, y.shape[0]])))]
    }
    const mixed = (x: Tensor, y: Tensor, s: Tensor): Tensor[] => [np.sum(np.multiply(x, s)), np.exp(x), np.sum(np.multiply(y, y)), np.max(y), np.sum(np.astype(np.less(x, y), 'float32'))]
    const loop = (x: Tensor, y: Tensor): unknown => scan(((c: Tensor) => { const n = np.sum(np.multiply(c, y)); return [np.add(np.multiply(c, 0.5), np.minimum(n, 1)), n] }) as never, x as never, null as never, { length: 3 } as never)
    const small = (n: number, seed: number): Tensor => np.astype(np.sin(np.multiply(np.arange(n), seed % 97)), 'float32')
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 120, max: 140 }), fc.constantFrom(255, 256, 257, 1031, 4100, 8200)), fc.integer(), fc.boolean(), (n, seed, usual) => {
        const of = usual ? small : floats
        const args = [of(n, seed), of(n, seed + 1), floats(1, seed + 2).at(0)]
        for (const f of [sums, mixed, loop]) {
          const run = (options: object): number[] => flat((jit(f as never, options) as unknown as (...xs: Tensor[]) => unknown)(...args))
          const want = run({ backend: 'closure' })
          for (const options of [{ backend: 'wasm' }, { backend: 'js' }, { backend: 'direct' }, { backend: 'wasm', threads: 2 }]) expect(run(options)).toEqual(want)
        }
      }),
      { numRuns: 40 },
    )
    const loss = (x: Tensor, y: Tensor): Tensor => np.sum(np.square(np.subtract(x, y)))
    for (const n of [3, 128, 1000]) {
      const g = (backend: 'wasm' | 'closure'): number[] => flat((jit(grad(loss, { argnums: [0, 1] }) as never, { backend }) as unknown as (...xs: Tensor[]) => unknown)(small(n, 3), small(n, 5)))
      expect(g('wasm')).toEqual(g('closure'))
    }
  })

  it('also of loops over programs, of slices, beside products and sums, and with threads', () => {
    const step = (x: Tensor, m: Tensor): unknown => {
      const [end] = scan(((c: Tensor) => [np.add(np.multiply(c, 0.5), np.maximum(c, 1)), np.subtract(c, 1)]) as never, x as never, null as never, { length: 5 } as never) as unknown as [Tensor]
      const y = np.subtract(x.slice([1, x.shape[0]]), x.slice([0, x.shape[0] - 1]))
      return [end, np.square(y), np.matmul(np.add(m, m), m), np.sum(np.multiply(x, x)), np.exp(np.add(x, 1)), np.add(np.sum(m, 0), 1)]
    }
    for (const n of [2, 5, 6, 7, 9, 130, 5001]) {
      const args = [floats(n, n), np.astype(np.sin(np.arange(49)).reshape(7, 7), 'float32')]
      const run = (options: object): number[] => flat((jit(step as never, options) as unknown as (...xs: Tensor[]) => unknown)(...args))
      const want = run({ backend: 'closure' })
      expect(run({ backend: 'wasm' })).toEqual(want)
      expect(run({ backend: 'wasm', threads: 2 })).toEqual(want)
    }
    const doubles = (m: Tensor): Tensor[] => {
      const wider = np.astype(np.add(m, 0.3), 'float64')
      return [np.matmul(wider, wider), np.matmul(wider, wider.at(0))]
    }
    const m = np.astype(np.sin(np.arange(49)).reshape(7, 7), 'float32')
    expect(flat(jit(doubles, { backend: 'wasm' })(m))).toEqual(flat(jit(doubles, { backend: 'direct' })(m)))
    const relu = (w: Tensor): Tensor => np.sum(np.maximum(np.matmul(w, np.transpose(w)), 0))
    const w = np.astype(np.sin(np.arange(35)).reshape(5, 7), 'float32')
    expect(flat(jit(grad(relu), { backend: 'wasm' })(w))).toEqual(flat(jit(grad(relu), { backend: 'direct' })(w)))
  })

  const programOf = (f: (...xs: Tensor[]) => unknown, ...args: Tensor[]): ReturnType<typeof lower> => lower(makeJaxpr(f as never)(...(args as never[])).jaxpr as never, false, true)
  const single = np.astype(np.arange(1000), 'float32')
  it('is how loops of exact operations on singles run, and no others', () => {
    const byFours = (f: (...xs: Tensor[]) => unknown, x: Tensor): boolean[] => programOf(f, x).steps.filter((s): s is Nest => s._tag === 'Nest').map(isByFours)
    expect(byFours((x) => np.divide(np.add(x, 1), np.sqrt(x)), single)).toEqual([true])
    expect(byFours((x) => np.exp(x), single)).toEqual([false])
    expect(byFours((x) => np.add(x, 1), np.arange(1000))).toEqual([false])
    expect(byFours((x) => np.add(np.astype(x, 'float64'), 1), single)).toEqual([false])
    expect(byFours((x) => np.sum(np.multiply(x, x)), single)).toEqual([true])
    expect(byFours((x) => [np.add(x, 1), np.sum(np.subtract(x, 2))], single)).toEqual([true])
    for (const f of [(x: Tensor) => np.sum(x), (x: Tensor) => np.sum(np.exp(x)), (x: Tensor) => np.max(np.add(x, 1)), (x: Tensor) => np.sum(np.add(x, 1).reshape(10, 100), 1)]) expect(byFours(f, single)).toEqual([false])
  })
  it('keeps arrays as singles, in half of the memory, where nothing else reads them', () => {
    const arena = (f: (...xs: Tensor[]) => unknown, x: Tensor, asSingles: boolean): number => {
      const p = programOf(f, x)
      const resident = residents(p, new Set(), true)
      const singles = asSingles ? singleBuffers(p, resident, true) : new Set<number>()
      return place(plan(p, { isInside: (b) => resident.has(b) || isOwn(p, b), singles, slack: 2 }).parts.filter((part) => part !== undefined))
    }
    const f = (x: Tensor): unknown => np.multiply(np.add(x, 1), x)
    expect(arena(f, single, true)).toBeLessThan(0.55 * arena(f, single, false))
    const mixed = programOf((x) => [np.add(x, 1), np.exp(x)], single)
    const inside = residents(mixed, new Set(), true)
    expect([...singleBuffers(mixed, inside, true)].every((b) => mixed.buffers[b].owner._tag === 'Output')).toBe(true)
  })
  it('gives a kernel that its caller may fill with arrays of doubles', () => {
    const { jaxpr } = makeJaxpr(((x: Tensor) => np.add(x, x)) as never)(single as never) as unknown as { jaxpr: never }
    const out = new Float64Array(1000)
    expect(simd.compile(jaxpr).run([single.data()], [out as never])[0]).toBe(out)
    expect(Array.from(out)).toEqual(Array.from(closure.compile(jaxpr).run([single.data()])[0] as Float32Array))
  })
})
