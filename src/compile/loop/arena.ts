/**
 * The arena of a kernel: parts that have their memory for a while, and what is left of it others.
 *
 * Law: two parts share memory only if no step needs both.
 * Source: the greedy placement by size of Pisarchyk & Lee, "Efficient memory management for deep neural net inference" (2020).
 */

export interface Part {
  at: number
  size: number
  /** The steps that need it: from the first (−1: before all) to the last. */
  readonly from: number
  readonly to: number
}

export const partOf = (size: number, from: number, to: number): Part => ({ at: 0, size, from, to })

/** Where the next part may begin: at every second line of the cache, as some processors bring lines in pairs. */
const up = (at: number): number => 16 * Math.ceil(at / 16)

/** Parts from which on looking at all others for each takes too long. */
const many = 4096

/** Puts each part where no part is that is needed with it; says where the last one ends. */
export const place = (parts: readonly Part[]): number => (parts.length < many ? bySize(parts) : inTurn(parts))

/** The largest first, each into the first room that it fits. */
function bySize(parts: readonly Part[]): number {
  const placed: Part[] = []
  let top = 0
  for (const part of [...parts].sort((a, b) => b.size - a.size)) {
    part.at = 0
    let before = 0
    placed.every((p, i) => {
      if (p.from <= part.to && part.from <= p.to) {
        if (p.at >= part.at + part.size) return false
        part.at = Math.max(part.at, up(p.at + p.size))
      }
      if (p.at <= part.at) before = i + 1
      return true
    })
    placed.splice(before, 0, part)
    top = Math.max(top, part.at + part.size)
  }
  return top
}

/** Step by step, each into the room of one of its size that is over. */
function inTurn(parts: readonly Part[]): number {
  const free = new Map<number, number[]>()
  const over = [...parts].sort((a, b) => a.to - b.to)
  let [done, top] = [0, 0]
  for (const part of [...parts].sort((a, b) => a.from - b.from)) {
    for (; over[done]!.to < part.from; done++) {
      const { at, size } = over[done]!
      const list = free.get(size)
      if (list) list.push(at)
      else free.set(size, [at])
    }
    const room = free.get(part.size)?.pop()
    part.at = room ?? top
    if (room === undefined) top = up(top + part.size)
  }
  return top
}
