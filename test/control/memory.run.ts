/**
 * What calls allocate and what caches keep, measured in a process of its own with the collector at hand; printed as JSON.
 *
 * Run by test/control/memory.test.ts: node --expose-gc --import tsx test/control/memory.run.ts [programs]; by
 * `npm run bench:memory` with 10,000 different programs each, which takes minutes. Growth is that of the second half.
 */
import { grad, jit, jvp, linearize, np, vmap, type Tensor } from 'adjoint'

const collect = (globalThis as { gc?: () => void }).gc!
const used = (): number => process.memoryUsage().heapUsed
const settled = (): number => {
  for (let k = 0; k < 4; k++) collect()
  return used()
}

/** The median of what a call allocates, over windows too short for a collection to fall into most of them. */
function bytesPerCall(call: (k: number) => unknown): number {
  for (let k = 0; k < 30_000; k++) call(k)
  const window = 500
  const each = Array.from({ length: 201 }, () => {
    const before = used()
    for (let k = 0; k < window; k++) call(k)
    return (used() - before) / window
  })
  return each.sort((a, b) => a - b)[100]!
}

function growth(times: number, call: (k: number) => unknown): number {
  for (let k = 0; k < times / 2; k++) call(k)
  const half = settled()
  for (let k = times / 2; k < times; k++) call(k)
  return settled() - half
}

const gradient = jit(grad((x: Tensor) => np.add(np.multiply(np.sin(x), np.exp(np.negative(np.square(x)))), np.log1p(np.square(x)))))
const trees = jit(grad((p: { readonly w: Tensor; readonly b: Tensor }, x: Tensor) => np.square(np.add(np.multiply(p.w, x), p.b))))
const params = { w: 1, b: 2 }

/** A chain of operations that spells the number. */
const spelt = (k: number) => (x: Tensor): Tensor => {
  let y = x
  for (let bits = k + (1 << 14); bits > 1; bits >>= 1) y = bits & 1 ? np.sin(y) : np.multiply(y, y)
  return np.sum(y)
}
const row = np.arange(20_000)
const shaped = jit((x: Tensor) => np.sum(x))
const different = Number(process.argv[2] ?? 1_600)

process.stdout.write(
  JSON.stringify({
    scalar: bytesPerCall((k) => gradient(k * 1e-3)),
    tree: bytesPerCall((k) => trees(params as never, k * 1e-3)),
    calls: growth(1_000_000, (k) => gradient(k * 1e-3)),
    gradients: growth(different, (k) => grad(spelt(k))(0.5)),
    linearizations: growth(different, (k) => linearize(spelt(k), [0.5])[1](1)),
    tangents: growth(different, (k) => jvp(spelt(k), [0.5], [1])),
    batches: growth(different, (k) => vmap(spelt(k))(np.array([0.5, 1]))),
    operations: growth(different, (k) => np.cumsum(row.slice([0, k % 5000, 1 + (k % 3)]))),
    entries: growth(different, (k) => shaped(new Float64Array(k))),
    functions: growth(different, (k) => jit(spelt(k))(0.5)),
    ...(process.argv[2] === undefined
      ? {}
      : {
          compiledGradients: growth(different, (k) => jit(grad(spelt(k)))(0.5)),
          modules: growth(different, (k) => jit(grad(spelt(k)), { backend: 'wasm' })(np.arange(3))),
        }),
  }),
)
