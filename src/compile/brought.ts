/**
 * The writers of moved elements (see `Written`) for programs without loops too: there once the whole library is loaded.
 *
 * Law: nothing but time tells whether they are there; without them JavaScript moves the elements.
 */
import type { Written } from '../ir/kernel'

/** What a program has that is in no loop which brings them. */
export let broughtToAll: Written | undefined

/** From now on all programs have these writers. */
export const bring = (writers: Written | undefined): void => void (broughtToAll = writers)
