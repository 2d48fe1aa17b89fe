/**
 * Taylor rules that the records of primitives carry: which recurrence a function obeys.
 *
 * Law: coefficient k of f(x(t)) is (1/k!) dᵏ/dtᵏ f(x(t)) at t = 0. Example: tanh is riccati(1, 0, −1): y′ = (1 − y²) x′.
 * Source: Griewank & Walther 2008, tables 13.1 and 13.2; prod and cumprod as products in the ring, so zeros are no trouble.
 */
import { range, size, without } from '../../data/shape'
import type { CoreOps, Primitive, TaylorRule } from '../../ir/types'
import { isZero, type Value } from '../../ir/value'
import { padded } from '../pad'
import { part, spread } from './jets'
import { along, over, plus, reciprocal, times } from './ring'
import { logarithm, riccati, safeLog, seriesCircular, seriesErfInv, seriesPow } from './recurrences'

/** y′ = (a + b y + c y²) x′. */
export const riccatiRule = (a: number, b: number, c: number): TaylorRule => (ops, [x], [y]) => [riccati(ops, x!.whole, y!, [a, b, c])[0]!]

/** s′ = c x′, c′ = ±s x′; `which` is the result that is asked for, `other` what gives the other's value. */
export const circularRule = (which: 0 | 1, sign: 1 | -1, other: Primitive): TaylorRule => (ops, [x], [y]) => {
  const partner = ops.bind(other, [x!.primal])[0]!
  const heads = which === 0 ? [y!, partner] : [partner, y!]
  return [ops.bind(seriesCircular, [x!.whole, ...heads], { axis: 0, sign })[which]!]
}

/** y′ = x′ / q(x). */
export const logarithmRule = (q: (ops: CoreOps, x: Value) => Value): TaylorRule => (ops, [x], [y]) => [logarithm(ops, x!.whole, q(ops, x!.whole), y!)]
/** 1 + x. */
export const onePlus = (ops: CoreOps, x: Value): Value => plus(ops, x, 1)

/** Σ xⱼ yₖ₋ⱼ. */
export const productRule: TaylorRule = (ops, [x, y], [z]) => [times(ops, spread(ops, x!, z!.aval.shape), spread(ops, y!, z!.aval.shape))]
export const quotientRule: TaylorRule = (ops, [x, y], [z]) => {
  const { shape } = z!.aval
  if (isZero(x!.series) && !isZero(y!.series)) return [reciprocal(ops, spread(ops, y!, shape), ops.broadcast(x!.primal, shape, range(x!.primal.aval.shape.length)))]
  return [over(ops, spread(ops, x!, shape), spread(ops, y!, shape))]
}

/** x^p for a number p. */
export const powerRule = (p: number): TaylorRule => (ops, [x], [y]) => [ops.bind(seriesPow, [x!.whole, y!, ops.full(y!.aval.shape, p, y!.aval.dtype)], { axis: 0 })[0]!]

/** x^y; where the exponent varies, e^(y log x), but where x = 0, at which x^y is constant in y. */
export const powRule: TaylorRule = (ops, [x, p], [z]) => {
  const { shape } = z!.aval
  const base = spread(ops, x!, shape)
  const p0 = ops.broadcast(p!.primal, shape, p!.primal.aval.shape.map((_, i) => i))
  const fixed = (): Value => ops.bind(seriesPow, [base, z!, p0], { axis: 0 })[0]!
  if (isZero(p!.series)) return [fixed()]
  const x0 = ops.broadcast(x!.primal, shape, x!.primal.aval.shape.map((_, i) => i))
  const exponent = times(ops, spread(ops, p!, shape), safeLog(ops, base, x0))
  const y = riccati(ops, exponent, z!, [0, 1, 0])[0]!
  return [ops.select(along(ops, ops.eq(x0, 0), x!.order + 1), fixed(), y)]
}

/** xⁿ by squaring, in the ring: right at x = 0 too. */
export const integerPowRule: TaylorRule = (ops, [x], [z], { y }: { y: number }) => {
  if (y === 0) return [ops.zero({ ...z!.aval, shape: [x!.order + 1, ...z!.aval.shape] })]
  let result: Value | undefined
  let square = x!.whole
  for (let k = Math.abs(y); k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = result ? times(ops, result, square) : square
    if (k > 1) square = times(ops, square, square)
  }
  return [y > 0 ? result! : reciprocal(ops, result!, ops.full(z!.aval.shape, 1, z!.aval.dtype))]
}

