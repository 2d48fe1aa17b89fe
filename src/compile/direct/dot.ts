/**
 * Products by tiles of 2 × 4, in the order that closure/dot/vectors.ts states: blocks of 256 from 0, which are added one
 * after another.
 *
 * float32 products are summed in float64 and rounded once; integer products wrap.
 */
import { isFloat } from '../../data/dtype'
import { size, type Shape } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { DotDims } from '../../ir/kernel'
import { groupOffsets, groupStride, whole, type Strided } from '../loop/views'
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

const block = 256

/** o[to + i·down + j·right] = Σₖ x(i, k) y(j, k) for one matrix of a batch, operands at p and q. */
type Product = (x: Float64Array, p: number, fx: Factor, y: Float64Array, q: number, fy: Factor, k: number, o: Float64Array, to: number, down: number, right: number) => void

/** Two rows by four columns at a time; the columns stay in the first-level cache while the rows pass. */
const tiles: Product = (x, p, fx, y, q, fy, k, o, to, down, right) => {
  const m = fx.extent, n = fy.extent
  for (let j = 0; j < n; j += 4) {
    const many = Math.min(4, n - j)
    for (let from = 0; from < k; from += block)
      for (let i = 0; i < m; i += 2) {
        tile(x, p + i * fx.free + from * fx.contract, i + 1 < m ? fx.free : 0, fx.contract, y, q + j * fy.free + from * fy.contract, fy.free, fy.contract, many, Math.min(block, k - from))
        for (let r = 0; r < 2 && i + r < m; r++)
          for (let c = 0; c < many; c++) {
            const at = to + (i + r) * down + (j + c) * right
            o[at] = from > 0 ? o[at] + sums[4 * r + c] : sums[4 * r + c]
          }
      }
  }
}

const sums = new Float64Array(8)

/** The sums of a tile over n terms; where there are fewer rows or columns, the first stand for the others. */
function tile(x: Float64Array, p: number, down: number, dx: number, y: Float64Array, q: number, free: number, dy: number, many: number, n: number): void {
  const step = dx | 0, skip = dy | 0, row = down | 0
  const one = many > 1 ? free | 0 : 0, two = many > 2 ? (2 * free) | 0 : 0, three = many > 3 ? (3 * free) | 0 : 0
  let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0
  let i = p | 0, j = q | 0
  for (let l = n; l > 0; l = (l - 1) | 0) {
    const v = x[i], w = x[(i + row) | 0]
    let z = y[j]
    a += v * z
    e += w * z
    z = y[(j + one) | 0]
    b += v * z
    f += w * z
    z = y[(j + two) | 0]
    c += v * z
    g += w * z
    z = y[(j + three) | 0]
    d += v * z
    h += w * z
    i = (i + step) | 0
    j = (j + skip) | 0
  }
  sums[0] = a
  sums[1] = b
  sums[2] = c
  sums[3] = d
  sums[4] = e
  sums[5] = f
  sums[6] = g
  sums[7] = h
}

/** Modulo 2³². */
const integers: Product = (x, p, fx, y, q, fy, k, o, to, down, right) => {
  for (let i = 0; i < fx.extent; i++)
    for (let j = 0; j < fy.extent; j++) {
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
  const multiply = isFloat(out.dtype) ? tiles : integers
  const place = b.fresh(out.shape)
  const [to, at] = place._tag === 'Array' ? [place.view.buffer, 0] : [0, place.at]
  const round = rounding[out.dtype]
  b.step((t, take) => {
    const o = to > 0 ? take(to) : t[0]!
    const xs = t[fx.slot]!, ys = t[fy.slot]!
    let e = at
    for (let i = 0; i < fx.batch.length; i++, e += m * n) {
      const p = fx.offset + fx.batch[i]!, q = fy.offset + fy.batch[i]!
      if (turned) multiply(ys, q, fy, xs, p, fx, k, o, e, 1, n)
      else multiply(xs, p, fx, ys, q, fy, k, o, e, n, 1)
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
