/**
 * nans: makes every NaN an error that names the equation and the user's line in which it appeared.
 *
 * Example: debug.nans(true); np.log(-1) // throws NaNError: a NaN appeared in equation 0 (log) …
 * Source: `jax_debug_nans`.
 */
import { setWatch } from '../compile/watch'
import { keepSources } from '../ir/lines'
import { stepwise } from './stepwise'

/**
 * Turns the watch on or off; gives what it was. While it is on everything runs equation by equation, also what was
 * compiled before; lines are known for what is traced from then on.
 */
export function nans(on: boolean): boolean {
  keepSources(on)
  return setWatch(on ? stepwise : undefined) !== undefined
}
