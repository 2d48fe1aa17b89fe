/**
 * Binary search as one primitive: where values would be put into sorted lines. Integers, so without a derivative.
 *
 * Law: the result i has line[j] before the value for all j < i, and for no j ≥ i. NaN stands after all numbers.
 */
import { right } from 'fp-ts/Either'
import { range, sameShape, showShape, size } from '../data/shape'
import { opaque } from '../ir/kernel'
import type { Primitive } from '../ir/types'
import { bad, noTangent } from '../primitives/define'
import { definePrimitive } from '../primitives/words'

export interface Search {
  /** Leading axes that lines and values share. */
  readonly batch: number
  /** After elements that equal the value, instead of before them. */
  readonly right: boolean
}

const before = (a: number, b: number): boolean => a < b || (b !== b && a === a)

/** Of sorted lines [batch…, n] and values [batch…, …]: positions, in the values' shape. */
export const search: Primitive = /* @__PURE__ */ definePrimitive({
  name: 'searchsorted',
  shape: ([lines, values], { batch }: Search) =>
    lines!.shape.length === batch + 1 && lines!.dtype === values!.dtype && sameShape(lines!.shape.slice(0, batch), values!.shape.slice(0, batch))
      ? right([{ shape: values!.shape, dtype: 'int32', weak: false }])
      : bad('shape', `searchsorted: values ${values!.dtype}${showShape(values!.shape)} in sorted ${lines!.dtype}${showShape(lines!.shape)}`, 'Give a sorted vector and values of its dtype.'),
  kernel: opaque(([lines, values], _outs, { batch, right: after }: Search) => {
    const n = lines!.shape[batch]!
    const count = size(lines!.shape.slice(0, batch))
    const each = size(values!.shape.slice(batch))
    return ([line, value], [out]) => {
      for (let b = 0; b < count; b++)
        for (let i = b * each; i < (b + 1) * each; i++) {
          const v = value![i]!
          let low = b * n
          let high = low + n
          while (low < high) {
            const middle = (low + high) >>> 1
            const e = line![middle]!
            if (after ? !before(v, e) : before(e, v)) low = middle + 1
            else high = middle
          }
          out![i] = low - b * n
        }
    }
  }),
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
