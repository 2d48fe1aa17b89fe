/**
 * What runs programs again fast: the compilers, and the memory of what was derived.
 *
 * Law: nothing but time tells whether they are there. They are handed in where compilation is asked for or loops are made,
 * and by `ready.ts` when the whole library is loaded.
 */
import { heat } from '../compile/compilers'
import { Derivations } from './derivations'
import { remember } from './program'

/** From now on programs that run again are compiled, and what was derived from them is found again. */
export function warm(): void {
  heat()
  remember(() => new Derivations())
}
