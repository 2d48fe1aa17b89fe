/**
 * Functions for neural networks: activations, softmax and its kin, normalization.
 *
 * Example: nn.relu([-1, 2]).toArray() // => [0, 2]
 */
export { celu, elu, gelu, glu, hardSigmoid, hardSilu, hardTanh, leakyRelu, logSigmoid, mish, relu, relu6, selu, sigmoid, silu, softplus, softSign, squareplus, tanh } from './activations'
export { hardSilu as hardSwish, silu as swish } from './activations'
export type { GeluOptions } from './activations'
export { logSoftmax, logsumexp, oneHot, softmax, standardize } from './normalization'
export type { LogsumexpOptions, OneHotOptions, SoftmaxOptions, StandardizeOptions } from './normalization'
export * as initializers from './initializers'
export type { FanDistribution, FanMode, FanOptions, Initializer } from './initializers'
