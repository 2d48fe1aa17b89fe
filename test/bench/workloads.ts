/**
 * W1–W4, W7, W9 and W10: small functions, maps and reductions, each with its gradient by hand: fused loops over typed
 * arrays, as an expert writes them.
 */
import { hessian, hvp, np, sparseHessian, type Tensor } from 'adjoint'
import { shaped, wave, type Workload } from './workload'

/** W1: sin x · exp(−x²) + log(1 + x²). */
export function scalar(): Workload {
  const f = (x: Tensor): Tensor => np.add(np.multiply(np.sin(x), np.exp(np.negative(np.square(x)))), np.log(np.add(1, np.square(x))))
  const value = (x: number): number => Math.sin(x) * Math.exp(-x * x) + Math.log(1 + x * x)
  const all = (x: number): number[] => {
    const e = Math.exp(-x * x), s = Math.sin(x), u = 1 + x * x
    return [s * e + Math.log(u), e * (Math.cos(x) - 2 * x * s) + (2 * x) / u]
  }
  // Another point each time, the first one that of `args`: what is constant the engine would not compute again.
  let at = 0.7
  const next = (): number => {
    const x = at
    at = at > 2 ? 0 : at + 1e-3
    return x
  }
  return { key: 'scalar', id: 'W1', name: 'sin x·e^(−x²) + log(1 + x²), a number', f, argnums: [0], args: [0.7], hand: { value: () => value(next()), all: () => all(next()) }, kept: 0 }
}

export const rosenbrock = (x: Tensor): Tensor => {
  const n = x.shape[0]!
  const [a, b] = [x.at([0, n - 1]), x.at([1, n])]
  return np.sum(np.add(np.multiply(100, np.square(np.subtract(b, np.square(a)))), np.square(np.subtract(1, a))))
}

/** W2: Rosenbrock's function. */
export function banana(n: number): Workload {
  const x = wave(n)
  const value = (): number => {
    let s = 0
    for (let i = 0; i < n - 1; i++) {
      const a = x[i]!, d = x[i + 1]! - a * a, e = 1 - a
      s += 100 * d * d + e * e
    }
    return s
  }
  const all = (): [number, Float64Array] => {
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
  return { key: 'banana', id: 'W2', name: `Rosenbrock, n = ${n}`, f: rosenbrock as never, argnums: [0], args: [x], hand: { value, all }, kept: 0, ...(n === 1e6 ? { bar: 0.8 } : {}) }
}

/** W3: Σ tanh(a·x + b)·σ(x) + exp(−x²), by x, a and b. */
export function mapReduce(n: number): Workload {
  const v = wave(n, 2)
  const f = (x: Tensor, a: Tensor, b: Tensor): Tensor => np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(a, x), b)), np.divide(1, np.add(1, np.exp(np.negative(x))))), np.exp(np.negative(np.square(x)))))
  const value = (): number => {
    let s = 0
    for (let i = 0; i < n; i++) {
      const x = v[i]!
      s += Math.tanh(0.7 * x + 0.1) / (1 + Math.exp(-x)) + Math.exp(-x * x)
    }
    return s
  }
  const all = (): [number, Float64Array, number, number] => {
    const g = new Float64Array(n)
    let s = 0, ga = 0, gb = 0
    for (let i = 0; i < n; i++) {
      const x = v[i]!, t = Math.tanh(0.7 * x + 0.1), q = 1 / (1 + Math.exp(-x)), e = Math.exp(-x * x), dt = q * (1 - t * t)
      s += t * q + e
      ga += dt * x
      gb += dt
      g[i] = dt * 0.7 + t * q * (1 - q) - 2 * x * e
    }
    return [s, g, ga, gb]
  }
  return { key: 'mapReduce', id: 'W3', name: `Σ tanh(ax + b)·σ(x) + e^(−x²), n = ${n}`, f: f as never, argnums: [0, 1, 2], args: [v, 0.7, 0.1], hand: { value, all }, kept: 0, bar: 0.4 }
}

/** W4: logistic regression. */
export function logistic(n = 10_000, d = 100): Workload {
  const x = wave(n * d), w = wave(d, 0.1), y = Float64Array.from({ length: n }, (_, i) => i % 2)
  const f = (weights: Tensor, data: Tensor, labels: Tensor): Tensor => {
    const z = np.matmul(data, weights)
    return np.mean(np.subtract(np.log1p(np.exp(z)), np.multiply(labels, z)))
  }
  const product = (i: number): number => {
    let z = 0
    for (let j = 0; j < d; j++) z += x[i * d + j]! * w[j]!
    return z
  }
  const value = (): number => {
    let s = 0
    for (let i = 0; i < n; i++) {
      const z = product(i)
      s += Math.log1p(Math.exp(z)) - y[i]! * z
    }
    return s / n
  }
  const all = (): [number, Float64Array] => {
    const g = new Float64Array(d)
    let s = 0
    for (let i = 0; i < n; i++) {
      const z = product(i)
      const e = Math.exp(z)
      s += Math.log1p(e) - y[i]! * z
      const c = (e / (1 + e) - y[i]!) / n
      for (let j = 0; j < d; j++) g[j] = g[j]! + c * x[i * d + j]!
    }
    return [s / n, g]
  }
  return { key: 'logistic', id: 'W4', name: `logistic regression, ${n} × ${d}`, f: f as never, argnums: [0], args: [w, shaped(x, n, d), y], hand: { value, all }, kept: 8 * n, bar: 0.6 }
}

