/**
 * Searching sorted arrays, counting, interpolation, and sets.
 *
 * Positions and counts have no derivative; interp is differentiable in all its arguments. NaN counts as larger than all.
 */
import type { TypedArray } from '../data/dtype'
import { fault, raise, shown } from '../data/errors'
import { demandOptions } from '../data/options'
import { range, showShape } from '../data/shape'
import { engine, ops } from '../primitives/core'
import { scatterAdd } from '../primitives/indexing'
import * as words from '../primitives/tensor-words'
import { isKnown, isTraced, type Tensor, type TensorLike } from '../trace/tensor'
import { alike, apply, constant, cut, float, floatPair, integer, known, made, oneOf, tensor, uniform } from './arguments'
import { linspace } from './creation'
import { search } from './search'
import { compress, positions } from './selecting'
import { whole } from './whole'
import { demandKnown, named } from '../primitives/vocabulary/vocabulary'

export interface SearchOptions {
  readonly side?: 'left' | 'right'
  readonly sorter?: TensorLike
}

/**
 * Where the values v would be put into the sorted vector x: before equal elements ('left', the default) or after them.
 * Shape of v, int32.
 * @example np.searchsorted([1, 2, 2, 3], 2).item() // => 1
 */
export function searchsorted(x: TensorLike, v: TensorLike, side?: 'left' | 'right' | SearchOptions, options?: SearchOptions): Tensor {
  const o = named<SearchOptions>('searchsorted', ['side'], [side, options], ['sorter'])
  oneOf('searchsorted', 'side', o.side ?? 'left', ['left', 'right'])
  const [given, values] = alike([x, v]) as [Tensor, Tensor]
  if (given.ndim !== 1) raise(fault('shape', `searchsorted: a sorted array of shape ${showShape(given.shape)}`, 'Give a sorted vector.'))
  const sorted = o.sorter === undefined ? given : engine.vocabulary.at(given, [positions('searchsorted', o.sorter)])
  return apply(search, [sorted, values], { batch: 0, right: o.side === 'right' })
}

/** The number of the bin that each element lies in: edges[i − 1] ≤ x < edges[i] (or < and ≤ when `right`); edges may fall. */
export function digitize(x: TensorLike, bins: TensorLike, right: boolean | { readonly right?: boolean } = false): Tensor {
  const edges = tensor(bins)
  const side = (named<{ right: boolean }>('digitize', ['right'], [right]).right ?? false) ? 'left' : 'right'
  const n = edges.size
  const rising = (): Tensor => searchsorted(edges, x, side)
  const falling = (): Tensor => ops.sub(n, searchsorted(ops.reverse(edges, [0]), x, side))
  if (n < 2) return rising()
  const order = ops.ge(ops.reshape(cut(edges, 0, n - 1, n), []), ops.reshape(cut(edges, 0, 0, 1), []))
  if (isKnown(order)) return order.item() ? rising() : falling()
  return ops.select(order, rising(), falling())
}

export interface BincountOptions {
  readonly weights?: TensorLike | null
  readonly minlength?: number
  /** The number of bins, where the values are not known; what lies beyond is not counted. */
  readonly length?: number
}
/** So many bins are made unasked. */
const mostBins = 2 ** 26
/** How often 0, 1, 2, … occur among non-negative integers, or the sums of their weights. */
export function bincount(x: TensorLike, weights?: TensorLike | null | BincountOptions, options?: BincountOptions): Tensor {
  const o = named<BincountOptions>('bincount', ['weights'], [weights ?? undefined, options], ['minlength', 'length'])
  const a = positions('bincount', x)
  const line = ops.reshape(a, [a.size])
  let length = o.length === undefined ? undefined : integer('bincount', 'length', o.length, 0)
  if (length === undefined) {
    const elements = line.data()
    let most = -1
    for (let i = 0; i < elements.length; i++) {
      if (elements[i]! < 0) raise(fault('index', `bincount: ${elements[i]} is negative`, 'Count non-negative integers.'))
      if (elements[i]! > most) most = elements[i]!
    }
    length = Math.max(most + 1, integer('bincount', 'minlength', o.minlength ?? 0, 0))
    if (length > mostBins) raise(fault('shape', `bincount: ${length} bins, as the largest integer is ${most}`, 'Give `length`, the number of bins: what lies beyond is not counted.'))
  }
  return tally(line, o.weights === undefined || o.weights === null ? undefined : ops.reshape(tensor(o.weights), [a.size]), length)
}

