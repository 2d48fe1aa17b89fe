/**
 * The ring of truncated power series: products and quotients, of order d in (d + 1)(d + 2)/2 multiplications.
 *
 * Law: (x·y)ₖ = Σⱼ xⱼ yₖ₋ⱼ; (x/y)·y = x. A product with y is a lower triangular Toeplitz matrix, so its transpose is the
 * product between two reversals of the series axis; the same holds of its inverse.
 * Source: Griewank & Walther 2008, table 13.1; Bettencourt, Johnson & Duvenaud 2019.
 */
import type { PartOps } from '../../compile/loop/pieces'
import type { CoreOps, Primitive } from '../../ir/types'
import { isLinear, isZero, type Value } from '../../ir/value'
import { seriesPrimitive, type Lines, type SeriesParams } from './kernel'
import { convolved } from './lines'
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

const quotientLines: Lines = <P>(s: PartOps<P>, [x, y]: readonly (readonly P[])[]) => {
  const z: P[] = []
  x!.forEach((c, k) => z.push(s.div(s.sub(c, convolved(s, z, 0, y!, k, k)), y![0]!)))
  return [z]
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
  lines: (s, [x, y]) => [x!.map((_, k) => convolved(s, x!, 0, y!, k, k + 1))],
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
  lines: quotientLines,
  jvp: (ops, [, y], [q], [dx, dy], { axis }: SeriesParams) =>
    over(ops, isZero(dy!) ? dx! : ops.sub(dx!, times(ops, q!, dy!, axis)), y!, axis),
  transpose: (ops, [ct], [, y], { axis }: SeriesParams) => [turned(ops, ct!, axis, (c) => over(ops, c, y!, axis)), null],
  linear: { each: [0] },
})

/** qₖ = −Σ_{j<k} qⱼ yₖ₋ⱼ / y₀ from q₀ = a / y₀. */
const reciprocalLoops: Recurrence = ([y, a], [z], { lanes, at, step, n, head, s }) => {
  for (let l = 0; l < lanes; l++) z![at + l] = a![head + l]! / y![at + l]!
  for (let k = 1, q = at + step; k < n; k++, q += step) {
    convolve(s, z!, at, y!, q, step, k)
    for (let l = 0; l < lanes; l++) z![q + l] = (0 - s[l]!) / y![at + l]!
  }
}

const reciprocalLines: Lines = <P>(s: PartOps<P>, [y, a]: readonly (readonly P[])[]) => {
  const z = [s.div(a![0]!, y![0]!)]
  for (let k = 1; k < y!.length; k++) z.push(s.div(s.sub(s.constant(0), convolved(s, z, 0, y!, k, k)), y![0]!))
  return [z]
}

/** (y, a) ↦ a / y for a head a: a quotient of what does not vary. Linear in a. */
const seriesReciprocal: Primitive = seriesPrimitive({
  name: 'series_reciprocal',
  series: [true, false],
  recurrence: reciprocalLoops,
  lines: reciprocalLines,
  jvp: (ops, [y], [q], [dy, da], { axis }: SeriesParams) =>
    ops.sub(isZero(da!) ? ops.zero(q!.aval) : reciprocal(ops, y!, da!, axis), over(ops, times(ops, q!, dy!, axis), y!, axis)),
  transpose: (ops, [ct], [y, a], { axis }: SeriesParams) => [null, ops.sum(ops.mul(ct!, reciprocal(ops, y!, ops.full(a!.aval.shape, 1, a!.aval.dtype), axis)), [axis])],
  linear: { each: [1] },
})

/** a / y for a head a. */
export const reciprocal = (ops: CoreOps, y: Value, a: Value, axis = 0): Value => ops.bind(seriesReciprocal, [y, a], { axis })[0]!

/** A head at every coefficient of a series of length n. */
export const along = (ops: CoreOps, head: Value, n: number, axis = 0): Value => {
  const s = head.aval.shape
  const shape = [...s.slice(0, axis), n, ...s.slice(axis)]
  return ops.broadcast(head, shape, s.map((_, i) => (i < axis ? i : i + 1)))
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
