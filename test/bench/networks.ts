/** W5, W6 and W8: products of matrices, a perceptron and a recurrent network, with gradients by hand. */
import { np, scan, type Tensor } from 'adjoint'
import { shaped, wave, type Workload } from './workload'

type Floats = Float64Array | Float32Array
type Floating = new (n: number) => Floats
const [doubles, singles] = [Float64Array as Floating, Float32Array as Floating]

/** C += A·B: two rows of A by four of B at a time, the inner loop along rows of B and C. */
function accumulate(c: Floats, a: Floats, b: Floats, m: number, k: number, n: number): void {
  const whole = k - (k % 4)
  for (let i = 0; i < m; i += 2) {
    // The last row is alone where their number is odd.
    const two = i + 1 < m
    const r = i * n, s = r + n
    for (let p = 0; p < whole; p += 4) {
      const o = i * k + p, u = two ? o + k : o
      const x0 = a[o]!, x1 = a[o + 1]!, x2 = a[o + 2]!, x3 = a[o + 3]!, y0 = a[u]!, y1 = a[u + 1]!, y2 = a[u + 2]!, y3 = a[u + 3]!
      const q0 = p * n, q1 = q0 + n, q2 = q1 + n, q3 = q2 + n
      if (two)
        for (let j = 0; j < n; j++) {
          const b0 = b[q0 + j]!, b1 = b[q1 + j]!, b2 = b[q2 + j]!, b3 = b[q3 + j]!
          c[r + j] = c[r + j]! + x0 * b0 + x1 * b1 + x2 * b2 + x3 * b3
          c[s + j] = c[s + j]! + y0 * b0 + y1 * b1 + y2 * b2 + y3 * b3
        }
      else for (let j = 0; j < n; j++) c[r + j] = c[r + j]! + x0 * b[q0 + j]! + x1 * b[q1 + j]! + x2 * b[q2 + j]! + x3 * b[q3 + j]!
    }
    for (let row = i; row < i + (two ? 2 : 1); row++)
      for (let p = whole; p < k; p++) {
        const x = a[row * k + p]!
        for (let j = 0; j < n; j++) c[row * n + j] = c[row * n + j]! + x * b[p * n + j]!
      }
  }
}

/** C += Aᵀ·B, for a number of rows that four divides. */
function accumulateTransposed(c: Floats, a: Floats, b: Floats, rows: number, m: number, n: number): void {
  for (let p = 0; p < rows; p += 4) {
    const q0 = p * n, q1 = q0 + n, q2 = q1 + n, q3 = q2 + n
    for (let i = 0, r = 0; i < m; i++, r += n) {
      const x0 = a[p * m + i]!, x1 = a[p * m + m + i]!, x2 = a[p * m + 2 * m + i]!, x3 = a[p * m + 3 * m + i]!
      for (let j = 0; j < n; j++) c[r + j] = c[r + j]! + x0 * b[q0 + j]! + x1 * b[q1 + j]! + x2 * b[q2 + j]! + x3 * b[q3 + j]!
    }
  }
}

/** W6: the product of two squares. */
export function matmul(n: number, single = false): Workload {
  const Array_ = single ? singles : doubles
  const [a, b] = [wave(n * n), wave(n * n, 0.5)].map((x) => { const y = new Array_(n * n); y.set(x); return y }) as [Floats, Floats]
  const all = (): [Floats] => {
    const c = new Array_(n * n)
    accumulate(c, a, b, n, n, n)
    return [c]
  }
  return { key: 'matmul', id: 'W6', name: `matmul ${n}², float${single ? 32 : 64}`, f: np.matmul as never, args: [shaped(a, n, n), shaped(b, n, n)], hand: { all }, kept: 0, flops: 2 * n ** 3 }
}

