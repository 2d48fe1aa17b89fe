import { isRight } from 'fp-ts/Either'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkJaxpr, grad, hessian, hvp, jacfwd, jacrev, jit, jvp, linearize, makeJaxpr, np, scan, show, vjp, vmap, type Tensor } from '../../src/index'

type F = (x: Tensor) => Tensor
const data = np.array([0.3, -1.2, 0.7])
const start = Float64Array.of(0.5, 1.5, -0.25)

/** Functions of a vector to a number: some read arrays from outside, some of them without effect on the derivative. */
const functions: readonly F[] = [
  (x) => np.sum(np.multiply(np.sin(x), x)),
  (x) => np.add(np.sum(np.multiply(np.exp(x), data)), np.sum(data)),
  (x) => np.sum(np.square(np.subtract(np.full([3], 2), np.multiply(x, x)))),
  (x) => scan((c: Tensor, e: Tensor) => [np.tanh(np.add(c, e)), c] as never, np.sum(x), x)[0] as Tensor,
  (x) => np.sum(grad((y: Tensor) => np.sum(np.multiply(np.cos(y), x)))(np.multiply(x, data)) as Tensor),
]

/** Ways to make a vector of a function and a vector, by derived programs. */
const derivations: readonly ((f: F, x: Tensor) => Tensor)[] = [
  (f, x) => grad(f)(x) as Tensor,
  (f, x) => np.multiply(f(x), x),
  (f, x) => (vjp(f, [x])[1](np.array(0.5)) as readonly Tensor[])[0]!,
  (f, x) => np.add(x, jvp(f, [x], [np.cos(x)])[1] as Tensor),
  (f, x) => {
    const [out, lin] = linearize(f, [x])
    return np.multiply(out as Tensor, np.add(lin(x) as Tensor, lin(np.sin(x)) as Tensor)).add(x)
  },
  (f, x) => hvp(f, [x], [np.cos(x)]) as Tensor,
  (f, x) => np.matmul(hessian(f)(x) as Tensor, x),
  (f, x) => np.sum(jacrev((y: Tensor) => vmap((s: Tensor) => f(np.multiply(y, s)))(data))(x) as Tensor, 0),
  (f, x) => np.sum(jacfwd(grad(f))(x) as Tensor, 1),
]

const steps = fc.array(fc.tuple(fc.nat(functions.length - 1), fc.nat(derivations.length - 1), fc.boolean()), { minLength: 1, maxLength: 4 })

describe('programs that a trace takes over', () => {
  it('bind each variable once, and compute the same, however often and nested they are taken', () => {
    fc.assert(
      fc.property(steps, (chosen) => {
        const whole: F = (x) => chosen.reduce((sum, [f, d, twice]) => {
          const at = twice ? sum : x
          const one = derivations[d]!(functions[f]!, at)
          return np.tanh(np.add(sum, twice ? np.subtract(one, derivations[d]!(functions[f]!, np.square(at))) : one))
        }, x)
        const { jaxpr } = makeJaxpr(whole)(start)
        expect(isRight(checkJaxpr(jaxpr))).toBe(true)
        const program = jit(whole).lower(start).jaxpr
        expect(isRight(checkJaxpr(program))).toBe(true)
        expect(np.allclose(jit(whole)(start), whole(np.array(start)), { rtol: 1e-12, atol: 1e-12 }).item()).toBe(true)
        const outer = (x: Tensor): Tensor => np.sum(np.multiply(whole(x), data))
        expect(isRight(checkJaxpr(jit(grad(outer)).lower(start).jaxpr))).toBe(true)
      }),
      { numRuns: 40 },
    )
  }, 300_000)

  it('are simplified: nothing is left to do where the trace adds nothing', () => {
    for (const f of functions)
      for (const of of [grad(f), hessian(f), (x: Tensor) => grad(f)(np.add(x, 0 as never)), (x: Tensor) => vmap(grad(f))(np.stack([x, x]))]) {
        const program = jit(of as F).lower(start).jaxpr
        expect(show.rewrites(program).passes).toEqual([])
      }
  })

  it('are simplified once more where operands are one', () => {
    const gradients = grad((a: Tensor, b: Tensor, c: Tensor) => np.sum(np.multiply(np.multiply(np.sin(a), np.sin(b)), c)), { argnums: [0, 1] })
    const of = (f: (x: Tensor) => unknown): ReturnType<typeof show.rewrites>['after'] => {
      const program = jit(f as F).lower(start).jaxpr
      expect(show.rewrites(program).passes).toEqual([])
      return program
    }
    const names = (f: (x: Tensor) => unknown): string[] => of(f).eqns.map((e) => e.prim.name).sort()
    expect(names((x) => gradients(x, np.negative(x), 3 as never)).filter((n) => n === 'sin')).toHaveLength(2)
    expect(names((x) => gradients(x, x, 3 as never)).filter((n) => n === 'sin')).toHaveLength(1)
  })
})
