/** Every exported function, with odd arguments in every position: a value, or an error of ours; and nothing is left behind. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as all from '../../src/index'
import { walk } from './odd'

const { np, linalg, nn, random, optim, tree, show, debug, solve, grad, jit, AdjointError } = all
const spaces: Readonly<Record<string, object>> = { np, linalg, nn, random, optim, tree, show, debug, solve, adjoint: all }
/** For those who write primitives: they get what a kernel or a fault is from TypeScript. */
const forAuthors = new Set(['demand', 'elementwise', 'raise', 'toError'])

describe.each(Object.keys(spaces))('%s', (space) => {
  // debug.print writes.
  beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))
  afterAll(() => void vi.restoreAllMocks())

  it('gives values or errors of its own', { timeout: 240_000 }, () => {
    const raw = new Map<string, string>()
    for (const [name, f] of Object.entries(spaces[space]!)) {
      if (typeof f !== 'function' || forAuthors.has(name) || Function.prototype.toString.call(f).startsWith('class ')) continue
      // Every NaN is looked for from now on.
      if (space === 'debug' && name === 'nans') continue
      walk(`${space}.${name}`, f as never, (call, raised) => {
        if (raised && !(raised.error instanceof AdjointError)) raw.set(`${space}.${name}: ${String(raised.error).slice(0, 80)}`, call)
      }, undefined, 12)
    }
    expect([...raw]).toEqual([])
    expect(grad((x: all.Tensor) => x.mul(x))(3).item()).toBe(6)
    expect(jit((x: all.Tensor) => x.add(1))(3).item()).toBe(4)
  })
})
