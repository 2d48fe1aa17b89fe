/**
 * The core's vocabulary: every word of `CoreOps`, built over a bind. Words treat a `Zero` as the zero array that it stands for.
 *
 * Law: a word on symbolic zeros equals the same word on the arrays of zeros that they stand for.
 */
import { noArray } from '../data/errors'
import { coerce, type DType } from '../data/dtype'
import { sameShape, type Shape } from '../data/shape'
import { aval, type Aval, type CoreBinaryWord, type CoreOps, type CoreUnaryWord, type Operand, type Params, type Primitive, type ReductionWord } from '../ir/types'
import { isZero, Zero, type Value } from '../ir/value'
import { resultAvals } from '../trace/bind'
import * as arithmetic from './elementwise/arithmetic'
import * as logic from './elementwise/logic'
import { exp, log } from './elementwise/transcendental'
import { dot } from './dot'
import { gather } from './indexing'
import { iota } from './iota'
import * as movement from './movement'
import * as reduce from './reduce'

/** What the vocabulary is built over. */
export interface OpsBase {
  readonly bind: (prim: Primitive, operands: readonly Value[], params: Params) => readonly Value[]
  /** The same, but recorded wherever a trace is open, even if no operand is traced. */
  readonly record: (prim: Primitive, operands: readonly Value[], params: Params) => readonly Value[]
  readonly literal: (value: number, aval: Aval) => Value
}

const unaryWords: { readonly [K in CoreUnaryWord]: Primitive } = {
  neg: arithmetic.neg, abs: arithmetic.abs, sign: arithmetic.sign, sqrt: arithmetic.sqrt, exp, log, not: logic.not, isNaN: logic.isNaN,
}
const binaryWords: { readonly [K in CoreBinaryWord]: Primitive } = {
  add: arithmetic.add, sub: arithmetic.sub, mul: arithmetic.mul, div: arithmetic.div, pow: arithmetic.pow, max: arithmetic.max, min: arithmetic.min,
  eq: logic.eq, ne: logic.ne, lt: logic.lt, le: logic.le, gt: logic.gt, ge: logic.ge, and: logic.and, or: logic.or,
}
const reductionWords: { readonly [K in ReductionWord]: Primitive } = {
  sum: reduce.sum, prod: reduce.prod, reduceMax: reduce.reduceMax, reduceMin: reduce.reduceMin,
  reduceAnd: reduce.reduceAnd, reduceOr: reduce.reduceOr,
}

export const mapWords = <K extends string, F>(words: { readonly [W in K]: Primitive }, f: (p: Primitive) => F): { readonly [W in K]: F } =>
  Object.fromEntries(Object.entries(words).map(([k, p]) => [k, f(p as Primitive)])) as { [W in K]: F }

/** One object serves all operations without parameters. */
const none: Params = Object.freeze({})

export const isValue = (x: Operand): x is Value => typeof x === 'object'

/** A number or a boolean as a number; raises `TreeError` for what is neither. */
const plain = (x: unknown): number => (typeof x === 'number' || typeof x === 'boolean' ? +x : noArray(x))

