import { describe, expect, it } from 'vitest'
import { sample } from 'fast-check'
import { definePrimitive, primitives } from 'adjoint'
import { check, recipes, rule } from 'adjoint/laws'
import { application } from '../../laws/program/arbitrary'

describe('recipes', () => {
  it('there is one for every primitive', () => {
    expect(primitives.filter((p) => !recipes.has(p)).map((p) => p.name)).toEqual([])
  })

  it('choose what the shape rule accepts, and what can be computed', () => {
    for (const [prim, recipe] of recipes)
      for (const c of sample(application(prim, recipe), 40)) expect(c.call(...c.args).length).toBeGreaterThan(0)
  })

  it('a primitive without one is asked for it', () => {
    const mine = definePrimitive({ ...primitives[0]!, name: 'mine' })
    expect(() => rule(mine)).toThrow(/there is no recipe for mine/)
    for (const law of rule(mine, (choose) => ({ operands: [choose.variable()] }))) check(law, { numRuns: 5 })
  })

  it('lanes have the avals of the arguments, and differ', () => {
    for (const c of sample(application(primitives.find((p) => p.name === 'add')!, recipes.get(primitives.find((p) => p.name === 'add')!)!), 40)) {
      const other = c.lane(1)
      other.forEach((t, i) => expect([t.dtype, t.shape]).toEqual([c.args[i]!.dtype, c.args[i]!.shape]))
      if (c.args.some((t) => t.size > 0)) expect(String(other)).not.toBe(String(c.args))
    }
  })
})
