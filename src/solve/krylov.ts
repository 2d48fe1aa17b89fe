/**
 * cg, bicgstab, gmres: A x = b for matrices that are known by what they do to a vector.
 *
 * Law: derivatives are those of A⁻¹ b, by solving again, whatever the iteration did: in b and in what A closes over.
 * Example: cg((x) => np.multiply(2, x), np.array([2, 4]))[0] // => [1, 2]
 * Source: Hestenes & Stiefel 1952; van der Vorst 1992; Saad & Schultz 1986, with Givens rotations; names as JAX's.
 */
import { whileLoop, scan } from '../control/loops'
import { add, arange, concatenate, dot, equal, hypot, less, logicalAnd, logicalNot, matmul, multiply, outer, subtract, where, zeros, zerosLike } from '../numpy/index'
import { integer } from '../numpy/arguments'
import type { Tensor } from '../trace/tensor'
import type { Tensors } from '../transforms/types'
import { no, zeroSteps } from './carry'
import { guessAndOptions, iterative, norm, type Iteration, type IterativeInfo, type IterativeOptions, type Operator, type VectorMap } from './operator'

const axpy = (a: Tensor, x: Tensor, y: Tensor): Tensor => add(y, multiply(a, x))
/** x / y, and 0 for y = 0. */
const ratio = (x: Tensor, y: Tensor): Tensor => {
  const none = equal(y, 0)
  return where(none, 0, x.div(where(none, 1, y)))
}
const zero = (like: Tensor): Tensor => zeros([], { dtype: like.dtype })

const cgIteration: Iteration = (a, b, x0, m, goal, maxSteps) => {
  const r0 = subtract(b, a(x0))
  const z0 = m(r0)
  const end = whileLoop(
    ({ k, r }) => logicalAnd(less(k, maxSteps), norm(r).gt(goal)),
    ({ k, x, r, p, gamma }) => {
      const ap = a(p)
      const alpha = ratio(gamma, dot(p, ap))
      const next = axpy(alpha.neg(), ap, r)
      const z = m(next)
      const after = dot(next, z)
      return { k: add(k, 1), x: axpy(alpha, p, x), r: next, p: axpy(ratio(after, gamma), p, z), gamma: after }
    },
    { k: zeroSteps(), x: x0, r: r0, p: z0, gamma: dot(r0, z0) },
  )
  return { x: end.x, steps: end.k, residual: norm(end.r) }
}

const bicgstabIteration: Iteration = (a, b, x0, m, goal, maxSteps) => {
  const r0 = subtract(b, a(x0))
  const none = zerosLike(b)
  const one = add(zero(b), 1)
  const end = whileLoop(
    ({ k, r }) => logicalAnd(less(k, maxSteps), norm(r).gt(goal)),
    ({ k, x, r, shadow, p, v, rho, alpha, omega }) => {
      const fresh = dot(shadow, r)
      // Where the shadow residual has become orthogonal to r, the iteration begins again from here.
      const broken = fresh.abs().le(multiply(1e-30, dot(r, r)))
      const base = where(broken, r, shadow)
      const top = where(broken, dot(r, r), fresh)
      const beta = where(broken, 0, multiply(ratio(top, rho), ratio(alpha, omega)))
      const dir = axpy(beta, axpy(omega.neg(), v, p), r)
      const ph = m(dir)
      const w = a(ph)
      const step = ratio(top, dot(base, w))
      const s = axpy(step.neg(), w, r)
      const sh = m(s)
      const t = a(sh)
      const om = ratio(dot(t, s), dot(t, t))
      return { k: add(k, 1), x: axpy(om, sh, axpy(step, ph, x)), r: axpy(om.neg(), t, s), shadow: base, p: dir, v: w, rho: top, alpha: step, omega: om }
    },
    { k: zeroSteps(), x: x0, r: r0, shadow: r0, p: none, v: none, rho: one, alpha: one, omega: one },
  )
  return { x: end.x, steps: end.k, residual: norm(end.r) }
}

/** y with R y = g, for R upper triangular; 0 where the diagonal is. */
function backSubstitute(r: Tensor, g: Tensor): Tensor {
  const n = g.size
  const [y] = scan(
    (sum, { row, right, e }) => [axpy(ratio(subtract(right, dot(row, sum)), dot(row, e)), e, sum), null],
    zerosLike(g),
    { row: r, right: g, e: unit(n, arange(n), g) },
    { reverse: true },
  )
  return y
}

/** Rows of the identity, at indices. */
const unit = (n: number, at: Tensor, like: Tensor): Tensor => equal(arange(n), at.ndim === 0 ? at : at.reshape([at.size, 1])).astype(like.dtype)

