/**
 * Colouring: columns (or rows) that no row (column) has in common are evaluated in one pass.
 *
 * Law: by the colours every entry can be read off one compressed product. Columns of one colour share no row (distance-2
 * colouring of the bipartite graph); a few dense rows may be left to reverse mode, or a few dense columns to forward
 * mode, so that they do not force the others apart; symmetric matrices need but a star colouring: neighbours differ, and
 * no path of four vertices has two colours. Acyclic colourings stand in a file of their own.
 * Source: Coleman & Moré 1983; Coleman & Verma 1998 (bidirectional); Gebremedhin, Manne & Pothen 2005, "What color is
 * your Jacobian?"; Gebremedhin, Tarafdar, Manne & Pothen 2007, algorithm 4.1 (star).
 */
import type { Pattern } from './pattern'
import { acyclic, edgesOf } from './sparse-acyclic'

/** Which columns go forward together, and which rows go backward together; −1 of those that do not. */
export interface Colouring {
  readonly columns: Int32Array
  readonly forward: number
  readonly rows: Int32Array
  readonly reverse: number
  /** Where an entry has both colours: which product it is read from. */
  readonly from: 'forward' | 'reverse'
}

/**
 * How passes are shared. Jacobians: by columns (forward), rows (reverse) or both. Hessians: by columns without the use of
 * symmetry, by a star colouring (every entry is read directly), or an acyclic one (fewer colours; entries by substitution).
 */
export type ColouringKind = 'auto' | 'column' | 'row' | 'bidirectional' | 'star' | 'acyclic'
export type JacobianColouring = Exclude<ColouringKind, 'star' | 'acyclic'>
export type HessianColouring = Exclude<ColouringKind, 'row' | 'bidirectional'>

/** A reverse pass costs about this many forward ones. */
export const reverseCost = 1.5
/** Passes in both directions must save this share of them. */
const worthwhile = 0.7

/** The same entries by columns. */
export function transposed({ height, width, start, cols }: Pattern): Pattern {
  const counts = new Int32Array(width + 1)
  for (const c of cols) counts[c + 1]!++
  for (let c = 0; c < width; c++) counts[c + 1]! += counts[c]!
  const next = counts.slice(0, width)
  const rows = new Int32Array(cols.length)
  for (let i = 0; i < height; i++) for (let k = start[i]!; k < start[i + 1]!; k++) rows[next[cols[k]!]!++] = i
  return { height: width, width: height, start: counts, cols: rows }
}

const lengths = (p: Pattern): Int32Array => Int32Array.from({ length: p.height }, (_, i) => p.start[i + 1]! - p.start[i]!)

const most = (xs: Int32Array): number => xs.reduce((m, x) => Math.max(m, x), 0)

/** Positions by decreasing value, ties in their order. */
const decreasing = (xs: Int32Array | Float64Array): number[] => Array.from(xs, (_, i) => i).sort((a, b) => xs[b]! - xs[a]! || a - b)

interface Colours {
  readonly colours: Int32Array
  readonly count: number
}

/** Greedy distance-2 colouring of `items`, in that order: rows of `lines` are what they conflict by, but for those skipped. */
function greedy(items: Iterable<number>, byItem: Pattern, byLine: Pattern, skip?: Uint8Array): Colours {
  const colours = new Int32Array(byItem.height).fill(-1)
  const forbidden = new Int32Array(byItem.height + 1).fill(-1)
  let count = 0
  for (const v of items) {
    for (let k = byItem.start[v]!; k < byItem.start[v + 1]!; k++) {
      const line = byItem.cols[k]!
      if (skip?.[line]) continue
      for (let q = byLine.start[line]!; q < byLine.start[line + 1]!; q++) {
        const c = colours[byLine.cols[q]!]!
        if (c >= 0) forbidden[c] = v
      }
    }
    let c = 0
    while (forbidden[c] === v) c++
    colours[v] = c
    count = Math.max(count, c + 1)
  }
  return { colours, count }
}

