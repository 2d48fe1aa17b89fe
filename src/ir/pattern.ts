/**
 * What a primitive says of the sparsity of its derivative: which elements of its operands each element of a result may
 * depend on. Elements carry numbers of index sets; 0 is the empty set.
 *
 * Law: what a rule gives is a superset of what the derivative needs, for all values of the differentiated operands.
 * Most primitives need no rule: elementwise ones, views, reductions and products are known by their kernels; what is
 * known by nothing depends on all elements of all operands.
 */
import type { Aval } from './aval'

/** For each element, in row-major order, the number of an index set; null where nothing depends on what is differentiated. */
export type Dependence = Int32Array | null

/** An operand as a pattern rule sees it. */
export interface PatternOperand {
  readonly aval: Aval
  readonly sets: Dependence
  /** Its elements, where they are known whatever the differentiated inputs are. */
  readonly elements: () => ArrayLike<number> | undefined
}

/** What pattern rules are handed. */
export interface PatternSets {
  readonly union: (a: number, b: number) => number
  /** The union of many at once. */
  readonly unionAll: (sets: Int32Array) => number
  /** By the rule of that name; undefined where it needs integers that are not known. */
  readonly routed: (kind: PatternRoute) => readonly Dependence[] | undefined
  /** Through a program that the equation holds. */
  readonly program: (jaxpr: object, operands: readonly PatternOperand[]) => readonly PatternOperand[]
}

/**
 * `moves`: every element of the result is an element of one operand, or a constant. `sums`: every element of an operand
 * is added into at most one of the result; the transpose says into which.
 */
export type PatternRoute = 'moves' | 'sums'

/**
 * One dependence a result, or for a primitive that holds programs what its program gave, values included (it is asked for
 * these also where nothing depends on what is differentiated); undefined where the rule does not know: then it is dense.
 */
export type PatternRule =
  | PatternRoute
  | ((sets: PatternSets, operands: readonly PatternOperand[], params: never, outs: readonly Aval[]) => readonly (Dependence | PatternOperand)[] | undefined)
