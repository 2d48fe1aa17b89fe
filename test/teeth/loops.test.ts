/** Wrong rules of the primitives behind checkpointed loops, and bodies that misbehave: the laws must see them. */
import { describe, expect, it } from 'vitest'
import { definePrimitive, foriLoop, isZero, makeJaxpr, np, opaque, ops, primitives, scan, valueAndGrad, type Primitive, type Tensor } from 'adjoint'
import { check, loops, rule, tensor, type Law } from 'adjoint/laws'
import { scanGradPrimitive } from '../../src/control/scan-grad'
import { scanRecordPrimitive } from '../../src/control/scan-record'
import { whileGradPrimitive } from '../../src/control/while-grad'
import { whileRecordPrimitive } from '../../src/control/while-record'
import type { Dual, Eqn, Jaxpr } from '../../src/ir/types'
import { named, violation } from './wrong'

const step = (c: Tensor, t: Tensor | number): Tensor => np.add(np.sin(np.multiply(c, t)), np.square(c))
const xs = np.array([0.5, -0.25, 0.75, 0.125, 0.5])
const scanned = (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [step(c, t), null] as const, x, xs, { checkpoint: 2 })[0]
const counted = (x: Tensor): Tensor => foriLoop(0, np.array(5, { dtype: 'int32' }), (_i, c: Tensor) => step(c, 0.5), x, { checkpoint: 2 })

/** The first equation of a primitive in a program, or in what its equations hold. */
function find(p: Jaxpr, prim: Primitive): Eqn | undefined {
  for (const e of p.eqns) {
    const found = e.prim === prim ? e : (e.prim.programs?.(e.params) ?? []).map((q) => find(q, prim)).find((q) => q)
    if (found) return found
  }
  return undefined
}

/** The gradient of a loop as a function of its floating scalars (initial carry, cotangents), or its recording of the first alone, by a primitive in place of its own. */
function gradientBy(prim: Primitive, own: Primitive, f: (x: Tensor) => Tensor): (x: Tensor, ct?: Tensor) => Tensor {
  const e = find(makeJaxpr(valueAndGrad(f))(0.5).jaxpr, own)!
  return (x, ct) => {
    const floats = ct ? [x, ct] : [x]
    // Before the cotangent is the number of a run: none.
    const operands = e.inputs.map((a, i) => (ct && i === e.inputs.length - 2 ? np.array(0) : a.aval.shape.length === 1 ? xs : a.aval.dtype === 'float64' ? floats.shift()! : np.array(a._tag === 'Lit' ? a.value : 5 * Number(a === e.inputs[0]), { dtype: a.aval.dtype as 'int32' })))
    return ops.bind(prim, operands, e.params).find((o) => o.aval.dtype === 'float64') as Tensor
  }
}

const tilted = (duals: readonly Dual[]): Dual[] => duals.map((d) => ({ primal: d.primal, tangent: isZero(d.tangent) ? d.tangent : ops.mul(d.tangent, 1.5) }))
const kinds = [['scan_grad', scanGradPrimitive, scanned], ['while_grad', whileGradPrimitive, counted]] as const
const args = [tensor({ shape: [], min: -0.5, max: 0.5 }), tensor({ shape: [], min: 0.5, max: 1 })]

describe.each(kinds)('%s', (_name, own, f) => {
  const lawsOf = (prim: Primitive): Law[] => rule(gradientBy(prim, own, f), args)
  const { forward, split } = own.jvpProgram!
  it('obeys the laws', () => {
    for (const law of lawsOf(own)) expect(check(law, { numRuns: 5 }).failed, law.name).toBe(false)
  })
  it.each([
    ['jvp = differences', 'a tangent half as large again', { jvpProgram: { forward: (...r: Parameters<typeof forward>) => tilted(forward(...r)), split } }, /differences give/],
    ['adjoint', 'a linear part half as large again', { jvpProgram: { forward, split: (...r: Parameters<typeof split>) => tilted(split(...r)) } }, /⟨Jᵀ v, w⟩/],
    ['batch = stack of singles', 'lanes in reverse', { batch: (...r: Parameters<Exclude<Primitive['batch'], string>>) => (own.batch as Exclude<Primitive['batch'], string>)(...r).map((v) => ops.reverse(v, [0])) }, /vmap gives/],
    ['jvp = differences', 'a kernel that turns no step', { kernel: opaque(() => ([x], [y]) => void (y![0] = x![0]!)) }, /differences give/],
  ] as const)('%s: %s', (law, _what, wrong, evidence) => {
    expect(violation(named(lawsOf(definePrimitive({ ...own, ...(wrong as object) })), law)).message).toMatch(evidence)
  })
})

describe.each([['scan_record', scanRecordPrimitive, scanned], ['while_record', whileRecordPrimitive, counted]] as const)('%s', (_name, own, f) => {
  const lawsOf = (prim: Primitive): Law[] => rule(gradientBy(prim, own, f), [args[0]!])
  const { forward, split } = own.jvpProgram!
  it('obeys the laws', () => {
    for (const law of lawsOf(own)) expect(check(law, { numRuns: 5 }).failed, law.name).toBe(false)
  })
  it('jvp = differences: a run with tangents half as large again', () => {
    const wrong = definePrimitive({ ...own, jvpProgram: { forward: (...r: Parameters<typeof forward>) => tilted(forward(...r)), split } })
    expect(violation(named(lawsOf(wrong), 'jvp = differences')).message).toMatch(/differences give/)
  })
})

/** sin x, that is another function at each call: what is run again is not what was run. */
const moody = (): Primitive => {
  let runs = 0
  return definePrimitive({ ...primitives.find((p) => p.name === 'sin')!, name: 'moody', simplify: undefined, kernel: opaque(() => ([x], [y]) => x!.forEach((v, i) => void (y![i] = Math.sin(v + 1e-3 * runs++)))) })
}

describe('a body with a memory', () => {
  const prim = moody()
  const body = (c: Tensor, x: Tensor): [Tensor, Tensor] => [np.square(ops.bind(prim, [np.add(c, x)], {})[0] as Tensor), c]
  const laws = loops(body, tensor({ shape: [2] }), tensor({ shape: [6, 2] }))
  it.each(laws.map((l) => l.name.replace(/^[^:]*: /, '')))('%s', (name) => {
    expect(violation(named(laws, name)).message).toMatch(/of form \d: result \d/)
  })
})
