/**
 * What the core promises about speed, measured: adjoint beside hand-written JavaScript, interleaved in one run.
 *
 * Run: npm run bench. Ratios of minima over rounds; the machine's own speed cancels.
 */
import { grad, jit, np, valueAndGrad, type Tensor } from 'adjoint'
import { interleaved, row } from './rounds'

/** W1: sin x · exp(−x²) + log(1 + x²), a scalar function of five operations. */
function scalar(): void {
  const f = (x: Tensor): Tensor => np.add(np.multiply(np.sin(x), np.exp(np.negative(np.square(x)))), np.log1p(np.square(x)))
  const compiled = jit(grad(f))
  const kernel = compiled.lower(0.7).compile()
  const plain = grad(f)
  const hand = (x: number): number => Math.exp(-x * x) * (Math.cos(x) - 2 * x * Math.sin(x)) + (2 * x) / (1 + x * x)
  let x = 0
  const next = (): number => (x = x > 2 ? 0 : x + 1e-3)
  const [byHand, jitted, raw, unjitted] = interleaved(
    9,
    { calls: 100_000, run: () => hand(next()) },
    { calls: 100_000, run: () => compiled(next()) },
    { calls: 100_000, run: () => kernel([next()]) },
    { calls: 2000, run: () => plain(next()) },
  ) as [number, number, number, number]
  const ns = (ms: number): string => `${(ms * 1e6).toFixed(0)} ns`
  row('scalar gradient, per call', `by hand ${ns(byHand)}`, `jit(grad(f))(x) ${ns(jitted)}`, `raw kernel ${ns(raw)}`, `grad(f)(x) ${ns(unjitted)}`)
}

/** W3: Σ tanh(a·x + b)·σ(x) + exp(−x²), by x, a and b. */
function mapReduce(n: number): void {
  const x = Float64Array.from({ length: n }, (_, i) => 2 * Math.sin(i))
  const f = (v: Tensor, a: Tensor, b: Tensor): Tensor =>
    np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(a, v), b)), np.divide(1, np.add(1, np.exp(np.negative(v))))), np.exp(np.negative(np.square(v)))))
  const ours = jit(valueAndGrad(f, { argnums: [0, 1, 2] }))
  const value = jit(f)
  const hand = (v: Float64Array, a: number, b: number): unknown => {
    const g = new Float64Array(v.length)
    let [s, ga, gb] = [0, 0, 0]
    for (let i = 0; i < v.length; i++) {
      const xi = v[i]!
      const t = Math.tanh(a * xi + b)
      const q = 1 / (1 + Math.exp(-xi))
      const e = Math.exp(-xi * xi)
      const dt = q * (1 - t * t)
      s += t * q + e
      ga += dt * xi
      gb += dt
      g[i] = dt * a + t * q * (1 - q) - 2 * xi * e
    }
    return [s, g, ga, gb]
  }
  const [byHand, both, one] = interleaved(15, { calls: 1, run: () => hand(x, 0.7, 0.1) }, { calls: 1, run: () => ours(x, 0.7, 0.1) }, { calls: 1, run: () => value(x, 0.7, 0.1) }) as [number, number, number]
  row(`map-reduce, value and gradient, n = ${n}`, `by hand ${byHand.toFixed(2)} ms`, `jit ${both.toFixed(2)} ms`, `ratio ${(both / byHand).toFixed(2)}`, `cost(value and gradient) / cost(value) ${(both / one).toFixed(2)}`)
}

scalar()
mapReduce(1000)
mapReduce(1_000_000)