/** W7: Σ logsumexp of the rows of a square. */
export function logsumexp(n = 1000): Workload {
  const x = wave(n * n, 3)
  const f = (t: Tensor): Tensor => {
    const m = np.max(t, 1, { keepdims: true })
    return np.sum(np.add(np.log(np.sum(np.exp(np.subtract(t, m)), 1)), np.reshape(m, [n])))
  }
  const greatest = (o: number): number => {
    let m = -Infinity
    for (let j = o; j < o + n; j++) if (x[j]! > m) m = x[j]!
    return m
  }
  const value = (): number => {
    let total = 0
    for (let o = 0; o < n * n; o += n) {
      const m = greatest(o)
      let s = 0
      for (let j = o; j < o + n; j++) s += Math.exp(x[j]! - m)
      total += m + Math.log(s)
    }
    return total
  }
  const all = (): [number, Float64Array] => {
    const g = new Float64Array(n * n)
    let total = 0
    for (let o = 0; o < n * n; o += n) {
      const m = greatest(o)
      let s = 0
      for (let j = o; j < o + n; j++) s += g[j] = Math.exp(x[j]! - m)
      total += m + Math.log(s)
      for (let j = o; j < o + n; j++) g[j] = g[j]! / s
    }
    return [total, g]
  }
  return { key: 'logsumexp', id: 'W7', name: `logsumexp of rows, ${n} × ${n}`, f: f as never, argnums: [0], args: [shaped(x, n, n)], hand: { value, all }, kept: 16 * n, bar: 0.4 }
}

/** W9: the energy of bodies, softened, by positions; by hand each pair once. */
export function bodies(n = 200): Workload {
  const p = wave(n * 3, 5)
  const f = (t: Tensor): Tensor => {
    const eye = np.eye(n)
    const r2 = np.sum(np.square(np.subtract(np.expandDims(t, 1), np.expandDims(t, 0))), 2)
    return np.multiply(-0.5, np.sum(np.multiply(np.subtract(1, eye), np.divide(1, np.sqrt(np.add(r2, np.add(0.01, eye)))))))
  }
  const value = (): number => {
    let s = 0
    for (let i = 0; i < 3 * n; i += 3)
      for (let j = 0; j < i; j += 3) {
        const x = p[i]! - p[j]!, y = p[i + 1]! - p[j + 1]!, z = p[i + 2]! - p[j + 2]!
        s -= 1 / Math.sqrt(x * x + y * y + z * z + 0.01)
      }
    return s
  }
  const all = (): [number, Float64Array] => {
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
  return { key: 'bodies', id: 'W9', name: `energy of ${n} bodies`, f: f as never, argnums: [0], args: [shaped(p, n, 3)], hand: { value, all }, kept: 0, bar: 2 }
}

/** Diagonal i of Rosenbrock's Hessian. */
const diagonal = (x: Float64Array, i: number): number => (i < x.length - 1 ? 1200 * x[i]! * x[i]! - 400 * x[i + 1]! + 2 : 0) + (i > 0 ? 200 : 0)

/** W10: Rosenbrock's Hessian, which the hand knows to be tridiagonal. */
export function hessians(n = 50): Workload {
  const x = wave(n)
  const all = (): [Float64Array] => {
    const h = new Float64Array(n * n)
    for (let i = 0; i < n; i++) {
      h[i * n + i] = diagonal(x, i)
      if (i < n - 1) h[i * n + i + 1] = h[(i + 1) * n + i] = -400 * x[i]!
    }
    return [h]
  }
  return { key: 'hessians', id: 'W10', name: `Hessian of Rosenbrock, n = ${n}`, f: hessian(rosenbrock) as never, args: [x], hand: { all }, kept: 0 }
}

/** W10: its entries that are not zero, row by row. */
export function sparseHessians(n = 50): Workload {
  const x = wave(n)
  const all = (): [Float64Array] => {
    const out = new Float64Array(3 * n - 2)
    for (let i = 0, k = 0; i < n; i++) {
      if (i > 0) out[k++] = -400 * x[i - 1]!
      out[k++] = diagonal(x, i)
      if (i < n - 1) out[k++] = -400 * x[i]!
    }
    return [out]
  }
  return { key: 'sparseHessians', id: 'W10', name: `sparse Hessian of Rosenbrock, n = ${n}`, f: ((y: Tensor) => sparseHessian(rosenbrock)(y).values) as never, args: [x], hand: { all }, kept: 0 }
}

/** W10: the product of the Hessian and a vector. */
export function product(n = 10_000): Workload {
  const x = wave(n), v = wave(n, 0.5)
  const all = (): [Float64Array] => {
    const o = new Float64Array(n)
    for (let i = 0; i < n - 1; i++) {
      const c = -400 * x[i]!
      o[i] = o[i]! + (1200 * x[i]! * x[i]! - 400 * x[i + 1]! + 2) * v[i]! + c * v[i + 1]!
      o[i + 1] = o[i + 1]! + c * v[i]! + 200 * v[i + 1]!
    }
    return [o]
  }
  return { key: 'product', id: 'W10', name: `Hessian-vector product, n = ${n}`, f: ((a: Tensor, b: Tensor) => hvp(rosenbrock, [a] as never, [b] as never)) as never, args: [x, v], hand: { all }, kept: 0, bar: 1.2 }
}
