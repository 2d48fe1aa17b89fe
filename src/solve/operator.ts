/**
 * Linear operators on trees, as the iterative solvers see them: functions of vectors.
 *
 * A is a function of trees like b, or a matrix for b a vector; so is the preconditioner M, which approximates A⁻¹.
 * Options may stand where JAX has x0 in third place: a plain object, with an option's name if b is a plain object too.
 */
import type { DType } from '../data/dtype'
import { fault, raise } from '../data/errors'
import { demandOptions } from '../data/options'
import { customLinearSolve } from '../control/custom-linear-solve'
import { absolute, dot, matmul, max, maximum, multiply, sqrt, sum, where, zerosLike } from '../numpy/index'
import { asTensor } from '../primitives/vocabulary/context'
import { coreContext as context } from '../primitives/core'
import type { Tensor, TensorLike } from '../trace/tensor'
import { linearTranspose } from '../transforms/differentiate'
import { stopGradient } from '../transforms/stop-gradient'
import type { Tensors } from '../transforms/types'
import { demandLimits, ravelFloats, vectorLike, type Unravel } from './ravel'
import { isOptions } from '../primitives/vocabulary/vocabulary'

/** A matrix, or what it does to a tree. */
export type Operator<B> = TensorLike | ((x: Tensors<B>) => unknown)
export type VectorMap = (x: Tensor) => Tensor

export interface IterativeOptions<B> {
  /** Where to begin; zero when absent. */
  readonly x0?: B
  /** Done when ‖b − A x‖ ≤ max(tol ‖b‖, atol). Defaults 1e-10 (float32: 1e-5) and 0. */
  readonly tol?: number
  readonly atol?: number
  /** At most this many multiplications by A (twice that for bicgstab); 10 for each unknown when absent. */
  readonly maxSteps?: number
  /** The preconditioner: approximately A⁻¹. */
  readonly M?: Operator<B>
}

/** How the iteration ended. It has no derivatives. */
export interface IterativeInfo {
  readonly steps: Tensor
  /** ‖b − A x‖, as the iteration knows it. */
  readonly residual: Tensor
  /** Whether the residual is as small as was asked for. Where it is not, x is the best there was. */
  readonly converged: Tensor
}

/** The digits that a solution must have at least where nobody sees its residual: half of them. */
export const half = (d: DType): number => (d === 'float32' ? 2 ** -12 : 2 ** -26)

/** A solver of A x = b for vectors. `goal` is the residual's norm at which it is done. */
export type Iteration = (a: VectorMap, b: Tensor, x0: Tensor, m: VectorMap, goal: Tensor, maxSteps: number) => { readonly x: Tensor; readonly steps: Tensor; readonly residual: Tensor }

const names = ['x0', 'tol', 'atol', 'maxSteps', 'M', 'restart']
/** A plain object is options where b is none, else where it has a name of an option. */
const standsForOptions = (x: unknown, b: unknown): boolean => isOptions(x) && (!isOptions(b) || names.some((n) => n in x))

/** (x0, options) of calls f(A, b, x0, options), f(A, b, options). */
export function guessAndOptions<B, O extends IterativeOptions<B>>(b: B, third: B | O | null | undefined, fourth: O | undefined): { readonly x0: B | undefined; readonly options: O } {
  if (fourth === undefined && standsForOptions(third, b)) return { x0: (third as O).x0, options: third as O }
  const options = fourth ?? ({} as O)
  return { x0: (third as B | null | undefined) ?? options.x0, options }
}

function vectorMap<B>(name: string, what: string, a: Operator<B>, b: Tensor, unravel: Unravel<B>): VectorMap {
  if (typeof a === 'function') return (x) => vectorLike(`${name}: ${what}`, a(unravel(x)), x)
  const matrix = asTensor(context, a)
  if (matrix.ndim !== 2 || matrix.shape[0] !== b.size || matrix.shape[1] !== b.size)
    raise(fault('shape', `${name}: ${what} has shape [${matrix.shape.join(',')}], b has ${b.size} elements`, `Give a matrix of shape [${b.size},${b.size}], or a function that multiplies by it.`))
  return (x) => matmul(matrix, x)
}

export const norm = (x: Tensor): Tensor => sqrt(dot(x, x))
/** The largest |x|; 0 for no elements. */
export const largest = (x: Tensor): Tensor => (x.size === 0 ? sum(x) : max(absolute(x)))

/** x, and NaN where it is no solution: for results that come without a flag. Derivatives of NaN are NaN too. */
export const demanded = (x: Tensor, converged: Tensor): Tensor => multiply(x, where(converged, 1, NaN).astype(x.dtype))

/** Runs an iteration as the solver of a customLinearSolve. */
export function iterative<B>(name: string, iteration: Iteration, a: Operator<B>, b: B, x0: B | undefined, options: IterativeOptions<B>, symmetric: boolean): [Tensors<B>, IterativeInfo] {
  demandOptions(name, options, ['x0', 'tol', 'atol', 'maxSteps', 'M', ...(name === 'gmres' ? ['restart'] : [])])
  const [v, unravel] = ravelFloats(b)
  const { tol = v.dtype === 'float32' ? 1e-5 : 1e-10, atol = 0, maxSteps = 10 * v.size, M } = options
  demandLimits(name, { tol, atol }, { maxSteps })
  const start = x0 === undefined ? zerosLike(v) : stopGradient(vectorLike(`${name}: x0`, x0, v))
  const m: VectorMap = M === undefined ? (x) => x : vectorMap(name, 'M', M, v, unravel)
  const solver = (precondition: VectorMap, guess: Tensor) => (apply: (x: Tensor) => Tensor, right: Tensor): readonly [Tensor, IterativeInfo & { readonly usable: Tensor }] => {
    const goal = maximum(multiply(tol, norm(right)), absolute(atol).astype(v.dtype))
    const r = iteration(apply, right, guess, precondition, goal, maxSteps)
    const enough = multiply(half(v.dtype), norm(right))
    return [r.x, { steps: r.steps, residual: r.residual, converged: r.residual.le(goal), usable: r.residual.le(maximum(goal, enough)) }]
  }
  const transposed: VectorMap = M === undefined ? m : (x) => (linearTranspose(m as never, [x] as never)(x) as unknown as readonly [Tensor])[0]
  const [x, { steps, residual, converged }] = customLinearSolve(vectorMap(name, 'A', a, v, unravel), v, solver(m, start), {
    ...(symmetric ? { symmetric } : { transposeSolve: solver(transposed, zerosLike(v)) }),
    hasAux: true,
    accepts: ({ usable }: { readonly usable: Tensor }) => usable,
  })
  return [unravel(x), { steps, residual, converged }]
}
