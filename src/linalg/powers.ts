/**
 * Powers, the exponential, and products of many matrices.
 *
 * Law: expm(A) expm(−A) = I; matrixPower(A, m + n) = matrixPower(A, m) · matrixPower(A, n).
 * Example: linalg.matrixPower([[1, 1], [1, 0]], 10) // => [[89. 55.] [55. 34.]]
 */
import { demand, fault, raise, shown } from '../data/errors'
import { showShape } from '../data/shape'
import { alike, demandKnown, listed, number } from '../numpy/arguments'
import { floating } from '../primitives/vocabulary/context'
import { eye } from '../numpy/creation'
import { expm as expmPrimitive } from '../primitives/linalg/expm'
import { coreContext as context } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { batchOf, columnCount, result, square, widened } from './arguments'
import { inv } from './solving'

/** A to an integer power, by repeated squaring; a negative one is a power of the inverse. */
export function matrixPower(a: TensorLike, n: number): Tensor {
  demandKnown(n, 'matrixPower', 'the power')
  demand(Number.isSafeInteger(n), 'dtype', () => `matrixPower: power ${shown(n)}`, 'Give an integer; linalg.expm and linalg.eigh make other functions of matrices.')
  const x = n < 0 ? inv(a) : square('matrixPower', a)
  if (n === 0) return widened(eye(columnCount(x), { dtype: x.dtype }), batchOf(x))
  let power: Tensor | undefined
  for (let [rest, base] = [Math.abs(n), x]; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = power ? power.matmul(base) : base
    if (rest > 1) base = base.matmul(base)
  }
  return power!
}

/**
 * The matrix exponential Σ Aᵏ/k!, [..., n, n]. All derivatives are exact Fréchet derivatives.
 * @example linalg.expm([[0, 1], [0, 0]]) // => [[1. 1.] [0. 1.]]
 */
export const expm = (a: TensorLike): Tensor => result(expmPrimitive, [square('expm', a)])

/** [e^A, its derivative in the direction E]. */
export function expmFrechet(a: TensorLike, e: TensorLike): [Tensor, Tensor] {
  const [x, direction] = alike([square('expmFrechet', a), square('expmFrechet', e)]).map((t) => floating(context, t))
  return [expm(x), result(expmPrimitive, [x, direction])]
}

/**
 * The product of two or more matrices in the order that multiplies least; the first and last may be vectors.
 * Source: the chain ordering by dynamic programming (Cormen et al., Introduction to Algorithms, 15.2).
 */
export function multiDot(arrays: readonly TensorLike[]): Tensor {
  const given = listed('multiDot', arrays)
  if (given.length < 2) raise(fault('shape', `multiDot: ${given.length} arrays`, 'Give at least two.'))
  const xs = alike(given.map(number))
  const end = xs.length - 1
  const fits = xs.every((x, i) => x.ndim === 2 || (x.ndim === 1 && (i === 0 || i === end)))
  demand(fits, 'shape', () => `multiDot: shapes ${xs.map((x) => showShape(x.shape)).join(', ')}`, 'Give matrices; the first and last may be vectors.')
  // Matrix i has sizes[i] rows and sizes[i + 1] columns.
  const sizes = [xs[0].ndim === 1 ? 1 : xs[0].shape[0], ...xs.map((x, i) => (x.ndim === 2 ? x.shape[1] : i === end ? 1 : x.shape[0]))]
  const costs = xs.map(() => xs.map(() => 0))
  const splits = xs.map(() => xs.map(() => 0))
  for (let length = 1; length <= end; length++)
    for (let i = 0; i + length <= end; i++) {
      const j = i + length
      costs[i][j] = Infinity
      for (let k = i; k < j; k++) {
        const cost = costs[i][k] + costs[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
        if (cost < costs[i][j]) {
          costs[i][j] = cost
          splits[i][j] = k
        }
      }
    }
  const between = (i: number, j: number): Tensor => (i === j ? xs[i] : between(i, splits[i][j]).matmul(between(splits[i][j] + 1, j)))
  return between(0, end)
}

