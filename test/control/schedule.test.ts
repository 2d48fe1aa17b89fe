/** Checkpointing schedules: steps are counted where they are run, in the kernels, with bodies that count. */
import { describe, expect, it } from 'vitest'
import { definePrimitive, foriLoop, grad, jit, np, opaque, ops, primitives, scan, whileLoop, type Tensor } from '../../src/index'
import type { Aval, Jaxpr, Primitive } from '../../src/ir/types'
import { aval } from '../../src/ir/types'
import type { CompileBody, OpaqueRun } from '../../src/ir/kernel'
import { advanceBy, forwardSteps, reach, repetitions } from '../../src/control/schedule'
import { scanGradPrimitive } from '../../src/control/scan-grad'
import { whileGradPrimitive } from '../../src/control/while-grad'

/** min over m of m + t(m, s) + t(l − m, s − 1): the recursion that the closed form solves. */
function leastSteps(most: number, slots: number): number[][] {
  const t: number[][] = [[]]
  for (let s = 1; s <= slots; s++) {
    t[s] = [0, 0]
    for (let l = 2; l <= most; l++) {
      let least = s === 1 ? (l * (l - 1)) / 2 : Infinity
      for (let m = 1; s > 1 && m < l; m++) least = Math.min(least, m + t[s]![m]! + t[s - 1]![l - m]!)
      t[s]![l] = least
    }
  }
  return t
}

const scalar: Aval = aval([], 'float64')
const blank = (inputs: number): Jaxpr => ({ inputs: Array.from({ length: inputs }, (_, i) => ({ _tag: 'Var' as const, id: 1e6 + i, aval: scalar })), constCount: 0, eqns: [], outs: [] })

/** Counts of one backward sweep. States are their own step's number, and turns are seen to come in order. */
interface Counted {
  readonly steps: number
  readonly most: number
}

/** The kernel of a gradient over bodies that count: a state is the number of steps before it. */
function counter(length: number): { step: OpaqueRun; turn: OpaqueRun; counted: () => Counted } {
  const runs = new Int32Array(length)
  let left = length
  let steps = 0
  return {
    step: ([state], [next]) => {
      const at = state![0]!
      runs[at]!++
      steps++
      next![0] = at + 1
    },
    turn: ([state, ct], [out]) => {
      if (state![0] !== --left) throw new Error(`step ${String(state![0])} is turned instead of ${left}`)
      out![0] = ct![0]! + 1
    },
    counted: () => {
      if (left !== 0) throw new Error(`${left} steps are not turned`)
      return { steps, most: runs.reduce((a, b) => Math.max(a, b), 0) }
    },
  }
}

function sweep(prim: Primitive, inputs: readonly number[], avals: readonly Aval[], params: object, programs: ReadonlyMap<unknown, OpaqueRun>): number {
  if (prim.kernel._tag !== 'Programs') throw new Error('not a kernel of programs')
  const compile: CompileBody = (p) => programs.get(p)!
  const out = [new Float64Array(1)]
  prim.kernel.make(compile, avals, [scalar], params)(inputs.map((x) => Float64Array.of(x)), out)
  return out[0]![0]!
}

function offline(length: number, slots: number): Counted {
  const { step, turn, counted } = counter(length)
  const [body, advance, turned] = [blank(1), blank(1), blank(2)]
  const params = { body, consts: 0, carries: 1, length, reverse: false, checkpoint: slots, wanted: [true], given: [true], advance, advanceCaptured: 0, turn: turned, turnCaptured: 0 }
  if (sweep(scanGradPrimitive, [0, 0, 0], [scalar, scalar, scalar], params, new Map([[advance, step], [turned, turn]])) !== length) throw new Error('turns are missing')
  return counted()
}

function online(length: number, slots: number): Counted {
  const { step, turn, counted } = counter(length)
  const [cond, record, back] = [blank(1), blank(1), blank(2)]
  const body: Jaxpr = { ...blank(1), outs: blank(1).inputs }
  const params = { cond, body, condConsts: 0, bodyConsts: 0, checkpoint: slots, wanted: [true], record, recordCaptured: 0, back, backCaptured: 0, fixed: 0 }
  const test: OpaqueRun = ([state], [verdict]) => void (verdict![0] = state![0]! < length ? 1 : 0)
  if (sweep(whileGradPrimitive, [0, 0, 0], [scalar, scalar, scalar], params, new Map([[cond, test], [record, step], [back, turn]])) !== length) throw new Error('turns are missing')
  return counted()
}

