/**
 * Polynomials by their coefficients, highest power first, as NumPy's poly functions have them.
 *
 * Example: np.polyval([1, 0, -2], 3).item() // => 7
 */
import { fault, raise } from '../data/errors'
import { showShape } from '../data/shape'
import { ops } from '../primitives/core'
import * as words from '../primitives/tensor-words'
import type { Tensor, TensorLike } from '../trace/tensor'
import { alike, constant, cut, float, integer, number, uniform } from './arguments'
import { add, multiply } from './arithmetic'
import { convolve } from './calculus'
import { tabulated } from './creation'

const coefficients = (name: string, p: TensorLike): Tensor => {
  const a = number(p)
  if (a.ndim > 1) raise(fault('shape', `${name}: coefficients of shape ${showShape(a.shape)}`, 'Give a vector of coefficients.'))
  return ops.reshape(a, [a.size])
}

/** The value of a polynomial at x, by Horner's rule; 0 where it has no coefficients. */
export function polyval(p: TensorLike, x: TensorLike): Tensor {
  const a = number(p)
  const [c, at] = alike([a.ndim === 0 ? ops.reshape(a, [1]) : a, number(x)]) as [Tensor, Tensor]
  if (c.ndim !== 1) raise(fault('shape', `polyval: coefficients of shape ${showShape(c.shape)}`, 'Give a vector of coefficients.'))
  let y = ops.broadcast(c.size === 0 ? constant(0, c.dtype) : ops.reshape(cut(c, 0, 0, 1), []), at.shape, [])
  for (let i = 1; i < c.size; i++) y = ops.add(ops.mul(y, at), ops.reshape(cut(c, 0, i, i + 1), []))
  return y
}
/** The sum of two polynomials. */
export function polyadd(p: TensorLike, q: TensorLike): Tensor {
  const [a, b] = alike([coefficients('polyadd', p), coefficients('polyadd', q)]) as [Tensor, Tensor]
  const n = Math.max(a.size, b.size)
  const wide = (t: Tensor): Tensor => words.pad(t, constant(0, t.dtype), [[n - t.size, 0, 0]])
  return ops.add(wide(a), wide(b))
}
/** The difference of two polynomials. */
export const polysub = (p: TensorLike, q: TensorLike): Tensor => polyadd(p, ops.neg(coefficients('polysub', q)))
/** The product of two polynomials. */
export const polymul = (p: TensorLike, q: TensorLike): Tensor => convolve(coefficients('polymul', p), coefficients('polymul', q))

/** The derivative of order m. */
export function polyder(p: TensorLike, m = 1): Tensor {
  let a = coefficients('polyder', p)
  integer('polyder', 'm', m, 0)
  for (let i = 0; i < m; i++) {
    const n = a.size - 1
    if (n < 1) return cut(a, 0, 0, 0)
    const powers = ops.convert(tabulated(n, (k) => n - k), a.dtype)
    a = ops.mul(cut(a, 0, 0, n), powers)
  }
  return a
}
/** The antiderivative of order m, with constants of integration k (0). */
export function polyint(p: TensorLike, m = 1, k: TensorLike = 0): Tensor {
  let a = float(coefficients('polyint', p))
  integer('polyint', 'm', m, 0)
  // From here on the coefficients of the integral are 0 in double precision.
  if (m > 170) raise(fault('shape', `polyint: m is ${m}`, 'Integrate 170 times at most: 171! overflows.'))
  const constants = float(k)
  for (let i = 0; i < m; i++) {
    const n = a.size
    const divided = ops.div(a, ops.convert(tabulated(n, (j) => n - j), a.dtype))
    const last = constants.ndim === 0 ? ops.reshape(constants, [1]) : cut(constants, 0, i, i + 1)
    a = ops.concatenate(alike([divided, last]), 0)
  }
  return a
}

/** The polynomial with the given roots (leading coefficient 1). */
export function poly(roots: TensorLike): Tensor {
  const r = float(coefficients('poly', roots))
  let p: Tensor = uniform([1], 1, r.dtype)
  for (let i = 0; i < r.size; i++) {
    const zero = uniform([1], 0, r.dtype)
    p = add(ops.concatenate([p, zero], 0), ops.neg(ops.concatenate([zero, multiply(p, cut(r, 0, i, i + 1))], 0)))
  }
  return p
}
