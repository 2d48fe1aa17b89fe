/**
 * Special functions: the error function and its kin, the logarithm of Γ and its derivatives.
 *
 * In a file of their own, so that programs which do not use them need not carry them.
 * Source: values of all but erf and erfc from the @stdlib packages (ports of FreeBSD msun, Boost and Cephes); polygamma by upward recurrence and
 * Abramowitz & Stegun 1964, 6.4.11, for x < 0 by reflection (6.4.7).
 */
import stdDigamma from '@stdlib/math-base-special-digamma'
import stdErfinv from '@stdlib/math-base-special-erfinv'
import stdGammaln from '@stdlib/math-base-special-gammaln'
import * as math from '../../compile/math/functions'
import { onNumber } from '../../compile/scalar'
import { elementwise, elementwiseWith } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import type { Value } from '../../ir/value'
import { definePrimitive, floating, pointwise, smooth } from '../define'
import { erfInvRule } from '../taylor/rules'

const called = (name: string, fn: (x: number) => number, derivative: (ops: CoreOps, x: Value, y: Value) => Value, more: Partial<Primitive> = {}): Primitive =>
  smooth(name, elementwise(({ call }, x) => call(fn, x)), derivative, more)

const twoOverRootPi = 2 / Math.sqrt(Math.PI)
const gauss = (ops: CoreOps, x: Value): Value => ops.exp(ops.neg(ops.mul(x, x)))

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: Primitive = smooth('erf', elementwise(({ erf }, x) => erf(x), { erf: math.erf }), (ops, x) => ops.mul(twoOverRootPi, gauss(ops, x)))
/** 1 − erf x, exact in the tail. */
export const erfc: Primitive = smooth('erfc', elementwise(({ erfc }, x) => erfc(x), { erfc: math.erfc }), (ops, x) => ops.mul(-twoOverRootPi, gauss(ops, x)))
/** The inverse of erf on (−1, 1).  d erfinv x = √π/2 e^(y²) dx. */
export const erfinv: Primitive = called('erf_inv', stdErfinv, (ops, _x, y) => ops.mul(1 / twoOverRootPi, ops.exp(ops.mul(y, y))), { taylor: erfInvRule })

/** log |Γ(x)|.  d lgamma x = ψ(x) dx. */
export const lgamma: Primitive = called('lgamma', stdGammaln, (ops, x) => ops.bind(digamma, [x], {})[0]!)
/** ψ, with its poles at ±0 as limits. */
const psi = (x: number): number => (x === 0 ? -1 / x : stdDigamma(x))

/** ψ(x) = d/dx log Γ(x). */
export const digamma: Primitive = called('digamma', psi, (ops, x) => ops.bind(polygamma, [x], { n: 1 })[0]!)

/** B₂, B₄, …, B₃₀. */
const bernoulli: readonly number[] = [
  1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330, 854513 / 138,
  -236364091 / 2730, 8553103 / 6, -23749461029 / 870, 8615841276005 / 14322,
]

const factorial = (n: number): number => {
  let f = 1
  for (let k = 2; k <= n; k++) f *= k
  return f
}

/** xⁿ by products: engines differ in their powers. */
function power(x: number, n: number): number {
  let result = 1
  for (let square = x, k = n; k > 0; k = Math.floor(k / 2), square *= square) if (k % 2 === 1) result *= square
  return result
}

/** Σ_{k≥0} n! / (x + k)ⁿ⁺¹ for x > 0, n ≥ 1, which is |ψ⁽ⁿ⁾(x)|. */
function polygammaPositive(n: number, x: number): number {
  const nf = factorial(n)
  let sum = 0
  let y = x
  // Upwards to where the asymptotic series converges.
  for (; y < 16 + n; y += 1) sum += nf / power(y, n + 1)
  const square = y * y
  const far = power(y, n)
  let series = nf / n / far + nf / (2 * far * y)
  // term k: B₂ₖ (2k + n − 1)! / ((2k)! y²ᵏ⁺ⁿ)
  let factor = (nf * (n + 1)) / 2 / (far * square)
  for (let k = 1; k <= bernoulli.length; k++) {
    const term = bernoulli[k - 1]! * factor
    series += term
    if (Math.abs(term) < 1e-17 * series) break
    factor *= ((2 * k + n) * (2 * k + n + 1)) / ((2 * k + 1) * (2 * k + 2) * square)
  }
  return sum + series
}

const tan = onNumber(math.tan)

/** dⁿ/dxⁿ of π cot πx, by the polynomial in c = cot πx that it is: Pₖ₊₁ = −π (1 + c²) Pₖ′. */
function cotangentDerivative(n: number, x: number): number {
  let p = [0, Math.PI]
  for (let k = 0; k < n; k++) {
    const next = new Array<number>(p.length + 1).fill(0)
    for (let i = 1; i < p.length; i++) {
      const d = -Math.PI * i * p[i]!
      next[i - 1]! += d
      next[i + 1]! += d
    }
    p = next
  }
  const reduced = x - Math.round(x)
  const c = Math.abs(reduced) === 0.5 ? 0 : 1 / tan(Math.PI * reduced)
  return p.reduceRight((sum, a) => sum * c + a, 0)
}

/** ψ⁽ⁿ⁾(x); at the poles 0, −1, … +∞ for odd n, NaN for even n. */
function polygammaOf(n: number, x: number): number {
  const sign = n % 2 === 1 ? 1 : -1
  if (x === Infinity) return 0
  if (!(x > -Infinity)) return NaN
  if (x > 0) return sign * polygammaPositive(n, x)
  if (Number.isInteger(x)) return sign === 1 ? Infinity : NaN
  // ψ⁽ⁿ⁾(1 − x) + (−1)ⁿ⁺¹ ψ⁽ⁿ⁾(x) = (−1)ⁿ dⁿ/dxⁿ π cot πx
  return -cotangentDerivative(n, x) - polygammaPositive(n, 1 - x)
}

const byOrder = new Map<number, (x: number) => number>()
/** One function for each order, so that compiled kernels are recognised. */
const polygammaFn = (n: number): ((x: number) => number) => {
  let fn = byOrder.get(n)
  if (!fn) byOrder.set(n, (fn = (x) => polygammaOf(n, x)))
  return fn
}

/** The derivative of order n ≥ 1 of digamma; n is a parameter. */
export const polygamma: Primitive = definePrimitive({
  name: 'polygamma',
  shape: pointwise('polygamma', floating, 'a floating dtype'),
  kernel: elementwiseWith(({ call }, [x], { n }: { n: number }) => call(polygammaFn(n), x!)),
  jvp: (ops, [x], _y, [dx], { n }: { n: number }) => ops.mul(dx!, ops.bind(polygamma, [x!], { n: n + 1 })[0]!),
  transpose: 'nonlinear',
  batch: 'elementwise',
})

export const special: readonly Primitive[] = [erf, erfc, erfinv, lgamma, digamma, polygamma]
