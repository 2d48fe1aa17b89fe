/**
 * Differences, finite-difference gradients, trapezoids, convolution and correlation of samples.
 *
 * All are linear in the samples.
 */
import { fault, raise, shown } from '../data/errors'
import { range, showShape } from '../data/shape'
import { ops } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { alike, axisIn, cut, float, integer, number, oneOf, stretch, tensor } from './arguments'
import { multiply } from './arithmetic'
import { correlated } from './correlation'
import { isOptions, named, numbersOf } from '../primitives/vocabulary/vocabulary'

export interface DiffOptions {
  readonly n?: number
  readonly axis?: number
  readonly prepend?: TensorLike
  readonly append?: TensorLike
}
/**
 * Differences of neighbours along an axis (the last), n times over; of booleans, whether they differ.
 * @example np.diff([1, 4, 9]).toArray() // => [3, 5]
 */
export function diff(x: TensorLike, n?: number | DiffOptions, axis?: number | DiffOptions, options?: DiffOptions): Tensor {
  const o = named<DiffOptions>('diff', ['n', 'axis'], [n, axis, options], ['prepend', 'append'])
  const order = integer('diff', 'n', o.n ?? 1, 0)
  const a = tensor(x)
  if (a.ndim === 0) raise(fault('shape', 'diff: a rank-0 array', 'Give an array of rank 1 or more.'))
  const at = axisIn('diff', o.axis ?? -1, a)
  if (order === 0) return a
  const side = (v: TensorLike): Tensor => {
    const t = tensor(v)
    return t.ndim === 0 ? stretch('diff', t, a.shape.map((e, i) => (i === at ? 1 : e))) : t
  }
  const all = alike([...(o.prepend === undefined ? [] : [side(o.prepend)]), a, ...(o.append === undefined ? [] : [side(o.append)])])
  let y = all.length === 1 ? all[0]! : ops.concatenate(all, at)
  for (let i = 0; i < order && (i === 0 || y.shape[at]! > 0); i++) {
    const m = y.shape[at]!
    const [later, earlier] = [cut(y, at, Math.min(1, m), m), cut(y, at, 0, Math.max(0, m - 1))]
    y = y.dtype === 'bool' ? ops.ne(later, earlier) : ops.sub(later, earlier)
  }
  return y
}
export interface Ediff1dOptions {
  readonly toEnd?: TensorLike
  readonly toBegin?: TensorLike
}
/** Differences of neighbours of the raveled array, with values put before and after. */
export function ediff1d(x: TensorLike, toEnd?: TensorLike | null | Ediff1dOptions, toBegin?: TensorLike | null): Tensor {
  const o = named<Ediff1dOptions>('ediff1d', ['toEnd', 'toBegin'], [toEnd ?? undefined, toBegin ?? undefined])
  const a = number(x)
  const d = diff(ops.reshape(a, [a.size]))
  const line = (v: TensorLike | null | undefined): Tensor[] => {
    if (v === null || v === undefined) return []
    const t = tensor(v)
    return [ops.reshape(t, [t.size])]
  }
  return ops.concatenate(alike([...line(o.toBegin), d, ...line(o.toEnd)]), 0)
}

export interface GradientOptions {
  readonly axis?: number | readonly number[] | null
  readonly edgeOrder?: 1 | 2
}
type Gradient = Tensor | Tensor[]
/**
 * Central differences inside and one-sided ones at the ends, along every axis (or those of `axis`). `spacing`: one
 * number for all axes, or for each axis a number or the vector of its coordinates. A list of arrays for several axes.
 */
