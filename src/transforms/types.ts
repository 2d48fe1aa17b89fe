/**
 * The types of transformed functions: what they accept, and what trees of gradients look like.
 *
 * Example: grad of (p: { w: Tensor; b: number }) => Tensor returns { w: Tensor; b: Tensor }
 */
import type { Tensor, TensorLike } from '../trace/tensor'
import type { TypedArray } from '../data/dtype'

/** An argument's type, with anything array-like accepted where an array or a number is expected. */
export type Lift<T> = unknown extends T
  ? T
  : [T] extends [TensorLike]
    ? TensorLike
    : T extends string | null | undefined | ((...args: never[]) => unknown)
      ? T
      : T extends TensorLike
        ? TensorLike
        : T extends object
          ? LiftEach<T>
          : T

/** Of its own, so that arrays and tuples map to arrays and tuples. */
type LiftEach<T> = { readonly [K in keyof T]: Lift<T[K]> }

/** What a function of these arguments takes. Spelt out, so that in a generic function a P, or its gradient, is seen to be one. */
export type LiftAll<A extends readonly unknown[]> = { [K in keyof A]: Lift<A[K]> | A[K] | Tensors<A[K]> }

/** The tree of tensors with the structure of T. */
export type Tensors<T> = unknown extends T
  ? T
  : [TensorLike] extends [T]
    ? Tensor
    : T extends Tensor | number | boolean | TypedArray
      ? Tensor
      : T extends object
        ? TensorsEach<T>
        : T
type TensorsEach<T> = { -readonly [K in keyof T]: T[K] extends (...args: never[]) => unknown ? T[K] : Tensors<T[K]> }

/** Any tree of tensors, as the bound of a generic function: `P extends TensorTree<P>`. */
export type TensorTree<T> = Tensor | string | null | undefined | (object & { readonly [K in keyof T]: TensorTree<T[K]> })

/** The arguments of a function as trees of tensors. */
export type TensorsAll<A extends readonly unknown[]> = { -readonly [K in keyof A]: Tensors<A[K]> }

export type AnyFunction = (...args: never[]) => unknown

/** Which argument, or arguments, to differentiate by. Negative numbers count from the end. */
export type Argnums = number | readonly number[]

/** The gradient's type: the argument's tree, or a tuple of them. */
export type GradOf<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [I in keyof N]: N[I] extends number ? Tensors<A[N[I]]> : never }
  : N extends number
    ? Tensors<A[N]>
    : never
