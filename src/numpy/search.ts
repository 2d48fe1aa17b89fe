/**
 * Binary search as one primitive: where values would be put into sorted lines. Integers, so without a derivative.
 *
 * Law: the result i has line[j] before the value for all j < i, and for no j ≥ i. NaN stands after all numbers.
 */
import { right } from 'fp-ts/Either'
import { range, sameShape, showShape, size } from '../data/shape'
import { opaque } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { bad, definePrimitive, noTangent } from '../primitives/define'
import { searchCode } from './search.code'

export interface Search {
  /** Leading axes that lines and values share. */
  readonly batch: number
  /** After elements that equal the value, instead of before them. */
  readonly right: boolean
}

/** Where NaN would be put into the line from `from` on: before all NaN, or after them. */
function ofNaN(line: Float64Array, from: number, n: number, after: boolean): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    const e = line[from + middle]!
    if (after || e === e) low = middle + 1
    else high = middle
  }
  return low
}

/** How many values are searched for at the same time, each of which would wait for its own comparison. */
const together = 4

/**
 * Positions of count values from `first` on in the line from `from` on, which is not empty. The steps are the same for all
 * numbers, and nothing branches on the elements: what a processor cannot guess costs more than to multiply by 0 or 1.
 * Source: Knuth, TAOCP 3, 6.2.1, algorithm C (uniform search).
 */
function searchLine(line: Float64Array, from: number, n: number, values: Float64Array, to: Float64Array, first: number, count: number, after: boolean): void {
  const top = 1 << (31 - Math.clz32(n))
  const half = top >> 1
  const middle = line[from + top - 1]!
  const rest = from + n - top
  const end = first + count
  let i = first
  for (; i + together <= end; i = (i + together) | 0) {
    const s = values[i]!, t = values[i + 1]!, u = values[i + 2]!, v = values[i + 3]!
    // Nothing is less than NaN, nor equal to it: what is found for it here is not what is wanted.
    let a = from, b = from, c = from, d = from
    if (after) {
      a = middle <= s ? rest : from
      b = middle <= t ? rest : from
      c = middle <= u ? rest : from
      d = middle <= v ? rest : from
      for (let h = half; h > 0; h >>= 1) {
        const k = (h - 1) | 0
        a = (a + Math.imul(h, Number(line[(a + k) | 0]! <= s))) | 0
        b = (b + Math.imul(h, Number(line[(b + k) | 0]! <= t))) | 0
        c = (c + Math.imul(h, Number(line[(c + k) | 0]! <= u))) | 0
        d = (d + Math.imul(h, Number(line[(d + k) | 0]! <= v))) | 0
      }
      to[i] = a - from + Number(line[a]! <= s)
      to[i + 1] = b - from + Number(line[b]! <= t)
      to[i + 2] = c - from + Number(line[c]! <= u)
      to[i + 3] = d - from + Number(line[d]! <= v)
    } else {
      a = middle < s ? rest : from
      b = middle < t ? rest : from
      c = middle < u ? rest : from
      d = middle < v ? rest : from
      for (let h = half; h > 0; h >>= 1) {
        const k = (h - 1) | 0
        a = (a + Math.imul(h, Number(line[(a + k) | 0]! < s))) | 0
        b = (b + Math.imul(h, Number(line[(b + k) | 0]! < t))) | 0
        c = (c + Math.imul(h, Number(line[(c + k) | 0]! < u))) | 0
        d = (d + Math.imul(h, Number(line[(d + k) | 0]! < v))) | 0
      }
      to[i] = a - from + Number(line[a]! < s)
      to[i + 1] = b - from + Number(line[b]! < t)
      to[i + 2] = c - from + Number(line[c]! < u)
      to[i + 3] = d - from + Number(line[d]! < v)
    }
    const sum = s - s + (t - t) + (u - u) + (v - v)
    if (sum !== sum) for (let j = i; j < i + together; j++) if (values[j]! !== values[j]!) to[j] = ofNaN(line, from, n, after)
  }
  for (; i < end; i = (i + 1) | 0) {
    const v = values[i]!
    if (v !== v) {
      to[i] = ofNaN(line, from, n, after)
      continue
    }
    let p = (after ? middle <= v : middle < v) ? rest : from
    if (after) {
      for (let h = half; h > 0; h >>= 1) p = (p + Math.imul(h, Number(line[(p + h - 1) | 0]! <= v))) | 0
      to[i] = p - from + Number(line[p]! <= v)
    } else {
      for (let h = half; h > 0; h >>= 1) p = (p + Math.imul(h, Number(line[(p + h - 1) | 0]! < v))) | 0
      to[i] = p - from + Number(line[p]! < v)
    }
  }
}

/** Of sorted lines [batch…, n] and values [batch…, …]: positions, in the values' shape. */
export const search: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'searchsorted',
  shape: ([lines, values], { batch }: Search) =>
    lines!.shape.length === batch + 1 && lines!.dtype === values!.dtype && sameShape(lines!.shape.slice(0, batch), values!.shape.slice(0, batch))
      ? right([{ shape: values!.shape, dtype: 'int32', weak: false }])
      : bad('shape', `searchsorted: values ${values!.dtype}${showShape(values!.shape)} in sorted ${lines!.dtype}${showShape(lines!.shape)}`, 'Give a sorted vector and values of its dtype.'),
  kernel: { ...opaque(([lines, values], _outs, { batch, right: after }: Search) => {
    const n = lines!.shape[batch]!
    const count = size(lines!.shape.slice(0, batch))
    const each = size(values!.shape.slice(batch))
    return ([line, value], [out]) => {
      if (n === 0) out!.fill(0)
      else for (let b = 0; b < count; b++) searchLine(line!, b * n, n, value!, out!, b * each, each, after)
    }
  }), code: searchCode },
  jvp: noTangent,
  transpose: 'nonlinear',
  // Where an element equals the value it is passed.
  kinks: (ops, operands, _outs, { batch }: Search) => {
    const [last, first] = [true, false].map((after) => ops.bind(search, operands, { batch, right: after })[0]!)
    return ops.ne(first!, last!)
  },
  batch: (ops, [lines, values], [bl, bv], { batch, right: after }: Search, size) => {
    // More values for the same line need no batch.
    if (!bl && batch === 0) return ops.bind(search, [lines!, values!], { batch, right: after })
    const spread = (x: typeof lines, has: boolean | undefined): NonNullable<typeof lines> =>
      has ? x! : ops.broadcast(x!, [size, ...x!.aval.shape], range(x!.aval.shape.length, 1))
    return ops.bind(search, [spread(lines, bl), spread(values, bv)], { batch: batch + 1, right: after })
  },
  cost: ([lines, values]) => size(values!.shape) * Math.ceil(Math.log2(size(lines!.shape) + 2)),
})
