/** The laws of rules over adjoint's own primitives, as tests: one `describe` a primitive, one `it` a law. */
import { describe, expect, it } from 'vitest'
import { check, rule } from 'adjoint/laws'
import type { Primitive } from 'adjoint'

export const numRuns = 12

export function testRules(primitives: readonly Primitive[]): void {
  describe.each(primitives.map((p) => [p.name, p] as const))('%s', (_name, prim) => {
    // Differences are no witness where a point happens to be drawn next to a kink: such a draw is not drawn again.
    for (const law of rule(prim)) it(`${law.name}`, { retry: /differences/.test(law.name) ? 2 : 0 }, () => expect(check(law, { numRuns }).failed).toBe(false))
  })
}