describe('the binomial schedule', () => {
  it('β(s, r) are binomial coefficients, and t(l, s) is the least number of forward steps', () => {
    expect([reach(3, -1), reach(3, 0), reach(3, 1), reach(3, 4), reach(50, 4), reach(0, 9)]).toEqual([0, 1, 4, 35, 316251, 1])
    expect([reach(60, 60), repetitions(1, 5), repetitions(2, 5), repetitions(100000, 50)]).toEqual([Infinity, 0, 1, 4])
    const t = leastSteps(150, 12)
    for (let s = 1; s <= 12; s++) for (let l = 1; l <= 150; l++) expect(forwardSteps(l, s)).toBe(t[s]![l])
    for (let s = 2; s <= 12; s++)
      for (let l = 2; l <= 150; l++) {
        const m = advanceBy(l, s)
        expect(m + t[s]![m]! + t[s - 1]![l - m]!).toBe(t[s]![l])
      }
  })
  it('is what the kernel of scan runs: t(l, s) steps, for all l ≤ 1000 and s ≤ 30', () => {
    for (let s = 1; s <= 30; s++) for (let l = 1; l <= 1000; l++) if (offline(l, s).steps !== forwardSteps(l, s)) expect([l, s]).toBe('the optimum')
    expect(offline(0, 3).steps).toBe(0)
  })
})

describe('online checkpointing', () => {
  it('repeats no step more often than the least r that is possible, for all l ≤ 1000 and s ≤ 30', () => {
    for (let s = 1; s <= 30; s++)
      for (let l = 1; l <= 1000; l++) {
        const { steps, most } = online(l, s)
        // The last step is run before anybody knows that it is the last: one more than with a known length.
        if (most > Math.max(1, repetitions(l, s)) || steps > Math.max(1, repetitions(l, s)) * l || steps < forwardSteps(l, s) + 1 || steps > forwardSteps(l, s) + l) expect([l, s, steps, most]).toBe('within the bound')
      }
    expect(online(0, 3).steps).toBe(0)
  })

  it('is one step from the optimum for all l ≤ β(s, 2)', () => {
    for (let s = 1; s <= 30; s++)
      for (let l = 1; l <= Math.min(1000, reach(s, 2)); l++) if (online(l, s).steps !== forwardSteps(l, s) + 1) expect([l, s, online(l, s).steps]).toBe('the optimum')
    expect(online(reach(40, 2), 40).steps).toBe(forwardSteps(reach(40, 2), 40) + 1)
  })

  it('is beyond not further from the optimum than it says', () => {
    // In parts of the optimum, over all lengths with least repetitions 3 and 4.
    const gap = (r: number): number => {
      let most = 0
      for (let s = 2; s <= 12; s++) for (let l = reach(s, r - 1) + 1; l <= Math.min(1000, reach(s, r)); l++) most = Math.max(most, online(l, s).steps / (forwardSteps(l, s) + 1) - 1)
      return most
    }
    expect(gap(3)).toBeLessThan(0.37)
    expect(gap(4)).toBeLessThan(0.33)
  })
})

/** sin x, as code that counts how often it runs. */
function counting(): { readonly prim: Primitive; readonly runs: () => number } {
  let n = 0
  const prim: Primitive = definePrimitive({
    ...primitives.find((p) => p.name === 'sin')!,
    name: 'counted_sin',
    kernel: opaque(() => ([x], [y]) => {
      n++
      y![0] = Math.sin(x![0]!)
    }),
    simplify: undefined,
  })
  return { prim, runs: () => n }
}

describe('bodies of real programs are run as often', () => {
  const pairs = [[1, 1], [2, 1], [10, 3], [35, 3], [36, 3], [100, 7], [400, 5]] as const
  it.each(pairs)('scan of %i steps with %i carries', (length, checkpoint) => {
    const { prim, runs } = counting()
    // The pullback of each step reads sin of the carry: it is run once more where the step is turned.
    const f = (x: Tensor): Tensor => scan((c: Tensor) => [np.square(ops.bind(prim, [c], {})[0] as Tensor), null] as const, x, null, { length, checkpoint })[0]
    const compiled = jit(grad(f))
    const before = runs()
    compiled(0.5)
    const counted = runs() - before
    expect(counted).toBe(forwardSteps(length, checkpoint) + length)
  })
  it.each(pairs)('foriLoop of %i steps with a traced bound and %i carries', (length, checkpoint) => {
    const { prim, runs } = counting()
    const f = (x: Tensor): Tensor => foriLoop(0, np.array(length, { dtype: 'int32' }), (_i, c: Tensor) => np.square(ops.bind(prim, [c], {})[0] as Tensor), x, { checkpoint })
    const compiled = jit(grad(f))
    const before = runs()
    compiled(0.5)
    const counted = runs() - before
    expect(counted).toBeLessThanOrEqual((Math.max(1, repetitions(length, checkpoint)) + 1) * length)
    expect(counted).toBeGreaterThanOrEqual(forwardSteps(length, checkpoint) + length)
  })
  it('a while of unknown length', () => {
    const { prim, runs } = counting()
    const f = (x: Tensor): Tensor => whileLoop((c: Tensor) => np.greater(c, 0.01), (c) => np.multiply(0.999, np.square(ops.bind(prim, [np.sqrt(c)], {})[0] as Tensor)), x, { checkpoint: 4 })
    let length = 0
    for (let c = 0.9; c > 0.01; length++) c = 0.999 * Math.sin(Math.sqrt(c)) ** 2
    grad(f)(0.9)
    expect(runs()).toBeLessThanOrEqual((repetitions(length, 4) + 1) * length)
    expect(length).toBeGreaterThan(50)
  })
})
