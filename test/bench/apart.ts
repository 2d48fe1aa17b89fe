/** Measurements of workloads, each in a process of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('measure.ts', import.meta.url))

/** What measure.ts prints; an error holds what it said. */
export function apart<T>(...args: readonly string[]): T {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...process.execArgv, script, ...args], { encoding: 'utf8' })
  const last = stdout.trim().split('\n').at(-1)!
  if (status !== 0) throw new Error(stderr.trim() || `exit code ${status}`)
  return JSON.parse(last) as T
}
