/**
 * Products, in the order that tiles.ts states; those of integers wrap.
 */
import { size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { DotDims } from '../../ir/kernel'
import { groupOffsets, groupStride, whole, type Strided } from '../loop/views'
import { tiles, tilesInSingle, type Tiles } from '../tiles'
import { inArray, type Builder, type Place } from './builder'
import { rounding } from './loops'

/** An operand: element (b, i, k) lies at offset + batch[b] + i · free + k · contract of the array. */
interface Factor {
  readonly slot: number
  readonly offset: number
  readonly batch: readonly number[]
  readonly free: number
  readonly contract: number
  /** The extent of i. */
  readonly extent: number
}

/** Modulo 2³². */
const integers: Tiles = (x, p, fx, m, y, q, fy, n, k, o, to, down, right) => {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let l = 0; l < k; l++) sum = (sum + Math.imul(x[p + i * fx.free + l * fx.contract], y[q + j * fy.free + l * fy.contract])) | 0
      o[to + i * down + j * right] = sum
    }
}

export function product(b: Builder, [px, py]: readonly Place[], [x, y]: readonly Aval[], out: Aval, d: DotDims): Place {
  const free = (a: Aval, taken: readonly number[]): number[] => a.shape.map((_, i) => i).filter((i) => !taken.includes(i))
  const k = size(d.lhsContract.map((i) => x!.shape[i]!))
  if (k === 0) return b.constant(0)
  const fx = factor(b, px!, x!.shape, [d.lhsBatch, free(x!, [...d.lhsBatch, ...d.lhsContract]), d.lhsContract])
  const fy = factor(b, py!, y!.shape, [d.rhsBatch, free(y!, [...d.rhsBatch, ...d.rhsContract]), d.rhsContract])
  const [m, n] = [fx.extent, fy.extent]
  // The operand with few rows passes by the columns of the other one.
  const turned = n < 4 && n < m
  const multiply = out.dtype === 'float64' ? tiles : out.dtype === 'float32' ? tilesInSingle : integers
  const place = b.fresh(out.shape)
  const [to, at] = place._tag === 'Array' ? [place.view.buffer, 0] : [0, place.at]
  const round = rounding[out.dtype]
  b.step((t, take) => {
    const o = to > 0 ? take(to) : t[0]!
    const xs = t[fx.slot]!, ys = t[fy.slot]!
    let e = at
    for (let i = 0; i < fx.batch.length; i++, e += m * n) {
      const p = fx.offset + fx.batch[i]!, q = fy.offset + fy.batch[i]!
      if (turned) multiply(ys, q, fy, n, xs, p, fx, m, k, o, e, 1, n)
      else multiply(xs, p, fx, m, ys, q, fy, n, k, o, e, n, 1)
    }
    round?.(o, at, o, at, e - at)
  }, [fx.slot, fy.slot], to > 0 ? [to] : [])
  return place
}

/** An operand whose batch, free and contracted axes have one stride each; copied where they have none. */
function factor(b: Builder, p: Place, shape: Shape, groups: readonly [batch: readonly number[], free: readonly number[], contract: readonly number[]]): Factor {
  const extent = size(groups[1].map((i) => shape[i]!))
  if (p._tag === 'Number' && size(shape) === 1) return { slot: 0, offset: p.at, batch: [0], free: 0, contract: 0, extent }
  const seen = (v: Strided, [batch, free, contract]: typeof groups): Factor | undefined => {
    const [f, c] = [groupStride(v.shape, v.strides, free), groupStride(v.shape, v.strides, contract)]
    return f === undefined || c === undefined ? undefined : { slot: v.buffer, offset: v.offset, batch: groupOffsets(v.shape, v.strides, batch), free: f, contract: c, extent }
  }
  const view = b.strided(p, shape)
  const direct = seen(view, groups)
  if (direct) return direct
  const order = groups.flat()
  const permuted = order.map((i) => shape[i]!)
  const turned = inArray({ ...view, shape: permuted, strides: order.map((i) => view.strides[i]!) })
  const packed = whole(b.contiguous(turned, size(shape)).buffer, permuted)
  return seen(packed, groups.map((g) => g.map((i) => order.indexOf(i))) as unknown as typeof groups)!
}
