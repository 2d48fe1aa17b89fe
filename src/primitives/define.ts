/**
 * What primitives are made with: `definePrimitive`, and the shape rules and rule makers that families share.
 *
 * Example: const sin = smooth('sin', elementwise(({ sin }, x) => sin(x), { sin: math.sin }), ({ cos }, x) => cos(x))
 */
import { left, right, type Either } from 'fp-ts/Either'
import { isFloat, type DType } from '../data/dtype'
import { fault, type ErrorCode, type Fault } from '../data/errors'
import { range, sameShape, showShape, type Shape } from '../data/shape'
import type { KernelSpec } from '../ir/kernel'
import { aval, type Aval, type Eqn, type CoreOps, type JvpRule, type Primitive, type ShapeRule, type Simplified, type SimplifyContext, type TransposeRule } from '../ir/types'
import { isLinear, isZero, type Contribution, type Value } from '../ir/value'

/** A primitive is its record; this fixes the type and freezes it. */
export const definePrimitive = (record: Primitive): Primitive => Object.freeze(record)

export const bad = (code: ErrorCode, what: string, fix: string): Either<Fault, never> => left(fault(code, what, fix))

const showAvals = (avals: readonly Aval[]): string => avals.map((a) => `${a.dtype}${showShape(a.shape)}`).join(' and ')

/** Operands of one shape, or of rank 0, and of one dtype; the result has dtype `out` (theirs, when absent). */
export const pointwise =
  (name: string, accepts: (d: DType) => boolean, expected: string, out?: DType, from = 0): ShapeRule => {
    const rule = judged(name, accepts, expected, out, from)
    let asked: Aval | undefined
    let count = 0
    let answer: Either<Fault, readonly Aval[]> | undefined
    // Long programs have one aval for many variables: they ask the same again and again.
    return (avals, params) => {
      const first = avals[0]
      let same = first === asked && avals.length === count
      for (let i = 1; same && i < avals.length; i++) same = avals[i] === first
      if (same && answer) return answer
      const given = rule(avals, params)
      if (avals.every((a) => a === first)) {
        asked = first
        count = avals.length
        answer = given
      }
      return given
    }
  }

const judged =
  (name: string, accepts: (d: DType) => boolean, expected: string, out: DType | undefined, from: number): ShapeRule =>
  (avals) => {
    let shape: Shape = []
    for (const a of avals)
      if (a.shape.length > 0) {
        if (shape.length > 0 && !sameShape(shape, a.shape))
          return bad('shape', `${name}: operands have shapes ${avals.map((v) => showShape(v.shape)).join(' and ')}`, 'Give arrays of one shape, or scalars; np functions broadcast.')
        shape = a.shape
      }
    const dtype = avals[from]!.dtype
    for (let i = from; i < avals.length; i++)
      if (avals[i]!.dtype !== dtype)
        return bad('dtype', `${name}: operands have dtypes ${avals.map((v) => v.dtype).join(' and ')}`, 'Convert them with np.astype; np functions promote.')
    if (!accepts(dtype)) return bad('dtype', `${name}: expected ${expected}, got ${showAvals(avals)}`, 'Convert it with np.astype.')
    const weak = avals.every((a, i) => i < from || a.weak)
    return right([avals.find((a) => a.shape === shape && a.weak === weak && a.dtype === (out ?? dtype)) ?? aval(shape, out ?? dtype, weak)])
  }

export const anyDType = (): boolean => true
export const number = (d: DType): boolean => d !== 'bool'
export const integerOrBool = (d: DType): boolean => !isFloat(d)
export const floating: (d: DType) => boolean = isFloat

/** An elementwise primitive of numbers of one dtype; `more` adds rules, or replaces them. */
export const elementary = (name: string, kernel: KernelSpec, jvp: JvpRule, more: Partial<Primitive> = {}): Primitive =>
  definePrimitive({ name, shape: pointwise(name, number, 'a number dtype'), kernel, jvp, transpose: 'nonlinear', batch: 'elementwise', ...more })