/** Sums of weights (or counts) by integer; what lies outside is dropped. */
function tally(at: Tensor, weights: Tensor | undefined, length: number): Tensor {
  return whole(`tally ${length}`, weights ? [at, weights] : [at], (places, given) => {
    const w = given ?? ops.broadcast(constant(1, 'int32'), at.shape, [])
    const zeros = uniform([length], 0, w.dtype)
    return at.size === 0 ? zeros : apply(scatterAdd, [zeros, ops.reshape(ops.convert(places!, 'int32'), [at.size, 1]), w], { batch: 0, mode: 'drop' })
  })
}

export interface HistogramOptions {
  readonly bins?: number | TensorLike
  readonly range?: readonly [TensorLike, TensorLike]
  readonly weights?: TensorLike
  readonly density?: boolean
}
/** The edges of a histogram's bins: as given, or evenly spaced over the range (that of the values by default). */
export function histogramBinEdges(x: TensorLike, bins?: TensorLike | HistogramOptions, options?: HistogramOptions): Tensor {
  return edgesOf('histogramBinEdges', x, histogramOptions('histogramBinEdges', bins, options))
}
const histogramOptions = (name: string, bins?: TensorLike | HistogramOptions, options?: HistogramOptions): Partial<HistogramOptions> =>
  named<HistogramOptions>(name, ['bins'], [bins, options], ['range', 'weights', 'density'])

function edgesOf(name: string, x: TensorLike, o: Partial<HistogramOptions>): Tensor {
  const count = o.bins ?? 10
  if (typeof count !== 'number') {
    const edges = tensor(count)
    if (edges.ndim === 0) demandKnown(edges, name, 'bins')
    if (edges.ndim !== 1 || edges.size < 2) raise(fault('shape', `${name}: edges of shape ${showShape(edges.shape)}`, 'Give a vector of at least two edges, or a number of bins.'))
    const e = isKnown(edges) ? edges.data() : []
    for (let i = 1; i < e.length; i++) if (e[i - 1]! > e[i]!) raise(fault('index', `${name}: edge ${e[i - 1]} stands before ${e[i]}`, 'Give edges in rising order.'))
    return edges
  }
  integer(name, 'bins', count, 1)
  if (o.range !== undefined && (!Array.isArray(o.range) || o.range.length !== 2)) raise(fault('tree', `${name}: range is ${shown(o.range)}`, 'Give [low, high].'))
  const a = float(x)
  const all = range(a.ndim)
  const [low, high] = o.range
    ? o.range.map((r) => alike([constant(0, a.dtype), r])[1])
    : a.size === 0 ? [constant(0, a.dtype), constant(1, a.dtype)] : [ops.reduceMin(a, all), ops.reduceMax(a, all)]
  const [from, to] = floatPair('histogram', low!, high!)
  if (isKnown(from) && isKnown(to)) {
    const [start, end] = [from.item() as number, to.item() as number]
    if (!(start <= end && Number.isFinite(start) && Number.isFinite(end)))
      raise(fault('index', `${name}: the range is [${start}, ${end}]`, o.range ? 'Give two finite numbers, the smaller one first.' : 'Give the range of the bins, as { range: [low, high] }, where not all values are finite.'))
  }
  const point = ops.eq(from, to)
  return linspace(ops.select(point, ops.sub(from, 0.5), from), ops.select(point, ops.add(to, 0.5), to), count + 1)
}
/** [counts in each bin, edges]: bins are [a, b) but for the last, [a, b]; densities integrate to 1. */
export function histogram(x: TensorLike, bins?: TensorLike | HistogramOptions, options?: HistogramOptions): [Tensor, Tensor] {
  const o = histogramOptions('histogram', bins, options)
  const edges = edgesOf('histogram', x, o)
  const a = tensor(x)
  const line = ops.reshape(a, [a.size])
  const n = edges.size - 1
  const [values, bounds] = alike([line, edges]) as [Tensor, Tensor]
  const weights = o.weights === undefined ? [] : [ops.reshape(tensor(o.weights), [a.size])]
  const hist = whole('histogram', [values, bounds, ...weights], (v, b, w) => {
    const found = ops.sub(searchsorted(b!, v!, 'right'), 1)
    const last = ops.reshape(cut(b!, 0, n, n + 1), [])
    const at = ops.select(ops.eq(v!, last), n - 1, found)
    // A bin number of −1 or n is outside; negative ones would count from the end.
    return tally(ops.select(ops.lt(at, 0), n, at), w, n)
  })
  if (!o.density) return [hist, edges]
  const [counts, widths] = floatPair('histogram', hist, ops.sub(cut(edges, 0, 1, n + 1), cut(edges, 0, 0, n)))
  return [ops.div(ops.div(counts, widths), ops.sum(counts, [0])), edges]
}

