/**
 * Every function of adjoint/random once, with what it prints: the numbers that JAX draws from the same keys.
 *
 * Run: npx tsx examples/gallery/random.ts
 * A key is used once; `split` and `foldIn` make others of it. (JAX: jax_enable_x64 and jax_threefry_partitionable on.)
 */
import * as np from 'adjoint/numpy'
import * as random from 'adjoint/random'
import { runIfEntry, type Print } from '../entry'
import { text } from './text'

export function main(print: Print): void {
  const show = (x: unknown): void => print(text(x))

  // Keys
  const key = random.key(42)
  show(key) // => [ 0 42]
  show(random.split(key)) // => [[1832780943  270669613] [  64467757 2916123636]]
  show(random.foldIn(key, 7)) // => [2547012911 1371500959]

  // Integers and choices
  show(random.bits(key, [2])) // => [2098992034 2919706841]
  show(random.randint(key, [5], 0, 10)) // => [4 4 1 9 9]
  show(random.permutation(key, 6)) // => [4 2 5 3 0 1]
  show(random.choice(key, np.array([10, 20, 30]), [4])) // => [10. 20. 10. 20.]
  show(random.categorical(key, np.log([0.1, 0.1, 0.8]), { shape: [6] })) // => [2 2 2 2 2 2]
  show(random.bernoulli(key, 0.5, [4])) // => [ True  True False False]
  show(random.rademacher(key, [4])) // => [ 1  1 -1 -1]
  show(random.geometric(key, 0.5, [4])) // => [2 7 1 1]

  // Floating distributions
  show(random.uniform(key, [3])) // => [0.42672757 0.01501007 0.57414442]
  show(random.normal(key, [3])) // => [-0.18471175 -2.16982456  0.18693555]
  show(random.truncatedNormal(key, -1, 1, [3])) // => [-0.12571774 -0.95851141  0.1272219 ]
  show(random.exponential(key, [3])) // => [0.55639422 0.01512386 0.853655  ]
  show(random.laplace(key, [3])) // => [ 0.15846231  3.50588682 -0.16050782]
  show(random.logistic(key, [3])) // => [-0.29521526 -4.18391014  0.29878068]
  show(random.gumbel(key, [3])) // => [ 0.16062721 -1.4348545   0.58901365]
  show(random.cauchy(key, [3])) // => [ -0.23434604 -21.19070235   0.23723777]
  show(random.maxwell(key, [3])) // => [2.18568112 0.86646733 0.84075614]
  show(random.lognormal(key, 1, [3])) // => [0.83134389 0.11419765 1.20554959]
  show(random.pareto(key, 3, [3])) // => [1.20377776 1.00505402 1.32916598]
  show(random.rayleigh(key, 1, [3])) // => [1.30507432 2.89794203 1.05344607]
  show(random.triangular(key, 0, 0.5, 1, [3])) // => [0.46191318 0.0866316  0.53855901]
  show(random.gamma(key, 2, [3])) // => [2.29801834 1.42131856 4.96672282]
  show(random.loggamma(key, 2, [3])) // => [0.83204716 0.35158501 1.60276023]
  show(random.beta(key, 2, 3, [3])) // => [0.35249272 0.40800005 0.04170471]
  show(random.chisquare(key, 4, [3])) // => [4.59603668 2.84263712 9.93344563]
  show(random.t(key, 4, [3])) // => [-0.68689523 -0.49185717  2.06589555]
  show(random.dirichlet(key, [1, 2, 3])) // => [0.12087605 0.15736892 0.72175503]
  show(random.weibullMin(key, 1, 2, [3])) // => [0.74591838 0.12297911 0.92393452]
}

await runIfEntry(import.meta.url, main)
