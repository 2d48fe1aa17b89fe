/**
 * Bits that are set among the 32 of an integer, over blocks.
 *
 * Source: Warren, Hacker's Delight, 5-1: sums within pairs, fours and bytes, and a product that adds the bytes.
 */
import type { Block } from '../../ir/kernel'

/** How many bits are set. */
export const popcount: Block = (o, p, a, q, n) => {
  for (let j = 0; j < n; j = (j + 1) | 0) {
    let v = a[(q + j) | 0] | 0
    v -= (v >>> 1) & 0x55555555
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
    o[(p + j) | 0] = Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
}
