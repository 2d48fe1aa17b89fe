/**
 * Running sums, products and extrema along an axis; of the raveled array when the axis is null.
 *
 * Edge: the derivative of a running product is exact where elements are 0; ties of running extrema share it.
 */
import type { DType } from '../data/dtype'
import { engine, ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { axisIn, float, number } from './arguments'
import * as words from '../primitives/tensor-words'
import { named } from '../primitives/vocabulary/vocabulary'

export interface CumulativeOptions {
  readonly axis?: number | null
  readonly dtype?: DType
  /** From the end to the beginning. */
  readonly reverse?: boolean
}
type Arg = number | null | CumulativeOptions

function running(name: string, word: typeof words.cumsum, x: Tensor, axis?: Arg, options?: CumulativeOptions): Tensor {
  const o = named<CumulativeOptions>(name, ['axis'], [axis ?? undefined, options], ['dtype', 'reverse'])
  const a = o.dtype === undefined ? x : engine.vocabulary.astype(x, o.dtype)
  const flat = o.axis === null || o.axis === undefined
  const line = flat ? ops.reshape(a, [a.size]) : a
  return word(line, flat ? 0 : axisIn(name, o.axis!, a), o.reverse ?? false)
}

/** Running sums: element i is the sum of the first i + 1. Booleans are added as int32. */
export const cumsum = (x: TensorLike, axis?: Arg, options?: CumulativeOptions): Tensor => running('cumsum', words.cumsum, number(x), axis, options)
/** Running products. */
export const cumprod = (x: TensorLike, axis?: Arg, options?: CumulativeOptions): Tensor => running('cumprod', words.cumprod, number(x), axis, options)
/** Running maxima. */
export const cummax = (x: TensorLike, axis?: Arg, options?: CumulativeOptions): Tensor => running('cummax', words.cummax, number(x), axis, options)
/** Running minima. */
export const cummin = (x: TensorLike, axis?: Arg, options?: CumulativeOptions): Tensor => running('cummin', words.cummin, number(x), axis, options)
/** Running log(Σ eˣ), without overflow. */
export const cumlogsumexp = (x: TensorLike, axis?: Arg, options?: CumulativeOptions): Tensor => running('cumlogsumexp', words.cumlogsumexp, float(x), axis, options)
