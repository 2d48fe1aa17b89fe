/** Cases of the golden files as calls: arrays of JSON become tensors, Python's names and keywords ours. */
import * as np from 'adjoint/numpy'
import { expect } from 'vitest'
import { Tensor, type DType } from 'adjoint'

export type Json = number | string | boolean | null | Json[] | { [key: string]: Json }
export interface GoldenArray {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly data: readonly (number | string | boolean)[]
}

export const camel = (name: string): string => name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase())

const isArray = (j: unknown): j is GoldenArray => typeof j === 'object' && j !== null && 'dtype' in j && 'data' in j
export const toNumber = (v: number | string | boolean): number => (typeof v === 'string' ? Number(v) : Number(v))
const storage: { readonly [dtype: string]: DType } = { int64: 'int32', float64: 'float64', float32: 'float32', int32: 'int32', uint32: 'uint32', bool: 'bool' }
const words = new Set(['NaN', 'Infinity', '-Infinity'])

/** A value of a golden file as an argument. */
export function argument(j: Json): unknown {
  if (isArray(j)) return np.reshape(np.array(j.data.map(toNumber), { dtype: storage[j.dtype]! }), j.shape)
  if (typeof j === 'string') return words.has(j) ? Number(j) : j
  if (Array.isArray(j)) return j.map(argument)
  if (typeof j === 'object' && j !== null) return Object.fromEntries(Object.entries(j).map(([k, v]) => [camel(k), argument(v)]))
  return j
}

export interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

const close = (a: number, b: number, { relative, absolute }: Tolerance): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= absolute + relative * Math.abs(b)

/** Holds a result to a golden array: shape, dtype (int64 is int32 here) and elements; NaN may stand for anything. */
export function expectArray(got: Tensor, want: GoldenArray, tolerance: Tolerance = { relative: 2e-14, absolute: 1e-300 }, nanIsOpen = false): void {
  expect(got).toBeInstanceOf(Tensor)
  expect([...got.shape]).toEqual(want.shape)
  expect(got.dtype).toBe(storage[want.dtype])
  const elements = Array.from(got.data())
  const wanted = want.data.map(toNumber)
  elements.forEach((e, i) => {
    if (!close(e, wanted[i]!, tolerance) && !(nanIsOpen && Number.isNaN(wanted[i]!))) expect.fail(`element ${i}: got ${e}, want ${wanted[i]}\n got ${elements.join(' ')}\nwant ${wanted.join(' ')}`)
  })
}

/** The same for one array or a list of them. */
export function expectGolden(got: unknown, want: Json, tolerance?: Tolerance): void {
  if (Array.isArray(want)) {
    const list = Array.isArray(got) ? got : [...(got as Tensor)]
    expect(list.length).toBe(want.length)
    list.forEach((g, i) => expectGolden(g, want[i]!, tolerance))
  } else expectArray(got as Tensor, want as unknown as GoldenArray, tolerance)
}
