/**
 * The intermediate representation: a program is plain immutable data, in the form of JAX's jaxprs; a primitive is one
 * record that holds all its rules; transforms ask the record, never its name.
 *
 * Law: every variable is bound once, before its use; `checkJaxpr` holds programs to it and re-runs every shape rule. A
 * primitive's jvp is linear in the tangents, its transpose the adjoint of its linear part, its batch rule the stacking
 * of single results, its kernel's outputs have the avals that its shape rule says.
 * Example: makeJaxpr(np.sin)(1) // => { lambda ; a:f64[]. let b:f64[] = sin a in (b,) }
 * Decision: variables carry integer ids and are never compared by identity, so that immer may copy them. The types of
 * programs, primitives and the rules' vocabulary mention one another, and so stand in one file.
 */
import type { Either } from 'fp-ts/Either'
import type { DType } from '../data/dtype'
import type { Fault } from '../data/errors'
import type { Shape } from '../data/shape'
import type { Aval } from './aval'
import type { DotDims, KernelSpec } from './kernel'
import type { PatternRule } from './pattern'
import type { Contribution, Value } from './value'

export interface Var {
  readonly _tag: 'Var'
  readonly id: number
  readonly aval: Aval
}

/** A rank-0 constant written into the program; booleans are 0 and 1. */
export interface Lit {
  readonly _tag: 'Lit'
  readonly value: number
  readonly aval: Aval
}

export type Atom = Var | Lit

/** What a primitive is told besides its operands: plain data (numbers, strings, arrays, records, programs, functions). */
export type Params = { readonly [key: string]: unknown }

export interface Eqn {
  readonly prim: Primitive
  readonly inputs: readonly Atom[]
  readonly params: Params
  readonly outs: readonly Var[]
}

/** A program. The first `constCount` inputs stand for captured values, the others for the arguments. */
export interface Jaxpr {
  readonly inputs: readonly Var[]
  readonly constCount: number
  readonly eqns: readonly Eqn[]
  readonly outs: readonly Atom[]
}

export const isLit = (a: Atom): a is Lit => a._tag === 'Lit'

/** The id that the next variable will have. */
export let nextId = 1
/** A variable of its own: ids are unique in the process, so programs can be spliced without renaming. */
export const freshVar = (a: Aval): Var => ({ _tag: 'Var', id: nextId++, aval: a })
export const lit = (value: number, a: Aval): Lit => ({ _tag: 'Lit', value, aval: a })

/** The equation on other operands. (Named one by one: engines copy properties by a spread much more slowly.) */
export const reading = ({ prim, params, outs }: Eqn, inputs: readonly Atom[]): Eqn => ({ prim, inputs, params, outs })

/** The equation on operands that are called something else; itself where none is. */
export function renaming(e: Eqn, nameOf: (a: Atom) => Atom): Eqn {
  for (let k = 0; k < e.inputs.length; k++) if (nameOf(e.inputs[k]!) !== e.inputs[k]) return reading(e, e.inputs.map(nameOf))
  return e
}

/** From the operands' avals to the results', or what is wrong with them. */
export type ShapeRule = (avals: readonly Aval[], params: any) => Either<Fault, readonly Aval[]>

/**
 * Tangents of the results. `tangents[i]` is a `Zero` where operand i does not vary; at least one is not.
 * `outs` are the primal results, for rules that are cheaper in them. One result may be returned bare.
 */
export type JvpRule<O = CoreOps> = (
  ops: O,
  primals: readonly Value[],
  outs: readonly Value[],
  tangents: readonly Value[],
  params: any,
) => Value | readonly Value[]

/** A value with its tangent, which may be a `Zero`. */
export interface Dual {
  readonly primal: Value
  readonly tangent: Value
}
export type DualRule = (primals: readonly Value[], tangents: readonly Value[], params: any) => readonly Dual[]

/**
 * A value along a path: x(t) = Σ xₖ tᵏ up to order d, coefficients normalised (xₖ = x⁽ᵏ⁾/k!). `primal` is x₀; `series`
 * are x₁ … x_d, stacked along a new leading axis (a `Zero` where constant); `whole` are all d + 1 of them.
 */
export interface JetLike {
  readonly primal: Value
  readonly order: number
  readonly series: Value
  readonly whole: Value
}

/**
 * Coefficients of the results: for each all d + 1 of them, or a `Zero` where it is constant, from the operands' jets and
 * the primal results. Called where at least one operand varies, and the primitive is not linear in those that do.
 */
