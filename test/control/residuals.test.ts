/** What a loop keeps of each step for its backward sweep. */
import { describe, expect, it } from 'vitest'
import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { grad, makeJaxpr, np, scan, whileLoop, type Tensor } from '../../src/index'
import { isLit, type Eqn, type Jaxpr, type Var } from '../../src/ir/types'
import { planResiduals } from '../../src/control/residuals'
import { scanPrimitive } from '../../src/control/scan'
import { whileGradPrimitive } from '../../src/control/while-grad'
import { linearizeProgram, residualVars } from '../../src/transforms/linearize'

const elements = (a: { readonly aval: { readonly shape: readonly number[] } }): number => a.aval.shape.reduce((n, e) => n * e, 1)

/** Elements that a step of the scans in a program stacks, after `results` that the user asked for. */
function stackedBy(f: (x: Tensor) => Tensor, x: Tensor): number {
  const outs = makeJaxpr(grad(f))(x).eqns.filter((e) => e.prim === scanPrimitive && !(e.params as { linear?: boolean }).linear)
  if (outs.length === 0) return 0
  const { carries, length } = outs[0]!.params as unknown as { carries: number; length: number }
  return outs[0]!.outs.slice(carries).reduce((n, o) => n + elements(o) / length, 0)
}

/** What the linearised body reads of each step, without a plan. */
function residualElements(body: Jaxpr): number {
  const carry = body.inputs.length - 1
  const l = linearizeProgram(body, body.inputs.map((_, i) => i === carry))
  return residualVars(l).filter((v) => l.known.inputs.every((x, i) => x.id !== v.id || i === carry)).reduce((n, v) => n + elements(v), 0)
}

const x = np.array([0.5, 0.25, -0.5, 1])
type Step = (c: Tensor, t: Tensor) => Tensor
const w = np.reshape(np.arange(16), [4, 4]).div(40)
const cases: readonly (readonly [what: string, step: Step, before: number, kept: number])[] = [
  ['a polynomial keeps the carry, not its powers', (c, t) => np.multiply(np.subtract(np.multiply(np.multiply(c, c), c), np.multiply(c, 0.5)), t), 8, 4],
  ['a logistic map with a slice: the carry', (c, t) => np.multiply(np.multiply(c, np.subtract(1, c)), np.multiply(t, 3)), 12, 4],
  ['tanh keeps its result, not its derivative', (c, t) => np.tanh(np.add(c, t)), 4, 4],
  ['relu keeps the carry, or the mask', (c, t) => np.maximum(np.subtract(np.multiply(c, t), 0.1), 0), 4, 4],
  ['a layer keeps its state and its result', (c, t) => np.tanh(np.add(np.matmul(w, c), t)), 4, 4],
  ['exponentials are kept, not computed again', (c, t) => np.exp(np.multiply(np.exp(np.multiply(c, -0.1)), t)), 8, 8],
  ['a broadcast is kept as what it repeats', (c, t) => np.sum(np.square(np.multiply(np.broadcastTo(c, [4, 4]), w)), 0).add(t), 16, 4],
  ['what reads only slices and constants is not kept', (c, t) => np.add(np.multiply(c, np.multiply(np.add(t, 1), t)), t), 4, 0],
]

describe('a scan keeps', () => {
  it.each(cases)('%s', (_what, step, before, kept) => {
    const f = (v: Tensor): Tensor => np.sum(scan((c: Tensor, t: Tensor) => [step(c, t), null] as const, v, np.reshape(np.arange(20), [5, 4]).div(20))[0])
    const plain = residualElements(makeJaxpr((t: Tensor, c: Tensor) => step(c, t))(x, x).jaxpr)
    expect([plain, stackedBy(f, x)]).toEqual([before, kept])
  })
  it('a result that it stacks anyway once', () => {
    const f = (v: Tensor): Tensor => np.sum(np.square(scan((c: Tensor, t: Tensor) => {
      const h = np.tanh(np.add(c, t))
      return [h, h] as const
    }, v, np.reshape(np.arange(20), [5, 4]).div(20))[1]))
    expect(stackedBy(f, x)).toBe(4)
  })
})