/** In the order given, and if that is not the least possible, by decreasing degree: the better of the two. */
function coloured(items: readonly number[], byItem: Pattern, byLine: Pattern, skip?: Uint8Array): Colours {
  const lines = lengths(byLine)
  let least = 0
  lines.forEach((n, i) => {
    if (!skip?.[i]) least = Math.max(least, n)
  })
  // A line that has everything sets all apart.
  if (least === byItem.height) {
    const colours = new Int32Array(byItem.height).fill(-1)
    items.forEach((v, c) => (colours[v] = c))
    return { colours, count: items.length }
  }
  const first = greedy(items, byItem, byLine, skip)
  if (first.count <= least || items.length < 3) return first
  const degree = new Float64Array(byItem.height)
  for (const v of items) for (let k = byItem.start[v]!; k < byItem.start[v + 1]!; k++) if (!skip?.[byItem.cols[k]!]) degree[v]! += lines[byItem.cols[k]!]! - 1
  const second = greedy([...items].sort((a, b) => degree[b]! - degree[a]!), byItem, byLine, skip)
  return second.count < first.count ? second : first
}

const everything = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** How many of the longest lines to take out, so that passes for these and for the longest that is left cost least. */
function outliers(sizes: Int32Array, order: readonly number[], each: number, others: number): { count: number; cost: number } {
  let best = { count: 0, cost: others * (order.length > 0 ? sizes[order[0]!]! : 0) }
  for (let k = 1; k <= order.length; k++) {
    const cost = each * k + others * (k < order.length ? sizes[order[k]!]! : 0)
    if (cost < best.cost) best = { count: k, cost }
    if (each * k >= best.cost) break
  }
  return best
}

/** Columns by forward mode, but for `count` rows that reverse mode gives. */
function byColumns(p: Pattern, t: Pattern, order: readonly number[], count: number): Colouring {
  const out = order.slice(0, count)
  const skip = new Uint8Array(p.height)
  for (const i of out) skip[i] = 1
  const needed = everything(p.width).filter((j) => {
    for (let k = t.start[j]!; k < t.start[j + 1]!; k++) if (!skip[t.cols[k]!]) return true
    return false
  })
  const columns = coloured(needed, t, p, skip)
  const rows = count > 0 ? coloured(out.sort((a, b) => a - b), p, t) : { colours: new Int32Array(p.height).fill(-1), count: 0 }
  return { columns: columns.colours, forward: columns.count, rows: rows.colours, reverse: rows.count, from: 'reverse' }
}

const mirrored = (c: Colouring): Colouring => ({ columns: c.rows, forward: c.reverse, rows: c.columns, reverse: c.forward, from: c.from === 'forward' ? 'reverse' : 'forward' })

/** The passes that give all entries of a Jacobian. */
export function colourJacobian(p: Pattern, kind: JacobianColouring): Colouring {
  const t = transposed(p)
  if (kind === 'column') return byColumns(p, t, [], 0)
  if (kind === 'row') return mirrored(byColumns(t, p, [], 0))
  const [rowSizes, colSizes] = [lengths(p), lengths(t)]
  const one = Math.min(most(rowSizes), reverseCost * most(colSizes))
  const [rowOrder, colOrder] = [decreasing(rowSizes), decreasing(colSizes)]
  const rowsOut = outliers(rowSizes, rowOrder, reverseCost, 1)
  const colsOut = outliers(colSizes, colOrder, 1, reverseCost)
  const both = Math.min(rowsOut.cost, colsOut.cost)
  if (kind === 'bidirectional' || both < worthwhile * one)
    return rowsOut.cost <= colsOut.cost ? byColumns(p, t, rowOrder, rowsOut.count) : mirrored(byColumns(t, p, colOrder, colsOut.count))
  return most(rowSizes) <= one ? byColumns(p, t, [], 0) : mirrored(byColumns(t, p, [], 0))
}

/** The pattern together with its mirror image. */
export function symmetric(p: Pattern): Pattern {
  const t = transposed(p)
  if (t.cols.length === p.cols.length && t.start.every((s, i) => s === p.start[i]) && t.cols.every((c, k) => c === p.cols[k])) return p
  const start = new Int32Array(p.height + 1)
  const cols = new Int32Array(2 * p.cols.length)
  let end = 0
  for (let i = 0; i < p.height; i++) {
    const merged = new Set([...p.cols.subarray(p.start[i]!, p.start[i + 1]!), ...t.cols.subarray(t.start[i]!, t.start[i + 1]!)])
    const row = Int32Array.from(merged).sort()
    cols.set(row, end)
    start[i + 1] = end += row.length
  }
  return { ...p, start, cols: cols.slice(0, end) }
}

