/** What is no function is said at once, with the name of who was asked. */
import { describe, expect, it } from 'vitest'
import { AdjointError, associativeScan, checkpoint, cond, customBatching, customJvp, customLinearSolve, customRoot, customVjp, foriLoop, map, np, scan, switchCase, whileLoop } from 'adjoint'

const f = (): never => np.ones([2]) as never
const asked: Readonly<Record<string, () => unknown>> = {
  scan: () => scan(3 as never, 1, null, { length: 2 }),
  map: () => map(null as never, np.ones([2])),
  foriLoop: () => foriLoop(0, 2, undefined as never, 1),
  whileLoop: () => whileLoop(true as never, f, 1),
  cond: () => cond(true, 1 as never, f),
  switchCase: () => switchCase(0, [f, 2 as never]),
  associativeScan: () => associativeScan('add' as never, np.ones([2])),
  checkpoint: () => checkpoint(1 as never),
  customJvp: () => customJvp(f, 1 as never),
  customVjp: () => customVjp(f, { fwd: f, bwd: 1 } as never),
  customBatching: () => customBatching(1 as never, f),
  customRoot: () => customRoot(f, 1, f, 1 as never),
  customLinearSolve: () => customLinearSolve(np.ones([2, 2]) as never, np.ones([2]), f),
}

describe('refusals', () => {
  it.each(Object.entries(asked))('%s', (name, call) => {
    expect(call).toThrow(AdjointError)
    expect(call).toThrow(new RegExp(`^${name}: expected a function, got`))
  })
  it('switchCase without a list of branches', () => expect(() => switchCase(0, f as never)).toThrow(/switchCase: no branches/))
})
