/**
 * Heat: a kernel that has run a few times is compiled again by a backend that costs more to compile and runs faster.
 *
 * Law: both backends give the same bits, so nothing but time tells which one ran.
 * Decision: the hot backend is handed in (by the first `jit`), so that a program that never asks for compilation carries
 * none of its code.
 */
import type { Backend, Kernel } from './backend'

let hot: Backend | undefined

/** Hands in the backend for programs that run again. */
export function setHot(backend: Backend | undefined): Backend | undefined {
  const before = hot
  hot = backend
  return before
}

/** The hot backend; until one was handed in, `other`. */
export const hotOr = (other: Backend): Backend => hot ?? other

/** Runs after which a kernel is compiled again. */
const runs = 3

/** Kernels of a backend, which become those of the hot one when they are. */
export const heated = (cold: Backend): Backend => ({
  ...cold,
  compile: (jaxpr) => {
    let kernel: Kernel = cold.compile(jaxpr)
    let count = 0
    return {
      run: (inputs, outputs) => {
        if (count < runs) count++
        else if (count === runs && hot) {
          count++
          kernel = hot.compile(jaxpr)
        }
        return kernel.run(inputs, outputs)
      },
      get bytes() {
        return kernel.bytes
      },
      describe: () => kernel.describe(),
    }
  },
})
