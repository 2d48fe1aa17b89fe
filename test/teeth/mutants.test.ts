/**
 * Every rule of every primitive, made wrong: the law must see it. So no recipe is so tame that its laws say nothing.
 */
import { describe, expect, it } from 'vitest'
import { definePrimitive, isZero, primitives, type Primitive } from 'adjoint'
import { recipes, rule } from 'adjoint/laws'
import { named, scaled, violation } from './wrong'

/** Constant almost everywhere, or without floating results: nothing to be wrong about. */
const flat = new Set([
  'sign', 'floor', 'ceil', 'round', 'trunc', 'shift_left', 'shift_right_arithmetic', 'shift_right_logical', 'population_count', 'clz',
  'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or', 'xor', 'not', 'is_finite', 'is_nan', 'stop_gradient', 'reduce_and', 'reduce_or',
  'argmax', 'argmin', 'iota', 'threefry2x32', 'unit_interval',
])

const mutants = primitives.filter((p) => recipes.has(p))

describe('a jvp half as large again', () => {
  it.each(mutants.filter((p) => !flat.has(p.name)).map((p) => [p.name, p] as const))('%s', (_name, p) => {
    const wrong: Primitive = definePrimitive({ ...p, jvp: (o, ...rest) => scaled(o, p.jvp(o, ...rest), 1.5) })
    expect(violation(named(rule(wrong, recipes.get(p)!), 'jvp = differences'), 300).message).toMatch(/differences give/)
  })
})

describe('a transpose half as large again', () => {
  it.each(mutants.flatMap((p) => (p.transpose === 'nonlinear' ? [] : [[p.name, p, p.transpose] as const])))('%s', (_name, p, transpose) => {
    const wrong: Primitive = definePrimitive({
      ...p,
      transpose: (o, cts, ...rest) => transpose(o, cts.map((ct) => (isZero(ct) ? ct : o.mul(ct, 1.5))), ...rest),
    })
    expect(violation(named(rule(wrong, recipes.get(p)!), 'transpose is the adjoint'), 300).message).toMatch(/⟨fᵀ v, w⟩/)
  })
})

describe('a batch rule that gives the lanes in reverse', () => {
  it.each(mutants.flatMap((p) => (p.batch === 'elementwise' || p.name === 'iota' ? [] : [[p.name, p, p.batch] as const])))('%s', (_name, p, batch) => {
    const wrong: Primitive = definePrimitive({ ...p, batch: (o, ...rest) => batch(o, ...rest).map((v) => o.reverse(v, [0])) })
    expect(violation(named(rule(wrong, recipes.get(p)!), 'batch = stack of singles'), 300).message).toMatch(/vmap gives/)
  })
})

// What iota writes is of every number dtype, so only its parameter says which.
describe('a shape rule that says another dtype', () => {
  it.each(mutants.filter((p) => p.name !== 'iota').map((p) => [p.name, p] as const))('%s', (_name, p) => {
    const wrong: Primitive = definePrimitive({
      ...p,
      shape: (avals, params) => {
        const r = p.shape(avals, params)
        return r._tag === 'Left' ? r : { _tag: 'Right', right: r.right.map((a, i) => (i > 0 ? a : { ...a, dtype: a.dtype === 'int32' ? 'bool' : 'int32' })) }
      },
    })
    expect(violation(named(rule(wrong, recipes.get(p)!), 'shape rule = kernel'), 300).message).toContain('shape rule = kernel')
  })
})