/** W5: a perceptron 784-128-10 with tanh and cross entropy, 64 examples, by its weights and offsets. */
export function perceptron(single = false): Workload {
  const [batch, i, h, o] = [64, 784, 128, 10]
  const Array_ = single ? singles : doubles
  const of = (n: number, scale: number): Floats => { const y = new Array_(n); y.set(wave(n, scale)); return y }
  const [w1, b1, w2, b2, x] = [of(i * h, 0.05), of(h, 0.1), of(h * o, 0.2), of(o, 0.1), of(batch * i, 1)]
  const labels = new Array_(batch * o)
  for (let r = 0; r < batch; r++) labels[r * o + (r % o)] = 1
  const f = (v1: Tensor, c1: Tensor, v2: Tensor, c2: Tensor, data: Tensor, target: Tensor): Tensor => {
    const z = np.add(np.matmul(np.tanh(np.add(np.matmul(data, v1), c1)), v2), c2)
    const m = np.max(z, 1, { keepdims: true })
    const logits = np.subtract(z, m)
    return np.divide(np.sum(np.subtract(np.log(np.sum(np.exp(logits), 1)), np.sum(np.multiply(target, logits), 1))), batch)
  }
  const forward = (): { a: Floats; p: Floats; loss: number } => {
    const [a, p] = [new Array_(batch * h), new Array_(batch * o)]
    for (let r = 0; r < batch; r++) {
      a.set(b1, r * h)
      p.set(b2, r * o)
    }
    accumulate(a, x, w1, batch, i, h)
    for (let k = 0; k < a.length; k++) a[k] = Math.tanh(a[k]!)
    accumulate(p, a, w2, batch, h, o)
    let loss = 0
    for (let r = 0; r < batch; r++) {
      let m = -Infinity, s = 0
      for (let k = r * o; k < r * o + o; k++) m = Math.max(m, p[k]!)
      for (let k = r * o; k < r * o + o; k++) {
        loss -= labels[k]! * (p[k]! - m)
        s += p[k] = Math.exp(p[k]! - m)
      }
      loss += Math.log(s)
      for (let k = r * o; k < r * o + o; k++) p[k] = p[k]! / s
    }
    return { a, p, loss: loss / batch }
  }
  const all = (): readonly (number | Floats)[] => {
    const { a, p, loss } = forward()
    const [g1, h1, g2, h2] = [new Array_(i * h), new Array_(h), new Array_(h * o), new Array_(o)]
    const d1 = new Array_(batch * h)
    for (let r = 0; r < batch; r++) {
      for (let k = 0; k < o; k++) {
        const d = (p[r * o + k] = (p[r * o + k]! - labels[r * o + k]!) / batch)
        h2[k] = h2[k]! + d
        for (let j = 0; j < h; j++) d1[r * h + j] = d1[r * h + j]! + d * w2[j * o + k]!
      }
      for (let j = 0, q = r * h; j < h; j++, q++) {
        d1[q] = d1[q]! * (1 - a[q]! * a[q]!)
        h1[j] = h1[j]! + d1[q]!
      }
    }
    accumulateTransposed(g1, x, d1, batch, i, h)
    accumulateTransposed(g2, a, p, batch, h, o)
    return [loss, g1, h1, g2, h2]
  }
  return {
    key: 'perceptron',
    id: 'W5',
    name: `perceptron 784-128-10, batch 64, float${single ? 32 : 64}`,
    f: f as never,
    argnums: [0, 1, 2, 3],
    args: [shaped(w1, i, h), shaped(b1, h), shaped(w2, h, o), shaped(b2, o), shaped(x, batch, i), shaped(labels, batch, o)],
    hand: { value: () => forward().loss, all },
    kept: (single ? 4 : 8) * batch * (h + o),
    ...(single ? {} : { bar: 0.45 }),
  }
}

/** W8: a recurrent network, by both of its matrices; `unrolled`: the loop is one of JavaScript. */
export function recurrent(unrolled = false, steps = 100, h = 32): Workload {
  const w = wave(h * h, 0.3), u = wave(h * h, 0.2), x = wave(steps * h)
  const step = (a: Tensor, b: Tensor, s: Tensor, row: Tensor): Tensor => np.tanh(np.add(np.matmul(a, s), np.matmul(b, row)))
  const f = (a: Tensor, b: Tensor, xs: Tensor): Tensor => {
    if (!unrolled) {
      const [last] = scan((s: Tensor, row: Tensor) => [step(a, b, s, row), 0] as never, np.zeros([h]), xs) as unknown as [Tensor]
      return np.sum(np.square(last))
    }
    let s: Tensor = np.zeros([h])
    for (let t = 0; t < steps; t++) s = step(a, b, s, xs.at(t))
    return np.sum(np.square(s))
  }
  const states = (): Float64Array => {
    const s = new Float64Array((steps + 1) * h)
    for (let t = 0; t < steps; t++)
      for (let i = 0; i < h; i++) {
        let z = 0
        for (let j = 0; j < h; j++) z += w[i * h + j]! * s[t * h + j]! + u[i * h + j]! * x[t * h + j]!
        s[(t + 1) * h + i] = Math.tanh(z)
      }
    return s
  }
  const energy = (s: Float64Array): number => s.slice(steps * h).reduce((n, y) => n + y * y, 0)
  const all = (): [number, Float64Array, Float64Array] => {
    const s = states()
    const [gw, gu] = [new Float64Array(h * h), new Float64Array(h * h)]
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
    return [energy(s), gw, gu]
  }
  return {
    key: 'recurrent',
    id: 'W8',
    name: `recurrent network, ${steps} steps, ${unrolled ? 'unrolled' : 'scan'}`,
    f: f as never,
    argnums: [0, 1],
    args: [shaped(w, h, h), shaped(u, h, h), shaped(x, steps, h)],
    hand: { value: () => energy(states()), all },
    kept: 8 * steps * h,
    ...(unrolled ? {} : { bar: 0.6 }),
  }
}
