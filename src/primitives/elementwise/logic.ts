/**
 * Comparisons, logic, choice, conversion and the identity-like primitives.
 *
 * Edge: the untaken branch of a select gets a zero cotangent by selection, never by multiplication, so a NaN there
 * does not spread.
 */
import { left, right } from 'fp-ts/Either'
import { isDType, isFloat, noDType, type DType } from '../../data/dtype'
import { elementwise, elementwiseWith, type ExactBinaryOp, type ExactOps, type KernelSpec } from '../../ir/kernel'
import type { Primitive } from '../../ir/types'
import { isLinear, isZero } from '../../ir/value'
import { anyDType, bad, definePrimitive, elementary, integerOrBool, noTangent, number, pointwise, pointwiseTranspose, spreadTo, unspread } from '../define'
import { atTie, convertKinks } from '../kinks'

const comparison = (name: string, kernel: Parameters<typeof elementwise>[0]): Primitive =>
  elementary(name, elementwise(kernel), noTangent, { shape: pointwise(name, anyDType, 'any dtype', 'bool'), kinks: atTie })

/** x = y; NaN equals nothing. */
export const eq: Primitive = comparison('eq', ({ eq }, x, y) => eq(x!, y!))
/** x ≠ y. */
export const ne: Primitive = comparison('ne', ({ ne }, x, y) => ne(x!, y!))
/** x < y. */
export const lt: Primitive = comparison('lt', ({ lt }, x, y) => lt(x!, y!))
/** x ≤ y. */
export const le: Primitive = comparison('le', ({ le }, x, y) => le(x!, y!))
/** x > y. */
export const gt: Primitive = comparison('gt', ({ lt }, x, y) => lt(y!, x!))
/** x ≥ y. */
export const ge: Primitive = comparison('ge', ({ le }, x, y) => le(y!, x!))

const bits = (name: string, kernel: KernelSpec): Primitive =>
  elementary(name, kernel, noTangent, { shape: pointwise(name, integerOrBool, 'an integer or bool dtype') })
const bitwise = (name: string, bool: ExactBinaryOp, bit: ExactBinaryOp): Primitive =>
  bits(name, elementwiseWith((s: ExactOps, [x, y], _params, out) => s[out.dtype === 'bool' ? bool : bit](x!, y!)))

/** Logical and of booleans, bitwise of integers. */
export const and: Primitive = bitwise('and', 'and', 'bitAnd')
/** Logical or of booleans, bitwise of integers. */
export const or: Primitive = bitwise('or', 'or', 'bitOr')
/** Exclusive or. */
export const xor: Primitive = bitwise('xor', 'xor', 'bitXor')
/** Logical not of booleans, all bits of integers inverted. */
export const not: Primitive = bits('not', elementwiseWith((s, [x], _params, out) => (out.dtype === 'bool' ? s.not(x!) : s.bitNot(x!))))

const test = (name: string, kernel: Parameters<typeof elementwise>[0]): Primitive =>
  elementary(name, elementwise(kernel), noTangent, { shape: pointwise(name, number, 'a number dtype', 'bool') })

/** Neither infinite nor NaN. */
export const isFinite: Primitive = test('is_finite', ({ isFinite }, x) => isFinite(x!))
/** Not a number. */
export const isNaN: Primitive = test('is_nan', ({ isNaN }, x) => isNaN(x!))

/** Elementwise choice: x where `test` is true, else y. Linear in x and y together. */
export const select: Primitive = definePrimitive({
  name: 'select',
  shape: (avals, params) => {
    if (avals[0]!.dtype !== 'bool') return bad('dtype', `select: the condition must be bool, got ${avals[0]!.dtype}`, 'Compare, e.g. np.notEqual(c, 0).')
    return pointwise('select', anyDType, 'any dtype', undefined, 1)(avals, params)
  },
  kernel: elementwise(({ select }, test, x, y) => select(test, x, y)),
  jvp: (ops, [test], [z], [, dx, dy]) => {
    const side = (d: typeof dx): NonNullable<typeof dx> | number => (isZero(d!) ? 0 : d!)
    return spreadTo(ops, ops.select(test!, side(dx), side(dy)), z!.aval.shape)
  },
  transpose: (ops, [ct], [test, x, y]) => {
    const zero = ops.full([], 0, ct!.aval.dtype)
    return [
      null,
      isLinear(x!) ? unspread(ops, ops.select(test!, ct!, zero), x) : null,
      isLinear(y!) ? unspread(ops, ops.select(test!, zero, ct!), y) : null,
    ]
  },
  batch: 'elementwise',
  linear: { joint: [1, 2] },
  masks: [1, 2],
  simplify: ({ literal }, { inputs: [test, x, y], outs: [z] }) => {
    const t = literal(test!)
    const chosen = t === undefined ? undefined : t !== 0 ? x : y
    return chosen && chosen.aval.shape.length === z!.aval.shape.length ? chosen : undefined
  },
})

/** The value as another dtype: to integers towards zero, to bool as ≠ 0. */
export const convert: Primitive = definePrimitive({
  name: 'convert_element_type',
  shape: ([x], { dtype }: { dtype: DType }) =>
    isDType(dtype) ? right([{ shape: x!.shape, dtype, weak: false }]) : left(noDType(dtype)),
  kernel: elementwiseWith((s, [x], { dtype }: { dtype: DType }) => s.convert(x!, dtype)),
  jvp: (ops, _x, [y], [dx], { dtype }: { dtype: DType }) => (isFloat(dtype) ? ops.convert(dx!, dtype) : ops.zero(y!.aval)),
  transpose: pointwiseTranspose((ops, ct, [x]) => ops.convert(ct, x!.aval.dtype)),
  batch: 'elementwise',
  kinks: convertKinks,
  simplify: (_ctx, { inputs: [x], params }) => (x!.aval.dtype === params.dtype && !x!.aval.weak ? x : undefined),
})

/** The identity, with derivative zero. */
export const stopGradient: Primitive = elementary('stop_gradient', elementwise((_s, x) => x), noTangent, { shape: ([x]) => right([x!]) })

/** The identity as an equation of its own. */
export const copy: Primitive = elementary('copy', elementwise((_s, x) => x), (_ops, _x, _y, [dx]) => dx!, {
  shape: ([x]) => right([x!]),
  transpose: pointwiseTranspose((_ops, ct) => ct),
  simplify: (_ctx, { inputs: [x] }) => x,
})

export const logic: readonly Primitive[] = [eq, ne, lt, le, gt, ge, and, or, xor, not, isFinite, isNaN, select, convert, stopGradient, copy]
