/**
 * The backends by name, and which of them runs what.
 *
 * Law: each gives the same bits. What an environment refuses (generated code or WebAssembly, under a strict
 * Content-Security-Policy) is replaced silently: wasm by js, and that by closures.
 */
import type { Backend } from '../compile/backend'
import { closures, compiler, generated, simd } from '../compile/compilers'
import { fault, raise } from '../data/errors'
import { directly } from '../primitives/core'

/** Which compiler runs a function. `auto` lets adjoint choose. */
export type BackendName = 'auto' | 'direct' | 'closure' | 'js' | 'wasm'

/** All backends; each gives the same bits. */
export const backends: readonly Backend[] = [closures, generated, simd, directly]

/** The backend of a name. */
export function backendFor(caller: string, name: BackendName): Backend {
  if (name === 'auto') return compiler
  return backends.find((b) => b.name === name) ?? raise(fault('compile', `${caller}: backend ${String(name)} is not known`, "Give 'auto', 'direct', 'closure', 'js' or 'wasm'."))
}
