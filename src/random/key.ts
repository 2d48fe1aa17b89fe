/**
 * Keys: two 32-bit words that stand for a stream of random numbers. A key is used once; `split` and `foldIn` make more.
 *
 * Law: foldIn(key, i) = split(key, n)[i] for every n > i; the streams of different keys are independent.
 * Example: const keys = split(key(0), 3); normal(keys.at(0), [2]) and normal(keys.at(1), [2]) differ
 * Source: JAX's `jax.random` with `jax_threefry_partitionable`; Claessen & Pałka 2013, "Splittable pseudorandom number
 * generators using cryptographic hashing".
 */
import { fault, raise, shown } from '../data/errors'
import { isInteger } from '../data/dtype'
import { showShape, type Shape } from '../data/shape'
import { constant, made, shapeOf, tensor } from '../numpy/arguments'
import { threefry2x32 } from '../primitives/threefry'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'

/** One extent or a list of them. */
export type ShapeArg = number | readonly number[]

const makeOne = 'Make a key with random.key(seed); of several keys (random.split) take one, keys.at(i), or map over them with vmap.'

/** The key, checked: uint32[2]. */
export function keyOf(name: string, key: TensorLike): Tensor {
  if (typeof key === 'number') raise(fault('dtype', `${name}: a key is uint32[2], got the number ${key}`, makeOne))
  const k = tensor(key)
  if (k.dtype === 'uint32' && k.ndim === 1 && k.shape[0] === 2) return k
  return raise(fault(k.dtype === 'uint32' ? 'shape' : 'dtype', `${name}: a key is uint32[2], got ${k.dtype}${showShape(k.shape)}`, makeOne))
}

/** The words of the blocks 0, 1, … of a key's stream, in row-major order: the high ones and the low ones. */
export function words(key: Tensor, shape: Shape): [high: Tensor, low: Tensor] {
  const [high, low] = ops.bind(threefry2x32, [key, constant(0, 'uint32')], { shape })
  return [high!, low!]
}

/** Pairs of words as keys: one more axis, of extent 2. */
const paired = ([high, low]: readonly [Tensor, Tensor]): Tensor =>
  ops.concatenate([high, low].map((w) => ops.reshape(w, [...w.shape, 1])), high.ndim)

const outside = (name: string, x: unknown, bounds: string): never =>
  raise(fault('dtype', `${name}: ${shown(x)} is not an integer ${bounds}`, 'Give an integer, or an integer tensor of rank 0.'))

/** An integer argument of rank 0, as uint32: tensors wrap modulo 2³². */
function scalarWord(name: string, x: TensorLike): Tensor {
  const t = tensor(x)
  if (!isInteger(t.dtype) || t.ndim > 0)
    raise(fault(t.ndim > 0 ? 'shape' : 'dtype', `${name}: expected one integer, got ${t.dtype}${showShape(t.shape)}`, 'Give an integer, or an integer tensor of rank 0; vmap serves several.'))
  return ops.convert(t, 'uint32')
}

/**
 * The key of a seed, as `jax.random.key_data(jax.random.key(seed))`: uint32[2], the high and the low word of the seed as
 * a 64-bit integer. Negative seeds and seeds beyond 2³² are welcome (bigint for those beyond 2⁵³).
 * @example key(-1).toArray() // => [4294967295, 4294967295]
 */
export function key(seed: number | bigint | Tensor): Tensor {
  if (typeof seed === 'object') return paired([constant(0, 'uint32'), scalarWord('key', seed)])
  if (typeof seed === 'number' ? !Number.isInteger(seed) : typeof seed !== 'bigint') outside('key', seed, 'of 64 bits')
  const s = BigInt(seed)
  if (s < -(2n ** 63n) || s >= 2n ** 64n) outside('key', seed, 'of 64 bits')
  return made(Uint32Array.of(Number(BigInt.asUintN(32, s >> 32n)), Number(BigInt.asUintN(32, s))), [2])
}

/** New keys from one: uint32[…shape, 2], two of them unless told otherwise. The given key is not to be used again. */
export const split = (key: TensorLike, num: ShapeArg = 2): Tensor => paired(words(keyOf('split', key), shapeOf('split', num)))

/** The key with an integer hashed into it: a number from 0 to 2³² − 1, or an integer tensor of rank 0 (modulo 2³²). */
export function foldIn(key: TensorLike, data: number | Tensor): Tensor {
  if (typeof data === 'number' && !(Number.isInteger(data) && data >= 0 && data < 2 ** 32)) outside('foldIn', data, 'from 0 to 2³² − 1')
  const count = typeof data === 'number' ? constant(data, 'uint32') : scalarWord('foldIn', data)
  const [high, low] = ops.bind(threefry2x32, [keyOf('foldIn', key), count], { shape: [] })
  return paired([high!, low!])
}
