/** Every scalar operation and dtype, on registers and on blocks, with vectors and scalars as operands, against its meaning. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Backend } from '../../src/compile/backend'
import { closure } from '../../src/compile/closure/backend'
import { direct } from '../../src/compile/direct/backend'
import { functions } from '../../src/compile/math/functions'
import { applyBinary, applyInteger, applyUnary, convertNumber, exactBinary, exactUnary, opsWith, roundEven } from '../../src/compile/scalar'
import { allocate, coerce, dtypes, isFloat, type DType, type TypedArray } from '../../src/data/dtype'
import type { BinaryFunction, BinaryOp, Expr, Functions, ScalarOps, UnaryFunction, UnaryOp } from '../../src/ir/kernel'
import { aval, freshVar, lit, type Atom, type Jaxpr, type Primitive } from '../../src/ir/types'
import { neg } from '../../src/primitives/elementwise/arithmetic'
import { elementwise } from '../../src/primitives/words'

/** More than a block, so that unrolled loops and their tails both run. */
const n = 1030

const special: Record<DType, readonly number[]> = {
  float64: [0, -0, 1, -1, 2, 0.5, -0.5, 1.5, 2.5, -2.5, NaN, Infinity, -Infinity, 1e-310, -5e-324, 1e308, -1e308, 709.8, -745.2, 3e5, 1e22, 2147483648.5, -2147483649, 4294967296, 31, 32, 33],
  float32: [0, -0, 1, -1, 2, 0.5, -2.5, NaN, Infinity, -Infinity, 1e-45, 3.4028234663852886e38, 88, -104, 16777217].map(Math.fround),
  int32: [0, 1, -1, 2, -2, 3, 7, 31, 32, 33, -31, 2147483647, -2147483648, 65537, -65537, 46341],
  uint32: [0, 1, 2, 3, 7, 31, 32, 33, 2147483647, 2147483648, 4294967295, 65537],
  bool: [0, 1],
}
const table: Record<DType, TypedArray> = Object.fromEntries(dtypes.map((d) => {
  const a = allocate(d, n)
  for (let i = 0; i < n; i++) a[i] = i % 3 === 0 ? special[d][(i / 3) % special[d].length] : coerce(d, isFloat(d) ? Math.sin(i * 12.9898) * 10 ** (i % 7 - 3) : Math.imul(i, 2654435761) >> (i % 29))
  return [d, a]
})) as Record<DType, TypedArray>

const ofTwo: ReadonlySet<string> = new Set<BinaryFunction>(['pow', 'atan2', 'hypot', 'nextafter'])
const names = Object.keys(functions) as (keyof Functions)[]
const unaryOps = [...Object.keys(exactUnary), ...names.filter((op) => !ofTwo.has(op))] as UnaryOp[]
const binaryOps = [...Object.keys(exactBinary), ...names.filter((op) => ofTwo.has(op))] as BinaryOp[]
const scalarOps = opsWith(functions)

const primitive = (kernel: Primitive['kernel']): Primitive => ({ ...neg, kernel })

let backend: Backend = closure

/** One equation on arrays and scalars: its result. */
function run(expr: (s: ScalarOps, ...xs: Expr[]) => Expr, operands: readonly { dtype: DType; value: TypedArray | number }[], out: DType): TypedArray | number {
  const inputs = operands.map(({ dtype, value }) => freshVar(aval(typeof value === 'number' ? [] : [value.length], dtype)))
  const size = operands.find((o) => typeof o.value !== 'number')
  const result = freshVar(aval(size ? [(size.value as TypedArray).length] : [], out))
  const p: Jaxpr = { inputs, constCount: 0, eqns: [{ prim: primitive(elementwise(expr)), inputs, params: {}, outs: [result] }], outs: [result] }
  return backend.compile(p).run(operands.map((o) => o.value))[0]
}

function same(got: TypedArray | number, want: (i: number) => number, what: string): void {
  const list = typeof got === 'number' ? [got] : got
  for (let i = 0; i < list.length; i++) if (!Object.is(list[i], want(i))) expect.fail(`${what}, element ${i}: ${list[i]} instead of ${want(i)}`)
}

