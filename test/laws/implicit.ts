/** Solvers of x = curve(W x) + θ with implicit derivatives, and how they are held against the unrolled iteration. */
import { customRoot, foriLoop, hessian, jacfwd, jacrev, linalg, np, solve, type Tensor } from 'adjoint'

type Curve = (x: Tensor) => Tensor
type Solver = (theta: Tensor) => Tensor

const map = (w: Tensor, curve: Curve) => (x: Tensor, theta: Tensor): Tensor => np.add(curve(np.matmul(w, x)), theta)

/** |W|∞ < 0.8 and |curve′| ≤ 1: the iteration contracts, in 300 steps to the last digit. */
const unrolled = (w: Tensor, curve: Curve): Solver => (theta) => foriLoop(0, 300, (_: Tensor, x: Tensor) => map(w, curve)(x, theta), np.zeros([3])) as Tensor

export const implicitSolvers: { readonly [name: string]: (w: Tensor, curve: Curve) => Solver } = {
  fixedPoint: (w, curve) => (theta) => solve.fixedPoint((x: Tensor) => map(w, curve)(x, theta), np.zeros([3]), { tol: 1e-14 } as never) as Tensor,
  root: (w, curve) => (theta) => solve.root((x: Tensor) => np.subtract(x, map(w, curve)(x, theta)), np.zeros([3])) as Tensor,
  customRoot: (w, curve) => (theta) =>
    customRoot(
      (x: Tensor) => np.subtract(x, map(w, curve)(x, theta)),
      np.zeros([3]),
      (f, x0: Tensor) => foriLoop(0, 300, (_: Tensor, x: Tensor) => np.subtract(x, f(x)), x0),
      (g, y: Tensor) => linalg.solve(jacfwd(g as never)(y) as Tensor, y),
    ) as Tensor,
}

/** Where values or derivatives of a solver differ from those of the steps. */
export function violationOf(f: Solver, w: Tensor, curve: Curve, theta: Tensor): string | undefined {
  const steps = unrolled(w, curve)
  const scalar = (g: Solver) => (t: Tensor): Tensor => np.sum(np.sin(g(t)))
  const pairs: readonly (readonly [name: string, got: unknown, want: unknown])[] = [
    ['value', f(theta), steps(theta)],
    ['jacfwd', jacfwd(f)(theta), jacfwd(steps)(theta)],
    ['jacrev', jacrev(f)(theta), jacrev(steps)(theta)],
    ['hessian', hessian(scalar(f))(theta), hessian(scalar(steps))(theta)],
  ]
  const wrong = pairs.find(([, got, want]) => !np.allclose(got as Tensor, want as Tensor, { rtol: 1e-8, atol: 1e-9 }).item())
  return wrong && `${wrong[0]}: ${String(wrong[1])} against ${String(wrong[2])}`
}
