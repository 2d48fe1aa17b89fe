/**
 * Every error that the library raises: a stable `code`, a first line that says what was wrong with the actual shapes,
 * dtypes or tree paths, and a second that says what to do.
 *
 * Inside, what can be wrong with a program is a plain `Fault` (in an `Either`); it becomes an error once, at the edge.
 * Example: try { np.add([1, 2], [1, 2, 3]) } catch (e) { e.code // => 'shape' }
 */
export type ErrorCode =
  | 'shape'
  | 'dtype'
  | 'tree'
  | 'concretization'
  | 'leaked-tracer'
  | 'non-scalar-grad'
  | 'nonlinear'
  | 'custom-rule'
  | 'axis'
  | 'index'
  | 'compile'
  | 'nan'

/** What is wrong (`what`, with the evidence) and what to do about it (`fix`). */
export interface Fault {
  readonly code: ErrorCode
  readonly what: string
  readonly fix: string
}

export const fault = (code: ErrorCode, what: string, fix: string): Fault => ({ code, what, fix })

/** The base class: `code` is stable, the message has two lines, `what` and `fix`. */
export class AdjointError extends Error {
  readonly code: ErrorCode
  readonly what: string
  readonly fix: string
  constructor(f: Fault) {
    super(`${f.what}\n${f.fix}`)
    this.name = kinds[f.code][0]
    this.code = f.code
    this.what = f.what
    this.fix = f.fix
  }
}

/** Shapes that do not fit together, or an argument of the wrong rank. */
export class ShapeError extends AdjointError {}
/** An element type that the operation does not take. */
export class DTypeError extends AdjointError {}
/** Trees of different structure, or a leaf that is no array. */
export class TreeError extends AdjointError {}
/** A traced value was asked for a number that it does not have. */
export class ConcretizationError extends AdjointError {}
/** A traced value was used after its trace had ended. */
export class LeakedTracerError extends AdjointError {}
/** `grad` of a function whose result is not one real number. */
export class NonScalarGradError extends AdjointError {}
/** A linear function was needed, and an operation is not linear. */
export class NonlinearError extends AdjointError {}
/** A user's derivative rule returned something of the wrong form. */
export class CustomRuleError extends AdjointError {}
/** An axis that the array does not have. */
export class AxisError extends AdjointError {}
/** An index outside the array, or one that is not an integer. */
export class IndexError extends AdjointError {}
/** A program that cannot be compiled, or that violates the IR's rules. */
export class CompileError extends AdjointError {}
/** A NaN appeared while looking for NaNs. */
export class NaNError extends AdjointError {}

/** The classes with their names, which also stand where a minifier has renamed the classes. */
const kinds: { readonly [K in ErrorCode]: readonly [name: string, make: new (f: Fault) => AdjointError] } = {
  shape: ['ShapeError', ShapeError],
  dtype: ['DTypeError', DTypeError],
  tree: ['TreeError', TreeError],
  concretization: ['ConcretizationError', ConcretizationError],
  'leaked-tracer': ['LeakedTracerError', LeakedTracerError],
  'non-scalar-grad': ['NonScalarGradError', NonScalarGradError],
  nonlinear: ['NonlinearError', NonlinearError],
  'custom-rule': ['CustomRuleError', CustomRuleError],
  axis: ['AxisError', AxisError],
  index: ['IndexError', IndexError],
  compile: ['CompileError', CompileError],
  nan: ['NaNError', NaNError],
}

/** A value as messages show it: texts in quotes, objects by their class. */
export const shown = (x: unknown): string =>
  typeof x === 'string'
    ? `'${x}'`
    : typeof x === 'function'
      ? 'a function'
      : typeof x === 'object' && x
        ? (x.constructor?.name || {}.toString.call(x).slice(8, -1))
        : `${String(x)}${typeof x === 'bigint' ? 'n' : ''}`

/** The error that belongs to a fault. */
export const toError = (f: Fault): AdjointError => new kinds[f.code][1](f)

/** Raises a fault as its error. */
export function raise(f: Fault): never {
  throw toError(f)
}

/** Raises unless the condition holds; the fault is built only then. */
export function demand(condition: boolean, code: ErrorCode, what: () => string, fix: string): void {
  if (!condition) raise(fault(code, what(), fix))
}

/** Raises `TreeError` for what is accepted as an array nowhere. */
export const noArray = (x: unknown, fix = 'Give a Tensor, a number, a typed array or nested arrays of numbers.'): never =>
  raise(fault('tree', `expected an array, a number or a boolean, got ${shown(x)}${(x as { aval?: unknown } | null)?.aval ? ' of another copy of the package' : ''}`, fix))
