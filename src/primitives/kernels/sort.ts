/**
 * Sorting lines together, and selecting the k largest.
 *
 * Short lines of a single array without −0 are sorted by the engine (−0 and 0 are equal here, not there), with the same result.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import { after, long, makeOrder } from './order'
import { sortCode } from './sort.code'
import { topCode } from './top.code'

export interface Sorting {
  readonly axis: number
  readonly keys: number
}

export const sortKernel: KernelSpec = { ...opaque((ins, _outs, { axis, keys }: Sorting) => {
  const { shape } = ins[0]!
  const outer = size(shape.slice(0, axis))
  const n = shape[axis]!
  const inner = size(shape.slice(axis + 1))
  const lines = Array.from({ length: keys }, () => new Float64Array(n))
  const order = makeOrder(n)
  return (from, to) => {
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < inner; j++) {
        const base = o * n * inner + j
        let plain = ins.length === 1 && n < long
        for (let k = 0; k < keys; k++) {
          const [line, source] = [lines[k]!, from[k]!]
          for (let i = 0, at = base; i < n; i++, at += inner) {
            const x = (line[i] = source[at]!)
            if (x === 0 && 1 / x < 0) plain = false
          }
        }
        if (plain) {
          const line = lines[0]!.sort()
          for (let i = 0, at = base; i < n; i++, at += inner) to[0]![at] = line[i]!
          continue
        }
        const places = order(lines)
        for (let x = 0; x < to.length; x++) {
          const [source, target] = [from[x]!, to[x]!]
          for (let i = 0, at = base; i < n; i++, at += inner) target[at] = source[base + places[i]! * inner]!
        }
      }
  }
}), code: sortCode }

/** Up to here the k largest so far are kept in order by insertion. */
const few = 32

export const topKernel: KernelSpec = { ...opaque(([x], _outs, { k }: { k: number }) => {
  const n = x!.shape[x!.shape.length - 1]!
  const rows = size(x!.shape.slice(0, -1))
  const found = new Int32Array(k)
  const insert = (from: Float64Array, base: number): void => {
    let filled = 0
    for (let i = 0; i < n && k > 0; i++) {
      const v = from[base + i]!
      if (filled === k && !after(v, from[base + found[k - 1]!]!)) continue
      let j = filled < k ? filled++ : k - 1
      for (; j > 0 && after(v, from[base + found[j - 1]!]!); j--) found[j] = found[j - 1]!
      found[j] = i
    }
  }
  const negated = new Float64Array(k > few ? n : 0)
  const order = makeOrder(negated.length)
  const select = (from: Float64Array, base: number): void => {
    let nans = 0
    for (let i = 0; i < n; i++) {
      const v = (negated[i] = -from[base + i]!)
      if (v !== v) nans++
    }
    // Ascending by −x puts the NaNs last, where they belong first.
    const places = order([negated])
    for (let i = 0; i < k; i++) found[i] = places[i < nans ? n - nans + i : i - nans]!
  }
  const find = k > few ? select : insert
  return ([from], [values, places]) => {
    for (let r = 0; r < rows; r++) {
      find(from!, r * n)
      for (let i = 0; i < k; i++) {
        places![r * k + i] = found[i]!
        values![r * k + i] = from![r * n + found[i]!]!
      }
    }
  }
}), code: topCode }
