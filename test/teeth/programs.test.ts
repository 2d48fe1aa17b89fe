/** Random programs with one wrong primitive among the right ones: the laws find it, and shrink to little more than it. */
import { describe, expect, it } from 'vitest'
import { programs, type Law, type ProgramCase, type Recipe } from 'adjoint/laws'
import { opaque, type Primitive } from 'adjoint'
import { named, one, triple, violation, wave } from './wrong'

const withWrong = (prim: Primitive, recipe: Recipe = one): Law[] => programs({ primitives: new Map([[prim, recipe]]), maxSteps: 4 })
const lawOf = (laws: readonly Law[], start: string, name: string): Law => named(laws.filter((l) => l.name.startsWith(start)), name)

const wrongJvp = wave({ jvp: (ops, [x], _y, [dx]) => ops.mul(dx!, ops.sin(x!)) })
const wrongTranspose = triple({ transpose: (ops, [ct]) => [ops.mul(ct!, 4)] })
const wrongBatch = triple({ batch: (ops, [x]) => [ops.mul(4, x!)] })
const nonlinear = wave({ jvp: (ops, _x, _y, [dx]) => ops.mul(dx!, dx!) })
const lying = wave({ simplify: (_ctx, { inputs: [x] }) => x })
let runs = 0
const counting = triple({ kernel: opaque(() => (_from, [to]) => void to!.fill(runs++)) })

describe('random programs with a wrong primitive', () => {
  it.each([
    ['random', 'jvp = differences', wrongJvp],
    ['random', 'jvp is linear in the tangent', nonlinear],
    ['random', 'adjoint', wrongTranspose],
    ['random', 'transpose ∘ transpose = id', wrongTranspose],
    ['random', 'grad = vjp with 1', wrongTranspose],
    ['random', 'jacfwd = jacrev', wrongTranspose],
    ['random', 'batch = stack of singles', wrongBatch],
    ['random', 'vmap along any axes', wrongBatch],
    ['random', 'vmap in vmap', wrongBatch],
    ['random', 'grad and vmap commute', wrongBatch],
    ['random', 'jit f = f', lying],
    ['random', 'evalJaxpr ∘ makeJaxpr = id', lying],
    ['transformed', 'jvp = differences', wrongJvp],
    ['transformed', 'adjoint', wrongTranspose],
    ['transformed', 'batch = stack of singles', wrongBatch],
    ['transformed', 'jit f = f', counting],
    ['transformed', 'jacfwd = jacrev', wrongTranspose],
  ] as const)('%s programs: %s', (start, name, prim) => {
    const { message, counterexample } = violation(lawOf(withWrong(prim), start, name), 500)
    expect(message).toContain(`= ${prim.name} `)
    const [smallest] = counterexample as [ProgramCase]
    expect(start === 'random' ? smallest.program.steps.length : 0).toBeLessThanOrEqual(6)
  })
})
