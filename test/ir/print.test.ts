import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { holding } from '../../src/ir/held'
import { explain, letters, printAval, printEqn, printJaxpr } from '../../src/ir/print'
import { aval, freshVar, lit, type Aval, type Eqn, type Jaxpr } from '../../src/ir/types'
import { add, integerPow, mul } from '../../src/primitives/elementwise/arithmetic'
import { definePrimitive } from '../../src/primitives/define'
import { ops } from '../../src/primitives/core'
import { sin } from '../../src/numpy/trigonometry'
import { engine } from '../../src/primitives/core'
import { stage } from '../../src/trace/bind'
import type { Tensor } from '../../src/trace/tensor'
import { parseJaxpr } from './notation'

/** Title → program. JAX's default integers have 64 bits, ours 32. */
const golden = new Map(
  readFileSync('test/golden/jaxprs.txt', 'utf8')
    .split(/^# /m)
    .slice(1)
    .map((block) => [block.slice(0, block.indexOf('\n')), block.slice(block.indexOf('\n') + 1).replace(/\n+$/, '').replaceAll('i64[', 'i32[')] as const),
)

const scalar = aval([], 'float64')
const vector = aval([3], 'float64')
const matrix = aval([2, 3], 'float64')
const np = engine.vocabulary

const staged = (f: (...xs: Tensor[]) => readonly Tensor[], ...avals: readonly Aval[]): Jaxpr => stage(engine, 'makeJaxpr', avals, null, (xs) => f(...xs)).jaxpr

describe('printJaxpr', () => {
  it.each([...golden])('lays out "%s" as JAX does', (_, text) => {
    expect(printJaxpr(parseJaxpr(text))).toBe(text)
  })

  it.each<[string, Jaxpr]>([
    ['sin', staged((x) => [sin(x)], scalar)],
    ['x * 2 + 1', staged((x) => [x.mul(2).add(1)], scalar)],
    ['x * 2 + 1 of a vector', staged((x) => [x.mul(2).add(1)], vector)],
    ['max', staged((x) => [ops.reduceMax(x, [1])], matrix)],
    ['identity', staged((x) => [x], scalar)],
    ['two results, a dictionary', staged((x) => [x.add(1), x.mul(2)], vector)],
    ['unused argument', staged((_x, y) => [sin(y)], scalar, scalar)],
    ['a literal result', { inputs: [freshVar(scalar)], constCount: 0, eqns: [], outs: [lit(3, scalar)] }],
  ])('prints our "%s" as JAX does', (title, jaxpr) => {
    expect(printJaxpr(jaxpr)).toBe(golden.get(title))
  })

  it('has captured values before the semicolon', () => {
    const x = ops.iota([3], 'float64', 0)
    expect(printJaxpr(staged((y) => [np.add(y, x)], vector))).toBe(golden.get('closure over an array'))
  })

  it('shows literals as NumPy does', () => {
    const outs = [lit(1e-5, scalar), lit(NaN, scalar), lit(-0, scalar), lit(-7, aval([], 'int32')), lit(1, aval([], 'bool')), lit(Math.fround(0.1), aval([], 'float32', true))]
    const print = (of: typeof outs): string => printJaxpr({ inputs: [], constCount: 0, eqns: [], outs: of })
    expect(print(outs.slice(0, 3))).toBe('{ lambda ; . let  in (1e-05:f64[], nan:f64[], -0.0:f64[]) }')
    expect(print(outs.slice(3))).toBe('{ lambda ; . let  in (-7:i32[], True:bool[], 0.1:f32[]) }')
  })

  it('prints a program that is held twice once', () => {
    const x = freshVar(scalar)
    const y = freshVar(scalar)
    const inner: Jaxpr = { inputs: [x], constCount: 0, eqns: [{ prim: mul, inputs: [x, x], params: {}, outs: [y] }], outs: [y] }
    const call = definePrimitive({ ...add, name: 'call', programs: holding((p: { jaxpr: Jaxpr }) => [p.jaxpr]) })
    const [a, b, c] = [freshVar(scalar), freshVar(scalar), freshVar(scalar)]
    const eqn = (i: typeof a, o: typeof a): Eqn => ({ prim: call, inputs: [i], params: { jaxpr: inner, name: 'square' }, outs: [o] })
    expect(printJaxpr({ inputs: [a], constCount: 0, eqns: [eqn(a, b), eqn(b, c)], outs: [c] })).toMatchInlineSnapshot(`
      "let square = { lambda ; a:f64[]. let b:f64[] = mul a a in (b,) } in
      { lambda ; c:f64[]. let
          d:f64[] = call[name=square jaxpr=square] c
          e:f64[] = call[name=square jaxpr=square] d
        in (e,) }"
    `)
  })

  it('shows every kind of parameter, or what the primitive says', () => {
    const x = freshVar(scalar)
    const print = (params: Eqn['params'], more = {}): string =>
      printEqn({ prim: definePrimitive({ ...add, ...more }), inputs: [x], params, outs: [freshVar(scalar)] })
    expect(print({ axes: [0], dims: [[1, 2], []], on: true, none: null, f: Math.sin, rate: 0.5, bound: -Infinity, kind: 'add' })).toMatchInlineSnapshot(`
      "a:f64[] = add[
        axes=(0,)
        bound=-inf
        dims=((1, 2), ())
        f=sin
        kind=add
        none=None
        on=True
        rate=0.5
      ] b"
    `)
    expect(print({ record: { x: 1, y: [2] }, map: new Map(), data: Float64Array.of(1, 2) })).toBe('a:f64[] = add[data=[1. 2.] map=<Map> record={x: 1, y: (2,)}] b')
    expect(print({ y: 2 }, { showParams: () => null })).toBe('a:f64[] = add b')
    expect(print({ y: 2 }, { showParams: (p: { y: number }) => ({ power: `${p.y}!` }) })).toBe('a:f64[] = add[power=2!] b')
  })
})

describe('letters', () => {
  it('counts in base 26', () => expect([0, 25, 26, 27, 701, 702].map(letters)).toEqual(['a', 'z', 'ba', 'bb', 'baz', 'bba']))
})

describe('printAval', () => {
  it('is short', () => expect(printAval(aval([2, 3], 'bool', true))).toBe('bool[2,3]'))
})

describe('explain', () => {
  const long = staged((x) => {
    let y = x
    for (let i = 0; i < 20; i++) y = sin(y)
    return [y]
  }, scalar)

  it('shows an equation among its ten neighbours', () => {
    expect(explain(long, 8, 'is wrong')).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[]. let
          … 3 more equations
          e:f64[] = sin d
          f:f64[] = sin e
          g:f64[] = sin f
          h:f64[] = sin g
          i:f64[] = sin h
          j:f64[] = sin i
          ^^^ is wrong
          k:f64[] = sin j
          l:f64[] = sin k
          m:f64[] = sin l
          n:f64[] = sin m
          o:f64[] = sin n
          … 6 more equations
        in (u,) }"
    `)
  })

  it('shows a short program whole', () => {
    const x = freshVar(vector)
    const y = freshVar(vector)
    const jaxpr: Jaxpr = { inputs: [x], constCount: 0, eqns: [{ prim: integerPow, inputs: [x], params: { y: 3 }, outs: [y] }], outs: [y] }
    expect(explain(jaxpr, 0, 'here')).toMatchInlineSnapshot(`
      "{ lambda ; a:f64[3]. let
          b:f64[3] = integer_pow[y=3] a
          ^^^ here
        in (b,) }"
    `)
    expect(printEqn(jaxpr.eqns[0]!, jaxpr)).toBe('b:f64[3] = integer_pow[y=3] a')
  })
})
