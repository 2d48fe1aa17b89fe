/**
 * `rule`: the laws that the rules of a primitive, or of any function, obey: derivatives, batching, shapes, bits.
 *
 * Law: a primitive is right if these hold of it, at its own order and for its jvp (order 2); everything else is composed.
 * Example: rule(sin); rule(mine, (choose) => ({ operands: [choose.variable()] })); rule((x) => np.sin(x), [tensor()])
 */
import { constantFrom, tuple, type Arbitrary } from 'fast-check'
import type { Primitive, Tensor } from '../src/index'
import { casesOf, lawsOf, smooth, type AnyFunction, type Arguments, type Case, type Claim } from './case'
import { stackOfSingles } from './claims/batching'
import { deterministic, jitted, looped, onEveryBackend } from './claims/compiling'
import { adjoint, differences, linearTangent, symbolicZeros } from './claims/derivative'
import { isPrimitiveCase, shapeRule } from './claims/kernel'
import { linearAdjoint } from './claims/transforms'
import { derive } from './derive'
import type { Law } from './law'
import { application } from './program/arbitrary'
import type { Recipe } from './program/choices'
import { recipes } from './recipes/index'

export interface RuleOptions {
  /** Up to which derivative; default 2: the rule, and the jvp of the rule. */
  readonly order?: number
  /** How far a derivative may be from differences, relative to its size; default 1e-6 in float64, 2e-2 in float32. */
  readonly tolerance?: number
}

/** The case in the operands that a primitive is linear in together, the others held. */
function linearParts(c: Case): Case[] {
  if (!isPrimitiveCase(c) || c.prim.transpose === 'nonlinear') return []
  const linear = c.prim.linear ?? { joint: c.args.map((_, i) => i) }
  const groups = 'joint' in linear ? [linear.joint] : linear.each.flatMap((i) => (i < c.args.length ? [[i]] : []))
  return groups.map((moving): Case => {
    const held = (xs: readonly Tensor[]): Tensor[] => {
      const full = [...c.args]
      moving.forEach((at, k) => (full[at] = xs[k]!))
      return full
    }
    return { ...c, args: moving.map((i) => c.args[i]!), lane: (k) => moving.map((i) => c.lane(k)[i]!), call: (...xs) => c.call(...held(xs)) }
  })
}

const transposed: Claim = {
  name: 'transpose is the adjoint',
  statement: 'In the operands that it is linear in: ⟨v, f w⟩ = ⟨fᵀ v, w⟩, and transposing twice gives f.',
  holds: (c, seed) => linearParts(c).forEach((part) => {
    const s = smooth(part)
    // Operands that are no floats have no cotangent, so only wholly floating ones are transposed.
    if (s.args.length === part.args.length) linearAdjoint.holds(part, seed)
  }),
}

const derivatives = (tolerance?: number): readonly Claim[] => [differences(tolerance), linearTangent, symbolicZeros, adjoint]

/** A claim about the derivative of a case. */
const ofDerivative = (order: number, claim: Claim): Claim => ({
  name: `order ${order}: ${claim.name}`,
  statement: `Of the ${order === 2 ? 'first' : `${order - 1}th`} derivative: ${claim.statement}`,
  holds: (c, seed) => {
    let d = c
    for (let k = 1; k < order; k++) {
      const next = derive('jvp', d, seed + k)
      if (next === d) return
      d = next
    }
    claim.holds(d, seed)
  },
})

const isPrimitive = (x: Primitive | AnyFunction): x is Primitive => typeof x === 'object'

function recipeFor(p: Primitive, given: Recipe | undefined): Recipe {
  const recipe = given ?? recipes.get(p)
  if (!recipe) throw new TypeError(`rule: there is no recipe for ${p.name}\nPass one: rule(${p.name}, (choose) => ({ operands: [choose.variable()], params: {} })).`)
  return recipe
}

/**
 * The laws of a primitive's rules, or of a function's derivatives. A primitive that adjoint does not know needs a recipe:
 * how to choose operands and parameters; a function one arbitrary an argument. Of a function with a reverse rule only, J is
 * the transpose of its pullback.
 */
export function rule(subject: Primitive, recipe?: Recipe, options?: RuleOptions): Law[]
export function rule(subject: AnyFunction, args: Arguments, options?: RuleOptions): Law[]
export function rule(subject: Primitive | AnyFunction, given?: Recipe | Arguments, { order = 2, tolerance }: RuleOptions = {}): Law[] {
  const higher = Array.from({ length: Math.max(0, order - 1) }, (_, k) => [...derivatives(tolerance), stackOfSingles].map((c) => ofDerivative(k + 2, c))).flat()
  const exact = [stackOfSingles, deterministic, jitted, onEveryBackend, looped]
  if (!isPrimitive(subject)) return lawsOf(subject.name || 'f', casesOf(subject, given as Arguments), [...derivatives(tolerance), ...exact, ...higher])
  const recipe = recipeFor(subject, given as Recipe | undefined)
  const tame: Arbitrary<Case> = application(subject, recipe)
  // Bits are compared on NaN and infinities too.
  const any: Arbitrary<Case> = tuple(tame, application(subject, recipe, true), constantFrom(0, 1)).map((c) => c[c[2]] as Case)
  return [
    ...lawsOf(subject.name, any, [shapeRule, ...exact]),
    ...lawsOf(subject.name, tame, [...derivatives(tolerance), ...(subject.transpose === 'nonlinear' ? [] : [transposed]), ...higher]),
  ]
}
