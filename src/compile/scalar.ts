/**
 * Scalar expressions: the words that elementwise kernels are written in, and the meaning of each operation.
 *
 * Law: an operation's result is an element of its dtype: float32 is rounded, integers wrap, booleans are 0 or 1.
 */
import { coerce, isFloat, promote, type DType } from '../data/dtype'
import type { BinaryFunction, BinaryOp, ExactBinaryOp, ExactOps, ExactUnaryOp, Expr, Functions, Scalar, ScalarOps, UnaryOp } from '../ir/kernel'
import { cos, sin } from './math/circular'
import { exp, expm1, tanh, type Block } from './math/exponential'
import { log, log1p } from './math/logarithm'

/** Round half to even, as IEEE and NumPy do. */
export function roundEven(x: number): number {
  const r = Math.round(x)
  return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : Object.is(r, 0) && x < 0 ? -0 : r
}

const view = new DataView(new ArrayBuffer(8))
/** The next number after x in the direction of y. */
export function nextafter(x: number, y: number, dtype: DType): number {
  if (x !== x || y !== y) return NaN
  if (x === y) return y
  const single = dtype === 'float32'
  if (x === 0) return Math.sign(y) * (single ? 2 ** -149 : 2 ** -1074)
  const up = y > x === x > 0 ? 1 : -1
  if (single) {
    view.setFloat32(0, x)
    view.setInt32(0, view.getInt32(0) + up)
    return view.getFloat32(0)
  }
  view.setFloat64(0, x)
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(up))
  return view.getFloat64(0)
}

/** Bits that are set among the 32 of an integer. */
export function popcount(x: number): number {
  let v = x | 0
  v -= (v >>> 1) & 0x55555555
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** xʸ as IEEE 754 has it: 1ʸ = 1 and (−1)^±∞ = 1, where JavaScript says NaN. */
export const power = (x: number, y: number): number =>
  x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : Math.pow(x, y)

const cell = new Float64Array(2)
/** A function over blocks as one of a number. */
const pointwise = (block: Block) => (x: number): number => {
  cell[0] = x
  block(cell, 1, cell, 0, 1)
  return cell[1]
}

/** The functions of one argument that are exact on float64, and need no code but the engine's. */
export const exactUnary: { readonly [K in ExactUnaryOp]: (x: number) => number } = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, floor: Math.floor, ceil: Math.ceil, round: roundEven, trunc: Math.trunc, sqrt: Math.sqrt,
  not: (x) => (x === 0 ? 1 : 0), bitNot: (x) => ~x, isFinite: (x) => (Number.isFinite(x) ? 1 : 0), isNaN: (x) => (x !== x ? 1 : 0),
  popcount, clz: Math.clz32,
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

/** The functions of one argument, on float64. */
export const unaryFunctions: { readonly [K in UnaryOp]: (x: number) => number } = {
  ...exactUnary,
  cbrt: Math.cbrt, exp: pointwise(exp), expm1: pointwise(expm1), log: pointwise(log), log1p: pointwise(log1p), log2: Math.log2, log10: Math.log10,
  sin: pointwise(sin), cos: pointwise(cos), tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, tanh: pointwise(tanh), asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
}

/** The functions of two arguments, on float64 (`div` and `mul` of integers aside). */
export const binaryFunctions: { readonly [K in BinaryOp]: (x: number, y: number) => number } = {
  ...exactBinary, pow: power, atan2: Math.atan2, hypot: Math.hypot, nextafter: (x, y) => nextafter(x, y, 'float64'),
}

/** All operations, by name. */
export const unaryOps: readonly UnaryOp[] = Object.keys(unaryFunctions) as UnaryOp[]
export const binaryOps: readonly BinaryOp[] = Object.keys(binaryFunctions) as BinaryOp[]

/** One operation on elements of a dtype, to an element of the result's dtype. */
export const applyUnary = (op: UnaryOp, operand: DType, result: DType): ((x: number) => number) => settled(unaryFunctions[op], operand, result)

export const applyBinary = (op: BinaryOp, operand: DType, result: DType): ((x: number, y: number) => number) =>
  applyInteger(op, operand, result) ?? settled2(op === 'nextafter' ? (x, y) => nextafter(x, y, operand) : binaryFunctions[op], result)

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
  for (let k = y; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = Math.imul(result, square)
    square = Math.imul(square, square)
  }
  return coerce(d, result)
}

