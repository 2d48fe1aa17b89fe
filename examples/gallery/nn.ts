/**
 * Every function of adjoint/nn once, with what it prints. They mean what those of jax.nn mean.
 *
 * Run: npx tsx examples/gallery/nn.ts
 */
import * as nn from 'adjoint/nn'
import * as random from 'adjoint/random'
import { runIfEntry, type Print } from '../entry'
import { text } from './text'

const x = [-2, 0, 2]

export function main(print: Print): void {
  const show = (value: unknown): void => print(text(value))

  // Activations
  show(nn.relu(x)) // => [0. 0. 2.]
  show(nn.relu6([-1, 3, 9])) // => [0. 3. 6.]
  show(nn.leakyRelu(x)) // => [-0.02  0.    2.  ]
  show(nn.elu(x)) // => [-0.86466472  0.          2.        ]
  show(nn.selu(x)) // => [-1.52016647  0.          2.10140197]
  show(nn.celu(x)) // => [-0.86466472  0.          2.        ]
  show(nn.gelu(x)) // => [-0.04540231  0.          1.95459769]
  show(nn.gelu(x, { approximate: false })) // => [-0.04550026  0.          1.95449974]
  show(nn.sigmoid(x)) // => [0.11920292 0.5        0.88079708]
  show(nn.logSigmoid(x)) // => [-2.12692801 -0.69314718 -0.12692801]
  show(nn.softplus(x)) // => [0.12692801 0.69314718 2.12692801]
  show(nn.softSign(x)) // => [-0.66666667  0.          0.66666667]
  show(nn.silu(x)) // => [-0.23840584  0.          1.76159416]
  show(nn.mish(x)) // => [-0.25250148  0.          1.94395896]
  show(nn.tanh(x)) // => [-0.96402758  0.          0.96402758]
  show(nn.hardTanh(x)) // => [-1.  0.  1.]
  show(nn.hardSigmoid(x)) // => [0.16666667 0.5        0.83333333]
  show(nn.hardSilu(x)) // => [-0.33333333  0.          1.66666667]
  show(nn.squareplus(x)) // => [0.41421356 1.         2.41421356]
  show(nn.glu([1, 2, 0, 0])) // => [0.5 1. ]

  // Softmax and its kin
  show(nn.softmax(x)) // => [0.01587624 0.11731043 0.86681333]
  show(nn.logSoftmax(x)) // => [-4.14293163 -2.14293163 -0.14293163]
  show(nn.logsumexp([1000, 1000])) // => 1000.6931471805599
  show(nn.standardize([1, 2, 3])) // => [-1.22473569  0.          1.22473569]
  show(nn.oneHot([0, 2], 3)) // => [[1. 0. 0.] [0. 0. 1.]]

  // Initial weights: makers of functions of a key and a shape
  const key = random.key(0)
  show(nn.initializers.zeros(key, [2])) // => [0. 0.]
  show(nn.initializers.ones(key, [2])) // => [1. 1.]
  show(nn.initializers.constant(7)(key, [2])) // => [7. 7.]
  show(nn.initializers.uniform()(key, [2])) // => [0.00418457 0.00216295]
  show(nn.initializers.normal()(key, [2])) // => [-0.00205842 -0.00784766]
  show(nn.initializers.truncatedNormal()(key, [2])) // => [-0.00196352 -0.00741471]
  show(nn.initializers.varianceScaling(1, 'fan_in', 'normal')(key, [1, 2])) // => [[-0.20584214 -0.78476578]]
  show(nn.initializers.glorotUniform()(key, [1, 2])) // => [[-0.23063812 -0.80243763]]
  show(nn.initializers.glorotNormal()(key, [1, 2])) // => [[-0.18226018 -0.68825662]]
  show(nn.initializers.lecunUniform()(key, [1, 2])) // => [[-0.28247285 -0.98278137]]
  show(nn.initializers.lecunNormal()(key, [1, 2])) // => [[-0.22322222 -0.84293876]]
  show(nn.initializers.heUniform()(key, [1, 2])) // => [[-0.39947694 -1.38986275]]
  show(nn.initializers.heNormal()(key, [1, 2])) // => [[-0.31568389 -1.19209543]]

  // Other names
  show([nn.swish === nn.silu, nn.hardSwish === nn.hardSilu]) // => [true, true]
}

await runIfEntry(import.meta.url, main)
