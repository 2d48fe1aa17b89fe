/** Loops over little work take four pairs at a time: the bits of the closures at every length, odd tails and several axes included. */
import { describe, expect, it } from 'vitest'
import { grad, jit, np, valueAndGrad, type Tensor } from '../../../src'

const wave = (n: number, by: number): Tensor => np.array(Float64Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + by)))
const bits = (t: Tensor): readonly string[] => [...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(String)
const [rows, least, most] = [3, 14, 42]
const square = (t: Tensor, n: number): Tensor => np.reshape(t, [rows, n])

const programs: Readonly<Record<string, (x: Tensor, n: number) => readonly Tensor[]>> = {
  'a map': (x) => [np.subtract(np.multiply(x, x), 3)],
  'a map beside sums and maxima': (x) => [np.square(x), np.sum(x), np.max(x), np.sum(np.square(x)), np.prod(x)],
  'functions beside sums': (x, n) => [np.sum(np.tanh(x)), np.sum(np.exp(square(x, n)), 1), np.sum(np.multiply(np.sin(x), np.log1p(np.abs(x)))), np.exp(x)],
  'sums of rows': (x, n) => [np.sum(square(x, n), 1), np.max(np.abs(square(x, n)), 1)],
  'sums of columns': (x, n) => [np.sum(square(x, n), 0), np.min(square(x, n), 0)],
  'rows, each divided by its sum': (x, n) => [np.divide(square(x, n), np.sum(np.square(square(x, n)), 1, { keepdims: true }))],
  'a reversed operand': (x) => [np.add(x, np.flip(x))],
  'a transposed operand': (x, n) => [np.add(np.transpose(square(x, n)), 1)],
  'every second element': (x) => [np.multiply(x.at([null, null, 2]), 2), np.sum(x.at([1, null, 2]))],
  'rows against columns': (x, n) => [np.sum(np.square(np.subtract(square(x, n).reshape([rows, n, 1]), square(x, n).reshape([rows, 1, n]))))],
  'window sums': (x) => valueAndGrad((t: Tensor) => np.sum(np.square(np.subtract(t.at([1, null]), np.square(t.at([null, -1])))))) (x) as unknown as readonly Tensor[],
  'gradients of rows': (x, n) => [grad((t: Tensor) => np.sum(np.divide(1, np.sum(np.square(square(t, n)), 1))))(x)],
}

describe.each(Object.keys(programs))('%s', (name) => {
  it('has the bits of the closures', () => {
    for (let n = least; n < most; n++) {
      const f = (x: Tensor): readonly Tensor[] => programs[name]!(x, n)
      const x = wave(rows * n, n)
      expect(jit(f, { backend: 'wasm' })(x).map(bits)).toEqual(jit(f, { backend: 'closure' })(x).map(bits))
    }
  })
})
