/**
 * Taylor mode beside the recurrences written by hand: x·x, e^x, sin x and 1/x at orders 5 to 40, of scalars and of arrays.
 *
 * Run: npx tsx test/bench/jet.ts
 * Both take and give derivatives in separate arrays, under jit; `raw` is the compiled kernel. `slope` is that of log time
 * by log order from 10 to 40: a truncated product costs (d + 1)(d + 2)/2 multiplications.
 */
import { jet, jit, np, type Tensor } from 'adjoint'
import { interleaved, row } from './rounds'

type Recurrence = (x: Float64Array, y: Float64Array, z: Float64Array, n: number) => void

const recurrences: Readonly<Record<string, readonly [(x: Tensor) => Tensor, Recurrence]>> = {
  product: [(x) => x.mul(x), (x, y, _z, n) => {
    for (let k = 0; k < n; k++) {
      let s = 0
      for (let j = 0; j <= k; j++) s += x[j]! * x[k - j]!
      y[k] = s
    }
  }],
  exp: [(x) => np.exp(x), (x, y, _z, n) => {
    y[0] = Math.exp(x[0]!)
    for (let k = 1; k < n; k++) {
      let s = 0
      for (let j = 1; j <= k; j++) s += j * x[j]! * y[k - j]!
      y[k] = s / k
    }
  }],
  sin: [(x) => np.sin(x), (x, y, z, n) => {
    y[0] = Math.sin(x[0]!)
    z[0] = Math.cos(x[0]!)
    for (let k = 1; k < n; k++) {
      let [s, c] = [0, 0]
      for (let j = 1; j <= k; j++) {
        const w = j * x[j]!
        s += w * z[k - j]!
        c -= w * y[k - j]!
      }
      y[k] = s / k
      z[k] = c / k
    }
  }],
  quotient: [(x) => np.divide(1, x), (x, y, _z, n) => {
    for (let k = 0; k < n; k++) {
      let s = k === 0 ? 1 : 0
      for (let j = 0; j < k; j++) s -= y[j]! * x[k - j]!
      y[k] = s / x[0]!
    }
  }],
}

const factorials = Float64Array.from({ length: 50 }, (_, k) => Array.from({ length: k }, (_v, i) => i + 1).reduce((p, i) => p * i, 1))

/** Derivatives in, derivatives out, element by element. */
function byHand(recurrence: Recurrence, xs: readonly Float64Array[]): Float64Array[] {
  const n = xs.length
  const m = xs[0]!.length
  const out = xs.map(() => new Float64Array(m))
  const [x, y, z] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) x[k] = xs[k]![i]! / factorials[k]!
    recurrence(x, y, z, n)
    for (let k = 0; k < n; k++) out[k]![i] = y[k]! * factorials[k]!
  }
  return out
}

for (const [name, [f, recurrence]] of Object.entries(recurrences))
  for (const m of [1, 100]) {
    const times = new Map<number, number>()
    for (const d of [5, 10, 20, 40]) {
      const xs = Array.from({ length: d + 1 }, (_, k) => Float64Array.from({ length: m }, (_v, i) => 1.5 + 0.1 * Math.sin(k + i)))
      const g = jit((x: Tensor, ...series: Tensor[]) => jet(f, [x], [series]))
      const args = m === 1 ? xs.map((x) => x[0]!) : xs
      const kernel = g.lower(...(args as unknown as [Tensor, ...Tensor[]])).compile()
      const calls = Math.ceil(40_000 / (m * d + 20))
      const [hand, jitted, raw] = interleaved(9, { calls, run: () => byHand(recurrence, xs) }, { calls, run: () => g(...(args as unknown as [Tensor, ...Tensor[]])) }, { calls, run: () => kernel(args) }) as [number, number, number]
      times.set(d, raw)
      const us = (ms: number): string => `${(ms * 1e3).toFixed(1)} µs`
      row(`${name}, order ${d}, ${m === 1 ? 'a scalar' : `${m} elements`}`, `by hand ${us(hand)}`, `jit ${us(jitted)}, ratio ${(jitted / hand).toFixed(2)}`, `raw ${us(raw)}, ratio ${(raw / hand).toFixed(2)}`)
    }
    row(`${name}: slope`, (Math.log(times.get(40)! / times.get(10)!) / Math.log(4)).toFixed(2))
  }