export function makeOps(base: OpsBase): CoreOps {
  const instantiate = (v: Value): Value => (isZero(v) ? full(v.aval.shape, 0, v.aval.dtype) : v)
  const full = (shape: Shape, value: number, dtype: DType): Value => {
    const scalar = base.literal(coerce(dtype, value), aval([], dtype))
    return shape.length === 0 ? scalar : base.record(movement.broadcast, [scalar], { shape, dims: [] })[0]!
  }
  const asValues = (xs: readonly Operand[]): readonly Value[] => {
    if (xs.every(isValue)) return xs as readonly Value[]
    const like = xs.find(isValue)
    const dtype = like?.aval ? like.aval.dtype : 'float64'
    return xs.map((x) => (isValue(x) ? x : base.literal(coerce(dtype, plain(x)), aval([], dtype, true))))
  }
  const spread = (x: Value, shape: Shape): Value =>
    sameShape(x.aval.shape, shape) ? x : base.bind(movement.broadcast, [x], { shape, dims: [] })[0]!

  /** Applies a primitive, letting the zeros that its linearity admits pass through. */
  const apply = (prim: Primitive, xs: readonly Operand[], params: Params = none): readonly Value[] => {
    const values = asValues(xs)
    if (!values.some(isZero)) return base.bind(prim, values, params)
    const linear = prim.linear ?? (prim.transpose === 'nonlinear' ? undefined : { joint: values.map((_, i) => i) })
    const zeros = linear && ('joint' in linear ? linear.joint.every((i) => isZero(values[i]!)) : linear.each.some((i) => isZero(values[i]!)))
    if (zeros) return resultAvals(prim, values.map((v) => v.aval), params).map((a) => new Zero(a))
    return base.bind(prim, values.map(instantiate), params)
  }
  const one = (prim: Primitive, xs: readonly Operand[], params?: Params): Value => apply(prim, xs, params)[0]!
  const shapeOf = (xs: readonly Value[]): Shape => xs.find((x) => x.aval.shape.length > 0)?.aval.shape ?? []

  const sum2 = (x: Operand, y: Operand): Value => {
    const [a, b] = asValues([x, y]) as [Value, Value]
    if (isZero(a)) return isZero(b) ? new Zero({ ...a.aval, shape: shapeOf([a, b]) }) : spread(b, shapeOf([a, b]))
    return isZero(b) ? spread(a, shapeOf([a, b])) : one(arithmetic.add, [a, b])
  }

  const ops: CoreOps = {
    ...mapWords(unaryWords, (p) => (x: Operand) => one(p, [x])),
    ...mapWords(binaryWords, (p) => (x: Operand, y: Operand) => one(p, [x, y])),
    ...mapWords(reductionWords, (p) => (x: Value, axes: readonly number[]) => one(p, [x], { axes })),
    add: sum2,
    sub: (x, y) => {
      const [a, b] = asValues([x, y]) as [Value, Value]
      if (isZero(b)) return sum2(a, b)
      return isZero(a) ? ops.neg(sum2(a, b)) : one(arithmetic.sub, [a, b])
    },
    integerPow: (x, n) => one(arithmetic.integerPow, [x], { y: n }),
    select: (test, x, y) => {
      const [a, b] = asValues([x, y]) as [Value, Value]
      return one(logic.select, [isValue(test) ? test : base.literal(plain(test), aval([], 'bool')), a, b])
    },
    convert: (x, dtype) => (isValue(x) && x.aval.dtype === dtype && !x.aval.weak ? x : one(logic.convert, [x], { dtype })),
    broadcast: (x, shape, dims) => (sameShape(x.aval.shape, shape) ? x : one(movement.broadcast, [x], { shape, dims })),
    reshape: (x, shape) => (sameShape(x.aval.shape, shape) ? x : one(movement.reshape, [x], { shape })),
    transpose: (x, perm) => (perm.every((p, i) => p === i) && perm.length === x.aval.shape.length ? x : one(movement.transpose, [x], { perm })),
    slice: (x, start, stop, strides = start.map(() => 1)) => one(movement.slice, [x], { start, stop, strides }),
    concatenate: (xs, axis) => one(movement.concatenate, xs, { axis }),
    reverse: (x, axes) => one(movement.reverse, [x], { axes }),
    accumulateAt: (sum, piece, start, strides) => (isZero(piece) ? sum : one(movement.accumulateAt, [instantiate(sum), piece], { start, strides })),
    argmax: (x, axis) => one(reduce.argmax, [x], { axis }),
    argmin: (x, axis) => one(reduce.argmin, [x], { axis }),
    dot: (x, y, { lhsContract, rhsContract, lhsBatch, rhsBatch }) => one(dot, [x, y], { lhsContract, rhsContract, lhsBatch, rhsBatch }),
    gather: (x, indices, params) => one(gather, [x, indices], { ...params }),
    // A view of one axis: no array of all.
    iota: (shape, dtype, axis) => (shape[1] && shape[axis] ? ops.broadcast(ops.iota([shape[axis]], dtype, 0), shape, [axis]) : base.record(iota, [], { shape, dtype, axis })[0]!),
    full,
    instantiate,
    zero: (a) => new Zero(a),
    bind: apply,
  }
  return ops
}