/** One cycle: a basis of the Krylov space by Arnoldi, orthogonalised twice; the least-squares problem kept triangular by rotations. */
function cycle(a: VectorMap, b: Tensor, x: Tensor, m: VectorMap, goal: Tensor, restart: number, budget: Tensor): { readonly x: Tensor; readonly steps: Tensor; readonly residual: Tensor } {
  const n = restart
  const r0 = subtract(b, a(x))
  const beta = norm(r0)
  const first = unit(n + 1, arange(1).at(0), b)
  const end = whileLoop(
    ({ k, rest }) => logicalAnd(logicalAnd(less(k, n), less(k, budget)), rest.abs().gt(goal)),
    ({ k, v, r, cs, sn, g, rest }) => {
      const w0 = a(m(matmul(unit(n + 1, k, b), v)))
      const h0 = matmul(v, w0)
      const w1 = subtract(w0, matmul(h0, v))
      const h1 = matmul(v, w1)
      const w = subtract(w1, matmul(h1, v))
      const size = norm(w)
      const h = add(h0, h1)
      // Earlier rotations, one after another; those not yet made are the identity.
      const [, column] = scan((top, s) => [add(multiply(s.sn.neg(), top), multiply(s.cs, s.below)), add(multiply(s.cs, top), multiply(s.sn, s.below))], h.at(0), { cs, sn, below: h.slice([1]) })
      const e = unit(n, k, b)
      const top = dot(e, column)
      const length = hypot(top, size)
      const [c, s] = [where(length.eq(0), 1, ratio(top, length)), ratio(size, length)]
      const entry = where(less(arange(n), k), column, multiply(e, length))
      return {
        k: add(k, 1),
        v: add(v, outer(unit(n + 1, add(k, 1), b), multiply(w, ratio(add(zero(b), 1), size)))),
        r: add(r, outer(entry, e)),
        cs: axpy(subtract(c, 1), e, cs),
        sn: axpy(s, e, sn),
        g: axpy(multiply(c, rest), e, g),
        rest: multiply(s.neg(), rest),
      }
    },
    { k: zeroSteps(), v: outer(first, multiply(r0, ratio(add(zero(b), 1), beta))), r: zeros([n, n], { dtype: b.dtype }), cs: add(zeros([n], { dtype: b.dtype }), 1), sn: zeros([n], { dtype: b.dtype }), g: zeros([n], { dtype: b.dtype }), rest: beta },
  )
  const y = concatenate([backSubstitute(end.r, end.g), zeros([1], { dtype: b.dtype })])
  const next = add(x, m(matmul(y, end.v)))
  return { x: next, steps: end.k, residual: norm(subtract(b, a(next))) }
}

const gmresIteration =
  (restart: number): Iteration =>
  (a, b, x0, m, goal, maxSteps) => {
    const end = whileLoop(
      ({ steps, residual, stalled }) => logicalAnd(logicalAnd(less(steps, maxSteps), residual.gt(goal)), logicalNot(stalled)),
      ({ x, steps, residual }) => {
        const r = cycle(a, b, x, m, goal, restart, subtract(maxSteps, steps))
        const better = r.residual.lt(residual)
        return { x: where(better, r.x, x), steps: add(steps, r.steps), residual: where(better, r.residual, residual), stalled: logicalNot(better) }
      },
      { x: x0, steps: zeroSteps(), residual: norm(subtract(b, a(x0))), stalled: no() },
    )
    return end
  }

/**
 * [x, info] with A x = b, for A symmetric and positive definite: a matrix, or a function of trees like b. Conjugate gradients.
 * Differentiable in b and in what A is made of, in both modes, to any order. Where `maxSteps` do not suffice, x is the best there
 * is, and `info.converged` says so; derivatives have no flag: where the system that they solve leaves more than ‖b‖ times
 * max(tol, √ε), they are NaN (raise `maxSteps`, or say by `tol` what is enough).
 */
export function cg<B>(A: Operator<B>, b: B, x0?: B | IterativeOptions<B> | null, options?: IterativeOptions<B>): [Tensors<B>, IterativeInfo] {
  const given = guessAndOptions<B, IterativeOptions<B>>(b, x0, options)
  return iterative('cg', cgIteration, A, b, given.x0, given.options, true)
}

/** [x, info] with A x = b, for any regular A: stabilised biconjugate gradients. As `cg` else. */
export function bicgstab<B>(A: Operator<B>, b: B, x0?: B | IterativeOptions<B> | null, options?: IterativeOptions<B>): [Tensors<B>, IterativeInfo] {
  const given = guessAndOptions<B, IterativeOptions<B>>(b, x0, options)
  return iterative('bicgstab', bicgstabIteration, A, b, given.x0, given.options, false)
}

export interface GmresOptions<B> extends IterativeOptions<B> {
  /** How many vectors of the Krylov space are kept before it begins again. Default 20, at most the number of unknowns. */
  readonly restart?: number
}

/** [x, info] with A x = b, for any regular A: generalised minimal residuals, restarted, preconditioned from the right. As `cg` else. */
export function gmres<B>(A: Operator<B>, b: B, x0?: B | GmresOptions<B> | null, options?: GmresOptions<B>): [Tensors<B>, IterativeInfo] {
  const given = guessAndOptions<B, GmresOptions<B>>(b, x0, options)
  const restart = integer('gmres', 'restart', given.options.restart ?? 20, 1)
  return iterative('gmres', (a, v, start, m, goal, maxSteps) => gmresIteration(Math.min(restart, v.size))(a, v, start, m, goal, maxSteps), A, b, given.x0, given.options, false)
}
