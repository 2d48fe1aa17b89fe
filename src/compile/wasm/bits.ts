/**
 * Bits that are set, over pairs.
 *
 * Law: every lane has the value of the function of that name in `math`, by the same sums.
 */
import type { Pair, PairFunction } from './pairs'

export const popcount: PairFunction = (w, _fn, x) => {
  const and = (y: Pair, low: number): Pair => w.op('v128.and', y, w.bits(0, low))
  const add = (y: Pair, z: Pair): Pair => w.let(w.op('i64x2.add', y, z))
  const right = (y: Pair, by: number): Pair => w.shift('i64x2.shr_u', y, by)
  // Added to 1.5 · 2⁵², an integer is in the low word.
  const word = w.let(and(w.add(x, w.number(6755399441055744)), 0xffffffff))
  const twos = w.let(w.op('i64x2.sub', word, and(right(word, 1), 0x55555555)))
  const fours = add(and(twos, 0x33333333), and(right(twos, 2), 0x33333333))
  const eights = w.let(and(add(fours, right(fours, 4)), 0x0f0f0f0f))
  const halves = add(eights, right(eights, 8))
  const all = and(add(halves, right(halves, 16)), 63)
  return w.sub(w.op('v128.or', all, w.bits(0x43300000, 0)), w.number(2 ** 52))
}
