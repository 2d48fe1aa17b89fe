/**
 * Scalar expressions: the words that elementwise kernels are written in, and the meaning of each operation.
 *
 * Law: an operation's result is an element of its dtype: float32 is rounded, integers wrap, booleans are 0 or 1.
 */
import { coerce, isFloat, promote, type DType } from '../data/dtype'
import type { BinaryOp, Block, Block2, ExactBinaryOp, ExactOps, ExactUnaryOp, Expr, Functions, KernelSpec, Scalar, ScalarOps, UnaryOp } from '../ir/kernel'
import type { Aval, Params } from '../ir/types'

/** Round half to even, as IEEE and NumPy do: beyond 2⁵² there are no fractions. */
export const roundEven = (x: number): number => (Math.abs(x) < 2 ** 52 ? (x > 0 ? x + 2 ** 52 - 2 ** 52 : x - 2 ** 52 + 2 ** 52) || Math.trunc(x) : x)

const cell = new Float64Array(3)
const onNumbers = new WeakMap<Block, (x: number) => number>()
/** A function over blocks as one of a number, the same one every time. */
export function onNumber(code: Block): (x: number) => number {
  let f = onNumbers.get(code)
  if (!f) onNumbers.set(code, (f = (x) => {
    cell[0] = x
    code(cell, 2, cell, 0, 1)
    return cell[2]
  }))
  return f
}
const onTwoNumbers = new WeakMap<Block2, Map<DType, (x: number, y: number) => number>>()
/** The same of a function of two arguments. */
export function onTwo(code: Block2, dtype: DType): (x: number, y: number) => number {
  let forms = onTwoNumbers.get(code)
  if (!forms) onTwoNumbers.set(code, (forms = new Map()))
  let f = forms.get(dtype)
  if (!f) forms.set(dtype, (f = (x, y) => {
    cell[0] = x
    cell[1] = y
    code(cell, 2, cell, 0, 0, cell, 1, 0, 1, dtype)
    return cell[2]
  }))
  return f
}

/** The functions of one argument that are exact on float64, and need no code but the engine's. */
export const exactUnary: { readonly [K in ExactUnaryOp]: (x: number) => number } = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, floor: Math.floor, ceil: Math.ceil, round: roundEven, trunc: Math.trunc, sqrt: Math.sqrt,
  not: (x) => (x === 0 ? 1 : 0), bitNot: (x) => ~x, isFinite: (x) => (x - x === 0 ? 1 : 0), isNaN: (x) => (x !== x ? 1 : 0),
  clz: Math.clz32,
}

/** The same of two arguments (`div` and `mul` of integers aside). */
export const exactBinary: { readonly [K in ExactBinaryOp]: (x: number, y: number) => number } = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: (x, y) => x / y, rem: (x, y) => x % y,
  min: Math.min, max: Math.max,
  lt: (x, y) => (x < y ? 1 : 0), le: (x, y) => (x <= y ? 1 : 0), eq: (x, y) => (x === y ? 1 : 0), ne: (x, y) => (x !== y ? 1 : 0),
  and: (x, y) => (x !== 0 && y !== 0 ? 1 : 0), or: (x, y) => (x !== 0 || y !== 0 ? 1 : 0), xor: (x, y) => ((x !== 0) !== (y !== 0) ? 1 : 0),
  bitAnd: (x, y) => x & y, bitOr: (x, y) => x | y, bitXor: (x, y) => x ^ y,
  shiftLeft: (x, y) => (y >= 0 && y < 32 ? x << y : 0), shiftRight: (x, y) => x >> Math.min(Math.max(y, 0), 31),
  shiftRightLogical: (x, y) => (y >= 0 && y < 32 ? x >>> y : 0),
}

/** One operation on elements of a dtype, to an element of the result's dtype; a function by its code. */
export const applyUnary = (op: UnaryOp, operand: DType, result: DType, code?: Block): ((x: number) => number) =>
  settled(code ? onNumber(code) : exactUnary[op as ExactUnaryOp], operand, result)

export const applyBinary = (op: BinaryOp, operand: DType, result: DType, code?: Block2): ((x: number, y: number) => number) =>
  applyInteger(op, operand, result) ?? settled2(code ? onTwo(code, operand) : exactBinary[op as ExactBinaryOp], result)

/** A function whose results are made elements of the result's dtype. */
const settled = (f: (x: number) => number, operand: DType, result: DType): ((x: number) => number) =>
  result === 'float64' || result === 'bool' || operand === 'float64' ? f : (x) => coerce(result, f(x))

