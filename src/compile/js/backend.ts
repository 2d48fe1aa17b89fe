/**
 * The js backend: programs as generated JavaScript, where the environment compiles strings; else the closure backend.
 *
 * Law: the same bits as the closure backend, whose loops, orders and plans it shares.
 * Decision: whether strings may be compiled (a Content-Security-Policy can forbid it) is found out at the first compilation,
 * not at import, and silently.
 */
import type { Backend } from '../backend'
import { makeKernel } from '../closure/kernel'
import { generate } from './generate'

let allowed: boolean | undefined

function canGenerate(): boolean {
  try {
    return (new Function('return 1') as () => number)() === 1
  } catch {
    return false
  }
}

export const js: Backend = {
  name: 'js',
  compile: (jaxpr) => {
    allowed ??= canGenerate()
    return allowed ? makeKernel(jaxpr, generate, true) : makeKernel(jaxpr)
  },
}
