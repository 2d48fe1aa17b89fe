/**
 * One thread against two: products, a map-reduce and sums, of large arrays.
 *
 * Run: npm run bench:threads. Candidates take turns; least and median times by the clock, as the processor's own count those
 * of all threads. What else runs on the machine takes processors away: the load is printed first.
 */
import { cpus, loadavg } from 'node:os'
import { grad, jit, np, valueAndGrad, type Tensor } from 'adjoint'
import { once, row } from './rounds'

const rounds = 40
const n = 1_000_000
const x = Float64Array.from({ length: n }, (_, i) => 2 * Math.sin(i))
const long = Float64Array.from({ length: 8 * n }, (_, i) => Math.sin(i))
const matrix = (dtype: 'float64' | 'float32'): Tensor => np.astype(np.sin(np.arange(512 * 512)).reshape(512, 512), dtype)
/** W3: Σ tanh(a·x + b)·σ(x) + exp(−x²). */
const mapReduce = (v: Tensor, a: Tensor, b: Tensor): Tensor =>
  np.sum(np.add(np.multiply(np.tanh(np.add(np.multiply(a, v), b)), np.divide(1, np.add(1, np.exp(np.negative(v))))), np.exp(np.negative(np.square(v)))))
const softmax = (v: Tensor): Tensor => {
  const e = np.exp(np.subtract(v, np.max(v, 1, { keepdims: true })))
  return np.divide(e, np.sum(e, 1, { keepdims: true }))
}
const layer = (w: Tensor, v: Tensor): Tensor => np.sum(np.square(np.tanh(np.matmul(v, w))))

const cases: readonly (readonly [string, (...xs: never[]) => unknown, readonly unknown[]])[] = [
  ['matmul 512², float64', np.matmul, [matrix('float64'), matrix('float64')]],
  ['matmul 512², float32', np.matmul, [matrix('float32'), matrix('float32')]],
  ['gradient of a layer, 512²', grad(layer), [matrix('float64'), matrix('float64')]],
  ['W3, value and gradient, n = 1e6', valueAndGrad(mapReduce, { argnums: [0, 1, 2] }), [x, 0.7, 0.1]],
  ['softmax of rows, 1000 × 1000', (v: Tensor) => softmax(v.reshape(1000, 1000)), [x]],
  ['Σ exp x, n = 8e6', (v: Tensor) => np.sum(np.exp(v)), [long]],
  ['Σ x, n = 8e6, a typed array', (v: Tensor) => np.sum(v), [long]],
  ['Σ x, n = 8e6, a tensor at every call', (v: Tensor) => np.sum(v), [np.array(long)]],
]

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 1))

process.stdout.write(`${cpus().length} processors, load ${loadavg()[0]!.toFixed(2)}\n`)
for (const [name, f, args] of cases) {
  const runs = [1, 2].map((threads) => {
    const g = jit(f as never, { backend: 'wasm', threads }) as unknown as (...xs: readonly unknown[]) => unknown
    return () => g(...args)
  })
  const times: number[][] = runs.map(() => [])
  for (let r = 0; r < rounds + 5; r++) {
    for (const [k, run] of runs.entries()) {
      const took = once(run)
      if (r >= 5) times[k]!.push(took)
    }
    await pause()
  }
  const [one, two] = times.map((list) => list.sort((a, b) => a - b)) as [number[], number[]]
  const ms = (list: number[]): string => `${list[0]!.toFixed(2)} / ${list[rounds >> 1]!.toFixed(2)} ms`
  row(name, `one ${ms(one)}`, `two ${ms(two)}`, `ratio ${(one[0]! / two[0]!).toFixed(2)} / ${(one[rounds >> 1]! / two[rounds >> 1]!).toFixed(2)}`)
}
