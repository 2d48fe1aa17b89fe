/** The laws of rules over the primitives that hold programs, and over those of Taylor series; and wrong rules of each. */
import { describe, expect, it } from 'vitest'
import { definePrimitive, isZero, ops, type Primitive } from 'adjoint'
import { check, rule, witnesses as collected, type Law, type Witness } from 'adjoint/laws'
import type { Dual } from '../../src/ir/types'
import { named, violation } from '../teeth/wrong'

const witnesses = collected()

const numRuns = 4
const lawsOf = (w: Witness, prim: Primitive, order: number): Law[] => rule(w.by(prim) as never, w.args, { order })

describe('witnesses', () => {
  it('there is one for every primitive that holds programs', () => {
    const names = ['checkpoint', 'cond', 'custom_call', 'custom_root', 'linear_call', 'linear_solve', 'scan', 'scan_grad', 'scan_record', 'while', 'while_grad', 'while_record']
    expect([...new Set(witnesses.map((w) => w.prim.name))].sort()).toEqual([...names, 'prepend', 'series_div', 'series_mul', 'series_reciprocal', 'stack', 'unstack'].sort())
  })
})

describe.each(witnesses.map((w) => [w.name, w] as const))('%s', (_name, w) => {
  for (const law of lawsOf(w, w.prim, 2)) it(law.name.replace(/^[^:]*: /, ''), { retry: /differences/.test(law.name) ? 2 : 0 }, () => expect(check(law, { numRuns }).failed).toBe(false))
})

const tilted = (duals: readonly Dual[]): Dual[] => duals.map((d) => ({ primal: d.primal, tangent: isZero(d.tangent) ? d.tangent : ops.mul(d.tangent, 1.5) }))
type Batch = Exclude<Primitive['batch'], string>

describe.each(witnesses.map((w) => [w.name, w] as const))('%s with a wrong rule', (_name, w) => {
  const { prim } = w
  const broken = (wrong: object, law: string): string => violation(named(lawsOf(w, definePrimitive({ ...prim, ...wrong } as never), 1), law)).message
  const { jvpProgram } = prim
  if (jvpProgram)
    it('a tangent half as large again', () => {
      const wrong = { jvpProgram: { forward: (...r: Parameters<typeof jvpProgram.forward>) => tilted(jvpProgram.forward(...r)), split: jvpProgram.split } }
      expect(broken(wrong, 'jvp = differences')).toMatch(/differences give/)
    })
  else
    it('a tangent half as large again', () => {
      const wrong = { jvp: (...r: Parameters<Primitive['jvp']>) => [prim.jvp(...r)].flat().map((t) => (isZero(t as never) ? t : ops.mul(t as never, 1.5))) }
      expect(broken(wrong, 'jvp = differences')).toMatch(/differences give/)
    })
  if (jvpProgram)
    it('a linear part half as large again', () => {
      const wrong = { jvpProgram: { forward: jvpProgram.forward, split: (...r: Parameters<typeof jvpProgram.split>) => tilted(jvpProgram.split(...r)) } }
      expect(broken(wrong, 'adjoint')).toMatch(/⟨Jᵀ v, w⟩/)
    })
  it('lanes in reverse', () => {
    const wrong = { batch: (...r: Parameters<Batch>) => (prim.batch as Batch)(...r).map((v) => ops.reverse(v, [0])) }
    expect(broken(wrong, 'batch = stack of singles')).toMatch(/vmap gives/)
  })
})
