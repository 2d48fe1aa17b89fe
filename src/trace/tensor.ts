/**
 * Tensor: an immutable n-d array, or in a traced function the name of one. Both have the same interface.
 *
 * A concrete tensor is a strided view of a typed array (rank 0: of a number). A traced one is a variable of an open
 * trace. Fluent methods call the vocabulary that the tensor was constructed with; nothing is patched on.
 * Law: coercing a traced tensor by JavaScript's own means throws; it never gives a number.
 */
import { gather } from '../compile/direct/loops'
import { borrowed, isBorrowed } from '../compile/lasting'
import type { DType, DTypedArray, TypedArray } from '../data/dtype'
import { allocate } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { rowMajor, showShape, size } from '../data/shape'
import { toNested } from '../data/nested'
import { formatArray, inspect } from '../data/print'
import type { Aval, Var } from '../ir/types'
import type { Value } from '../ir/value'
import type { Fault } from '../data/errors'

/** Where a concrete tensor's elements are. Rank 0 holds its number; `literal` marks one written as a JS number. */
export interface Storage {
  readonly _tag: 'Storage'
  readonly buffer: TypedArray | number
  readonly offset: number
  readonly strides: readonly number[]
  readonly literal: boolean
}

/** A number that is no literal. Results of compiled functions are mostly these: an object of one field. */
export class Scalar implements Storage {
  // Only declared, here and in tensors: fields that are defined before they are assigned make each of them slower.
  declare readonly buffer: number
  constructor(value: number) {
    this.buffer = value
  }
  get _tag(): 'Storage' {
    return 'Storage'
  }
  get offset(): number {
    return 0
  }
  get strides(): readonly number[] {
    return none
  }
  get literal(): boolean {
    return false
  }
}
const none: readonly number[] = []

/** Row-major copies of strided tensors, made once where nobody writes to their arrays. */
const copies = new WeakMap<Tensor, TypedArray>()

/** What a tensor needs to know of the trace that it belongs to. */
export interface TraceOf {
  readonly kind: string
  readonly isOpen: boolean
  readonly valueOf: (t: Tensor, wanted: string) => Tensor
  readonly refusal: (a: Aval, means: string) => Fault
  readonly coercion: (a: Aval, means: string, why?: string) => Fault
  /** Why a tensor is of no use once the trace has ended. */
  readonly ended: (a: Aval) => Fault
}

/** Where a traced tensor's elements will be. */
export interface Name {
  readonly _tag: 'Name'
  readonly trace: TraceOf
  readonly variable: Var
}

/** Raises where a traced tensor is coerced. A private method would mark each tensor as one that has it. */
function refuse(t: Tensor, means: string, why?: string): void {
  if (isTraced(t)) raise(t.source.trace.coercion(t.aval, means, why))
}

export class Tensor implements Value {
  declare readonly aval: Aval
  /** @internal */
  declare readonly source: Storage | Name
  /** @internal */
  declare readonly vocabulary: Vocabulary

  /** @internal Users write `np.array`. */
  constructor(aval: Aval, source: Storage | Name, vocabulary: Vocabulary) {
    this.aval = aval
    this.source = source
    this.vocabulary = vocabulary
  }

  get shape(): readonly number[] {
    return this.aval.shape
  }
  get dtype(): DType {
    return this.aval.dtype
  }
  get ndim(): number {
    return this.aval.shape.length
  }
  get size(): number {
    return size(this.aval.shape)
  }
  /** Axes in reverse order. */
  get T(): Tensor {
    return this.vocabulary.transpose(this)
  }

  /** @internal The storage; a traced tensor is evaluated first, or throws where it has no value. */
  concrete(wanted: string): Storage {
    return this.source._tag === 'Storage' ? this.source : (this.source.trace.valueOf(this, wanted).source as Storage)
  }

