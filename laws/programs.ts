/**
 * `programs`: the laws on random programs, and on what up to two transforms make of them.
 *
 * Law: every transform agrees with its definition on functions that other transforms made. So compositions to depth 3 of
 * jit, vmap, jvp, vjp, grad, linearize and jacfwd are right, and so on by induction.
 */
import { array, constantFrom, nat, tuple, type Arbitrary } from 'fast-check'
import { lawsOf, type Case } from './case'
import { anyAxes, nested, stackOfSingles } from './claims/batching'
import { deterministic, evaluated, jitted, onEveryBackend, threaded } from './claims/compiling'
import { adjoint, differences, linearTangent, symbolicZeros } from './claims/derivative'
import { structures } from './claims/structure'
import { derive, words, type Word } from './derive'
import type { Law } from './law'
import { program, type ProgramOptions } from './program/arbitrary'
import { relations } from './transforms'

/** Random programs put through up to `depth` transforms. */
export function transformed(options: ProgramOptions = {}, depth = 2): Arbitrary<Case> {
  return tuple(program(options), array(constantFrom(...words), { minLength: 1, maxLength: depth, size: 'max' }), nat({ max: 99 })).map(([p, path, seed]) =>
    path.reduce<Case>((c, word, i) => tried(word, c, seed + i), p),
  )
}

/** The derived case; where it cannot even be made, one that throws what went wrong when it is called. */
function tried(word: Word, c: Case, seed: number): Case {
  try {
    return derive(word, c, seed)
  } catch (e) {
    return { ...c, call: () => { throw e }, toString: () => `${word} of ${String(c)}` }
  }
}

const bits = [deterministic, jitted, evaluated, onEveryBackend, threaded]
const batching = [stackOfSingles, anyAxes, nested]
const derivatives = [differences(), linearTangent, symbolicZeros, adjoint]

/** The laws on random programs. Their elements include NaN and infinities where bits are compared. */
export const programs = (options: ProgramOptions = {}): Law[] => [
  ...lawsOf('random programs', program({ wild: true, ...options }), bits),
  ...lawsOf('random programs', program(options), [...batching, ...derivatives, ...relations, ...structures]),
  ...lawsOf('transformed programs', transformed({ maxSteps: 4, ...options }), [jitted, evaluated, onEveryBackend, stackOfSingles, ...derivatives, relations[1], relations[3], relations[4]]),
]
