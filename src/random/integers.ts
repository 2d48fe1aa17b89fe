/**
 * Raw words and uniform integers.
 *
 * Law: the integers are those of `jax.random.randint` with `dtype='int32'` (or 'uint32'). There is no 64-bit dtype here:
 * JAX's default under x64, int64, draws other numbers.
 * Decision: a 64-bit draw modulo n ≤ 2³² is `below`: JAX's remainders of halves are the remainder of all 128 bits.
 */
import * as math from '../compile/math/functions'
import { onNumber } from '../compile/scalar'
import { isDType, isFloat, isInteger, type DType } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { size, showShape, type Shape } from '../data/shape'
import { elementwiseWith } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { apply, constant, inOneList, named, shapeOf, stretch, tensor } from '../numpy/arguments'
import { definePrimitive, noTangent, pointwise } from '../primitives/define'
import { ops } from '../primitives/core'
import { rem, sort, xor } from '../primitives/tensor-words'
import { isTraced, type Tensor, type TensorLike } from '../trace/tensor'
import { keyOf, split, words, type ShapeArg } from './key'

export type IntegerDType = 'int32' | 'uint32'

const integerDType = (name: string, dtype: DType, ...extents: readonly unknown[]): IntegerDType =>
  isDType(dtype) && isInteger(dtype)
    ? (dtype as IntegerDType)
    : raise(fault('dtype', `${name}: dtype ${shown(dtype)} is not an integer one`, typeof dtype === 'number' ? inOneList(...extents) : "Give 'int32' or 'uint32'."))

/** One random word for each element: the two of its block, combined. */
const bits32 = (key: Tensor, shape: Shape): Tensor => xor(...words(key, shape))

export interface BitsOptions {
  readonly shape?: ShapeArg
  readonly dtype?: 'uint32'
}
/** Uniform 32-bit words, as `jax.random.bits(key, shape, 'uint32')`. */
export function bits(key: TensorLike, shape?: ShapeArg | BitsOptions, dtype?: 'uint32' | BitsOptions): Tensor {
  const o = named<BitsOptions>('bits', ['shape', 'dtype'], [shape, dtype])
  if ((o.dtype ?? 'uint32') !== 'uint32') raise(fault('dtype', `bits: dtype ${shown(o.dtype)} is not uint32`, 'Words of 32 bits are what there is.'))
  return bits32(keyOf('bits', key), shapeOf('bits', o.shape ?? []))
}

const smallest: { readonly [K in IntegerDType]: number } = { int32: -(2 ** 31), uint32: 0 }
const largest: { readonly [K in IntegerDType]: number } = { int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1 }

/** Where integers begin, how many there are (modulo 2³²), and 2³² modulo that. */
interface Range {
  readonly low: Tensor
  readonly span: Tensor
  readonly wrap: Tensor
}

/** The range between two numbers; `span` is 0 for all of 2³². */
function rangeOfNumbers(minval: number, maxval: number, dtype: IntegerDType): Range {
  const clip = (x: number): number => Math.min(largest[dtype], Math.max(smallest[dtype], x))
  const [low, high] = [clip(minval), clip(maxval)]
  const span = high > low ? (high - low + (maxval > largest[dtype] ? 1 : 0)) % 2 ** 32 : 1
  const half = span === 0 ? 0 : 2 ** 16 % span
  // As JAX: the square is wrapped first, which makes it 0 where span is beyond 2¹⁶.
  const wrap = span === 0 ? 0 : ((half * half) % 2 ** 32) % span
  return { low: constant(low, dtype), span: constant(span, 'uint32'), wrap: constant(wrap, 'uint32') }
}

/** The same between arrays of whole numbers in float64. */
function rangeOfArrays(minval: Tensor, maxval: Tensor, dtype: IntegerDType): Range {
  const clip = (x: Tensor): Tensor => ops.min(ops.max(x, smallest[dtype]), largest[dtype])
  const [low, high] = [clip(minval), clip(maxval)]
  const some = ops.gt(high, low)
  const count = ops.add(ops.sub(high, low), ops.convert(ops.gt(maxval, largest[dtype]), 'float64'))
  const span = ops.convert(ops.select(some, ops.select(ops.eq(count, 2 ** 32), 0, count), 1), 'uint32')
  const half = rem(constant(2 ** 16, 'uint32'), span)
  return { low: ops.convert(low, dtype), span, wrap: rem(ops.mul(half, half), span) }
}

