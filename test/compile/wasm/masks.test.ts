/** Conditions are masks in modules: the bits of the closures, whether they are chosen by, combined, stored, counted or multiplied. */
import { describe, expect, it } from 'vitest'
import { grad, jit, np, type Tensor } from '../../../src'

const bits = (t: Tensor): readonly string[] => [...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(String)
const edges = [NaN, 0, -0, Infinity, -Infinity, 1, -1, 0.5]
const [rows, columns] = [7, 33]
const shaped = (t: Tensor): Tensor => np.reshape(t, [-1, columns])

const programs: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor | readonly Tensor[]>> = {
  'a choice': (x, y) => np.where(np.less(x, y), x, y),
  'a choice of nothing': (x, y) => [np.where(np.less(x, y), 0, y), np.where(np.less(x, y), x, 0), np.where(np.less(x, y), -0, y)],
  'conditions of conditions': (x, y) => np.where(np.logicalOr(np.logicalNot(np.less(x, y)), np.logicalXor(np.equal(x, 0), np.isfinite(y))), np.sin(x), y),
  'a condition that is also a result': (x, y) => [np.where(np.greater(x, y), x, 1), np.greater(x, y)],
  'a condition that is also counted': (x, y) => [np.where(np.greater(x, 0.5), x, y), np.sum(np.greater(x, 0.5)), np.any(np.isnan(x)), np.all(np.isfinite(shaped(x)), 1)],
  'a condition that is also multiplied': (x, y) => np.add(np.where(np.equal(x, y), 2, x), np.multiply(np.equal(x, y), y)),
  'a condition of rows': (x, y) => np.where(np.greater(np.max(np.nanToNum(shaped(x)), 1, { keepdims: true }), 0.9), shaped(x), shaped(y)),
  'a condition that is read': (x, y) => np.where(np.astype(np.floor(x), 'bool'), y, np.where(np.astype(x, 'bool'), x, 3)),
  'a number that is read as a condition, and otherwise': (x, y) => [np.floor(x), np.where(np.astype(np.floor(x), 'bool'), y, x), np.logicalAnd(np.astype(np.sin(x), 'bool'), np.less(x, y)), np.add(np.sin(x), 1)],
  'a condition of one number': (x, y) => np.where(np.greater(np.sum(np.nanToNum(x)), 0), np.multiply(x, 2), y),
  'a condition that is chosen': (x, y) => np.where(np.where(np.less(x, 0), np.less(y, 0), np.isnan(y)), x, y),
  'the gradient of ties': (x, y) => [grad((t: Tensor) => np.sum(np.maximum(np.minimum(t, y), 0)))(x), grad((t: Tensor) => np.sum(np.max(shaped(t), 1)))(x)],
}

const operands = (n: number, dtype: 'float64' | 'float32'): readonly [Tensor, Tensor] => {
  const of = (by: number): Tensor => np.array(Float64Array.from({ length: n }, (_, i) => (i % 3 === 0 ? edges[(i * by) % edges.length]! : Math.sin(by * i))), { dtype })
  return [of(5), of(3)]
}

describe.each(Object.entries(programs))('%s', (_name, f) => {
  it.each(['float64', 'float32'] as const)('%s', (dtype) => {
    const [x, y] = operands(rows * columns, dtype)
    const run = (backend: 'wasm' | 'closure'): readonly (readonly string[])[] => [jit(f as (x: Tensor, y: Tensor) => Tensor, { backend })(x, y)].flat().map(bits)
    expect(run('wasm')).toEqual(run('closure'))
  })
  it('large, so that it is staged', () => {
    const [x, y] = operands(1500 * columns, 'float64')
    const run = (backend: 'wasm' | 'closure'): readonly (readonly string[])[] => [jit(f as (x: Tensor, y: Tensor) => Tensor, { backend })(x, y)].flat().map(bits)
    expect(run('wasm')).toEqual(run('closure'))
  })
})
