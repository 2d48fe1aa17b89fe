/**
 * How to apply the primitives that read and write at run-time indices; some indices lie outside, to be clipped or dropped.
 */
import type { DType } from '../../src/index'
import { sizeOf } from '../elements'
import type { Choices, Recipe, Variable } from '../program/choices'
import { all, numbers } from './elementwise'

interface Addressed {
  readonly x: Variable
  readonly indices: Variable
  /** The shape that gather gives and that updates have. */
  readonly shape: readonly number[]
  readonly params: { readonly batch: number; readonly mode: 'clip' | 'drop' }
}

/** An array and index rows into it. */
function addressed(choose: Choices, dtypes: readonly DType[]): Addressed {
  const x = choose.variable({ dtypes, minRank: 1, fits: (shape) => sizeOf(shape) > 0 })
  const { shape } = x.aval
  const batch = choose.int(0, 2) === 2 ? 1 : 0
  const count = choose.int(0, 3) === 3 ? 0 : choose.int(Math.min(1, shape.length - batch), shape.length - batch)
  const rows = Array.from({ length: choose.int(0, 2) }, () => choose.extent())
  const lead = [...shape.slice(0, batch), ...rows]
  const most = Math.max(1, ...shape.slice(batch, batch + count))
  const indices = choose.exactly([...lead, count], choose.of<DType>(['int32', 'int32', 'int32', 'uint32']), choose.flag() ? [0, most - 1] : [-1, most])
  return { x, indices, shape: [...lead, ...shape.slice(batch + count)], params: { batch, mode: choose.of(['clip', 'drop'] as const) } }
}

const scatter = (dtypes: readonly DType[]): Recipe => (choose) => {
  const { x, indices, shape, params } = addressed(choose, dtypes)
  return { operands: [x, indices, choose.exactly(shape, x.aval.dtype)], params }
}

/** Starts of a window of the sizes, inside or beyond the ends. */
const starts = (choose: Choices, shape: readonly number[]): Variable[] => shape.map((e) => choose.exactly([], 'int32', [-1, e]))

const window: Recipe = (choose) => {
  const x = choose.variable({ dtypes: all })
  const sizes = x.aval.shape.map((e) => choose.int(0, e))
  return { operands: [x, ...starts(choose, x.aval.shape)], params: { sizes } }
}

const intoWindow = (dtypes: readonly DType[]): Recipe => (choose) => {
  const x = choose.variable({ dtypes })
  const update = choose.exactly(x.aval.shape.map((e) => choose.int(0, e)), x.aval.dtype)
  return { operands: [x, update, ...starts(choose, x.aval.shape)] }
}

const onlyFloats: readonly DType[] = ['float64', 'float64', 'float64', 'float32']

export const indexing: { readonly [name: string]: Recipe } = {
  gather: (choose) => {
    const { x, indices, params } = addressed(choose, all)
    return { operands: [x, indices], params: choose.flag() ? { ...params, fill: 0 } : params }
  },
  scatter: scatter(all), scatter_add: scatter(numbers), scatter_mul: scatter(numbers), scatter_min: scatter(numbers), scatter_max: scatter(numbers),
  indexed_recurrence: (choose) => {
    const { x, indices, shape, params } = addressed(choose, onlyFloats)
    return { operands: [x, indices, choose.exactly(shape, x.aval.dtype), choose.exactly(shape, x.aval.dtype)], params: { ...params, reverse: choose.flag() } }
  },
  dynamic_slice: window, dynamic_update_slice: intoWindow(all), accumulate_dynamic: intoWindow(numbers),
}
