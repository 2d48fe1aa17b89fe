/** Nested differentiation through loops of unknown length: GradBench's `particle` and `saddle`, in all four combinations of modes. */
import { describe, expect, it } from 'vitest'
import { grad, jacfwd, jit, np, whileLoop, type Tensor } from '../../src/index'

type Fn = (x: Tensor) => Tensor
/** The gradient of a function of one array, in a mode. */
type Gradient = (f: Fn) => Fn
const modes: { readonly [mode: string]: Gradient } = { f: (f) => jacfwd(f) as Fn, r: (f) => grad(f) as Fn }
const combinations = ['ff', 'fr', 'rf', 'rr']

const norm = (x: Tensor): Tensor => np.sqrt(np.sum(np.square(x)))

/** Gradient descent whose step doubles after ten steps that helped, and halves after one that did not. */
function argmin(gradient: Gradient, f: Fn, start: Tensor): Tensor {
  const slope = gradient(f)
  const end = whileLoop(
    ({ done }) => np.logicalNot(done),
    ({ x, fx, g, eta, i }) => {
      const doubling = i.eq(10)
      const next = x.sub(g.mul(eta))
      const done = np.logicalOr(norm(g).le(1e-5), np.logicalAnd(np.logicalNot(doubling), norm(x.sub(next)).le(1e-5)))
      const fn = f(next)
      const better = np.logicalAnd(np.logicalNot(doubling), fn.lt(fx))
      const accepted = np.logicalAnd(better, np.logicalNot(done))
      const pick = (a: Tensor, b: Tensor): Tensor => np.where(accepted, a, b)
      return {
        x: pick(next, x),
        fx: pick(fn, fx),
        g: pick(slope(next), g),
        eta: eta.mul(np.where(doubling, 2, np.where(better, 1, 0.5))),
        i: np.where(better, i.add(1), np.zerosLike(i)),
        done,
      }
    },
    { x: start, fx: f(start), g: slope(start), eta: np.array(1e-5), i: np.array(0, { dtype: 'int32' }), done: np.array(false) },
  )
  return end.x
}

const argmax = (gradient: Gradient, f: Fn, start: Tensor): Tensor => argmin(gradient, (x) => f(x).neg(), start)

/** Where a particle crosses the axis, squared, for a charge at height 10 − w. */
const flight = (inner: Gradient) => (w: Tensor): Tensor => {
  const charges = [np.stack([np.array(10), np.subtract(10, w)]), np.array([10, 0])]
  const potential = (x: Tensor): Tensor => charges.map((c) => np.divide(1, norm(x.sub(c)))).reduce((a, b) => a.add(b))
  const force = inner(potential)
  const { x, v } = whileLoop(
    (s) => s.x.at(1).gt(0),
    (s) => {
      const next = s.x.add(s.v.mul(0.1))
      return { x: next, v: np.where(next.at(1).gt(0), s.v.sub(force(s.x).mul(0.1)), s.v) }
    },
    { x: np.array([0, 8]), v: np.array([0.75, 0]) },
  )
  const left = x.at(1).neg().div(v.at(1))
  return np.square(x.at(0).add(left.mul(v.at(0))))
}

const particle = (outer: Gradient, inner: Gradient) => (w: Tensor): Tensor => argmin(outer, flight(inner), w)

const saddle = (outer: Gradient, inner: Gradient) => (start: Tensor): Tensor => {
  const f = (x: Tensor, y: Tensor): Tensor => np.sum(np.square(x)).sub(np.sum(np.square(y)))
  const highest = (x: Tensor): Tensor => f(x, argmax(inner, (y) => f(x, y), start))
  const x = argmin(outer, highest, start)
  return np.concatenate([x, argmax(inner, (y) => f(x, y), start)])
}

const flat = (x: Tensor): number[] => [...x.ravel().data()]

describe.each([
  ['particle', particle, np.array(0), 0.2071918746486116],
  ['saddle', saddle, np.array([1, 1]), 8.246324826140356e-6],
] as const)('%s', (_name, problem, start, answer) => {
  const results = combinations.map((c) => flat(jit(problem(modes[c[0]!]!, modes[c[1]!]!) as Fn)(start)))

  it('has its answer', () => {
    for (const x of results.flat()) expect(Math.abs(x - answer)).toBeLessThanOrEqual(1e-9)
  })

  it('is the same in all four combinations of modes', () => {
    for (const r of results) r.forEach((x, i) => expect(Math.abs(x - results[0]![i]!)).toBeLessThanOrEqual(1e-9))
  })
})
