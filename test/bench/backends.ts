/**
 * Backends beside hand-written JavaScript: values and gradients of small programs of every kind.
 *
 * Run: npm run bench:backends [name]. Interleaved rounds; ratios of minima over hand-written loops, less is faster. Nothing
 * is asserted but that the backends give the same bits.
 */
import { performance } from 'node:perf_hooks'
import { backends, grad, hessian, hvp, jit, np, scan, valueAndGrad, whileLoop, type RawKernel, type Tensor } from 'adjoint'

type Input = Float64Array | number | Tensor
interface Case {
  readonly name: string
  readonly f: (...xs: never[]) => unknown
  readonly args: readonly Input[]
  readonly hand: () => unknown
  readonly calls: number
}

const wave = (n: number, scale = 1): Float64Array => Float64Array.from({ length: n }, (_, i) => scale * Math.sin(i * 1.7 + 0.3))
const matrix = (x: Float64Array, ...shape: number[]): Tensor => np.reshape(np.array(x), shape)

/** W1: sin x · exp(−x²) + log(1 + x²). */
function scalar(): Case {
  const f = (x: Tensor): Tensor => np.add(np.multiply(np.sin(x), np.exp(np.negative(np.square(x)))), np.log(np.add(1, np.square(x))))
  const by = (x: number): number[] => {
    const e = Math.exp(-x * x), s = Math.sin(x), u = 1 + x * x
    return [s * e + Math.log(u), e * (Math.cos(x) - 2 * x * s) + (2 * x) / u]
  }
  let x = 0
  return { name: 'W1 scalar', f: valueAndGrad(f) as never, args: [0.7], hand: () => by((x = x > 2 ? 0 : x + 1e-3)), calls: 100_000 }
}

const rosenbrock = (x: Tensor): Tensor => {
  const n = x.shape[0]!
  const [a, b] = [x.at([0, n - 1]), x.at([1, n])]
  return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a)))), np.square(np.subtract(1, a))))
}

/** W2: Rosenbrock's function. */
function banana(n: number, calls: number): Case {
  const x = wave(n)
  const hand = (): unknown => {
    const g = new Float64Array(n)
    let s = 0
    for (let i = 0; i < n - 1; i++) {
      const a = x[i]!, d = x[i + 1]! - a * a, e = 1 - a
      s += 100 * d * d + e * e
      g[i] = g[i]! - 400 * d * a - 2 * e
      g[i + 1] = g[i + 1]! + 200 * d
    }
    return [s, g]
  }
  return { name: `W2 rosenbrock ${n}`, f: valueAndGrad(rosenbrock) as never, args: [x], hand, calls }
}

/** W3: Σ tanh(a·x + b)·σ(x) + exp(−x²), by x, a and b. */
function mapReduce(): Case {
  const n = 1e6
  const v = wave(n, 2)
  const f = (x: Tensor, a: Tensor, b: Tensor): Tensor => np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(a, x), b)), np.divide(1, np.add(1, np.exp(np.negative(x))))), np.exp(np.negative(np.square(x)))))
  const hand = (): unknown => {
    const g = new Float64Array(n)
    let s = 0, ga = 0, gb = 0
    for (let i = 0; i < n; i++) {
      const xi = v[i]!, t = Math.tanh(0.7 * xi + 0.1), q = 1 / (1 + Math.exp(-xi)), e = Math.exp(-xi * xi), dt = q * (1 - t * t)
      s += t * q + e
      ga += dt * xi
      gb += dt
      g[i] = dt * 0.7 + t * q * (1 - q) - 2 * xi * e
    }
    return [s, g, ga, gb]
  }
  return { name: 'W3 map-reduce 1e6', f: valueAndGrad(f, { argnums: [0, 1, 2] }) as never, args: [v, 0.7, 0.1], hand, calls: 1 }
}

/** W4: logistic regression, 10,000 × 100. */
function logistic(): Case {
  const [n, d] = [10_000, 100]
  const x = wave(n * d), w = wave(d, 0.1), y = Float64Array.from({ length: n }, (_, i) => i % 2)
  const f = (weights: Tensor, data: Tensor, labels: Tensor): Tensor => {
    const z = np.matmul(data, weights)
    return np.mean(np.subtract(np.log1p(np.exp(z)), np.multiply(labels, z)))
  }
  const hand = (): unknown => {
    const g = new Float64Array(d)
    let s = 0
    for (let i = 0; i < n; i++) {
      let z = 0
      for (let j = 0; j < d; j++) z += x[i * d + j]! * w[j]!
      const e = Math.exp(z)
      s += Math.log1p(e) - y[i]! * z
      const c = (e / (1 + e) - y[i]!) / n
      for (let j = 0; j < d; j++) g[j] = g[j]! + c * x[i * d + j]!
    }
    return [s / n, g]
  }
  return { name: 'W4 logistic regression', f: valueAndGrad(f) as never, args: [w, matrix(x, n, d), y], hand, calls: 5 }
}

