/**
 * Minimum cuts of small networks.
 *
 * Law: the cut has the least capacity; of several, the one with the fewest nodes on the side of the sink.
 * Source: Edmonds & Karp, "Theoretical improvements in algorithmic efficiency for network flow problems", J. ACM 19 (1972).
 */

export type Edge = readonly [from: number, to: number, capacity: number]

/** Whether each of n nodes is on the sink's side. */
export function sinkSide(n: number, source: number, sink: number, edges: readonly Edge[]): readonly boolean[] {
  const to: number[] = []
  const left: number[] = []
  const out: number[][] = Array.from({ length: n }, () => [])
  const half = (a: number, b: number, c: number): void => {
    out[a]!.push(to.length)
    to.push(b)
    left.push(c)
  }
  for (const [a, b, c] of edges) {
    half(a, b, c)
    half(b, a, 0)
  }
  /** Nodes in the order of a walk from `start` over edges that `open` lets through, and the edge by which each was met. */
  const walk = (start: number, open: (edge: number) => boolean): Int32Array => {
    const met = new Int32Array(n).fill(-1)
    met[start] = -2
    const queue = [start]
    for (let i = 0; i < queue.length; i++)
      for (const e of out[queue[i]!]!)
        if (met[to[e]!] === -1 && open(e)) {
          met[to[e]!] = e
          queue.push(to[e]!)
        }
    return met
  }
  for (;;) {
    const met = walk(source, (e) => left[e]! > 0)
    if (met[sink] === -1) break
    let flow = Infinity
    for (let v = sink; v !== source; v = to[met[v]! ^ 1]!) flow = Math.min(flow, left[met[v]!]!)
    // Nothing bounds it: there is no cut, and everything stays with the source.
    if (flow === Infinity) return Array.from({ length: n }, (_, v) => v === sink)
    for (let v = sink; v !== source; v = to[met[v]! ^ 1]!) {
      const e = met[v]!
      left[e]! -= flow
      left[e ^ 1]! += flow
    }
  }
  // What reaches the sink: edges against their direction.
  return Array.from(walk(sink, (e) => left[e ^ 1]! > 0), (e) => e !== -1)
}