export type TaylorRule<O = CoreOps> = (ops: O, operands: readonly JetLike[], outs: readonly Value[], params: any) => readonly Value[]
export type TaylorProgramRule = (operands: readonly JetLike[], order: number, params: any) => readonly JetLike[]

/**
 * Cotangents of the operands that are `Linear` (null for the others), from those of the results (some may be `Zero`).
 * Called for equations of a linear program: operands are known values or `Linear(aval)`.
 */
export type TransposeRule<O = CoreOps> = (
  ops: O,
  cts: readonly Value[],
  operands: readonly Value[],
  params: any,
) => readonly Contribution[]

/**
 * Results for a batch: operand i has the batch as its leading axis where `batched[i]`; every result must have it so.
 * 'elementwise' serves all primitives that work element by element.
 */
export type BatchRule<O = CoreOps> = (
  ops: O,
  operands: readonly Value[],
  batched: readonly boolean[],
  params: any,
  size: number,
) => readonly Value[]

/** A value under vmap: with the batch as leading axis, or the same for all. */
export interface Lane {
  readonly value: Value
  readonly batched: boolean
}

/**
 * Where an evaluation sits on a kink, that is where the primitive is not differentiable: a boolean array, true there, in the
 * shape of the results or of the operands that it speaks of; undefined where these parameters have no kinks.
 */
export type KinkRule = (ops: Ops, operands: readonly Value[], outs: readonly Value[], params: any) => Value | undefined

/**
 * What is rounded on the way to each result, where the kernel does not say: the sum of the magnitudes of all numbers that
 * are rounded, so that u times it bounds the result's own error for exact operands (u: half the spacing at 1).
 */
export type RoundingRule = (ops: Ops, operands: readonly Value[], outs: readonly Value[], params: any) => readonly Value[]

/** One magnitude an operand, in the operand's shape. */
export type BackwardRule = (ops: Ops, operands: readonly Value[], outs: readonly Value[], params: any) => readonly (Value | null)[]

/** How an equation's programs are run, one after another, with values that are known. */
export interface Unroller {
  /** The results of a program; `place` says which run this is: `step 3`. */
  readonly run: (program: Jaxpr, inputs: readonly Value[], place: string) => readonly Value[]
  /** The number that a rank-0 value is. */
  readonly number: (v: Value) => number
}
export type UnrollRule = (unroller: Unroller, operands: readonly Value[], params: any) => readonly Value[]

/** In which operands the primitive is linear: in all of `joint` together, or in one of `each` while the others are fixed. */
export type Linearity = { readonly joint: readonly number[] } | { readonly each: readonly number[] }

/** What an algebraic rule may look at: the literal value and the defining equation of operands. */
export interface SimplifyContext {
  readonly literal: (a: Atom) => number | undefined
  readonly definition: (a: Atom) => Eqn | undefined
}

/** A cheaper equal form, exact in IEEE arithmetic: an atom that stands for the result, or another equation. */
export type Simplified = Atom | { readonly prim: Primitive; readonly inputs: readonly Atom[]; readonly params: Params } | undefined

/**
 * The record of a primitive. Rules are handed their vocabulary: the core's words (`CoreOps`) when they run, and whatever
 * `definePrimitive` adds to these.
 */
