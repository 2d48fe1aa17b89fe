/**
 * fixedPoint: x with f(x) = x, by iterating f, accelerated by Anderson's mixing.
 *
 * Law: derivatives are ẋ = (1 − ∂f/∂x)⁻¹ ∂f/∂θ θ̇, for whatever θ f closes over, whatever the iteration did.
 * Example: fixedPoint(np.cos, 1) // => 0.73908513
 * Source: Anderson 1965; Walker & Ni 2011 (the least-squares form); as QR, like theirs.
 */
import { cond } from '../control/cond'
import { customRoot } from '../control/custom-root'
import { whileLoop } from '../control/loops'
import { fault, raise, shown } from '../data/errors'
import { demandFunction, demandOptions, itself } from '../data/options'
import { lstsq } from '../linalg/index'
import { abs, add, all, concatenate, isfinite, less, logicalAnd, logicalNot, logicalOr, matmul, maximum, multiply, subtract, where } from '../numpy/index'
import { ops } from '../primitives/core'
import type { Tensor } from '../trace/tensor'
import { jvp } from '../transforms/differentiate'
import { stopGradient } from '../transforms/stop-gradient'
import type { Tensors } from '../transforms/types'
import { zeroSteps } from './carry'
import { generalSolve } from './dense'
import { demanded, half, largest, type VectorMap } from './operator'
import { demandLimits, ravelFloats, vectorLike } from './ravel'
import type { RootInfo } from './root'

export interface FixedPointOptions {
  /** How many earlier steps are mixed in; true is 5, false (or 0) iterates f as it is. Default true. */
  readonly anderson?: boolean | number
  /** Done when no element of f(x) − x is larger than this, or this part of x. Default 1e-12 (float32: 1e-5). */
  readonly tol?: number
  /** Steps at most, 1000. */
  readonly maxSteps?: number
  /** Whether [x, info] is returned. */
  readonly hasAux?: boolean
}

/** The newest first; rows of zeros are steps not yet made. */
const pushed = (memory: Tensor, x: Tensor): Tensor => concatenate([x.reshape([1, x.size]), memory.slice([0, -1])])

function iterate(f: VectorMap, x0: Tensor, depth: number, tol: number, maxSteps: number): readonly [Tensor, Tensor] {
  const m = Math.min(depth, x0.size)
  const empty = ops.full([m, x0.size], 0, x0.dtype)
  const settled = (x: Tensor, r: Tensor): Tensor => all(abs(r).le(multiply(tol, maximum(1, abs(x)))))
  const end = whileLoop(
    ({ k, x, r }) => logicalAnd(logicalAnd(less(k, maxSteps), all(isfinite(r))), logicalNot(settled(x, r))),
    ({ k, x, r, dx, dr }) => {
      const plain = add(x, r)
      let next = plain
      if (m > 0) {
        const gamma = lstsq(dr.T, r, { rcond: 1e-14 })[0]
        const mixed = subtract(plain, matmul(gamma, add(dx, dr)))
        next = where(all(isfinite(mixed)), mixed, plain)
      }
      const after = subtract(f(next), next)
      return { k: add(k, 1), x: next, r: after, dx: m > 0 ? pushed(dx, subtract(next, x)) : dx, dr: m > 0 ? pushed(dr, subtract(after, r)) : dr }
    },
    { k: zeroSteps(), x: x0, r: subtract(f(x0), x0), dx: empty, dr: empty },
  )
  return [end.x, end.k]
}

/** Whether Newton's step from here is nothing beside x: then x is as good as rounding in f lets it be. */
function settled(f: VectorMap, x: Tensor, r: Tensor): Tensor {
  const h = generalSolve((v) => subtract(v, jvp(f, [x], [v])[1]), r)
  return largest(stopGradient(h) as Tensor).le(multiply(half(x.dtype), largest(x)))
}

/**
 * x with f(x) = x, from x0: f returns a tree like x0. Differentiable by what f closes over, in both modes and to any order; the
 * starting point has no derivative. With `hasAux`, [x, {steps, residual, converged}]; it has converged where f(x) − x is as small as
 * `tol` says, or x as good as rounding lets it be. Without, an x that is no fixed point is NaN, and so are its derivatives: compiled code
 * cannot throw.
 */
export function fixedPoint<X>(f: (x: Tensors<X>) => unknown, x0: X, options?: FixedPointOptions & { readonly hasAux?: false }): Tensors<X>
export function fixedPoint<X>(f: (x: Tensors<X>) => unknown, x0: X, options: FixedPointOptions & { readonly hasAux: true }): [Tensors<X>, RootInfo]
export function fixedPoint<X>(f: (x: Tensors<X>) => unknown, x0: X, options: FixedPointOptions = {}): Tensors<X> | [Tensors<X>, RootInfo] {
  demandFunction('fixedPoint', f, itself)
  const [start, unravel] = ravelFloats(x0)
  demandOptions('fixedPoint', options, ['anderson', 'tol', 'maxSteps', 'hasAux'])
  const { anderson = true, tol = start.dtype === 'float32' ? 1e-5 : 1e-12, maxSteps = 1000, hasAux = false } = options
  demandLimits('fixedPoint', { tol }, { maxSteps })
  const depth = typeof anderson === 'number' ? anderson : anderson ? 5 : 0
  if (!Number.isInteger(depth) || depth < 0) raise(fault('shape', `fixedPoint: anderson ${shown(anderson)}`, 'Give a number of earlier steps, true or false.'))
  const step: VectorMap = (x) => vectorLike('fixedPoint: f', f(unravel(x)), x)
  const [x, steps] = customRoot((y: Tensor) => subtract(step(y), y), start, (_g, from: Tensor) => iterate(step, from, depth, tol, maxSteps), (g, y) => generalSolve(g as never, y), { hasAux: true })
  const at = stopGradient(x) as Tensor
  const r = stopGradient(subtract(step(at), at)) as Tensor
  const within = all(abs(r).le(multiply(tol, maximum(1, abs(at)))))
  const converged = cond(logicalOr(within, logicalNot(all(isfinite(r)))), (_y: Tensor, _r: Tensor) => within, (y: Tensor, ry: Tensor) => settled(step, y, ry), at, r)
  return hasAux ? [unravel(x), { steps, residual: largest(r), converged }] : unravel(demanded(x, converged))
}
