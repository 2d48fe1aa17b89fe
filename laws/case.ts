/**
 * What laws are about: a function on flat tensors at one point (a case), and what is claimed of it (a claim).
 *
 * A law is a claim over an arbitrary of cases. Cases come from primitives, from users' functions on trees, from random
 * programs, and from transforms of other cases: one claim serves them all.
 */
import { nat, property, tuple, type Arbitrary, type IProperty } from 'fast-check'
import { ops, Tensor, tree, type DType, type TypedArray } from '../src/index'
import { elements, isFloat, showAval, tensorOf } from './elements'
import { reverseOnly } from './forward'
import type { Law } from './law'

export interface Case {
  readonly args: readonly Tensor[]
  readonly call: (...args: readonly Tensor[]) => readonly Tensor[]
  /** Other arguments with the same shapes and dtypes; lane 0 is `args`. */
  readonly lane: (k: number) => readonly Tensor[]
  /** Whether float32 arithmetic may be involved: tolerances are its own then. */
  readonly coarse: boolean
  /** The largest intermediate value known of: what rounding errors are relative to. */
  readonly magnitude: number
  /** Whether something inside is held constant on purpose: the derivative is no limit of differences then. */
  readonly stopped: boolean
  readonly toString: () => string
}

export interface Claim {
  readonly name: string
  readonly statement: string
  /** Throws a `Refutation` where the claim does not hold. `seed` chooses directions, axes and the like. */
  readonly holds: (c: Case, seed: number) => void
}

/** A claim over cases as a law. What it says of forward mode does not concern a function that has a reverse rule only. */
export const lawOf = (subject: string, cases: Arbitrary<Case>, claim: Claim): Law => ({
  name: `${subject}: ${claim.name}`,
  statement: claim.statement,
  property: property(cases, nat({ max: 999 }), (c, seed) => {
    try {
      claim.holds(c, seed)
    } catch (error) {
      if (!reverseOnly(error)) throw error
    }
  }) as unknown as IProperty<unknown>,
})

export const lawsOf = (subject: string, cases: Arbitrary<Case>, claims: readonly Claim[]): Law[] => claims.map((c) => lawOf(subject, cases, c))

const limit = 2000

/** A tensor as `f64[2] = [1. 2.]`. */
export function showTensor(t: Tensor): string {
  const text = `${showAval(t)} = ${String(t)}`
  return text.length > limit ? `${text.slice(0, limit)}…` : text
}

export const showArgs = (args: readonly Tensor[]): string => args.map((t, i) => `argument ${i}: ${showTensor(t)}`).join('\n')

/** The same elements turned by k places and shrunk a little: other arguments, from nearly the same domain. */
function turned(t: Tensor, k: number): Tensor {
  if (k === 0) return t
  const xs = elements(t)
  const factor = isFloat(t.dtype) ? 1 - k / 1024 : 1
  return tensorOf(xs.map((_, i) => xs[(i + k) % xs.length]! * factor), t.shape, t.dtype)
}

export const lanesOf = (args: readonly Tensor[]) => (k: number): readonly Tensor[] => args.map((t) => turned(t, k))

/** A leaf that stands for an array, as a tensor. */
function leafTensor(x: unknown): Tensor {
  if (x instanceof Tensor) return x
  if (typeof x === 'number') return tensorOf([x], [], 'float64')
  if (typeof x === 'boolean') return tensorOf([Number(x)], [], 'bool')
  const t = x as TypedArray
  const dtype: DType = t instanceof Float32Array ? 'float32' : t instanceof Int32Array ? 'int32' : t instanceof Uint32Array ? 'uint32' : 'float64'
  return tensorOf(Array.from(t, Number), [t.length], dtype)
}

/** What a function returned, as a flat list; numbers in it become constants. */
const resultLeaves = (result: unknown): Tensor[] =>
  tree.leaves(result).map((x) => (x instanceof Tensor ? x : (ops.full([], Number(x), typeof x === 'boolean' ? 'bool' : 'float64') as Tensor)))

/** Any function on trees of arrays. */
export type AnyFunction = (...args: never[]) => unknown

/** One arbitrary an argument: of arrays, or of trees of arrays. */
export type Arguments = readonly Arbitrary<unknown>[]

/** A function at arguments drawn from the arbitraries, as a case on the leaves of the trees. */
export const casesOf = (f: AnyFunction, args: Arguments): Arbitrary<Case> =>
  tuple(...args).map((trees): Case => {
    const [leaves, structure] = tree.flatten(trees)
    const tensors = leaves.map(leafTensor)
    return {
      args: tensors,
      call: (...xs) => resultLeaves((f as (...a: unknown[]) => unknown)(...(tree.unflatten(structure, xs) as unknown[]))),
      lane: lanesOf(tensors),
      coarse: tensors.some((t) => t.dtype === 'float32'),
      magnitude: 1,
      stopped: false,
      toString: () => `${f.name || 'the function'} at\n${showArgs(tensors)}`,
    }
  })

/** A case as a function of its floating arguments, to its floating results; the others are held where they are. */
export interface Smooth extends Case {
  readonly outs: readonly Tensor[]
}

export function smooth(c: Case): Smooth {
  const places = c.args.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []))
  const call = (...xs: readonly Tensor[]): readonly Tensor[] => {
    const full = [...c.args]
    places.forEach((p, k) => (full[p] = xs[k]!))
    return c.call(...full).filter((t) => isFloat(t.dtype))
  }
  const args = places.map((p) => c.args[p]!)
  return { ...c, args, call, lane: (k) => places.map((p) => c.lane(k)[p]!), outs: call(...args) }
}

/** How far apart two roundings of one number may be: 1e-12 in float64, 1e-4 in float32. */
export const toleranceOf = (c: Case, fine = 1e-12, coarse = 1e-4): number => (c.coarse ? coarse : fine)
