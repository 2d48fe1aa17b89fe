/** Whole training steps: inside jit, mapped, differentiated, on parts of the parameters. */
import { describe, expect, it } from 'vitest'
import { AdjointError, grad, jit, tree, valueAndGrad, vmap, type Tensor } from '../../src/index'
import { made } from '../../src/numpy/arguments'
import { ops } from '../../src/primitives/core'
import * as optim from '../../src/optim/index'

interface Params {
  readonly w: Tensor
  readonly b: Tensor
}
const vector = (...x: number[]): Tensor => made(Float64Array.from(x), [x.length])
const vector32 = (...x: number[]): Tensor => made(Float32Array.from(x), [x.length])
const x = made(Float64Array.of(1, 2, -1, 0.5, 0, 1, 2, -2), [4, 2])
const y = made(Float64Array.of(1, 0, 2, -1), [4])
const total = (t: Tensor): Tensor => ops.sum(t, t.shape.map((_, i) => i))
const loss = ({ w, b }: Params): Tensor => optim.squaredError(x.matmul(w).add(b), y).mean()
const begin: Params = { w: vector(0, 0), b: vector(0).at(0) }

const optimizers: { readonly [name: string]: optim.GradientTransformation } = {
  sgd: optim.sgd(0.1),
  'sgd with momentum': optim.sgd(0.05, { momentum: 0.9, nesterov: true }),
  adam: optim.adam(0.1),
  nadam: optim.nadam(0.1),
  adamw: optim.adamw(optim.cosineDecaySchedule(0.2, 200), { weightDecay: 1e-6 }),
  rmsprop: optim.rmsprop(optim.exponentialDecay(0.1, 20, 0.7)),
  'centred rmsprop': optim.rmsprop(optim.exponentialDecay(0.1, 20, 0.7), { centered: true, momentum: 0.5, eps: 1e-3 }),
  adagrad: optim.adagrad(1),
  lion: optim.lion(optim.exponentialDecay(0.1, 20, 0.7), { weightDecay: 0 }),
  lbfgs: optim.lbfgs(1),
  'a chain': optim.chain(optim.clipByGlobalNorm(1), optim.scaleByAdam(), optim.scale(-0.1)),
}

