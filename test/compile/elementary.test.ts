/**
 * Elementary functions on every backend: their errors in units of the last place, their values at the edges, and laws.
 *
 * The values are mpmath's (test/golden/make_elementary.py). All backends give the same bits, so the errors are one number each.
 */
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { backends, jit, nn, np, type BackendName, type Tensor } from 'adjoint'
import { functions, polygamma as functionsOf } from '../../src/compile/math/functions'
import { onNumber, onTwo } from '../../src/compile/scalar'
import { isLaneByLane } from '../../src/compile/wasm/operations'
import { apply } from '../../src/numpy/arguments'
import { populationCount } from '../../src/primitives/elementwise/rounding'
import { digamma, erf, erfc, erfinv, lgamma, polygamma } from '../../src/primitives/elementwise/special'

type Row = readonly (number | string)[]
const golden = JSON.parse(readFileSync('test/golden/elementary.json', 'utf8')) as { cases: readonly { name: string; rows: readonly Row[] }[] }

type Function1 = (x: Tensor) => Tensor
type Function2 = (x: Tensor, y: Tensor) => Tensor
const one: Record<string, Function1> = {
  sqrt: np.sqrt, cbrt: np.cbrt, exp: np.exp, exp2: np.exp2, expm1: np.expm1, log: np.log, log1p: np.log1p, log2: np.log2, log10: np.log10,
  sin: np.sin, cos: np.cos, tan: np.tan, asin: np.arcsin, acos: np.arccos, atan: np.arctan,
  sinh: np.sinh, cosh: np.cosh, tanh: np.tanh, asinh: np.arcsinh, acosh: np.arccosh, atanh: np.arctanh,
  sigmoid: nn.sigmoid, erf: (x) => apply(erf, [x]), erfc: (x) => apply(erfc, [x]), erfinv: (x) => apply(erfinv, [x]),
  lgamma: (x) => apply(lgamma, [x]), digamma: (x) => apply(digamma, [x]), trigamma: (x) => apply(polygamma, [x], { n: 1 }),
}
const two: Record<string, Function2> = { pow: np.power, atan2: np.arctan2, hypot: np.hypot }

/** Allowed errors, in units of the last place. */
const bound = (name: string): number => (['exp', 'log', 'sin', 'cos', 'sqrt', 'cbrt'].includes(name) ? 1 : 2)

/** The unit in the last place of a double. */
function unit(x: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(x))
  return 2 ** Math.max(Number(view.getBigUint64(0) >> 52n) - 1075, -1074)
}

/** How far a result is from the value, which is `rest` units beyond the double nearest to it. */
const error = (got: number, value: number, rest: number): number =>
  got === value ? Math.abs(rest) : Number.isFinite(value) && Number.isFinite(got) ? Math.abs((got - value) / unit(value) - rest) : Infinity

const names = backends.map((b) => b.name as BackendName)
const run = (f: Function1 | Function2, backend: BackendName | undefined, columns: readonly Float64Array[]): Float64Array => {
  const g = (backend === undefined ? f : jit(f as never, { backend })) as (...xs: Tensor[]) => Tensor
  return g(...columns.map((c) => np.array(c))).data() as Float64Array
}

describe('errors', () => {
  it.each(golden.cases.map(({ name, rows }) => [name, rows] as const))('%s', (name, rows) => {
    const arity = rows[0].length - 2
    const columns = Array.from({ length: arity }, (_, k) => Float64Array.from(rows, (r) => Number(r[k])))
    const f = arity === 1 ? one[name] : two[name]
    const eager = run(f, undefined, columns)
    rows.forEach((row, i) => {
      const e = error(eager[i], Number(row[arity]), Number(row[arity + 1]))
      expect(e, `${name}(${columns.map((c) => c[i]).join()}) = ${eager[i]}, not ${row[arity]}: ${e} ulp`).toBeLessThanOrEqual(bound(name))
    })
    for (const backend of names) {
      expect(run(f, backend, columns), backend).toEqual(eager)
      // Numbers, not arrays, go other ways.
      for (let i = 0; i < rows.length; i += 17) {
        const g = jit(f as never, { backend }) as unknown as (...xs: number[]) => Tensor
        expect(Object.is(g(...columns.map((c) => c[i])).item(), eager[i]), `${backend}, ${name}(${columns.map((c) => c[i]).join()})`).toBe(true)
      }
    }
  })
})

