/**
 * Random numbers as pure functions of keys, as in `jax.random`: the same key gives the same numbers, always.
 *
 * Law: keys, bits, integers and uniform numbers have the bits of JAX (Threefry-2x32, x64 on, `jax_threefry_partitionable`
 * on), under jit and vmap too: vmap((k) => normal(k, [3]))(split(key, 5)) is the stack of the single results.
 * Example: const keys = random.split(random.key(0)); random.normal(keys.at(0), [3])
 */
export { foldIn, key, split, type ShapeArg } from './key'
export { bits, randint, type BitsOptions, type IntegerDType, type RandintOptions } from './integers'
export { uniform, type FloatDType, type FloatOptions, type UniformOptions } from './uniform'
export { normal } from './normal'
export type { ParameterOptions } from './parameters'
export { beta, chisquare, dirichlet, gamma, loggamma, t } from './gamma'
export {
  bernoulli, cauchy, exponential, gumbel, laplace, logistic, maxwell, rademacher,
  type BernoulliOptions, type GumbelOptions, type Mode, type RademacherOptions,
} from './distributions'
export { geometric, lognormal, pareto, rayleigh, triangular, truncatedNormal, weibullMin, type GeometricOptions } from './parametric'
export { categorical, choice, permutation, type CategoricalOptions, type ChoiceOptions, type PermutationOptions } from './sampling'
