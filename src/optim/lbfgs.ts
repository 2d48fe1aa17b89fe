/**
 * L-BFGS: the inverse Hessian, approximated from the last few differences of parameters and gradients.
 *
 * Law: with memory k and exact line searches, the minimum of a quadratic in k variables is found in k + 1 steps.
 * Source: Nocedal & Wright 2006, algorithms 7.4 (two-loop recursion) and 7.5; the first step as in Optax.
 * Decision: the memory is a list in order of age, so that every access is at a fixed place.
 */
import { integer, uniform } from '../numpy/arguments'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor } from '../trace/tensor'
import { counted, each, eachOfAny, filledLike, needed, settings, transformation, zeroCount, type GradientTransformation } from './transformation'
import { treeVdot } from './update'

export interface LbfgsOptions {
  /** How many differences are remembered, 10. */
  readonly memorySize?: number
  /** Whether the recursion begins with ⟨y, s⟩ / ⟨y, y⟩ of the last differences, rather than with 1. */
  readonly scaleInitPrecond?: boolean
}

interface LbfgsState {
  readonly count: Tensor
  readonly params: unknown
  readonly updates: unknown
  /** Differences of parameters and of gradients, the oldest first: leaves have the memory as their leading axis. */
  readonly diffParams: unknown
  readonly diffUpdates: unknown
  /** 1 / ⟨y, s⟩ for each. */
  readonly weights: Tensor
}

/** The entry of age i, or the memory with an entry in the place of the oldest. */
const entry = (memory: Tensor, i: number): Tensor =>
  ops.reshape(ops.slice(memory, [i, ...memory.shape.slice(1).map(() => 0)], [i + 1, ...memory.shape.slice(1)]), memory.shape.slice(1))
const pushed = (memory: Tensor, x: Tensor): Tensor =>
  ops.concatenate([ops.slice(memory, memory.shape.map((_, a) => (a === 0 ? 1 : 0)), memory.shape), ops.reshape(x, [1, ...x.shape])], 0)

/** tree + s · other, in the dtypes of tree. */
const plus = (tree: unknown, s: Tensor, other: unknown): unknown => each((x, y) => ops.add(x, ops.mul(y, ops.convert(s, x.dtype))), tree, other)

/** The approximate inverse Hessian times the gradient. */
function preconditioned(grads: unknown, { diffParams, diffUpdates, weights }: LbfgsState, size: number, first: Tensor): unknown {
  const at = (memory: unknown, i: number): unknown => each((m) => entry(m, i), memory)
  const alphas: Tensor[] = []
  let v = grads
  for (let i = size - 1; i >= 0; i--) {
    const alpha = ops.mul(entry(weights, i), treeVdot(at(diffParams, i), v))
    alphas[i] = alpha
    v = plus(v, ops.neg(alpha), at(diffUpdates, i))
  }
  v = each((x) => ops.mul(x, ops.convert(first, x.dtype)), v)
  for (let i = 0; i < size; i++) {
    const beta = ops.mul(entry(weights, i), treeVdot(at(diffUpdates, i), v))
    v = plus(v, ops.sub(alphas[i]!, beta), at(diffParams, i))
  }
  return v
}

/** x / y, and `otherwise` where the test fails. */
const quotient = (test: Tensor, x: Tensor | number, y: Tensor, otherwise: number): Tensor => ops.select(test, ops.div(x, ops.select(test, y, 1)), otherwise)

/** L-BFGS's rescaling of gradients. It needs the parameters; combine it with a step size: scale(-1), or a line search of yours. */
export const scaleByLbfgs = (options: LbfgsOptions = {}): GradientTransformation => byLbfgs('scaleByLbfgs', options)

/** The same, under the name of who uses it. */
export function byLbfgs(name: string, options: LbfgsOptions): GradientTransformation {
  const { memorySize, scaleInitPrecond } = settings(name, options, { memorySize: 10, scaleInitPrecond: true })
  integer(name, 'memorySize', memorySize, 1)
  const init = (params: unknown): LbfgsState => {
    const empty = each((p) => uniform([memorySize, ...p.shape], 0, p.dtype), params)
    const zeros = filledLike(params, 0)
    return { count: zeroCount(), params: zeros, updates: zeros, diffParams: empty, diffUpdates: empty, weights: uniform([memorySize], 0, treeVdot(zeros, zeros).dtype) }
  }
  return transformation<LbfgsState>(init, (grads, state, given) => {
    const params = needed('scaleByLbfgs', given)
    const begun = ops.gt(state.count, 0)
    // Before the first step there is nothing to compare with: differences are 0.
    const difference = (x: unknown, y: unknown): unknown => each((a, b) => ops.select(begun, ops.sub(a, b), 0), x, y)
    const s = difference(params, state.params)
    const y = difference(grads, state.updates)
    const curvature = treeVdot(y, s)
    const weight = quotient(ops.ne(curvature, 0), 1, curvature, 0)
    const next: LbfgsState = {
      count: counted(state.count),
      params: each((p) => p, params),
      updates: grads,
      diffParams: eachOfAny(pushed, state.diffParams, s),
      diffUpdates: eachOfAny(pushed, state.diffUpdates, y),
      weights: pushed(state.weights, weight),
    }
    const first = (): Tensor => {
      const square = treeVdot(y, y)
      const length = words.stopGradient(ops.sqrt(treeVdot(grads, grads)))
      return ops.select(begun, quotient(ops.gt(square, 0), curvature, square, 1), ops.min(ops.div(1, length), 1))
    }
    return [preconditioned(grads, next, memorySize, scaleInitPrecond ? first() : ops.full([], 1, 'float64')), next]
  })
}
