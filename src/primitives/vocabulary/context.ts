/**
 * From what users hand over to tensors of one dtype and shape: conversion, promotion, broadcasting.
 *
 * Law: the dtype of `promoted(xs)` does not depend on the order of xs; a JS number never widens a float operand.
 * Example: promoted([float32 tensor, 2]) are two float32 tensors
 */
import { borrowed } from '../../compile/lasting'
import { convertNumber } from '../../compile/scalar'
import { allocate, dtypeOf, holds, isFloat, noDType, promote, type DType, type TypedArray } from '../../data/dtype'
import { fault, noArray, raise } from '../../data/errors'
import { broadcastShapes, range, rowMajor, sameShape, showShape, type Shape } from '../../data/shape'
import { aval, type CoreOps, type Operand } from '../../ir/types'
import type { Value } from '../../ir/value'
import { Tensor, type NestedLike, type TensorLike, type Vocabulary } from '../../trace/tensor'
import { literalTensor, literalValue } from '../../trace/trace'

/** A vocabulary as seen by those who hold tensors only: tensors and numbers in, tensors out. */
export type TensorOps<O = CoreOps> = { readonly [K in keyof O]: Tensored<O[K]> }
export type Tensored<F> = F extends (...args: infer A) => infer R ? (...args: { [I in keyof A]: Narrow<A[I]> }) => Narrow<R> : F
type Narrow<T> = [T] extends [Value]
  ? Tensor
  : [Operand] extends [T]
    ? Tensor | number | boolean
    : [T] extends [readonly Value[]]
      ? readonly Tensor[]
      : [readonly Operand[]] extends [T]
        ? readonly (Tensor | number | boolean)[]
        : T

/** What vocabulary functions are built over. */
export interface Context<O = CoreOps> {
  readonly ops: TensorOps<O>
  readonly vocabulary: () => Vocabulary
}

/** A concrete tensor over row-major storage (shared, not copied). */
export const wrap = (ctx: Context, buffer: TypedArray, shape: Shape): Tensor =>
  new Tensor(
    aval(shape, dtypeOf(buffer) ?? 'bool'),
    { _tag: 'Storage', buffer: shape.length === 0 ? buffer[0]! : buffer, offset: 0, strides: rowMajor(shape), literal: false },
    ctx.vocabulary(),
  )

/** A rank-0 tensor that is not a literal, of a number that is an element of the dtype. */
export const scalar = (ctx: Context, value: number, dtype: DType): Tensor =>
  new Tensor(aval([], dtype), { _tag: 'Storage', buffer: value, offset: 0, strides: [], literal: false }, ctx.vocabulary())

/** A tensor of whatever is accepted as one. Numbers and booleans become literals; typed arrays are shared. */
export function asTensor(ctx: Context, x: TensorLike): Tensor {
  if (x instanceof Tensor) return x
  if (typeof x === 'number') return literalTensor(x, aval([], 'float64', true), ctx.vocabulary())
  if (typeof x === 'boolean') return literalTensor(x ? 1 : 0, aval([], 'bool'), ctx.vocabulary())
  if (ArrayBuffer.isView(x)) {
    // Bytes and 16 bits say nothing of a dtype.
    if (!dtypeOf(x)) return noArray(x, (x as TypedArray).BYTES_PER_ELEMENT < 4 ? `Write np.array(x, dtype). ${noDType(x).fix}` : undefined)
    borrowed(x as TypedArray)
    return wrap(ctx, x as TypedArray, [(x as TypedArray).length])
  }
  return Array.isArray(x) ? fromNested(ctx, x as NestedLike) : noArray(x)
}

/** Nested lists: of numbers or booleans into one array; with tensors among them, stacked. */
function fromNested(ctx: Context, x: NestedLike): Tensor {
  const shape: number[] = []
  for (let level: unknown = x; Array.isArray(level); level = level[0]) if (shape.push(level.length) > deepest) ragged()
  const flat: (number | boolean)[] = []
  if (collect(x, shape, 0, flat)) {
    const dtype: DType = flat.length > 0 && flat.every((e) => typeof e === 'boolean') ? 'bool' : 'float64'
    const out = allocate(dtype, flat.length)
    out.set(flat as number[])
    return wrap(ctx, out, shape)
  }
  const parts = promoted(ctx, x.map((e) => asTensor(ctx, e as TensorLike)))
  const first = parts[0]!.shape
  if (parts.some((p) => !sameShape(p.shape, first)))
    raise(fault('shape', `cannot stack arrays of shapes ${parts.map((p) => showShape(p.shape)).join(', ')}`, 'Give all rows one length.'))
  return ctx.ops.concatenate(parts.map((p) => ctx.ops.reshape(p, [1, ...first])), 0)
}

