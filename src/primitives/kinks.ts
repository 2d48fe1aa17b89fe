/**
 * Where primitives are not differentiable: the kink rules that families share.
 *
 * Law: off the kinks that a rule marks (and off poles and the edges of domains) the primitive is differentiable.
 * Example: kinks: at((ops, [x]) => ops.eq(x, 0)) // |x|
 */
import { isFloat } from '../data/dtype'
import { range, without } from '../data/shape'
import type { CoreOps, KinkRule, Ops } from '../ir/types'
import type { Value } from '../ir/value'

/** A rule from the operands. */
export const at = (mark: (ops: Ops, operands: readonly Value[]) => Value): KinkRule => (ops, operands) => mark(ops, operands)

/** Where the operand is 0. */
export const atZero: KinkRule = at((ops, [x]) => ops.eq(x!, 0))
/** Where the operand is 1 or −1. */
export const atUnit: KinkRule = at((ops, [x]) => ops.eq(ops.abs(x!), 1))
/** Where two operands are equal. */
export const atTie: KinkRule = at((ops, [x, y]) => ops.eq(x!, y!))
/** Where all operands are 0. */
export const atOrigin: KinkRule = at((ops, [x, y]) => ops.and(ops.eq(x!, 0), ops.eq(y!, 0)))
/** Where the operand is a finite integer. */
export const atIntegers: KinkRule = at((ops, [x]) => ops.and(ops.eq(x!, ops.floor(x!)), ops.isFinite(x!)))
/** Where the operand is an integer other than 0. */
export const atSteps: KinkRule = at((ops, [x]) => ops.and(ops.ne(x!, 0), ops.and(ops.eq(x!, ops.floor(x!)), ops.isFinite(x!))))
/** Where the operand is an integer and a half. */
export const atHalves: KinkRule = at((ops, [x]) => ops.eq(ops.sub(x!, ops.floor(x!)), 0.5))

/** The elements that equal the extremum of their line along the axes, where more than one does. */
export function tied(ops: Ops, x: Value, extremum: Value, axes: readonly number[]): Value {
  const { shape } = x.aval
  const kept = range(shape.length).filter((a) => !axes.includes(a))
  const spread = (v: Value): Value => ops.broadcast(v, shape, kept)
  const attains = ops.eq(x, spread(extremum))
  return ops.and(attains, spread(ops.gt(ops.sum(ops.convert(attains, 'int32'), axes), 1)))
}

/** Along an axis, where an element equals its neighbour before or after it. */
export function besideEqual(ops: Ops, equal: (before: (v: Value) => Value, after: (v: Value) => Value) => Value, axis: number, extents: readonly number[]): Value {
  const n = extents[axis]!
  const cut = (from: number, to: number) => (v: Value): Value =>
    ops.slice(v, extents.map((_, a) => (a === axis ? from : 0)), extents.map((e, a) => (a === axis ? to : e)))
  if (n < 2) return ops.full(extents, 0, 'bool')
  const same = equal(cut(0, n - 1), cut(1, n))
  const padded = (low: number): Value => ops.pad(same, ops.full([], 0, 'bool'), extents.map((_, a) => (a === axis ? [low, 1 - low, 0] : [0, 0, 0])))
  return ops.or(padded(0), padded(1))
}

/** An extremum over axes, in words. */
export type Extremum = (ops: CoreOps, x: Value, axes: readonly number[]) => Value

/** Ties of extrema along the axes of `axes`; over none there are none. */
export const extremumKinks =
  (extremum: Extremum, axesOf: (params: any) => readonly number[]): KinkRule =>
  (ops, [x], _outs, params) => {
    const axes = axesOf(params)
    return axes.length === 0 || without(x!.aval.shape, axes).length === x!.aval.shape.length ? undefined : tied(ops, x!, extremum(ops, x!, axes), axes)
  }

/** Towards integers a number steps at every integer but 0; towards booleans it changes at 0. */
export const convertKinks: KinkRule = (ops, operands, outs, params) => {
  const [x] = operands
  if (!isFloat(x!.aval.dtype) || isFloat(outs[0]!.aval.dtype)) return undefined
  return (outs[0]!.aval.dtype === 'bool' ? atZero : atSteps)(ops, operands, outs, params)
}
