/**
 * The vocabulary that Tensors are constructed with: NumPy's most used functions, over `Ops`.
 *
 * `numpy` exports the same functions; what only `numpy` has stands there.
 */
import type { DType } from '../../data/dtype'

import { fault, raise, shown } from '../../data/errors'
import { demandOptions } from '../../data/options'
import { normalizeAxis, range, showShape } from '../../data/shape'
import type { AxisArg, ReduceOptions, Tensor, TensorLike, Vocabulary } from '../../trace/tensor'
import { asTensor, floating, numeric, operands, type Context } from './context'
import { at, scatterAt } from './indexing'
import { dot, matmul } from './products'

/** Raises where an argument that must be known while tracing is a traced value. */
export const demandKnown = (x: unknown, name: string, what = 'a shape, axis or count'): void => void (x as Partial<Tensor> | null)?.concrete?.(`${name}: ${what}`)

/** A number or a list of them as a list, or a `TreeError`. */
export function numbersOf(name: string, x: unknown, how = 'Write 2, or [0, 2].'): number[] {
  const list: readonly unknown[] = Array.isArray(x) || ArrayBuffer.isView(x) ? Array.from(x as never) : [x]
  for (const e of list) if (typeof e !== 'number') raise((demandKnown(e, name), fault('tree', `${name}: expected a number or a list of numbers, got ${shown(e)}`, how)))
  return list as number[]
}

/** Whether an argument is an options object: tensors, lists and typed arrays can be iterated. */
export const isOptions = (x: unknown): x is object =>
  typeof x === 'object' && x !== null && !(Symbol.iterator in x)

/**
 * Positional arguments by name. An options object may stand in the place of any of them; what comes after the last
 * positional one can be nothing else. Options may have the names of all positional arguments, and `others`.
 */
export function named<O extends object>(name: string, positional: readonly (keyof O & string)[], values: readonly unknown[], others: readonly (keyof O & string)[] = []): Partial<O> {
  const out: { [key: string]: unknown } = {}
  values.forEach((v, i) => {
    if (v === undefined) return
    if (i < positional.length && !isOptions(v)) out[positional[i]!] = v
    else {
      // First the names of what stands here and after it, which a value that is no object was most likely meant for.
      demandOptions(name, v as object, [...positional.slice(i), ...others, ...positional.slice(0, i)])
      Object.assign(out, v)
    }
  })
  return out as Partial<O>
}

/** The options of a reduction, `axis` among them. */
export const reduceOptions = <O extends ReduceOptions>(name: string, axis: unknown, options: O | undefined, others: readonly (keyof O & string)[] = []): Partial<O> =>
  named<O>(name, ['axis'], [axis ?? undefined, options], ['keepdims', ...others])

/** The axes of a reduction (null: all), in increasing order, and whether to keep them. */
export function reductionAxes(name: string, x: { readonly shape: readonly number[] }, { axis, keepdims = false }: ReduceOptions): { axes: number[]; keepdims: boolean } {
  const rank = x.shape.length
  if (axis === null || axis === undefined) return { axes: range(rank), keepdims }
  const axes = numbersOf(name, axis).map((a) => axisOf(name, a, rank))
  if (new Set(axes).size !== axes.length) raise(fault('axis', `${name}: axis ${showShape(axes)} repeats an axis`, 'List every axis once.'))
  return { axes: axes.sort((a, b) => a - b), keepdims }
}

/** A non-negative axis, or an `AxisError`. */
export function axisOf(name: string, axis: number, rank: number): number {
  return normalizeAxis(axis, rank) ?? raise((demandKnown(axis, name), fault('axis', `${name}: axis ${shown(axis)} is out of bounds for an array of rank ${rank}`, rank === 0 ? 'A rank-0 array has no axes.' : `Give an integer from ${-rank} to ${rank - 1}.`)))
}

/** A result with its reduced axes kept as extents of 1. */
export const kept = (ctx: Context, reduced: Tensor, shape: readonly number[], axes: readonly number[]): Tensor =>
  ctx.ops.reshape(reduced, shape.map((e, i) => (axes.includes(i) ? 1 : e)))

/** So comes JAX's `x.at[i].set(value)`, written `x.at(i).set(value)`: the value stands in the place of the index. */
const noValue = (name: string, index: unknown): never =>
  raise(fault('tree', `${name}: there is no value for index ${shown(index)}`, `Write x.${name}(i, value), not x.at(i).${name}(value).`))

