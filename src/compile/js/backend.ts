/**
 * The js backend: programs as generated JavaScript, where the environment compiles strings; else the closure backend.
 *
 * Law: the same bits as the closure backend, whose loops, orders and plans it shares.
 */
import type { Backend } from '../backend'
import { canGenerate } from '../../data/generation'
import { keeping, type CompileBody } from '../../ir/kernel'
import type { Jaxpr } from '../../ir/types'
import { assemble, bodyRun, emitClosures, makeKernel } from '../closure/kernel'
import { generate } from './generate'

export const js: Backend = {
  name: 'js',
  compile: (jaxpr) => (canGenerate() ? makeKernel(jaxpr, generate, true) : makeKernel(jaxpr)),
}

/** The body of a kernel of another backend. */
export const jsBody: CompileBody = (inner) => {
  const machine = canGenerate() ? assemble(inner as Jaxpr, true, generate, true) : assemble(inner as Jaxpr, true, emitClosures, false)
  return keeping(bodyRun(machine), machine.bytes)
}
