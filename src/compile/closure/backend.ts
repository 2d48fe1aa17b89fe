/**
 * The closure backend: loop nests, products and register code as composed closures over Float64Array blocks.
 *
 * No code is generated at run time, so it works under a strict Content-Security-Policy. It is the reference: other backends
 * give the same bits.
 * Decision: blocks are computed by JavaScript everywhere. SIMD kernels of the library's own, which closures would call where
 * WebAssembly is allowed, would run only until programs have modules of their own (after two runs, single operations on much
 * too: see `heat`), and the reference would share its code with what is held to it.
 */
import type { Backend } from '../backend'
import { makeKernel } from './kernel'

export const closure: Backend = { name: 'closure', compile: (jaxpr) => makeKernel(jaxpr) }
