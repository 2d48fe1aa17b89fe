/** Every primitive has a recipe, and recipes choose what the shape rules accept. */
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
    const add = primitives.find((p) => p.name === 'add')!
    for (const c of sample(application(add, recipes.get(add)!), 40).filter(({ args }) => args.some((t) => t.size > 1 && new Set(t.data()).size > 1))) {
      const other = c.lane(1)
      expect(other.map((t) => [t.dtype, t.shape])).toEqual(c.args.map((t) => [t.dtype, t.shape]))
      expect(String(other)).not.toBe(String(c.args))
    }
  })
})
