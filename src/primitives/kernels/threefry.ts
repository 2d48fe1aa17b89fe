/**
 * Threefry-2x32, block by block.
 *
 * Twenty rounds, written out; behind each four the key's words, which take turns, are added.
 */

/** The exclusive or of the key's three words. */
export const parity = 0x1bd11bda
/** By how many bits the second word is turned in each of four rounds, and in the next four. */
export const rotations: readonly (readonly number[])[] = [[13, 15, 26, 6], [17, 29, 16, 24]]

/** The blocks that the key makes of the counts start, start + 1, …: their first words and their second words, from `at` on. */
export function blocks(k0: number, k1: number, start: number, n: number, first: Float64Array, second: Float64Array, at: number): void {
  const k2 = k0 ^ k1 ^ parity
  for (let i = 0; i < n; i++) {
    const count = start + i
    let x = ((count >= 2 ** 32 ? 1 : 0) + k0) | 0
    let y = (count + k1) | 0
    x = (x + y) | 0
    y = ((y << 13) | (y >>> 19)) ^ x
    x = (x + y) | 0
    y = ((y << 15) | (y >>> 17)) ^ x
    x = (x + y) | 0
    y = ((y << 26) | (y >>> 6)) ^ x
    x = (x + y) | 0
    y = ((y << 6) | (y >>> 26)) ^ x
    x = (x + k1) | 0
    y = (y + k2 + 1) | 0
    x = (x + y) | 0
    y = ((y << 17) | (y >>> 15)) ^ x
    x = (x + y) | 0
    y = ((y << 29) | (y >>> 3)) ^ x
    x = (x + y) | 0
    y = ((y << 16) | (y >>> 16)) ^ x
    x = (x + y) | 0
    y = ((y << 24) | (y >>> 8)) ^ x
    x = (x + k2) | 0
    y = (y + k0 + 2) | 0
    x = (x + y) | 0
    y = ((y << 13) | (y >>> 19)) ^ x
    x = (x + y) | 0
    y = ((y << 15) | (y >>> 17)) ^ x
    x = (x + y) | 0
    y = ((y << 26) | (y >>> 6)) ^ x
    x = (x + y) | 0
    y = ((y << 6) | (y >>> 26)) ^ x
    x = (x + k0) | 0
    y = (y + k1 + 3) | 0
    x = (x + y) | 0
    y = ((y << 17) | (y >>> 15)) ^ x
    x = (x + y) | 0
    y = ((y << 29) | (y >>> 3)) ^ x
    x = (x + y) | 0
    y = ((y << 16) | (y >>> 16)) ^ x
    x = (x + y) | 0
    y = ((y << 24) | (y >>> 8)) ^ x
    x = (x + k1) | 0
    y = (y + k2 + 4) | 0
    x = (x + y) | 0
    y = ((y << 13) | (y >>> 19)) ^ x
    x = (x + y) | 0
    y = ((y << 15) | (y >>> 17)) ^ x
    x = (x + y) | 0
    y = ((y << 26) | (y >>> 6)) ^ x
    x = (x + y) | 0
    y = ((y << 6) | (y >>> 26)) ^ x
    x = (x + k2) | 0
    y = (y + k0 + 5) | 0
    first[at + i] = x >>> 0
    second[at + i] = y >>> 0
  }
}
