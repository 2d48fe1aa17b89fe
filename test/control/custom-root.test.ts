/** Implicit derivatives: customRoot and customLinearSolve against closed forms and unrolled solvers. */
import { describe, expect, it } from 'vitest'
import { customLinearSolve } from '../../src/control/custom-linear-solve'
import { customRoot } from '../../src/control/custom-root'
import { foriLoop, grad, hessian, jacfwd, jacobian, jacrev, jit, jvp, linearize, np, stopGradient, vjp, vmap, whileLoop, type Tensor, type TensorLike } from '../../src/index'
import { inv, solve } from '../../src/linalg/index'

type Map = (x: Tensor) => Tensor
const close = (got: unknown, want: TensorLike, digits = 10): void => {
  const [a, b] = [np.asarray(got as TensorLike), np.asarray(want)]
  expect(a.shape).toEqual(b.shape)
  const d = a.sub(b).abs()
  expect(d.size === 0 ? 0 : Number(np.max(d).item())).toBeLessThanOrEqual(10 ** -digits * Math.max(1, Number(np.max(np.abs(b)).item())))
}

describe('customRoot', () => {
  const newton = (f: Map, x0: Tensor): Tensor => foriLoop(0, 12, (_, x: Tensor) => x.sub(f(x).div(jvp(f, [x], [np.onesLike(x)])[1] as Tensor)), x0)
  const scalar = (g: Map, y: Tensor): Tensor => y.div(g(np.array(1)))
  const root = (a: Tensor): Tensor => customRoot((x: Tensor) => np.square(x).sub(a), np.array(1), newton as never, scalar as never) as Tensor
  const unrolled = (a: Tensor): Tensor => newton((x) => np.square(x).sub(a), np.array(1))

  it('is what the solver finds, also where nothing is differentiated', () => {
    close(customRoot((x: Tensor) => np.square(x).sub(4), 1, newton as never, scalar as never), 2, 15)
    close(root(np.array(9)), 3, 15)
  })

  it('has the derivatives of √a, in both modes, to third order', () => {
    close(grad(root)(4), 1 / 4, 14)
    close(jacfwd(root)(4), 1 / 4, 14)
    close(jvp(root, [4], [3])[1], 3 / 4, 14)
    close(linearize(root, [4])[1](2), 1 / 2, 14)
    close(hessian(root)(4), -1 / 32, 14)
    close(jacrev(grad(root))(4), -1 / 32, 14)
    close(jacrev(jacfwd(root) as Map)(4), -1 / 32, 14)
    close(grad(grad(grad(root)))(4), (3 / 8) * 4 ** -2.5, 14)
  })

  it('agrees with the unrolled solver', () => {
    for (const a of [0.3, 2, 70]) {
      close(grad(root)(a), grad(unrolled)(a), 9)
      close(grad(grad(root))(a), grad(grad(unrolled))(a), 9)
    }
  })

  it('is mapped and compiled, inside and outside of grad', () => {
    const a = np.array([4, 9, 16])
    const want = [1 / 4, 1 / 6, 1 / 8]
    close(vmap(root)(a), [2, 3, 4], 14)
    close(vmap(grad(root))(a), want, 14)
    close(grad((x: Tensor) => np.sum(vmap(root)(x) as Tensor))(a), want, 14)
    close(jit(vmap(grad(root)))(a), want, 14)
    close(jit(grad(root))(4), 1 / 4, 14)
    close(grad(jit(root) as Map)(4), 1 / 4, 14)
    close(vmap(hessian(root))(a), [-1 / 32, -1 / 108, -1 / 256], 14)
    close(vmap(vmap(grad(root)))(np.array([[4, 9], [16, 25]])), [[1 / 4, 1 / 6], [1 / 8, 1 / 10]], 14)
  })

  it('does not differentiate by the guess, nor through the solver', () => {
    const from = (x0: Tensor): Tensor => customRoot((x: Tensor) => np.square(x).sub(4), x0, newton as never, scalar as never) as Tensor
    close(grad(from)(1), 0, 15)
    // A solver of no derivative at all: a lookup.
    const looked = (a: Tensor): Tensor => customRoot((x: Tensor) => np.square(x).sub(a), 0, () => stopGradient(np.sqrt(a)) as never, scalar as never) as Tensor
    close(grad(looked)(4), 1 / 4, 15)
  })

  it('solves systems on trees, whatever the tangent solver looks at', () => {
    // x² + y² = a, x y = 1; the derivatives by hand.
    const by = (tangent: (g: (v: { x: Tensor; y: Tensor }) => { x: Tensor; y: Tensor }, b: { x: Tensor; y: Tensor }) => unknown) => (a: Tensor) => {
      const f = ({ x, y }: { x: Tensor; y: Tensor }): { x: Tensor; y: Tensor } => ({ x: np.square(x).add(np.square(y)).sub(a), y: x.mul(y).sub(1) })
      const step = (s: { x: Tensor; y: Tensor }): { x: Tensor; y: Tensor } => {
        const { x: p, y: q } = f(s)
        const det = s.x.mul(s.x).sub(s.y.mul(s.y)).mul(2)
        return { x: s.x.sub(p.mul(s.x).sub(q.mul(s.y).mul(2)).div(det)), y: s.y.sub(q.mul(s.x).mul(2).sub(p.mul(s.y)).div(det)) }
      }
      return customRoot(f as never, { x: 2, y: 0.3 } as never, ((_f: unknown, s0: never) => foriLoop(0, 8, (_i, s: never) => step(s) as never, s0)) as never, tangent as never) as { x: Tensor; y: Tensor }
    }
    const matrix = by((g, b) => {
      const one = (x: number, y: number): { x: Tensor; y: Tensor } => g({ x: np.array(x), y: np.array(y) })
      const [c, d] = [one(1, 0), one(0, 1)]
      const v = solve(np.stack([np.stack([c.x, d.x]), np.stack([c.y, d.y])]), np.stack([b.x, b.y]))
      return { x: v.at(0), y: v.at(1) }
    })
    const { x, y } = matrix(np.array(4))
    const [xv, yv] = [Number(x.item()), Number(y.item())]
    const dx = xv / (2 * (xv * xv - yv * yv))
    close(grad((a: Tensor) => matrix(a).x)(4), dx, 12)
    close(jacfwd((a: Tensor) => matrix(a).y)(4), -yv / (2 * (xv * xv - yv * yv)), 12)
    close(vmap((a: Tensor) => matrix(a).x)(np.array([4, 4])), [xv, xv], 12)
  })

  it('takes tangent solvers that loop, that invert ∂f/∂x, and that know it already', () => {
    const a = np.array([1, 2])
    const f = (b: Tensor) => (x: Tensor): Tensor => x.mul(np.square(np.sum(x))).sub(b)
    const slope = (x: Tensor): Tensor => jacfwd(f(a))(x) as Tensor
    const find = (g: Map, x0: Tensor): Tensor => foriLoop(0, 30, (_, x: Tensor) => x.sub(solve(jacfwd(g)(x) as Tensor, g(x))), x0)
    const solvers: ((b: Tensor) => (g: Map, y: Tensor) => Tensor)[] = [
      () => (g, y) => solve(jacobian(g)(y) as Tensor, y),
      () => (g, y) => {
        // Richardson's iteration: a loop that cannot be transposed as it stands.
        const { v } = whileLoop((s) => s.n.lt(400), (s) => ({ n: s.n.add(1), v: s.v.add(y.sub(g(s.v)).mul(0.15)) }), { n: np.array(0), v: np.zerosLike(y) })
        return v
      },
      (b) => (_g, y) => solve(slope(stopGradient(find(f(b), np.array([1, 1])))), y),
    ]
    const want = inv(slope(find(f(a), np.array([1, 1]))))
    for (const s of solvers) {
      const x = (b: Tensor): Tensor => customRoot(f(b), np.array([1, 1]), find as never, s(b) as never) as Tensor
      close(jacrev(x)(a), want, 9)
      close(jacfwd(x)(a), want, 9)
      close(vmap(jacrev(x))(np.stack([a, a])), np.stack([want, want]), 9)
    }
  })

  it('hands auxiliary results through', () => {
    const both = (a: Tensor): [Tensor, { n: Tensor }] =>
      customRoot((x: Tensor) => np.square(x).sub(a), 1, ((f: Map, x0: Tensor) => [newton(f, x0), { n: np.array(12, { dtype: 'int32' }) }]) as never, scalar as never, { hasAux: true }) as never
    expect(both(np.array(4))[1].n.item()).toBe(12)
    close(grad((a: Tensor) => both(a)[0].add(both(a)[1].n))(4), 1 / 4, 14)
  })

  it('differentiates f with a loop in it', () => {
    // x^n = a, the power by a loop of run-time length.
    const power = (x: Tensor, n: number): Tensor => whileLoop((s) => s.k.lt(n), (s) => ({ k: s.k.add(1), p: s.p.mul(x) }), { k: np.array(0), p: np.array(1) }).p
    const cube = (a: Tensor): Tensor => customRoot((x: Tensor) => power(x, 3).sub(a), 1.5, newton as never, scalar as never) as Tensor
    close(grad(cube)(8), 1 / 12, 12)
    close(hessian(cube)(8), (-2 / 9) * 8 ** (-5 / 3), 11)
  })

  it('says what does not fit', () => {
    expect(() => customRoot((x: Tensor) => np.stack([x, x]), 1, ((_f: Map, x: Tensor) => x) as never, scalar as never)).toThrow(/customRoot: f: result: expected float64\[\], got float64\[2\]/)
    expect(() => customRoot((x: Tensor) => x, 1, (() => np.array([1, 2])) as never, scalar as never)).toThrow(/expected float64\[\], got float64\[2\]/)
    expect(() => customRoot((x: Tensor) => x, 1, ((_f: Map, x: Tensor) => x) as never, scalar as never, { hasAux: true } as never)).toThrow(/\[x, aux\]/)
  })
})

