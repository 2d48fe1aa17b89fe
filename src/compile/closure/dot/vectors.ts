/**
 * Products with a vector: vector · vector, matrix · vector by rows and by columns.
 *
 * The order is that of tiles.ts.
 */
import type { Factor } from '../../loop/types'
import { block } from '../../tiles'

/** One element: Σₖ a[p + k·da] b[q + k·db]; four blocks at a time, as one chain of additions waits for each sum. */
export function dotVectors(a: Float64Array, p: number, da: number, b: Float64Array, q: number, db: number, k: number, o: Float64Array, to: number): void {
  let sum = 0
  let at = 0
  // Multiples are made before the loops: V8 would check each product for overflow inside.
  const pa = (block * da) | 0, pa2 = (2 * pa) | 0, pa3 = (3 * pa) | 0
  const pb = (block * db) | 0, pb2 = (2 * pb) | 0, pb3 = (3 * pb) | 0
  for (; at + 4 * block <= k; at += 4 * block) {
    let s = 0, t = 0, u = 0, v = 0
    let i = (p + at * da) | 0
    let j = (q + at * db) | 0
    for (let n = block; n > 0; n = (n - 1) | 0) {
      s += a[i] * b[j]
      t += a[(i + pa) | 0] * b[(j + pb) | 0]
      u += a[(i + pa2) | 0] * b[(j + pb2) | 0]
      v += a[(i + pa3) | 0] * b[(j + pb3) | 0]
      i = (i + da) | 0
      j = (j + db) | 0
    }
    sum = at === 0 ? s + t + u + v : sum + s + t + u + v
  }
  for (; at < k; at += block) {
    let s = 0
    let i = (p + at * da) | 0
    let j = (q + at * db) | 0
    for (let n = Math.min(block, k - at); n > 0; n = (n - 1) | 0) {
      s += a[i] * b[j]
      i = (i + da) | 0
      j = (j + db) | 0
    }
    sum = at === 0 ? s : sum + s
  }
  o[to] = sum
}

/** o[to + i·step] = Σₖ a[p + i·free + k·contract] b[q + k·db] for m rows, four at a time. */
export function byRows(a: Float64Array, p: number, f: Factor, b: Float64Array, q: number, db: number, m: number, k: number, o: Float64Array, to: number, step: number): void {
  const da = f.contract | 0
  const df = f.free | 0, df2 = (2 * df) | 0, df3 = (3 * df) | 0
  let i = 0
  for (; i + 4 <= m; i += 4) {
    const r = p + i * df
    const at = to + i * step
    for (let from = 0; from < k; from += block) {
      let s = 0, t = 0, u = 0, v = 0
      let e = (r + from * da) | 0
      let j = (q + from * db) | 0
      for (let n = Math.min(block, k - from); n > 0; n = (n - 1) | 0) {
        const x = b[j]
        s += a[e] * x
        t += a[(e + df) | 0] * x
        u += a[(e + df2) | 0] * x
        v += a[(e + df3) | 0] * x
        e = (e + da) | 0
        j = (j + db) | 0
      }
      if (from === 0) {
        o[at] = s
        o[at + step] = t
        o[at + 2 * step] = u
        o[at + 3 * step] = v
      } else {
        o[at] += s
        o[at + step] += t
        o[at + 2 * step] += u
        o[at + 3 * step] += v
      }
    }
  }
  for (; i < m; i++) dotVectors(a, p + i * df, da, b, q, db, k, o, to + i * step)
}

/** The same where rows of a are columns of memory (free = 1): whole rows of memory are added, four at a time, into `s`. */
export function byColumns(a: Float64Array, p: number, contract: number, b: Float64Array, q: number, db: number, m: number, k: number, o: Float64Array, to: number, s: Float64Array): void {
  for (let start = 0; start < m; start += s.length) {
    const n = Math.min(s.length, m - start)
    for (let from = 0; from < k; from += block) {
      const end = Math.min(k, from + block)
      s.fill(0, 0, n)
      let r = from
      for (; r + 4 <= end; r += 4) addFour(a, p + start + r * contract, contract, b[q + r * db]!, b[q + (r + 1) * db]!, b[q + (r + 2) * db]!, b[q + (r + 3) * db]!, s, n)
      for (; r < end; r++) addOne(a, p + start + r * contract, b[q + r * db]!, s, n)
      if (from === 0) for (let i = 0; i < n; i++) o[to + start + i] = s[i]!
      else for (let i = 0; i < n; i++) o[to + start + i] += s[i]!
    }
  }
}

function addFour(a: Float64Array, p: number, d: number, w: number, x: number, y: number, z: number, s: Float64Array, n: number): void {
  const q = (p + d) | 0, r = (q + d) | 0, t = (r + d) | 0
  for (let i = 0; i < n; i = (i + 1) | 0) s[i] = s[i] + a[(p + i) | 0] * w + a[(q + i) | 0] * x + a[(r + i) | 0] * y + a[(t + i) | 0] * z
}

function addOne(a: Float64Array, p: number, x: number, s: Float64Array, n: number): void {
  for (let i = 0; i < n; i = (i + 1) | 0) s[i] = s[i] + a[(p + i) | 0] * x
}
