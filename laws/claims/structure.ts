/**
 * What is claimed of what is built on the transforms: sparse derivatives are the dense ones, jets nested derivatives, and
 * rules of one's own that say what the built-in ones say change nothing.
 *
 * Law: sparseJacobian f = jacfwd f, sparseHessian f = hessian f; coefficient k of a jet is the k-th derivative along its curve.
 */
import { customJvp, customVjp, grad, hessian, jacfwd, jet, jvp, ops, sparseHessian, sparseJacobian, vjp, type Tensor, type Value } from '../../src/index'
import { toleranceOf, type Claim, type Smooth } from '../case'
import { scalarized } from '../derive'
import { directions, elements, largest, sizeOf, strays, tensorOf } from '../elements'
import { forward } from '../forward'
import { refute } from '../law'
import { backward, onSmooth } from './derivative'

type Flat = readonly Tensor[]

/** Elements up to which dense derivatives are made. */
const small = 20

const ravelled = (ts: readonly Value[]): Value => {
  const parts = ts.map((t) => ops.reshape(ops.convert(t, 'float64'), [sizeOf(t.aval.shape)]))
  return parts.length === 1 ? parts[0]! : ops.concatenate(parts, 0)
}

/** A case as a function from one vector to one vector, at a point; undefined where it is too large for matrices. */
function vectorial(c: Smooth): { readonly f: (v: Tensor) => Tensor; readonly at: Tensor; readonly unravel: (v: Value) => Tensor[] } | undefined {
  const sizes = c.args.map((t) => sizeOf(t.shape))
  const n = sizes.reduce((s, x) => s + x, 0)
  const m = c.outs.reduce((s, t) => s + sizeOf(t.shape), 0)
  if (n === 0 || m === 0 || n > small || m > 2 * small) return undefined
  const unravel = (v: Value): Tensor[] => {
    let from = 0
    return c.args.map((t, i) => ops.convert(ops.reshape(ops.slice(v, [from], [(from += sizes[i]!)]), t.shape), t.dtype) as Tensor)
  }
  return { f: (v) => ravelled(c.call(...unravel(v))) as Tensor, at: ravelled(c.args) as Tensor, unravel }
}

const finite = (ts: Flat): boolean => ts.every((t) => elements(t).every(Number.isFinite))

const demandClose = (c: Smooth, what: string, got: Flat, want: Flat): void => {
  if (!finite(want)) return
  const scale = Math.max(c.magnitude, ...want.map((t) => largest(elements(t))))
  got.forEach((t, o) => {
    const wrong = strays(t, want[o]!, toleranceOf(c, 1e-10), scale)
    if (wrong) refute(`${what}: result ${o}: ${wrong}\n${String(t)}\n${String(want[o])}`)
  })
}

const claim = (name: string, statement: string, holds: (c: Smooth, seed: number) => void): Claim => ({ name, statement, holds: onSmooth(holds) })

/** The whole matrix of a sparse one, by its entries. */
function dense({ shape, rows, cols, values }: { readonly shape: readonly number[]; readonly rows: ArrayLike<number>; readonly cols: ArrayLike<number>; readonly values: Tensor }): Tensor {
  const flat = new Float64Array(sizeOf(shape))
  elements(values).forEach((x, i) => (flat[rows[i]! * shape[1]! + cols[i]!] = x))
  return tensorOf(Array.from(flat), shape, 'float64')
}

export const sparseIsDense: Claim = claim('sparse = dense', 'sparseJacobian f and sparseHessian f, filled up with zeros, are jacfwd f and hessian f.', (c, seed) => {
  const v = vectorial(c)
  if (!v) return
  demandClose(c, 'sparseJacobian against jacfwd', [dense(sparseJacobian(v.f)(v.at))], [jacfwd(v.f)(v.at) as Tensor])
  const g = scalarized((x) => [v.f(x!)], [{ shape: [sizeOf(v.f(v.at).shape)], dtype: 'float64' }], seed)
  demandClose(c, 'sparseHessian against hessian', [dense(sparseHessian(g)(v.at))], [hessian(g)(v.at) as Tensor])
})