const settled2 = (f: (x: number, y: number) => number, result: DType): ((x: number, y: number) => number) =>
  result === 'float64' || result === 'bool' ? f : (x, y) => coerce(result, f(x, y))

/** What differs between integers and floats: products wrap, quotients truncate, powers are modulo 2³². Undefined elsewhere. */
export function applyInteger(op: BinaryOp, operand: DType, result: DType): ((x: number, y: number) => number) | undefined {
  if (isFloat(operand)) return undefined
  if (op === 'mul') return operand === 'uint32' ? (x, y) => Math.imul(x, y) >>> 0 : Math.imul
  if (op === 'div') return (x, y) => (y === 0 ? coerce(result, -1) : coerce(result, Math.trunc(x / y)))
  if (op === 'rem') return (x, y) => (y === 0 ? x : coerce(result, x % y))
  if (op === 'pow') return (x, y) => integerPower(x, y, result)
  return op === 'shiftRight' && operand === 'uint32' ? exactBinary.shiftRightLogical : undefined
}

/** Integer powers modulo 2³². */
function integerPower(x: number, y: number, d: DType): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0
  let result = 1
  let square = x
  // Ends for every number: the lane behind an odd number of elements may hold any.
  for (let k = y >>> 0; k > 0; k >>>= 1) {
    if (k & 1) result = Math.imul(result, square)
    square = Math.imul(square, square)
  }
  return coerce(d, result)
}

const dtypeOfScalar = (x: Scalar | undefined): DType | undefined => (typeof x === 'object' ? x.dtype : undefined)
const expression = (x: Scalar, dtype: DType): Expr => (typeof x === 'number' ? { _tag: 'Const', value: coerce(dtype, x), dtype } : x)

const tests: ReadonlySet<string> = new Set(['not', 'isFinite', 'isNaN', 'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor'])

/** Words by their names, which build trees; those of functions with their code. */
const words = (names: readonly string[], codes: { readonly [op: string]: Block | Block2 } = {}): object =>
  Object.fromEntries(names.map((op) => [op, (x: Scalar, y?: Scalar): Expr => {
    const dtype = dtypeOfScalar(x) ?? dtypeOfScalar(y) ?? 'float64'
    const node = { op, code: codes[op], x: expression(x, dtype), dtype: tests.has(op) ? 'bool' : dtype }
    return (y === undefined ? { _tag: 'Unary', ...node } : { _tag: 'Binary', ...node, y: expression(y, dtype) }) as Expr
  }]))

/** The words that every expression has. */
export const exactOps: ExactOps = {
  ...(words([...Object.keys(exactUnary), ...Object.keys(exactBinary)]) as ExactOps),
  select: (test, x, y) => {
    const dtype = dtypeOfScalar(x) ?? dtypeOfScalar(y) ?? 'float64'
    return { _tag: 'Select', test, x: expression(x, dtype), y: expression(y, dtype), dtype }
  },
  convert: (x, dtype) => ({ _tag: 'Convert', x: expression(x, 'float64'), dtype }),
  call: (fn, ...args) => ({ _tag: 'Call', fn, args, dtype: args.map((a) => a.dtype).reduce(promote) }),
  constant: (value, dtype) => ({ _tag: 'Const', value: coerce(dtype, value), dtype }),
}

const known = new WeakMap<Functions, ScalarOps>()
/** The words of a kernel that brings the code of some functions. */
export function opsWith(functions: Functions = none): ScalarOps {
  let ops = known.get(functions)
  if (!ops) known.set(functions, (ops = { ...exactOps, ...words(Object.keys(functions), functions as { readonly [op: string]: Block }) } as ScalarOps))
  return ops
}
const none: Functions = {}

/** The expression of an elementwise kernel on operands of these dtypes. */
export const expressionOf = ({ expr, functions }: Extract<KernelSpec, { _tag: 'Elementwise' }>, ins: readonly { readonly dtype: DType }[], params: Params, out: Aval): Expr =>
  expr(opsWith(functions), ins.map(({ dtype }, index) => ({ _tag: 'Arg', index, dtype })), params, out)

/** A conversion between dtypes: to integers towards zero (saturating, NaN to 0), to bool as ≠ 0. */
export function convertNumber(from: DType, to: DType): (x: number) => number {
  if (to === 'float64') return (x) => x
  if (to === 'float32') return Math.fround
  if (to === 'bool' || !isFloat(from)) return (x) => coerce(to, x)
  const low = to === 'int32' ? -2147483648 : 0
  return (x) => (x !== x ? 0 : Math.min(low + 4294967295, Math.max(low, Math.trunc(x))) + 0)
}