/** An elementwise function of one floating operand, by its derivative in x and the result y. */
export const smooth = (
  name: string,
  kernel: KernelSpec,
  derivative: (ops: CoreOps, x: Value, y: Value) => Value,
  more: Partial<Primitive> = {},
): Primitive =>
  elementary(name, kernel, (ops, [x], [y], [dx]) => ops.mul(dx!, derivative(ops, x!, y!)), { shape: pointwise(name, floating, 'a floating dtype'), ...more })

/** The rule of a function that is constant almost everywhere, or has no floating result. */
export const noTangent: JvpRule = (ops, _primals, outs) => outs.map((y) => ops.zero(y.aval))

/** Σ partialᵢ·dxᵢ over the operands that vary; null marks an operand in which the function is constant. */
export const partials =
  (...each: readonly (((ops: CoreOps, primals: readonly Value[], y: Value) => Value) | null)[]): JvpRule =>
  (ops, primals, [y], tangents) => {
    let sum: Value = ops.zero(y!.aval)
    tangents.forEach((t, i) => {
      const partial = each[i]
      if (partial && !isZero(t)) sum = ops.add(sum, ops.mul(t, partial(ops, primals, y!)))
    })
    return sum
  }

/** The rule of a primitive that is linear in all its operands together: itself, on the tangents. */
export const linearJvp =
  (self: () => Primitive): JvpRule =>
  (ops, _primals, _outs, tangents, params) =>
    ops.bind(self(), tangents.map(ops.instantiate), params)

/**
 * The rules of what writes a piece into a window of an array, or adds it there: linear in both, the operands after them say
 * where. `windowOf` reads what stands in such a window, whose shape is that of the piece.
 */
export const placing = (
  self: () => Primitive,
  adds: boolean,
  windowOf: (ops: CoreOps, x: Value, piece: Value, where: readonly Value[], params: any) => Value,
): Pick<Primitive, 'jvp' | 'transpose' | 'linear' | 'pattern'> => {
  const place = (ops: CoreOps, x: Value, piece: Value, where: readonly Value[], params: any): Value =>
    adds && isZero(piece) ? x : ops.bind(self(), [ops.instantiate(x), ops.instantiate(piece), ...where], { ...params })[0]!
  return {
    pattern: adds ? 'sums' : 'moves',
    jvp: (ops, [, , ...where], _y, [dx, dp], params) => place(ops, dx!, dp!, where, params),
    transpose: (ops, [ct], [x, piece, ...where], params) => [
      !isLinear(x!) ? null : adds ? ct! : place(ops, ct!, ops.full(piece!.aval.shape, 0, ct!.aval.dtype), where, params),
      isLinear(piece!) ? windowOf(ops, ct!, piece, where, params) : null,
      ...where.map(() => null),
    ],
    linear: { joint: [0, 1] },
  }
}

/** The cotangent of an operand that was spread from rank 0: summed. */
export const unspread = (ops: CoreOps, ct: Value, operand: Value): Value =>
  operand.aval.shape.length === 0 && ct.aval.shape.length > 0 ? ops.sum(ct, ct.aval.shape.map((_, i) => i)) : spreadTo(ops, ct, operand.aval.shape)

/** An operand with the batch as its leading axis, repeated where it had none. */
export const spreadBatch = (ops: CoreOps, x: Value, batched: boolean, n: number): Value =>
  batched ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1))

/** A rank-0 value as an array of the shape. */
export const spreadTo = (ops: CoreOps, x: Value, shape: Shape): Value =>
  x.aval.shape.length === 0 && shape.length > 0 ? ops.broadcast(x, shape, []) : x

/** A transpose rule from the cotangent of each linear operand of a single-result elementwise primitive. */
export const pointwiseTranspose =
  (each: (ops: CoreOps, ct: Value, operands: readonly Value[], i: number, params: any) => Value): TransposeRule =>
  (ops, [ct], operands, params): readonly Contribution[] =>
    operands.map((o, i) => (isLinear(o) ? unspread(ops, each(ops, ct!, operands, i, params), o) : null))

export type { Eqn, KernelSpec, Simplified, SimplifyContext }