const order = 3

export const jetIsNested: Claim = claim('jet = nested jvp', 'The terms of jet(f) along x(t) = x + t v + t²/2 u + t³/6 w are the derivatives of f(x(t)) at 0, by jvp of jvp of jvp.', (c, seed) => {
  const terms = Array.from({ length: order }, (_, k) => directions(c.args.map((t) => t.aval), seed + 17 * k))
  const curve = (t: Tensor): Flat =>
    c.args.map((x, i) => {
      // Horner's rule in t.
      const sum = [2, 1, 0].reduce<Value>((s, k) => ops.add(terms[k]![i]!, ops.mul(ops.mul(ops.convert(t, x.dtype), 1 / (k + 2)), s)), ops.full(x.shape, 0, x.dtype))
      return ops.add(x, ops.mul(ops.convert(t, x.dtype), sum)) as Tensor
    })
  let along = (t: Tensor): Tensor[] => [...c.call(...curve(t))]
  const zero = ops.full([], 0, 'float64') as Tensor
  const one = ops.full([], 1, 'float64') as Tensor
  const want: Flat[] = []
  for (let k = 0; k < order; k++) {
    const f = along
    along = (t) => (jvp(f, [t], [one]) as unknown as [Tensor[], Tensor[]])[1]
    want.push(along(zero))
  }
  const [, got] = jet((...xs: Tensor[]) => [...c.call(...xs)], [...c.args], c.args.map((_, i) => terms.map((t) => t[i]!))) as unknown as [Flat, Flat[]]
  want.forEach((w, k) => demandClose(c, `term ${k + 1} of the jet`, got[k]!, w))
})

const list = (c: Smooth) => (...xs: Tensor[]): Tensor[] => [...c.call(...xs)]

export const ownRules: Claim = claim('own rules = built-in', 'customJvp and customVjp with the rules that jvp and vjp give leave value and derivatives, of the first and second order, as they are.', (c, seed) => {
  const f = list(c)
  const byJvp = customJvp(f as never, ((xs: Tensor[], dots: Tensor[]) => jvp(f, xs, dots)) as never) as unknown as (...xs: Flat) => Flat
  const byVjp = customVjp(f as never, { fwd: ((...xs: Tensor[]) => [f(...xs), xs]) as never, bwd: ((xs: Tensor[], ct: Tensor[]) => vjp(f, xs)[1](ct)) as never }) as unknown as (...xs: Flat) => Flat
  const w = directions(c.args.map((t) => t.aval), seed)
  const v = directions(c.outs.map((t) => t.aval), seed + 1)
  const [value, tangent] = forward(c.call, c.args, w)
  const [own, moved] = forward(byJvp, c.args, w)
  demandClose(c, 'the value of customJvp', own, value)
  demandClose(c, 'the tangent of customJvp', moved, tangent)
  const cts = backward(c.call, c.args, v)
  demandClose(c, 'the cotangents of customJvp', backward(byJvp, c.args, v), cts)
  demandClose(c, 'the cotangents of customVjp', backward(byVjp, c.args, v), cts)
  const argnums = c.args.map((_, i) => i)
  const slope = (call: (...xs: Flat) => Flat) => (...xs: Flat): Flat => grad(scalarized(call, c.outs.map((t) => t.aval), seed), { argnums })(...xs) as unknown as Flat
  const curved = backward(slope(c.call), c.args, w)
  demandClose(c, 'the second derivative of customJvp', backward(slope(byJvp), c.args, w), curved)
  demandClose(c, 'the second derivative of customVjp', backward(slope(byVjp), c.args, w), curved)
})

/** The claims of this file. */
export const structures: readonly Claim[] = [sparseIsDense, jetIsNested, ownRules]
