/**
 * Finding faults: derivatives against differences, where NaNs come from, kinks, lost digits.
 *
 * Example: debug.checkGrads((x, y) => np.multiply(np.sin(x), y), [1, 2])
 */
export { checkGrads, type CheckGradsOptions } from './check-grads'
export { Kinks, kinks, type Kink } from './kinks'
export { nans } from './nans'
export { Roundoff, roundoff, type Rounding } from './roundoff'