/** h √((x/h)² + (y/h)²) for the constant h of the primal point; 0 at the origin, as the first derivative has it. */
export const hypotRule: TaylorRule = (ops, [x, y], [z]) => {
  const { shape, dtype } = z!.aval
  const n = x!.order + 1
  const origin = ops.eq(z!, 0)
  const scale = along(ops, ops.select(origin, 1, z!), n)
  const [u, v] = [x!, y!].map((o) => ops.div(spread(ops, o, shape), scale)) as [Value, Value]
  const square = ops.add(times(ops, u, u), times(ops, v, v))
  const root = ops.bind(seriesPow, [square, ops.full(shape, 1, dtype), ops.full(shape, 0.5, dtype)], { axis: 0 })[0]!
  return [ops.select(along(ops, origin, n), 0, ops.mul(root, scale))]
}

/** y′ = √π/2 · e^(y²) x′. */
export const erfInvRule: TaylorRule = (ops, [x], [y]) => {
  const slope = ops.mul(Math.sqrt(Math.PI) / 2, ops.exp(ops.mul(y!, y!)))
  return [ops.bind(seriesErfInv, [x!.whole, y!, slope], { axis: 0 })[0]!]
}

/** Elements from … to along an axis. */
const cut = (ops: CoreOps, x: Value, axis: number, from: number, to: number): Value =>
  ops.slice(x, x.aval.shape.map((_, i) => (i === axis ? from : 0)), x.aval.shape.map((e, i) => (i === axis ? to : e)))

/** The product over axes: halves are multiplied with one another until one is left. */
export const prodRule: TaylorRule = (ops, [x], [y], { axes }: { axes: readonly number[] }) => {
  const { shape } = x!.primal.aval
  const n = x!.order + 1
  if (size(shape) === 0) return [ops.zero({ ...y!.aval, shape: [n, ...y!.aval.shape] })]
  const outer = without(shape, axes)
  const perm = [0, ...range(shape.length).filter((a) => !axes.includes(a)).map((a) => a + 1), ...axes.map((a) => a + 1)]
  const last = outer.length + 1
  let rest = ops.reshape(ops.transpose(x!.whole, perm), [n, ...outer, axes.reduce((p, a) => p * shape[a]!, 1)])
  for (let m = rest.aval.shape[last]!; m > 1; m = rest.aval.shape[last]!) {
    const half = Math.floor(m / 2)
    const pairs = times(ops, cut(ops, rest, last, 0, half), cut(ops, rest, last, half, 2 * half))
    rest = m % 2 === 1 ? ops.concatenate([pairs, cut(ops, rest, last, m - 1, m)], last) : pairs
  }
  return [ops.reshape(rest, [n, ...outer])]
}

interface Run {
  readonly axis: number
  readonly reverse: boolean
}

/** Running products, by doubling steps. */
export const cumprodRule: TaylorRule = (ops, [x], _y, { axis, reverse }: Run) => {
  const turn = (v: Value): Value => (reverse ? ops.reverse(v, [axis + 1]) : v)
  let all = turn(x!.whole)
  const m = x!.primal.aval.shape[axis]!
  for (let step = 1; step < m; step *= 2) {
    const joined = times(ops, cut(ops, all, axis + 1, 0, m - step), cut(ops, all, axis + 1, step, m))
    all = ops.concatenate([cut(ops, all, axis + 1, 0, step), joined], axis + 1)
  }
  return [turn(all)]
}

/** tᵢ = aᵢ tᵢ₋₁ + bᵢ: coefficient k obeys the same recurrence, with what the lower ones contribute added to b. */
export const recurrenceRule = (self: Primitive): TaylorRule => (ops, [a, b], [t], { axis, reverse }: Run) => {
  const delayed = (v: Value): Value => padded(ops, v, ops.full([], 0, v.aval.dtype), v.aval.shape.map((_, i) => (i !== axis + 1 ? [0, 0, 0] : reverse ? [-1, 1, 0] : [1, -1, 0])))
  const lift = (v: Value): Value => ops.reshape(v, [1, ...v.aval.shape])
  const found = [lift(t!)]
  for (let k = 1; k <= a!.order; k++) {
    const before = delayed(ops.concatenate([...found].reverse(), 0))
    const pushed = ops.sum(ops.mul(part(ops, ops.instantiate(a!.series), 0, k), before), [0])
    const own = ops.reshape(part(ops, ops.instantiate(b!.series), k - 1, k), t!.aval.shape)
    found.push(lift(ops.bind(self, [a!.primal, ops.add(own, pushed)], { axis, reverse })[0]!))
  }
  return [ops.concatenate(found, 0)]
}