const dtypeOfScalar = (x: Scalar): DType | undefined => (typeof x === 'number' ? undefined : x.dtype)
const expression = (x: Scalar, dtype: DType): Expr => (typeof x === 'number' ? { _tag: 'Const', value: coerce(dtype, x), dtype } : x)

const tests: ReadonlySet<string> = new Set(['not', 'isFinite', 'isNaN', 'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor'])

/** Words by their names, which build trees. */
const unaryWords = (names: readonly string[]): object =>
  Object.fromEntries(names.map((op) => [op, (x: Scalar): Expr => {
    const e = expression(x, 'float64')
    return { _tag: 'Unary', op: op as UnaryOp, x: e, dtype: tests.has(op) ? 'bool' : e.dtype }
  }]))
const binaryWords = (names: readonly string[]): object =>
  Object.fromEntries(names.map((op) => [op, (x: Scalar, y: Scalar): Expr => {
    const dtype = dtypeOfScalar(x) ?? dtypeOfScalar(y) ?? 'float64'
    return { _tag: 'Binary', op: op as BinaryOp, x: expression(x, dtype), y: expression(y, dtype), dtype: tests.has(op) ? 'bool' : dtype }
  }]))

/** The words that every expression has. */
const exactOps: ExactOps = {
  ...(unaryWords(Object.keys(exactUnary)) as ExactOps),
  ...(binaryWords(Object.keys(exactBinary)) as ExactOps),
  select: (test, x, y) => {
    const dtype = dtypeOfScalar(x) ?? dtypeOfScalar(y) ?? 'float64'
    return { _tag: 'Select', test, x: expression(x, dtype), y: expression(y, dtype), dtype }
  },
  convert: (x, dtype) => ({ _tag: 'Convert', x: expression(x, 'float64'), dtype }),
  call: (fn, ...args) => ({ _tag: 'Call', fn, args, dtype: args.map((a) => a.dtype).reduce(promote) }),
  constant: (value, dtype) => ({ _tag: 'Const', value: coerce(dtype, value), dtype }),
}

/** The names of the functions of two arguments. */
const ofTwo: ReadonlySet<string> = new Set<BinaryFunction>(['pow', 'atan2', 'hypot', 'nextafter'])

/** The words of a kernel that brings the code of some functions. */
export function opsWith(functions: Functions = {}): ScalarOps {
  const names = Object.keys(functions)
  return { ...exactOps, ...unaryWords(names.filter((op) => !ofTwo.has(op))), ...binaryWords(names.filter((op) => ofTwo.has(op))) } as ScalarOps
}

/** All words of scalar expressions. */
export const scalarOps: ScalarOps = { ...exactOps, ...unaryWords(unaryOps), ...binaryWords(binaryOps) } as ScalarOps

/** A conversion between dtypes: to integers towards zero (saturating, NaN to 0), to bool as ≠ 0. */
export function convertNumber(from: DType, to: DType): (x: number) => number {
  if (to === 'float64') return (x) => x
  if (to === 'float32') return Math.fround
  if (to === 'bool') return (x) => (x === 0 ? 0 : 1)
  if (!isFloat(from)) return (x) => coerce(to, x)
  const low = to === 'int32' ? -2147483648 : 0
  const high = to === 'int32' ? 2147483647 : 4294967295
  return (x) => (x !== x ? 0 : Math.min(high, Math.max(low, Math.trunc(x))) + 0)
}
