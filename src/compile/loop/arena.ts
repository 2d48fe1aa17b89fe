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

/** Says where the next part may begin. */
type Up = (at: number, size: number) => number

/** At vectors, larger ones at lines of the cache. */
const close: Up = (at, size) => (size < 64 ? 2 * Math.ceil(at / 2) : 8 * Math.ceil(at / 8))

/** Doubles of a page, how far from its ends large parts begin, and from which size on a part is large. */
const [page, margin, large] = [512, 48, 256]

/**
 * At every second line of the cache, as some processors bring lines in pairs. Large parts not near the ends of a page, as arrays of the caller's begin there: a copy to a few bytes further on within a page
 * than it comes from takes ten times as long, because each of its loads seems to wait for the store before it.
 */
const apart: Up = (at, size) => {
  const next = 16 * Math.ceil(at / 16)
  const on = next % page
  return size < large || (on >= margin && on <= page - margin) ? next : next + ((page + margin - on) % page)
}

/** Parts from which on looking at all others for each takes too long. */
const many = 4096

/** Puts each part where no part is that is needed with it; says where the last one ends. `copied`: from and to arrays of the caller's. */
export const place = (parts: readonly Part[], copied = false): number => (parts.length < many ? bySize : inTurn)(parts, copied ? apart : close)

/** The largest first, each into the first room that it fits. */
function bySize(parts: readonly Part[], up: Up): number {
  const placed: Part[] = []
  let top = 0
  for (const part of [...parts].sort((a, b) => b.size - a.size)) {
    part.at = up(0, part.size)
    let before = 0
    placed.every((p, i) => {
      if (p.from <= part.to && part.from <= p.to) {
        if (p.at >= part.at + part.size) return false
        part.at = Math.max(part.at, up(p.at + p.size, part.size))
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
function inTurn(parts: readonly Part[], up: Up): number {
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
    part.at = room ?? up(top, part.size)
    top = Math.max(top, part.at + part.size)
  }
  return top
}