export function gradient(f: TensorLike, ...spacing: readonly (TensorLike | GradientOptions)[]): Gradient {
  const last = spacing[spacing.length - 1]
  const o = named<GradientOptions>('gradient', [], [isOptions(last) ? last : undefined], ['axis', 'edgeOrder'])
  if (![1, 2, undefined].includes(o.edgeOrder)) raise(fault('index', `gradient: edgeOrder is ${shown(o.edgeOrder)}`, 'Give 1 or 2.'))
  const given = (isOptions(last) ? spacing.slice(0, -1) : spacing) as readonly TensorLike[]
  const a = float(f)
  const axes = o.axis === undefined || o.axis === null ? range(a.ndim) : numbersOf('gradient', o.axis).map((k) => axisIn('gradient', k, a))
  if (given.length > 1 && given.length !== axes.length) raise(fault('shape', `gradient: ${given.length} spacings for ${axes.length} axes`, 'Give one for all axes, or one for each.'))
  const out = axes.map((k, i) => slope(a, k, given.length === 0 ? 1 : given[given.length === 1 ? 0 : i]!, o.edgeOrder ?? 1))
  return out.length === 1 ? out[0]! : out
}

/** The derivative along one axis from neighbours at distances h (a number, or the vector of gaps between coordinates). */
function slope(a: Tensor, axis: number, spacing: TensorLike, order: 1 | 2): Tensor {
  const n = a.shape[axis]!
  if (n < order + 1) raise(fault('shape', `gradient: ${n} samples along axis ${axis}`, `Give at least ${order + 1} samples.`))
  const [y, given] = alike([a, float(spacing)]) as [Tensor, Tensor]
  if (given.ndim > 1 || (given.ndim === 1 && given.size !== n)) raise(fault('shape', `gradient: coordinates of shape ${showShape(given.shape)} for ${n} samples`, 'Give a number or one coordinate for each sample.'))
  const gaps = given.ndim === 0 ? undefined : ops.sub(cut(given, 0, 1, n), cut(given, 0, 0, n - 1))
  const h = (from: number, to: number): Tensor => {
    const shape = a.shape.map((e, i) => (i === axis ? to - from : e))
    return gaps ? ops.broadcast(cut(gaps, 0, from, to), shape, [axis]) : ops.broadcast(given, shape, [])
  }
  const part = (from: number, to: number): Tensor => cut(y, axis, from, to)
  const step = (from: number): Tensor => ops.div(ops.sub(part(from + 1, from + 2), part(from, from + 1)), h(from, from + 1))
  const inside = (): Tensor => {
    if (!gaps) return ops.div(ops.sub(part(2, n), part(0, n - 2)), ops.mul(2, h(0, n - 2)))
    // The parabola through three points.
    const [p, q] = [h(0, n - 2), h(1, n - 1)]
    const both = ops.add(p, q)
    const low = ops.mul(part(0, n - 2), ops.neg(ops.div(q, ops.mul(p, both))))
    const middle = ops.mul(part(1, n - 1), ops.div(ops.sub(q, p), ops.mul(p, q)))
    return ops.add(ops.add(low, middle), ops.mul(part(2, n), ops.div(p, ops.mul(q, both))))
  }
  /** The slope at an end of the parabola through its three points, nearest first, at distances p and q. */
  const end = (i: number, sign: 1 | -1): Tensor => {
    if (order === 1) return step(sign === 1 ? 0 : n - 2)
    const [p, q] = sign === 1 ? [h(0, 1), h(1, 2)] : [h(n - 2, n - 1), h(n - 3, n - 2)]
    const at = (k: number): Tensor => part(i + sign * k, i + sign * k + 1)
    const both = ops.add(p, q)
    const c0 = ops.neg(ops.div(ops.add(ops.mul(2, p), q), ops.mul(p, both)))
    const c1 = ops.div(both, ops.mul(p, q))
    const c2 = ops.neg(ops.div(p, ops.mul(q, both)))
    const d = ops.add(ops.add(ops.mul(c0, at(0)), ops.mul(c1, at(1))), ops.mul(c2, at(2)))
    return sign === 1 ? d : ops.neg(d)
  }
  return ops.concatenate([end(0, 1), ...(n > 2 ? [inside()] : []), end(n - 1, -1)], axis)
}