describe('bits', () => {
  // Arrays of usual numbers, so that backends which take several at a time do.
  const usual = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 65, maxLength: 65 }).map((xs) => Float64Array.from(xs))
  it.each([...Object.keys(one), ...Object.keys(two)])('%s', (name) => {
    expect.hasAssertions()
    const apart = Object.fromEntries(names.map((backend) => [backend, jit((one[name] ?? two[name]) as never, { backend }) as unknown as Function2]))
    fc.assert(
      fc.property(usual, usual, (xs, ys) => {
        for (const [x, y] of name in one ? [[xs, ys]] : [[xs, ys], [xs.map(Math.abs), ys]]) {
          const columns = (name in one ? [x] : [x, y]).map((c) => np.array(c)) as [Tensor, Tensor]
          const eager = ((one[name] ?? two[name]) as Function2)(...columns).data()
          for (const backend of names) expect(apart[backend](...columns).data(), backend).toEqual(eager)
        }
      }),
      { numRuns: 20 },
    )
  })
})

/** The functions on numbers. */
const f = Object.fromEntries(Object.entries(functions).map(([name, code]) => [name, code.length > 5 ? onTwo(code as never, 'float64') : onNumber(code as never)])) as Record<string, (...xs: number[]) => number>

describe('pairs', () => {
  // Neighbours in an array are the lanes of a pair, each of a range of its own.
  const any = fc.oneof(fc.double(), fc.double({ min: -1, max: 1 }), fc.double({ min: 1, max: 1.001 }), fc.double({ min: -30, max: 30 }), fc.double({ min: -1e-300, max: 1e-300 }), fc.constantFrom(0, -0, 1, -1, 1e150, 6, 28))
  const column = fc.array(any, { minLength: 33, maxLength: 33 }).map((xs) => Float64Array.from(xs))
  it.each([...Object.keys(one), ...Object.keys(two)].filter((name) => name in functions))('%s has the bits of the function on numbers', (name) => {
    expect.hasAssertions()
    const g = jit((one[name] ?? two[name]) as never, { backend: 'wasm' }) as unknown as Function2
    fc.assert(
      fc.property(column, column, (x, y) => {
        const columns = name in one ? [x] : [x, y]
        expect(g(...(columns.map((c) => np.array(c)) as [Tensor, Tensor])).data()).toEqual(x.map((_, i) => f[name](...columns.map((c) => c[i]))))
      }),
      { numRuns: 100 },
    )
  })
  it.each([1, 2, 3, 4, 7, 12])('polygamma of order %i has the bits of the function on numbers, and does not go through JavaScript', (n) => {
    const code = functionsOf(n)[`polygamma${n}`]!
    expect(functionsOf(n)[`polygamma${n}`]).toBe(code)
    expect(isLaneByLane({ _tag: 'Function', name: `polygamma${n}`, code, rounding: undefined })).toBe(false)
    const g = jit((x: Tensor) => apply(polygamma, [x], { n }), { backend: 'wasm' })
    fc.assert(
      fc.property(column, (x) => {
        expect(g(np.array(x)).data()).toEqual(x.map(onNumber(code)))
      }),
      { numRuns: 60 },
    )
  })
  it('orders of polygamma are functions of their own within one program', () => {
    const x = np.array([0.3, 1, 2.5, 7, 40])
    const of = (n: number): Tensor => apply(polygamma, [x], { n })
    for (const backend of names) expect((jit((v: Tensor) => [1, 2, 3].map((n) => apply(polygamma, [v], { n })), { backend })(x) as Tensor[]).map((t) => t.data())).toEqual([1, 2, 3].map((n) => of(n).data()))
  })
  it('popcount counts the bits of integers of both kinds, of any length', () => {
    const bits = (v: number): number => (v >>> 0).toString(2).replaceAll('0', '').length
    fc.assert(
      fc.property(fc.constantFrom('int32' as const, 'uint32' as const), fc.array(fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(0, -1, 1, 2 ** 31 - 1, -(2 ** 31))), { maxLength: 40 }), (dtype, xs) => {
        const x = np.array(dtype === 'int32' ? Int32Array.from(xs) : Uint32Array.from(xs))
        for (const backend of names) expect(Array.from((jit((v: Tensor) => apply(populationCount, [v]), { backend })(x) as Tensor).data())).toEqual(xs.map(bits))
      }),
      { numRuns: 60 },
    )
  })
  it.each(Object.keys(functions).filter((name) => name !== 'nextafter'))('%s does not go through JavaScript', (name) => {
    const code = functions[name as 'exp']
    expect(isLaneByLane({ _tag: 'Function', name: name as 'exp', code, rounding: undefined })).toBe(false)
  })
  it.each([...Object.keys(one), ...Object.keys(two)])('%s takes NaN of any bits', (name) => {
    const bits = BigUint64Array.from({ length: 33 }, (_, i) => (i % 2 === 0 ? 0x7ff8n : 0xfff8n) << 48n | (0x0fffffffn << BigInt(i % 20)))
    const x = np.array(new Float64Array(bits.buffer))
    const g = jit((one[name] ?? two[name]) as never, { backend: 'wasm' }) as unknown as Function2
    expect(g(x, ...((name in one ? [] : [x]) as [Tensor])).data()).toEqual(new Float64Array(33).fill(NaN))
  })
})

