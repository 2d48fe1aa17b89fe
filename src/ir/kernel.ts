/**
 * Kernels: how a primitive computes, said once, so that every backend can read it.
 *
 * An elementwise kernel is a scalar expression, a movement an index map, a reduction a monoid over axes, a product its
 * dimension numbers. Only what is none of these (sort, scatter, …) brings code, over Float64Array buffers.
 * Decision: inside a compiled kernel every dtype lives in a Float64Array (32-bit integers, float32 and booleans are
 * exact there), so one machine-code version of each loop serves all; results are rounded to their dtype by each operation.
 */
import type { DType } from '../data/dtype'
import type { Aval } from './aval'

/** Scalar operations that every backend has: exact, or rounded once. */
export type ExactUnaryOp =
  | 'neg' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round' | 'trunc' | 'sqrt' | 'not' | 'bitNot' | 'isFinite' | 'isNaN' | 'clz'
export type ExactBinaryOp =
  | 'add' | 'sub' | 'mul' | 'div' | 'rem' | 'min' | 'max' | 'lt' | 'le' | 'eq' | 'ne' | 'and' | 'or' | 'xor'
  | 'bitAnd' | 'bitOr' | 'bitXor' | 'shiftLeft' | 'shiftRight' | 'shiftRightLogical'
/** Functions, which are code: a kernel brings that of those it says, so that nobody carries the others. */
export type UnaryFunction =
  | 'cbrt' | 'exp' | 'expm1' | 'log' | 'log1p' | 'log2' | 'log10'
  | 'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'sinh' | 'cosh' | 'tanh' | 'asinh' | 'acosh' | 'atanh' | 'erf' | 'erfc' | 'erfinv' | 'lgamma' | 'digamma' | `polygamma${number}` | 'popcount'
export type BinaryFunction = 'pow' | 'atan2' | 'hypot' | 'nextafter'
export type UnaryOp = ExactUnaryOp | UnaryFunction
export type BinaryOp = ExactBinaryOp | BinaryFunction

/** A scalar expression. `dtype` is that of its value; each operation rounds to it. */
export type Expr =
  | { readonly _tag: 'Arg'; readonly index: number; readonly dtype: DType }
  | { readonly _tag: 'Const'; readonly value: number; readonly dtype: DType }
  /** Functions have their code with them. */
  | { readonly _tag: 'Unary'; readonly op: UnaryOp; readonly code: Block | undefined; readonly x: Expr; readonly dtype: DType }
  | { readonly _tag: 'Binary'; readonly op: BinaryOp; readonly code: Block2 | undefined; readonly x: Expr; readonly y: Expr; readonly dtype: DType }
  | { readonly _tag: 'Select'; readonly test: Expr; readonly x: Expr; readonly y: Expr; readonly dtype: DType }
  | { readonly _tag: 'Convert'; readonly x: Expr; readonly dtype: DType }
  /** A scalar JS function: for what is no composition of the above (a user's own). */
  | { readonly _tag: 'Call'; readonly fn: ScalarFunction; readonly args: readonly Expr[]; readonly dtype: DType }

/** A view: element i of the output is input[offset + Σ iₖ stridesₖ]; 'reshape' keeps the row-major order of the elements. */
export type ViewMap = { readonly offset: number; readonly strides: readonly number[] } | 'reshape'

/** The view of an input that has the given strides (in elements). */
export type ViewRule = (strides: readonly number[], input: Aval, out: Aval, params: any) => ViewMap

export type ReduceOp = 'add' | 'mul' | 'min' | 'max' | 'and' | 'or'

export interface DotDims {
  readonly lhsContract: readonly number[]
  readonly rhsContract: readonly number[]
  readonly lhsBatch: readonly number[]
  readonly rhsBatch: readonly number[]
}

/** Runs over whole row-major buffers; called once a program call. */
export interface OpaqueRun {
  (inputs: readonly Float64Array[], outputs: readonly Float64Array[]): void
  /** Bytes of the buffers that it keeps between runs, those of compiled bodies left out. */
  readonly bytes?: () => number
  /** Says that the first inputs, so many, are the same in all runs from now on. */
  readonly still?: (inputs: number) => void
}

/** A run that says what it keeps. */
export const keeping = (run: OpaqueRun, bytes: () => number): OpaqueRun => Object.assign(run, { bytes })

/** A body compiled for use inside another kernel, by the writers if they are there: reads and fills given buffers, allocates nothing. Its argument is a `Jaxpr`. */
export type CompileBody = (program: object, written?: Written) => OpaqueRun