/** A bound of randint as whole numbers in float64, stretched to the shape. */
function bound(name: string, x: TensorLike, shape: Shape): Tensor {
  const t = tensor(x)
  const whole = isInteger(t.dtype) || (isFloat(t.dtype) && !isTraced(t) && [t.elements('randint')].flatMap((e) => (typeof e === 'number' ? [e] : [...e])).every(Number.isInteger))
  if (!whole) raise(fault('dtype', `randint: ${name} is ${t.dtype}${showShape(t.shape)}, expected integers`, "Give integers, or convert them with np.astype(x, 'int32')."))
  const f = ops.convert(t, 'float64')
  return f.ndim === 0 ? f : stretch('randint', f, shape)
}

export interface RandintOptions {
  readonly shape?: ShapeArg
  readonly minval?: TensorLike
  readonly maxval?: TensorLike
  /** int32 unless given (JAX under x64: int64). */
  readonly dtype?: IntegerDType
}
/**
 * Uniform integers from minval up to, not including, maxval; the bounds broadcast to the shape. A maxval beyond the dtype's largest
 * number includes that one; where maxval ≤ minval the result is minval.
 * @example randint(key(0), [6], 0, 10).toArray() // => [9, 0, 2, 3, 1, 7]
 */
export function randint(key: TensorLike, shape: ShapeArg | RandintOptions, minval?: TensorLike | RandintOptions, maxval?: TensorLike | RandintOptions, dtype?: IntegerDType | RandintOptions): Tensor {
  const o = named<RandintOptions>('randint', ['shape', 'minval', 'maxval', 'dtype'], [shape, minval, maxval, dtype])
  const { minval: from, maxval: to } = o
  if (from === undefined || to === undefined) return raise(fault('shape', 'randint: minval and maxval are needed', 'Write random.randint(key, shape, minval, maxval).'))
  const form = shapeOf('randint', o.shape ?? [])
  const d = integerDType('randint', o.dtype ?? 'int32', o.shape, from)
  const keys = split(keyOf('randint', key))
  const numbers = typeof from === 'number' && typeof to === 'number' && Number.isInteger(from) && Number.isInteger(to)
  const { low, span, wrap } = numbers ? rangeOfNumbers(from, to, d) : rangeOfArrays(bound('minval', from, form), bound('maxval', to, form), d)
  const [high, rest] = [bits32(keys.at(0), form), bits32(keys.at(1), form)]
  const offset = rem(ops.add(ops.mul(rem(high, span), wrap), rem(rest, span)), span)
  return ops.add(ops.convert(offset, d), low)
}

/** The number of 16-bit digits that the words make, the leading one first, modulo n. */
function remainder(words: readonly number[], n: number): number {
  let r = 0
  for (const w of words) {
    r = (r * 65536 + Math.floor(w / 65536)) % n
    r = (r * 65536 + (w % 65536)) % n
  }
  return r
}

const byExtent = /* @__PURE__ */ new Map<number, (...words: number[]) => number>()
/** One function for each n, so that compiled kernels are recognised. */
function remainderBy(n: number): (...words: number[]) => number {
  let fn = byExtent.get(n)
  if (!fn) byExtent.set(n, (fn = (...w) => remainder(w, n)))
  return fn
}

/** Four words as one integer of 128 bits, modulo n ≤ 2³². */
const remainder128: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'remainder128',
  shape: pointwise('remainder128', (d) => d === 'uint32', 'uint32'),
  kernel: elementwiseWith((s, words, { n }: { n: number }) => s.call(remainderBy(n), ...words)),
  jvp: noTangent,
  transpose: 'nonlinear',
  batch: 'elementwise',
})

/** Uniform integers from 0 to n − 1, n ≥ 1, as int32: those of `jax.random.randint(key, shape, 0, n)` with 64-bit words. */
export function below(key: Tensor, shape: Shape, n: number): Tensor {
  const keys = split(key)
  const drawn = apply(remainder128, [...words(keys.at(0), shape), ...words(keys.at(1), shape)], { n })
  return ops.convert(drawn, 'int32')
}

const log = onNumber(math.log)

/** x in random order along an axis: sorted by random words, in as many rounds as make equal words harmless. */
export function shuffled(key: Tensor, x: Tensor, axis: number): Tensor {
  const n = size(x.shape)
  const rounds = Math.ceil((3 * log(Math.max(1, n))) / log(2 ** 32 - 1))
  let [k, y] = [key, x]
  for (let i = 0; i < rounds; i++) {
    const keys = split(k)
    k = keys.at(0)
    y = sort([bits32(keys.at(1), x.shape), y], axis, 1)[1]!
  }
  return y
}
