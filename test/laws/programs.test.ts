/** The laws on random programs. A seed that breaks one is printed; the program that it shrinks to belongs into `regressions`. */
import { describe, expect, it } from 'vitest'
import { sample } from 'fast-check'
import { checkJaxpr, makeJaxpr, type Tensor } from 'adjoint'
import { check, program, programs, transformed } from 'adjoint/laws'
import { regressions } from './regressions'

// Transformed programs take longer, and break what random ones break.
const runs = { random: 150, transformed: 100 }

describe('random programs', () => {
  for (const law of programs()) {
    const random = law.name.startsWith('random')
    const numRuns = random ? runs.random : runs.transformed
    const examples = random ? regressions.map((c) => [c, 0]) : []
    it(`${law.name}`, { retry: /differences/.test(law.name) ? 2 : 0 }, () => expect(check(law, { numRuns, examples }).failed).toBe(false))
  }
})

describe('programs that transforms make', () => {
  it('obey the rules of the IR', () => {
    for (const c of [...sample(program(), 60), ...sample(transformed({ maxSteps: 4 }), 60)]) {
      const { jaxpr } = makeJaxpr((...xs: Tensor[]) => [...c.call(...xs)])(...c.args)
      const checked = checkJaxpr(jaxpr)
      expect(checked._tag === 'Left' ? `${checked.left.what}\n${String(c)}` : 'obeys').toBe('obeys')
    }
  })
})