  /** @internal Row-major elements, not to be written to; rank 0 gives a number. */
  elements(wanted: string): TypedArray | number {
    const s = this.concrete(wanted)
    if (typeof s.buffer === 'number') return s.buffer
    if (isPlain(s, this.aval)) return s.buffer
    const copy = copies.get(this) ?? contiguous(s, this.aval)
    // What the caller writes to its array shows in every view of it.
    if (isBorrowed(s.buffer)) borrowed(copy)
    else copies.set(this, copy)
    return copy
  }

  /** @internal From now on nobody can read it: every use raises what `after` says. Gives the storage that it had. */
  retire(after: TraceOf): Storage {
    const storage = this.concrete('a donated argument')
    ;(this as { source: Storage | Name }).source = { _tag: 'Name', trace: after, variable: { _tag: 'Var', id: 0, aval: this.aval } }
    copies.delete(this)
    return storage
  }

  /** The value of a tensor of size 1: a number, or a boolean. Throws `ConcretizationError` where a traced value is not known. */
  item(): number | boolean {
    if (this.size !== 1)
      raise(fault('shape', `item() needs an array of size 1, got shape ${showShape(this.shape)}`, 'Use toArray() or data(), or one element: x.at(i, j).item().'))
    const e = this.elements('item()')
    const x = typeof e === 'number' ? e : e[0]!
    return this.dtype === 'bool' ? x !== 0 : x
  }

  /** Nested JS arrays; a bare number or boolean at rank 0. */
  toArray(): NestedArray {
    return toNested(this.elements('toArray()'), this.shape, this.dtype === 'bool')
  }

  /** A fresh flat typed array of the elements in row-major order. */
  data(): TypedArray {
    const e = this.elements('data()')
    return typeof e === 'number' ? allocate(this.dtype, 1).fill(e) : e.slice()
  }

  /** The number of a concrete scalar, so that `+x` works; throws for a traced tensor. */
  valueOf(): number {
    refuse(this, 'a JavaScript operator (+ - * / < > == or Math.*)')
    if (this.ndim > 0)
      raise(fault('shape', `only a rank-0 tensor converts to a number, got shape ${showShape(this.shape)}`, 'Use np.add, np.less …, or one element: x.at(i, j).'))
    return Number(this.item())
  }

  toString(): string {
    refuse(this, 'a template string or String()')
    return formatArray(this.elements('toString()'), this.shape, this.dtype, false)
  }

  toJSON(): NestedArray {
    refuse(this, 'JSON.stringify')
    return this.toArray()
  }

  [Symbol.toPrimitive](hint: string): number | string {
    const asNumber = hint === 'number' || (hint === 'default' && (this.ndim === 0 || isTraced(this)))
    return asNumber ? this.valueOf() : this.toString()
  }

  /** Iterates over the leading axis. */
  *[Symbol.iterator](): IterableIterator<Tensor> {
    refuse(this, 'iteration or spread', 'its elements are not known while tracing. [a, b] = np.unstack(x) takes it apart')
    if (this.ndim === 0)
      raise(fault('shape', 'a rank-0 tensor cannot be iterated', 'Use x.item() for its value.'))
    for (let i = 0; i < this.shape[0]!; i++) yield this.at(i)
  }

  /** Node's console prints tensors as NumPy's `repr` does, traced ones by their type. */
  [inspect](): string {
    if (this.source._tag === 'Name') return `Traced<${this.dtype}${showShape(this.shape)}>`
    return formatArray(this.elements('inspect'), this.shape, this.dtype, true)
  }

