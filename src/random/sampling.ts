/**
 * Random choices: of categories by their logits, of elements of an array, of orders.
 *
 * Law: as in `jax.random`, indices in int32 instead of int64. Categories are chosen by the Gumbel-max trick.
 * Example: categorical(key(0), np.log([0.1, 0.2, 0.3, 0.4]), { shape: [10] })
 */
import { fault, raise } from '../data/errors'
import { range, sameShape, showShape, size, without, type Shape } from '../data/shape'
import { axisIn, demandKnown, float, made, moved, named, shapeOf, tensor } from '../numpy/arguments'
import { searchsorted } from '../numpy/searching'
import { take } from '../numpy/selecting'
import { topK } from '../primitives/sort'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import { isKnown, type Tensor, type TensorLike } from '../trace/tensor'
import { gumbels, type Mode } from './distributions'
import { below, shuffled } from './integers'
import { keyOf, type ShapeArg } from './key'
import { parameterShape } from './parameters'
import { unit, type FloatDType } from './uniform'

export interface CategoricalOptions {
  /** The axis of the categories: the last unless given. */
  readonly axis?: number
  /** The shape of the result: that of the logits without `axis`, with further axes before it. */
  readonly shape?: ShapeArg | null
  readonly replace?: boolean
  readonly mode?: Mode
}
/**
 * Categories 0, 1, … with probabilities proportional to e^logits, independently. With `replace: false`, the axes that
 * `shape` has before the logits' own hold different categories.
 */
export function categorical(key: TensorLike, logits: TensorLike, axis?: number | CategoricalOptions, shape?: ShapeArg | null | CategoricalOptions, options?: CategoricalOptions): Tensor {
  const o = named<CategoricalOptions>('categorical', ['axis', 'shape'], [axis, shape ?? undefined, options], ['replace', 'mode'])
  const k = keyOf('categorical', key)
  const x = float(logits)
  const dtype = x.dtype as FloatDType
  const along = axisIn('categorical', o.axis ?? -1, x)
  const batch = without(x.shape, [along])
  const form = o.shape === undefined || o.shape === null ? batch : parameterShape('categorical', o.shape, ops.full(batch, 0, dtype))
  const prefix = form.slice(0, form.length - batch.length)
  if (o.replace ?? true) {
    const drawn = [...form]
    drawn.splice(prefix.length + along, 0, x.shape[along]!)
    const noise = gumbels(k, drawn, dtype, o.mode)
    return ops.argmax(ops.add(noise, ops.broadcast(x, drawn, range(x.ndim, prefix.length))), prefix.length + along)
  }
  const n = size(prefix)
  if (n > x.shape[along]! || !sameShape(form.slice(prefix.length), batch))
    raise(fault('shape', `categorical: shape ${showShape(form)} asks for ${n} different ones of ${x.shape[along]!} categories`, 'Ask for no more than there are, or set replace: true; the last extents are those of the logits without axis.'))
  const scores = ops.add(x, gumbels(k, x.shape, dtype, o.mode))
  const best = ops.bind(topK, [moved(scores, along, x.ndim - 1)], { k: n })[1]!
  return ops.reshape(moved(best, best.ndim - 1, 0), form)
}

/** So many things can be put into an order. */
const most = 2 ** 27
/** 0, 1, …, n − 1. */
function count(n: number): Tensor {
  if (n > most) raise(fault('shape', `${n} things are too many to be put into an order`, `Give at most ${most}.`))
  return made(Int32Array.from({ length: n }, (_, i) => i), [n])
}

/** x at positions along an axis, whose place their axes take; they are inside. */
const chosen = (x: Tensor, positions: Tensor, axis: number): Tensor => take(x, positions, { axis, mode: 'clip' })

/** A number of things, or an array and the axis along which they stand. */
interface Things {
  readonly array: Tensor | undefined
  readonly axis: number
  readonly n: number
}

function things(name: string, x: TensorLike, axis: number): Things {
  if (typeof x === 'number') {
    if (!Number.isInteger(x) || x < 0 || x >= 2 ** 31) raise(fault('shape', `${name}: ${x} is no number of things`, 'Give a non-negative integer, or an array.'))
    return { array: undefined, axis: 0, n: x }
  }
  const array = tensor(x)
  if (array.ndim === 0) demandKnown(array, name, 'the number of things')
  const along = axisIn(name, axis, array)
  return { array, axis: along, n: array.shape[along]! }
}