/** A function of one argument over a block: o[p + j] = f(a[q + j]) for 0 ≤ j < n; o may be a. */
export interface Block extends Paired {
  (o: Float64Array, p: number, a: Float64Array, q: number, n: number): void
}

/** A function of two arguments: o[p + j] = f(a[q + j·da], b[r + j·db]) for 0 ≤ j < n; o may be an operand. `dtype` is that of the operands. */
export interface Block2 extends Paired {
  (o: Float64Array, p: number, a: Float64Array, q: number, da: number, b: Float64Array, r: number, db: number, n: number, dtype: DType): void
}

/** A function of numbers. */
export interface ScalarFunction extends Paired {
  (...xs: number[]): number
}

interface Paired {
  /** The function over pairs of numbers, with the same bits, if it brings that: the compiler's own type `PairFunction` (compile/wasm/pairs.ts). */
  readonly pairs?: unknown
  /** The function as JavaScript that is not called (compile/js/texts.ts), with the same bits, if it brings that. */
  readonly text?: string | undefined
}

/** The code of a function that brings its other forms, so that only who uses it carries them. */
export const paired = <F extends Block | Block2 | ScalarFunction>(code: F, pairs: F['pairs'], text?: string): F => Object.assign(code, { pairs, text })

/** The code of functions, on float64; results are rounded to the operands' dtype. */
export type Functions = { readonly [K in UnaryFunction]?: Block } & { readonly [K in BinaryFunction]?: Block2 }

export type KernelSpec =
  | {
      readonly _tag: 'Elementwise'
      readonly expr: (s: ScalarOps, args: readonly Expr[], params: any, out: Aval) => Expr
      /** The code of the functions that the expression says. */
      readonly functions?: Functions
    }
  | { readonly _tag: 'View'; readonly map: ViewRule }
  | { readonly _tag: 'Reduce'; readonly op: ReduceOp; readonly axes: (params: any) => readonly number[] }
  | { readonly _tag: 'Dot'; readonly dims: (params: any) => DotDims }
  | {
      readonly _tag: 'Opaque'
      /** Made once per compilation, for these shapes. */
      readonly make: (ins: readonly Aval[], outs: readonly Aval[], params: any) => OpaqueRun
      /** Operand whose buffer the first output may take over: `run` then finds the operand's elements in outputs[0] already. */
      readonly inPlace?: number | undefined
      /**
       * Where it is nothing but an operand put to a window of its result: that window, and whether it is added. What is in place
       * (operand 0) takes operand 1; else the result is the number in operand 1 around elements of operand 0.
       */
      readonly window?: (ins: readonly Aval[], params: any, out: Aval) => Window
      readonly adds?: boolean
      /** Where it is nothing but its operands one after another along an axis: that axis. */
      readonly joins?: (params: any) => number
      /** Where it is nothing but its operand rolled: how far along each axis, from 0 to below the extents. */
      readonly rolls?: (params: any) => readonly number[]
      /** Where it is nothing but elements taken from operand 0, or put or added there, at places known at run time: which of these. */
      readonly moves?: 'get' | 'set' | 'add' | undefined
      /** Another way to lower it than to call `make`, with the same bits: the compiler's own type `Lowering` (compile/loop/places.ts). */
      readonly lowering?: unknown
      /** What `make` does within a module, with the same bits: the compiler's own type `ModuleCode` (compile/wasm/opaque.ts), if anything. */
      readonly code?: (ins: readonly Aval[], params: any) => unknown
    }
  /**
   * For primitives that hold programs: `make` is handed the backend's compiler, so that bodies run inside the caller's kernel.
   * `control` says the same as data, where it can be said, for backends that write loops themselves.
   */
  | {
      readonly _tag: 'Programs'
      readonly make: (compile: CompileBody, ins: readonly Aval[], outs: readonly Aval[], params: any) => OpaqueRun
      readonly control?: (params: any) => Control | undefined
      /** Where it is nothing but a call: the program that is called, which compilers put in its stead. */
      readonly callee?: (params: any) => object
      /** What compilers are to make of a whole program that holds such an equation: another one with the same bits. */
      readonly prepare?: (program: any) => object
    }

/** The kernel of a call. */
export const callOf = (callee: (params: any) => object): KernelSpec => ({ _tag: 'Programs', make: (compile, _ins, _outs, params) => compile(callee(params)), callee })

/**
 * Control flow over programs. Operands of a scan: constants, carries, stacked arrays; its results: carries, stacked arrays.
 * Of a while: constants of the condition, of the body, carries. Of a choice: the branch's index, then what all branches take.
 */
