/**
 * Acyclic colouring of a symmetric pattern, and the substitution by which its entries are recovered.
 *
 * Law: neighbours differ, and no cycle has two colours; so for every pair of colours the entries between them form a
 * forest. A leaf's entry is read from its product; taken away, it leaves a smaller forest: every entry is a product less
 * a sum of entries found before. A star colouring is acyclic, with nothing to take away.
 * Source: Coleman & Cai 1986 (cyclic colouring); Gebremedhin, Tarafdar, Manne & Pothen 2007, "New acyclic and star
 * coloring algorithms with application to computing Hessians", section 3; recovery as in Gebremedhin et al. 2009, section 4.
 */
import type { Pattern } from './pattern'

/** The two ends of every entry share the number of their edge; entries on the diagonal have −1. */
export function edgesOf({ height, start, cols }: Pattern): Int32Array {
  const edge = new Int32Array(cols.length).fill(-1)
  const next = start.slice(0, height)
  let count = 0
  // Rows are met in order, so entry (j, i) with i > j is the next one of row j above the diagonal.
  for (let i = 0; i < height; i++)
    for (let k = start[i]!; k < start[i + 1]! && cols[k]! < i; k++) {
      const j = cols[k]!
      while (cols[next[j]!]! <= j) next[j]!++
      edge[k] = count
      edge[next[j]!++] = count++
    }
  return edge
}

/** Disjoint sets with path halving. */
class Forest {
  readonly #parent: Int32Array

  constructor(n: number) {
    this.#parent = Int32Array.from({ length: n }, (_, i) => i)
  }

  find(e: number): number {
    const parent = this.#parent
    while (parent[e] !== e) e = parent[e] = parent[parent[e]!]!
    return e
  }

  join(a: number, b: number): void {
    this.#parent[this.find(a)] = this.find(b)
  }
}

/** Greedy acyclic colours, vertex by vertex; those of `isHub` get none. Two-coloured trees are kept as disjoint sets of edges. */
export function acyclic(p: Pattern, isHub: Uint8Array): { colours: Int32Array; count: number } {
  const { height: n, start, cols } = p
  const edge = edgesOf(p)
  const trees = new Forest(edge.length)
  const colours = new Int32Array(n).fill(-1)
  const forbidden = new Int32Array(n + 1).fill(-1)
  // From where v was first led into a tree, and its first neighbour of a colour.
  const reachedBy = new Int32Array(edge.length).fill(-1)
  const reachedFrom = new Int32Array(edge.length)
  const metBy = new Int32Array(n + 1).fill(-1)
  const metAt = new Int32Array(n + 1)
  let count = 0
  for (let v = 0; v < n; v++) {
    if (isHub[v]) continue
    const [begin, end] = [start[v]!, start[v + 1]!]
    for (let k = begin; k < end; k++) if (colours[cols[k]!]! >= 0) forbidden[colours[cols[k]!]!] = v
    for (let k = begin; k < end; k++) {
      const w = cols[k]!
      if (w === v || colours[w]! < 0) continue
      for (let q = start[w]!; q < start[w + 1]!; q++) {
        const x = cols[q]!
        if (x === w || colours[x]! < 0 || forbidden[colours[x]!] === v) continue
        // A second way into one tree: with the colour of x, v would close a cycle through it.
        const tree = trees.find(edge[q]!)
        if (reachedBy[tree] !== v) {
          reachedBy[tree] = v
          reachedFrom[tree] = w
        } else if (reachedFrom[tree] !== w) forbidden[colours[x]!] = v
      }
    }
    let c = 0
    while (forbidden[c] === v) c++
    colours[v] = c
    count = Math.max(count, c + 1)
    for (let k = begin; k < end; k++) {
      const w = cols[k]!
      const b = colours[w]!
      if (w === v || b < 0) continue
      if (metBy[b] === v) trees.join(edge[k]!, edge[metAt[b]!]!)
      else {
        metBy[b] = v
        metAt[b] = k
      }
      for (let q = start[w]!; q < start[w + 1]!; q++) if (cols[q] !== v && colours[cols[q]!] === c) trees.join(edge[k]!, edge[q]!)
    }
  }
  return { colours, count }
}

/**
 * The order of a substitution. Step t finds x = products[at[t]] − sums[own[t]], and adds it to sums[other[t]]; entry k is
 * what step step[k] found. `own` is −1 where nothing is taken away, `other` where nobody asks.
 */
export interface Substitution {
  readonly at: Int32Array
  readonly own: Int32Array
  readonly other: Int32Array
  readonly step: Int32Array
  readonly sums: number
}

/** The substitution for an acyclic colouring; `place` says where element i of a product stands. */
export function substitution(p: Pattern, colours: Int32Array, place: (product: number, i: number) => number): Substitution {
  const { height: n, start, cols } = p
  const nnz = cols.length
  const edge = edgesOf(p)
  // The entries of a row whose columns have one colour are a group: their sum is what the product shows.
  const group = new Int32Array(nnz)
  const rowOf = new Int32Array(nnz)
  const left = new Int32Array(nnz)
  // The exclusive or of the entries that a group has left: when there is but one, it is this.
  const rest = new Int32Array(nnz)
  const [seenBy, seen] = [new Int32Array(n + 1).fill(-1), new Int32Array(n + 1)]
  let groups = 0
  for (let i = 0; i < n; i++)
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const c = colours[cols[k]!]!
      if (seenBy[c] !== i) {
        seenBy[c] = i
        seen[c] = groups++
      }
      group[k] = seen[c]!
      rowOf[k] = i
      left[seen[c]!]!++
      rest[seen[c]!]! ^= k
    }
  const mirror = mirrors(edge)
  const [at, own, other] = [new Int32Array(nnz), new Int32Array(nnz), new Int32Array(nnz)]
  const step = new Int32Array(nnz).fill(-1)
  const sumOf = new Int32Array(groups).fill(-1)
  let [steps, sums] = [0, 0]
  const ready: number[] = []
  for (let g = 0; g < groups; g++) if (left[g] === 1) ready.push(g)
  for (let g = ready.pop(); g !== undefined; g = ready.pop()) {
    if (left[g] !== 1) continue
    const k = rest[g]!
    const m = mirror[k]!
    at[steps] = place(colours[cols[k]!]!, rowOf[k]!)
    own[steps] = sumOf[g]!
    other[steps] = -1
    step[k] = step[m] = steps
    left[g] = 0
    if (m !== k) {
      const h = group[m]!
      rest[h]! ^= m
      if (--left[h]! > 0) {
        if (sumOf[h] === -1) sumOf[h] = sums++
        other[steps] = sumOf[h]!
        if (left[h] === 1) ready.push(h)
      }
    }
    steps++
  }
  return { at: at.slice(0, steps), own: own.slice(0, steps), other: other.slice(0, steps), step, sums }
}

/** For each entry the one on the other side of the diagonal. */
function mirrors(edge: Int32Array): Int32Array {
  const first = new Int32Array(edge.length).fill(-1)
  const mirror = Int32Array.from(edge, (_, k) => k)
  for (let k = 0; k < edge.length; k++) {
    const e = edge[k]!
    if (e < 0) continue
    if (first[e]! < 0) first[e] = k
    else {
      mirror[k] = first[e]!
      mirror[first[e]!] = k
    }
  }
  return mirror
}
