/**
 * First steps: derivatives of ordinary functions, of trees of parameters, and what jit and vmap do to them.
 *
 * Run: npx tsx examples/first-steps.ts
 * Beside each printed line stands what it prints.
 */
import { AdjointError, grad, jit, jvp, valueAndGrad, vjp, vmap, type Tensor } from 'adjoint'
import * as np from 'adjoint/numpy'
import { runIfEntry, type Print } from './entry'

export function main(print: Print): void {
  const show = (x: unknown): void => print(String(x))

  // The derivative of a function is a function. Numbers are accepted, tensors come back.
  const f = (x: Tensor): Tensor => np.mul(x, np.sin(x))
  show(grad(f)(2)) // => 0.0770037537
  show(grad(grad(f))(2)) // => -2.650888527
  show(valueAndGrad(f)(2)) // => 1.818594854,0.0770037537

  // The functions are NumPy's, and have fluent forms.
  const x = np.array([1, 2, 3])
  show(grad((v: Tensor) => v.square().sum())(x)) // => [2. 4. 6.]

  // Parameters may be any tree of objects and arrays; the gradient has the same tree, and its type.
  interface Line {
    readonly slope: Tensor
    readonly offset: Tensor
  }
  const squaredError = (p: Line, at: Tensor, seen: Tensor): Tensor => np.mean(np.square(np.sub(np.add(np.mul(p.slope, at), p.offset), seen)))
  const line = { slope: np.array(1), offset: np.array(0) }
  const step = grad(squaredError)(line, x, np.array([3, 5, 7]))
  show(`${step.slope} ${step.offset}`) // => -13.33333333 -6.

  // By several arguments at once: a tuple of gradients.
  const [da, db] = grad((a: Tensor, b: Tensor) => np.mul(a, np.exp(b)), { argnums: [0, 1] })(2, 0)
  show(`${da} ${db}`) // => 1.0 2.0

  // vmap makes a function of one example one of a batch. It composes with grad in either order.
  show(vmap(grad(f))(x)) // => [ 1.38177329  0.07700375 -2.82885748]

  // jit traces a function once for each structure of its arguments and compiles it.
  const fast = jit(grad(squaredError))
  for (let i = 0; i < 100; i++) {
    const g = fast(line, x, np.array([3, 5, 7]))
    line.slope = line.slope.sub(g.slope.mul(0.1))
    line.offset = line.offset.sub(g.offset.mul(0.1))
  }
  show(`${np.round(line.slope, 2)} ${np.round(line.offset, 2)} after ${fast.traceCount} trace`) // => 2.02 0.96 after 1 trace

  // Underneath are two functions: jvp pushes a tangent forward, vjp pulls a cotangent back.
  show(jvp(f, [2], [1])[1]) // => 0.0770037537
  const [y, pull] = vjp((v: Tensor) => np.mul(v, v.at(0)), [x])
  show(y) // => [1. 2. 3.]
  show(pull(np.array([0, 0, 1]))[0]) // => [3. 0. 1.]

  // Under grad the values are known, so ordinary control flow works …
  const absolute = (v: Tensor): Tensor => (Number(v.item()) < 0 ? v.neg() : v)
  show(grad(absolute)(-3)) // => -1.0

  // … and where they are not, the error says so, and what to do instead.
  const complain = (run: () => unknown): void => {
    try {
      run()
    } catch (error) {
      if (!(error instanceof AdjointError)) throw error
      print(`${error.name}, code '${error.code}'`)
      error.message.split('\n').forEach(print)
    }
  }
  complain(() => jit(absolute)(-3))
  // => ConcretizationError, code 'concretization'
  // => item() needs the value of a traced float64[], which is not known inside jit.
  // => Decide with np.where, …
  complain(() => grad((v: Tensor) => np.square(v))(x))
  // => NonScalarGradError, code 'non-scalar-grad'
  // => grad: the function must return one real number, got float64[3]
  // => Sum the result to a scalar (np.sum), …
  complain(() => np.matmul(np.ones([2, 3]), np.ones([2, 3])))
  // => ShapeError, code 'shape'
  // => matmul: shapes [2,3] and [2,3] do not fit
  // => The last extent of the first must equal the second-to-last of the second …
}

await runIfEntry(import.meta.url, main)