export type Control = Written & (
  | { readonly _tag: 'Scan'; readonly body: object; readonly consts: number; readonly carries: number; readonly length: number; readonly reverse: boolean }
  | { readonly _tag: 'While'; readonly cond: object; readonly body: object; readonly condConsts: number; readonly bodyConsts: number }
  | { readonly _tag: 'Cond'; readonly branches: readonly object[] }
)

/** Who writes control flow, and the moving of a few elements, as JavaScript and as code of a module: `written` (compile/control.ts), brought so that only who has loops carries it. */
export interface Written {
  readonly text: unknown
  readonly module: unknown
  /** How kernels that hold programs and run them from JavaScript have them in the module (the compiler's own type `Held`). */
  readonly held?: unknown
  /** Which opaque steps are to have their arrays in the memory of the module. */
  readonly isMoved?: unknown
  /** How programs that move elements are lowered for a module (the compiler's own type `Mover`); `raw`: within a loop. */
  readonly moverIn?: (raw: boolean) => unknown
  /** Operands of a loop where results may be that start as they are, and what gives its stacks parts of the arena (compile/loop/carried.ts). */
  readonly starts: (control: any) => readonly (readonly [operand: number, result: number])[]
  readonly shareStacks: (step: any, parts: any) => void
}

/** An opaque kernel at operands of these shapes, of which the first result is given. */
export interface OpaqueCall {
  readonly kernel: OpaqueSpec
  readonly ins: readonly Aval[]
  readonly out: Aval
  readonly params: any
}

/** A kernel that brings code. */
export type OpaqueSpec = Extract<KernelSpec, { readonly _tag: 'Opaque' }>

/** What says where elements are put, of a kernel that does nothing but put them to places that are known beforehand. */
export const putsBy = (k: OpaqueSpec): OpaqueSpec['joins' | 'rolls' | 'window'] => k.joins ?? k.rolls ?? k.window

/** A strided window: element (i₀, …) of what is put there goes to offset + Σ iₖ stridesₖ. */
export interface Window {
  readonly offset: number
  readonly extents: readonly number[]
  readonly strides: readonly number[]
  /** Where that element is, if what is put is not the whole of its array: at from + Σ iₖ fromsₖ. */
  readonly from?: number
  readonly froms?: readonly number[]
}

/** An operand of a scalar operation: an expression, or a number that takes its neighbour's dtype. */
export type Scalar = Expr | number

/** The words of scalar expressions: every `UnaryOp` and `BinaryOp` by its name, and four more. */
export type ScalarOps = { readonly [K in UnaryOp]: (x: Scalar) => Expr } & {
  readonly [K in BinaryOp]: (x: Scalar, y: Scalar) => Expr
} & {
  readonly select: (test: Expr, x: Scalar, y: Scalar) => Expr
  readonly convert: (x: Scalar, dtype: DType) => Expr
  readonly call: (fn: ScalarFunction, ...args: readonly Expr[]) => Expr
  readonly constant: (value: number, dtype: DType) => Expr
}

/** The words of an expression that brings the code of some functions: these, and what is exact. */
export type WordsOf<F extends Functions> = Omit<ScalarOps, Exclude<UnaryFunction | BinaryFunction, keyof F>>
export type ExactOps = WordsOf<{}>

/** `elementwise(({ sin }, x) => sin(x), { sin: math.sin })`. */
export const elementwise = <F extends Functions = {}>(expr: (s: WordsOf<F>, ...args: Expr[]) => Expr, functions?: F): KernelSpec => elementwiseWith((s, args) => expr(s, ...args), functions)
/** An elementwise kernel that also reads its parameters or the output's aval. */
export const elementwiseWith = <F extends Functions = {}>(
  expr: (s: WordsOf<F>, args: readonly Expr[], params: any, out: Aval) => Expr,
  functions?: F,
): KernelSpec => ({ _tag: 'Elementwise', expr: expr as Extract<KernelSpec, { _tag: 'Elementwise' }>['expr'], ...(functions && { functions }) })
export const view = (map: ViewRule): KernelSpec => ({ _tag: 'View', map })
export const reduceBy = (op: ReduceOp, axes: (params: any) => readonly number[]): KernelSpec => ({ _tag: 'Reduce', op, axes })
export const opaque = (
  make: (ins: readonly Aval[], outs: readonly Aval[], params: any) => OpaqueRun,
  inPlace?: number,
  moves?: OpaqueSpec['moves'],
): OpaqueSpec => ({ _tag: 'Opaque', make, inPlace, moves })
