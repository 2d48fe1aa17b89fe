/**
 * Higher derivatives: transforms take what transforms return, so derivatives of any order need nothing new.
 *
 * Run: npx tsx examples/higher-derivatives.ts
 * Ten derivatives of x sin x against the closed form, a Hessian, its product with a vector, mixed partials.
 */
import { grad, hessian, hvp, jacfwd, jacrev, jvp, makeJaxpr, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

/** dⁿ/dxⁿ x sin x = x sin(x + nπ/2) + n sin(x + (n − 1)π/2) */
const closedForm = (n: number, x: number): number => {
  const turned = (k: number): number => [Math.sin(x), Math.cos(x), -Math.sin(x), -Math.cos(x)][(k + 4) % 4]
  return x * turned(n) + n * turned(n - 1)
}

export function main(print: Print): void {
  const show = (x: unknown): void => print(String(x))

  // grad applied n times to x sin x, at 2.
  let f: (x: Tensor) => Tensor = (x) => np.mul(x, np.sin(x))
  for (let n = 1; n <= 10; n++) {
    f = grad(f)
    const [ours, exact] = [Number(f(np.array(2))), closedForm(n, 2)]
    print(`${String(n).padStart(2)}  ${ours.toFixed(12).padStart(16)}  relative error ${Math.abs(ours / exact - 1) < 1e-13 ? 'below 1e-13' : 'too large'}`)
  }
  // => 1    0.077003753731  relative error below 1e-13
  // => 10  -5.980063219123  relative error below 1e-13

  // Programs are simplified at every level: the tenth derivative has not 2¹⁰ times the equations of the first.
  print(`${makeJaxpr(f)(2).eqns.length < 100 ? 'fewer than 100' : 'too many'} equations`) // => fewer than 100 equations

  // The Hessian of Rosenbrock's function at its minimum, and its product with a vector, for which it is never formed.
  const rosenbrock = (v: Tensor): Tensor => {
    const [x, y] = [v.at(0), v.at(1)]
    return np.add(np.square(np.sub(1, x)), np.mul(100, np.square(np.sub(y, np.square(x)))))
  }
  const minimum = np.array([1, 1])
  show(hessian(rosenbrock)(minimum))
  // => [[ 802. -400.]
  // =>  [-400.  200.]]
  show(hvp(rosenbrock, [minimum], [np.array([1, 1])])) // => [ 402. -200.]

  // Forward over reverse, reverse over forward: the same matrix.
  show(np.allclose(jacfwd(grad(rosenbrock))(minimum), jacrev(jacfwd(rosenbrock))(minimum))) // => True

  // Mixed partials commute: ∂²/∂x∂y = ∂²/∂y∂x of e^(xy) is (1 + xy) e^(xy).
  const g = (x: Tensor, y: Tensor): Tensor => np.exp(np.mul(x, y))
  const xy = grad(grad(g, { argnums: 0 }), { argnums: 1 })
  const yx = grad(grad(g, { argnums: 1 }), { argnums: 0 })
  show(xy(1, 2)) // => 22.167168
  show(yx(1, 2)) // => 22.167168

  // Nothing confuses the inner derivative with the outer: d/dx (x · d/dy (x + y)) is 1, not 2.
  show(grad((x: Tensor) => np.mul(x, grad((y: Tensor) => np.add(x, y))(1)))(1)) // => 1.0
  show(jvp((x: Tensor) => np.mul(x, jvp((y: Tensor) => np.add(x, y), [1], [1])[1]), [1], [1])[1]) // => 1.0
}

await runIfEntry(import.meta.url, main)
