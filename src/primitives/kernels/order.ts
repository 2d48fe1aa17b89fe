/**
 * The stable ascending order of positions by one key or several: −0 equal to 0, NaN last.
 *
 * Short lines are merged, long ones sorted by digits of the keys' bits, which takes no comparison that a processor could
 * guess wrong. Several keys are sorted by one after another, the last first: a stable sort keeps what they did.
 * Source: Knuth, TAOCP 3, 5.2.4 (merging) and 5.2.5 (radix); the bits of IEEE numbers order as integers once the
 * negative ones are inverted.
 */

/** Whether a comes strictly after b. */
export const after = (a: number, b: number): boolean => a > b || (a !== a && b === b)

/** From here on digits are faster than comparisons. */
export const long = 2048
/** Lines up to this long are sorted by insertion before they are merged. */
const short = 8

/** Keys travel with their positions, so that both are read in the order of memory. */
interface Columns {
  readonly keys: Float64Array
  readonly places: Int32Array
}

/** Sorts the first of two columns, using both; returns the one that holds the result. */
function merge(n: number, one: Columns, two: Columns): Columns {
  for (let from = 0; from < n; from += short) insertion(one.keys, one.places, from, Math.min(n, from + short))
  let [source, target] = [one, two]
  for (let width = short; width < n; width *= 2) {
    for (let from = 0; from < n; from += 2 * width)
      mergeRuns(source.keys, source.places, target.keys, target.places, from, Math.min(n, from + width), Math.min(n, from + 2 * width))
    ;[source, target] = [target, source]
  }
  return source
}

function insertion(keys: Float64Array, places: Int32Array, from: number, end: number): void {
  for (let i = from + 1; i < end; i++) {
    const key = keys[i]!
    const place = places[i]!
    let j = i - 1
    for (; j >= from && after(keys[j]!, key); j--) {
      keys[j + 1] = keys[j]!
      places[j + 1] = places[j]!
    }
    keys[j + 1] = key
    places[j + 1] = place
  }
}

function mergeRuns(keys: Float64Array, places: Int32Array, toKeys: Float64Array, toPlaces: Int32Array, from: number, middle: number, end: number): void {
  let i = from
  let j = middle
  let at = from
  // Runs that stand in order already are copied as they are.
  if (j < end && after(keys[j - 1]!, keys[j]!))
    while (i < middle && j < end) {
      const second = after(keys[i]!, keys[j]!)
      const next = second ? j++ : i++
      toKeys[at] = keys[next]!
      toPlaces[at++] = places[next]!
    }
  for (; i < middle; i++, at++) {
    toKeys[at] = keys[i]!
    toPlaces[at] = places[i]!
  }
  for (; j < end; j++, at++) {
    toKeys[at] = keys[j]!
    toPlaces[at] = places[j]!
  }
}

/** Digits of 11 bits, three of each 32-bit word of a key. */
const radix = 2048
const digits = 6
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Of a record: the words of a key and its position, side by side in memory, so that each is moved to one place. */
const record = 3

/** The bits of the keys, in the order of the records, as unsigned integers that compare as the keys do; counts all their digits. */
function toWords(n: number, bits: Int32Array, records: Int32Array, counts: Int32Array): void {
  const first = littleEndian ? 0 : 1
  counts.fill(0)
  for (let i = 0; i < record * n; i += record) {
    const p = 2 * records[i + 2]!
    let l = bits[p + first]!
    let h = bits[p + 1 - first]!
    const magnitude = h & 0x7fffffff
    if (magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && l !== 0)) l = h = -1 // NaN
    else if (magnitude === 0 && l === 0) h = -0x80000000 // ±0
    else {
      const sign = h >> 31
      l ^= sign
      h ^= sign | -0x80000000
    }
    records[i] = l
    records[i + 1] = h
    counts[l & 2047]!++
    counts[radix + ((l >>> 11) & 2047)]!++
    counts[2 * radix + (l >>> 22)]!++
    counts[3 * radix + (h & 2047)]!++
    counts[4 * radix + ((h >>> 11) & 2047)]!++
    counts[5 * radix + (h >>> 22)]!++
  }
}

/** Sorts the records of the first array, using both; returns the one that holds the result. */
function byDigits(n: number, one: Int32Array, two: Int32Array, counts: Int32Array): Int32Array {
  let [source, target] = [one, two]
  for (let d = 0; d < digits; d++) {
    const word = d < 3 ? 0 : 1
    const shift = 11 * (d % 3)
    const base = d * radix
    // All have the same digit: nothing need move.
    if (counts[base + ((source[word]! >>> shift) & 2047)] === n) continue
    // Where the records with each digit begin.
    for (let k = base, sum = 0; k < base + radix; k++) {
      const c = counts[k]!
      counts[k] = sum
      sum += record * c
    }
    distribute(n, word, shift, base, counts, source, target)
    ;[source, target] = [target, source]
  }
  return source
}

function distribute(n: number, word: number, shift: number, base: number, counts: Int32Array, from: Int32Array, to: Int32Array): void {
  for (let i = 0; i < record * n; i += record) {
    const d = base + ((from[i + word]! >>> shift) & 2047)
    const at = counts[d]!
    counts[d] = at + record
    to[at] = from[i]!
    to[at + 1] = from[i + 1]!
    to[at + 2] = from[i + 2]!
  }
}

/** A sorter of lines of n elements; scratch memory is kept. The result is valid until the next call. */
export function makeOrder(n: number): (keys: readonly Float64Array[]) => Int32Array {
  const places = new Int32Array(n)
  if (n < long) {
    const more = new Int32Array(n)
    const [a, b] = [new Float64Array(n), new Float64Array(n)]
    return (keys) => {
      let now: Columns = { keys: a, places }
      let other: Columns = { keys: b, places: more }
      for (let i = 0; i < n; i++) places[i] = i
      for (let k = keys.length - 1; k >= 0; k--) {
        const line = keys[k]!
        for (let i = 0; i < n; i++) now.keys[i] = line[now.places[i]!]!
        const sorted = merge(n, now, other)
        if (sorted !== now) [now, other] = [other, now]
      }
      return now.places
    }
  }
  const [first, second] = [new Int32Array(record * n), new Int32Array(record * n)]
  const counts = new Int32Array(digits * radix)
  return (keys) => {
    let [now, other] = [first, second]
    for (let i = 0; i < n; i++) now[record * i + 2] = i
    for (let k = keys.length - 1; k >= 0; k--) {
      const line = keys[k]!
      toWords(n, new Int32Array(line.buffer, line.byteOffset, 2 * n), now, counts)
      const sorted = byDigits(n, now, other, counts)
      if (sorted !== now) [now, other] = [other, now]
    }
    for (let i = 0; i < n; i++) places[i] = now[record * i + 2]!
    return places
  }
}
