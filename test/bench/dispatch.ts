/**
 * What a call costs beside its arithmetic, and what tracing costs: jitted calls of numbers and of trees, calls that are
 * traced anew, long programs, and compilation.
 *
 * Run: npm run bench:dispatch. Candidates that are compared take turns; minima over rounds.
 */
import { grad, jit, np, valueAndGrad, type Tensor } from 'adjoint'
import { interleaved, once, row } from './rounds'

const ns = (ms: number): string => `${(ms * 1e6).toFixed(0)} ns`
const scalar = (x: Tensor): Tensor => np.add(np.multiply(np.sin(x), np.exp(np.negative(np.square(x)))), np.log1p(np.square(x)))
const byHand = (x: number): number => Math.exp(-x * x) * (Math.cos(x) - 2 * x * Math.sin(x)) + (2 * x) / (1 + x * x)

/** From the first trace to the first result, in this process before anything else was compiled. */
function cold(): void {
  const step = (w: Tensor, x: Tensor): Tensor => np.sum(np.square(np.tanh(np.matmul(x, w))))
  const w = np.ones([4, 3])
  const x = np.ones([8, 4])
  const first = once(() => jit(grad(scalar))(0.5))
  const second = once(() => jit(grad(step))(w, x))
  const third = once(() => jit(grad((v: Tensor) => np.multiply(scalar(v), np.tanh(v))))(0.5))
  row('first result', `scalar gradient, fresh process ${first.toFixed(1)} ms`, `then a layer ${second.toFixed(1)} ms`, `then another scalar ${third.toFixed(1)} ms`)
}

/** The same for programs of ten equations, each another one, once the compiler itself has been optimised. */
function warm(): void {
  const times = (at: (k: number) => unknown): number[] =>
    Array.from({ length: 60 }, (_, k) => {
      const f = (x: Tensor): Tensor => np.sum(np.add(np.multiply(np.sin(np.multiply(x, 1 + k)), np.exp(np.negative(np.multiply(x, x)))), np.log(np.add(1 + k, np.multiply(x, np.add(x, k))))))
      const x = at(k)
      return once(() => jit(f as never)(x as never))
    }).slice(30).sort((a, b) => a - b)
  const [numbers, vectors] = [times(() => 0.5), times((k) => np.ones([20 + k]))]
  row('first result, 10 equations, after 30 others', `of a number ${numbers[15]!.toFixed(2)} ms`, `of a vector ${vectors[15]!.toFixed(2)} ms`)
}

function calls(): void {
  const jitted = jit(grad(scalar))
  const raw = jitted.lower(0.7).compile()
  const tree = jit(grad((p: { w: Tensor; b: Tensor }, x: Tensor) => np.square(np.add(np.multiply(p.w, x), p.b))))
  const several = jit((p: { w: Tensor; b: Tensor }, x: Tensor) => ({ line: np.add(np.multiply(p.w, x), p.b), half: np.multiply(x, 0.5) }))
  const params = { w: 1, b: 2 } as never
  const plain = grad(scalar)
  let x = 0
  const next = (): number => (x = x > 2 ? 0 : x + 1e-3)
  const [hand, kernel, call, inTree, outs, traced, varied] = interleaved(
    15,
    { calls: 50_000, run: () => byHand(next()) },
    { calls: 50_000, run: () => raw([next()]) },
    { calls: 50_000, run: () => jitted(next()) },
    { calls: 20_000, run: () => tree(params, next()) },
    { calls: 20_000, run: () => several(params, next()) },
    { calls: 1000, run: () => plain(next()) },
    { calls: 1000, run: () => grad((v: Tensor) => np.multiply(scalar(v), next()))(0.5) },
  ) as [number, number, number, number, number, number, number]
  row('scalar gradient, per call', `by hand ${ns(hand)}`, `raw kernel ${ns(kernel)}`, `jit ${ns(call)}`)
  row('jit, arguments { w, b } and x', `gradient ${ns(inTree)}`, `two results ${ns(outs)}`)
  row('not jitted, 6 equations', `grad(f)(x) ${ns(traced)}`, `with a number that varies ${ns(varied)}`)
}

/** W3: Σ tanh(a·x + b)·σ(x) + exp(−x²). */
function unjitted(n: number): void {
  const x = Float64Array.from({ length: n }, (_, i) => 2 * Math.sin(i))
  const f = (v: Tensor, a: Tensor, b: Tensor): Tensor =>
    np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(a, v), b)), np.divide(1, np.add(1, np.exp(np.negative(v))))), np.exp(np.negative(np.square(v)))))
  const plain = valueAndGrad(f, { argnums: [0, 1, 2] })
  const jitted = jit(plain)
  const [a, b] = interleaved(25, { calls: 1, run: () => jitted(x, 0.7, 0.1) }, { calls: 1, run: () => plain(x, 0.7, 0.1) }) as [number, number]
  row(`map-reduce, value and gradient, n = ${n}`, `jit ${a.toFixed(2)} ms`, `not jitted ${b.toFixed(2)} ms`, `ratio ${(b / a).toFixed(2)}`)
}

/** Unrolled: c ← 0.99·c + 0.01·sin c, four equations a step; each time a step more, or what was derived before would be found again. */
function long(equations: number): void {
  const f = (x: Tensor, more: number): Tensor => {
    let c = x
    for (let k = 0; k < equations / 4 + more; k++) c = np.add(np.multiply(c, 0.99), np.multiply(0.01, np.sin(c)))
    return c
  }
  const times = Array.from({ length: 4 }, (_, k) => once(() => jit(grad((x: Tensor) => f(x, k))).lower(1).jaxpr))
  row(`traced, differentiated, simplified, ${equations} equations`, `${Math.min(...times).toFixed(0)} ms`, `the first time ${times[0]!.toFixed(0)} ms`)
}

/** A training step of a perceptron: from the first trace to the first result, each time for another batch size. */
function trained(layers: number): void {
  type Layer = { readonly w: Tensor; readonly b: Tensor }
  const loss = (params: readonly Layer[], x: Tensor, y: Tensor): Tensor => np.mean(np.square(np.subtract(params.reduce((h, { w, b }) => np.tanh(np.add(np.matmul(h, w), b)), x), y)))
  const params = Array.from({ length: layers }, () => ({ w: np.eye(16), b: np.zeros([16]) }))
  const made = Array.from({ length: 9 }, (_, k) => {
    const step = jit((p: readonly Layer[], x: Tensor, y: Tensor) => {
      const [value, g] = valueAndGrad(loss)(p, x, y)
      return [value, p.map(({ w, b }, i) => ({ w: np.subtract(w, np.multiply(0.1, g[i]!.w)), b: np.subtract(b, np.multiply(0.1, g[i]!.b)) }))] as const
    })
    const x = np.ones([8 + k, 16])
    const time = once(() => step(params, x, x))
    return { time, equations: step.lower(params, x, x).jaxpr.eqns.length }
  })
  row(`first result of a training step, ${made[0]!.equations} equations`, `${Math.min(...made.map((m) => m.time)).toFixed(1)} ms`, `the first time ${made[0]!.time.toFixed(1)} ms`)
}

cold()
warm()
trained(1)
trained(24)
calls()
unjitted(100_000)
long(10_000)
long(100_000)
