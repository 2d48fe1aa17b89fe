/**
 * `transforms`, `linear`, `batched`, `compiled`: laws of a user's function under the transforms.
 *
 * Example: transforms((x) => np.tanh(x), [tensor()]).forEach((law) => check(law))
 */
import { casesOf, lawsOf, type AnyFunction, type Arguments } from './case'
import { anyAxes, nested, stackOfSingles } from './claims/batching'
import { deterministic, evaluated, jitted, onEveryBackend, threaded } from './claims/compiling'
import {
  gradIsVjp, gradOfVmap, hessians, homogeneous, jacobians, jitOfTransforms, linearAdjoint, linearizeIsJvp, mixedPartials,
  sameValue, transposeTwice,
} from './claims/transforms'
import { structures } from './claims/structure'
import type { Law } from './law'

const nameOf = (f: AnyFunction): string => f.name || 'f'

/** vmap f = stack ∘ map f, over every choice of arguments and axes, and nested. */
export const batched = (f: AnyFunction, args: Arguments): Law[] => lawsOf(nameOf(f), casesOf(f, args), [stackOfSingles, anyAxes, nested])

/** f compiled, by jit with and without threads and by every backend, gives the bits, dtypes and shapes of f. */
export const compiled = (f: AnyFunction, args: Arguments): Law[] => lawsOf(nameOf(f), casesOf(f, args), [deterministic, jitted, evaluated, onEveryBackend, threaded])

/** f is linear in all its arguments together: f (α x + β y) = α f x + β f y, and linearTranspose gives its adjoint. */
export const linear = (f: AnyFunction, args: Arguments): Law[] =>
  lawsOf(nameOf(f), casesOf(f, args), [homogeneous, linearAdjoint])

/** The claims that relate the transforms to one another. */
export const relations = [
  sameValue, linearizeIsJvp, transposeTwice, gradIsVjp, jacobians, hessians, gradOfVmap, mixedPartials, jitOfTransforms,
] as const

/** The transforms of f agree with one another, and with f on single points. */
export const transforms = (f: AnyFunction, args: Arguments): Law[] =>
  lawsOf(nameOf(f), casesOf(f, args), [stackOfSingles, anyAxes, nested, jitted, ...relations, ...structures])