  add(y: TensorLike): Tensor { return this.vocabulary.add(this, y) }
  sub(y: TensorLike): Tensor { return this.vocabulary.subtract(this, y) }
  mul(y: TensorLike): Tensor { return this.vocabulary.multiply(this, y) }
  div(y: TensorLike): Tensor { return this.vocabulary.divide(this, y) }
  pow(y: TensorLike): Tensor { return this.vocabulary.power(this, y) }
  subtract(y: TensorLike): Tensor { return this.vocabulary.subtract(this, y) }
  multiply(y: TensorLike): Tensor { return this.vocabulary.multiply(this, y) }
  divide(y: TensorLike): Tensor { return this.vocabulary.divide(this, y) }
  power(y: TensorLike): Tensor { return this.vocabulary.power(this, y) }
  neg(): Tensor { return this.vocabulary.negative(this) }
  negative(): Tensor { return this.vocabulary.negative(this) }
  abs(): Tensor { return this.vocabulary.abs(this) }
  exp(): Tensor { return this.vocabulary.exp(this) }
  log(): Tensor { return this.vocabulary.log(this) }
  sqrt(): Tensor { return this.vocabulary.sqrt(this) }
  square(): Tensor { return this.vocabulary.square(this) }
  lt(y: TensorLike): Tensor { return this.vocabulary.less(this, y) }
  le(y: TensorLike): Tensor { return this.vocabulary.lessEqual(this, y) }
  gt(y: TensorLike): Tensor { return this.vocabulary.greater(this, y) }
  ge(y: TensorLike): Tensor { return this.vocabulary.greaterEqual(this, y) }
  eq(y: TensorLike): Tensor { return this.vocabulary.equal(this, y) }
  ne(y: TensorLike): Tensor { return this.vocabulary.notEqual(this, y) }
  matmul(y: TensorLike): Tensor { return this.vocabulary.matmul(this, y) }
  dot(y: TensorLike): Tensor { return this.vocabulary.dot(this, y) }
  sum(axis?: AxisArg, options?: ReduceOptions): Tensor { return this.vocabulary.sum(this, axis, options) }
  mean(axis?: AxisArg, options?: ReduceOptions): Tensor { return this.vocabulary.mean(this, axis, options) }
  max(axis?: AxisArg, options?: ReduceOptions): Tensor { return this.vocabulary.max(this, axis, options) }
  min(axis?: AxisArg, options?: ReduceOptions): Tensor { return this.vocabulary.min(this, axis, options) }
  prod(axis?: AxisArg, options?: ReduceOptions): Tensor { return this.vocabulary.prod(this, axis, options) }
  argmax(axis?: number | null): Tensor { return this.vocabulary.argmax(this, axis) }
  argmin(axis?: number | null): Tensor { return this.vocabulary.argmin(this, axis) }
  clip(low?: TensorLike | null, high?: TensorLike | null): Tensor { return this.vocabulary.clip(this, low, high) }
  astype(dtype: DType): Tensor { return this.vocabulary.astype(this, dtype) }
  ravel(): Tensor { return this.vocabulary.ravel(this) }
  /** `x.reshape([2, 3])` or `x.reshape(2, 3)`; one extent may be −1. */
  reshape(...shape: readonly number[] | readonly [readonly number[]]): Tensor {
    return this.vocabulary.reshape(this, shape.flat())
  }
  /** Axes permuted; reversed when none are given. */
  transpose(...perm: readonly number[] | readonly [readonly number[]]): Tensor {
    const p = perm.flat()
    return this.vocabulary.transpose(this, p.length === 0 ? undefined : p)
  }
  /** The element or sub-array at leading indices: `x.at(i, j)`; each an integer or an integer tensor. */
  at(...index: readonly Index[]): Tensor { return this.vocabulary.at(this, index) }
  /** NumPy's basic and advanced indexing: `x.slice(0, [1, 5], null, '...', [0, 10, 2])`. */
  slice(...index: readonly Index[]): Tensor { return this.vocabulary.at(this, index) }
  /** A copy with `value` at the index (an index or a list of them, as `slice` takes them). */
  set(index: Index | readonly Index[], value: TensorLike): Tensor { return this.vocabulary.set(this, index, value) }
  /** A copy with `value` added at the index; repeated indices accumulate. */
  addAt(index: Index | readonly Index[], value: TensorLike): Tensor { return this.vocabulary.addAt(this, index, value) }
}

/** `null` or absent: all axes. */
export type AxisArg = number | readonly number[] | null | ReduceOptions
export interface ReduceOptions {
  readonly axis?: number | readonly number[] | null
  readonly keepdims?: boolean
}

