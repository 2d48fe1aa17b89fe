/**
 * Jets: values with their Taylor coefficients. Head, tail and whole are views of one another, made when asked for.
 *
 * Law: whole = [primal, ...series]. A jet whose series is a `Zero` is constant.
 * Source: Griewank & Walther 2008, section 13.2 (normalised coefficients).
 */
import { range } from '../../data/shape'
import type { JetLike, CoreOps } from '../../ir/types'
import { isZero, Zero, type Value } from '../../ir/value'
import { headOf } from './ring'
import { prepend } from './stack'

export class Jet implements JetLike {
  readonly primal: Value
  readonly order: number
  readonly #ops: CoreOps
  readonly #shorter = new Map<number, Jet>()
  #series: Value | undefined
  #whole: Value | undefined

  private constructor(ops: CoreOps, primal: Value, order: number, series: Value | undefined, whole: Value | undefined) {
    this.#ops = ops
    this.primal = primal
    this.order = order
    this.#series = series
    this.#whole = whole
  }

  /** What does not vary. */
  static constant(ops: CoreOps, primal: Value, order: number): Jet {
    return new Jet(ops, primal, order, new Zero({ ...primal.aval, weak: false, shape: [order, ...primal.aval.shape] }), undefined)
  }

  /** From x₀ and the tail x₁ … x_d, which may be a `Zero`. */
  static of(ops: CoreOps, primal: Value, series: Value, order: number): Jet {
    return isZero(series) || order === 0 ? Jet.constant(ops, primal, order) : new Jet(ops, primal, order, series, undefined)
  }

  /** From all coefficients; x₀ may be known as a value of its own. */
  static whole(ops: CoreOps, whole: Value, primal: Value = headOf(ops, whole)): Jet {
    const order = whole.aval.shape[0]! - 1
    return order === 0 ? Jet.constant(ops, primal, 0) : new Jet(ops, primal, order, undefined, whole)
  }

  get constant(): boolean {
    return this.#series !== undefined && isZero(this.#series)
  }

  get series(): Value {
    return (this.#series ??= part(this.#ops, this.#whole!, 1, this.order + 1))
  }

  get whole(): Value {
    if (this.#whole) return this.#whole
    const ops = this.#ops
    if (this.order === 0) return (this.#whole = ops.reshape(this.primal, [1, ...this.primal.aval.shape]))
    return (this.#whole = ops.bind(prepend, [this.primal, ops.instantiate(this.series)], { axis: 0 })[0]!)
  }

  /** The same to a lower order. */
  to(order: number): Jet {
    if (order === this.order) return this
    let j = this.#shorter.get(order)
    if (!j) {
      if (this.constant || order === 0) j = Jet.constant(this.#ops, this.primal, order)
      else if (this.#whole) j = Jet.whole(this.#ops, part(this.#ops, this.#whole, 0, order + 1), this.primal)
      else j = Jet.of(this.#ops, this.primal, part(this.#ops, this.series, 0, order), order)
      this.#shorter.set(order, j)
    }
    return j
  }

  /** x′(t), to order d − 1. */
  get derivative(): Jet {
    const ops = this.#ops
    return Jet.whole(ops, ops.mul(this.series, powers(ops, this.series)))
  }
}

/** Coefficients from … to of a stack. */
export const part = (ops: CoreOps, stack: Value, from: number, to: number): Value => {
  const { shape } = stack.aval
  return from === 0 && to === shape[0] ? stack : ops.slice(stack, shape.map((_, i) => (i === 0 ? from : 0)), shape.map((e, i) => (i === 0 ? to : e)))
}

/** 1, 2, 3, … along the leading axis of a stack's shape. */
export const powers = (ops: CoreOps, like: Value): Value => {
  const n = like.aval.shape[0]!
  const counted = ops.add(ops.iota([n], like.aval.dtype, 0), 1)
  return ops.broadcast(counted, like.aval.shape, [0])
}

/** All coefficients of the integral of f that begins with y₀. */
export const integral = (ops: CoreOps, first: Value, f: Jet): Jet =>
  Jet.of(ops, first, ops.div(f.whole, powers(ops, f.whole)), f.order + 1)

/** A jet of a scalar, spread over a shape. */
export function spread(ops: CoreOps, x: JetLike, shape: readonly number[]): Value {
  const own = x.primal.aval.shape
  return own.length === shape.length ? x.whole : ops.broadcast(x.whole, [x.order + 1, ...shape], [0, ...range(own.length, 1)])
}
