/**
 * Bits that are set, over pairs.
 *
 * Law: every lane has the value of the function of that name in `math`.
 */
import type { PairFunction } from './pairs'

export const popcount: PairFunction = (w, _fn, x) => {
  // Added to 1.5 · 2⁵², an integer is in the low word.
  const word = w.op('v128.and', w.add(x, w.number(6755399441055744)), w.bits(0, 0xffffffff))
  return w.op('f64x2.convert_low_i32x4_u', () => {
    const sums = w.let(w.op('i32x4.extadd_pairwise_i16x8_u', w.op('i16x8.extadd_pairwise_i8x16_u', w.op('i8x16.popcnt', word))))
    sums()
    sums()
    w.code.shuffleWords([0, 2, 0, 2])
  })
}
