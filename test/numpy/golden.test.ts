/**
 * Every case of test/golden/numpy.json that names a function of this namespace: NumPy's own results.
 *
 * Not held to: what is float64 here because it is made from JS numbers (arange), integer division by 0 where JAX gives
 * −2 and NumPy, as here, 0, and take out of range, which raises here unless a mode is given.
 */
import { readFileSync } from 'node:fs'
import * as np from 'adjoint/numpy'
import { describe, expect, it } from 'vitest'
import { argument, camel, expectGolden, type Json } from './golden'

interface Case {
  readonly fn: string
  readonly args: readonly Json[]
  readonly kwargs: { readonly [key: string]: Json }
  readonly out: Json
  readonly from?: string
}
const { cases } = JSON.parse(readFileSync('test/golden/numpy.json', 'utf8')) as { cases: Case[] }
const functions = np as unknown as { readonly [name: string]: ((...args: unknown[]) => unknown) | undefined }

const differs = (c: Case): boolean => c.from === 'jax.numpy' && (c.fn === 'floor_divide' || (c.fn === 'take' && c.kwargs.mode === undefined))
const floats = (out: Json): Json => ({ ...(out as { [key: string]: Json }), dtype: 'float64' })
const names = [...new Set(cases.map((c) => c.fn))].filter((fn) => functions[camel(fn)])

describe('numpy as NumPy computes it', () => {
  it.each(names)('%s', (fn) => {
    const failures: string[] = []
    cases.filter((c) => c.fn === fn && !differs(c)).forEach((c, i) => {
      try {
        const options = argument(c.kwargs as Json) as object
        const got = functions[camel(fn)]!(...c.args.map(argument), ...(Object.keys(options).length > 0 ? [options] : []))
        const shape = fn === 'broadcast_shapes' // a list of numbers here
        expectGolden(shape ? (got as number[]).map((n) => np.array(n, 'int32')) : got, fn === 'arange' ? floats(c.out) : c.out)
      } catch (e) {
        failures.push(`case ${i} ${JSON.stringify(c).slice(0, 300)}\n${String((e as Error).message).slice(0, 1200)}`)
      }
    })
    expect(failures.join('\n\n')).toBe('')
  })
})