describe('a while keeps', () => {
  it.each(cases.filter(([what]) => !/slices/.test(what)))('%s', (_what, step, _before, kept) => {
    const f = (v: Tensor): Tensor => np.sum(whileLoop(([i]: readonly [Tensor, Tensor]) => np.less(i, 4), ([i, c]) => [np.add(i, 1), step(c, x)] as const, [np.array(0, { dtype: 'int32' }), v] as const)[1])
    const find = (p: Jaxpr): readonly Eqn[] => p.eqns.flatMap((e) => (e.prim === whileGradPrimitive ? [e] : (e.prim.programs?.(e.params) ?? []).slice(0, 1).flatMap(find)))
    const [e] = find(makeJaxpr(grad(f))(x).jaxpr)
    const { record, body } = e!.params as unknown as { record: Jaxpr; body: Jaxpr }
    expect(record.outs.slice(body.outs.length).reduce((n, o) => n + elements(o), 0)).toBeLessThanOrEqual(kept)
  })
})

describe('a plan', () => {
  /** Random programs of add (cheap), sin (not cheap) and sums (not elementwise) of vectors of some lengths. */
  const programs = tuple(integer({ min: 2, max: 7 }), array(tuple(integer({ min: 0, max: 99 }), integer({ min: 0, max: 99 }), constantFrom('add', 'mul', 'sin', 'spread', 'sum')), { minLength: 1, maxLength: 7 }), array(integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 3 }))
  it('keeps as few elements as any choice from which the residuals follow', () => {
    assert(property(programs, ([n, steps, picks]) => {
      const { jaxpr } = makeJaxpr((a: Tensor, b: Tensor, c: Tensor) => {
        const values = [a, b, c]
        for (const [i, j, op] of steps) {
          const [p, q] = [values[i % values.length]!, values[j % values.length]!]
          values.push(op === 'sin' ? np.sin(p) : op === 'sum' ? np.sum(p) : op === 'spread' ? np.broadcastTo(p.ndim > 0 ? p.at(0) : p, [n]) : p.ndim === q.ndim ? (op === 'add' ? np.add(p, q) : np.multiply(p, q)) : np.cos(q))
        }
        return values.slice(3)
      })(np.zeros([n]), np.array(1), np.zeros([n]))
      const residuals = picks.map((k) => jaxpr.outs[k % jaxpr.outs.length]!)
      // The last input is there anyway.
      const free = new Set([jaxpr.inputs[2]!.id])
      const vars: Var[] = [...jaxpr.inputs.slice(0, 2), ...jaxpr.eqns.flatMap((e) => e.outs)]
      const cheap = (e: Eqn): boolean => e.prim.kernel._tag === 'View' || e.prim.name === 'add' || e.prim.name === 'mul'
      const suffices = (kept: ReadonlySet<number>): boolean => {
        const have = new Set([...kept, ...free])
        for (const e of jaxpr.eqns) if (cheap(e) && e.inputs.every((a) => isLit(a) || have.has(a.id))) have.add(e.outs[0]!.id)
        return residuals.every((r) => isLit(r) || have.has(r.id))
      }
      const weigh = (kept: readonly Var[]): number => kept.reduce((s, v) => s + elements(v), 0)
      const plan = planResiduals(jaxpr, residuals, free, new Set())
      expect(suffices(new Set(plan.kept.map((v) => v.id)))).toBe(true)
      let least = Infinity
      for (let mask = 0; mask < 2 ** vars.length; mask++) {
        const kept = vars.filter((_, i) => (mask >> i) & 1)
        if (weigh(kept) < least && suffices(new Set(kept.map((v) => v.id)))) least = weigh(kept)
      }
      expect(weigh(plan.kept)).toBe(least)
      // A carry as it is found and as it is left: no more is kept than without, and a pair counts once.
      const pairs = jaxpr.eqns.flatMap((e) => e.outs).filter((o) => elements(o) === n && o.id !== jaxpr.inputs[0]!.id).slice(0, 1).map((o) => [jaxpr.inputs[0]!, o] as const)
      const joint = planResiduals(jaxpr, residuals, free, new Set(), pairs)
      const ids = new Set(joint.kept.map((v) => v.id))
      expect(suffices(ids)).toBe(true)
      expect(weigh(joint.kept)).toBeLessThanOrEqual(least)
    }), { numRuns: 150 })
  })
  it('runs no long chain again', () => {
    const chain = (c: Tensor): Tensor => {
      let v = c
      for (let k = 0; k < 20; k++) v = np.multiply(np.add(v, c), 0.5)
      return np.multiply(v, v)
    }
    const { jaxpr } = makeJaxpr(chain)(x)
    const plan = planResiduals(jaxpr, jaxpr.outs, new Set(), new Set())
    expect(plan.again.length).toBeLessThanOrEqual(8)
    expect(plan.kept.reduce((n, v) => n + elements(v), 0)).toBe(4)
  })
})
