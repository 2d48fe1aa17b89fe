/**
 * `npm test`: the whole suite with coverage. The last line is `N passed, N failed`, after the coverage table.
 * A file that does not load, an error outside any test and a missed coverage threshold count as failures.
 * With arguments (`npm test -- test/ir -t name`) only what they select runs, without coverage.
 */
import { parseCLI, startVitest } from 'vitest/node'

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
const selected = process.argv.length > 2

const vitest = await startVitest('test', filter, { coverage: { enabled: !selected }, ...options, watch: false })
const modules = vitest.state.getTestModules()
const tests = modules.flatMap((module) => [...module.children.allTests()])
const errors = vitest.state.getUnhandledErrors().length
const unloaded = modules.reduce((sum, module) => sum + module.errors().length, 0)
const suites = modules.flatMap((module) => [...module.children.allSuites()]).reduce((sum, suite) => sum + suite.errors().length, 0)
await vitest.close()

const passed = tests.filter((test) => test.result().state === 'passed').length
let failed = tests.filter((test) => test.result().state === 'failed').length + errors + unloaded + suites
// Vitest says by its exit code alone that coverage is below its thresholds, or that nothing ran.
if (failed === 0 && (process.exitCode || modules.length === 0)) failed = 1
process.exitCode = failed > 0 ? 1 : 0
process.stdout.write(`${passed} passed, ${failed} failed\n`)