/** W7: Σ logsumexp of rows, 1000 × 1000. */
function logsumexp(): Case {
  const n = 1000
  const x = wave(n * n, 3)
  const f = (t: Tensor): Tensor => {
    const m = np.max(t, 1, { keepdims: true })
    return np.sum(np.add(np.log(np.sum(np.exp(np.subtract(t, m)), 1)), np.reshape(m, [n])))
  }
  const hand = (): unknown => {
    const g = new Float64Array(n * n)
    let total = 0
    for (let o = 0; o < n * n; o += n) {
      let m = -Infinity, s = 0
      for (let j = o; j < o + n; j++) if (x[j]! > m) m = x[j]!
      for (let j = o; j < o + n; j++) s += g[j] = Math.exp(x[j]! - m)
      total += m + Math.log(s)
      for (let j = o; j < o + n; j++) g[j] = g[j]! / s
    }
    return [total, g]
  }
  return { name: 'W7 logsumexp of rows', f: valueAndGrad(f) as never, args: [matrix(x, n, n)], hand, calls: 2 }
}

/** W8: a recurrent network, 100 steps, 32 hidden. */
function recurrent(): Case {
  const [steps, h] = [100, 32]
  const w = wave(h * h, 0.3), u = wave(h * h, 0.2), x = wave(steps * h)
  const f = (a: Tensor, b: Tensor, xs: Tensor): Tensor => {
    const [last] = scan((s: Tensor, row: Tensor) => [np.tanh(np.add(np.matmul(a, s), np.matmul(b, row))), 0] as never, np.zeros([h]), xs) as unknown as [Tensor]
    return np.sum(np.square(last))
  }
  const hand = (): unknown => {
    const s = new Float64Array((steps + 1) * h), gw = new Float64Array(h * h), gu = new Float64Array(h * h)
    for (let t = 0; t < steps; t++)
      for (let i = 0; i < h; i++) {
        let z = 0
        for (let j = 0; j < h; j++) z += w[i * h + j]! * s[t * h + j]! + u[i * h + j]! * x[t * h + j]!
        s[(t + 1) * h + i] = Math.tanh(z)
      }
    let d = s.slice(steps * h).map((q) => 2 * q)
    for (let t = steps - 1; t >= 0; t--) {
      const next = new Float64Array(h)
      for (let i = 0; i < h; i++) {
        const q = s[(t + 1) * h + i]!, z = d[i]! * (1 - q * q)
        for (let j = 0; j < h; j++) {
          gw[i * h + j] = gw[i * h + j]! + z * s[t * h + j]!
          gu[i * h + j] = gu[i * h + j]! + z * x[t * h + j]!
          next[j] = next[j]! + z * w[i * h + j]!
        }
      }
      d = next
    }
    return [gw, gu]
  }
  return { name: 'W8 recurrent, scan', f: valueAndGrad(f, { argnums: [0, 1] }) as never, args: [matrix(w, h, h), matrix(u, h, h), matrix(x, steps, h)], hand, calls: 20 }
}

/** W9: the energy of 200 bodies, softened, by positions; by hand each pair once. */
function bodies(): Case {
  const n = 200
  const p = wave(n * 3, 5)
  const f = (t: Tensor): Tensor => {
    const eye = np.eye(n)
    const r2 = np.sum(np.square(np.subtract(np.expandDims(t, 1), np.expandDims(t, 0))), 2)
    return np.multiply(-0.5, np.sum(np.multiply(np.subtract(1, eye), np.divide(1, np.sqrt(np.add(r2, np.add(0.01, eye)))))))
  }
  const hand = (): unknown => {
    const g = new Float64Array(n * 3)
    let s = 0
    for (let i = 0; i < 3 * n; i += 3)
      for (let j = 0; j < i; j += 3) {
        const x = p[i]! - p[j]!, y = p[i + 1]! - p[j + 1]!, z = p[i + 2]! - p[j + 2]!, r2 = x * x + y * y + z * z + 0.01, q = 1 / Math.sqrt(r2), c = q / r2
        s -= q
        g[i] = g[i]! + c * x
        g[i + 1] = g[i + 1]! + c * y
        g[i + 2] = g[i + 2]! + c * z
        g[j] = g[j]! - c * x
        g[j + 1] = g[j + 1]! - c * y
        g[j + 2] = g[j + 2]! - c * z
      }
    return [s, g]
  }
  return { name: 'W9 energy of 200 bodies', f: valueAndGrad(f) as never, args: [matrix(p, n, 3)], hand, calls: 10 }
}

