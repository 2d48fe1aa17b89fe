/**
 * Elements that are moved between an array and a piece, to or from places that are known only at run time: at rows of indices
 * (gather, scatters), or at the starts of a window.
 *
 * Row r of the indices names a place, from which on the elements of an arrangement of strides are those of row r of the piece.
 * Law: what the kernels of the primitives do, in their order: batches, rows of indices, elements.
 */
import { isFloat, type DType } from '../data/dtype'
import { rowMajor, size } from '../data/shape'
import type { OpaqueCall, OpaqueSpec } from '../ir/kernel'
import { merge } from './loop/views'

/** One axis of a place, where there is a choice: which element of which operand is its index, in row 0; it lies in 0 … last, or the row is dropped. */
export interface Index {
  readonly operand: number
  readonly at: number
  readonly last: number
  /** Elements of the array from one index to the next. */
  readonly step: number
}

export interface Moving {
  readonly how: NonNullable<OpaqueSpec['moves']>
  readonly dtype: DType
  /** The operand that is put or added. */
  readonly piece: number
  readonly batches: number
  /** Elements of the array that are a batch. */
  readonly batch: number
  /** Rows of a batch. */
  readonly rows: number
  /** Indices of a row. */
  readonly width: number
  readonly axes: readonly Index[]
  /** Whether indices outside are the nearest ones inside. */
  readonly clip: boolean
  /** How the elements of a row lie in the array, and how many they are. */
  readonly extents: readonly number[]
  readonly strides: readonly number[]
  readonly count: number
  /** What is taken where a row is dropped. */
  readonly fill: number
}

/** Undefined where there is nothing to move, it is not all that is done, and for sums of booleans. */
export function movingOf({ kernel: { moves: how }, ins, out, params }: OpaqueCall): Moving | undefined {
  if (!how) return undefined
  const [x, indices] = ins
  const { shape, dtype } = x!
  if ([...ins, out].some((a) => size(a.shape) === 0) || (how === 'add' && dtype === 'bool')) return undefined
  const strides = rowMajor(shape)
  const all = { how, dtype, fill: (params.fill ?? (isFloat(dtype) ? NaN : 0)) as number }
  if (params.batch === undefined) {
    const window = how === 'get' ? out.shape : indices!.shape
    const first = how === 'get' ? 1 : 2
    const axes = shape.map((n, k): Index => ({ operand: first + k, at: 0, last: n - window[k]!, step: strides[k]! })).filter((a) => a.last > 0)
    return { ...all, piece: 1, batches: 1, batch: 0, rows: 1, width: 0, axes, clip: true, ...merge(window, strides), count: size(window) }
  }
  const { batch, mode } = params as { readonly batch: number; readonly mode: string }
  const width = indices!.shape.at(-1)!
  const clip = mode === 'clip'
  const count = size(shape.slice(batch + width))
  return {
    ...all, piece: 2, width, count,
    batches: size(shape.slice(0, batch)),
    batch: size(shape.slice(batch)),
    rows: size(indices!.shape.slice(batch, -1)),
    axes: strides.slice(batch, batch + width).map((step, k) => ({ operand: 1, at: k, last: shape[batch + k]! - 1, step })).filter((a) => !clip || a.last > 0),
    clip,
    ...merge([count], [1]),
  }
}