describe('edges', () => {
  const { PI, SQRT1_2 } = Math
  const all: Record<string, readonly (readonly [x: number, value: number])[]> = {
    cbrt: [[0, 0], [-0, -0], [Infinity, Infinity], [-Infinity, -Infinity], [-8, -2]],
    exp: [[0, 1], [-0, 1], [Infinity, Infinity], [-Infinity, 0], [710, Infinity], [-746, 0], [1e308, Infinity]],
    expm1: [[0, 0], [-0, -0], [Infinity, Infinity], [-Infinity, -1], [710, Infinity], [-50, -1]],
    log: [[0, -Infinity], [-0, -Infinity], [1, 0], [-1, NaN], [Infinity, Infinity], [-Infinity, NaN]],
    log1p: [[0, 0], [-0, -0], [-1, -Infinity], [-2, NaN], [Infinity, Infinity], [-Infinity, NaN]],
    log2: [[0, -Infinity], [-0, -Infinity], [1, 0], [-1, NaN], [Infinity, Infinity], [-Infinity, NaN]],
    log10: [[0, -Infinity], [-0, -Infinity], [1, 0], [-1, NaN], [Infinity, Infinity], [-Infinity, NaN]],
    sin: [[0, 0], [-0, -0], [Infinity, NaN], [-Infinity, NaN]],
    cos: [[0, 1], [-0, 1], [Infinity, NaN], [-Infinity, NaN]],
    tan: [[0, 0], [-0, -0], [Infinity, NaN], [-Infinity, NaN]],
    asin: [[0, 0], [-0, -0], [1, PI / 2], [-1, -PI / 2], [1.1, NaN], [-Infinity, NaN]],
    acos: [[0, PI / 2], [-0, PI / 2], [1, 0], [-1, PI], [1.1, NaN], [-Infinity, NaN], [SQRT1_2, 0.7853981633974483]],
    atan: [[0, 0], [-0, -0], [1, PI / 4], [Infinity, PI / 2], [-Infinity, -PI / 2]],
    sinh: [[0, 0], [-0, -0], [Infinity, Infinity], [-Infinity, -Infinity], [711, Infinity], [-1e308, -Infinity]],
    cosh: [[0, 1], [-0, 1], [Infinity, Infinity], [-Infinity, Infinity], [711, Infinity], [-1e308, Infinity]],
    tanh: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [20, 1]],
    asinh: [[0, 0], [-0, -0], [Infinity, Infinity], [-Infinity, -Infinity]],
    acosh: [[1, 0], [0.9, NaN], [-2, NaN], [Infinity, Infinity], [-Infinity, NaN]],
    atanh: [[0, 0], [-0, -0], [1, Infinity], [-1, -Infinity], [1.1, NaN], [Infinity, NaN]],
    sigmoid: [[0, 0.5], [-0, 0.5], [Infinity, 1], [-Infinity, 0], [800, 1], [-800, 0]],
    erfc: [[0, 1], [-0, 1], [Infinity, 0], [-Infinity, 2], [1e-300, 1], [27.3, 0], [1e300, 0], [-1e300, 2], [-7, 2]],
    erfinv: [[0, 0], [-0, -0], [1, Infinity], [-1, -Infinity], [1.1, NaN], [-Infinity, NaN], [5e-324, 5e-324], [1 - 2 ** -53, 5.863584748755168]],
    lgamma: [[1, 0], [2, 0], [3, Math.LN2], [0, Infinity], [-0, Infinity], [-1, Infinity], [-20, Infinity], [Infinity, Infinity], [-Infinity, -Infinity], [1e306, Infinity], [-1e300, Infinity], [-5e-324, 744.4400719213812]],
    digamma: [[0, -Infinity], [-0, Infinity], [-1, NaN], [-20, NaN], [Infinity, Infinity], [-Infinity, NaN], [-1e300, NaN], [1, -0.5772156649015329]],
    trigamma: [[0, Infinity], [-0, Infinity], [-1, Infinity], [Infinity, 0], [-Infinity, NaN], [1, PI ** 2 / 6], [1e-200, Infinity]],
    erf: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [5.93, 1], [-28, -1], [5e-324, 5e-324]],
  }
  it.each(Object.keys(all))('%s', (name) => {
    const rows = [...all[name], [NaN, NaN] as const]
    for (const backend of [undefined, ...names]) expect(Array.from(run(one[name], backend, [Float64Array.from(rows, ([x]) => x)])), backend).toEqual(rows.map(([, y]) => y))
  })

  /** IEEE 754-2008, 9.2.1. */
  const power = (x: number, y: number): number | undefined => {
    const odd = Math.abs(y % 2) === 1
    const negative = x < 0 || Object.is(x, -0)
    if (y === 0 || x === 1) return 1
    if (Number.isNaN(x) || Number.isNaN(y)) return NaN
    if (x === -1 && !Number.isFinite(y)) return 1
    if (x < 0 && Number.isFinite(x) && Number.isFinite(y) && !Number.isInteger(y)) return NaN
    const big = (Math.abs(x) > 1) === (y > 0)
    if (x === 0 || !Number.isFinite(x) || !Number.isFinite(y)) return (negative && odd ? -1 : 1) * (big ? Infinity : 0)
    return undefined
  }
  const values = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, Infinity, -Infinity, NaN, 1e308, -1e308, 5e-324, -5e-324, 2 ** 53, -(2 ** 53), 2 ** 52 + 1, 0.9999999999999999, 1.0000000000000002]
  const pairs = values.flatMap((x) => values.map((y) => [x, y] as const))
  const x = Float64Array.from(pairs, ([v]) => v)
  const y = Float64Array.from(pairs, ([, v]) => v)
  it.each(['pow', 'atan2', 'hypot'])('%s', (name) => {
    const eager = run(two[name], undefined, [x, y])
    pairs.forEach(([a, b], i) => {
      const usual = name === 'pow' ? Math.pow(a, b) : name === 'atan2' ? Math.atan2(a, b) : Math.hypot(a, b)
      const want = (name === 'pow' ? power(a, b) : undefined) ?? usual
      expect(Object.is(eager[i], want) || Math.abs(eager[i] - want) <= 2 * unit(want), `${name}(${a}, ${b}) = ${eager[i]}, not ${want}`).toBe(true)
    })
    for (const backend of names) expect(run(two[name], backend, [x, y]), backend).toEqual(eager)
  })
})

