/** Sums into windows: one loop makes the pieces and the sums, to the bits of one step for each piece. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, np, type Tensor } from 'adjoint'
import type { Buffer } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { simd } from '../../../src/compile/compilers'
import { js } from '../../../src/compile/js/backend'
import { lower } from '../../../src/compile/loop/lower'
import { plan } from '../../../src/compile/loop/plan'
import { show } from '../../../src/compile/loop/show'
import { aval, freshVar, lit, type Atom, type Eqn, type Jaxpr, type Primitive, type Var } from '../../../src/ir/types'
import { mul, sub } from '../../../src/primitives/elementwise/arithmetic'
import { sin } from '../../../src/primitives/elementwise/transcendental'
import { accumulateAt, broadcast, slice } from '../../../src/primitives/movement'
import type { DType } from '../../../src/data/dtype'

const numbers = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))

interface Case {
  readonly n: number
  readonly before: number
  readonly after: number
  readonly offsets: readonly number[]
  readonly dtype: DType
  /** The links after which the sum is read by somebody else too. */
  readonly shown: readonly number[]
  /** The fill: zero, or what no nest begins a sum with. */
  readonly fill: number
}

/** Pieces of a vector of n elements, each added to a run of a longer one. */
function sums({ n, before, after, offsets, dtype, shown, fill }: Case): Jaxpr {
  const eqns: Eqn[] = []
  const emit = (prim: Primitive, inputs: readonly Atom[], shape: readonly number[], params: object): Var => {
    const out = freshVar(aval(shape, dtype))
    eqns.push({ prim, inputs, outs: [out], params } as Eqn)
    return out
  }
  const x = freshVar(aval([n + 1], dtype))
  const cut = (start: number): Var => emit(slice, [x], [n], { start: [start], stop: [start + n], strides: [1] })
  const [a, b] = [cut(0), cut(1)]
  const pieces = offsets.map((_, k) => (k === 0 ? emit(mul, [a, b], [n], {}) : k === 1 ? emit(sub, [b, a], [n], {}) : emit(sin, [k % 2 === 0 ? a : b], [n], {})))
  const total = before + n + after + Math.max(...offsets)
  let sum = emit(broadcast, [lit(fill, aval([], dtype))], [total], { shape: [total], axes: [] })
  const outs: Var[] = []
  offsets.forEach((offset, k) => {
    sum = emit(accumulateAt, [sum, pieces[k]!], [total], { start: [before + offset], strides: [1] })
    if (shown.includes(k)) outs.push(sum)
  })
  return { inputs: [x], constCount: 0, eqns, outs: [...outs, sum] }
}

const special = fc.oneof({ weight: 6, arbitrary: fc.double({ min: -3, max: 3, noNaN: true }) }, fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324))
const cases: fc.Arbitrary<Case> = fc.record({
  n: fc.integer({ min: 2, max: 40 }),
  before: fc.nat(3),
  after: fc.nat(3),
  offsets: fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }),
  dtype: fc.constantFrom<DType>('float64', 'float32'),
  shown: fc.array(fc.nat(4), { maxLength: 1 }),
  fill: fc.constantFrom(0, 0, 0, -0, 2),
})

/** The plan of a backend whose nests sum into windows, whether or not the environment has one. */
const planOf = (jaxpr: Jaxpr): string => {
  const program = lower(jaxpr, false, true)
  return show(program, plan(program), 0, [])
}

describe('sums into windows', () => {
  it('have the bits of one step for each piece', () => {
    fc.assert(fc.property(cases, fc.array(special, { minLength: 41, maxLength: 41 }), (c, elements) => {
      const program = sums(c)
      const x = (c.dtype === 'float64' ? Float64Array : Float32Array).from(elements.slice(0, c.n + 1))
      const want = closure.compile(program).run([x]).map(numbers)
      for (const backend of [js, simd]) {
        const kernel = backend.compile(program)
        for (let round = 0; round < 2; round++) expect(kernel.run([x]).map(numbers)).toEqual(want)
        const dirty = want.map((w) => (c.dtype === 'float64' ? new Float64Array(w.length).fill(9) : new Float32Array(w.length).fill(9)))
        expect(kernel.run([x], dirty).map(numbers)).toEqual(want)
      }
    }), { numRuns: 500 })
  })

  it('are made in the loop over their pieces, beside a sum of all of them', () => {
    const rosenbrock = (x: Tensor): Tensor => {
      const [a, b] = [x.slice([0, -1]), x.slice([1, null])]
      return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a)))), np.square(np.subtract(1, a))))
    }
    const text = planOf(jit(grad(rosenbrock)).lower(np.ones(3000) as never).jaxpr)
    expect(text.split('\n')[0]).toMatch(/, 1 step,/)
    expect(text).toContain('sums 2 windows → out0')
  })

  it('of far neighbours, or of what several read, take steps of their own', () => {
    const far = (x: Tensor): Tensor => np.sum(np.square(np.subtract(x.slice([40, null]), x.slice([0, -40]))))
    expect(planOf(jit(grad(far)).lower(np.ones(100) as never).jaxpr)).toContain('accumulate_at')
    const one = sums({ n: 5, before: 0, after: 0, offsets: [0, 1], dtype: 'float64', shown: [0], fill: 0 })
    expect(planOf(one)).toContain('accumulate_at: ')
  })
})
