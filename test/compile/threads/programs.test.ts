/** Kernels in parts: the bits of kernels in one piece, whatever the number of threads, and whoever runs which part. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Buffer } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { js, jsBody } from '../../../src/compile/js/backend'
import { threadedBackend } from '../../../src/compile/threads/backend'
import { endThreads, ranByThreads } from '../../../src/compile/threads/pool'
import { elements } from '../reference'
import { program, random } from '../programs'

const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
afterAll(endThreads)

describe('random programs', () => {
  const sizes = fc.constantFrom([0, 1, 2], [1, 3, 5], [2, 7, 33], [1, 9, 130], [3, 129, 257], [1, 1100], [5, 2050], [1, 4097], [3, 4200])
  it.each([1, 2, 3])('have the bits of the closure backend with %i threads', (threads) => {
    const backend = threadedBackend(threads, js, jsBody, { least: 0, elements: 128 })
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 16 }), sizes, (seed, count, wide) => {
        const p = program(seed, count, wide)
        const next = random(seed + 1)
        const inputs = p.inputs.map((v) => elements(next, v.aval))
        const want = closure.compile(p).run(inputs).map(plain)
        const kernel = backend.compile(p)
        for (let round = 0; round < 3; round++) expect(kernel.run(inputs).map(plain)).toEqual(want)
      }),
      { numRuns: 300 },
    )
    if (threads > 1) expect(ranByThreads()).toBeGreaterThan(0)
  })
})
