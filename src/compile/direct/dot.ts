/**
 * Products, in the order that tiles.ts states; those of integers wrap.
 */
import { range, size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { DotDims } from '../../ir/kernel'
import { groupOffsets, groupStride, whole } from '../loop/views'
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

type Groups = readonly [batch: readonly number[], free: readonly number[], contract: readonly number[]]

export function product(b: Builder, [px, py]: readonly Place[], [x, y]: readonly Aval[], out: Aval, d: DotDims): Place {
  const k = size(d.lhsContract.map((i) => x!.shape[i]!))
  if (k === 0) return b.constant(0)
  const operand = (p: Place, { shape }: Aval, batch: readonly number[], contract: readonly number[]): Factor =>
    factor(b, p, shape, [batch, range(shape.length).filter((i) => !batch.includes(i) && !contract.includes(i)), contract])
  const fx = operand(px!, x!, d.lhsBatch, d.lhsContract)
  const fy = operand(py!, y!, d.rhsBatch, d.rhsContract)
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
function factor(b: Builder, p: Place, shape: Shape, [batch, free, contract]: Groups): Factor {
  if (p._tag === 'Number' && size(shape) === 1) return { slot: 0, offset: p.at, batch: [0], free: 0, contract: 0, extent: 1 }
  const { buffer, offset, strides } = b.strided(p, shape)
  const [f, c] = [groupStride(shape, strides, free), groupStride(shape, strides, contract)]
  if (f !== undefined && c !== undefined) return { slot: buffer, offset, batch: groupOffsets(shape, strides, batch), free: f, contract: c, extent: size(free.map((i) => shape[i]!)) }
  const order = [...batch, ...free, ...contract]
  const permuted = order.map((i) => shape[i]!)
  const packed = b.contiguous(inArray({ buffer, offset, shape: permuted, strides: order.map((i) => strides[i]!) }), size(shape))
  const moved = (group: readonly number[]): number[] => group.map((i) => order.indexOf(i))
  return factor(b, inArray(whole(packed.buffer, permuted)), permuted, [moved(batch), moved(free), moved(contract)])
}
