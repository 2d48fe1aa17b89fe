/**
 * How to apply the primitives that know axes: movement, reductions, running reductions, products, sorting.
 */
import { sizeOf } from '../elements'
import type { Choices, Recipe } from '../program/choices'
import { all, numbers } from './elementwise'

const nonEmpty = (shape: readonly number[]): boolean => sizeOf(shape) > 0

/** An array, and a piece that fits at a strided window of it. */
const placed = (dtypes: typeof all): Recipe => (choose) => {
  const sum = choose.variable({ dtypes })
  const strides = sum.aval.shape.map(() => choose.int(1, 2))
  const start = sum.aval.shape.map((e) => choose.int(0, Math.max(0, e - 1)))
  const room = sum.aval.shape.map((e, i) => Math.max(0, Math.ceil((e - start[i]!) / strides[i]!)))
  const piece = choose.exactly(room.map((e) => choose.int(Math.min(1, e), e)), sum.aval.dtype)
  return { operands: [sum, piece], params: { start, strides } }
}

const movement: { readonly [name: string]: Recipe } = {
  broadcast_in_dim: (choose) => {
    const x = choose.variable({ dtypes: all, maxRank: 2 })
    const shape = x.aval.shape.map((e) => (e === 1 && choose.flag() ? choose.extent() : e))
    const dims = shape.map((_, i) => i)
    for (let k = choose.int(0, 4 - shape.length); k > 1; k--) {
      const at = choose.int(0, shape.length)
      shape.splice(at, 0, choose.extent())
      dims.forEach((d, i) => (dims[i] = d >= at ? d + 1 : d))
    }
    return { operands: [x], params: { shape, dims } }
  },
  reshape: (choose) => {
    const x = choose.variable({ dtypes: all })
    const { shape } = x.aval
    const n = sizeOf(shape)
    const halves = n % 2 === 0 ? [2, n / 2] : [1, n]
    return { operands: [x], params: { shape: choose.of([[n], [...shape, 1], [1, ...shape], [...shape].reverse(), halves, [n, 1]]) } }
  },
  transpose: (choose) => {
    const x = choose.variable({ dtypes: all })
    return { operands: [x], params: { perm: choose.permutation(x.aval.shape.length) } }
  },
  slice: (choose) => {
    const x = choose.variable({ dtypes: all })
    const start = x.aval.shape.map((e) => choose.int(0, e))
    const stop = x.aval.shape.map((e, i) => choose.int(start[i]!, e))
    return { operands: [x], params: { start, stop, strides: x.aval.shape.map(() => choose.int(1, 3)) } }
  },
  rev: (choose) => {
    const x = choose.variable({ dtypes: all })
    return { operands: [x], params: { axes: choose.some(x.aval.shape.map((_, i) => i)) } }
  },
  roll: (choose) => {
    const x = choose.variable({ dtypes: all })
    return { operands: [x], params: { shifts: x.aval.shape.map((e) => choose.int(0, Math.max(0, e - 1))) } }
  },
  pad: (choose) => {
    const x = choose.variable({ dtypes: all })
    const axes = x.aval.shape.map((e) => {
      const [low, high, interior] = [choose.of([0, 1, 2, -1]), choose.of([0, 1, 2, -1]), choose.of([0, 0, 1])]
      return low + high + e < 0 ? [0, 0, interior] : [low, high, interior]
    })
    return { operands: [x, choose.exactly([], x.aval.dtype)], params: { axes } }
  },
  concatenate: (choose) => {
    const x = choose.variable({ dtypes: all, minRank: 1 })
    const axis = choose.axis(x)
    const others = Array.from({ length: choose.int(0, 2) }, () => choose.exactly(x.aval.shape.map((e, i) => (i === axis ? choose.extent() : e)), x.aval.dtype))
    return { operands: [x, ...others], params: { axis } }
  },
  accumulate_at: placed(numbers),
  replace_at: placed(all),
}

const reduction = (dtypes = numbers, fits?: (shape: readonly number[]) => boolean): Recipe => (choose) => {
  const x = choose.variable({ dtypes, fits })
  return { operands: [x], params: { axes: choose.some(x.aval.shape.map((_, i) => i)) } }
}

const search: Recipe = (choose) => {
  const x = choose.variable({ dtypes: numbers, minRank: 1, fits: nonEmpty })
  const axis = choose.axis(x)
  return { operands: [x], params: choose.flag() ? { axis, dtype: choose.of(['int32', 'uint32']) } : { axis } }
}

const running = (dtypes?: typeof numbers, operands = 1): Recipe => (choose) => {
  const x = choose.variable({ dtypes, minRank: 1 })
  const others = Array.from({ length: operands - 1 }, () => choose.exactly(x.aval.shape, x.aval.dtype))
  return { operands: [x, ...others], params: { axis: choose.axis(x), reverse: choose.flag() } }
}

const reductions: { readonly [name: string]: Recipe } = {
  reduce_sum: reduction(), reduce_prod: reduction(), reduce_max: reduction(numbers, nonEmpty), reduce_min: reduction(numbers, nonEmpty),
  reduce_and: reduction(['bool']), reduce_or: reduction(['bool']), argmax: search, argmin: search,
  cumsum: running(numbers), cumprod: running(numbers), cummax: running(numbers), cummin: running(numbers),
  cumlogsumexp: running(), linear_recurrence: running(undefined, 2),
}

/** Splits the axes of x among batch, contracted and free ones, then makes a y to match, its axes in another order. */
function product(choose: Choices): ReturnType<Recipe> {
  const x = choose.variable({ dtypes: numbers, within: [-2, 2] })
  const { shape, dtype } = x.aval
  const roles = shape.map(() => choose.of(['contract', 'free', 'batch'] as const))
  const axes = (role: string): number[] => shape.flatMap((_, i) => (roles[i] === role ? [i] : []))
  const [lhsContract, lhsBatch] = [axes('contract'), axes('batch')]
  const free = Array.from({ length: choose.int(0, shape.length < 3 ? 1 : 0) }, () => choose.extent())
  const mine = [...lhsContract.map((a) => shape[a]!), ...lhsBatch.map((a) => shape[a]!), ...free]
  // Axis k of the list above stands at place order[k] of y.
  const order = choose.permutation(mine.length)
  const turned = new Array<number>(mine.length)
  order.forEach((place, k) => (turned[place] = mine[k]!))
  const n = lhsContract.length
  const y = choose.exactly(turned, dtype, [-2, 2])
  return { operands: [x, y], params: { lhsContract, rhsContract: order.slice(0, n), lhsBatch, rhsBatch: order.slice(n, n + lhsBatch.length) } }
}

const sorting: { readonly [name: string]: Recipe } = {
  sort: (choose) => {
    const first = choose.variable({ dtypes: numbers, minRank: 1 })
    const others = Array.from({ length: choose.int(0, 2) }, () => choose.exactly(first.aval.shape, choose.of(numbers)))
    return { operands: [first, ...others], params: { axis: choose.axis(first), keys: choose.int(1, 1 + others.length) } }
  },
  top_k: (choose) => {
    const x = choose.variable({ dtypes: numbers, minRank: 1 })
    return { operands: [x], params: { k: choose.int(0, x.aval.shape[x.aval.shape.length - 1]!) } }
  },
  iota: (choose) => {
    const shape = choose.shape(1)
    return { operands: [], params: { shape, dtype: choose.of(numbers), axis: choose.int(0, shape.length - 1) } }
  },
}

export const arrays: { readonly [name: string]: Recipe } = { ...movement, ...reductions, dot_general: product, ...sorting }