/** Collects plain numbers in row-major order; false where something else is among them. */
function collect(x: unknown, shape: Shape, depth: number, into: (number | boolean)[]): boolean {
  if (!Array.isArray(x)) {
    if (typeof x !== 'number' && typeof x !== 'boolean') return x instanceof Tensor || ArrayBuffer.isView(x) ? false : noArray(x)
    if (depth !== shape.length) ragged()
    into.push(x)
    return true
  }
  if (x.length !== shape[depth] && !x.some((e) => typeof e === 'object' && !Array.isArray(e))) ragged()
  for (const e of x) if (!collect(e, shape, depth + 1, into)) return false
  return true
}

const ragged = (): never => raise(fault('shape', 'nested lists of different lengths, or in too many levels', 'Give all rows one length.'))
/** Levels of nested lists, as NumPy has them. A list inside itself has more. */
const deepest = 64

/** The dtype that operands meet in. */
export function commonDType(xs: readonly Tensor[]): { dtype: DType; weak: boolean } {
  let strong: DType | undefined
  for (const x of xs) if (!x.aval.weak) strong = strong === undefined ? x.dtype : promote(strong, x.dtype)
  if (strong === undefined) return { dtype: xs.map((x) => x.dtype).reduce(promote, 'bool'), weak: true }
  let dtype = strong
  for (const x of xs) {
    if (!x.aval.weak || isFloat(dtype) || x.dtype === 'bool') continue
    const value = literalValue(x)
    const whole = value !== undefined && Number.isInteger(value)
    if (whole && dtype !== 'bool' && holds(dtype, value)) continue
    dtype = whole && dtype === 'bool' && holds('int32', value) ? 'int32' : 'float64'
  }
  return { dtype, weak: false }
}

/** As a dtype; literals are rewritten instead of converted. */
export function converted(ctx: Context, x: Tensor, dtype: DType): Tensor {
  const value = literalValue(x)
  if (value !== undefined) return literalTensor(convertNumber(x.dtype, dtype)(value), aval([], dtype, x.aval.weak && dtype === x.dtype), ctx.vocabulary())
  return x.dtype === dtype ? x : ctx.ops.convert(x, dtype)
}

/** All as their common dtype. */
export function promoted(ctx: Context, xs: readonly Tensor[]): Tensor[] {
  const { dtype } = commonDType(xs)
  return xs.map((x) => (x.dtype === dtype ? x : converted(ctx, x, dtype)))
}

/** The shape that all broadcast to, or a `ShapeError` that names the function. */
export function commonShape(name: string, xs: readonly { readonly shape: Shape }[]): Shape {
  const shape = broadcastShapes(...xs.map((x) => x.shape))
  return shape ?? raise(fault('shape', `${name}: shapes ${xs.map((x) => showShape(x.shape)).join(' and ')} do not broadcast`, 'Extents must be equal or 1, aligned from the right; use np.reshape or np.expandDims to line them up.'))
}

/** Stretched to a shape by NumPy's rule. */
export function broadcastTo(ctx: Context, x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : ctx.ops.broadcast(x, shape, range(x.ndim, shape.length - x.ndim))
}

/** All of one shape; rank 0 stays, as elementwise primitives spread it. */
export function broadcasted(ctx: Context, name: string, xs: readonly Tensor[]): Tensor[] {
  const shape = commonShape(name, xs)
  return xs.map((x) => (x.ndim === 0 ? x : broadcastTo(ctx, x, shape)))
}

/** Operands of an elementwise function: converted, promoted, broadcast. */
export const operands = (ctx: Context, name: string, xs: readonly TensorLike[]): Tensor[] =>
  broadcasted(ctx, name, promoted(ctx, xs.map((x) => asTensor(ctx, x))))

/** As a floating dtype: integers and booleans become float64. */
export function floating(ctx: Context, x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : converted(ctx, x, 'float64')
}

/** Booleans as int32, for arithmetic. */
export const numeric = (ctx: Context, x: Tensor): Tensor => (x.dtype === 'bool' ? converted(ctx, x, 'int32') : x)
