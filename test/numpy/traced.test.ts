/** Every golden case again with all its arrays traced: the same results, and values read only where that is documented. */
import { readFileSync } from 'node:fs'
import { jit, vmap, ConcretizationError, Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'
import { argument, camel, type Json } from './golden'

interface Case {
  readonly fn: string
  readonly args: readonly Json[]
  readonly kwargs: { readonly [key: string]: Json }
  readonly out: Json
}
const { cases } = JSON.parse(readFileSync('test/golden/numpy.json', 'utf8')) as { cases: Case[] }
const functions = np as unknown as { readonly [name: string]: ((...args: unknown[]) => unknown) | undefined }

/** The arrays in arguments, taken out, and a way to put others in their place. */
function taken(values: readonly unknown[]): { arrays: Tensor[]; put: (given: readonly Tensor[]) => unknown[] } {
  const arrays: Tensor[] = []
  const walk = (v: unknown): ((given: readonly Tensor[]) => unknown) => {
    if (v instanceof Tensor) {
      const i = arrays.push(v) - 1
      return (given) => given[i]
    }
    if (Array.isArray(v)) {
      const parts = v.map(walk)
      return (given) => parts.map((p) => p(given))
    }
    if (typeof v === 'object' && v !== null) {
      const parts = Object.entries(v).map(([k, e]) => [k, walk(e)] as const)
      return (given) => Object.fromEntries(parts.map(([k, p]) => [k, p(given)]))
    }
    return () => v
  }
  const build = walk(values)
  return { arrays, put: (given) => build(given) as unknown[] }
}

const list = (v: unknown): Tensor[] => (Array.isArray(v) ? (v as Tensor[]) : [v as Tensor])

/** Compares the plain results of every other case with those of another way of running it; names the functions that read values. */
function held(part: 0 | 1, run: (f: (...given: Tensor[]) => Tensor, arrays: readonly Tensor[]) => unknown, same: (got: Tensor, want: Tensor) => void): string[] {
  const failures: string[] = []
  const reading = new Set<string>()
  for (const c of cases.filter((_, i) => i % 2 === part)) {
    const f = functions[camel(c.fn)]
    if (!f) continue
    const options = argument(c.kwargs as Json) as object
    const { arrays, put } = taken([...c.args.map(argument), ...(Object.keys(options).length > 0 ? [options] : [])])
    if (arrays.length === 0) continue
    try {
      const plain = list(f(...put(arrays)))
      const got = list(run((...given) => f(...put(given)) as Tensor, arrays))
      plain.forEach((p, i) => same(got[i]!, p))
    } catch (e) {
      if (e instanceof ConcretizationError) reading.add(c.fn)
      else if (!/out of bounds/.test((e as Error).message)) failures.push(`${JSON.stringify(c).slice(0, 200)}: ${(e as Error).message.slice(0, 300)}`)
    }
  }
  expect(failures).toEqual([])
  return [...reading].sort()
}

/** Functions whose results have shapes or structures that depend on values, which must be known. */
const documented = ['argwhere', 'bincount', 'compress', 'extract', 'flatnonzero', 'nonzero', 'repeat', 'trim_zeros', 'unique']

describe('every function', () => {
  it('under jit gives what plain evaluation gives, bit for bit', () => {
    const reading = held(0, (f, arrays) => jit(f)(...arrays), (got, want) => {
      expect([got.dtype, ...got.shape]).toEqual([want.dtype, ...want.shape])
      expect(got.data()).toEqual(want.data())
    })
    expect(documented).toEqual(expect.arrayContaining(reading))
  })
  it('under vmap gives the stack of single results', () => {
    const twice = (a: Tensor): Tensor => np.stack([a, a])
    const reading = held(1, (f, arrays) => vmap(f)(...(arrays.map(twice) as [Tensor])), (got, want) => {
      expect([got.dtype, ...got.shape]).toEqual([want.dtype, 2, ...want.shape])
      expect(np.allclose(got, twice(want), { rtol: 1e-13, atol: 1e-300, equalNan: true }).item()).toBe(true)
    })
    expect(documented).toEqual(expect.arrayContaining(reading))
  })
})
