/** Tables by variable are maps; twins are equations of one structural key; one sweep of the simplifier settles a program. */
import { assert, integer, array, property, sample } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { program } from '../../laws/index'
import { grad, makeJaxpr, np, type Tensor } from '../../src/index'
import { fingerprint } from '../../src/ir/fingerprint'
import { Twins } from '../../src/ir/sharing'
import { VarSet, VarTable } from '../../src/ir/table'
import { aval, freshVar, lit, type Atom, type Eqn, type Jaxpr } from '../../src/ir/types'
import { simplified } from '../../src/transforms/program'
import { arithmetic } from '../../src/primitives/elementwise/arithmetic'

const scalar = aval([], 'float64')
const [add, mul] = ['add', 'mul'].map((name) => arithmetic.find((p) => p.name === name)!)

describe('tables by variable', () => {
  it('are maps, whatever the ids', () => {
    const vars = Array.from({ length: 20 }, () => freshVar(scalar))
    const eqns = vars.slice(1).map((v, i): Eqn => ({ prim: add, inputs: [vars[i], vars[i]], params: {}, outs: [v] }))
    const scattered = eqns.map((e, i): Eqn => (i % 2 ? e : { ...e, outs: [{ ...e.outs[0], id: e.outs[0].id * 1000 }] }))
    for (const list of [eqns, scattered, []]) {
      const p: Jaxpr = { inputs: [vars[0]], constCount: 0, eqns: list, outs: [] }
      assert(property(array(integer({ min: -30, max: 30 }), { maxLength: 60 }), (steps) => {
        const [table, map] = [new VarTable<number | undefined>(p), new Map<number, number>()]
        steps.forEach((s, k) => {
          const id = vars[0].id + Math.abs(s)
          if (s < 0) map.delete(id)
          else map.set(id, k)
          if (s < 0) table.set(id, undefined)
          else table.set(id, k)
          expect(table.get(id)).toEqual(map.get(id))
        })
        for (let id = vars[0].id - 40; id < vars[0].id + 70; id++) expect(table.get(id)).toBe(map.get(id))
      }), { numRuns: 100 })
    }
  })
})

describe('sets of variables', () => {
  it('hold what was added, inside and outside of the program', () => {
    const vars = Array.from({ length: 60 }, () => freshVar(scalar))
    const p: Jaxpr = { inputs: [vars[0]], constCount: 0, eqns: vars.slice(10, 50).map((v): Eqn => ({ prim: add, inputs: [vars[0], vars[0]], params: {}, outs: [v] })), outs: [] }
    assert(property(array(integer({ min: 0, max: 59 }), { maxLength: 40 }), integer({ min: 0, max: 59 }), (added, taken) => {
      const [marks, model] = [new VarSet(p), new Set(added)]
      marks.addAll([lit(1, scalar), ...added.map((i) => vars[i])])
      marks.set(vars[taken].id, 0)
      model.delete(taken)
      expect(vars.map((v) => marks.has(v.id))).toEqual(vars.map((_, i) => model.has(i)))
      expect(marks.meets([lit(1, scalar), ...vars])).toBe(model.size > 0)
    }), { numRuns: 100 })
  })
})

describe('twins', () => {
  const atoms: readonly Atom[] = [freshVar(scalar), freshVar(scalar), lit(0, scalar), lit(-0, scalar), lit(NaN, scalar), lit(1, scalar), lit(1, aval([], 'float64', true)), lit(1, aval([], 'int32'))]
  it('have one structural key, literals by bits', () => {
    assert(property(array(integer({ min: 0, max: 255 }), { minLength: 2, maxLength: 200 }), (codes) => {
      const eqns = new Array<Eqn>(codes.length)
      const twins = new Twins(eqns)
      const keys = new Map<string, Eqn>()
      codes.forEach((code, at) => {
        const pair = [code & 7, (code >> 3) & 7]
        const inputs = pair.map((i) => atoms[i])
        const e: Eqn = { prim: code & 64 ? add : mul, inputs, params: code & 128 ? { axes: [1] } : {}, outs: [freshVar(scalar)] }
        // Both primitives are commutative: operands in either order are the same.
        const key = fingerprint({ inputs: atoms.slice(0, 2) as never, constCount: 0, eqns: [{ ...e, inputs: [...pair].sort().map((i) => atoms[i]) }], outs: [] }).key + pair.sort().join()
        eqns[at] = e
        expect(twins.find(e, at)).toBe(keys.get(key))
        if (!keys.has(key)) keys.set(key, e)
      })
    }), { numRuns: 200 })
  })
})

describe('simplification', () => {
  it('is settled after one call: simplify ∘ simplify = simplify', () => {
    for (const c of sample(program({ maxSteps: 8 }), { numRuns: 150, seed: 3 })) {
      const { jaxpr } = makeJaxpr((...xs: Tensor[]) => c.call(...xs))(...(c.args as never[])) as unknown as { jaxpr: Jaxpr }
      const once = simplified(jaxpr)
      expect(fingerprint(simplified({ ...once })).key).toBe(fingerprint(once).key)
    }
    const { jaxpr } = makeJaxpr(grad((x: Tensor) => np.sum(np.exp(np.negative(np.square(x))).mul(x.mul(1).add(np.zeros(3))))))(np.ones(3)) as unknown as { jaxpr: Jaxpr }
    const once = simplified(jaxpr)
    expect(fingerprint(simplified({ ...once })).key).toBe(fingerprint(once).key)
  })
  it('of a long program is one list of equations, unfrozen', () => {
    const n = 30000
    const { jaxpr } = makeJaxpr((x: Tensor) => {
      let y = x
      for (let k = 0; k < n; k++) y = y.mul(x).mul(1)
      return y
    })(1) as unknown as { jaxpr: Jaxpr }
    expect(simplified(jaxpr).eqns.length).toBe(n)
  })
})
