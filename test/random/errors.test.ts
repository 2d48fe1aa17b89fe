/** Wrong arguments are told apart: what was given, what was expected, what to write instead. */
import { describe, expect, it } from 'vitest'
import { AdjointError, jit, type Tensor } from '../../src/index'
import { made } from '../../src/numpy/arguments'
import * as random from '../../src/random/index'

const key = random.key(0)
const faults: readonly (readonly [what: string, code: string, message: RegExp, run: () => unknown])[] = [
  ['a number for a key', 'dtype', /^normal: a key is uint32\[2\], got the number 42\n.*random\.key\(seed\)/, () => random.normal(42, [3])],
  ['a list for a key', 'dtype', /^split: a key is uint32\[2\], got float64\[2\]/, () => random.split([0, 42])],
  ['several keys', 'shape', /^uniform: a key is uint32\[2\], got uint32\[3,2\]\n.*vmap/, () => random.uniform(random.split(key, 3))],
  ['a fractional seed', 'dtype', /^key: 1\.5 is not an integer of 64 bits/, () => random.key(1.5)],
  ['a seed that is too large', 'dtype', /of 64 bits/, () => random.key(2 ** 65)],
  ['several seeds', 'shape', /^key: expected one integer, got int32\[2\]/, () => random.key(made(Int32Array.of(1, 2), [2]))],
  ['a negative number folded in', 'dtype', /^foldIn: -1 is not an integer from 0/, () => random.foldIn(key, -1)],
  ['a fractional tensor folded in', 'dtype', /^foldIn: expected one integer, got float64\[\]/, () => random.foldIn(key, made(Float64Array.of(1), [1]).at(0))],
  ['a negative extent', 'shape', /^normal: \[-1\] is no shape/, () => random.normal(key, [-1])],
  ['an integer dtype', 'dtype', /^normal: dtype 'int32' is not floating/, () => random.normal(key, [2], 'int32' as never)],
  ['bounds that do not fit', 'shape', /^uniform: shape \[3\] does not broadcast to \[2\]/, () => random.uniform(key, [2], { minval: [1, 2, 3] })],
  ['randint without bounds', 'shape', /^randint: minval and maxval are needed/, () => random.randint(key, [2])],
  ['randint of fractions', 'dtype', /^randint: maxval is float64\[\], expected integers/, () => random.randint(key, [2], 0, 1.5)],
  ['randint in float64', 'dtype', /^randint: dtype 'float64' is not an integer one/, () => random.randint(key, [2], 0, 5, 'float64' as never)],
  ['bits of 64', 'dtype', /^bits: dtype 'uint64'/, () => random.bits(key, [2], 'uint64' as never)],
  ['integer probabilities', 'dtype', /^bernoulli: probabilities are int32\[2\]/, () => random.bernoulli(key, made(Int32Array.of(0, 1), [2]))],
  ['an unsigned sign', 'dtype', /^rademacher: dtype uint32 does not hold −1/, () => random.rademacher(key, [2], 'uint32')],
  ['boolean counts', 'dtype', /^geometric: dtype bool/, () => random.geometric(key, 0.5, [2], 'bool')],
  ['parameters that do not fit', 'shape', /^lognormal: parameters of shapes \[2\] do not broadcast to \[3\]/, () => random.lognormal(key, [1, 2], [3])],
  ['parameters that do not fit one another', 'shape', /^triangular: shapes \[2\] and \[3\] and \[\] do not broadcast/, () => random.triangular(key, [1, 2], [1, 2, 3], 4)],
  ['one category', 'shape', /^dirichlet: alpha is a scalar/, () => random.dirichlet(key, 1)],
  ['a shape that has not the logits’ own', 'shape', /^categorical: parameters of shapes \[2\]/, () => random.categorical(key, [[0, 1], [1, 0]], { shape: [3] })],
  ['an axis that is not there', 'axis', /^categorical: axis 2/, () => random.categorical(key, [0, 1], 2)],
  ['more categories than there are', 'shape', /asks for 3 different ones of 2 categories/, () => random.categorical(key, [0, 1], { shape: [3], replace: false })],
  ['more things than there are', 'shape', /^choice: 6 of 5 things without replacement/, () => random.choice(key, 5, [6], { replace: false })],
  ['a choice of nothing', 'shape', /^choice: 1 of 0 things/, () => random.choice(key, 0)],
  ['probabilities of other things', 'shape', /^choice: p has shape \[2\] for 5 things/, () => random.choice(key, 5, [1], { p: [0.5, 0.5] })],
  ['a negative probability', 'index', /^choice: a probability is -1/, () => random.choice(key, 3, [4], { p: [-1, 0, 0] })],
  ['a probability that is no number', 'index', /^choice: a probability is NaN/, () => random.choice(key, 3, [4], { p: [1, NaN, 0] })],
  ['probabilities of 0', 'index', /^choice: the probabilities add up to 0/, () => random.choice(key, 3, [4], { p: [0, 0, 0] })],
  ['an infinite probability', 'index', /^choice: the probabilities add up to Infinity/, () => random.choice(key, 3, [4], { p: [0, Infinity, 0] })],
  ['a fraction of things', 'shape', /^permutation: 2\.5 is no number of things/, () => random.permutation(key, 2.5)],
  ['the value of a traced key', 'concretization', /item\(\)/, () => jit((k: Tensor) => random.normal(k).item())(key)],
]

it('traced probabilities that are none give things that are there', () => {
  for (const p of [[-1, 0, 0], [0, 0, 0], [1, 1, NaN], [NaN, NaN, NaN], [Infinity, 1, 0]])
    for (const i of jit((w: Tensor) => random.choice(key, 3, [20], { p: w }))(made(Float64Array.from(p), [3])).data()) expect([0, 1, 2]).toContain(i)
})

describe('random refuses', () => {
  for (const [what, code, message, run] of faults)
    it(`${what}`, () => {
      let error: unknown
      try {
        run()
      } catch (e) {
        error = e
      }
      expect(error).toBeInstanceOf(AdjointError)
      expect((error as AdjointError).code).toBe(code)
      expect((error as AdjointError).message).toMatch(message)
    })
})
