/**
 * Two classifiers, each a tree of parameters and a function from it to logits.
 *
 * Both are trained on the same loss: the mean cross-entropy, −log of the probability given to the right species.
 */
import type { Tensor } from 'adjoint'
import * as nn from 'adjoint/nn'
import * as np from 'adjoint/numpy'
import * as random from 'adjoint/random'

export interface Layer {
  readonly weight: Tensor
  readonly bias: Tensor
}
export type Parameters = readonly Layer[]

const affine = (layer: Layer, x: Tensor): Tensor => np.add(np.matmul(x, layer.weight), layer.bias)

/** Logits [n, 3]. One layer is logistic regression; several are a perceptron with tanh between them. */
export const logits = (layers: Parameters, features: Tensor): Tensor =>
  layers.reduce((x, layer, k) => affine(layer, k === 0 ? x : np.tanh(x)), features)

/** Weights of variance 1 / inputs, biases 0. */
export const initial = (key: Tensor, sizes: readonly number[]): Parameters =>
  sizes.slice(1).map((outputs, k) => ({
    weight: np.div(random.normal(random.foldIn(key, k), [sizes[k], outputs]), Math.sqrt(sizes[k])),
    bias: np.zeros([outputs]),
  }))

/** The mean of −log p(label). */
export const crossEntropy = (layers: Parameters, features: Tensor, labels: Tensor): Tensor =>
  np.negative(np.mean(np.sum(np.mul(nn.oneHot(labels, 3), nn.logSoftmax(logits(layers, features))), -1)))

/** The share of rows whose largest logit is that of their label. */
export const accuracy = (layers: Parameters, features: Tensor, labels: Tensor): number =>
  Number(np.mean(np.equal(np.argmax(logits(layers, features), -1), labels)))
