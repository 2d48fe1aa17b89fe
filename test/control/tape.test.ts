/** The tape of a loop of unknown length: what is written is read, and no more is kept than what was written. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Tape } from '../../src/control/tape'

describe('a tape', () => {
  it('gives back every record, backward and in another sweep', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 50 }), (lengths, steps) => {
        const record = lengths.reduce((a, b) => a + b, 0)
        const tape = new Tape(record)
        const parts = lengths.map((n) => new Float64Array(n))
        const value = (sweep: number, step: number, k: number, i: number): number => ((sweep * 100 + step) * 10 + k) * 4000 + i
        for (const sweep of [0, 1]) {
          for (let s = 0; s < steps; s++) tape.write(s, parts.map((p, k) => p.map((_, i) => value(sweep, s, k, i))))
          for (let s = steps - 1; s >= 0; s--) {
            tape.read(s, parts)
            parts.forEach((p, k) => expect(p).toEqual(p.map((_, i) => value(sweep, s, k, i))))
          }
        }
      }),
      { numRuns: 40 },
    )
  })
  it('has the bytes of its records, and less than one block of 64 kB (or one record) more', () => {
    for (const record of [1, 3, 8, 100, 8191, 8192, 8193, 20_000]) {
      const tape = new Tape(record)
      const parts = [new Float64Array(record)]
      for (const steps of [1, 2, 9, 100, 1000].filter((n) => n * record < 1e7)) {
        for (let s = 0; s < steps; s++) tape.write(s, parts)
        const needed = 8 * record * steps
        expect(tape.bytes).toBeGreaterThanOrEqual(needed)
        expect(tape.bytes).toBeLessThan(needed + 8 * (8192 + record))
      }
    }
  })
})