export interface InterpOptions {
  readonly left?: TensorLike
  readonly right?: TensorLike
  /** The period of x: xp is brought into one period and sorted. */
  readonly period?: number
}
/**
 * The piecewise linear function through the points (xp, fp), xp increasing, at x. Beyond the ends it is constant, or
 * `left` and `right`. At a knot the derivative is that of the piece to its right.
 * @example np.interp(1.5, [1, 2], [10, 20]).item() // => 15
 */
export function interp(x: TensorLike, xp: TensorLike, fp: TensorLike, left?: TensorLike | null | InterpOptions, right?: TensorLike | null, options?: InterpOptions): Tensor {
  const o = named<InterpOptions>('interp', ['left', 'right'], [left ?? undefined, right ?? undefined, options], ['period'])
  const [at, knots, values] = alike([float(x), float(xp), float(fp)]) as [Tensor, Tensor, Tensor]
  if (knots.ndim !== 1 || values.ndim !== 1 || knots.size !== values.size || knots.size === 0)
    raise(fault('shape', `interp: points of shapes ${showShape(knots.shape)} and ${showShape(values.shape)}`, 'Give two vectors of one length, at least 1.'))
  const period = o.period === undefined ? undefined : known('interp', 'period', o.period)
  const ends = [o.left, o.right].map((e) => (e === undefined ? undefined : alike([values, e])[1]!))
  const given = ends.filter((e): e is Tensor => e !== undefined)
  return whole(`interp ${period} ${ends.map(Boolean).join()}`, [at, knots, values, ...given], (t, k, v, ...sides) => {
    const [left, right] = ends.map((e) => e && sides[given.indexOf(e)])
    return interpolated(t!, k!, v!, period, left, right)
  })
}

function interpolated(x: Tensor, xp: Tensor, fp: Tensor, period: number | undefined, left: Tensor | undefined, right: Tensor | undefined): Tensor {
  let [at, knots, values] = [x, xp, fp]
  if (period !== undefined) {
    const wrapped = (t: Tensor): Tensor => ops.sub(t, ops.mul(words.stopGradient(words.floor(ops.div(t, period))), period))
    const sorted = words.sort([wrapped(knots), values], 0, 1)
    const m = knots.size
    at = wrapped(at)
    knots = ops.concatenate([ops.sub(cut(sorted[0]!, 0, m - 1, m), period), sorted[0]!, ops.add(cut(sorted[0]!, 0, 0, 1), period)], 0)
    values = ops.concatenate([cut(sorted[1]!, 0, m - 1, m), sorted[1]!, cut(sorted[1]!, 0, 0, 1)], 0)
  }
  const n = knots.size
  const end = (t: Tensor, i: number): Tensor => ops.reshape(cut(t, 0, i, i + 1), [])
  const [low, high] = [ops.lt(at, end(knots, 0)), ops.gt(at, end(knots, n - 1))]
  const outside = ops.or(ops.or(low, high), ops.isNaN(at))
  const inner = n === 1 ? end(values, 0) : between(at, knots, values, outside)
  const bounded = ops.select(low, left ?? end(values, 0), inner)
  const held = ops.select(high, right ?? end(values, n - 1), bounded)
  return ops.select(ops.isNaN(at), words.stopGradient(at), held)
}

/** Linear interpolation inside; positions outside are moved to the first knot, so that nothing there reaches a derivative. */
function between(x: Tensor, knots: Tensor, values: Tensor, outside: Tensor): Tensor {
  const n = knots.size
  const i = ops.max(ops.min(searchsorted(knots, x, 'right'), n - 1), 1)
  const read = (t: Tensor, k: Tensor): Tensor => ops.gather(t, ops.reshape(k, [...k.shape, 1]), { batch: 0, mode: 'clip' })
  const j = ops.sub(i, 1)
  const [x0, x1, f0, f1] = [read(knots, j), read(knots, i), read(values, j), read(values, i)]
  const width = ops.sub(x1, x0)
  const point = ops.eq(width, 0)
  const delta = ops.sub(ops.select(outside, x0, x), x0)
  const slope = ops.div(ops.sub(f1, f0), ops.select(point, 1, width))
  return ops.select(point, f0, ops.add(f0, ops.mul(delta, slope)))
}

