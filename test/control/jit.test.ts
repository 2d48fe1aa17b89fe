import { describe, expect, it } from 'vitest'
import { grad, jit, np, tree, valueAndGrad, vmap, Tensor } from '../../src/index'

const v = (...xs: number[]): Float64Array => Float64Array.from(xs)

describe('jit', () => {
  it('traces once for each structure of avals', () => {
    const f = jit((x: Tensor) => np.sin(x).mul(2))
    for (const x of [1, 2, 3.5]) f(x)
    expect(f.traceCount).toBe(1)
    f(v(1, 2))
    f(v(3, 4))
    expect(f.traceCount).toBe(2)
    f(v(1, 2, 3))
    f(Float32Array.of(1, 2))
    expect(f.traceCount).toBe(4)
    f.clearCache()
    f(1)
    expect(f.traceCount).toBe(5)
  })

  it('is traced once inside a training loop, also under grad and vmap', () => {
    const f = jit((x: Tensor) => np.square(x))
    const g = grad(f)
    for (let i = 0; i < 5; i++) g(i)
    expect(f.traceCount).toBe(1)
    const h = jit(grad((x: Tensor) => np.sum(np.square(x))))
    for (let i = 0; i < 5; i++) h(v(i, i))
    expect(h.traceCount).toBe(1)
    expect(vmap(f)(v(1, 2, 3)).toArray()).toEqual([1, 4, 9])
  })

  it('has static arguments: any values, compared by structure', () => {
    const f = jit((x: Tensor, n: number, how: { twice: boolean }) => np.power(x, n).mul(how.twice ? 2 : 1), { staticArgnums: [1, 2] })
    expect(f(3, 2, { twice: true }).item()).toBe(18)
    expect(f(4, 2, { twice: true }).item()).toBe(32)
    expect(f.traceCount).toBe(1)
    expect(f(3, 3, { twice: false }).item()).toBe(27)
    expect(f.traceCount).toBe(2)
    const g = jit((x: Tensor, h: (t: Tensor) => Tensor) => h(x), { staticArgnums: -1 })
    expect(g(1, np.exp).item()).toBe(Math.E)
    expect(g(0, np.cos).item()).toBe(1)
  })

  it('tells static arguments apart that look alike', () => {
    const f = jit((x: Tensor, how: unknown) => x.add(typeof how === 'bigint' ? 1 : Object.keys(how as object).length), { staticArgnums: 1 })
    const ways: readonly (readonly [unknown, number])[] = [[{ a: 'x' }, 1], [{ a: 'x,b:string:y' }, 1], [{ a: 'x', b: 'y' }, 2], [{ a: 'x,b:"y"' }, 1], [[5, 6], 2], [{ 0: 5, 1: 6 }, 2], [1n, 1], [Number(1), 0]]
    for (const [how, n] of ways) expect(f(0, how as never).item()).toBe(n)
    expect(f.traceCount).toBe(ways.length)
    for (const [how, n] of ways) expect(f(0, how as never).item()).toBe(n)
    expect(f.traceCount).toBe(ways.length)
  })

  it('tells static symbols of one description apart', () => {
    const [a, b] = [Symbol('way'), Symbol('way')]
    const f = jit((x: Tensor, way: symbol) => x.add(way === a ? 1 : 2), { staticArgnums: 1 })
    expect([a, b, Symbol.for('way'), a, Symbol.for('way')].map((way) => f(0, way as never).item())).toEqual([1, 2, 2, 1, 2])
    expect(f.traceCount).toBe(3)
  })

  it('refuses a static argument that contains itself, whether or not it has compiled anything', () => {
    const f = jit((x: Tensor, how: object) => x.add(Object.keys(how).length), { staticArgnums: 1 })
    const own: { self?: object } = {}
    own.self = { deeper: [own] }
    for (const _ of [1, 2]) {
      expect(() => f(1, own as never)).toThrow(/a tree contains itself/)
      expect(f(1, { a: 1 } as never).item()).toBe(2)
    }
  })

  it('lowers without arguments where they may be left out', () => {
    expect(jit((x?: Tensor) => np.add(x ?? 1, 1)).lower().compile()([])).toEqual([2])
    expect(jit(() => np.array(3)).lower().compile()([])).toEqual([3])
  })

  it('sees what was changed in a static argument since', () => {
    const f = jit((x: Tensor, o: { k: number[] }) => x.mul(o.k[0]!), { staticArgnums: 1 })
    const o = { k: [2] }
    expect(f(1, o).item()).toBe(2)
    o.k[0] = 3
    expect(f(1, o).item()).toBe(3)
    expect(f(1, { k: [3] }).item()).toBe(3)
    expect(f(1, { k: [2] }).item()).toBe(2)
    expect(f.traceCount).toBe(2)
  })

  it('compares static typed arrays, maps and sets by what they hold, and keys as text', () => {
    const collections = [new Float64Array([2]), new Int32Array([2]), new Map([['k', 2]]), new Set([2]), [2]]
    const first = (o: unknown): number => (o instanceof Map ? (o.get('k') as number) : [...(o as Iterable<number>)][0]!)
    const f = jit((x: Tensor, o: unknown) => x.mul(first(o)).add(collections.findIndex((c) => c.constructor === (o as object).constructor) * 10), { staticArgnums: 1 })
    collections.forEach((c, i) => expect(f(1, c as never).item()).toBe(10 * i + 2))
    for (const c of collections) {
      if (c instanceof Map) c.set('k', 3)
      else if (c instanceof Set) {
        c.clear()
        c.add(3)
      } else c[0] = 3
    }
    collections.forEach((c, i) => expect(f(1, c as never).item()).toBe(10 * i + 3))
    expect(f(1, new Float64Array([3]) as never).item()).toBe(3)
    expect(f.traceCount).toBe(10)
    const count = jit((x: Tensor, o: object) => x.mul(Object.keys(o).length), { staticArgnums: 1 })
    expect([{ a: 1, b: 2 }, { 'a:1,b': 2 }, { '"a":1,"b"': 2 }].map((o) => count(1, o).item())).toEqual([2, 1, 1])
  })

  it('takes captured tensors as inputs, and captured tracers anew', () => {
    const w = np.array([1, 2])
    const f = jit((x: Tensor) => np.dot(w, x))
    expect(f(v(3, 4)).item()).toBe(11)
    expect(f.lower(v(1, 1)).jaxpr.constCount).toBe(1)
    const outer = (s: Tensor): Tensor => jit((x: Tensor) => np.multiply(x, s))(2)
    expect(grad(outer)(5).item()).toBe(2)
    let leaked: ((x: Tensor) => Tensor) | undefined
    const once = (s: Tensor): Tensor => {
      leaked ??= jit((x: Tensor) => np.multiply(x, s)) as unknown as (x: Tensor) => Tensor
      return leaked(np.array(2))
    }
    expect(grad(once)(5).item()).toBe(2)
    expect(() => grad(once)(5)).toThrow(/used outside the function that was traced/)
    // The failure left no trace open.
    expect(grad((x: Tensor) => np.square(x))(3).item()).toBe(6)
  })

  it('agrees with the function, bits and dtype', () => {
    const f = (x: Tensor): Tensor => np.exp(np.sin(x)).sum(0, { keepdims: true }).div(3)
    for (const x of [np.linspace(0, 1, 7), np.linspace(0, 1, 6).reshape(2, 3), np.array([1, 2], { dtype: 'float32' }), np.zeros([0, 2]), np.arange(3, undefined, undefined, { dtype: 'int32' })]) {
      const [a, b] = [f(x), jit(f)(x)]
      expect(b.dtype).toBe(a.dtype)
      expect(b.toArray()).toEqual(a.toArray())
    }
  })

  it('returns inputs, constants and repeated results as they are', () => {
    const f = jit((x: Tensor) => ({ x, twice: [x, x], one: np.array(1), s: x.shape[0] }))
    const r = f(v(1, 2)) as unknown as { x: Tensor; twice: Tensor[]; one: Tensor; s: Tensor }
    expect([r.x.toArray(), r.twice[1]!.toArray(), r.one.item(), r.s.item()]).toEqual([[1, 2], [1, 2], 1, 2])
  })

  it('keeps trees, null and key order', () => {
    const r = jit((p: { b: Tensor; a: Tensor | null }) => ({ z: p.b, a: p.a, n: null }))({ b: 1, a: null } as never)
    expect(Object.keys(r)).toEqual(['z', 'a', 'n'])
    expect(r.n).toBe(null)
  })

  it('keeps trees also when it was called often, in whatever order their keys are', () => {
    const f = jit((p: { b: Tensor; a: readonly Tensor[] }, x: Tensor) => ({ z: np.multiply(p.b, x), list: [np.add(p.a[0]!, x), p.b], n: null }))
    const shown = (r: unknown): string => JSON.stringify(r, (_k, x: unknown) => (x instanceof Tensor ? x.item() : x))
    for (let k = 0; k < 200; k++) {
      expect(shown(f({ b: k, a: [1] } as never, 2 as never))).toBe(`{"z":${2 * k},"list":[3,${k}],"n":null}`)
      if (k % 40 === 39) expect(shown(f({ a: [1], b: k } as never, 2 as never))).toBe(`{"z":${2 * k},"list":[3,${k}],"n":null}`)
    }
    expect(f.traceCount).toBe(1)
    f({ b: 1, a: [1, 2] } as never, 2 as never)
    expect(f.traceCount).toBe(2)
    expect(() => f({ b: 1 } as never, 2 as never)).toThrow(/undefined/)
    expect(shown(f({ b: 4, a: [1] } as never, 2 as never))).toBe('{"z":8,"list":[3,4],"n":null}')
  })

  it('may be called while it is being called, and forgets its arguments', () => {
    class Doubled {
      constructor(readonly x: unknown) {}
    }
    const f = jit((p: unknown, y: Tensor) => np.add(p instanceof Doubled ? (p.x as Tensor) : (p as Tensor), y))
    tree.registerNode(Doubled, (d: Doubled) => [[typeof d.x === 'number' ? f(d.x as never, d.x as never) : d.x], null] as const, (_aux: null, [x]: readonly [unknown]) => new Doubled(x))
    for (let k = 0; k < 100; k++) expect(f(new Doubled(k) as never, 1 as never).item()).toBe(2 * k + 1)
    const several = jit((...xs: Tensor[]) => xs.reduce((a, b) => np.add(a, b)))
    expect([several(1, 2, 3).item(), several(1).item(), several(1, 2).item(), several(1, 2, 3).item()]).toEqual([6, 1, 3, 6])
  })

  it.each((['auto', 'closure', 'js', 'wasm', 'direct'] as const).flatMap((b) => [[3, b], [20, b]] as const))('takes and gives back %i numbers and arrays, also when it was called often, by %s', (count, backend) => {
    const f = jit((...xs: Tensor[]) => ({ all: xs.map((x, i) => (i % 7 === 3 ? np.greater(np.sum(x), 0) : np.multiply(x, i + 1))), half: np.astype(xs[1]!, 'float32'), none: null }), { backend })
    const earlier: unknown[] = []
    const shown = ({ all, half, none }: ReturnType<typeof f>): unknown[] => [all.map((t) => t.toArray()), all.map((t) => `${t.dtype}${t.ndim}`), half.toArray(), half.dtype, none]
    const expected: unknown[] = []
    for (let k = 0; k < 70; k++) {
      // −0, integers, fractions, what is not finite; every fifth an array, every sixth a tensor of rank 0.
      const values = Array.from({ length: count }, (_, i) => [k - 30, -0, 0.1 * k * i, NaN, -Infinity][(i + k) % 5]!)
      const args = values.map((x, i) => (i % 5 === 2 ? v(x, k) : i % 6 === 4 ? np.array(x) : x))
      earlier.push(f(...(args as unknown as Tensor[])))
      const scaled = values.map((x, i) => (i % 5 === 2 ? (i % 7 === 3 ? x + k > 0 : [x * (i + 1), k * (i + 1)]) : i % 7 === 3 ? x > 0 : x * (i + 1)))
      expected.push([scaled, values.map((_, i) => `${i % 7 === 3 ? 'bool' : 'float64'}${i % 5 === 2 && i % 7 !== 3 ? 1 : 0}`), Math.fround(values[1]!), 'float32', null])
    }
    expect(earlier.map((r) => shown(r as never))).toEqual(expected)
    expect(f.traceCount).toBe(1)
    expect(() => f(...(Array.from({ length: count }, () => 'no') as never[]))).toThrow(/expected an array/)
    expect(f(...Array.from({ length: 9 }, () => 1)).all).toHaveLength(9)
  })

  it('lowers to a raw kernel over typed arrays and numbers', () => {
    const f = jit(valueAndGrad((x: Tensor) => np.sum(np.square(x))))
    const kernel = f.lower(v(0, 0)).compile()
    const [value, gradient] = kernel([v(1, 2)])
    expect([value, [...(gradient as Float64Array)]]).toEqual([5, [2, 4]])
    const out = new Float64Array(2)
    kernel([v(3, 4)], [undefined, out])
    expect([...out]).toEqual([6, 8])
    expect(String(f.lower(v(0, 0)))).toMatch(/\S/)
    const w = np.array([1, 2])
    expect(jit((x: Tensor) => np.multiply(x, w)).lower(v(1, 1)).compile()([v(3, 3)])).toEqual([v(3, 6)])
  })

  it('is bounded, and survives bad input', () => {
    const f = jit((x: Tensor) => np.sum(x))
    for (let n = 0; n < 300; n++) f(new Float64Array(n))
    expect(f(v(1, 2)).item()).toBe(3)
    const count = f.traceCount
    expect(() => f('no' as never)).toThrow(/args\[0\]: expected an array/)
    expect(() => jit((x: Tensor) => np.add(x, v(1, 2, 3)))(v(1, 2))).toThrow(/do not broadcast/)
    expect(() => jit(() => undefined as never)()).toThrow(/returned undefined/)
    expect(() => jit(np.sin, { backend: 'gpu' as never })).toThrow(/backend gpu is not known/)
    expect(() => jit(1 as never)).toThrow(/expected a function/)
    expect(f.traceCount).toBe(count)
    expect(f(v(1, 2)).item()).toBe(3)
  })
})
