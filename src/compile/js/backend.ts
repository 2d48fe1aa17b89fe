/**
 * The js backend: programs as generated JavaScript, where the environment compiles strings; else the closure backend.
 *
 * Law: the same bits as the closure backend, whose loops, orders and plans it shares.
 * Decision: whether strings may be compiled (a Content-Security-Policy can forbid it) is found out at the first compilation,
 * not at import, and silently.
 */
import type { Backend } from '../backend'
import { keeping, type CompileBody } from '../../ir/kernel'
import type { Jaxpr } from '../../ir/types'
import { assemble, bodyRun, emitClosures, makeKernel } from '../closure/kernel'
import { generate } from './generate'

let allowed: boolean | undefined

function canGenerate(): boolean {
  try {
    return (new Function('return 1') as () => number)() === 1
  } catch {
    return false
  }
}

const isAllowed = (): boolean => (allowed ??= canGenerate())

export const js: Backend = {
  name: 'js',
  compile: (jaxpr) => (isAllowed() ? makeKernel(jaxpr, generate, true) : makeKernel(jaxpr)),
}

/** The body of a kernel of another backend. */
export const jsBody: CompileBody = (inner) => {
  const machine = isAllowed() ? assemble(inner as Jaxpr, true, generate, true) : assemble(inner as Jaxpr, true, emitClosures, false)
  return keeping(bodyRun(machine), machine.bytes)
}
