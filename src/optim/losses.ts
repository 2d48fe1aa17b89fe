/**
 * Losses, for each example: reduce them with np.mean or np.sum.
 *
 * Law: as Optax's. Logits may be large: none of these overflows where its value does not.
 * Source: Huber 1964 (Huber loss). Cross-entropies are −Σ labels · log p.
 */
import { isInteger } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { range, sameShape, showShape } from '../data/shape'
import { apply, axesOf, axisIn, float, floatPair, moved, named, reshaped, tensor } from '../numpy/arguments'
import { positions } from '../numpy/selecting'
import { logaddexp as logaddexpPrimitive } from '../primitives/elementwise/inverse'
import { gather } from '../primitives/indexing'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { settings } from './transformation'

/** predictions − targets; predictions alone are errors already. */
function errorsOf(name: string, predictions: TensorLike, targets: TensorLike | null | undefined): Tensor {
  if (targets === null || targets === undefined) return float(predictions)
  return ops.sub(...floatPair(name, predictions, targets))
}

/** The same, of arrays that must have one shape: broadcasting [n] against [n, 1] is a mistake that goes unnoticed. */
function equalErrors(name: string, predictions: TensorLike, targets: TensorLike | null | undefined): Tensor {
  if (targets !== null && targets !== undefined) {
    const [a, b] = [tensor(predictions).shape, tensor(targets).shape]
    if (!sameShape(a, b)) raise(fault('shape', `${name}: predictions have shape ${showShape(a)}, targets ${showShape(b)}`, 'Give them one shape: here nothing is broadcast.'))
  }
  return errorsOf(name, predictions, targets)
}

/** (predictions − targets)². */
export function squaredError(predictions: TensorLike, targets?: TensorLike | null): Tensor {
  const e = equalErrors('squaredError', predictions, targets)
  return ops.mul(e, e)
}
/** ½ (predictions − targets)². */
export function l2Loss(predictions: TensorLike, targets?: TensorLike | null): Tensor {
  const e = equalErrors('l2Loss', predictions, targets)
  return ops.mul(ops.mul(e, e), 0.5)
}

export interface HuberOptions {
  /** Where the loss turns from quadratic to linear, 1. */
  readonly delta?: number
}
/** ½ e² for |e| ≤ delta, else linear with the same slope. */
export function huberLoss(predictions: TensorLike, targets?: TensorLike | null, options: HuberOptions = {}): Tensor {
  const { delta } = settings('huberLoss', options, { delta: 1 })
  const size = ops.abs(errorsOf('huberLoss', predictions, targets))
  const quadratic = ops.min(size, delta)
  return ops.add(ops.mul(ops.mul(quadratic, quadratic), 0.5), ops.mul(ops.sub(size, quadratic), delta))
}

/** log cosh (predictions − targets): quadratic near 0, linear far away. */
export function logCosh(predictions: TensorLike, targets?: TensorLike | null): Tensor {
  const e = errorsOf('logCosh', predictions, targets)
  return ops.sub(apply(logaddexpPrimitive, [e, ops.neg(e)]), Math.LN2)
}

export interface CosineLossOptions {
  /** The least squared length that is divided by, 0. */
  readonly epsilon?: number
  readonly axis?: number
}
/** ⟨predictions, targets⟩ / (‖predictions‖ ‖targets‖) along an axis, the last. */
export function cosineSimilarity(predictions: TensorLike, targets: TensorLike, options: CosineLossOptions = {}): Tensor {
  return cosine('cosineSimilarity', predictions, targets, options)
}

function cosine(name: string, predictions: TensorLike, targets: TensorLike, options: CosineLossOptions): Tensor {
  const { epsilon, axis } = settings(name, options, { epsilon: 0, axis: -1 })
  const [a, b] = floatPair(name, predictions, targets)
  const { axes } = axesOf(name, a, { axis })
  const unit = (x: Tensor): Tensor => {
    const square = reshaped(ops.sum(ops.mul(x, x), axes), x.shape, axes, true)
    return ops.div(x, ops.broadcast(ops.sqrt(ops.max(square, epsilon)), x.shape, range(x.ndim)))
  }
  return ops.sum(ops.mul(unit(a), unit(b)), axes)
}
/** 1 − the cosine of the angle between predictions and targets. */
export const cosineDistance = (predictions: TensorLike, targets: TensorLike, options: CosineLossOptions = {}): Tensor => ops.sub(1, cosine('cosineDistance', predictions, targets, options))

