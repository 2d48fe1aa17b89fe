/**
 * Every solver of adjoint/solve once, with its value; and a sparse Hessian as the matrix that it is.
 *
 * Run: npx tsx examples/gallery/solve.ts
 * Solutions differentiate with respect to what their functions close over, by the implicit function theorem.
 */
import { grad, solve, sparseHessian, SparseMatrix, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from '../entry'

const matrix = np.array([[4, 1], [1, 3]])
const rhs = np.array([1, 2])
const rounded = (x: unknown): string => String(np.round(x as Tensor, 6))

export function main(print: Print): void {
  print(rounded(solve.cg(matrix, rhs)[0])) // => [0.090909 0.636364]
  print(rounded(solve.gmres(matrix, rhs)[0])) // => [0.090909 0.636364]
  print(rounded(solve.bicgstab(matrix, rhs)[0])) // => [0.090909 0.636364]
  print(rounded(solve.root((x: Tensor) => np.subtract(np.square(x), 2), 1))) // => 1.414214
  print(rounded(grad((a: Tensor) => solve.root((x: Tensor) => np.subtract(np.square(x), a), 1))(2))) // => 0.353553
  print(rounded(solve.fixedPoint((x: Tensor) => np.cos(x), 1))) // => 0.739085
  print(rounded(solve.minimize((x: Tensor) => np.sum(np.square(np.subtract(x, rhs))), np.zeros(2)).x)) // => [1. 2.]
  print(rounded(solve.leastSquares((x: Tensor) => np.subtract(np.multiply(x, rhs), np.array([2, 4])), np.array([1])).x)) // => [2.]
  print(rounded(solve.odeint((y: Tensor) => np.negative(y), 1, [0, 1]))) // => [1.       0.367879]
  const fall = solve.odeint((s: { h: Tensor; v: Tensor }) => ({ h: s.v, v: np.array(-9.81) }), { h: 10, v: 0 }, [0, 3], [], { events: { event: ({ h }) => h, terminal: true }, maxEvents: 1 })
  print(`${rounded(fall.tEvents[0])} ${rounded(fall.yEvents[0]!.v)} ${rounded(fall.sol(1).h)}`) // => [1.427843] [-14.007141] 5.095
  print(rounded(solve.ravelTree({ a: rhs, b: 3 })[0])) // => [1. 2. 3.]
  const hessian = sparseHessian((x: Tensor) => np.sum(np.power(x, 3)))(np.array([1, 2]))
  print(`${hessian instanceof SparseMatrix} ${hessian.values.toString()}`) // => true [ 6. 12.]
}

runIfEntry(import.meta.url, main)
