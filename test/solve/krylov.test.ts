/** Iterative linear solvers against direct ones. */
import { describe, expect, it } from 'vitest'
import { grad, hessian, jacfwd, jacrev, jit, jvp, np, vmap, type Tensor } from '../../src/index'
import { inv, solve } from '../../src/linalg/index'
import { bicgstab, cg, gmres, type IterativeOptions } from '../../src/solve/index'
import { close } from './close'

const n = 8
/** Repeatable numbers in (−½, ½). */
const noise = (count: number): number[] => Array.from({ length: count }, (_, i) => ((Math.sin(12.9898 * (i + 1)) * 43758.5453) % 1) / 2)
const G = np.array(noise(n * n)).reshape([n, n])
const definite = np.add(np.matmul(G, G.T), np.eye(n))
const general = np.add(G, np.mul(1.5, np.eye(n)))
const b = np.array(noise(n).map((x) => x + 0.3))

type Solver = (A: unknown, b: Tensor, options?: IterativeOptions<Tensor>) => [Tensor, { steps: Tensor; residual: Tensor; converged: Tensor }]
const tight = { tol: 1e-13 }

describe.each([
  ['cg', cg as unknown as Solver, definite],
  ['bicgstab', bicgstab as unknown as Solver, general],
  ['gmres', gmres as unknown as Solver, general],
  ['gmres, restarted', ((A, y, o) => gmres(A as Tensor, y, { restart: 5, maxSteps: 500, ...o } as never)) as Solver, general],
] as const)('%s', (_name, iterate, A) => {
  const loss = (m: Tensor, y: Tensor): Tensor => np.sum(np.sin(iterate(m, y, tight)[0]))
  const direct = (m: Tensor, y: Tensor): Tensor => np.sum(np.sin(solve(m, y)))

  it('solves, and says how it went', () => {
    const [x, info] = iterate(A, b)
    close(np.matmul(A, x), b, 9)
    expect(info.converged.item()).toBe(true)
    expect(Number(info.steps.item())).toBeGreaterThan(2)
    expect(Number(info.residual.item())).toBeLessThan(1e-9)
  })

  it('takes a function, a guess, and stops where it is told to', () => {
    const [x] = iterate((v: Tensor) => np.matmul(A, v), b, tight)
    close(np.matmul(A, x), b, 11)
    expect(iterate(A, b, { x0: x, tol: 1e-8 })[1].steps.item()).toBe(0)
    const [, info] = iterate(A, b, { maxSteps: 2 })
    expect(info.converged.item()).toBe(false)
    expect(iterate(A, np.zeros([n]))[1].steps.item()).toBe(0)
  })

  it('gives what it has with a flag, and NaN as derivatives where their own solves do not converge', () => {
    const few = { tol: 1e-12, maxSteps: 3 }
    const [x, info] = iterate(A, b, few)
    expect([info.converged.item(), (x.toArray() as number[]).every(Number.isFinite)]).toEqual([false, true])
    const off = (y: Tensor): Tensor => np.sum(np.sin(iterate(A, y, few)[0]))
    const [along, back] = [jvp(off, [b], [np.ones([n])])[1], grad(off)(b)]
    expect([along.item(), ...(back.toArray() as number[])].every(Number.isNaN)).toBe(true)
    expect((jit(grad(off))(b).toArray() as number[]).every(Number.isNaN)).toBe(true)
    // What is enough is said by the tolerance.
    const loose = grad((y: Tensor) => np.sum(np.sin(iterate(A, y, { tol: 1 / 2, maxSteps: 50 })[0])))(b)
    expect((loose.toArray() as number[]).every(Number.isFinite)).toBe(true)
  })

  it('is preconditioned', () => {
    close(iterate(A, b, { ...tight, M: (v: Tensor) => np.divide(v, np.diagonal(A)) })[0], solve(A, b), 10)
    const exact = iterate(A, b, { tol: 1e-8, M: inv(A) })
    expect(Number(exact[1].steps.item())).toBeLessThanOrEqual(2)
    close(exact[0], solve(A, b), 7)
    const weighted = (y: Tensor): Tensor => np.sum(np.sin(iterate(A, y, { ...tight, M: (v: Tensor) => np.divide(v, np.diagonal(A)) })[0]))
    close(grad(weighted)(b), grad(direct, { argnums: 1 })(A, b), 10)
  })

  it('has the derivatives of A⁻¹ b', () => {
    const want = grad(direct, { argnums: [0, 1] })(A, b)
    const got = grad(loss, { argnums: [0, 1] })(A, b)
    close(got[0], want[0], 10)
    close(got[1], want[1], 10)
    close(jacfwd(loss)(A, b), want[0], 10)
    close(jit(grad(loss, { argnums: 1 }))(A, b), want[1], 10)
  })

  it('has the second derivatives', () => {
    const want = hessian(direct, { argnums: 1 })(A, b)
    close(hessian(loss, { argnums: 1 })(A, b), want, 9)
    close(jacrev(grad(loss, { argnums: 1 }), { argnums: 1 })(A, b), want, 9)
  })

  it('is mapped over right-hand sides', () => {
    const ys = np.stack([b, b.mul(2), np.zeros([n])])
    close(vmap((y: Tensor) => iterate(A, y, tight)[0])(ys), np.stack([0, 1, 2].map((i) => solve(A, ys.at(i)))), 10)
    close(vmap(grad((y: Tensor) => loss(A, y)))(ys), vmap(grad((y: Tensor) => direct(A, y)))(ys), 10)
  })
})

describe('iterative solvers', () => {
  it('work on trees', () => {
    const times = ({ p, q }: { p: Tensor; q: Tensor }): { p: Tensor; q: Tensor } => ({ p: p.mul(3).add(np.sum(q)), q: q.mul(2).add(p) })
    const [x] = cg(times, { p: 5, q: np.array([1, 2]) })
    close(x.p.mul(3).add(np.sum(x.q)), 5, 9)
    close(x.q.mul(2).add(x.p), [1, 2], 9)
  })

  it('differentiate by what A closes over', () => {
    // (D + k I) x = b with D diagonal: x = b / (d + k).
    const d = np.array([1, 2, 3])
    const x = (k: Tensor): Tensor => np.sum(cg((v: Tensor) => v.mul(d.add(k)), np.array([1, 1, 1]))[0])
    close(grad(x)(0.5), -(1 / 1.5 ** 2 + 1 / 2.5 ** 2 + 1 / 3.5 ** 2), 9)
    close(grad(grad(x))(0.5), 2 * (1 / 1.5 ** 3 + 1 / 2.5 ** 3 + 1 / 3.5 ** 3), 9)
  })

  it('say what does not fit', () => {
    expect(() => cg(np.eye(3), b)).toThrow(/cg: A has shape \[3,3\], b has 8 elements/)
    expect(() => gmres((v: Tensor) => v.slice([1]), b)).toThrow(/gmres: A: expected 8 elements, got 7/)
  })
})
