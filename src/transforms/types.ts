/**
 * The types of transformed functions: what they accept, and what trees of gradients look like.
 *
 * Example: grad of (p: { w: Tensor; b: number }) => Tensor returns { w: Tensor; b: Tensor }
 */
import type { Tensor, TensorLike } from '../trace/tensor'
import type { TypedArray } from '../data/dtype'

/** An argument's type, with anything array-like accepted where a Tensor is expected. */
export type Lift<T> = T extends Tensor
  ? TensorLike
  : T extends number | boolean | TypedArray | string | null | undefined | ((...args: never[]) => unknown)
    ? T | (T extends number | boolean ? Tensor : never)
    : T extends readonly unknown[]
      ? { [K in keyof T]: Lift<T[K]> }
      : T extends object
        ? { [K in keyof T]: Lift<T[K]> } | T
        : T

export type LiftAll<A extends readonly unknown[]> = { [K in keyof A]: Lift<A[K]> }

/** The tree of tensors with the structure of T. */
export type Tensors<T> = T extends Tensor | number | boolean | TypedArray
  ? Tensor
  : T extends readonly unknown[]
    ? { -readonly [K in keyof T]: Tensors<T[K]> }
    : T extends object
      ? { [K in keyof T]: Tensors<T[K]> }
      : T

export type AnyFunction = (...args: never[]) => unknown

/** Which argument, or arguments, to differentiate by. Negative numbers count from the end. */
export type Argnums = number | readonly number[]

/** The gradient's type: the argument's tree, or a tuple of them. */
export type GradOf<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [I in keyof N]: N[I] extends number ? Tensors<A[N[I]]> : never }
  : N extends number
    ? Tensors<A[N]>
    : never
