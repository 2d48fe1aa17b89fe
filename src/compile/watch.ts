/**
 * Watching kernels: while a watch is set, kernels run by it instead of by themselves.
 *
 * Law: watched kernels return the same bits, or the watch throws.
 * Decision: the watch is looked at when a kernel runs, so that functions compiled before it was set are watched; and it
 * is handed in, so that a program that does not debug carries none of its code.
 */
import type { Jaxpr } from '../ir/types'
import { running, type Backend, type Kernel } from './backend'

/** Makes the run that stands in for a program's kernel. */
export type Watch = (backend: Backend, jaxpr: Jaxpr) => Kernel['run']

let watch: Watch | undefined

/** Sets the watch, or takes it away; gives what it was. */
export function setWatch(next: Watch | undefined): Watch | undefined {
  const before = watch
  watch = next
  return before
}

/** A backend whose kernels can be watched. */
export const watched = (backend: Backend): Backend => ({
  ...backend,
  compile: (jaxpr) => {
    const kernel = backend.compile(jaxpr)
    let steps: { readonly by: Watch; readonly run: Kernel['run'] } | undefined
    return running(() => kernel, (inputs, outputs) => {
      if (!watch) return kernel.run(inputs, outputs)
      if (steps?.by !== watch) steps = { by: watch, run: watch(backend, jaxpr) }
      return steps.run(inputs, outputs)
    })
  },
})