export interface TrapezoidOptions {
  readonly x?: TensorLike | null
  readonly dx?: TensorLike
  readonly axis?: number
}
/** The integral of samples along an axis (the last) by the trapezoidal rule, at coordinates x or at distances dx (1). */
export function trapezoid(y: TensorLike, x?: TensorLike | null | TrapezoidOptions, dx?: TensorLike | TrapezoidOptions, axis?: number, options?: TrapezoidOptions): Tensor {
  const o = named<TrapezoidOptions>('trapezoid', ['x', 'dx', 'axis'], [x ?? undefined, dx, axis, options])
  const [a, at] = alike([float(y), o.x === undefined || o.x === null ? float(o.dx ?? 1) : float(o.x)]) as [Tensor, Tensor]
  const k = axisIn('trapezoid', o.axis ?? -1, a)
  const n = a.shape[k]!
  const heights = ops.add(cut(a, k, Math.min(1, n), n), cut(a, k, 0, Math.max(0, n - 1)))
  const gaps = (): Tensor => {
    if (o.x === undefined || o.x === null) return at
    const d = at.ndim === 1 ? diff(at) : diff(at, 1, k)
    return at.ndim === 1 ? ops.broadcast(d, heights.shape, [k]) : d
  }
  return ops.sum(ops.mul(multiply(heights, gaps()), 0.5), [k])
}

export type ConvolveMode = 'full' | 'same' | 'valid'
export interface ConvolveOptions {
  readonly mode?: ConvolveMode
}

/** outᵢ = Σⱼ a[i + j] v[j] over all overlaps that the mode keeps; a is at least as long as v. */
function slid(a: Tensor, v: Tensor, mode: ConvolveMode): Tensor {
  const m = v.size
  const [low, high] = mode === 'full' ? [m - 1, m - 1] : mode === 'same' ? [Math.floor((m - 1) / 2), Math.floor(m / 2)] : [0, 0]
  // 'same' keeps the outputs that begin ⌊(m − 1)/2⌋ after the first full one.
  const before = mode === 'same' ? m - 1 - low : low
  const after = mode === 'same' ? m - 1 - high : high
  return correlated(ops as never, a, v, before, after)
}

const vectors = (name: string, x: TensorLike, y: TensorLike, mode: ConvolveMode): [Tensor, Tensor] => {
  const [a, v] = alike([x, y]).map((t) => {
    const b = number(t)
    return b.ndim === 0 ? ops.reshape(b, [1]) : b
  }) as [Tensor, Tensor]
  if (a.ndim !== 1 || v.ndim !== 1 || a.size === 0 || v.size === 0)
    raise(fault('shape', `${name}: shapes ${showShape(a.shape)} and ${showShape(v.shape)}`, 'Give two vectors that have elements.'))
  oneOf(name, 'mode', mode, ['full', 'same', 'valid'])
  return [a, v]
}

/** The discrete convolution of two vectors: 'full' (n + m − 1 values), 'same' (max(n, m)) or 'valid' (complete overlaps). */
export function convolve(x: TensorLike, y: TensorLike, options: ConvolveMode | ConvolveOptions = 'full'): Tensor {
  const mode = named<ConvolveOptions>('convolve', ['mode'], [options]).mode ?? 'full'
  const [a, v] = vectors('convolve', x, y, mode)
  return a.size >= v.size ? slid(a, ops.reverse(v, [0]), mode) : slid(v, ops.reverse(a, [0]), mode)
}
/** The cross-correlation of two vectors, cₖ = Σₙ x[n + k] y[n]; 'valid' by default. */
export function correlate(x: TensorLike, y: TensorLike, options: ConvolveMode | ConvolveOptions = 'valid'): Tensor {
  const mode = named<ConvolveOptions>('correlate', ['mode'], [options]).mode ?? 'valid'
  const [a, v] = vectors('correlate', x, y, mode)
  return a.size >= v.size ? slid(a, v, mode) : ops.reverse(slid(v, a, mode), [0])
}
