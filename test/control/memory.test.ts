/** What calls allocate and what caches keep, measured in a process of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = (): { readonly [what: string]: number } => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', 'test/control/memory.run.ts'], { cwd: root, encoding: 'utf8' })
  return stderr && !stdout ? expect.fail(stderr) : (JSON.parse(stdout) as { readonly [what: string]: number })
}
const megabyte = 2 ** 20

describe('memory', () => {
  it('calls allocate little and leave nothing; caches are bounded', () => {
    const m = run()
    // A small gradient: its result and the list that it came in.
    expect(m.scalar).toBeLessThan(200)
    // Two results, in a tree.
    expect(m.tree).toBeLessThan(500)
    // A million calls.
    expect(m.calls).toBeLessThan(megabyte)
    // Programs, each a new one: the second half of them leaves less than a cache's worth.
    for (const what of ['gradients', 'linearizations', 'tangents', 'batches', 'operations', 'entries', 'functions']) expect({ [what]: Math.max(0, m[what]! / megabyte) < 8 }).toEqual({ [what]: true })
  })
})
