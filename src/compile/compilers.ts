/**
 * The compiling backends, and the handing over of them to programs that run again (see heat.ts).
 *
 * Law: nothing is handed over at import, so a program that asks for no compilation carries no compiler.
 */
import { chosen, tiered, weight } from './auto'
import { running, type Backend } from './backend'
import { closure } from './closure/backend'
import { direct } from './direct/backend'
import { pays, setCompilers } from './heat'
import { js, jsBody } from './js/backend'
import { lasting } from './lasting'
import { threadedBackend } from './threads/backend'
import { wasmBackend } from './wasm/backend'
import { watched } from './watch'

/** Composed closures: what runs where no strings may be compiled. */
export const closures: Backend = watched(closure)
/** Generated JavaScript. */
export const generated: Backend = watched(js)
/** A WebAssembly module for each program. */
export const simd: Backend = watched(wasmBackend(js, jsBody, false))
/** The same, whose large steps so many threads run; `fast`: products may be rounded with the sums that they are added to. */
export const modules = (threads: number, fast: boolean): Backend =>
  threads > 1 ? watched(threadedBackend(threads, js, jsBody, fast)) : fast ? watched(wasmBackend(js, jsBody, true)) : simd
/** What is worth its compilation. */
export const compilerOf = (arrays: Backend): Backend => chosen(generated, arrays)
export const compiler: Backend = compilerOf(simd)
/** The same, once a program has run often enough. */
const patient: Backend = tiered(closures, compiler)
/**
 * The same for what has not run yet: the first run is made equation by equation, which takes less time than to plan the program
 * and to compose closures. Many programs run but once.
 */
export const unhurried: Backend = tiered(tiered(watched(direct), closures, true), compiler)

/** For the elements of tensors, which last. */
const lastingly = (backend: Backend): Backend => ({
  ...backend,
  compile: (jaxpr) => {
    const kernel = backend.compile(jaxpr)
    return running(() => kernel, (inputs, outputs) => {
      for (const x of inputs) if (typeof x !== 'number') lasting(x)
      return kernel.run(inputs, outputs)
    })
  },
})

/** From now on programs outside of jit are compiled too: at once where they hold programs, else when they run again. */
export const heat = (): void =>
  void setCompilers({
    early: (p, again) => (weight(p, again) > 1 ? compiler : pays(p, again) ? closures : undefined),
    hot: compiler,
    late: (p, again) => (again ? lastingly(patient) : weight(p, again) === 1 ? compiler : undefined),
  })
