/**
 * Products: large ones by packed tiles, the others four rows at a time, in the order that closure/dot/vectors.ts states.
 *
 * float32 products are summed in float64 and rounded once; integer products wrap.
 */
import { isFloat } from '../../data/dtype'
import { size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { DotDims } from '../../ir/kernel'
import { matrices, packedState } from '../closure/dot/matrices'
import { byRows } from '../closure/dot/vectors'
import { groupOffsets, groupStride, type Strided } from '../loop/views'
import type { Factor } from '../loop/types'
import { inArray, type Builder, type Place } from './builder'
import { rounding } from './loops'

/** Products with fewer multiplications are not packed. */
const small = 4096

/** One matrix of a batch: o[to + i·n + j] = Σₖ x(i, k) y(j, k); `s` is memory for packed operands. */
type Product = (x: Float64Array, p: number, y: Float64Array, q: number, o: Float64Array, to: number, s: Float64Array) => void

export function product(b: Builder, [px, py]: readonly Place[], [x, y]: readonly Aval[], out: Aval, d: DotDims): Place {
  const free = (a: Aval, taken: readonly number[]): number[] => a.shape.map((_, i) => i).filter((i) => !taken.includes(i))
  const extent = (a: Aval, axes: readonly number[]): number => size(axes.map((i) => a.shape[i]!))
  const freeX = free(x!, [...d.lhsBatch, ...d.lhsContract])
  const freeY = free(y!, [...d.rhsBatch, ...d.rhsContract])
  const [k, m, n, batch] = [extent(x!, d.lhsContract), extent(x!, freeX), extent(y!, freeY), extent(x!, d.lhsBatch)]
  if (k === 0) return b.constant(0)
  const [sx, fx] = factor(b, px!, x!.shape, [d.lhsBatch, freeX, d.lhsContract])
  const [sy, fy] = factor(b, py!, y!.shape, [d.rhsBatch, freeY, d.rhsContract])
  const packed = isFloat(out.dtype) && m > 3 && n > 3 && m * n * k > small
  const multiply = isFloat(out.dtype) ? (packed ? tiles(fx, fy, m, n, k) : rows(fx, fy, m, n, k)) : integers(fx, fy, m, n, k)
  const place = b.fresh(out.shape)
  const [to, at] = place._tag === 'Array' ? [place.view.buffer, 0] : [0, place.at]
  const state = packed ? b.array(packedState(n)) : 0
  const round = rounding[out.dtype]
  b.step((t, take) => {
    const o = to > 0 ? take(to) : t[0]!
    const s = state > 0 ? take(state) : o
    for (let i = 0; i < batch; i++) multiply(t[sx]!, fx.offset + fx.batch[i]!, t[sy]!, fy.offset + fy.batch[i]!, o, at + i * m * n, s)
    round?.(o, at, o, at, batch * m * n)
  }, [sx, sy], [to, state].filter((slot) => slot > 0))
  return place
}

const tiles = (fx: Factor, fy: Factor, m: number, n: number, k: number): Product => (x, p, y, q, o, to, s) => matrices(x, p, fx, y, q, fy, m, n, k, o, to, s)

/** Four rows of the taller operand at a time. */
const rows = (fx: Factor, fy: Factor, m: number, n: number, k: number): Product =>
  m < n
    ? (x, p, y, q, o, to) => { for (let i = 0; i < m; i++) byRows(y, q, fy, x, p + i * fx.free, fx.contract, n, k, o, to + i * n, 1) }
    : (x, p, y, q, o, to) => { for (let j = 0; j < n; j++) byRows(x, p, fx, y, q + j * fy.free, fy.contract, m, k, o, to + j, n) }

/** Modulo 2³². */
const integers = (fx: Factor, fy: Factor, m: number, n: number, k: number): Product => (x, p, y, q, o, to) => {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let l = 0; l < k; l++) sum = (sum + Math.imul(x[p + i * fx.free + l * fx.contract], y[q + j * fy.free + l * fy.contract])) | 0
      o[to + i * n + j] = sum
    }
}

const of = (buffer: number, offset: number, batch: readonly number[], free: number, contract: number): Factor => ({ from: { _tag: 'Buffer', buffer }, offset, batch, free, contract })

/** The array of an operand, and its batch, free and contracted axes, each of these with one stride; copied where they have none. */
function factor(b: Builder, p: Place, shape: Shape, groups: readonly [batch: readonly number[], free: readonly number[], contract: readonly number[]]): [slot: number, Factor] {
  if (p._tag === 'Number' && size(shape) === 1) return [0, of(0, p.at, [0], 0, 0)]
  const seen = (v: Strided, [batch, free, contract]: typeof groups): Factor | undefined => {
    const [f, c] = [groupStride(v.shape, v.strides, free), groupStride(v.shape, v.strides, contract)]
    return f === undefined || c === undefined ? undefined : of(v.buffer, v.offset, groupOffsets(v.shape, v.strides, batch), f, c)
  }
  const view = b.strided(p, shape)
  const direct = seen(view, groups)
  if (direct) return [view.buffer, direct]
  const order = groups.flat()
  const permuted = order.map((i) => shape[i]!)
  const copy = b.strided(inArray(b.contiguous(inArray({ ...view, shape: permuted, strides: order.map((i) => view.strides[i]!) }), size(shape))), permuted)
  return [copy.buffer, seen(copy, groups.map((g) => g.map((i) => order.indexOf(i))) as unknown as typeof groups)!]
}