describe('customLinearSolve', () => {
  const A = np.array([[4, 1, 0.3], [1.5, 3, -0.2], [0.1, 0.4, 2]])
  const b = np.array([1, 2, -1])
  const times = (m: Tensor) => (x: Tensor): Tensor => np.matmul(m, x)
  const jacobi = (apply: Map, y: Tensor): Tensor => whileLoop((s) => s.n.lt(300), (s) => ({ n: s.n.add(1), x: s.x.add(y.sub(apply(s.x)).mul(0.2)) }), { n: np.array(0), x: np.zerosLike(y) }).x
  const solvers: { readonly [name: string]: (m: Tensor, y: Tensor) => Tensor } = {
    'a solver of the matrix that it closes over': (m, y) => customLinearSolve(times(m), y, (_, right) => solve(m, right)) as Tensor,
    'the matrix of the function': (m, y) => customLinearSolve(times(m), y, (apply, right) => solve(jacobian(apply as Map)(right) as Tensor, right)) as Tensor,
    'a loop that is handed the transpose': (m, y) => customLinearSolve(times(m), y, jacobi as never) as Tensor,
    'a transposed solver': (m, y) => customLinearSolve(times(m), y, (_, right) => stopGradient(solve(m, right)), { transposeSolve: (_, ct) => solve(m.T, ct) }) as Tensor,
  }
  const reference = (m: Tensor, y: Tensor): Tensor => np.sum(np.sin(solve(m, y)))
  const want = grad(reference, { argnums: [0, 1] })(A, b)
  const second = hessian(reference)(A, b)

  describe.each(Object.entries(solvers))('%s', (_name, by) => {
    const loss = (m: Tensor, y: Tensor): Tensor => np.sum(np.sin(by(m, y)))

    it('solves', () => close(np.matmul(A, by(A, b)), b, 12))

    it('has the derivatives of A⁻¹ b', () => {
      const got = grad(loss, { argnums: [0, 1] })(A, b)
      close(got[0], want[0], 11)
      close(got[1], want[1], 11)
      close(jacfwd(loss)(A, b), want[0], 11)
      close(jit(grad(loss))(A, b), want[0], 11)
    })

    it('has the second derivatives', () => {
      close(hessian(loss)(A, b), second, 10)
      close(jacrev(grad(loss))(A, b), second, 10)
    })

    it('is mapped over either', () => {
      const ys = np.stack([b, b.mul(2)])
      const ms = np.stack([A, A.T])
      close(vmap(grad(loss, { argnums: 1 }), { inAxes: [null, 0] })(A, ys), np.stack([want[1], grad(reference, { argnums: 1 })(A, b.mul(2))]), 11)
      close(vmap(grad(loss), { inAxes: [0, null] })(ms, b), np.stack([want[0], grad(reference)(A.T, b)]), 11)
    })
  })

  it('is its own transpose where it is symmetric', () => {
    const s = np.matmul(A, A.T)
    const x = (y: Tensor): Tensor => customLinearSolve(times(s), y, (_, right) => stopGradient(solve(s, right)), { symmetric: true }) as Tensor
    close(jacrev(x)(b), inv(s), 11)
    close(jacfwd(x)(b), inv(s), 11)
  })

  it('works on trees, and hands auxiliary results through', () => {
    const [x, steps] = customLinearSolve((v: { p: Tensor; q: Tensor }) => ({ p: v.p.mul(2), q: v.q.mul(4).add(v.p) }), { p: 2, q: np.array([1, 2]) } as never, (_, r: { p: Tensor; q: Tensor }) => [{ p: r.p.div(2), q: r.q.sub(r.p.div(2)).div(4) }, 7] as never, { hasAux: true }) as unknown as [{ p: Tensor; q: Tensor }, Tensor]
    close(x.p, 1, 15)
    close(x.q, [0, 0.25], 15)
    expect(steps.item()).toBe(7)
  })

  it('is linear in b: linearTranspose and vjp say the same', () => {
    const x = (y: Tensor): Tensor => solvers['a solver of the matrix that it closes over']!(A, y)
    const [, pull] = vjp(x, [b])
    close(pull(np.array([1, 0, 0]))[0], inv(A).at(0), 12)
  })

  it('says what does not fit', () => {
    expect(() => customLinearSolve((x: Tensor) => np.sum(x), b, (_, y) => y)).toThrow(/matvec: result: expected float64\[3\], got float64\[\]/)
    expect(() => customLinearSolve(times(A), b, () => np.array([1]))).toThrow(/x: expected float64\[3\], got float64\[1\]/)
  })
})