describe('training', () => {
  for (const [name, optimizer] of Object.entries(optimizers))
    it(`${name} finds the least squares in one compiled step function`, () => {
      const step = jit((params: Params, state: optim.OptState) => {
        const [value, g] = valueAndGrad(loss)(params)
        const [updates, next] = optimizer.update(g, state, params)
        return [optim.applyUpdates(params, updates), next, value] as const
      })
      let params = begin
      let state = optimizer.init(params)
      for (let i = 0; i < 200; i++) {
        const r = step(params, state)
        params = r[0]
        state = r[1]
      }
      expect(step.traceCount).toBe(1)
      expect(optim.globalNorm(grad(loss)(params)).item()).toBeLessThan(['lion', 'adagrad', 'rmsprop'].includes(name) ? 2e-2 : 2e-3)
    })

  it('L-BFGS ends on a quadratic after about as many steps as variables', () => {
    const optimizer = optim.lbfgs()
    let params = begin
    let state = optimizer.init(params)
    for (let i = 0; i < 25; i++) {
      const [updates, next] = optimizer.update(grad(loss)(params), state, params)
      params = optim.applyUpdates(params, updates)
      state = next
    }
    expect(optim.globalNorm(grad(loss)(params)).item()).toBeLessThan(1e-8)
  })

  it('keeps dtypes: float32 stays float32 through every optimiser, with scalar tensors for rates too', () => {
    const params = { a: vector32(1, 2), b: vector(3) }
    const rate = vector(0.1).at(0)
    const all = { ...optimizers, 'a tensor rate': optim.sgd(rate), 'a decayed one': optim.adamw(rate, { weightDecay: rate }) }
    for (const [name, optimizer] of Object.entries(all)) {
      const state = optimizer.init(params)
      const [updates, next] = optimizer.update(params, state, params)
      const after = optim.applyUpdates(params, updates)
      expect([name, updates.a.dtype, updates.b.dtype, after.a.dtype, after.b.dtype]).toEqual([name, 'float32', 'float64', 'float32', 'float64'])
      expect([name, ...tree.leaves(next).map((l: Tensor) => l.dtype)]).toEqual([name, ...tree.leaves(state).map((l: Tensor) => l.dtype)])
      expect(tree.leaves(next).some((l: Tensor) => l.aval.weak)).toBe(false)
    }
  })

  it('numbers are parameters too', () => {
    const optimizer = optim.adam(0.1)
    const state = optimizer.init({ a: 1 })
    const [updates] = optimizer.update({ a: 2 }, state, { a: 1 })
    expect(optim.applyUpdates({ a: 1 }, updates).a.item()).toBeCloseTo(0.9, 8)
  })

  it('a learning rate is mapped over, and differentiated through', () => {
    const after = (rate: Tensor): Tensor => {
      const optimizer = optim.sgd(rate, { momentum: 0.5 })
      let params: Params = begin
      let state = optimizer.init(params)
      for (let i = 0; i < 3; i++) {
        const [updates, next] = optimizer.update(grad(loss)(params), state, params)
        params = optim.applyUpdates(params, updates)
        state = next
      }
      return loss(params)
    }
    const rates = vector(0.01, 0.1, 0.2)
    const mapped = vmap(after)(rates)
    for (let i = 0; i < 3; i++) expect(mapped.at(i).item()).toBeCloseTo(after(rates.at(i)).item() as number, 14)
    const h = 1e-6
    const slope = ((after(vector(0.1 + h).at(0)).item() as number) - (after(vector(0.1 - h).at(0)).item() as number)) / (2 * h)
    expect(grad(after)(0.1).item()).toBeCloseTo(slope, 7)
  })

  it('clipped norms are at most the bound, and a gradient of zero stays zero', () => {
    const clipped = optim.clipByGlobalNorm(0.5).update({ a: vector(3, 0), b: vector(4) }, null as never)[0]
    expect(optim.globalNorm(clipped).item()).toBeCloseTo(0.5, 15)
    expect(optim.clipByGlobalNorm(0.5).update({ a: vector(0, 0) }, null as never)[0].a.toArray()).toEqual([0, 0])
    expect(optim.globalNorm({}).item()).toBe(0)
  })

  it('masks leave the others alone; labels choose; prefixes serve subtrees; null stays', () => {
    const params = { head: { w: vector(1), b: vector(2) }, body: vector(3), nothing: null }
    const frozen = optim.masked(optim.scale(0), { head: true, body: false, nothing: null })
    const out = frozen.update(params, frozen.init(params))[0]
    expect([out.head.w.item(), out.head.b.item(), out.body.item(), out.nothing]).toEqual([0, 0, 3, null])
    const byFunction = optim.masked(optim.scale(0), (p: typeof params) => tree.map((l: Tensor) => (l.item() as number) > 2, p))
    expect(byFunction.update(params, byFunction.init(params))[0].body.item()).toBe(0)
    const two = optim.multiTransform({ a: optim.scale(2), b: optim.trace(0.5) }, { head: { w: 'a', b: 'b' }, body: 'a', nothing: null })
    const [first, state] = two.update(params, two.init(params))
    const [second] = two.update(params, state)
    expect([first, second].map((u) => [u.head.w.item(), u.head.b.item(), u.body.item()])).toEqual([[2, 2, 6], [2, 3, 6]])
  })

  it('averages parameters', () => {
    expect(optim.incrementalUpdate({ a: vector(1) }, { a: vector(3) }, 0.25).a.item()).toBe(2.5)
  })

  it('a variance that rounding makes negative gives no NaN', () => {
    const t = optim.scaleByStddev({ decay: 0.9, eps: 1e-2, epsInSqrt: false, biasCorrection: true })
    const g = vector(0.1, 0.7, 1 / 3, 1e-3, 5.1)
    expect(total(t.update(g, t.init(g))[0]).item()).not.toBeNaN()
  })

  it('labels: negative ones count from the end, others that are no class give NaN', () => {
    const logits = made(Float64Array.of(1, 2, 3, 1, 2, 3), [2, 3])
    const at = (...l: number[]): unknown => optim.softmaxCrossEntropyWithIntegerLabels(logits, made(Int32Array.from(l), [2])).toArray()
    expect(optim.softmaxCrossEntropyWithIntegerLabels(logits, [0, 1]).toArray()).toEqual(at(0, 1))
    expect(at(-1, -3)).toEqual(at(2, 0))
    expect(at(3, 0)).toEqual([NaN, (at(0, 0) as number[])[1]])
  })
})

