/**
 * The matrix of cofactors ∂ det(A)/∂A, and its derivatives in any number of directions, at any A of any rank.
 *
 * With A = U S Vᵀ and Yₗ = Uᵀ Xₗ V the derivative is taken at a diagonal matrix, where it is a sum over index tuples of
 * signed products of entries of the Y with the singular values left over: nothing is divided that may vanish.
 * Cofactors of a matrix without zero pivots are det(A) A⁻ᵀ. Cost of the k-th derivative: O(n³ + (k + 1)! nᵏ⁺¹).
 */
import { opaque, type KernelSpec } from '../../../ir/kernel'
import { codeOf } from '../../kernels/element'
import { copy, finite, identity, matricesOf, round, turn } from './buffers'
import { makeSvd } from './jacobi'
import { detCode } from './factors.code'
import { factorLu, solveFactored } from './lu'
import { addProduct } from './rows'

interface Permutation {
  readonly sign: number
  readonly of: readonly number[]
}

/** All permutations of k things. */
function permutations(k: number): Permutation[] {
  if (k === 0) return [{ sign: 1, of: [] }]
  // Thing k − 1 goes to each place; whatever stood there goes where it would have been.
  return permutations(k - 1).flatMap(({ sign, of }) => [
    { sign, of: [...of, k - 1] },
    ...of.map((_, i) => ({ sign: -sign, of: [...of.map((p, j) => (j === i ? k - 1 : p)), of[i]] })),
  ])
}

/** Derivatives at diag(s): g[i₀, σ₀] += sign(σ) Π Yₗ[iₗ, σₗ] · (product of the s left over), over tuples i and orders σ of them. */
function makeDiagonal(n: number, k: number): (s: Float64Array, ys: readonly Float64Array[], g: Float64Array) => void {
  const orders = permutations(k + 1)
  const tuple = new Int32Array(k + 1)
  const used = new Uint8Array(n)
  return (s, ys, g) => {
    let zeros = 0
    let product = 1
    for (let i = 0; i < n; i++) {
      if (s[i] === 0) zeros++
      else product *= s[i]
    }
    g.fill(0)
    const choose = (place: number, rest: number, left: number): void => {
      if (left > k + 1 - place) return
      if (place > k) {
        for (const { sign, of } of orders) {
          let term = sign * rest
          for (let l = 1; l <= k; l++) term *= ys[l - 1][tuple[l] * n + tuple[of[l]]]
          g[tuple[0] * n + tuple[of[0]]] += term
        }
        return
      }
      for (let i = 0; i < n; i++) {
        if (used[i] === 1) continue
        used[i] = 1
        tuple[place] = i
        if (s[i] === 0) choose(place + 1, rest, left - 1)
        else choose(place + 1, rest / s[i], left)
        used[i] = 0
      }
    }
    choose(0, product, zeros)
  }
}

/** Of A and k directions. */
export const cofactorsKernel: KernelSpec = opaque((ins, [out]) => {
  const { count, n } = matricesOf(ins[0])
  const code = codeOf(out.dtype)
  const k = ins.length - 1
  const [lu, inverse, eye, scratch] = Array.from({ length: 4 }, () => new Float64Array(n * n))
  const [pivots, order] = [new Int32Array(n), new Int32Array(n)]
  const svd = makeSvd(n, n, false)
  const derive = makeDiagonal(n, k)
  const ys = Array.from({ length: k }, () => new Float64Array(n * n))
  const seen = new Float64Array(n * n).fill(NaN)
  let orientation = 0
  identity(n, n, eye, 0)

  /** det(A) A⁻ᵀ; false where a pivot vanishes or the product leaves the range of numbers. */
  const regular = (a: Float64Array, at: number, to: Float64Array): boolean => {
    copy(n * n, a, at, lu, 0)
    let det = factorLu(n, n, lu, 0, pivots, 0, order, 0)
    for (let i = 0; i < n; i++) det *= lu[i * n + i]
    if (det === 0 || !(Math.abs(det) < Infinity)) return false
    solveFactored(n, n, lu, 0, order, 0, false, eye, 0, inverse, 0, scratch, 0)
    for (let i = 0; i < n * n; i++) inverse[i] *= det
    if (!finite(inverse, 0, n * n)) return false
    turn(n, n, inverse, 0, to, at)
    return true
  }

  /** U, S and V of the matrix at `at`, unless it is the one seen last. */
  const decompose = (a: Float64Array, at: number): void => {
    let same = true
    for (let i = 0; same && i < n * n; i++) same = a[at + i] === seen[i]
    if (same && n > 0) return
    copy(n * n, a, at, seen, 0)
    svd.run(a, at)
    orientation = 1
    for (const side of [svd.left, svd.right]) {
      copy(n * n, side, 0, lu, 0)
      orientation *= factorLu(n, n, lu, 0, pivots, 0, order, 0)
      for (let i = 0; i < n; i++) if (lu[i * n + i] < 0) orientation = -orientation
    }
  }

  return (from, [to]) => {
    for (let b = 0, at = 0; b < count; b++, at += n * n) {
      if (k > 0 || !regular(from[0], at, to)) {
        decompose(from[0], at)
        const { left, right } = svd
        for (let l = 0; l < k; l++) {
          // Uᵀ X, then times V, whose transpose `right` is.
          scratch.fill(0)
          addProduct(1, n, n, n, scratch, 0, n, left, 0, 1, n, from[l + 1], at, n)
          turn(n, n, right, 0, inverse, 0)
          ys[l].fill(0)
          addProduct(1, n, n, n, ys[l], 0, n, scratch, 0, n, 1, inverse, 0, n)
        }
        derive(svd.values, ys, lu)
        scratch.fill(0)
        addProduct(orientation, n, n, n, scratch, 0, n, left, 0, n, 1, lu, 0, n)
        to.fill(0, at, at + n * n)
        addProduct(1, n, n, n, to, at, n, scratch, 0, n, 1, right, 0, n)
      }
      round(code, to, at, n * n)
    }
  }
})

/** The determinant, by elimination. */
export const detKernel: KernelSpec = { ...opaque(([a], [out]) => {
  const { count, n } = matricesOf(a)
  const code = codeOf(out.dtype)
  const lu = new Float64Array(n * n)
  const [pivots, order] = [new Int32Array(n), new Int32Array(n)]
  return ([from], [to]) => {
    for (let b = 0; b < count; b++) {
      copy(n * n, from, b * n * n, lu, 0)
      let det = factorLu(n, n, lu, 0, pivots, 0, order, 0)
      for (let i = 0; i < n; i++) det *= lu[i * n + i]
      to[b] = det
    }
    round(code, to, 0, count)
  }
}), code: detCode }