export interface PrimitiveRecord<O = Ops> {
  readonly name: string
  readonly shape: ShapeRule
  readonly kernel: KernelSpec
  readonly jvp: JvpRule<O>
  /**
   * Instead of `jvp` where the primitive holds programs: results with their tangents, in one sweep (`forward`), or with
   * what does not depend on the tangents in equations of its own, which yield residuals (`split`, for reverse mode).
   */
  readonly jvpProgram?: { readonly [mode in 'forward' | 'split']: DualRule }
  /** Taylor coefficients by a recurrence. Without it they follow from `jvp`, at a higher cost for some. */
  readonly taylor?: TaylorRule<O>
  /** The same where the primitive holds programs: results with their coefficients, in one sweep. */
  readonly taylorProgram?: TaylorProgramRule
  /**
   * For primitives that hold programs, where an equation mixes what is linear in some operands with what does not depend on
   * them: the pass that takes such equations apart (`separated`).
   */
  readonly mixes?: (params: any) => Separate | false
  readonly transpose: 'nonlinear' | TransposeRule<O>
  readonly batch: 'elementwise' | BatchRule<O>
  /** For operations across the lanes of a named axis: what they are where that axis is mapped over. */
  readonly collective?: (lanes: readonly Lane[], params: any, size: number) => readonly Lane[]
  /** Which elements of its operands a result's elements depend on, where the kernel does not say; in linear programs only. */
  readonly pattern?: PatternRule
  /** Needed wherever `transpose` is a rule: which operands it is linear in (all, when absent). */
  readonly linear?: Linearity
  /** The operands whose cotangents are zeroed where a branch was not taken (select): zeros among them stay zero whatever they meet. */
  readonly masks?: readonly number[]
  /** Two operands in either order give the same bits. */
  readonly commutative?: true
  /** The rank-0 atom that the equation repeats, where it does nothing else. */
  readonly spreads?: (eqn: Eqn) => Atom | undefined
  /** The equation without the results that nobody uses, for primitives that hold programs: results are those used, in order. */
  readonly dce?: (eqn: Eqn, used: readonly boolean[]) => Eqn
  readonly simplify?: (ctx: SimplifyContext, eqn: Eqn) => Simplified
  /** Where it is not differentiable. */
  readonly kinks?: KinkRule
  /** What it rounds; 'exact' where it only moves values, 'unknown' where no bound is known. By default what its kernel says: of opaque ones, each result once. */
  readonly rounding?: 'exact' | 'unknown' | RoundingRule
  /**
   * What it does to its operands instead: the computed results are those of operands changed by at most so many units of
   * rounding, element by element; null for an operand that stays. Besides it `rounding` says what results are rounded by.
   */
  readonly backwardError?: BackwardRule
  /** For primitives that hold programs: the equation as runs of these, for those who look at every equation. */
  readonly unroll?: UnrollRule
  /** It acts on the world: its equations are run at each call, in order; never merged, dropped, or run again. */
  readonly effects?: true
  /** Operations for an equation; default: one per element of the results. */
  readonly cost?: (ins: readonly Aval[], outs: readonly Aval[], params: any) => number
  /** The program that the equation stands for, where it is nothing but a call: transforms and backends look through it. */
  readonly inline?: (params: any) => Jaxpr
  /** Programs that the equation holds, for printing and counting. */
  readonly programs?: (params: any) => readonly Jaxpr[]
  /** How parameters are printed, where not as they stand; null leaves them out. */
  readonly showParams?: (params: any) => { readonly [key: string]: string } | null
  /** Where it is no single-result primitive. */
  readonly multipleResults?: boolean
}

/** A program that is linear in its last `count` inputs, with each equation either linear in them or independent of them. */
export type Separate = (p: Jaxpr, count: number) => Jaxpr

/** The programs in an equation's parameters, and what passes want to know of them. */
export interface Held {
  (params: any): readonly Jaxpr[]
  /** Whether one of them acts on the world. */
  readonly acts: (params: any) => boolean
  /** The parameters with programs that do not. */
  readonly silent: <P extends object>(params: P) => P
  /** A structural key of the parameters. */
  readonly key: (params: any) => string
}

/** The program that an equation calls, and the pass that replaces calls by what they call. */
export interface Callee {
  (params: any): Jaxpr
  readonly inlined: (p: Jaxpr) => Jaxpr
}

/** A primitive as transforms see it: its rules need no more than the core's words, and what it holds brings the passes for it. */
export type Primitive = PrimitiveRecord<CoreOps> & { readonly programs?: Held; readonly inline?: Callee }

// The vocabulary of rules. Elementwise words take operands of one shape or of rank 0 (those are spread over the others),
// all of one dtype; a JS number takes the dtype of its neighbour. Axes are non-negative; nothing else is promoted.

export type Operand = Value | number | boolean

type Unary = (x: Operand) => Value
type Binary = (x: Operand, y: Operand) => Value
type Reduction = (x: Value, axes: readonly number[]) => Value
type Cumulative = (x: Value, axis: number, reverse?: boolean) => Value

/** Words that every program needs, since tensors, transforms and the rules of the core speak them. */
export type CoreUnaryWord = 'neg' | 'abs' | 'sign' | 'sqrt' | 'exp' | 'log' | 'not' | 'isNaN'
export type CoreBinaryWord = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'and' | 'or'
export type UnaryWord =
  | 'floor' | 'ceil' | 'round' | 'cbrt' | 'expm1' | 'log1p' | 'sin' | 'cos' | 'tan' | 'sinh' | 'cosh' | 'tanh'
  | 'isFinite' | 'stopGradient' | 'copy'
