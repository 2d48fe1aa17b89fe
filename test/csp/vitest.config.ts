/**
 * The whole suite as under a strict Content-Security-Policy: the engine compiles no strings and has no WebAssembly.
 *
 * Law: nothing in the library needs either; what passes with them passes without.
 * Run: npm run test:csp. The engine's own switches take both away, for every way of asking (Function, eval, constructors
 * of functions); test/csp/refused.ts sees to it that they did.
 */
import { mergeConfig } from 'vitest/config'
import usual from '../../vitest.config'

export default mergeConfig(usual, {
  test: {
    // Switches of the engine are those of a process.
    pool: 'forks',
    execArgv: ['--disallow-code-generation-from-strings', '--no-expose-wasm'],
    // The assembler's tests run what it assembles, those of threads what threads run. The floors are read off the sources by a tool that compiles strings itself; nothing of the library runs there.
    exclude: ['test/compile/wasm/assembler.test.ts', 'test/compile/threads/{parts,pool,region}.test.ts', 'test/floors/**', 'node_modules/**'],
    setupFiles: ['test/csp/refused.ts'],
  },
})
