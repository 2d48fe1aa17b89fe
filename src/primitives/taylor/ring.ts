/**
 * The ring of truncated power series: products and quotients, of order d in (d + 1)(d + 2)/2 multiplications.
 *
 * Law: (x·y)ₖ = Σⱼ xⱼ yₖ₋ⱼ; (x/y)·y = x. A product with y is a lower triangular Toeplitz matrix, so its transpose is the
 * product between two reversals of the series axis; the same holds of its inverse.
 * Source: Griewank & Walther 2008, table 13.1; Bettencourt, Johnson & Duvenaud 2019.
 */
import type { CoreOps, Primitive } from '../../ir/types'
import { isLinear, isZero, type Value } from '../../ir/value'
import { padded } from '../pad'
import { seriesPrimitive, type SeriesParams } from './kernel'
import { convolve, type Recurrence } from './tile'

/** (x·y)ₖ = Σ xⱼ yₖ₋ⱼ. */
export const product: Recurrence = ([x, y], [z], { lanes, at, step, n, s }) => {
  for (let k = 0, q = at; k < n; k++, q += step) {
    convolve(s, x!, at, y!, q, step, k + 1)
    for (let l = 0; l < lanes; l++) z![q + l] = s[l]!
  }
}

/** qₖ = (xₖ − Σ_{j<k} qⱼ yₖ₋ⱼ) / y₀. */
const quotient: Recurrence = ([x, y], [z], { lanes, at, step, n, s }) => {
  for (let k = 0, q = at; k < n; k++, q += step) {
    convolve(s, z!, at, y!, q, step, k)
    for (let l = 0; l < lanes; l++) z![q + l] = (x![q + l]! - s[l]!) / y![at + l]!
  }
}

/** The product of two series; a `Zero` where one of them is. */
export const times = (ops: CoreOps, x: Value, y: Value, axis = 0): Value => ops.bind(seriesMul, [x, y], { axis })[0]!

/** The quotient of two series. */
export const over = (ops: CoreOps, x: Value, y: Value, axis = 0): Value => ops.bind(seriesDiv, [x, y], { axis })[0]!

const turned = (ops: CoreOps, x: Value, axis: number, act: (x: Value) => Value): Value => ops.reverse(act(ops.reverse(x, [axis])), [axis])

/** The product of two series. Bilinear. */
const seriesMul: Primitive = seriesPrimitive({
  name: 'series_mul',
  series: [true, true],
  recurrence: product,
  jvp: (ops, [x, y], _z, [dx, dy], { axis }: SeriesParams) => ops.add(times(ops, dx!, y!, axis), times(ops, x!, dy!, axis)),
  transpose: (ops, [ct], operands, { axis }: SeriesParams) =>
    operands.map((o, i) => (isLinear(o) ? turned(ops, ct!, axis, (c) => times(ops, c, operands[1 - i]!, axis)) : null)),
  linear: { each: [0, 1] },
})

/** The quotient of two series. Linear in the numerator. */
const seriesDiv: Primitive = seriesPrimitive({
  name: 'series_div',
  series: [true, true],
  recurrence: quotient,
  jvp: (ops, [, y], [q], [dx, dy], { axis }: SeriesParams) =>
    over(ops, isZero(dy!) ? dx! : ops.sub(dx!, times(ops, q!, dy!, axis)), y!, axis),
  transpose: (ops, [ct], [, y], { axis }: SeriesParams) => [turned(ops, ct!, axis, (c) => over(ops, c, y!, axis)), null],
  linear: { each: [0] },
})

/** A head at every coefficient of a series of length n. */
export const along = (ops: CoreOps, head: Value, n: number, axis = 0): Value => {
  const s = head.aval.shape
  const shape = [...s.slice(0, axis), n, ...s.slice(axis)]
  return ops.broadcast(head, shape, s.map((_, i) => (i < axis ? i : i + 1)))
}

/** The series of a constant: the head, then zeros. */
export function constantSeries(ops: CoreOps, head: Value, n: number, axis = 0): Value {
  const s = head.aval.shape
  const lifted = ops.reshape(head, [...s.slice(0, axis), 1, ...s.slice(axis)])
  return padded(ops, lifted, ops.full([], 0, head.aval.dtype), lifted.aval.shape.map((_, i) => (i === axis ? [0, n - 1, 0] : [0, 0, 0])))
}

/** Coefficient 0. */
export function headOf(ops: CoreOps, x: Value, axis = 0): Value {
  const s = x.aval.shape
  const first = ops.slice(x, s.map(() => 0), s.map((e, i) => (i === axis ? 1 : e)))
  return ops.reshape(first, s.filter((_, i) => i !== axis))
}

/** x + a for a number a: it is added to coefficient 0. */
export function plus(ops: CoreOps, x: Value, a: number, axis = 0): Value {
  if (a === 0) return x
  const { shape, dtype } = x.aval
  const unit = ops.convert(ops.eq(ops.iota(shape, 'int32', axis), 0), dtype)
  return ops.add(x, ops.mul(unit, a))
}
