import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allocate, dtypes, type DType, type TypedArray } from '../../src/data/dtype'
import { formatArray } from '../../src/data/print'
import { size } from '../../src/data/shape'

type Element = number | string | boolean
interface Recipe {
  readonly count: number
  readonly multiply?: number
  readonly divide?: number
  readonly constant?: number
  readonly even?: boolean
  readonly patches?: readonly (readonly [number, Element])[]
}
interface Case {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly data: readonly Element[] | Recipe
  readonly text: string
  readonly repr: string
}

const isList = (d: Case['data']): d is readonly Element[] => Array.isArray(d)

function elements({ data, dtype, shape }: Case): TypedArray {
  const out = allocate(dtype, size(shape))
  if (isList(data)) data.forEach((x, i) => (out[i] = Number(x)))
  else {
    const { multiply = 1, divide = 1, constant, even, patches = [] } = data
    for (let i = 0; i < data.count; i++) out[i] = even ? Number(i % 2 === 0) : (constant ?? (i * multiply) / divide)
    for (const [i, x] of patches) out[i] = Number(x)
  }
  return out
}

const { cases } = JSON.parse(readFileSync('test/golden/printing.json', 'utf8')) as { cases: Case[] }
const title = (c: Case): string => `${c.dtype}[${c.shape.join(',')}] ${JSON.stringify(c.text).slice(0, 50)}`

describe('formatArray', () => {
  it.each(cases.map((c) => [title(c), c] as const))('prints %s as NumPy does', (_, c) => {
    expect(formatArray(elements(c), c.shape, c.dtype, false)).toBe(c.text)
    expect(formatArray(elements(c), c.shape, c.dtype, true)).toBe(c.repr)
  })

  it('takes a rank-0 array as a number', () => {
    expect(dtypes.map((d) => formatArray(1, [], d, false))).toEqual(['1.0', '1.0', '1', '1', 'True'])
    expect(dtypes.map((d) => formatArray(1, [], d, true))).toEqual(['array(1.)', 'array(1., dtype=float32)', 'array(1, dtype=int32)', 'array(1, dtype=uint32)', 'array(True)'])
  })

  it('rounds a tie at the eighth digit to the even one', () => {
    expect(formatArray(Float64Array.of(2 ** -9, 3 * 2 ** -9), [2], 'float64', false)).toBe('[0.00195312 0.00585938]')
  })
})