const faults: readonly (readonly [what: string, code: string, message: RegExp, run: () => unknown])[] = [
  ['weight decay without parameters', 'tree', /^addDecayedWeights: update was called without the parameters\nWrite optimizer\.update\(grads, state, params\)/, () => optim.adamw(1).update(vector(1), optim.adamw(1).init(vector(1)))],
  ['L-BFGS without parameters', 'tree', /^scaleByLbfgs: update was called without/, () => optim.lbfgs().update(vector(1), optim.lbfgs().init(vector(1)))],
  ['an empty memory', 'shape', /^lbfgs: memorySize is 0\nGive an integer of at least 1/, () => optim.lbfgs(1, { memorySize: 0 })],
  ['the state of another chain', 'tree', /^chain: the state is not that of 2 transformations/, () => optim.sgd(1).update(vector(1), null as never)],
  ['gradients of another tree', 'tree', /differ/, () => optim.adam(1).update({ b: vector(1) }, optim.adam(1).init({ a: vector(1) }))],
  ['a label without a transformation', 'tree', /^multiTransform: no transformation for the label 'c'\nThe labels are a, b/, () => optim.multiTransform({ a: optim.scale(1), b: optim.scale(2) }, 'c').init(vector(1))],
  ['a mask of another tree', 'tree', /^masked: params/, () => optim.masked(optim.scale(1), { a: true, b: false }).init({ a: vector(1) })],
  ['a list for a record', 'tree', /^masked: /, () => optim.masked(optim.scale(1), [true]).init({ a: vector(1) })],
  ['a mask with other keys', 'tree', /^masked: /, () => optim.masked(optim.scale(1), { b: true }).init({ a: vector(1) })],
  ['a mask without a value', 'tree', /^masked: /, () => optim.masked(optim.scale(1), { a: null }).init({ a: vector(1) })],
  ['a schedule without its steps', 'tree', /^cosineDecaySchedule: decaySteps is not given\nIt takes initValue, decaySteps, and optionally alpha, exponent/, () => optim.cosineDecaySchedule(1)],
  ['no steps', 'shape', /^cosineDecaySchedule: decaySteps is 0/, () => optim.cosineDecaySchedule(1, 0)],
  ['a negative factor', 'shape', /^piecewiseConstantSchedule: the factor -1 at step 3/, () => optim.piecewiseConstantSchedule(1, { 3: -1 })],
  ['no schedules', 'tree', /^joinSchedules: no schedules/, () => optim.joinSchedules([], [])],
  ['predictions beside targets', 'shape', /^l2Loss: predictions have shape \[2\], targets \[1\]/, () => optim.l2Loss(vector(1, 2), vector(1))],
  ['fractional labels', 'dtype', /labels are float64\[1\], expected integers/, () => optim.softmaxCrossEntropyWithIntegerLabels([[1, 2]], Float64Array.of(1))],
  ['a fractional label', 'index', /position 0.5 is not an integer/, () => optim.softmaxCrossEntropyWithIntegerLabels([[1, 2]], [0.5])],
  ['too many labels', 'shape', /labels have shape \[2\], logits \[1,2\] need \[1\]/, () => optim.softmaxCrossEntropyWithIntegerLabels([[1, 2]], Int32Array.of(1, 1))],
]

describe('optim refuses', () => {
  for (const [what, code, message, run] of faults)
    it(`${what}`, () => {
      let error: unknown
      try {
        run()
      } catch (e) {
        error = e
      }
      expect(error).toBeInstanceOf(AdjointError)
      expect((error as AdjointError).code).toBe(code)
      expect((error as AdjointError).message).toMatch(message)
    })
})
