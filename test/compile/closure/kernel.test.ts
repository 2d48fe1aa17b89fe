/** Kernels as objects: what they allocate, alias, keep and say; sizes 0 and 1; calls within calls. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { closure } from '../../../src/compile/closure/backend'
import type { Kernel } from '../../../src/compile/backend'
import { opaque } from '../../../src/ir/kernel'
import { aval, freshVar, lit, type Eqn, type Jaxpr, type Primitive } from '../../../src/ir/types'
import { add, mul, neg } from '../../../src/primitives/elementwise/arithmetic'
import { convert } from '../../../src/primitives/elementwise/logic'
import { exp, sin, tanh } from '../../../src/primitives/elementwise/transcendental'
import { accumulateAt, broadcast, concatenate, reshape, reverse, slice, transpose } from '../../../src/primitives/movement'
import { sum } from '../../../src/primitives/reduce'
import { build } from '../build'
import { call } from '../programs'

const range = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i)
/** An identity that runs some code; in place when told so. */
const code = (run: () => void, inPlace?: number): Primitive => ({
  ...neg,
  name: 'code',
  kernel: opaque(() => ([x], [y]) => { run(); if (inPlace === undefined) y.set(x.subarray(0, y.length)) }, inPlace),
})

describe('results', () => {
  it('that are inputs, literals or the same value twice are arrays of their own', () => {
    const p = build(({ input, eq }) => {
      const x = input([3])
      const y = eq(neg, [x])
      return [x, x, y, y, lit(2, aval([], 'float64')), eq(reshape, [y], { shape: [3, 1] })]
    })
    const x = range(3)
    const got = closure.compile(p).run([x])
    expect(got).toEqual([x, x, x.map((v) => -v), x.map((v) => -v), 2, x.map((v) => -v)])
    // Small arrays share pages, not elements.
    const arrays = [x, ...got].filter((v) => typeof v !== 'number') as Float64Array[]
    arrays.forEach((a, i) => a.fill(i))
    expect(arrays.map((a) => [...a])).toEqual(arrays.map((_, i) => [i, i, i]))
  })
  it('of views are copies', () => {
    const p = build(({ input, eq }) => {
      const x = input([2, 3])
      return [eq(transpose, [x], { perm: [1, 0] }), eq(reverse, [x], { axes: [1] }), eq(slice, [x], { start: [1, 0], stop: [2, 3], strides: [1, 1] }), eq(slice, [x], { start: [1, 1], stop: [2, 2], strides: [1, 1] }), eq(broadcast, [x], { shape: [2, 2, 3], dims: [1, 2] })]
    })
    expect(closure.compile(p).run([range(6)])).toEqual([Float64Array.of(0, 3, 1, 4, 2, 5), Float64Array.of(2, 1, 0, 5, 4, 3), Float64Array.of(3, 4, 5), Float64Array.of(4), Float64Array.of(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5)])
  })
  it('have their dtype', () => {
    const p = build(({ input, eq }) => { const x = input([3]); return (['float32', 'int32', 'uint32', 'bool'] as const).map((dtype) => eq(convert, [x], { dtype })) })
    expect(closure.compile(p).run([Float64Array.of(0, 1.1, -2.5)])).toEqual([Float32Array.of(0, 1.1, -2.5), Int32Array.of(0, 1, -2), Uint32Array.of(0, 1, 0), Uint8Array.of(0, 1, 1)])
  })
  it('fill given arrays, also those that share memory with inputs', () => {
    const p = build(({ input, eq }) => { const x = input([50]); return [eq(reverse, [x], { axes: [0] }), eq(sum, [x], { axes: [0] }), eq(neg, [x])] })
    const kernel = closure.compile(p)
    const x = range(50)
    const scalar = new Float64Array(1)
    const got = kernel.run([x], [x, scalar, undefined])
    expect(got[0]).toBe(x)
    expect(got).toEqual([range(50).reverse(), Float64Array.of(1225), range(50).map((v) => -v)])
    expect(got[1]).toBe(scalar)
  })
  it('of size 0 and 1', () => {
    const p = build(({ input, eq }) => {
      const none = input([0, 3])
      const one = input([1, 1])
      return [eq(neg, [none]), eq(sum, [none], { axes: [0] }), eq(neg, [one]), eq(broadcast, [one], { shape: [2, 2], dims: [0, 1] }), eq(concatenate, [none, none], { axis: 0 }), eq(transpose, [none], { perm: [1, 0] }), eq(add, [eq(reshape, [one], { shape: [] }), 1])]
    })
    expect(closure.compile(p).run([new Float64Array(0), Float64Array.of(5)])).toEqual([new Float64Array(0), new Float64Array(3), Float64Array.of(-5), Float64Array.of(5, 5, 5, 5), new Float64Array(0), new Float64Array(0), 6])
  })
})

