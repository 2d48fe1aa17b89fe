/**
 * Sets of column indices, numbered: equal work is done once, and elements that depend on the same share one set.
 *
 * Law: union is idempotent, commutative in content, and absorbs: a ⊆ b gives the number of b itself.
 * Sets are sorted runs of one growing array; unions of pairs are remembered in an open-addressed table, so that a wide
 * intermediate value (a mean that is subtracted again) costs one set, not one for each element.
 */
import { fault, raise } from '../data/errors'

const grown = (from: Int32Array, need: number): Int32Array => {
  if (need <= from.length) return from
  const to = new Int32Array(Math.max(need, from.length * 2))
  to.set(from)
  return to
}

/** Beyond this many indices in all sets together a pattern is no longer sparse in any useful sense. */
const most = 1 << 29

export class IndexSets {
  readonly width: number
  readonly #capacity: number
  #data: Int32Array
  #ends: Int32Array
  #count: number
  #used: number
  #pairs: Int32Array = new Int32Array(3 << 14)
  #mask = (1 << 14) - 1
  #remembered = 0
  #seenSets: Int32Array = new Int32Array(0)
  readonly #seenColumns: Int32Array
  #stamp = 0

  /** Set 0 is empty, set i + 1 is {i}. */
  constructor(width: number, capacity: number = most) {
    this.width = width
    this.#capacity = capacity
    this.#data = new Int32Array(Math.max(16, width * 2))
    this.#ends = new Int32Array(Math.max(16, width * 2))
    this.#count = width + 1
    this.#used = width
    for (let i = 0; i < width; i++) {
      this.#data[i] = i
      this.#ends[i + 1] = i + 1
    }
    this.#seenColumns = new Int32Array(width)
  }

  size(set: number): number {
    return set === 0 ? 0 : this.#ends[set]! - this.#ends[set - 1]!
  }

  /** The indices of a set, increasing; not to be written to, and valid until the next union. */
  indices(set: number): Int32Array {
    return set === 0 ? this.#data.subarray(0, 0) : this.#data.subarray(this.#ends[set - 1]!, this.#ends[set]!)
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a
    if (a === 0) return b
    const [x, y] = a < b ? [a, b] : [b, a]
    let at = this.#slot(x, y)
    const known = this.#pairs[at + 2]!
    if (known !== 0) return known
    const made = this.#merge(x, y)
    if (++this.#remembered * 2 > this.#mask) {
      this.#rehash()
      at = this.#slot(x, y)
    }
    this.#pairs[at] = x
    this.#pairs[at + 1] = y
    this.#pairs[at + 2] = made
    return made
  }

  /** Many at once: every column is marked once, however many sets name it. */
  unionAll(sets: Int32Array): number {
    const stamp = ++this.#stamp
    if (this.#seenSets.length < this.#count) this.#seenSets = grown(this.#seenSets, this.#ends.length)
    const distinct: number[] = []
    let total = 0
    for (const s of sets) {
      if (s === 0 || this.#seenSets[s] === stamp) continue
      this.#seenSets[s] = stamp
      distinct.push(s)
      const n = this.size(s)
      if (n === this.width) return s
      total += n
    }
    if (distinct.length <= 4) return distinct.reduce((u, s) => this.union(u, s), 0)
    this.#reserve(Math.min(total, this.width))
    const [data, seen, start] = [this.#data, this.#seenColumns, this.#used]
    let end = start
    for (const s of distinct)
      for (let k = this.#ends[s - 1]!; k < this.#ends[s]!; k++) {
        const column = data[k]!
        if (seen[column] === stamp) continue
        seen[column] = stamp
        data[end++] = column
      }
    const n = end - start
    const largest = distinct.find((s) => this.size(s) === n)
    if (largest !== undefined) return largest
    if (n * 16 < this.width) data.subarray(start, end).sort()
    else for (let c = 0, k = start; c < this.width; c++) if (seen[c] === stamp) data[k++] = c
    return this.#commit(end)
  }

  #merge(a: number, b: number): number {
    const [na, nb] = [this.size(a), this.size(b)]
    if (na === this.width) return a
    if (nb === this.width) return b
    this.#reserve(na + nb)
    const data = this.#data
    let i = this.#ends[a - 1]!
    let j = this.#ends[b - 1]!
    const [iEnd, jEnd] = [i + na, j + nb]
    let end = this.#used
    while (i < iEnd && j < jEnd) {
      const x = data[i]!
      const y = data[j]!
      data[end++] = x <= y ? x : y
      if (x <= y) i++
      if (y <= x) j++
    }
    while (i < iEnd) data[end++] = data[i++]!
    while (j < jEnd) data[end++] = data[j++]!
    const n = end - this.#used
    return n === na ? a : n === nb ? b : this.#commit(end)
  }

  #reserve(more: number): void {
    if (this.#used + more > this.#capacity) raise(fault('compile', 'the sparsity pattern of intermediate values has too many entries', 'Give the pattern yourself (`pattern`), or use jacobian: this derivative is not sparse.'))
    this.#data = grown(this.#data, this.#used + more)
  }

  #commit(end: number): number {
    this.#ends = grown(this.#ends, this.#count + 1)
    this.#ends[this.#count] = end
    this.#used = end
    return this.#count++
  }

  /**
   * Where the pair stands in the table, or may stand. Neighbouring elements often join neighbouring sets: pairs of one
   * difference stand side by side, and step aside together.
   */
  #slot(x: number, y: number): number {
    const pairs = this.#pairs
    const mask = this.#mask
    const mixed = Math.imul(y - x, 0x9e3779b1)
    const step = (mixed >>> 11) | 1
    let h = (x + (mixed ^ (mixed >>> 15))) & mask
    for (;;) {
      const at = h * 3
      if (pairs[at + 2] === 0 || (pairs[at] === x && pairs[at + 1] === y)) return at
      h = (h + step) & mask
    }
  }

  #rehash(): void {
    const before = this.#pairs
    this.#mask = this.#mask * 4 + 3
    const after = new Int32Array(3 * (this.#mask + 1))
    this.#pairs = after
    for (let k = 0; k < before.length; k += 3) {
      if (before[k + 2] === 0) continue
      const at = this.#slot(before[k]!, before[k + 1]!)
      after[at] = before[k]!
      after[at + 1] = before[k + 1]!
      after[at + 2] = before[k + 2]!
    }
  }
}
