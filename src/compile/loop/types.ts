/**
 * The loop IR: what a program does to memory, before any backend. A program is a list of steps: loop nests, products and
 * opaque kernels; before each step run the scalar operations that it waits for.
 *
 * Law: a value is written by one step and read by that step or later ones; every value of size 1, or that is one number
 * throughout, is a register and never an array; an array of size 0 is never made.
 * Decision: a nest runs over the linear index 0 … size − 1 and knows no shape. Shapes survive only in strided loads and in
 * reductions, so that equations of one size share a pass whatever their shapes, and a reshape costs nothing.
 */
import type { DType } from '../../data/dtype'
import type { Aval } from '../../ir/aval'
import type { BinaryOp, Block, Block2, CompileBody, Control, OpaqueCall, OpaqueRun, ReduceOp, ScalarFunction, UnaryOp } from '../../ir/kernel'

/** A scalar operation without its operands: `from` is the operands' dtype, `dtype` the result's. Functions have their code. */
export type Operation =
  | { readonly _tag: 'Unary'; readonly op: UnaryOp; readonly code: Block | undefined; readonly from: DType; readonly dtype: DType }
  | { readonly _tag: 'Binary'; readonly op: BinaryOp; readonly code: Block2 | undefined; readonly from: DType; readonly dtype: DType }
  | { readonly _tag: 'Select'; readonly dtype: DType }
  | { readonly _tag: 'Convert'; readonly from: DType; readonly dtype: DType }
  | { readonly _tag: 'Call'; readonly fn: ScalarFunction; readonly dtype: DType }

/** An operand inside a nest: an earlier value of the nest (≥ 0), or a register (its complement, < 0). */
export type Ref = number

/** A row-major walk over a buffer: element (i₀, i₁, …) lies at offset + Σ iₖ stridesₖ. No extent is 1, none can be merged. */
export interface Walk {
  readonly buffer: number
  readonly offset: number
  readonly extents: readonly number[]
  readonly strides: readonly number[]
}

/** A run of each row of a join: a walk over as many elements of every row; of a register, that number. */
export interface Run {
  readonly from: Target
  readonly walk: Omit<Walk, 'buffer'>
  readonly length: number
}

/**
 * One value of a nest, an element for each index; or for each row where `rows` is true.
 * `store` is the buffer that keeps it after the nest, or −1.
 */
export type NestValue = { readonly rows: boolean; store: number } & (
  | { readonly _tag: 'Load'; readonly walk: Walk }
  /** Rows, each of which is runs one after another. */
  | { readonly _tag: 'Join'; readonly runs: readonly Run[] }
  | { readonly _tag: 'Spread'; readonly register: number }
  | { readonly _tag: 'Compute'; readonly operation: Operation; readonly args: readonly Ref[] }
  /** A value of rows, at every element of the row. */
  | { readonly _tag: 'Expand'; readonly value: Ref }
)

/** Where a result of a step goes: a buffer (from its start), or a register. */
export type Target = { readonly _tag: 'Buffer'; readonly buffer: number } | { readonly _tag: 'Register'; readonly register: number }

/** The nest's index space seen as [outer, length, inner]; the middle axis is reduced, outer · inner results are written. */
export interface Reduction {
  readonly value: Ref
  readonly op: ReduceOp
  readonly dtype: DType
  readonly outer: number
  readonly length: number
  readonly inner: number
  readonly target: Target
}

/** A piece of a window sum: a value whose element i is added to element i + offset. */
export interface Piece {
  readonly value: Ref
  readonly offset: number
}

/**
 * A buffer that is zero but where values of the nest are added to runs of it, in the order of the pieces. The nest runs
 * over its elements in order, so that each sum is complete, and written once, as soon as the last of its terms is there.
 */
export interface WindowSum {
  readonly buffer: number
  readonly size: number
  readonly dtype: DType
  readonly pieces: readonly Piece[]
}

export interface Nest {
  readonly _tag: 'Nest'
  readonly size: number
  /** Where values of rows are: the length of a row, and blocks are whole rows; else 0. */
  line: number
  readonly values: NestValue[]
  readonly reductions: Reduction[]
  /** Where there are any the nest has no rows, and reduces nothing but whole values. */
  readonly windows: WindowSum[]
  /** The equations in it, for printing. */
  readonly names: string[]
}

/** An operand of a product: element (b, i, k) lies at offset + batch[b] + i · free + k · contract. */
export interface Factor {
  readonly from: Target
  readonly offset: number
  readonly batch: readonly number[]
  readonly free: number
  readonly contract: number
}

/** out[b, i, j] = Σₖ x[b, i, k] y[b, j, k], row-major. */
export interface Dot {
  readonly _tag: 'Dot'
  readonly x: Factor
  readonly y: Factor
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly dtype: DType
  readonly target: Target
}

/** A contiguous run of a buffer, or a register as an array of length 1. */
export interface Span {
  readonly from: Target
  readonly offset: number
  readonly size: number
}

export interface Opaque {
  readonly _tag: 'Opaque'
  readonly name: string
  /** Made once for each kernel; programs that the equation holds are compiled with the backend's own compiler. */
  readonly make: (compile: CompileBody) => OpaqueRun
  /** What `make` does, as data. */
  readonly control?: Control | undefined
  /** What `make` does, as code of a module (compile/wasm/opaque.ts). */
  readonly code?: unknown
  /** The kernel that it calls. */
  readonly call?: OpaqueCall | undefined
  readonly inputs: readonly Span[]
  readonly outputs: readonly Span[]
  /** The operand that outputs[0] starts as. */
  readonly inPlace?: number | undefined
}

export type Step = Nest | Dot | Opaque

/** An operation on registers, or the reading of one element of a buffer. */
export type ScalarStep =
  | { readonly _tag: 'Compute'; readonly operation: Operation; readonly args: readonly number[]; readonly out: number }
  | { readonly _tag: 'Peek'; readonly buffer: number; readonly at: number; readonly out: number }

/** Who owns a buffer: the caller (an input, or an output, by index), or the kernel. */
export type Owner = { readonly _tag: 'Input' | 'Output'; readonly index: number } | { readonly _tag: 'Arena' }

/** An array of float64, written by step `at` (−1: before the first). */
export interface Buffer {
  readonly size: number
  readonly at: number
  /** Where it is the result of reducing rows: their length. Step `at` can read it itself, in later values. */
  readonly rowLength: number
  owner: Owner
}

/** Where a result of the program is at the end: in a register, in its own array, or in a run of a buffer to be copied. */
export type Result =
  | { readonly _tag: 'Register'; readonly register: number }
  | { readonly _tag: 'Own'; readonly buffer: number }
  | { readonly _tag: 'Copy'; readonly buffer: number; readonly offset: number }

export interface LoopProgram {
  /** Whether the caller's arrays are Float64Arrays whatever their dtype, as inside another kernel. */
  readonly raw: boolean
  readonly inputs: readonly Aval[]
  /** For each input its register (size 1), its buffer, or neither (size 0). */
  readonly entries: readonly (Target | undefined)[]
  readonly outs: readonly Aval[]
  readonly results: readonly Result[]
  readonly registers: number
  readonly constants: readonly (readonly [register: number, value: number])[]
  readonly buffers: readonly Buffer[]
  readonly steps: readonly Step[]
  /** `scalars[i]` runs before step i; the last entry after the last step. */
  readonly scalars: readonly (readonly ScalarStep[])[]
  /** Equations after inlining, for printing. */
  readonly equations: number
}
