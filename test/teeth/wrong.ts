/** Primitives that are right, and the same with one rule wrong; and how a violated law is caught. */
import { expect } from 'vitest'
import { definePrimitive, elementwise, opaque, ops as words, type Ops, type Primitive, type PrimitiveRecord, type Value } from 'adjoint'
import { check, LawViolation, type Law, type Recipe } from 'adjoint/laws'

type Rules = Partial<PrimitiveRecord>

const floats = (name: string): Primitive['shape'] => (avals) =>
  avals.every((a) => a.dtype === 'float64' || a.dtype === 'float32')
    ? { _tag: 'Right', right: [avals.find((a) => a.shape.length > 0) ?? avals[0]!] }
    : { _tag: 'Left', left: { code: 'dtype', what: `${name}: expected floats`, fix: '' } }

/** sin x cos x, elementwise. All its rules are right, but for those given. */
export const wave = (wrong: Rules = {}): Primitive =>
  definePrimitive({
    name: 'wave',
    shape: floats('wave'),
    kernel: elementwise(({ sin, cos, mul }, x) => mul(sin(x), cos(x))),
    jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.cos(ops.mul(2, x!))),
    transpose: 'nonlinear',
    batch: 'elementwise',
    ...wrong,
  })

/** 3 x, as code: linear, with a transpose and a batch rule. */
export const triple = (wrong: Rules = {}): Primitive => {
  const self: Primitive = definePrimitive({
    name: 'triple',
    shape: ([x]) => ({ _tag: 'Right', right: [x!] }),
    kernel: opaque(([x]) => ([from], [to]) => {
      for (let i = 0; i < from!.length; i++) to![i] = x!.dtype === 'float32' ? Math.fround(3 * from![i]!) : 3 * from![i]!
    }),
    jvp: (ops, _x, _y, [dx]) => ops.bind(self, [dx!], {}),
    transpose: (ops, [ct]) => [ops.bind(self, [ct!], {})[0]!],
    batch: (ops, [x]) => ops.bind(self, [x!], {}),
    ...wrong,
  })
  return self
}

/** x y², elementwise, in two operands. */
export const cubic = (wrong: Rules = {}): Primitive =>
  definePrimitive({
    name: 'cubic',
    shape: floats('cubic'),
    kernel: elementwise(({ mul }, x, y) => mul(x, mul(y, y))),
    jvp: (ops, [x, y], _z, [dx, dy]) => ops.add(ops.mul(dx!, ops.mul(y!, y!)), ops.mul(dy!, ops.mul(2, ops.mul(x!, y!)))),
    transpose: 'nonlinear',
    batch: 'elementwise',
    ...wrong,
  })

export const one: Recipe = (choose) => ({ operands: [choose.variable()] })
export const two: Recipe = (choose) => {
  const x = choose.variable()
  return { operands: [x, choose.beside(x)] }
}

/** One application of a primitive, as a function. */
export const call = (prim: Primitive, params: object = {}) => (...xs: Value[]): Value => words.bind(prim, xs, { ...params })[0]!

export const named = (laws: readonly Law[], name: string): Law => {
  const law = laws.find((l) => l.name.endsWith(`: ${name}`))
  if (!law) throw new Error(`no law ${name} among ${laws.map((l) => l.name).join('; ')}`)
  return law
}

/** The violation that a law must end in. */
export function violation(law: Law, numRuns = 100, seed?: number): LawViolation {
  try {
    check(law, { numRuns, ...(seed === undefined ? {} : { seed }) })
  } catch (e) {
    expect(e).toBeInstanceOf(LawViolation)
    return e as LawViolation
  }
  throw new Error(`${law.name} did not notice`)
}

/** What a rule gives, multiplied. */
export const scaled = (ops: Ops, r: Value | readonly Value[], by: number): Value[] =>
  (Array.isArray(r) ? (r as readonly Value[]) : [r as Value]).map((v) => ops.mul(v, by))
