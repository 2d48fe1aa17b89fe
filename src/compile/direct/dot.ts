/**
 * Products, in the order that tiles.ts states; those of integers wrap.
 */
import { size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { DotDims } from '../../ir/kernel'
import { groupOffsets, groupStride, whole, type Strided } from '../loop/views'
import { tileOf, tiles } from '../tiles'
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

export function product(b: Builder, [px, py]: readonly Place[], [x, y]: readonly Aval[], out: Aval, d: DotDims): Place {
  const free = (a: Aval, taken: readonly number[]): number[] => a.shape.map((_, i) => i).filter((i) => !taken.includes(i))
  const k = size(d.lhsContract.map((i) => x!.shape[i]!))
  if (k === 0) return b.constant(0)
  const fx = factor(b, px!, x!.shape, [d.lhsBatch, free(x!, [...d.lhsBatch, ...d.lhsContract]), d.lhsContract])
  const fy = factor(b, py!, y!.shape, [d.rhsBatch, free(y!, [...d.rhsBatch, ...d.rhsContract]), d.rhsContract])
  const [m, n] = [fx.extent, fy.extent]
  // The operand with few rows passes by the columns of the other one.
  const [u, v, down, right] = n < 4 && n < m ? [fy, fx, 1, n] : [fx, fy, n, 1]
  const place = b.fresh(out.shape)
  const [to, at] = place._tag === 'Array' ? [place.view.buffer, 0] : [0, place.at]
  b.step((t, take) => {
    const o = to > 0 ? take(to) : t[0]!
    u.batch.forEach((p, i) => tiles(tileOf(out.dtype), rounding[out.dtype], t[u.slot]!, u.offset + p, u, t[v.slot]!, v.offset + v.batch[i]!, v, k, o, at + i * m * n, down, right))
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
