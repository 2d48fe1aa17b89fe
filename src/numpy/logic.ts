/**
 * Comparisons, truth values and bits. Comparisons give booleans; NaN equals nothing.
 *
 * A number counts as true where it is not 0 (so NaN does).
 */
import { demandOptions } from '../data/options'
import { isFloat } from '../data/dtype'
import { sameShape, range } from '../data/shape'
import { isFinite, xor } from '../primitives/elementwise/logic'
import { shiftLeft, shiftRightArithmetic, shiftRightLogical } from '../primitives/elementwise/rounding'
import { engine, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { alike, apply, constant, floatPair, real, tensor, together } from './arguments'

/** x = y. */
export const equal = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.equal(x, y)
/** x ≠ y. */
export const notEqual = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.notEqual(x, y)
/** x < y. */
export const less = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.less(x, y)
/** x ≤ y. */
export const lessEqual = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.lessEqual(x, y)
/** x > y. */
export const greater = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.greater(x, y)
/** x ≥ y. */
export const greaterEqual = (x: TensorLike, y: TensorLike): Tensor => engine.vocabulary.greaterEqual(x, y)

/** As booleans: whether not 0. */
export const truth = (x: TensorLike): Tensor => {
  const a = tensor(x)
  return a.dtype === 'bool' ? a : ops.ne(a, 0)
}
const truths = (name: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] =>
  together(name, truth(x), truth(y)) as [Tensor, Tensor]

/** Whether both are true. */
export const logicalAnd = (x: TensorLike, y: TensorLike): Tensor => ops.and(...truths('logicalAnd', x, y))
/** Whether one is true. */
export const logicalOr = (x: TensorLike, y: TensorLike): Tensor => ops.or(...truths('logicalOr', x, y))
/** Whether exactly one is true. */
export const logicalXor = (x: TensorLike, y: TensorLike): Tensor => apply(xor, truths('logicalXor', x, y))
/** Whether it is not true. */
export const logicalNot = (x: TensorLike): Tensor => ops.not(truth(x))

/** Whole-number literals among themselves are int32 for bit operations. */
const bits = (x: TensorLike): TensorLike => (typeof x === 'number' && Number.isInteger(x) ? constant(x, 'int32') : x)
const bitPair = (name: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] => {
  const numbers = typeof x === 'number' && typeof y === 'number'
  return together(name, numbers ? bits(x) : x, numbers ? bits(y) : y) as [Tensor, Tensor]
}

/** The bits that both have; of booleans logical and. */
export const bitwiseAnd = (x: TensorLike, y: TensorLike): Tensor => ops.and(...bitPair('bitwiseAnd', x, y))
/** The bits that either has. */
export const bitwiseOr = (x: TensorLike, y: TensorLike): Tensor => ops.or(...bitPair('bitwiseOr', x, y))
/** The bits that exactly one has. */
export const bitwiseXor = (x: TensorLike, y: TensorLike): Tensor => apply(xor, bitPair('bitwiseXor', x, y))
/** All bits inverted; of booleans logical not. */
export const bitwiseNot = (x: TensorLike): Tensor => ops.not(tensor(bits(x)))
/** x · 2ʸ modulo 2³². */
export const leftShift = (x: TensorLike, y: TensorLike): Tensor => apply(shiftLeft, bitPair('leftShift', x, y))
/** ⌊x / 2ʸ⌋: the sign is kept. */
export function rightShift(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = bitPair('rightShift', x, y)
  return apply(a.dtype === 'uint32' ? shiftRightLogical : shiftRightArithmetic, [a, b])
}

export interface CloseOptions {
  readonly rtol?: number
  readonly atol?: number
  readonly equalNan?: boolean
}
/** |x − y| ≤ atol + rtol·|y|, with rtol = 1e-5 and atol = 1e-8; equal infinities are close. */
export const isclose = (x: TensorLike, y: TensorLike, options: CloseOptions = {}): Tensor => close('isclose', x, y, options)

function close(name: string, x: TensorLike, y: TensorLike, options: CloseOptions): Tensor {
  demandOptions(name, options, ['rtol', 'atol', 'equalNan'])
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
  real(name, 'rtol', rtol)
  real(name, 'atol', atol)
  const [a, b] = floatPair(name, x, y)
  const near = ops.and(apply(isFinite, [b]), ops.le(ops.abs(ops.sub(a, b)), ops.add(ops.mul(ops.abs(b), rtol), atol)))
  const same = ops.or(near, ops.eq(a, b))
  return equalNan ? ops.or(same, ops.and(ops.isNaN(a), ops.isNaN(b))) : same
}

const everywhere = (x: Tensor): Tensor => ops.reduceAnd(x, range(x.ndim))

/** Whether all elements are close. */
export const allclose = (x: TensorLike, y: TensorLike, options: CloseOptions = {}): Tensor => everywhere(close('allclose', x, y, options))

/** Whether two arrays have the same shape and elements. */
export function arrayEqual(x: TensorLike, y: TensorLike, options: Pick<CloseOptions, 'equalNan'> = {}): Tensor {
  demandOptions('arrayEqual', options, ['equalNan'])
  const { equalNan = false } = options
  const [a, b] = alike([x, y]) as [Tensor, Tensor]
  if (!sameShape(a.shape, b.shape)) return constant(0, 'bool')
  const same = ops.eq(a, b)
  return everywhere(equalNan && isFloat(a.dtype) ? ops.or(same, ops.and(ops.isNaN(a), ops.isNaN(b))) : same)
}
