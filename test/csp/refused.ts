/**
 * Before each file of the suite: strings are not compiled and there is no WebAssembly, else the run would prove nothing.
 */
const refuses = (compile: () => unknown): boolean => {
  try {
    compile()
    return false
  } catch (error) {
    return error instanceof EvalError
  }
}

const asked = [() => new Function('return 1'), () => (async () => undefined).constructor('return 1')]
if (!asked.every(refuses)) throw new Error('This environment compiles strings.')
if ('WebAssembly' in globalThis) throw new Error('This environment has WebAssembly.')