const holds = <T>(of: fc.Arbitrary<T>, claim: (x: T) => void): void => {
  fc.assert(fc.property(of, claim), { numRuns: 500 })
}

describe('laws', () => {
  const any = fc.double({ noNaN: true })
  it.each(['cbrt', 'expm1', 'log1p', 'log2', 'log10', 'exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'])('%s is the engine’s to a few units', (name) => {
    expect.hasAssertions()
    // Engines differ from the value by two units at most.
    holds(fc.oneof(any, fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -750, max: 750, noNaN: true })), (x) => {
      const want = Math[name as 'exp'](x)
      const got = f[name](x)
      expect(Object.is(got, want) || Math.abs(got - want) <= 4 * unit(want), `${name}(${x}) = ${got}, not ${want}`).toBe(true)
    })
  })
  it.each(['cbrt', 'sin', 'tan', 'asin', 'atan', 'sinh', 'tanh', 'asinh', 'atanh', 'erf', 'erfinv'])('%s is odd, to the bit', (name) => {
    expect.hasAssertions()
    holds(any, (x) => {
      expect(f[name](-x)).toBe(-f[name](x))
    })
  })
  it.each(['cos', 'cosh'])('%s is even, to the bit', (name) => {
    expect.hasAssertions()
    holds(any, (x) => {
      expect(f[name](-x)).toBe(f[name](x))
    })
  })
  it.each(['cbrt', 'log', 'log2', 'log10', 'log1p', 'atan', 'asinh', 'acosh', 'sinh', 'tanh', 'exp', 'expm1', 'erf', 'erfinv'])('%s does not fall by more than its error', (name) => {
    expect.hasAssertions()
    holds(fc.tuple(any, any), ([a, b]) => {
      const [low, high] = [f[name](Math.min(a, b)), f[name](Math.max(a, b))]
      if (low === low && high === high) expect(low <= high || low - high <= 2 * unit(low)).toBe(true)
    })
  })
  it('lgamma and digamma obey their recurrences and reflections, to a few units of their terms', () => {
    expect.hasAssertions()
    holds(fc.oneof(fc.double({ min: 1e-3, max: 60, noNaN: true }), fc.double({ min: -30, max: -1e-3, noNaN: true })), (x) => {
      if (Math.abs(x - Math.round(x)) < 1e-6) return
      const close = (got: number, want: number, terms: readonly number[]): void => expect(Math.abs(got - want)).toBeLessThanOrEqual(2 ** -50 * terms.reduce((sum, t) => sum + Math.abs(t), 1))
      const [l, next, log] = [f.lgamma(x), f.lgamma(x + 1), f.log(Math.abs(x))]
      const slope = 1 + Math.abs(x) * Math.abs(f.digamma(x))
      close(next, l + log, [l, next, log, slope])
      const [d, after, part] = [f.digamma(x), f.digamma(x + 1), 1 / x]
      close(after, d + part, [d, after, part, Math.abs(x) * Math.abs(Math.PI / Math.sin(Math.PI * x)) ** 2])
    })
  })
  it('erfinv is the inverse of erf', () => {
    expect.hasAssertions()
    holds(fc.double({ min: -1, max: 1, noNaN: true, minExcluded: true, maxExcluded: true }), (x) => {
      // Half of the spacing of y, seen through the slope of erf.
      const y = f.erfinv(x)
      expect(Math.abs(f.erf(y) - x)).toBeLessThanOrEqual(4 * unit(x) + 4 * unit(y) * 1.13 * f.exp(-y * y))
    })
  })
  it('are exact where the value is a small number', () => {
    for (let n = -1074; n < 1024; n++) {
      expect(f.log2(2 ** n)).toBe(n)
      expect(f.pow(2, n)).toBe(2 ** n)
    }
    for (let n = 0, x = 1; n <= 22; n++, x *= 10) {
      expect(f.log10(x)).toBe(n)
      expect(f.pow(10, n)).toBe(x)
    }
    for (let n = 1; n < 3000; n++) {
      expect(f.cbrt(n * n * n)).toBe(n)
      expect(f.hypot(3 * n, 4 * n)).toBe(5 * n)
      expect(f.pow(n, 3)).toBe(n * n * n)
      expect(f.pow(n * n, 0.5)).toBe(n)
    }
  })
  it('x^1 and x^2 are exact where a double holds them', () => {
    expect.hasAssertions()
    holds(fc.tuple(fc.integer({ min: -94906265, max: 94906265 }), fc.constantFrom(1, 2)), ([x, n]) => {
      expect(f.pow(x, n)).toBe(n === 1 ? x : x * x)
    })
  })
  it.each(Object.keys(functions).filter((n) => functions[n as 'exp'].length === 5))('%s works in place and within longer arrays, and gives each element the same bits', (name) => {
    const code = functions[name as 'exp']
    const x = Float64Array.from({ length: 9 }, (_, i) => i / 3 - 0.9)
    const alone = x.map((v) => f[name](v))
    const y = Float64Array.from([7, ...x, 7])
    code(y, 1, y, 1, 9)
    expect(y).toEqual(Float64Array.from([7, ...alone, 7]))
  })
  it.each(['pow', 'atan2', 'hypot'])('%s takes vectors and single numbers, in place of either operand', (name) => {
    const code = functions[name as 'pow']
    const x = Float64Array.from({ length: 9 }, (_, i) => i / 3 + 0.1)
    const y = x.map((v) => 3 - v)
    const want = x.map((v, i) => f[name](v, y[i]))
    const [first, second] = [x.slice(), y.slice()]
    code(first, 0, first, 0, 1, y, 0, 1, 9, 'float64')
    code(second, 0, x, 0, 1, second, 0, 1, 9, 'float64')
    expect(first).toEqual(want)
    expect(second).toEqual(want)
    const out = new Float64Array(9)
    code(out, 0, x, 4, 0, y, 0, 1, 9, 'float64')
    expect(out).toEqual(y.map((v) => f[name](x[4], v)))
  })
})
