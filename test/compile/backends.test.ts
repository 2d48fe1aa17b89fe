/** One suite for all backends: the bits of the closure backend, on random programs and on loops over programs. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { backends, cond, grad, jit, makeJaxpr, np, scan, switchCase, valueAndGrad, vmap, whileLoop, type Tensor } from 'adjoint'
import type { Backend, Buffer } from '../../src/compile/backend'
import { closure } from '../../src/compile/closure/backend'
import { direct } from '../../src/compile/direct/backend'
import { weight } from '../../src/compile/auto'
import { heated, pays, setCompilers } from '../../src/compile/heat'
import type { DType, TypedArray } from '../../src/data/dtype'
import { aval, lit, type Jaxpr, type Primitive } from '../../src/ir/types'
import { accumulateAt, broadcast, slice } from '../../src/primitives/movement'
import { elements } from './reference'
import { program, random } from './programs'
import { build } from './build'
import { add } from '../../src/primitives/elementwise/arithmetic'
import { exp } from '../../src/primitives/elementwise/transcendental'

const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
const copies = (xs: readonly Buffer[]): Buffer[] => xs.map((x) => (typeof x === 'number' ? x : x.slice()))
const flat = (r: unknown): number[][] => (Array.isArray(r) ? r.flatMap(flat) : [Array.from((r as Tensor).data() as Float64Array)])
const cases = fc.record({ seed: fc.integer(), count: fc.integer({ min: 1, max: 20 }), wide: fc.constantFrom([1, 2, 3, 5], [0, 1, 4], [2, 7, 33], [1, 9, 130], [3, 1100], [1, 2, 4200]) })

describe.each(backends)('$name', (backend) => {
  it('gives the bits of the closure backend, again and again, and leaves its inputs alone', () => {
    fc.assert(
      fc.property(cases, ({ seed, count, wide }) => {
        const p = program(seed, count, wide)
        const next = random(seed + 1)
        const inputs = p.inputs.map((v) => elements(next, v.aval))
        const kept = copies(inputs)
        const want = closure.compile(p).run(inputs).map(plain)
        const kernel = backend.compile(p)
        for (let round = 0; round < 2; round++) {
          const got = kernel.run(inputs)
          expect(got.map(plain)).toEqual(want)
          for (const g of got) if (typeof g !== 'number') (g as TypedArray).fill(7)
          expect(inputs.map(plain)).toEqual(kept.map(plain))
        }
        const given = kernel.run(inputs).map((g) => (typeof g === 'number' ? new Float64Array(1) : g.slice().fill(9)))
        const filled = kernel.run(inputs, given)
        expect(filled.map(plain)).toEqual(want)
        given.forEach((g, i) => expect(filled[i]).toBe(g))
      }),
      { numRuns: 300 },
    )
  })

  const same = (f: (...xs: never[]) => unknown, ...args: unknown[]): void => {
    const run = (name: string): number[][] => flat((jit(f as never, { backend: name as never }) as unknown as (...xs: unknown[]) => unknown)(...args))
    const want = run('closure')
    const compiled = jit(f as never, { backend: backend.name as never }) as unknown as (...xs: unknown[]) => unknown
    for (let round = 0; round < 2; round++) expect(flat(compiled(...args))).toEqual(want)
  }
  const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 6 })

  it('runs loops: carries that are numbers, arrays, constants, taken over, exchanged', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 5 }), fc.boolean(), (xs, steps, reverse) => {
        const x = Float64Array.from(xs)
        const list = np.reshape(np.arange(steps * xs.length, { dtype: 'float64' } as never), [steps, xs.length])
        const f = (a: Tensor, l: Tensor): unknown => {
          type Carry = [Tensor, Tensor, Tensor, Tensor]
          const body = ([u, v, s, k]: Carry, row: Tensor): [Carry, Tensor[]] => [[v, np.sin(u.add(row)), np.add(s, np.sum(v)), k], [np.multiply(s, 2), row.mul(u), k, np.flip(v)]] as never
          return scan(body as never, [a, np.cos(a), np.array(0.5), np.array(2)] as never, l as never, { reverse } as never)
        }
        same(f, x, list)
        if (steps > 0) same(grad((a: Tensor, l: Tensor) => np.sum(((f(a, l) as [Tensor[], Tensor[]])[0])[1]!)) as never, x, list)
      }),
      { numRuns: 40 },
    )
  })

  it('runs while loops, scalar and of arrays, and what is within them', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 9 }), (xs, limit) => {
        const scalar = (x: Tensor): unknown => whileLoop(([k]: Tensor[]) => np.less(k!, limit), ([k, v]: Tensor[]) => [np.add(k!, 1), np.sin(np.add(v!, k!)), v!], [np.multiply(x, 0), x, np.multiply(x, 2)] as never)
        same(scalar, xs[0])
        same(valueAndGrad((x: Tensor) => (scalar(x) as Tensor[])[1]!) as never, xs[0])
        same(vmap((x: Tensor) => scalar(x) as Tensor) as never, Float64Array.from(xs))
        const arrays = (x: Tensor): unknown => whileLoop(([k]: Tensor[]) => np.less(k!, limit), ([k, v]: Tensor[]) => [np.add(k!, 1), cond(np.greater(np.sum(v!), 0), (w: Tensor) => np.cos(w), (w: Tensor) => np.flip(w).add(1), v!)], [np.multiply(np.sum(x), 0), x] as never)
        same(arrays, Float64Array.from(xs))
        same(grad((x: Tensor) => np.sum((arrays(x) as Tensor[])[1]!)) as never, Float64Array.from(xs))
      }),
      { numRuns: 30 },
    )
  })

  it('chooses among branches', () => {
    for (const k of [0, 1, 2]) {
      same((x: Tensor, i: Tensor) => switchCase(i, [(v: Tensor) => [v, np.sum(v)], (v: Tensor) => [np.exp(v), np.array(1)], (v: Tensor) => [np.zeros([3]), v.at(1)]] as never, x as never), Float64Array.of(1, -2, 3), k)
      same((x: Tensor, i: Tensor) => switchCase(i, [(v: Tensor) => v, (v: Tensor) => np.exp(v), () => np.array(7)] as never, x as never), 0.3, k)
    }
  })

  it('sums into windows of constant arrays, that overlap or leave gaps', () => {
    const window = fc.record({ start: fc.nat(9), length: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.constantFrom<DType>('float64', 'float32', 'int32', 'uint32', 'bool'), fc.array(window, { minLength: 1, maxLength: 12 }), fc.constantFrom(0, 1), (dtype, windows, initial) => {
        const p = build(({ input, eq }) => {
          const x = input([9], dtype)
          let sum = eq(broadcast, [lit(initial, aval([], dtype))], { shape: [18], dims: [] })
          for (const { start, length } of windows) {
            const piece = eq(slice, [x], { start: [9 - length], stop: [9], strides: [1] })
            sum = eq(accumulateAt, [sum, dtype === 'bool' ? piece : eq(add, [piece, piece])], { start: [start], strides: [1] })
          }
          return [sum]
        })
        const inputs = [elements(random(windows.length), aval([9], dtype))]
        expect(backend.compile(p).run(inputs)).toEqual(closure.compile(p).run(inputs))
      }),
    )
  })

  it('compiles programs of thousands of equations', () => {
    const p = build(({ input, eq }) => {
      const x = input([])
      const y = input([5])
      let [s, v] = [x, y]
      for (let i = 0; i < 3000; i++) [s, v] = [eq(add, [s, x]), eq(add, [v, s])]
      return [s, v]
    })
    const inputs = [0.1, Float64Array.of(1, 2, 3, 4, 5)]
    expect(backend.compile(p).run(inputs)).toEqual(closure.compile(p).run(inputs))
  })
})

describe('where strings are not compiled', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })
  it('closures run everything, silently', async () => {
    const said = vi.spyOn(console, 'warn')
    vi.resetModules()
    vi.stubGlobal('Function', function Refused(): never {
      throw new EvalError("Refused to evaluate a string as JavaScript because 'unsafe-eval' is not allowed")
    })
    const strict = await import('adjoint')
    const f = (x: Tensor): Tensor => strict.np.sin(x)
    for (const backend of ['auto', 'js', 'closure'] as const) expect(Number(strict.jit(strict.grad(f as never) as never, { backend })(0.5 as never))).toBeCloseTo(Math.cos(0.5), 15)
    expect(said).not.toHaveBeenCalled()
  })
})

describe('heat', () => {
  const handed = (): { made: string[]; done: () => void } => {
    const made: string[] = []
    const noted = (name: string): Backend => ({ name, compile: (j) => { made.push(name); return closure.compile(j) } })
    const before = setCompilers({ early: (p, again) => (weight(p, again) > 1 ? noted('at once') : pays(p, again) ? noted('early') : undefined), hot: noted('hot'), late: (p, again) => (again ? noted('hot') : weight(p, again) === 1 ? noted('late') : undefined) })
    return { made, done: () => void setCompilers(before) }
  }
  const sum = (n: number): Jaxpr => build(({ input, eq }) => { const x = input(n === 1 ? [] : [n]); return [eq(add, [x, 1])] })

  it('compiles a kernel when it has run a few times and compilers were handed in', () => {
    const { made, done } = handed()
    const kernel = heated(direct).compile(sum(1))
    for (let i = 0; i < 2; i++) expect(kernel.run([i])).toEqual([i + 1])
    expect(made).toEqual([])
    for (let i = 0; i < 3; i++) expect(kernel.run([i])).toEqual([i + 1])
    expect(made).toEqual(['hot'])
    done()
  })

  it('compiles what works on much, or holds programs, before its first run', () => {
    const { made, done } = handed()
    heated(direct).compile(sum(2 ** 18)).run([new Float64Array(2 ** 18)])
    expect(made).toEqual(['early'])
    heated(direct, false).compile(sum(2 ** 18)).run([new Float64Array(2 ** 18)])
    expect(made).toEqual(['early'])
    heated(direct).compile(sum(2 ** 21)).run([new Float64Array(2 ** 21)])
    expect(made).toEqual(['early', 'at once'])
    const { jaxpr } = makeJaxpr((x: Tensor) => scan((c: Tensor) => [np.add(c, x), null] as const, x, null, { length: 3 })[0])(2)
    const { made: again, done: undone } = handed()
    expect(heated(direct, false).compile(jaxpr).run([2])).toEqual([8])
    expect(again).toEqual(['early'])
    undone()
    done()
  })

  it('compiles single operations that have run a few times where they are products or functions of much, and huge ones at once', () => {
    const n = 2 ** 16
    const x = new Float64Array(2 ** 21).fill(0.5)
    const one = (prim: Primitive, size: number): Jaxpr => build(({ input, eq }) => [eq(prim, prim === add ? [input([size]), 1] : [input([size])])])
    for (const [prim, size, expected] of [[exp, n, ['late']], [exp, n - 1, []], [add, n, []], [exp, 2 ** 21, ['at once']], [add, 2 ** 21, ['at once']]] as const) {
      const { made, done } = handed()
      const kernel = heated(direct, false).compile(one(prim, size))
      const run = (): Float64Array => kernel.run([x.subarray(0, size)])[0] as Float64Array
      const cold = run()
      for (let i = 0; i < 3; i++) expect(run().every((v, k) => v === cold[k])).toBe(true)
      expect(made).toEqual(expected)
      done()
    }
    const square = np.reshape(np.sin(np.arange(4096)), [64, 64])
    const first = np.matmul(square, square).data()
    for (let i = 0; i < 4; i++) expect(np.matmul(square, square).data()).toEqual(first)
  })

  it('runs directly where nothing was handed in', () => {
    const before = setCompilers(undefined)
    const kernel = heated(direct).compile(sum(1))
    for (let i = 0; i < 5; i++) expect(kernel.run([i])).toEqual([i + 1])
    expect(kernel.describe()).toContain('equation after equation')
    setCompilers(before)
  })
})
