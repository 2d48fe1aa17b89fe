/**
 * The backends by name, and which of them runs what.
 *
 * Law: each gives the same bits. What an environment refuses (generated code or WebAssembly, under a strict
 * Content-Security-Policy) is replaced silently: wasm by js, and that by closures.
 */
import type { Backend } from '../compile/backend'
import { closures, compilerOf, generated, modules, simd, unhurried } from '../compile/compilers'
import { mostThreads } from '../compile/threads/control'
import { fault, raise } from '../data/errors'
import { directly } from '../primitives/core'

/** Which compiler runs a function. `auto` lets adjoint choose. */
export type BackendName = 'auto' | 'direct' | 'closure' | 'js' | 'wasm'

/** Whether all backends give the same bits, or one may round less often. */
export type Precision = 'exact' | 'fast'

/** All backends; each gives the same bits. */
export const backends: readonly Backend[] = [closures, generated, simd, directly]

/** The backend of a name; modules run large steps by so many threads, and round as the precision says. */
export function backendFor(name: BackendName, threads: number, precision: Precision): Backend {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    raise(fault('compile', `jit: threads is ${threads}`, `Give an integer from 1 to ${mostThreads}, yours included.`))
  if (precision !== 'exact' && precision !== 'fast') raise(fault('compile', `jit: precision is ${precision}`, "Give 'exact' or 'fast'."))
  const arrays = modules(threads, precision === 'fast')
  if (name === 'auto') return arrays === simd ? unhurried : compilerOf(arrays)
  if (name === 'wasm') return arrays
  return backends.find((b) => b.name === name) ?? raise(fault('compile', `jit: backend ${name} is not known`, "Give 'auto', 'direct', 'closure', 'js' or 'wasm'."))
}
