import { assert, sample, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cond, grad, jit, makeJaxpr, np, scan, vmap, type Tensor } from 'adjoint'
import { program } from 'adjoint/laws'
import { inlined } from '../../src/ir/inline'
import { fingerprint } from '../../src/ir/fingerprint'
import { literalsOf, sameLiterals, sameParam, sameProgram, structureHash } from '../../src/ir/structure'
import { freshVar, lit, aval, type Jaxpr } from '../../src/ir/types'
import { add, mul } from '../../src/primitives/elementwise/arithmetic'
import { Derivations } from '../../src/transforms/derivations'

const scalar = aval([], 'float64')
const jaxprOf = (f: (x: Tensor) => Tensor, x: unknown = 1): Jaxpr => (makeJaxpr(f)(x as never) as unknown as { jaxpr: Jaxpr }).jaxpr

const traced = (c: { readonly call: (...xs: Tensor[]) => readonly Tensor[]; readonly args: readonly Tensor[] }): Jaxpr =>
  (makeJaxpr((...xs: Tensor[]) => c.call(...xs))(...(c.args as never[])) as unknown as { jaxpr: Jaxpr }).jaxpr

describe('equality of programs', () => {
  it('is that of their structural keys, also of programs with control flow', () => {
    const cases = sample(program({ maxSteps: 5 }), { numRuns: 120, seed: 11 })
    const all = cases.map(traced)
    const again = cases.map(traced)
    const [shapes, shapesAgain] = [all, again].map((ps) => ps.map((p) => fingerprint(p).shape)) as [string[], string[]]
    expect(all.filter((p, i) => sameProgram(p, again[i]!)).length).toBeGreaterThan(60)
    all.forEach((p, i) => {
      again.forEach((q, k) => {
        const same = sameProgram(p, q)
        expect(same).toBe(shapes[i] === shapesAgain[k])
        // Programs that hold functions made at tracing are themselves only.
        if (same) expect(structureHash(q)).toBe(structureHash(p))
      })
    })
  })

  const lambda = (body: (x: ReturnType<typeof freshVar>, y: ReturnType<typeof freshVar>) => Jaxpr['eqns'], a = scalar): Jaxpr => {
    const [x, y] = [freshVar(a), freshVar(a)]
    const eqns = body(x, y)
    return { inputs: [x, y], constCount: 0, eqns, outs: [eqns[eqns.length - 1]!.outs[0]!] }
  }
  const one = (prim: typeof add, pick: (x: ReturnType<typeof freshVar>, y: ReturnType<typeof freshVar>) => Jaxpr['eqns'][number]['inputs'], params = {}, out = scalar): Jaxpr =>
    lambda((x, y) => [{ prim, inputs: pick(x, y), params, outs: [freshVar(out)] }])

  it.each([
    ['the primitive', one(add, (x, y) => [x, y]), one(mul, (x, y) => [x, y])],
    ['the wiring', one(add, (x, y) => [x, y]), one(add, (x) => [x, x])],
    ['the order of operands', one(add, (x, y) => [x, y]), one(add, (x, y) => [y, x])],
    ['literal or variable', one(add, (x, y) => [x, y]), one(add, (x) => [x, lit(1, scalar)])],
    ["a literal's dtype", one(add, (x) => [x, lit(1, scalar)]), one(add, (x) => [x, lit(1, aval([], 'int32'))])],
    ["a literal's weakness", one(add, (x) => [x, lit(1, scalar)]), one(add, (x) => [x, lit(1, aval([], 'float64', true))])],
    ["a result's shape", one(add, (x, y) => [x, y]), one(add, (x, y) => [x, y], {}, aval([2], 'float64'))],
    ["a result's weakness", one(add, (x, y) => [x, y]), one(add, (x, y) => [x, y], {}, aval([], 'float64', true))],
    ['a parameter, −0', one(add, (x, y) => [x, y], { a: 0 }), one(add, (x, y) => [x, y], { a: -0 })],
    ['a parameter, NaN', one(add, (x, y) => [x, y], { a: 0 }), one(add, (x, y) => [x, y], { a: NaN })],
    ['a parameter, number or text', one(add, (x, y) => [x, y], { a: 1 }), one(add, (x, y) => [x, y], { a: '1' })],
    ['a parameter too many', one(add, (x, y) => [x, y], { a: 1 }), one(add, (x, y) => [x, y], { a: 1, b: undefined })],
    ['a function', one(add, (x, y) => [x, y], { f: () => 1 }), one(add, (x, y) => [x, y], { f: () => 1 })],
    ['an instance', one(add, (x, y) => [x, y], { f: new Int32Array(1) }), one(add, (x, y) => [x, y], { f: new Int32Array(1) })],
    ['a nested list', one(add, (x, y) => [x, y], { a: [1, [2]] }), one(add, (x, y) => [x, y], { a: [1, [3]] })],
    ["a held program's literal", one(add, (x, y) => [x, y], { p: one(add, (x) => [x, lit(0, scalar)]) }), one(add, (x, y) => [x, y], { p: one(add, (x) => [x, lit(-0, scalar)]) })],
  ])('sees %s', (_what, p, q) => {
    expect(sameProgram(p, p)).toBe(true)
    expect(sameProgram(p, { ...p })).toBe(true)
    expect(sameProgram(p, q)).toBe(false)
    expect(sameProgram(q, p)).toBe(false)
  })

  it('knows programs again whose names are beyond 2³¹ and 2³²', () => {
    const later = (p: Jaxpr, by: number): Jaxpr => {
      const name = <A extends Jaxpr['outs'][number]>(a: A): A => (a._tag === 'Var' ? { ...a, id: a.id + by } : a)
      return { ...p, inputs: p.inputs.map(name), eqns: p.eqns.map((e) => ({ ...e, inputs: e.inputs.map(name), outs: e.outs.map(name) })), outs: p.outs.map(name) }
    }
    const p = jaxprOf((x) => np.multiply(np.sin(x), np.add(x, np.cos(x))))
    const q = jaxprOf((x) => np.multiply(np.sin(x), np.add(np.cos(x), x)))
    const first = p.inputs[0]!.id
    for (const by of [2 ** 31 - first - 1, 2 ** 32 - first - 2, 2 ** 33 + 5]) {
      expect(sameProgram(p, later(p, by))).toBe(true)
      expect(sameProgram(later(p, by), p)).toBe(true)
      expect(sameProgram(later(p, by), later(p, 2 * by))).toBe(true)
      expect(sameProgram(p, later(q, by))).toBe(false)
    }
  })
  it('takes all NaNs for one, and ids however far apart', () => {
    expect(sameParam({ a: NaN, b: [1] }, { b: [1], a: NaN })).toBe(true)
    expect(sameLiterals([NaN, 0], [NaN, -0])).toBe(false)
    expect(sameLiterals([NaN, 0], [NaN, -0], [false, true])).toBe(true)
    const far = (from: number): Jaxpr => {
      const x = { ...freshVar(scalar), id: from }
      const y = { ...freshVar(scalar), id: from + 10_000_000 }
      return { inputs: [x], constCount: 0, eqns: [{ prim: mul, inputs: [x, x], params: {}, outs: [y] }], outs: [y] }
    }
    expect(sameProgram(far(1), far(77))).toBe(true)
    expect(structureHash(far(1))).toBe(structureHash(far(77)))
    expect(literalsOf(one(add, (x) => [x, lit(3, scalar)]))).toEqual([3])
  })
})

