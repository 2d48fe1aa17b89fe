/**
 * Second derivatives of Rosenbrock's function beside their derivation by hand: Hessian, sparse Hessian, Hessian-vector product.
 *
 * Run: npx tsx test/bench/second-derivatives.ts
 */
import { hessian, hvp, jit, np, sparseHessian, type Tensor } from 'adjoint'
import { interleaved, row } from './rounds'

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([0, -1]), x.slice([1, null])]
  return np.sum(np.square(b.sub(np.square(a))).mul(100).add(np.square(np.subtract(1, a))))
}
const point = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(i) + 1)
const us = (ms: number): string => `${(ms * 1e3).toFixed(2)} µs`

/** The three diagonals, row by row. */
function entriesByHand(x: Float64Array): Float64Array {
  const n = x.length
  const out = new Float64Array(3 * n - 2)
  for (let i = 0, k = 0; i < n; i++) {
    if (i > 0) out[k++] = -400 * x[i - 1]!
    out[k++] = (i < n - 1 ? 1200 * x[i]! * x[i]! - 400 * x[i + 1]! + 2 : 0) + (i > 0 ? 200 : 0)
    if (i < n - 1) out[k++] = -400 * x[i]!
  }
  return out
}

function productByHand(x: Float64Array, v: Float64Array): Float64Array {
  const out = new Float64Array(x.length)
  for (let i = 0; i < x.length - 1; i++) {
    out[i] = out[i]! + (1200 * x[i]! * x[i]! - 400 * x[i + 1]! + 2) * v[i]! - 400 * x[i]! * v[i + 1]!
    out[i + 1] = out[i + 1]! - 400 * x[i]! * v[i]! + 200 * v[i + 1]!
  }
  return out
}

const x = point(50)
const [dense, sparse] = [jit(hessian(rosenbrock)), jit((y: Tensor) => sparseHessian(rosenbrock)(y).values)]
const raw = jit((y: Tensor) => sparseHessian(rosenbrock)(y).values).lower(x).compile()
const [hand, matrix, entries, kernel] = interleaved(
  15,
  { calls: 2000, run: () => entriesByHand(x) },
  { calls: 500, run: () => dense(x) },
  { calls: 2000, run: () => sparse(x) },
  { calls: 2000, run: () => raw([x]) },
) as [number, number, number, number]
row('Hessian of Rosenbrock, n = 50', `diagonals by hand ${us(hand)}`, `hessian ${us(matrix)}`, `sparseHessian ${us(entries)}, raw kernel ${us(kernel)}`)

const [y, v] = [point(10_000), point(10_000).map((e) => e - 1)]
const product = jit((p: Tensor, d: Tensor) => hvp(rosenbrock, [p], [d]))
const [byHand, ours] = interleaved(15, { calls: 50, run: () => productByHand(y, v) }, { calls: 50, run: () => product(y, v) }) as [number, number]
row('Hessian-vector product, n = 10,000', `by hand ${us(byHand)}`, `hvp ${us(ours)}`, `ratio ${(ours / byHand).toFixed(2)}`)
