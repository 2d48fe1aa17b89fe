/**
 * Programs that broke a law once, written down as functions: each law on random programs tries them first. (What a
 * program is drawn from changes its meaning when primitives are added, so draws are not kept.)
 */
import { constant, sample } from 'fast-check'
import { cond, customJvp, customVjp, grad, jvp, map, np, scan, vjp, whileLoop, type Tensor } from 'adjoint'
import { casesOf, type AnyFunction, type Case } from '../../laws/case'

/** A function of one vector at a point. */
const at = (f: (x: Tensor) => unknown, xs: readonly number[]): Case => sample(casesOf(f as AnyFunction, [constant(Float64Array.from(xs))]), 1)[0]!

/** A rule that says what the jvp of the function says. */
const ownRule = (f: (x: Tensor) => unknown) => ([x]: [Tensor], [dx]: [Tensor]): unknown => jvp(f, [x] as never, [dx] as never)
const overMap = (x: Tensor): Tensor => map((e: Tensor) => np.sin(e), x)
const overScan = (x: Tensor): Tensor[] => {
  const [last, ys] = scan((c: Tensor, e: Tensor) => [np.tanh(np.reshape(np.negative(e), [1])), np.multiply(c, e)] as const, x, x)
  return [last, ys]
}
const overCond = (x: Tensor): Tensor => cond(np.less(np.sum(x), 0.3), (v: Tensor) => np.sin(v), (v: Tensor) => np.cos(v), x) as Tensor

const both = customVjp((x: Tensor) => np.sin(x), {
  fwd: ((x: Tensor) => [np.sin(x), x]) as never,
  bwd: ((x: Tensor, ct: Tensor) => [vjp(np.sin, [x])[1](ct)[0]]) as never,
  jvp: ownRule(np.sin) as never,
})

export const regressions: readonly Case[] = [
  // Cotangents that a select had zeroed made the transpose non-linear, and second derivatives 0 where they were 0.
  at((x) => np.negative(np.max(np.sqrt(x))), [2.125]),
  at((x) => np.multiply(0.5, np.square(np.where(np.greater(x, -1), np.log(x), 0))), [1, 2]),
  // A loop over no elements: no lane is live in a batch of none.
  at((x) => whileLoop((c: Tensor) => np.greater(np.sum(c), 1), (c: Tensor) => np.multiply(np.tanh(c), 0.5), np.sqrt(x)), []),
  // linearize of a customVjp that has a jvp rule too.
  at((x) => both(x), [0.5]),
  // Reverse mode through a customJvp whose rule takes the jvp of a loop or a branch.
  at((x) => customJvp(overMap, ownRule(overMap) as never)(x), [0, 0.5]),
  at((x) => customJvp(overScan, ownRule(overScan) as never)(x), [0.25]),
  at((x) => customJvp(overCond, ownRule(overCond) as never)(x), [0.25, -0.5]),
  // A loop within one of equally few steps, both over the same array, which neither changes.
  at((x) => map(() => map((e: Tensor) => e, x), x), [0]),
  // A body that computes with numbers that are known, and gives back arrays of them.
  at((x) => scan((_: Tensor, c: Tensor) => {
    const e = grad((d: Tensor) => np.sum(np.sin(np.multiply(d, 0))))(np.broadcastTo(c, [2]))
    return [np.tanh(np.broadcastTo(np.sum(e), [2])), np.exp(np.multiply(0, e))] as const
  }, x, x), [0.5, 0.25]),
]
