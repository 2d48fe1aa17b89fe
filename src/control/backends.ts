/**
 * The backends by name, and which of them runs what.
 *
 * Law: each gives the same bits. What an environment refuses (generated code, under a strict Content-Security-Policy) is
 * replaced silently by the closure backend.
 */
import type { Backend } from '../compile/backend'
import { setHot } from '../compile/heat'
import { js } from '../compile/js/backend'
import { watched } from '../compile/watch'
import { fault, raise } from '../data/errors'
import { closures } from '../primitives/world'

/** Which compiler runs a function. `auto` lets adjoint choose. */
export type BackendName = 'auto' | 'closure' | 'js'

const generated: Backend = watched(js)

/** All backends; each gives the same bits. */
export const backends: readonly Backend[] = [closures, generated]

/** The backend of a name. */
export function backendFor(caller: string, name: BackendName): Backend {
  if (name === 'auto') return generated
  return backends.find((b) => b.name === name) ?? raise(fault('compile', `${caller}: backend ${String(name)} is not known`, "Give 'auto', 'closure' or 'js'."))
}

/** From now on programs that run again outside of jit are compiled by the generating backend too. */
export const heat = (): void => void setHot(generated)