export type NestedArray = number | boolean | NestedArray[]
/** Nested arrays of numbers or tensors, stacked where an array is expected. */
export type NestedLike = readonly (Tensor | number | boolean | DTypedArray | NestedLike)[]
/** Accepted wherever an array is expected. */
export type TensorLike = Tensor | number | boolean | DTypedArray | NestedLike

/** One entry of an index: an integer, a range, `null` (new axis), '...' (all axes between), an integer or boolean array. */
export type Index =
  | number
  | readonly [start?: number | null, stop?: number | null, step?: number | null]
  | null
  | '...'
  | Tensor
  | Int32Array
  | Uint32Array

type Unary = (x: TensorLike) => Tensor
type Binary = (x: TensorLike, y: TensorLike) => Tensor
type Reduction = (x: TensorLike, axis?: AxisArg, options?: ReduceOptions) => Tensor

export interface Vocabulary {
  readonly add: Binary
  readonly subtract: Binary
  readonly multiply: Binary
  readonly divide: Binary
  readonly power: Binary
  readonly negative: Unary
  readonly abs: Unary
  readonly exp: Unary
  readonly log: Unary
  readonly sqrt: Unary
  readonly square: Unary
  readonly less: Binary
  readonly lessEqual: Binary
  readonly greater: Binary
  readonly greaterEqual: Binary
  readonly equal: Binary
  readonly notEqual: Binary
  readonly matmul: Binary
  readonly dot: Binary
  readonly sum: Reduction
  readonly mean: Reduction
  readonly max: Reduction
  readonly min: Reduction
  readonly prod: Reduction
  readonly argmax: (x: TensorLike, axis?: number | null) => Tensor
  readonly argmin: (x: TensorLike, axis?: number | null) => Tensor
  readonly clip: (x: TensorLike, low?: TensorLike | null, high?: TensorLike | null) => Tensor
  readonly astype: (x: TensorLike, dtype: DType) => Tensor
  readonly ravel: Unary
  readonly reshape: (x: TensorLike, shape: readonly number[] | number) => Tensor
  readonly transpose: (x: TensorLike, perm?: readonly number[]) => Tensor
  readonly at: (x: TensorLike, index: readonly Index[]) => Tensor
  readonly set: (x: TensorLike, index: Index | readonly Index[], value: TensorLike) => Tensor
  readonly addAt: (x: TensorLike, index: Index | readonly Index[], value: TensorLike) => Tensor
}

/** Whether a tensor is traced. */
export const isTraced = (t: Tensor): t is Tensor & { source: Name } => t.source._tag === 'Name'

/** Set while a branch is traced that may not be taken: nothing is done with values there but what is asked for (see control/deferral.ts). */
export const deferral = { on: false }

/** Whether what depends on a tensor's value may be done, or raised, now. */
export const isKnown = (t: Tensor): boolean => !deferral.on && !isTraced(t)

/** From now on the tensors do not see what callers write to the typed arrays that they were made of. */
export function detach(ts: readonly Tensor[]): void {
  for (const t of ts) {
    const s = t.source as Storage
    const buffer = s.buffer as TypedArray
    if (!isBorrowed(buffer)) continue
    ;(t as { source: Storage }).source = { ...s, buffer: buffer.slice() }
  }
}

/** Whether the buffer is the elements in row-major order, and nothing else. */
function isPlain({ buffer, offset, strides }: Storage, { shape }: Aval): boolean {
  if (offset !== 0) return false
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (strides[i] !== step && shape[i]! > 1) return false
    step *= shape[i]!
  }
  return (buffer as TypedArray).length === step
}

/** A row-major typed array of a strided view that is no plain buffer: a part of the buffer where it is a run of it. */
function contiguous(s: Storage, a: Aval): TypedArray {
  const buffer = s.buffer as TypedArray
  const n = size(a.shape)
  const order = rowMajor(a.shape)
  const plain = a.shape.every((extent, i) => extent <= 1 || s.strides[i] === order[i])
  if (plain || n === 0) return buffer.subarray(s.offset, s.offset + n)
  const out = allocate(a.dtype, n)
  gather(out, 0, buffer, s.offset, a.shape, s.strides, 0, n)
  return out
}
