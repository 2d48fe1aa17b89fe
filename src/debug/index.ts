/**
 * Finding faults: derivatives against differences, and where NaNs come from.
 *
 * Example: debug.checkGrads((x, y) => np.multiply(np.sin(x), y), [1, 2])
 */
export { checkGrads, type CheckGradsOptions } from './check-grads'
export { nans } from './nans'