export type BinaryWord = 'rem' | 'atan2' | 'xor'
export type ReductionWord = 'sum' | 'prod' | 'reduceMax' | 'reduceMin' | 'reduceAnd' | 'reduceOr'
export type CumulativeWord = 'cumsum' | 'cumprod' | 'cummax' | 'cummin' | 'cumlogsumexp'

/** How gather and scatter address: `batch` leading axes are shared by operand and indices; out-of-range indices are clipped or dropped. */
export interface IndexParams {
  readonly batch: number
  readonly mode: 'clip' | 'drop'
}
export type ScatterKind = 'set' | 'add' | 'mul' | 'min' | 'max'

/** Before, after and between the elements of an axis; negative values before and after trim. */
export type PadAxis = readonly [low: number, high: number, interior: number]

export type CoreOps = { readonly [K in CoreUnaryWord]: Unary } & { readonly [K in CoreBinaryWord]: Binary } & {
  readonly [K in ReductionWord]: Reduction
} & {
  /** x to a fixed integer power, as products. */
  readonly integerPow: (x: Operand, n: number) => Value
  /** Elementwise choice; `test` is boolean. */
  readonly select: (test: Operand, onTrue: Operand, onFalse: Operand) => Value
  readonly convert: (x: Operand, dtype: DType) => Value

  /** Axis i of x becomes axis dims[i] of the result; extents of 1 are stretched. `dims` increases. */
  readonly broadcast: (x: Value, shape: Shape, dims: readonly number[]) => Value
  readonly reshape: (x: Value, shape: Shape) => Value
  readonly transpose: (x: Value, perm: readonly number[]) => Value
  readonly slice: (x: Value, start: readonly number[], stop: readonly number[], strides?: readonly number[]) => Value
  readonly concatenate: (xs: readonly Value[], axis: number) => Value
  readonly reverse: (x: Value, axes: readonly number[]) => Value
  /** sum with `piece` added at the strided window; in place when the sum is not used again. */
  readonly accumulateAt: (sum: Value, piece: Value, start: readonly number[], strides: readonly number[]) => Value

  readonly argmax: (x: Value, axis: number) => Value
  readonly argmin: (x: Value, axis: number) => Value
  readonly dot: (x: Value, y: Value, dims: DotDims) => Value
  /** result[b…, i…, rest…] = x[b…, indices[b…, i…, :], rest…]; the indices' last axis lists one index for each addressed axis. */
  readonly gather: (x: Value, indices: Value, params: IndexParams) => Value
  /** 0, 1, 2, … along an axis. */
  readonly iota: (shape: Shape, dtype: DType, axis: number) => Value
  /** Every element the same number. */
  readonly full: (shape: Shape, value: number, dtype: DType) => Value

  /** The array that a `Zero` stands for; other values as they are. */
  readonly instantiate: (v: Value) => Value
  readonly zero: (aval: Aval) => Value
  /** Any primitive; in a rule, usually the rule's own. A number takes the dtype of its neighbours. */
  readonly bind: (prim: Primitive, operands: readonly Operand[], params?: Params) => readonly Value[]
}

/** The whole vocabulary. */
export type Ops = CoreOps & { readonly [K in UnaryWord]: Unary } & { readonly [K in BinaryWord]: Binary } & {
  readonly [K in CumulativeWord]: Cumulative
} & {
  readonly pad: (x: Value, value: Operand, axes: readonly PadAxis[]) => Value
  /** Starts are integer scalars, clamped so that the window lies inside. */
  readonly dynamicSlice: (x: Value, starts: readonly Operand[], sizes: readonly number[]) => Value
  readonly dynamicUpdateSlice: (x: Value, update: Value, starts: readonly Operand[]) => Value
  /** sum with `piece` added at a run-time window, in place when the sum is not used again. */
  readonly accumulateDynamic: (sum: Value, piece: Value, starts: readonly Operand[]) => Value
  /** x with `updates` (shaped as gather's result) combined in at the indices, in row-major order of the updates. */
  readonly scatter: (x: Value, indices: Value, updates: Value, kind: ScatterKind, params: IndexParams) => Value
  /** Sorts all xs along an axis by the first `keys` of them, lexicographically and stably. */
  readonly sort: (xs: readonly Value[], axis: number, keys: number) => readonly Value[]
}

export { aval, sameAval, type Aval } from './aval'
