/**
 * Every property and method of Tensor once, with what it prints.
 *
 * Run: npx tsx examples/gallery/tensor.ts
 * A tensor is immutable: what would change it returns a new one.
 */
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'
import { text } from './text'

export function main(print: Print): void {
  const show = (x: unknown): void => print(text(x))
  const v = np.array([1, 2, 3])
  const m = np.array([[1, 2, 3], [4, 5, 6]])

  // What it is
  show(m.shape) // => [2, 3]
  show(m.dtype) // => float64
  show(m.ndim) // => 2
  show(m.size) // => 6
  show(m.T) // => [[1. 4.] [2. 5.] [3. 6.]]
  show(m.aval) // => { shape: [2, 3], dtype: float64, weak: false }

  // Its values, in JavaScript's terms
  show(np.array(7).item()) // => 7
  show(JSON.stringify(m.toArray())) // => [[1,2,3],[4,5,6]]
  show(m.data().join(' ')) // => 1 2 3 4 5 6
  show(np.array(7).valueOf() + 1) // => 8
  show(v.toString()) // => [1. 2. 3.]
  show(JSON.stringify({ v: v.toJSON() })) // => {"v":[1,2,3]}
  show([...v]) // => [1.0, 2.0, 3.0]

  // Arithmetic
  show(v.add(1)) // => [2. 3. 4.]
  show(v.sub(1)) // => [0. 1. 2.]
  show(v.mul(2)) // => [2. 4. 6.]
  show(v.div(2)) // => [0.5 1.  1.5]
  show(v.pow(2)) // => [1. 4. 9.]
  show(v.neg()) // => [-1. -2. -3.]
  show(v.subtract(1)) // => [0. 1. 2.]
  show(v.multiply(2)) // => [2. 4. 6.]
  show(v.divide(2)) // => [0.5 1.  1.5]
  show(v.power(2)) // => [1. 4. 9.]
  show(v.negative()) // => [-1. -2. -3.]
  show(v.sub(2).abs()) // => [1. 0. 1.]
  show(v.exp()) // => [ 2.71828183  7.3890561  20.08553692]
  show(v.log()) // => [0.         0.69314718 1.09861229]
  show(v.sqrt()) // => [1.         1.41421356 1.73205081]
  show(v.square()) // => [1. 4. 9.]
  show(v.clip(2, null)) // => [2. 2. 3.]
  show(v.astype('int32')) // => [1 2 3]

  // Comparisons
  show(v.lt(2)) // => [ True False False]
  show(v.le(2)) // => [ True  True False]
  show(v.gt(2)) // => [False False  True]
  show(v.ge(2)) // => [False  True  True]
  show(v.eq(2)) // => [False  True False]
  show(v.ne(2)) // => [ True False  True]

  // Products and reductions
  show(m.matmul(v)) // => [14. 32.]
  show(v.dot(v)) // => 14.0
  show(m.sum()) // => 21.0
  show(m.mean(0)) // => [2.5 3.5 4.5]
  show(m.max(1)) // => [3. 6.]
  show(m.min({ axis: 1, keepdims: true })) // => [[1.] [4.]]
  show(v.prod()) // => 6.0
  show(v.argmax()) // => 2
  show(v.argmin()) // => 0

  // Shapes and indices
  show(m.reshape(3, 2)) // => [[1. 2.] [3. 4.] [5. 6.]]
  show(m.ravel()) // => [1. 2. 3. 4. 5. 6.]
  show(m.transpose(1, 0)) // => [[1. 4.] [2. 5.] [3. 6.]]
  show(m.at(1)) // => [4. 5. 6.]
  show(m.at(-1, 0)) // => 4.0
  show(m.slice([0, 1], [1, null])) // => [[2. 3.]]
  show(m.slice('...', [null, null, -2])) // => [[3. 1.] [6. 4.]]
  show(m.slice(null, 0).shape) // => [1, 3]
  show(m.slice(new Int32Array([1, 1]), 2)) // => [6. 6.]
  show(v.slice(v.gt(1))) // => [2. 3.]
  show(v.set(0, 9)) // => [9. 2. 3.]
  show(v.addAt(new Int32Array([2, 2]), 10)) // => [ 1.  2. 23.]
}

await runIfEntry(import.meta.url, main)