export function makeVocabulary(ops: Context['ops'], vocabulary: () => Vocabulary): Vocabulary {
  const ctx: Context = { ops, vocabulary }
  const t = (x: TensorLike): Tensor => asTensor(ctx, x)
  const number = (x: Tensor): Tensor => numeric(ctx, x)
  const binary = (name: string, f: (x: Tensor, y: Tensor) => Tensor, prepare: (x: Tensor) => Tensor = number) =>
    (x: TensorLike, y: TensorLike): Tensor => {
      const [a, b] = operands(ctx, name, [x, y]) as [Tensor, Tensor]
      return f(prepare(a), prepare(b))
    }
  const float = (x: Tensor): Tensor => floating(ctx, x)
  const unaryFloat = (f: (x: Tensor) => Tensor) => (x: TensorLike): Tensor => f(float(t(x)))
  const same = (x: Tensor): Tensor => x
  const reduction = (name: string, f: (x: Tensor, axes: readonly number[]) => Tensor, prepare = number) =>
    (x: TensorLike, axis?: AxisArg, options?: ReduceOptions): Tensor => {
      const a = prepare(t(x))
      const { axes, keepdims } = reductionAxes(name, a, reduceOptions(name, axis, options))
      const r = f(a, axes)
      return keepdims ? kept(ctx, r, a.shape, axes) : r
    }
  const arg = (name: string, f: (x: Tensor, axis: number) => Tensor) => (x: TensorLike, axis?: number | null): Tensor => {
    const a = t(x)
    return axis === null || axis === undefined ? f(ops.reshape(a, [a.size]), 0) : f(a, axisOf(name, axis, a.ndim))
  }
  /** A whole-number literal power is a product of squares. */
  const power = (x: TensorLike, y: TensorLike): Tensor => {
    const base = t(x)
    if (typeof y === 'number' && Number.isInteger(y) && Math.abs(y) <= 1024) {
      const b = base.dtype === 'bool' ? number(base) : y < 0 ? float(base) : base
      if (b === base || b.dtype === base.dtype || !base.aval.weak) return ops.integerPow(b, y)
    }
    const [a, b] = operands(ctx, 'power', [x, y]) as [Tensor, Tensor]
    return ops.pow(number(a), number(b))
  }
  const reshape = (x: TensorLike, shape: readonly number[] | number): Tensor => {
    const a = t(x)
    const wanted = numbersOf('reshape', shape, 'Write [2, 3]. The order is row-major: for another transpose first.')
    const open = wanted.indexOf(-1)
    const rest = wanted.reduce((p, e, i) => (i === open ? p : p * e), 1)
    const extent = rest === 0 ? 0 : a.size / rest
    const filled = wanted.map((e, i) => (i === open ? extent : e))
    if (filled.some((e) => !Number.isInteger(e) || e < 0) || (open >= 0 && rest === 0 && a.size !== 0))
      raise(fault('shape', `reshape: ${showShape(a.shape)} has ${a.size} elements, which ${showShape(wanted)} cannot hold`, 'Give a shape with as many elements; one extent may be -1.'))
    return ops.reshape(a, filled)
  }
  const sum = reduction('sum', (x, axes) => ops.sum(x, axes))
  return {
    add: binary('add', ops.add),
    subtract: binary('subtract', ops.sub),
    multiply: binary('multiply', ops.mul),
    divide: binary('divide', ops.div, float),
    power,
    negative: (x) => ops.neg(number(t(x))),
    abs: (x) => ops.abs(number(t(x))),
    exp: unaryFloat(ops.exp),
    log: unaryFloat(ops.log),
    sqrt: unaryFloat(ops.sqrt),
    square: (x) => {
      const a = number(t(x))
      return ops.mul(a, a)
    },
    less: binary('less', ops.lt, same),
    lessEqual: binary('lessEqual', ops.le, same),
    greater: binary('greater', ops.gt, same),
    greaterEqual: binary('greaterEqual', ops.ge, same),
    equal: binary('equal', ops.eq, same),
    notEqual: binary('notEqual', ops.ne, same),
    matmul: (x, y) => matmul(ctx, t(x), t(y)),
    dot: (x, y) => dot(ctx, t(x), t(y)),
    sum,
    mean: reduction(
      'mean',
      (x, axes) => ops.div(ops.sum(x, axes), axes.reduce((n, a) => n * x.shape[a]!, 1)),
      float,
    ),
    max: reduction('max', (x, axes) => (x.dtype === 'bool' ? ops.reduceOr(x, axes) : ops.reduceMax(x, axes)), same),
    min: reduction('min', (x, axes) => (x.dtype === 'bool' ? ops.reduceAnd(x, axes) : ops.reduceMin(x, axes)), same),
    prod: reduction('prod', (x, axes) => ops.prod(x, axes)),
    argmax: arg('argmax', ops.argmax),
    argmin: arg('argmin', ops.argmin),
    clip: (x, low, high) => {
      let a = t(x)
      for (const [bound, f] of [[low, ops.max], [high, ops.min]] as const)
        if (bound !== null && bound !== undefined) a = binary('clip', f)(a, bound)
      return a
    },
    astype: (x, dtype: DType) => {
      const a = t(x)
      return a.aval.weak || a.dtype !== dtype ? ops.convert(a, dtype) : a
    },
    ravel: (x) => {
      const a = t(x)
      return ops.reshape(a, [a.size])
    },
    reshape,
    transpose: (x, perm) => {
      const a = t(x)
      const p = perm ? numbersOf('transpose', perm).map((k) => axisOf('transpose', k, a.ndim)) : range(a.ndim).reverse()
      return ops.transpose(a, p)
    },
    at: (x, index) => at(ctx, t(x), index),
    set: (x, index, value = noValue('set', index)) => scatterAt(ctx, 'set', t(x), index, t(value)),
    addAt: (x, index, value = noValue('addAt', index)) => scatterAt(ctx, 'add', t(x), index, t(value)),
  }
}