describe('numbers', () => {
  const p = build(({ input, eq }) => { const x = input([]); const y = input([], 'float32'); return [eq(mul, [eq(sin, [x]), eq(exp, [x])]), eq(mul, [y, y])] })
  it('go in and out bare', () => {
    const kernel = closure.compile(p)
    expect(kernel.run([0.5, Math.fround(0.1)])).toEqual([kernel.run([Float64Array.of(0.5), 0])[0], Math.fround(Math.fround(0.1) ** 2)])
    expect(kernel.run([0.5, 0])[0]).toBeCloseTo(Math.sin(0.5) * Math.exp(0.5), 15)
  })
  it('fill given arrays', () => {
    const to = new Float64Array(1)
    const got = closure.compile(p).run([0, 1], [to])
    expect(got).toEqual([to, 1])
    expect(got[0]).toBe(to)
  })
})

describe('memory', () => {
  it('is made at the first run and known before', () => {
    const chain = (n: number): Kernel => closure.compile(build(({ input, eq }) => { let x = input([n]); for (let i = 0; i < 50; i++) x = eq(tanh, [eq(add, [x, 1])]); return [x] }))
    // One scratch block, whatever the length; registers 0 and 1.
    expect(chain(100_000).bytes).toBe(8 * (1024 + 1))
    expect(chain(10).bytes).toBe(8 * (10 + 1))
    expect(closure.compile(build(({ input, eq }) => [eq(sum, [input([1000])], { axes: [0] })])).bytes).toBeLessThan(8 * 1100)
  })
  it('is used again when its value is dead', () => {
    const steps = (count: number): number => closure.compile(build(({ input, eq }) => {
      let x = input([10_000])
      // A sum between any two loops.
      for (let i = 0; i < count; i++) x = eq(mul, [eq(sin, [x]), eq(sum, [eq(sin, [x])], { axes: [0] })])
      return [x]
    })).bytes
    expect(steps(40) - steps(4)).toBeLessThan(8 * 200)
    expect(steps(4)).toBeGreaterThan(8 * 10_000)
  })
  it('is not kept of inputs and outputs', async () => {
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    const body = build(({ input, eq }) => [eq(neg, [input([3])])])
    const within: Primitive = { ...neg, name: 'within', kernel: { _tag: 'Programs', make: (compile) => compile(body) } }
    const kernel = closure.compile(build(({ input, eq }) => { const x = input([3]); return [eq(neg, [x]), eq(within, [x])] }))
    const once = (): readonly WeakRef<object>[] => {
      const x = range(3)
      return [new WeakRef(x), ...kernel.run([x]).map((y) => new WeakRef(y as Float64Array))]
    }
    const refs = once()
    for (let i = 0; i < 10 && refs.some((r) => r.deref()); i++) {
      await new Promise((done) => setTimeout(done, 5))
      collect()
    }
    expect(refs.map((r) => r.deref())).toEqual([undefined, undefined, undefined])
    expect(kernel.run([range(3)])).toEqual([Float64Array.of(-0, -1, -2), Float64Array.of(-0, -1, -2)])
  })
})

