/**
 * adjoint/laws: what the rules of primitives, functions and programs must obey, as properties that users can hold their
 * own to. Needs fast-check.
 *
 * Example: rule(mine, recipe).forEach((law) => check(law))
 */
export { check, LawViolation, type Law } from './law'
export { rule, type RuleOptions } from './rule'
export { batched, compiled, linear, transforms } from './transforms'
export { loops } from './loops'
export { programs, transformed } from './programs'
export { shape, type ShapeOptions } from './arbitraries/shape'
export { tensor, type TensorOptions } from './arbitraries/tensor'
export { tree, type TreeOptions } from './arbitraries/tree'
export { program, programOf, type Draws, type ProgramCase, type ProgramOptions } from './program/arbitrary'
export { recipes } from './recipes/index'
export { witnesses, type Witness } from './witnesses'
export type { Application, Choices, Interval, Recipe, Variable, Wish } from './program/choices'
export type { AnyFunction, Arguments, Case } from './case'
