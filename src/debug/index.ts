/**
 * Finding faults: derivatives against differences, where NaNs come from, kinks, lost digits, values while programs run.
 *
 * Example: debug.checkGrads((x, y) => np.multiply(np.sin(x), y), [1, 2])
 */
export { callback } from './callback'
export { checkGrads, type CheckGradsOptions } from './check-grads'
export { Kinks, kinks, type Kink } from './kinks'
export { nans } from './nans'
export { print, type Print, type Sink } from './print'
export { Roundoff, roundoff, type Rounding } from './roundoff'
