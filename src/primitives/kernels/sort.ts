/**
 * Stable sorting of lines by several keys (a merge sort of positions), and selection of the largest.
 *
 * Order: ascending, −0 equal to 0, NaN last. A single array without −0 is sorted by the engine, with the same result.
 */
import { size } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'

export interface Sorting {
  readonly axis: number
  readonly keys: number
}

/** Whether key a comes strictly after key b. */
const after = (a: number, b: number): boolean => a > b || (a !== a && b === b)

/** Whether line element i comes strictly after element j, by keys laid out one after another, n elements each. */
function comesAfter(lines: Float64Array, n: number, keys: number, i: number, j: number): boolean {
  for (let k = 0, base = 0; k < keys; k++, base += n) {
    const a = lines[base + i]!
    const b = lines[base + j]!
    if (after(a, b)) return true
    if (after(b, a)) return false
  }
  return false
}

const run = 8

/** Sorts positions 0 … n − 1 by the keys; the result is in the returned one of the two arrays. */
function order(lines: Float64Array, n: number, keys: number, a: Int32Array, b: Int32Array): Int32Array {
  for (let i = 0; i < n; i++) a[i] = i
  for (let from = 0; from < n; from += run) {
    const to = Math.min(n, from + run)
    for (let i = from + 1; i < to; i++) {
      const p = a[i]!
      let j = i - 1
      while (j >= from && (keys === 1 ? after(lines[a[j]!]!, lines[p]!) : comesAfter(lines, n, keys, a[j]!, p))) {
        a[j + 1] = a[j]!
        j--
      }
      a[j + 1] = p
    }
  }
  let [source, target] = [a, b]
  for (let width = run; width < n; width *= 2) {
    for (let from = 0; from < n; from += 2 * width) {
      const middle = Math.min(n, from + width)
      const end = Math.min(n, from + 2 * width)
      let [i, j, at] = [from, middle, from]
      while (i < middle && j < end) {
        const [p, q] = [source[i]!, source[j]!]
        if (keys === 1 ? after(lines[p]!, lines[q]!) : comesAfter(lines, n, keys, p, q)) {
          target[at++] = q
          j++
        } else {
          target[at++] = p
          i++
        }
      }
      while (i < middle) target[at++] = source[i++]!
      while (j < end) target[at++] = source[j++]!
    }
    ;[source, target] = [target, source]
  }
  return source
}

export const sortKernel: KernelSpec = opaque((ins, _outs, { axis, keys }: Sorting) => {
  const { shape } = ins[0]!
  const outer = size(shape.slice(0, axis))
  const n = shape[axis]!
  const inner = size(shape.slice(axis + 1))
  const line = new Float64Array(n)
  if (ins.length === 1) {
    const [a, b] = [new Int32Array(n), new Int32Array(n)]
    return ([from], [to]) => {
      for (let o = 0; o < outer; o++)
        for (let j = 0; j < inner; j++) {
          const base = o * n * inner + j
          let negativeZero = false
          for (let i = 0, at = base; i < n; i++, at += inner) {
            const x = from![at]!
            line[i] = x
            if (x === 0 && Object.is(x, -0)) negativeZero = true
          }
          if (negativeZero) {
            const places = order(line, n, 1, a, b)
            for (let i = 0, at = base; i < n; i++, at += inner) to![at] = line[places[i]!]!
          } else {
            line.sort()
            for (let i = 0, at = base; i < n; i++, at += inner) to![at] = line[i]!
          }
        }
    }
  }
  const lines = new Float64Array(n * keys)
  const [a, b] = [new Int32Array(n), new Int32Array(n)]
  return (from, to) => {
    for (let o = 0; o < outer; o++)
      for (let j = 0; j < inner; j++) {
        const base = o * n * inner + j
        for (let k = 0; k < keys; k++) for (let i = 0; i < n; i++) lines[k * n + i] = from[k]![base + i * inner]!
        const places = order(lines, n, keys, a, b)
        for (let x = 0; x < from.length; x++) {
          const [source, target] = [from[x]!, to[x]!]
          for (let i = 0; i < n; i++) target[base + i * inner] = source[base + places[i]! * inner]!
        }
      }
  }
})

/** Up to here the k largest so far are kept in order by insertion. */
const few = 32

export const topKernel: KernelSpec = opaque(([x], _outs, { k }: { k: number }) => {
  const n = x!.shape[x!.shape.length - 1]!
  const rows = size(x!.shape.slice(0, -1))
  const negated = new Float64Array(k > few ? n : 0)
  const [a, b] = [new Int32Array(negated.length), new Int32Array(negated.length)]
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
  const select = (from: Float64Array, base: number): void => {
    let nans = 0
    for (let i = 0; i < n; i++) {
      const v = (negated[i] = -from[base + i]!)
      if (v !== v) nans++
    }
    // Ascending by −x puts the NaNs last, where they belong first.
    const places = order(negated, n, 1, a, b)
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
})
