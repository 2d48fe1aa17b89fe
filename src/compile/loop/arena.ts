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

/** Elements from which on parts begin at lines of the cache: others at vectors. */
const few = 64

/** Puts each part, the largest first, where no part is that is needed with it; says where the last one ends. */
export function place(parts: readonly Part[]): number {
  const placed: Part[] = []
  let top = 0
  for (const part of [...parts].sort((a, b) => b.size - a.size)) {
    part.at = 0
    const unit = part.size < few ? 2 : 8
    for (const p of placed) {
      if (p.from > part.to || part.from > p.to) continue
      if (p.at >= part.at + part.size) break
      part.at = Math.max(part.at, unit * Math.ceil((p.at + p.size) / unit))
    }
    top = Math.max(top, part.at + part.size)
    let i = placed.length
    while (i > 0 && placed[i - 1]!.at > part.at) i--
    placed.splice(i, 0, part)
  }
  return top
}