const reordered = (key: Tensor, { array, axis, n }: Things): Tensor => {
  if (!array) return shuffled(key, count(n), 0)
  return array.ndim === 1 ? shuffled(key, array, 0) : chosen(array, shuffled(key, count(n), 0), axis)
}

export interface PermutationOptions {
  readonly axis?: number
  /** Whether each line along the axis gets an order of its own. */
  readonly independent?: boolean
}
/** An array in random order along an axis (the first), or the numbers 0 … x − 1 in random order. */
export function permutation(key: TensorLike, x: TensorLike, axis?: number | PermutationOptions, independent?: boolean | PermutationOptions): Tensor {
  const o = named<PermutationOptions>('permutation', ['axis', 'independent'], [axis, independent])
  const k = keyOf('permutation', key)
  const t = things('permutation', x, o.axis ?? 0)
  return o.independent && t.array ? shuffled(k, t.array, t.axis) : reordered(k, t)
}

export interface ChoiceOptions {
  readonly shape?: ShapeArg
  readonly replace?: boolean
  /** The probability of each thing; they need not sum to one. Equal unless given. */
  readonly p?: TensorLike | null
  readonly axis?: number
}

/** Positions of n things by their probabilities. */
function byProbability(key: Tensor, p: TensorLike, n: number, shape: Shape, replace: boolean): Tensor {
  const weights = float(p)
  if (!sameShape(weights.shape, [n])) raise(fault('shape', `choice: p has shape ${showShape(weights.shape)} for ${n} things`, 'Give one probability for each thing along the axis.'))
  if (isKnown(weights)) demandWeights(weights)
  const dtype = weights.dtype as FloatDType
  if (!replace) return ops.reshape(ops.bind(topK, [ops.add(gumbels(key, [n], dtype), ops.log(weights))], { k: size(shape) })[1]!, shape)
  const c = words.cumsum(weights, 0)
  const at = searchsorted(c, ops.mul(c.at(n - 1), ops.sub(1, unit(key, shape, dtype))))
  return isKnown(weights) ? at : ops.min(at, n - 1)
}

/** Known probabilities are not negative and have a finite sum above 0; positions by traced ones are held inside. */
function demandWeights(weights: Tensor): void {
  let total = 0
  for (const e of weights.data()) {
    if (!(e >= 0)) raise(fault('index', `choice: a probability is ${e}`, 'Give numbers of at least 0, of which one is larger.'))
    total += e
  }
  if (!(total > 0 && total < Infinity)) raise(fault('index', `choice: the probabilities add up to ${total}`, 'Give finite numbers of at least 0, of which one is larger.'))
}

/**
 * Things chosen at random, with or without replacement: slices of an array along an axis (the first), whose place the axes
 * of `shape` take; or numbers from 0 to a − 1.
 * @example choice(key(0), 10, [6], { replace: false }).toArray() // => [0, 1, 8, 5, 6, 4]
 */
export function choice(key: TensorLike, a: TensorLike, shape?: ShapeArg | ChoiceOptions, replace?: boolean | ChoiceOptions, p?: TensorLike | null | ChoiceOptions, axis?: number | ChoiceOptions): Tensor {
  const o = named<ChoiceOptions>('choice', ['shape', 'replace', 'p', 'axis'], [shape, replace, p, axis])
  const k = keyOf('choice', key)
  const t = things('choice', a, o.axis ?? 0)
  const form = shapeOf('choice', o.shape ?? [])
  const draws = size(form)
  const again = o.replace ?? true
  const whole = t.array ? [...t.array.shape.slice(0, t.axis), ...form, ...t.array.shape.slice(t.axis + 1)] : form
  if (draws === 0) return ops.full(whole, 0, t.array?.dtype ?? 'int32')
  if (t.n === 0 || (!again && draws > t.n))
    raise(fault('shape', `choice: ${draws} of ${t.n} things${again ? '' : ' without replacement'}`, 'Ask for no more than there are.'))
  if (!again && (o.p === undefined || o.p === null)) {
    const y = reordered(k, t)
    const first = ops.slice(y, y.shape.map(() => 0), y.shape.map((e, i) => (i === t.axis ? draws : e)))
    return ops.reshape(first, whole)
  }
  const positions = o.p === undefined || o.p === null ? below(k, form, t.n) : byProbability(k, o.p, t.n, form, again)
  return t.array ? chosen(t.array, positions, t.axis) : positions
}
