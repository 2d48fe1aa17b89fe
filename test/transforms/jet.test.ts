/** jet on programs: known series, trees, control flow, other transforms, cost, errors. */
import { describe, expect, it } from 'vitest'
import { check as fcAssert, constantFrom, double, property, tuple } from 'fast-check'
import { checkpoint } from '../../src/control/checkpoint'
import { customJvp, customVjp } from '../../src/control/custom'
import { cond, DTypeError, foriLoop, grad, hessian, jit, jvp, makeJaxpr, np, scan, switchCase, vmap, whileLoop, type Eqn, type Jaxpr, type Tensor } from '../../src/index'
import { multiplications } from '../../src/primitives/taylor/kernel'
import { product } from '../../src/primitives/taylor/ring'
import { makeTile, most } from '../../src/primitives/taylor/tile'
import { jet } from '../../src/transforms/jet'

type Scalar = (x: Tensor) => Tensor
const value = (x: unknown): unknown => JSON.parse(JSON.stringify(x))
const v = (...xs: number[]): Float64Array => Float64Array.from(xs)
/** 1, 0, 0, …: along x + t. */
const unit = (order: number): number[] => Array.from({ length: order }, (_, k) => (k === 0 ? 1 : 0))
const along = (f: Scalar, x: number, order: number): number[] => (value(jet(f, [x], [unit(order)])) as [number, number[]])[1]
const nestedGrad = (f: Scalar, k: number): Scalar => (k === 0 ? f : (grad(nestedGrad(f, k - 1)) as unknown as Scalar))
const close = (got: readonly number[], want: readonly number[], tolerance = 1e-10): void => {
  expect(got.length).toBe(want.length)
  want.forEach((w, i) => expect(Math.abs(got[i]! - w), `${i}: ${got[i]} for ${w}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(w))))
}
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

describe('jet', () => {
  it('gives value and derivatives along a curve', () => {
    expect(value(jet((x: Tensor) => np.multiply(x, x), [3], [[1, 0]]))).toEqual([9, [6, 2]])
    expect(value(jet(np.exp as Scalar, [0], [[1, 0, 0]]))).toEqual([1, [1, 1, 1]])
    // x(t) = 2 + 3t + 5t²/2: (x³)′ = 3x² x′, (x³)″ = 6x x′² + 3x² x″
    expect(value(jet((x: Tensor) => np.power(x, 3), [2], [[3, 5]]))).toEqual([8, [36, 12 * 9 + 12 * 5]])
  })
  it('has the known series of elementary functions to order 20', () => {
    close(along(np.exp as Scalar, 0.5, 20), Array.from({ length: 20 }, () => Math.exp(0.5)), 1e-12)
    close(along(np.log as Scalar, 2, 20), Array.from({ length: 20 }, (_, k) => ((k % 2 === 0 ? 1 : -1) * factorial(k)) / 2 ** (k + 1)), 1e-12)
    close(along(np.sin as Scalar, 0.5, 20), Array.from({ length: 20 }, (_, k) => Math.sin(0.5 + ((k + 1) * Math.PI) / 2)), 1e-11)
    close(along((x) => np.divide(1, np.subtract(1, x)), 0, 20), Array.from({ length: 20 }, (_, k) => factorial(k + 1)), 1e-12)
    close(along(np.tan as Scalar, 0, 9), [1, 0, 2, 0, 16, 0, 272, 0, 7936], 1e-12)
    close(along(np.arctan as Scalar, 0, 9), [1, 0, -2, 0, 24, 0, -720, 0, 40320], 1e-12)
    close(along(np.arcsin as Scalar, 0, 7), [1, 0, 1, 0, 9, 0, 225], 1e-12)
  })
  it('takes and returns trees, one list of terms an argument', () => {
    const f = (p: { a: Tensor; b: Tensor[] }, y: Tensor): unknown => ({ s: np.multiply(p.a, p.b[0]!), t: [np.add(y, 1)] })
    const got = jet(f, [{ a: 2, b: [3] }, 5] as never, [[{ a: 1, b: [10] }, { a: 0, b: [0] }], [7, 0]] as never)
    expect(value(got)).toEqual([{ s: 6, t: [6] }, [{ s: 23, t: [7] }, { s: 20, t: [0] }]])
  })
  it('gives zeros for zero series, constants and integer results, and only the value at order 0', () => {
    expect(value(jet(np.sin as Scalar, [v(0, 0)], [[v(0, 0), v(0, 0)]]))).toEqual([[0, 0], [[0, 0], [0, 0]]])
    expect(value(jet((_x: Tensor) => np.array([1, 2]), [3], [[1, 0]]))).toEqual([[1, 2], [[0, 0], [0, 0]]])
    const n = Int32Array.of(3)
    expect(value(jet((x: Tensor) => [np.multiply(x, n), np.array(n)], [2], [[1]]))).toEqual([[[6], [3]], [[[3], [0]]]])
    expect(value(jet((k: Tensor) => k, [n] as never, [[]]))).toEqual([[3], []])
    expect(value(jet(np.sin as Scalar, [0], [[]]))).toEqual([0, []])
  })
  it('refuses integers and booleans, by their path', () => {
    const f = (p: { w: Tensor; n: Tensor }): Tensor => np.sum(np.multiply(p.w, p.n))
    const at = (n: unknown): unknown => jet(f, [{ w: 2, n }] as never, [[{ w: 1, n }]] as never)
    expect(() => at(Int32Array.of(3))).toThrow(/jet: primals\[0\]\.n is int32\[1\], and derivatives need floating dtypes/)
    expect(() => at(true)).toThrow(DTypeError)
  })
  it('works in float32', () => {
    const [y, [y1, y2]] = jet((x: Tensor) => np.multiply(np.sin(x), x), [Float32Array.of(0.5)], [[Float32Array.of(1), Float32Array.of(0)]])
    expect([y.dtype, y1!.dtype, y2!.dtype]).toEqual(['float32', 'float32', 'float32'])
    close([y2!.at(0).item() as number], [2 * Math.cos(0.5) - 0.5 * Math.sin(0.5)], 1e-6)
  })
})

const unary: { readonly [name: string]: Scalar } = {
  sin: np.sin, exp: np.exp, tanh: np.tanh, square: np.square, arctan: np.arctan, sqrt1: (x) => np.sqrt(np.add(1, np.square(x))), log1: (x) => np.log(np.add(2, np.sin(x))),
  inv: (x) => np.divide(1, np.add(2, np.cos(x))), power: (x) => np.power(np.add(2, np.sin(x)), np.add(0.3, np.cos(x))), cube: (x) => np.power(x, 3),
  sum: (x) => np.sum(np.multiply(np.array([1, 2, -1]), np.sin(np.multiply(x, np.array([1, 2, 3]))))), max: (x) => np.maximum(x, np.sin(np.multiply(2, x))),
  prod: (x) => np.prod(np.array([x, np.cos(x), 2] as never)), matmul: (x) => np.sum(np.matmul(np.multiply(x, np.eye(2)), np.add(x, np.ones([2, 2])))),
}
describe('jet of compositions', () => {
  it('is nested jvp, on random ones to order 5', () => {
    const names = constantFrom(...Object.keys(unary))
    const nestedJvp = (f: Scalar, k: number): Scalar => (k === 0 ? f : (x) => jvp(nestedJvp(f, k - 1), [x], [1])[1])
    const result = fcAssert(
      property(tuple(names, names, names), double({ min: -0.9, max: 0.9, noNaN: true }), ([a, b, c], x) => {
        const f: Scalar = (t) => unary[c]!(np.add(np.sin(unary[b]!(np.sin(unary[a]!(t)))), np.multiply(0.5, t)))
        close(along(f, x, 5), [1, 2, 3, 4, 5].map((k) => nestedJvp(f, k)(np.asarray(x)).item() as number), 1e-9)
      }),
      { numRuns: 12 },
    )
    expect(result.failed, JSON.stringify(result.counterexample)).toBe(false)
  })
  it('does not grow exponentially through rules that call one another', () => {
    const [s, c]: { (x: Tensor): Tensor }[] = [
      customJvp((x: Tensor) => np.sin(x), ((([x]: [Tensor], [t]: [Tensor]) => [s!(x), np.multiply(c!(x), np.multiply(t, np.add(np.square(s!(x)), np.square(c!(x)))))]) as never)) as never,
      customJvp((x: Tensor) => np.cos(x), ((([x]: [Tensor], [t]: [Tensor]) => [c!(x), np.negative(np.multiply(s!(x), t))]) as never)) as never,
    ]
    close(along(s!, 0.3, 9), Array.from({ length: 9 }, (_, k) => Math.sin(0.3 + ((k + 1) * Math.PI) / 2)))
  })
})

const loops: { readonly [name: string]: Scalar } = {
  scan: (t) => scan((c: Tensor, y: Tensor) => [np.sin(np.add(np.multiply(c, t), y)), null] as never, t, v(1, 2, 3))[0] as Tensor,
  'scan with results': (t) => np.sum(scan((c: Tensor, y: Tensor) => [np.cos(np.add(c, y)), np.multiply(c, y)] as never, np.exp(t), np.multiply(t, np.array([1, 2, 3])) as never)[1] as unknown as Tensor),
  'reversed scan': (t) => np.sum(scan((c: Tensor, y: Tensor) => [np.sin(np.multiply(c, y)), c] as never, t, np.array([1, 2, 3]) as never, { reverse: true })[1] as unknown as Tensor),
  whileLoop: (t) => whileLoop((c: Tensor) => np.less(c, 20), (c: Tensor) => np.multiply(c, np.add(t, np.multiply(0.1, np.sin(c)))), np.exp(t)) as Tensor,
  foriLoop: (t) => foriLoop(0, 5, (i, c: Tensor) => np.add(np.sin(c), np.multiply(i, np.divide(t, 9))), t) as Tensor,
  cond: (t) => cond(np.less(t, 1), (x: Tensor) => np.sin(x), (x: Tensor) => np.exp(np.divide(x, 2)), t) as Tensor,
  'cond with a constant branch': (t) => cond(np.less(t, 9), (_x: Tensor) => np.array(3) as Tensor, (x: Tensor) => np.exp(x), t) as Tensor,
  switchCase: (t) => switchCase(2, [np.sin, np.cos, np.tanh] as never, t as never) as Tensor,
  jit: (t) => jit((x: Tensor) => np.multiply(np.sin(x), x))(t) as Tensor,
  checkpoint: (t) => checkpoint((x: Tensor) => np.sin(np.exp(np.sin(x))))(t) as Tensor,
  nested: (t) => scan((c: Tensor, y: Tensor) => [whileLoop((s: Tensor) => np.less(s, y), (s: Tensor) => np.add(s, np.multiply(0.4, np.exp(np.sin(np.multiply(s, t))))), c), null] as never, t, v(2, 3))[0] as Tensor,
}
describe('jet through control flow', () => {
  for (const [name, f] of Object.entries(loops))
    it(`agrees with grad, six times: ${name}`, () => {
      close(along(f, 1.5, 6), [1, 2, 3, 4, 5, 6].map((k) => nestedGrad(f, k)(np.asarray(1.5)).item() as number), 1e-10)
    })
  it('goes through a loop of any length in one program', () => {
    // logistic map: derivative by hand-written recurrence over coefficients
    const f: Scalar = (t) => foriLoop(0, 30, (_i, c: Tensor) => np.multiply(np.multiply(t, c), np.subtract(1, c)), 0.3) as Tensor
    const d = 8
    let x = Float64Array.from({ length: d + 1 }, (_, k) => (k === 0 ? 0.3 : 0))
    const r = (k: number): number => (k === 0 ? 2.5 : k === 1 ? 1 : 0)
    for (let i = 0; i < 30; i++) {
      const one = x.map((c, k) => (k === 0 ? 1 - c : -c))
      const sq = x.map((_, k) => x.slice(0, k + 1).reduce((s, c, j) => s + c * one[k - j]!, 0))
      x = sq.map((_, k) => sq.slice(0, k + 1).reduce((s, c, j) => s + c * r(k - j), 0))
    }
    close(along(f, 2.5, d), Array.from({ length: d }, (_, k) => x[k + 1]! * factorial(k + 1)))
  })
  it('refuses a function that has a reverse rule only', () => {
    const f = customVjp((x: Tensor) => np.sin(x), { fwd: ((x: Tensor) => [np.sin(x), x]) as never, bwd: ((x: Tensor, ct: Tensor) => [np.multiply(ct, np.cos(x))]) as never })
    expect(() => along(f as Scalar, 1, 2)).toThrow(/reverse rule only/)
  })
})

describe('jet with other transforms', () => {
  const f: Scalar = (x) => np.divide(np.exp(np.multiply(np.sin(x), x)), np.add(1, np.square(x)))
  const third: Scalar = (x) => jet(f, [x], [[1, 0, 0]])[1][2]!
  const x = np.asarray(0.4)
  const exact = nestedGrad(f, 4)(x).item() as number
  it('grad of jet, jet of grad, jet of jet, jvp of jet', () => {
    close([grad(third)(x).item() as number], [exact])
    close([(jet(grad(f) as Scalar, [x], [[1, 0, 0]])[1][2]!).item() as number], [exact])
    close([(jet((t: Tensor) => jet(f, [t], [[1, 0]])[1][1]!, [x], [[1, 0]])[1][1]!).item() as number], [exact])
    close([jvp(third, [x], [1])[1].item() as number], [exact])
  })
  it('jet of grad through loops', () => {
    for (const g of [loops.scan!, loops.whileLoop!, loops.checkpoint!])
      close((value(jet(grad(g) as Scalar, [1.5], [unit(4)])) as [number, number[]])[1], [2, 3, 4, 5].map((k) => nestedGrad(g, k)(np.asarray(1.5)).item() as number))
  })
  it('vmap and jit of jet, also through loops', () => {
    const xs = v(1.2, 1.4, 1.9)
    for (const h of [third, (t: Tensor) => jet(loops.whileLoop!, [t], [[1, 0]])[1][1]!] as Scalar[]) {
      const single = [...xs].map((t) => h(np.asarray(t)).item() as number)
      close(vmap(h)(xs).toArray() as number[], single, 1e-13)
      close([...xs].map((t) => jit(h)(t).item() as number), single, 0)
    }
    close(vmap(grad(third) as Scalar)(xs).toArray() as number[], [...xs].map((t) => grad(third)(np.asarray(t)).item() as number), 1e-13)
    close(((hessian((t: Tensor) => np.sum(vmap(third)(t)))(xs) as unknown as Tensor).toArray() as number[][]).flat(), [...xs].flatMap((t, i) => [0, 1, 2].map((j) => (i === j ? (nestedGrad(f, 5)(np.asarray(t)).item() as number) : 0))), 1e-9)
  })
  it('captures tracers of outer transforms', () => {
    const g = (a: Tensor): Tensor => jet((t: Tensor) => np.sin(np.multiply(a, t)), [0.5], [[1, 0]])[1][1]!
    close([grad(g)(np.asarray(2)).item() as number], [-4 * Math.sin(1) - 4 * 0.5 * Math.cos(1)])
  })
})

/** Equations, those of held programs included. */
const count = (p: Jaxpr, of: (e: Eqn) => boolean = () => true): number =>
  p.eqns.reduce((n, e) => n + (of(e) ? 1 : 0) + (e.prim.programs?.(e.params) ?? []).reduce((m, q) => m + count(q, of), 0), 0)
const program = (f: (...xs: Tensor[]) => Tensor, order: number, shapes: readonly (readonly number[])[] = [[]]): Jaxpr =>
  makeJaxpr((...xs: Tensor[]) => jet(f, xs as never, xs.map((t) => Array.from({ length: order }, (_, k) => np.multiply(t, k + 1))) as never)[1])(...shapes.map((s) => np.ones(s as number[]))).jaxpr
/** Scalar operations that the equations report. */
const work = (p: Jaxpr, name: string): number =>
  p.eqns.filter((e) => e.prim.name === name).reduce((n, e) => n + (e.prim.cost?.(e.inputs.map((a) => a.aval), e.outs.map((o) => o.aval), e.params) ?? 0), 0)

describe('tiles', () => {
  const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    product: (x) => np.multiply(x, x), quotient: (x) => np.divide(1, x), exp: np.exp, tan: np.tan, sin: np.sin, log: np.log, power: (x) => np.power(x, 1.5), atan: np.arctan,
  }
  it.each(Object.entries(functions))('%s: every element has the bits that it has alone, in float64 and float32', (_, f) => {
    const numbers = (r: unknown): number[][] => {
      const [y, terms] = r as [Tensor, Tensor[]]
      return [y, ...terms].map((t) => [np.ravel(t).toArray()].flat() as number[])
    }
    for (const array of [Float64Array, Float32Array])
      for (const m of [1, 3, 4, 7, 9]) {
        const xs = Array.from({ length: 5 }, (_v, k) => new array(Array.from({ length: m }, (_w, i) => 0.3 + 0.1 * i + 0.05 * k)))
        const all = numbers(jet(f, [xs[0]!] as never, [xs.slice(1)] as never))
        for (let i = 0; i < m; i++) {
          const own = xs.map((x) => x.slice(i, i + 1))
          expect(numbers(jet(f, [own[0]!] as never, [own.slice(1)] as never)).flat()).toEqual(all.map((t) => t[i]))
        }
      }
  })
})

describe('cost of jet', () => {
  it('a product of order d takes (d + 1)(d + 2)/2 multiplications', () => {
    for (const lanes of [1, most])
      for (const d of [0, 1, 5, 40]) {
        let multiplied = 0
        const counting = Array.from({ length: lanes * (d + 1) }, () => ({ valueOf: () => (multiplied++, 1) })) as unknown as Float64Array
        const ones = new Float64Array(lanes * (d + 1)).fill(1)
        const z = new Float64Array(lanes * (d + 1))
        product([counting, ones], [z], makeTile(lanes, lanes, d + 1), {})
        expect(multiplied).toBe((lanes * (d + 1) * (d + 2)) / 2)
        expect(multiplications(d)).toBe(multiplied / lanes)
        expect([...z]).toEqual(Array.from(z, (_, k) => Math.floor(k / lanes) + 1))
      }
    for (const d of [5, 10, 40]) expect(work(program((x, y) => np.multiply(x!, y!), d, [[3], [3]]), 'series_mul')).toBe(2 * 3 * ((d + 1) * (d + 2)) / 2)
  })
  it('a matrix product too', () => {
    const d = 6
    const dots = program((x, y) => np.matmul(x!, y!), d, [[2, 2], [2, 2]]).eqns.filter((e) => e.prim.name === 'dot_general')
    // One more for the value itself.
    expect(dots.reduce((n, e) => n + e.outs[0]!.aval.shape.reduce((a, b) => a * b, 1) / 4, 0)).toBe(((d + 1) * (d + 2)) / 2 + 1)
  })
  it('grows at most with the square of the order: equations do not grow at all, or linearly', () => {
    const f = (x?: Tensor): Tensor => np.log(np.add(2, np.divide(np.exp(np.multiply(np.sin(x!), np.tanh(x!))), np.sqrt(np.add(1, np.square(x!))))))
    const counts = [5, 10, 20, 40].map((d) => count(program((x) => f(x), d)) - d)
    expect(new Set(counts).size).toBe(1)
    const loop = (d: number): number => count(program((x) => foriLoop(0, 9, (_i, c: Tensor) => f(np.multiply(c, x!)), x!) as Tensor, d)) - d
    expect(loop(40)).toBe(loop(5))
    const cost = (d: number): number => ['series_mul', 'series_div', 'series_reciprocal', 'series_riccati', 'series_circular', 'series_pow', 'series_log'].reduce((n, name) => n + work(program((x) => f(x), d), name), 0)
    for (const [a, b] of [[5, 10], [10, 20], [20, 40]] as const) expect(Math.log2(cost(b) / cost(a))).toBeLessThanOrEqual(2)
    const matmul = (d: number): number => count(program((x) => np.matmul(x!, np.sin(x!)), d, [[2, 2]])) - d
    expect(matmul(40) - matmul(20)).toBe(2 * (matmul(20) - matmul(10)))
    const special = (d: number): number => count(program((x) => np.sinc(x!), d))
    expect(special(40) / special(20)).toBeLessThan(2.2)
  })
})

describe('jet refuses', () => {
  const f = (p: { w: Tensor; b: Tensor }): Tensor => np.add(p.w, p.b)
  const p = { w: v(1, 2), b: v(3, 4) }
  it('terms of another tree, shape or dtype, naming the leaf', () => {
    expect(() => jet(f, [p] as never, [[{ w: v(1, 2) }]] as never)).toThrow(/series\[0\]\[0\]: expected \{b: \*, w: \*\}/)
    expect(() => jet(f, [p] as never, [[p, { w: v(1), b: v(1, 2) }]] as never)).toThrow(/jet: series\[0\]\[1\]\.w: expected float64\[2\], got float64\[1\]/)
    expect(() => jet(np.sin as Scalar, [v(1)], [[Float32Array.of(1)]])).toThrow(/series\[0\]\[0\]: expected float64\[1\], got float32\[1\]/)
  })
  it('series of different lengths, or too few of them', () => {
    expect(() => jet(np.add as never, [1, 2] as never, [[1, 0], [1]] as never)).toThrow(/series\[1\] has 1 terms, series\[0\] has 2/)
    expect(() => jet(np.sin as Scalar, [1], [] as never)).toThrow(/1 primals, 0 series/)
    expect(() => jet(np.sin as Scalar, [1], [1] as never)).toThrow(/series\[0\] is no array/)
    expect(() => jet(np.sin as Scalar, 1 as never, [[1]])).toThrow(/primals must be an array/)
  })
})