/** A star colouring of a symmetric pattern's graph; vertices of `hubs` get colours of their own. */
function star(p: Pattern, hubs: readonly number[]): Colours {
  const n = p.height
  const { start, cols } = p
  const edge = edgesOf(p)
  const colours = new Int32Array(n).fill(-1)
  const isHub = new Uint8Array(n)
  for (const h of hubs) isHub[h] = 1
  const forbidden = new Int32Array(n + 1).fill(-1)
  const seenBy = new Int32Array(n + 1).fill(-1)
  const seenAt = new Int32Array(n + 1)
  const treated = new Int32Array(n).fill(-1)
  const starOf = new Int32Array(edge.length)
  const hubOf = new Int32Array(edge.length + 1)
  let stars = 0
  let count = 0
  const counts = (v: number, x: number): boolean => x !== v && colours[x]! >= 0 && !isHub[x]
  const treat = (v: number, w: number): void => {
    for (let q = start[w]!; q < start[w + 1]!; q++) if (counts(v, cols[q]!)) forbidden[colours[cols[q]!]!] = v
    treated[w] = v
  }
  for (let v = 0; v < n; v++) {
    if (isHub[v]) continue
    for (let k = start[v]!; k < start[v + 1]!; k++) {
      const w = cols[k]!
      if (!counts(v, w)) continue
      const c = colours[w]!
      forbidden[c] = v
      if (seenBy[c] === v) {
        // Two neighbours of one colour: v would be the hub of their star, whose other leaves must not have v's colour.
        const q = cols[seenAt[c]!]!
        if (treated[q] !== v) treat(v, q)
        treat(v, w)
        continue
      }
      seenBy[c] = v
      seenAt[c] = k
      for (let q = start[w]!; q < start[w + 1]!; q++) {
        const x = cols[q]!
        if (counts(v, x) && hubOf[starOf[edge[q]!]!] === x) forbidden[colours[x]!] = v
      }
    }
    let c = 0
    while (forbidden[c] === v) c++
    colours[v] = c
    count = Math.max(count, c + 1)
    for (let k = start[v]!; k < start[v + 1]!; k++) {
      const w = cols[k]!
      if (counts(v, w)) join(v, w, k)
    }
  }
  for (const h of hubs) colours[h] = count++
  return { colours, count }

  /** Puts the edge between v and w, entry k, into the star that it belongs to. */
  function join(v: number, w: number, k: number): void {
    for (let q = start[w]!; q < start[w + 1]!; q++) {
      const x = cols[q]!
      if (!counts(v, x) || colours[x] !== colours[v]) continue
      starOf[edge[k]!] = starOf[edge[q]!]!
      hubOf[starOf[edge[k]!]!] = w
      return
    }
    const first = seenAt[colours[w]!]!
    if (cols[first] !== w) {
      starOf[edge[k]!] = starOf[edge[first]!]!
      hubOf[starOf[edge[k]!]!] = v
      return
    }
    starOf[edge[k]!] = stars
    hubOf[stars++] = -1
  }
}

/** Colours of the columns of a symmetric matrix, of which the products give all entries, by symmetry unless by 'column'. */
export function colourHessian(p: Pattern, kind: HessianColouring = 'auto'): Colouring {
  const n = p.height
  const none = { rows: new Int32Array(n).fill(-1), reverse: 0, from: 'forward' as const }
  if (p.cols.length === n * n) return { ...none, columns: Int32Array.from({ length: n }, (_, i) => i), forward: n }
  if (kind === 'column') return byColumns(p, p, [], 0)
  const degrees = lengths(p)
  const order = decreasing(degrees)
  const out = outliers(degrees, order, 1, 1)
  const hubs = out.count > 0 && out.cost < worthwhile * degrees[order[0]!]! ? order.slice(0, out.count) : []
  const stars = star(p, hubs)
  const { colours, count } = kind === 'acyclic' ? fewer(acyclicWith(p, hubs), stars) : stars
  return { ...none, columns: colours, forward: count }
}

const fewer = (a: Colours, b: Colours): Colours => (a.count <= b.count ? a : b)

/** An acyclic colouring; hubs get colours of their own. */
function acyclicWith(p: Pattern, hubs: readonly number[]): Colours {
  const isHub = new Uint8Array(p.height)
  for (const h of hubs) isHub[h] = 1
  const { colours, count } = acyclic(p, isHub)
  hubs.forEach((h, i) => (colours[h] = count + i))
  return { colours, count: count + hubs.length }
}
