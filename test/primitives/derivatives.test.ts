/** The derivatives of the elementwise primitives over the whole range of exponents, against golden values of 400 bits. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bind, grad, jvp, makeJaxpr, nn, np, primitives, type Tensor } from '../../src/index'
import { f64, gradients } from './rules'

interface Golden {
  readonly name: string
  readonly params: { readonly y?: number }
  /** Arguments, then the partial derivatives there; infinities as text. */
  readonly rows: readonly (readonly (number | string)[])[]
}

const golden = (JSON.parse(readFileSync(new URL('../golden/derivatives.json', import.meta.url), 'utf8')) as { cases: Golden[] }).cases

const u = 2 ** -53
const least = 2 ** -1074
/**
 * How many roundings a rule may be off by, relative to derivative and `scale`, at arguments x (and y). Rules in the function's value
 * lose what that has rounded: 1 − y², y (1 − y) and y + 1 are exact to roundings of 1; e^t and x^t magnify the roundings of t.
 */
const allowed: { readonly [name: string]: { readonly scale?: number; readonly count: (x: number, y: number) => number } } = {
  tanh: { scale: 1, count: () => 6 }, logistic: { scale: 1, count: () => 6 }, expm1: { scale: 1, count: () => 6 },
  erf: { count: (x) => 6 + 2 * x * x }, erfc: { count: (x) => 6 + 2 * x * x }, erf_inv: { count: (x) => 20 - 4 * Math.log1p(-Math.abs(x)) },
  lgamma: { scale: 1, count: () => 60 }, digamma: { count: () => 60 }, sinc: { scale: 1, count: () => 40 },
  integer_pow: { count: (_x, n) => 4 + Math.abs(n) },
  logaddexp: { count: (x, y) => 8 + Math.abs(x - y) },
  pow: { count: (x, y) => 8 + Math.abs(Math.log(x)) * (1 + Math.abs(y)) },
}
const usual = { scale: 0, count: () => 8 }

describe.each(golden.map((g) => [`${g.name}${g.params.y === undefined ? '' : ` ${g.params.y}`}`, g] as const))('the derivative of %s', (_title, { name, params, rows }) => {
  it('is right wherever it is a number, in both modes', () => {
    const prim = primitives.find((p) => p.name === name)!
    const full = { ...params, ...(name === 'sinc' && { order: 0 }) }
    const n = rows[0]!.length / 2
    const column = (i: number): number[] => rows.map((r) => Number(r[i]))
    const args = Array.from({ length: n }, (_, i) => f64(column(i)))
    const one = f64(rows.map(() => 1))
    const back = gradients(prim, args, full, rows.map(() => 1))
    const off: string[] = []
    for (let i = 0; i < n; i++) {
      const f = (x: Tensor): Tensor => bind(prim, args.map((a, k) => (k === i ? x : a)), full)[0]!
      const forth = (jvp(f, [args[i]!], [one])[1] as Tensor).toArray() as number[]
      column(n + i).forEach((want, r) => {
        const { scale = 0, count } = allowed[name] ?? usual
        const bound = count(args[0]!.at(r).item() as number, params.y ?? Number(rows[r]![1])) * u * (Math.abs(want) + scale) + 8 * least
        for (const [mode, got] of [['jvp', forth[r]!], ['vjp', back[i]![r]!]] as const)
          if (!(Object.is(got, want) || Math.abs(got - want) <= bound)) off.push(`${mode} by operand ${i} at ${rows[r]!.slice(0, n).join(', ')}: ${got}, wanted ${want}`)
      })
    }
    expect(off).toEqual([])
  })
})

describe('at the edges of the domain and at infinity', () => {
  const item = (x: unknown): number => (x as Tensor).item() as number
  const [infinity, none] = [Infinity, -Infinity]
  it('second derivatives are the infinities that they tend to, not NaN, as in JAX, in every mode', () => {
    const ends: readonly (readonly [(x: Tensor) => Tensor, number, number])[] = [
      [np.arcsin, 1, infinity], [np.arcsin, -1, none], [np.arccos, 1, none], [np.arccos, -1, infinity],
      [np.arccosh, 1, none], [np.arctanh, 1, infinity], [np.arctanh, -1, none], [np.cbrt, 0, none], [np.cbrt, -0, infinity], [np.sqrt, 0, none],
    ]
    for (const [f, x, want] of ends)
      for (const mode of [(y: Tensor) => grad(grad(f))(y), (y: Tensor) => jvp(grad(f), [y], [1])[1], (y: Tensor) => grad((v: Tensor) => jvp(f, [v], [1])[1])(y), (y: Tensor) => jvp((v: Tensor) => jvp(f, [v], [1])[1], [y], [1])[1]])
        expect([f.name, x, item(mode(np.array(x)))]).toEqual([f.name, x, want])
  })
  it('hypot tends to the direction', () => {
    const g = (x: number, y: number): number[] => grad(np.hypot as (x: Tensor, y: Tensor) => Tensor, { argnums: [0, 1] })(x, y).map(item)
    expect([g(0, infinity), g(3, none), g(infinity, none), g(0, 0)]).toEqual([[0, 1], [0, -1], [Math.SQRT1_2, -Math.SQRT1_2], [0, 0]])
    expect(g(NaN, 1)).toEqual([NaN, NaN])
  })
  it('the derivatives of logsumexp are shares of the largest: an infinity takes all', () => {
    const share = (...x: number[]): unknown => grad(nn.logsumexp as (x: Tensor) => Tensor)(np.array(x)).toArray()
    expect([share(none, 0), share(infinity, 0), share(infinity, infinity, none), share(none, none)]).toEqual([[0, 1], [1, 0], [0.5, 0.5, 0], [0, 0]])
    expect(nn.softmax([infinity, 3, infinity]).toArray()).toEqual([0.5, 0, 0.5])
    expect(nn.logSoftmax([0, infinity]).toArray()).toEqual([none, 0])
    expect(share(NaN, 0)).toEqual([NaN, NaN])
  })
  it('excess has the derivatives of the difference, also where both operands are the same infinity', () => {
    const prim = primitives.find((p) => p.name === 'excess')!
    const [x, y] = [f64([infinity, none, 3, infinity]), f64([infinity, none, 1, 0])]
    expect(bind(prim, [x, y], {})[0]!.toArray()).toEqual([0, 0, 2, infinity])
    expect(gradients(prim, [x, y], {}, [1, 2, 3, 4])).toEqual([[1, 2, 3, 4], [-1, -2, -3, -4]])
  })
  it('a reciprocal has the derivative of the quotient without another division, whatever other numerators were met before', () => {
    const quotient = (c: number) => (x: Tensor): Tensor => np.divide(c, x)
    for (const c of [1, 3, 1, -1, 1]) for (let i = 0; i < 4; i++) expect(Number(grad(quotient(c))(2))).toBe(-c / 4)
    expect(grad((c: Tensor, x: Tensor) => np.divide(c, x), { argnums: [0, 1] })(1, 2).map(item)).toEqual([0.5, -0.25])
    expect(Number(grad(grad(quotient(1)))(2))).toBe(0.25)
    for (let e = -1022; e < 1022; e++) {
      const x = 1.37 * 2 ** e
      const [got, want] = [Number(grad(quotient(1))(x)), -(1 / x) / x]
      expect(Object.is(got, want) || Math.abs(got - want) <= 4 * u * Math.abs(want) + least, `${got}, not ${want} at ${x}`).toBe(true)
    }
    expect(String(makeJaxpr(grad(quotient(1)))(2)).match(/\bdiv\b/g)).toHaveLength(1)
  })
})
