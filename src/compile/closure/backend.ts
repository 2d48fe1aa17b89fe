/**
 * The closure backend: loop nests, products and register code as composed closures over Float64Array blocks.
 *
 * No code is generated at run time, so it works under a strict Content-Security-Policy. It is the reference: other backends
 * give the same bits.
 */
import type { Backend } from '../backend'
import { makeKernel } from './kernel'

export const closure: Backend = { name: 'closure', compile: (jaxpr) => makeKernel(jaxpr) }