/** log Σ eˣ along the last axis. */
function logSumExp(x: Tensor): Tensor {
  const last = x.ndim - 1
  const top = words.stopGradient(ops.reduceMax(x, [last]))
  const shift = ops.select(words.isFinite(top), top, 0)
  const sum = ops.sum(ops.exp(ops.sub(x, ops.broadcast(shift, x.shape, range(last)))), [last])
  return ops.add(ops.log(sum), shift)
}

export interface EntropyOptions {
  /** The axis of the classes, the last. */
  readonly axis?: number
}
const classAxis = (name: string, axis: number | EntropyOptions | undefined, x: Tensor): number =>
  axisIn(name, named<EntropyOptions>(name, ['axis'], [axis]).axis ?? -1, x)

/** −Σ labels · log softmax(logits) along an axis, the last; labels are probabilities and broadcast. */
export function softmaxCrossEntropy(logits: TensorLike, labels: TensorLike, axis?: number | EntropyOptions): Tensor {
  const [x, p] = floatPair('softmaxCrossEntropy', logits, labels)
  const along = classAxis('softmaxCrossEntropy', axis, x)
  const [scores, weights] = [x, p].map((t) => moved(t, along, x.ndim - 1)) as [Tensor, Tensor]
  const logs = ops.sub(scores, ops.broadcast(logSumExp(scores), scores.shape, range(x.ndim - 1)))
  return ops.neg(ops.sum(ops.mul(weights, logs), [x.ndim - 1]))
}

/** −log softmax(logits) at the labels, which are integers (an array, or a list of JS integers) of the logits' shape without the axis. A label that is no class gives NaN. */
export function softmaxCrossEntropyWithIntegerLabels(logits: TensorLike, labels: TensorLike, axis?: number | EntropyOptions): Tensor {
  const name = 'softmaxCrossEntropyWithIntegerLabels'
  const x = float(logits)
  const scores = moved(x, classAxis(name, axis, x), x.ndim - 1)
  const given = typeof labels === 'number' || Array.isArray(labels) ? positions(name, labels) : tensor(labels)
  const batch = scores.shape.slice(0, -1)
  if (!isInteger(given.dtype)) raise(fault('dtype', `${name}: labels are ${given.dtype}${showShape(given.shape)}, expected integers`, "Convert them with np.astype(labels, 'int32'); for probabilities, use softmaxCrossEntropy."))
  if (!sameShape(given.shape, batch)) raise(fault('shape', `${name}: labels have shape ${showShape(given.shape)}, logits ${showShape(x.shape)} need ${showShape(batch)}`, 'Give one label for each example.'))
  const classes = scores.shape[batch.length]!
  const at = given.dtype === 'uint32' ? given : ops.select(ops.lt(given, 0), ops.add(given, classes), given)
  const [chosen] = ops.bind(gather, [scores, ops.reshape(at, [...batch, 1])], { batch: batch.length, mode: 'drop', fill: NaN })
  return ops.sub(logSumExp(scores), chosen!)
}

/** −labels · log σ(logits) − (1 − labels) · log σ(−logits), element by element. */
export function sigmoidBinaryCrossEntropy(logits: TensorLike, labels: TensorLike): Tensor {
  const [x, p] = floatPair('sigmoidBinaryCrossEntropy', logits, labels)
  const minusLogSigmoid = (t: Tensor): Tensor => apply(logaddexpPrimitive, [ops.neg(t), ops.full([], 0, t.dtype)])
  return ops.add(ops.mul(p, minusLogSigmoid(x)), ops.mul(ops.sub(1, p), minusLogSigmoid(ops.neg(x))))
}