/** What an operation takes: the others have no meaning for a dtype. */
const logical = new Set<string>(['not', 'and', 'or', 'xor'])
const bitwise = new Set<string>(['bitNot', 'popcount', 'clz', 'bitAnd', 'bitOr', 'bitXor', 'shiftLeft', 'shiftRight', 'shiftRightLogical'])
const integral = new Set<string>(['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'add', 'sub', 'mul', 'div', 'rem', 'pow', 'min', 'max', 'lt', 'le', 'eq', 'ne'])
const takes = (op: string, d: DType): boolean =>
  d === 'bool' ? logical.has(op) || ['eq', 'ne', 'lt', 'le', 'min', 'max'].includes(op) : isFloat(d) ? !bitwise.has(op) && !logical.has(op) : bitwise.has(op) || integral.has(op)

describe.each([closure, direct])('scalar operations: $name', (each) => {
  beforeEach(() => void (backend = each))
  for (const op of unaryOps)
    it(op, () => {
      for (const d of dtypes) {
        if (!takes(op, d)) continue
        const { dtype: out } = scalarOps[op]({ _tag: 'Arg', index: 0, dtype: d })
        const f = applyUnary(op, d, out, (functions as Functions)[op as UnaryFunction])
        const x = table[d]
        same(run((s, a) => s[op](a), [{ dtype: d, value: x }], out), (i) => coerce(out, f(x[i])), `${op} of ${d}`)
        for (const v of special[d]) same(run((s, a) => s[op](a), [{ dtype: d, value: v }], out), () => coerce(out, f(v)), `${op} of ${d} ${v}`)
      }
    })
  for (const op of binaryOps)
    it(op, () => {
      for (const d of dtypes) {
        if (!takes(op, d)) continue
        const { dtype: out } = scalarOps[op]({ _tag: 'Arg', index: 0, dtype: d }, 0)
        const f = applyBinary(op, d, out, functions[op as BinaryFunction])
        const x = table[d]
        const y = x.slice().reverse()
        same(run((s, a, b) => s[op](a, b), [{ dtype: d, value: x }, { dtype: d, value: y }], out), (i) => coerce(out, f(x[i], y[i])), `${op} of ${d}`)
        for (const v of special[d].slice(0, 12)) {
          same(run((s, a, b) => s[op](a, b), [{ dtype: d, value: x }, { dtype: d, value: v }], out), (i) => coerce(out, f(x[i], v)), `${op} of ${d} and ${v}`)
          same(run((s, a, b) => s[op](a, b), [{ dtype: d, value: v }, { dtype: d, value: x }], out), (i) => coerce(out, f(v, x[i])), `${op} of ${v} and ${d}`)
          same(run((s, a, b) => s[op](a, b), [{ dtype: d, value: v }, { dtype: d, value: 1 }], out), () => coerce(out, f(v, 1)), `${op} of ${v} and 1`)
        }
      }
    })
  it('select', () => {
    const t = table.bool
    for (const d of dtypes) {
      const x = table[d]
      const y = x.slice().reverse()
      const s1 = special[d][1]
      const cases: (readonly [TypedArray | number, TypedArray | number, TypedArray | number])[] = [[t, x, y], [t, x, s1], [t, s1, y], [t, s1, 0], [1, x, y], [0, x, y], [1, s1, y], [0, s1, y], [1, s1, 0]]
      const at = (v: TypedArray | number, i: number): number => (typeof v === 'number' ? v : v[i])
      for (const [c, a, b] of cases)
        same(run((s, p, q, r) => s.select(p, q, r), [{ dtype: 'bool', value: c }, { dtype: d, value: a }, { dtype: d, value: b }], d), (i) => (at(c, i) !== 0 ? at(a, i) : at(b, i)), `select of ${d}`)
    }
  })
  it('convert', () => {
    for (const from of dtypes)
      for (const to of dtypes) {
        const f = convertNumber(from, to)
        const x = table[from]
        same(run((s, a) => s.convert(a, to), [{ dtype: from, value: x }], to), (i) => coerce(to, f(x[i])), `${from} to ${to}`)
        for (const v of special[from]) same(run((s, a) => s.convert(a, to), [{ dtype: from, value: v }], to), () => coerce(to, f(v)), `${from} ${v} to ${to}`)
      }
  })
  it('call, of one, two and three arguments', () => {
    const x = table.float32
    const one = (a: number): number => a / 3
    const two = (a: number, b: number): number => a * 1.1 - b
    const three = (a: number, b: number, c: number): number => a * 1.1 - b / c
    const v = Math.fround(0.1)
    same(run((s, a) => s.call(one, a), [{ dtype: 'float32', value: x }], 'float32'), (i) => Math.fround(one(x[i])), 'call')
    same(run((s, a, b) => s.call(two, a, b), [{ dtype: 'float32', value: x }, { dtype: 'float32', value: v }], 'float32'), (i) => Math.fround(two(x[i], v)), 'call')
    same(run((s, a, b) => s.call(two, a, b), [{ dtype: 'float32', value: v }, { dtype: 'float32', value: x }], 'float32'), (i) => Math.fround(two(v, x[i])), 'call')
    same(run((s, a, b, c) => s.call(three, a, b, c), [{ dtype: 'float32', value: x }, { dtype: 'float32', value: v }, { dtype: 'float32', value: x }], 'float32'), (i) => Math.fround(three(x[i], v, x[i])), 'call')
    for (const [f, k] of [[one, 1], [two, 2], [three, 3]] as const)
      same(run((s, ...as) => s.call(f, ...as.slice(0, k)), [0.5, 2, 3].map((value) => ({ dtype: 'float64' as const, value })), 'float64'), () => (f as (...xs: number[]) => number)(0.5, 2, 3), 'call of numbers')
  })
  it('products with sums: each rounded, in every form', () => {
    const x = table.float64
    const y = x.slice().reverse() as TypedArray
    const z = x.map((v) => v / 3) as TypedArray
    const at = (v: TypedArray | number, i: number): number => (typeof v === 'number' ? v : v[i])
    for (const a of [x, 1.1]) for (const b of [y, -0.7]) for (const c of [z, 0.3]) {
      if (typeof a === 'number' && typeof b === 'number' && typeof c === 'number') continue
      const operands = [a, b, c].map((value) => ({ dtype: 'float64' as const, value }))
      same(run((s, p, q, r) => s.add(s.mul(p, q), r), operands, 'float64'), (i) => at(a, i) * at(b, i) + at(c, i), 'xy + z')
      same(run((s, p, q, r) => s.add(r, s.mul(p, q)), operands, 'float64'), (i) => at(c, i) + at(a, i) * at(b, i), 'z + xy')
      same(run((s, p, q, r) => s.sub(s.mul(p, q), r), operands, 'float64'), (i) => at(a, i) * at(b, i) - at(c, i), 'xy − z')
      same(run((s, p, q, r) => s.sub(r, s.mul(p, q)), operands, 'float64'), (i) => at(c, i) - at(a, i) * at(b, i), 'z − xy')
    }
    same(run((s, p) => s.mul(p, p), [{ dtype: 'float64', value: x }], 'float64'), (i) => x[i] * x[i], 'xx')
    const f = table.float32
    same(run((s, p, q) => s.add(s.mul(p, q), p), [{ dtype: 'float32', value: f }, { dtype: 'float32', value: Math.fround(1.1) }], 'float32'), (i) => Math.fround(Math.fround(f[i] * Math.fround(1.1)) + f[i]), 'float32 xy + x')
  })
})

describe.each([closure, direct])('an expression: $name', (each) => {
  beforeEach(() => void (backend = each))
  it('computes what it shares once, and what is one number once for all elements', () => {
    let calls = 0
    const count = (x: number): number => (calls++, x)
    const x = table.float64.slice(0, 10)
    const shared = (s: ScalarOps, a: Expr, b: Expr): Expr => {
      const t = s.call(count, b)
      const u = s.mul(a, s.add(t, t))
      return s.add(u, s.mul(u, t))
    }
    same(run(shared, [{ dtype: 'float64', value: x }, { dtype: 'float64', value: 0.1 }], 'float64'), (i) => x[i] * 0.2 + x[i] * 0.2 * 0.1, 'shared')
    expect(calls).toBe(1)
  })
  it('may be a power of two products deep', () => {
    const power = (s: ScalarOps, a: Expr): Expr => {
      let e = a
      for (let k = 0; k < 60; k++) e = s.mul(e, e)
      return e
    }
    expect(run(power, [{ dtype: 'float64', value: 1 }], 'float64')).toBe(1)
  })
  it('takes integer powers that end, whatever lies behind the elements', () => {
    const power = applyInteger('pow', 'int32', 'int32')!
    expect([0, 1, 5, 31].map((y) => power(3, y))).toEqual([1, 3, 243, Number(BigInt.asIntN(32, 3n ** 31n))])
    for (const y of [Infinity, NaN, 1e300, 2.5]) expect(Number.isInteger(power(3, y))).toBe(true)
  })
  it('rounds half to even', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6, 2251799813685248.5, 0.49999999999999994].map(roundEven)).toEqual([0, 2, 2, -0, -2, 2, -3, 2251799813685248, 0])
  })
  it('of literals alone is a constant', () => {
    const a: Atom = lit(2, aval([], 'float64'))
    const out = freshVar(aval([3], 'float64'))
    const p: Jaxpr = { inputs: [], constCount: 0, eqns: [{ prim: primitive(elementwise((s, x) => s.add(x, x))), inputs: [a], params: {}, outs: [out] }], outs: [out] }
    expect(backend.compile(p).run([])).toEqual([Float64Array.of(4, 4, 4)])
  })
})
