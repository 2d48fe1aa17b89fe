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
const long = 4096
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

interface Words {
  readonly low: Uint32Array
  readonly high: Uint32Array
  readonly places: Int32Array
}

/** The bits of the keys, in the order of the places, as unsigned integers that compare as the keys do. */
function toWords(n: number, bits: Uint32Array, { low, high, places }: Words): void {
  const first = littleEndian ? 0 : 1
  for (let i = 0; i < n; i++) {
    const p = 2 * places[i]!
    let l = bits[p + first]!
    let h = bits[p + 1 - first]!
    const magnitude = h & 0x7fffffff
    if (magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && l !== 0)) l = h = 0xffffffff // NaN
    else if (magnitude === 0 && l === 0) h = 0x80000000 // ±0
    else if (h >>> 31 === 1) {
      l = ~l
      h = ~h
    } else h |= 0x80000000
    low[i] = l
    high[i] = h
  }
}

function byDigits(n: number, one: Words, two: Words, counts: Int32Array): Words {
  let [source, target] = [one, two]
  for (let d = 0; d < digits; d++) {
    const shift = 11 * (d % 3)
    const word = d < 3 ? source.low : source.high
    if (!count(n, word, shift, counts)) continue
    distribute(n, word, shift, counts, source.low, source.high, source.places, target.low, target.high, target.places)
    ;[source, target] = [target, source]
  }
  return source
}

/** Where the keys with each digit begin; false where all have the same digit, so that nothing need move. */
function count(n: number, word: Uint32Array, shift: number, counts: Int32Array): boolean {
  counts.fill(0)
  for (let i = 0; i < n; i++) counts[(word[i]! >>> shift) & 2047]!++
  if (counts[(word[0]! >>> shift) & 2047] === n) return false
  for (let k = 0, sum = 0; k < radix; k++) {
    const c = counts[k]!
    counts[k] = sum
    sum += c
  }
  return true
}

function distribute(n: number, word: Uint32Array, shift: number, counts: Int32Array, low: Uint32Array, high: Uint32Array, places: Int32Array, toLow: Uint32Array, toHigh: Uint32Array, toPlaces: Int32Array): void {
  for (let i = 0; i < n; i++) {
    const d = (word[i]! >>> shift) & 2047
    const at = counts[d]!
    counts[d] = at + 1
    toLow[at] = low[i]!
    toHigh[at] = high[i]!
    toPlaces[at] = places[i]!
  }
}

/** A sorter of lines of n elements; scratch memory is kept. The result is valid until the next call. */
export function makeOrder(n: number): (keys: readonly Float64Array[]) => Int32Array {
  const one = new Int32Array(n)
  const two = new Int32Array(n)
  if (n < long) {
    const [a, b] = [new Float64Array(n), new Float64Array(n)]
    return (keys) => {
      let now: Columns = { keys: a, places: one }
      let other: Columns = { keys: b, places: two }
      for (let i = 0; i < n; i++) one[i] = i
      for (let k = keys.length - 1; k >= 0; k--) {
        const line = keys[k]!
        for (let i = 0; i < n; i++) now.keys[i] = line[now.places[i]!]!
        const sorted = merge(n, now, other)
        if (sorted !== now) [now, other] = [other, now]
      }
      return now.places
    }
  }
  const words = (places: Int32Array): Words => ({ low: new Uint32Array(n), high: new Uint32Array(n), places })
  const [first, second] = [words(one), words(two)]
  const counts = new Int32Array(radix)
  return (keys) => {
    let [now, other] = [first, second]
    for (let i = 0; i < n; i++) now.places[i] = i
    for (let k = keys.length - 1; k >= 0; k--) {
      const line = keys[k]!
      toWords(n, new Uint32Array(line.buffer, line.byteOffset, 2 * n), now)
      const sorted = byDigits(n, now, other, counts)
      if (sorted !== now) [now, other] = [other, now]
    }
    return now.places
  }
}
