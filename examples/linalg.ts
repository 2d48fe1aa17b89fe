/**
 * Every function of adjoint/linalg once, with what it prints; and derivatives where others have none.
 *
 * Run: npx tsx examples/linalg.ts
 */
import { grad, hessian, jvp, vmap, type Tensor } from 'adjoint'
import * as linalg from 'adjoint/linalg'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'
import { text } from './gallery/text'

const a = [[4, 2], [2, 5]]
const tall = [[1, 0], [1, 1], [1, 2]]
const lower = [[2, 0], [1, 1]]

export function main(print: Print): void {
  const show = (x: unknown): void => print(text(x))
  /** To six digits, without −0. */
  const near = (x: unknown): void => show((Array.isArray(x) ? x : [x]).map((t) => np.add(np.round(t as Tensor, 6), 0)))

  // Factors
  show(linalg.cholesky(a)) // => [[2. 0.] [1. 2.]]
  show(linalg.choFactor(a)) // => [[[2. 1.] [0. 2.]], false]
  show(linalg.lu([[1, 2], [2, 2]])) // => [[[0. 1.] [1. 0.]], [[1.  0. ] [0.5 1. ]], [[2. 2.] [0. 1.]]]
  show(linalg.luFactor([[1, 2], [2, 2]])) // => [[[2.  2. ] [0.5 1. ]], [1 1]]
  near(linalg.qr([[3, 1], [4, 2]])) // => [[[-0.6 -0.8] [-0.8  0.6]], [[-5.  -2.2] [ 0.   0.4]]]
  near(linalg.eigh([[2, 1], [1, 2]])) // => [[1. 3.], [[ 0.707107  0.707107] [-0.707107  0.707107]]]
  near(linalg.eigvalsh([[2, 1], [1, 2]])) // => [[1. 3.]]
  near(linalg.svd([[0, 2], [1, 0]])) // => [[[1. 0.] [0. 1.]], [2. 1.], [[0. 1.] [1. 0.]]]
  near(linalg.svdvals([[0, 2], [1, 0]])) // => [[2. 1.]]

  // Systems
  near(linalg.solve(a, [8, 12])) // => [[1. 2.]]
  near(linalg.inv(a)) // => [[[ 0.3125 -0.125 ] [-0.125   0.25  ]]]
  near(linalg.choSolve(linalg.choFactor(a), [8, 12])) // => [[1. 2.]]
  near(linalg.luSolve(linalg.luFactor(a), [8, 12])) // => [[1. 2.]]
  near(linalg.solveTriangular(lower, [2, 3], { lower: true })) // => [[1. 2.]]
  near(linalg.triangularSolve(lower, [4, 2], { lower: true, trans: 1 })) // => [[1. 2.]]
  near(linalg.lstsq(tall, [1, 3, 6])) // => [[0.833333 2.5     ], [0.166667], 2, [2.676243 0.915272]]
  near(linalg.pinv(tall)) // => [[[ 0.833333  0.333333 -0.166667] [-0.5       0.        0.5     ]]]
  near(linalg.tensorinv(np.reshape(np.eye(4), [4, 2, 2]), 1)) // => [[[[1. 0. 0. 0.] [0. 1. 0. 0.]] [[0. 0. 1. 0.] [0. 0. 0. 1.]]]]
  near(linalg.tensorsolve(np.reshape(np.eye(4), [2, 2, 2, 2]), a)) // => [[[4. 2.] [2. 5.]]]

  // Numbers
  near(linalg.det(a)) // => [16.]
  near(linalg.slogdet(a)) // => [1., 2.772589]
  show(linalg.trace(a)) // => 9.0
  show(linalg.matrixRank([[1, 2], [2, 4]])) // => 1
  near(linalg.cond([[1, 0], [0, 4]])) // => [4.]
  show(linalg.norm([3, 4])) // => 5.0
  show(linalg.norm(a, 1)) // => 7.0
  show(linalg.vectorNorm(a, { axis: 1, ord: 1 })) // => [6. 7.]
  show(linalg.matrixNorm(a)) // => 7.0

  // Powers
  show(linalg.matrixPower([[1, 1], [1, 0]], 10)) // => [[89. 55.] [55. 34.]]
  near(linalg.expm([[0, -Math.PI], [Math.PI, 0]])) // => [[[-1.  0.] [ 0. -1.]]]
  near(linalg.expmFrechet([[0, 1], [0, 0]], [[1, 0], [0, 0]])) // => [[[1. 1.] [0. 1.]], [[1.  0.5] [0.  0. ]]]
  show(linalg.multiDot([[1, 2], [[1, 0], [1, 1]], [1, 1]])) // => 5.0

  // Derivatives: of a determinant where the matrix is singular, and of a norm at 0
  near(grad((m: Tensor) => linalg.det(m))(np.array([[1, 2], [2, 4]]))) // => [[[ 4. -2.] [-2.  1.]]]
  near(hessian((m: Tensor) => linalg.det(m))(np.zeros([2, 2])).at(0, 0)) // => [[[0. 0.] [0. 1.]]]
  show(grad((x: Tensor) => linalg.norm(x))(np.zeros([2]))) // => [0. 0.]
  // Of a solution, in the direction in which the matrix moves: −A⁻¹ Ȧ x
  near(jvp((m: Tensor) => linalg.solve(m, [8, 12]), [np.array(a)], [np.array([[1, 0], [0, 0]])])[1]) // => [[-0.3125  0.125 ]]
  // Batches: in leading axes, or by vmap
  near(linalg.det(np.array([a, lower]))) // => [[16.  2.]]
  near(vmap((m: Tensor) => linalg.inv(m))(np.array([lower, [[1, 0], [0, 2]]]))) // => [[[[ 0.5  0. ] [-0.5  1. ]] [[ 1.   0. ] [ 0.   0.5]]]]
}

await runIfEntry(import.meta.url, main)