describe('calls', () => {
  it('are inlined to any depth', () => {
    const call = jaxprOf((x) => jit((v: Tensor) => np.sin(v))(x)).eqns[0]!
    let inner = call.params.jaxpr as Jaxpr
    for (let k = 0; k < 20_000; k++) {
      const [x, y, z] = [freshVar(scalar), freshVar(scalar), freshVar(scalar)]
      inner = { inputs: [x], constCount: 0, eqns: [{ ...call, inputs: [x], params: { name: 'f', jaxpr: inner }, outs: [y] }, { prim: add, inputs: [y, x], params: {}, outs: [z] }], outs: [z] }
    }
    const flat = inlined(inner)
    expect(flat.eqns).toHaveLength(20_001)
    expect(new Set(flat.eqns.flatMap((e) => e.outs.map((o) => o.id))).size).toBe(20_001)
    expect(flat.outs[0]).toBe(flat.eqns[20_000]!.outs[0])
  })
})

describe('what is derived from programs', () => {
  const bits = (x: unknown): string => (Object.is(Number(x), -0) ? '-0' : String(Number(x)))

  it('never comes from another literal', () => {
    // 1 / (x·literal) tells 0 from −0, and a NaN from both.
    const by = (a: number): string => bits(grad((x: Tensor) => np.divide(1, np.multiply(x, a)))(0.5))
    for (const a of [0, -0, NaN, 1, -1, 0, Infinity, -0, NaN, -Infinity, 0]) expect(by(a)).toBe(bits(grad((x: Tensor, y: Tensor) => np.divide(1, np.multiply(x, y)))(0.5, a)))
  })

  it('never comes from another dtype or weakness', () => {
    const f = (x: Tensor): Tensor => np.sum(np.multiply(x, np.multiply(x, 3)))
    for (const x of [np.array(2, { dtype: 'float32' }), np.array(2), 2, new Float32Array([2]), new Float64Array([2]), np.array(2, { dtype: 'float32' })]) {
      const g = grad(f)(x as never)
      const t = typeof x === 'number' ? np.array(2) : np.array(x as never)
      expect(g.dtype).toBe(t.dtype)
      expect(Number(np.sum(g).item())).toBe(12)
    }
  })

  it('never comes from another function, branch, or axis', () => {
    const xs = np.array([[1, 2], [3, 4]])
    const along = (axis: number): unknown => grad((x: Tensor) => np.sum(np.square(np.sum(x, axis))))(xs).toArray()
    expect([along(0), along(1), along(0)]).toEqual([[[8, 12], [8, 12]], [[6, 6], [14, 14]], [[8, 12], [8, 12]]])
    const at = (k: number): unknown => grad((x: Tensor) => x.at(0, k))(xs).toArray()
    expect([at(0), at(1), at(0)]).toEqual([[[1, 0], [0, 0]], [[0, 1], [0, 0]], [[1, 0], [0, 0]]])
    const branch = (k: number): number => Number(grad((x: Tensor) => cond(np.less(x, 9), (v: Tensor) => np.multiply(v, k), (v: Tensor) => v, x))(1))
    expect([branch(2), branch(3), branch(4), branch(3)]).toEqual([2, 3, 4, 3])
    const steps = (k: number): number => Number(grad((x: Tensor) => scan((c: Tensor) => [np.multiply(c, k), null] as const, x, null, { length: 3 })[0])(1))
    expect([steps(2), steps(3), steps(-0), steps(2)].map(bits)).toEqual(['8', '27', '-0', '8'])
    const calls = (k: number): number => Number(grad((x: Tensor) => jit((v: Tensor) => np.multiply(v, k))(x))(1))
    expect([calls(2), calls(3), calls(2)]).toEqual([2, 3, 2])
    const lanes = (k: number): unknown => vmap(grad((x: Tensor) => np.multiply(np.square(x), k)))(np.array([1, 2])).toArray()
    expect([lanes(1), lanes(2), lanes(3)]).toEqual([[2, 4], [4, 8], [6, 12]])
  })

  it('is bounded, by programs and by equations', () => {
    const memory = new Derivations<{ closed: boolean; n: number }>(16)
    for (let k = 0; k < 100; k++) memory.of('', jaxprOf((x) => np.multiply(x, np.ones(k + 1)).sum()), () => ({ closed: true, n: k }))
    expect(memory.size).toBe(16)
    const long = (n: number): Jaxpr => jaxprOf((x) => Array.from({ length: n }).reduce<Tensor>((s) => np.sin(s), x))
    for (let k = 0; k < 12; k++) memory.of('', long(30_000 + k), () => ({ closed: true, n: k }))
    expect(memory.equations).toBeLessThanOrEqual(1 << 18)
    expect(memory.size).toBeGreaterThan(1)
    let made = 0
    memory.of('', long(30_011), () => ({ closed: true, n: made++ }))
    expect(made).toBe(0)
  })

  it('is kept as long as it is used', () => {
    assert(property(program({ maxSteps: 2 }), (c) => {
      const memory = new Derivations<{ closed: boolean }>(3)
      let made = 0
      const p = traced(c)
      const ask = (): unknown => memory.of('k', { ...p }, () => ({ closed: true, n: made++ }))
      ask()
      for (let k = 0; k < 8; k++) {
        memory.of('', jaxprOf((x) => np.multiply(x, np.ones(k + 2)).sum()), () => ({ closed: true }))
        ask()
      }
      expect(made).toBe(1)
    }), { numRuns: 20 })
  })
})