/** Whether each element of x is among `test`. */
export function isin(x: TensorLike, test: TensorLike, options: { readonly invert?: boolean } = {}): Tensor {
  demandOptions('isin', options, ['invert'])
  const { invert = false } = options
  const [a, b] = alike([x, test]) as [Tensor, Tensor]
  if (b.size === 0) return uniform(a.shape, Number(invert), 'bool')
  const sorted = words.sort([ops.reshape(b, [b.size])], 0, 1)[0]!
  const found = ops.eq(a, engine.vocabulary.at(sorted, [ops.min(apply(search, [sorted, a], { batch: 0, right: false }), b.size - 1)]))
  return invert ? ops.not(found) : found
}

export interface UniqueOptions {
  readonly returnIndex?: boolean
  readonly returnInverse?: boolean
  readonly returnCounts?: boolean
}
/** The distinct elements in sorted order: one NaN, which stands last, and of −0 and 0 the first. */
function distinct(elements: TypedArray): Tensor {
  const sorted = elements.slice().sort()
  let n = 0
  for (let i = 0; i < sorted.length; i++) {
    const [e, previous] = [sorted[i]!, sorted[n - 1]!]
    if (n === 0 || !(e === previous || (e !== e && previous !== previous))) sorted[n++] = e
  }
  const zero = sorted.subarray(0, n).indexOf(0)
  if (zero >= 0) sorted[zero] = elements[elements.indexOf(0)]!
  return made(sorted.slice(0, n), [n])
}

/**
 * The distinct elements in sorted order (one NaN); the values must be known. With options, a list: the elements, then
 * where each stands first, for every element of x (in x's shape) the number of its distinct one, and the counts.
 */
export function unique(x: TensorLike, options: UniqueOptions & ({ readonly returnIndex: true } | { readonly returnInverse: true } | { readonly returnCounts: true })): Tensor[]
export function unique(x: TensorLike, options?: UniqueOptions): Tensor
export function unique(x: TensorLike, options: UniqueOptions = {}): Tensor | Tensor[] {
  demandOptions('unique', options, ['returnIndex', 'returnInverse', 'returnCounts'])
  const a = tensor(x)
  const elements = a.data()
  if (!isTraced(a) && !options.returnIndex && !options.returnInverse && !options.returnCounts) return distinct(elements)
  // The sort is stable: the first of equal elements stands first.
  const order = words.sort([made(elements, [elements.length]), made(Int32Array.from(elements.keys()), [elements.length])], 0, 1)[1]!.data()
  const firsts: number[] = []
  const counts: number[] = []
  const inverse = new Int32Array(elements.length)
  order.forEach((i, k) => {
    const [e, previous] = [elements[i]!, k === 0 ? undefined : elements[order[k - 1]!]!]
    if (previous !== undefined && (e === previous || (e !== e && previous !== previous))) counts[counts.length - 1]!++
    else {
      firsts.push(i)
      counts.push(1)
    }
    inverse[i] = firsts.length - 1
  })
  const list = (v: readonly number[]): Tensor => made(Int32Array.from(v), [v.length])
  const line = ops.reshape(a, [a.size])
  const values = a.size === 0 ? line : ops.gather(line, ops.reshape(list(firsts), [firsts.length, 1]), { batch: 0, mode: 'clip' })
  if (!options.returnIndex && !options.returnInverse && !options.returnCounts) return values
  return [
    values,
    ...(options.returnIndex ? [list(firsts)] : []),
    ...(options.returnInverse ? [made(inverse, a.shape)] : []),
    ...(options.returnCounts ? [list(counts)] : []),
  ]
}

/** The distinct elements of both; the values must be known. */
export const union1d = (x: TensorLike, y: TensorLike): Tensor => unique(ops.concatenate(alike([x, y]).map((a) => ops.reshape(a, [a.size])), 0))
/** The distinct elements that both have; the values must be known. */
export const intersect1d = (x: TensorLike, y: TensorLike): Tensor => {
  const u = unique(x)
  return compress(isin(u, y), u)
}
/** The distinct elements of x that y does not have; the values must be known. */
export const setdiff1d = (x: TensorLike, y: TensorLike): Tensor => {
  const u = unique(x)
  return compress(isin(u, y, { invert: true }), u)
}