describe('opaque kernels', () => {
  const accumulate = (pieces: number) => build(({ input, eq }) => {
    const x = input([4])
    let s = eq(broadcast, [lit(0, aval([], 'float64'))], { shape: [6], dims: [] })
    for (let i = 0; i < pieces; i++) s = eq(accumulateAt, [s, x], { start: [i % 3], strides: [1] })
    return [s]
  })
  it('work in place on what dies with them, along a chain and into the result', () => {
    const kernel = closure.compile(accumulate(3))
    expect(kernel.describe().match(/out0, in0 → out0 \(in place\)/g)).toHaveLength(3)
    expect(kernel.run([range(4)])).toEqual([Float64Array.of(0, 1, 3, 6, 5, 3)])
    expect(kernel.run([range(4)])).toEqual([Float64Array.of(0, 1, 3, 6, 5, 3)])
  })
  it('leave alone what is read later, what is a result and what is an input', () => {
    const p = build(({ input, eq }) => {
      const x = input([4])
      const y = eq(neg, [x])
      const z = eq(neg, [eq(sin, [x])])
      const at = { start: [0], strides: [1] }
      const a = eq(accumulateAt, [x, x], at)
      const b = eq(accumulateAt, [y, x], at)
      const c = eq(accumulateAt, [z, z], at)
      const d = eq(accumulateAt, [c, x], at)
      return [a, b, y, d, eq(add, [c, d])]
    })
    const x = range(4)
    const s = x.map((v) => -2 * Math.sin(v))
    const [a, b, y, d, e] = closure.compile(p).run([x]) as Float64Array[]
    expect([a, b, y]).toEqual([x.map((v) => 2 * v), x.map(() => 0), x.map((v) => -v)])
    expect(x).toEqual(range(4))
    d.forEach((v, i) => expect(v).toBeCloseTo(s[i] + i, 14))
    e.forEach((v, i) => expect(v).toBeCloseTo(2 * s[i] + i, 14))
  })
  it('do not find an operand overwritten that is also the one they work on', () => {
    const turn: Primitive = { ...add, name: 'turn', kernel: opaque(() => ([, y], [o]) => { for (let i = 0; i < 4; i++) o[i] += 10 * y[3 - i] }, 0) }
    const p = build(({ input, eq }) => { const x = eq(neg, [input([4])]); return [eq(neg, [eq(turn, [x, x])])] })
    expect(closure.compile(p).run([range(4)])).toEqual([Float64Array.of(30, 21, 12, 3)])
  })
  it('may run the kernel they are part of', () => {
    let depth = 0
    const inner: number[] = []
    const prim = code(() => {
      if (depth >= 3) return
      depth++
      inner.push((kernel.run([Float64Array.of(depth, depth)])[0] as Float64Array)[0])
    })
    const kernel: Kernel = closure.compile(build(({ input, eq }) => { const x = input([2]); const y = eq(mul, [x, 10]); return [eq(add, [eq(prim, [y]), eq(sin, [eq(mul, [y, 0])])])] }))
    expect(kernel.run([Float64Array.of(7, 8)])).toEqual([Float64Array.of(70, 80)])
    expect(inner).toEqual([30, 20, 10])
    expect(kernel.run([Float64Array.of(7, 8)])).toEqual([Float64Array.of(70, 80)])
  })
  it('that throw leave the kernel usable', () => {
    let fail = true
    const kernel = closure.compile(build(({ input, eq }) => [eq(code(() => { if (fail) throw new Error('no') }), [input([2])])]))
    expect(() => kernel.run([range(2)])).toThrow('no')
    fail = false
    expect(kernel.run([range(2)])).toEqual([range(2)])
  })
  it('run even if nobody reads their results', () => {
    let ran = 0
    closure.compile(build(({ input, eq }) => { const x = input([2]); eq(code(() => ran++), [x]); return [x] })).run([range(2)])
    expect(ran).toBe(1)
  })
  it('see numbers as arrays of one, and programs inside see their own', () => {
    const body = build(({ input, eq }) => { const x = input([2], 'float32'); const k = input([], 'int32'); return [eq(mul, [x, x]), x, eq(add, [k, k]), lit(1, aval([], 'bool'))] })
    const seen: Float64Array[][] = []
    const twice: Primitive = { ...neg, name: 'twice', kernel: { _tag: 'Programs', make: (compile) => { const f = compile(body); return (ins, outs) => { f(ins, outs); f([outs[0].slice(), outs[2].slice()], outs); seen.push([...outs]) } } } }
    const inputs = body.inputs.map((v) => freshVar(v.aval))
    const outs = body.outs.map((o) => freshVar(o.aval))
    const p: Jaxpr = { inputs, constCount: 0, eqns: [{ prim: twice, inputs, params: {}, outs }], outs }
    const kernel = closure.compile(p)
    for (let round = 0; round < 2; round++) expect(kernel.run([Float32Array.of(2, 3), 5])).toEqual([Float32Array.of(16, 81), Float32Array.of(4, 9), 20, 1])
    expect(seen[0].map((a) => a.length)).toEqual([2, 2, 1, 1])
    expect(kernel.describe()).toMatch(/twice: [\s\S]*\n {2}2 equations/)
  })
})

describe('compilation', () => {
  it('compiles twenty thousand equations in a row, with and without barriers', () => {
    const chain = (n: number, barrier: boolean): Jaxpr => build(({ input, eq }) => {
      let x = input([8])
      for (let i = 0; i < n; i++) x = barrier && i % 3 === 0 ? eq(mul, [x, eq(sum, [x], { axes: [0] })]) : eq(add, [x, x])
      return [x]
    })
    for (const barrier of [false, true]) {
      expect(closure.compile(chain(20_000, barrier)).run([range(8)])).toHaveLength(1)
    }
  })
  it('looks through calls, however deep', () => {
    let p: Jaxpr = build(({ input, eq }) => [eq(add, [input([]), 1])])
    for (let i = 0; i < 3000; i++) {
      const x = freshVar(aval([], 'float64'))
      const y = freshVar(aval([], 'float64'))
      const eqns: Eqn[] = [{ prim: call, inputs: [x], params: { jaxpr: p }, outs: [y] }]
      p = { inputs: [x], constCount: 0, eqns, outs: [y] }
    }
    expect(closure.compile(p).run([1])).toEqual([2])
  })
  it('names a variable that is not bound', () => {
    const x = freshVar(aval([], 'float64'))
    expect(() => closure.compile({ inputs: [], constCount: 0, eqns: [], outs: [x] })).toThrow(/read before it is bound/)
  })
})

describe('describe', () => {
  it('says what was fused', () => {
    const p = build(({ input, eq }) => {
      const x = input([2000])
      const a = input([])
      const t = eq(tanh, [eq(add, [eq(mul, [a, x]), 1])])
      return [eq(sum, [t], { axes: [0] }), eq(mul, [t, eq(sin, [a])])]
    })
    expect(closure.compile(p).describe()).toBe(
      [
        '6 equations, 1 step, 8736 bytes kept',
        'scalars: sin',
        'loop over 2000 elements, 5 equations fused: mul ×2, add, tanh, reduce_sum',
        '  reads in0',
        '  computes mul ×2, add, tanh',
        '  reduces add [1,2000,1] → r2',
        '  writes out1',
      ].join('\n'),
    )
  })
})
