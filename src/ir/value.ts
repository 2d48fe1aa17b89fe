/**
 * What rules compute with: values (tensors, traced or not), symbolic zeros, and marks of what is linear.
 *
 * Law: every operation of `Ops` treats a `Zero` as the zero array it stands for, without making it.
 * Source: symbolic zeros as in JAX's `ad_util.Zero`; cotangents are a Monoid with `Zero` as its unit.
 */
import type { Aval } from './aval'

/** Anything with an abstract value. Tensors are values; so is `Zero`. */
export interface Value {
  readonly aval: Aval
}

/** A zero array that is never made unless an operation needs its elements. */
export class Zero implements Value {
  readonly zero: true = true
  readonly aval: Aval
  constructor(aval: Aval) {
    this.aval = aval
  }
}

export const isZero = (v: Value): v is Zero => v instanceof Zero

/** In a transpose rule: the operand whose cotangent is wanted. */
export class Linear implements Value {
  readonly linear: true = true
  readonly aval: Aval
  constructor(aval: Aval) {
    this.aval = aval
  }
}

export const isLinear = (v: Value): v is Linear => v instanceof Linear

/** A cotangent contribution that is added in place into the sum so far (O(piece) instead of O(whole)). */
export type Accumulate = (sum: Value) => Value

/** One operand's cotangent: a value to be added, an in-place accumulation, or null where the operand is not linear. */
export type Contribution = Value | Accumulate | null