/** W10: Rosenbrock's Hessian, which the hand knows to be tridiagonal, and its product with a vector. */
function second(): Case[] {
  const n = 50
  const x = wave(n)
  const whole = (): unknown => {
    const h = new Float64Array(n * n)
    for (let i = 0; i < n - 1; i++) {
      h[i * n + i] = h[i * n + i]! + 1200 * x[i]! * x[i]! - 400 * x[i + 1]! + 2
      h[i * n + i + 1] = h[(i + 1) * n + i] = -400 * x[i]!
      h[(i + 1) * n + i + 1] = 200
    }
    return h
  }
  const m = 10_000
  const y = wave(m), v = wave(m, 0.5)
  const product = (): unknown => {
    const o = new Float64Array(m)
    for (let i = 0; i < m - 1; i++) {
      const c = -400 * y[i]!
      o[i] = o[i]! + (1200 * y[i]! * y[i]! - 400 * y[i + 1]! + 2) * v[i]! + c * v[i + 1]!
      o[i + 1] = o[i + 1]! + c * v[i]! + 200 * v[i + 1]!
    }
    return o
  }
  return [
    { name: 'W10 hessian, n = 50', f: hessian(rosenbrock) as never, args: [x], hand: whole, calls: 300 },
    { name: 'W10 Hessian-vector, n = 1e4', f: ((a: Tensor, b: Tensor) => hvp(rosenbrock, [a] as never, [b] as never)) as never, args: [y, v], hand: product, calls: 50 },
  ]
}

/** A loop of a thousand steps over numbers. */
function counted(): Case {
  const f = (x: Tensor): unknown => whileLoop(((k: Tensor[]) => np.less(k[0]!, 1000)) as never, ((c: Tensor[]) => [np.add(c[0]!, 1), np.multiply(np.sin(c[1]!), 0.9)]) as never, [np.multiply(x, 0), x] as never) as unknown
  const hand = (): unknown => {
    let x = 0.5
    for (let i = 0; i < 1000; i++) x = Math.sin(x) * 0.9
    return x
  }
  return { name: 'while of 1000 steps', f: f as never, args: [0.5], hand, calls: 20 }
}

const differs = (a: ReturnType<RawKernel>, b: ReturnType<RawKernel>): boolean =>
  a.some((x, i) => (typeof x === 'number' ? !Object.is(x, b[i]) : x.some((v, k) => !Object.is(v, (b[i] as Float64Array)[k]))))

function run({ name, f, args, hand, calls }: Case): void {
  const lowered = backends.map((b) => jit(f as never, { backend: b.name as never }).lower(...(args as unknown as never[])))
  const compiling: number[] = []
  const inputs = args.map((a) => (typeof a === 'number' || a instanceof Float64Array ? a : a.data()))
  const kernels = lowered.map((l) => {
    const start = performance.now()
    const kernel = l.compile()
    compiling.push(performance.now() - start)
    return kernel
  })
  const results = kernels.map((k) => k(inputs))
  const runs = [hand, ...kernels.map((k) => () => k(inputs))]
  const best = runs.map(() => Infinity)
  for (let r = 0; r < 15; r++)
    runs.forEach((once, i) => {
      const start = performance.now()
      for (let k = 0; k < calls; k++) once()
      best[i] = Math.min(best[i]!, (performance.now() - start) / calls)
    })
  const figures = backends.map((b, i) => `${b.name} ${(best[i + 1]! / best[0]!).toFixed(2)} (${compiling[i]!.toFixed(1)} ms to compile)${differs(results[i]!, results[0]!) ? ' OTHER BITS' : ''}`)
  process.stdout.write(`${name.padEnd(30)} by hand ${(best[0]! * 1e3).toFixed(3).padStart(10)} µs   ${figures.join('   ')}\n`)
}

const all = [scalar(), banana(10, 50_000), banana(1000, 2000), banana(1e6, 3), mapReduce(), logistic(), logsumexp(), recurrent(), bodies(), ...second(), counted()]
const [, , wanted = ''] = process.argv
for (const c of all) if (c.name.startsWith(wanted)) run(c)

if (wanted === '') {
  const f = jit(grad((x: Tensor) => np.multiply(np.sin(x), np.exp(np.negative(np.square(x))))))
  let best = Infinity
  for (let r = 0; r < 15; r++) {
    const start = performance.now()
    for (let k = 0; k < 50_000; k++) f(k * 1e-5)
    best = Math.min(best, (performance.now() - start) / 50_000)
  }
  process.stdout.write(`jit(grad(f))(x), a number         ${(best * 1e6).toFixed(0)} ns\n`)
}
