/** Steps of checkpointed loops as functions of the module: the bits of all backends, call after call, whatever the constants. */
import { describe, expect, it } from 'vitest'
import { foriLoop, grad, hvp, jit, np, scan, valueAndGrad, vmap, whileLoop, type Tensor } from 'adjoint'

const bits = (t: Tensor): string[] => Array.from(Float64Array.from(t.data()), (v) => (Object.is(v, -0) ? '-0' : String(v)))
const wave = (shape: readonly number[], by: number, scale = 0.3): Tensor => np.multiply(scale, np.reshape(np.sin(np.multiply(by, np.arange(shape.reduce((n, e) => n * e, 1)))), shape))
const list = (r: unknown): readonly Tensor[] => [r].flat(3) as readonly Tensor[]

const n = 24
const step = (w: Tensor, h: Tensor): Tensor => np.tanh(np.matmul(w, h))
const xs = wave([9, n], 0.7)
type F = (w: Tensor, h: Tensor) => unknown
const loops: Readonly<Record<string, F>> = {
  'a scan': (w, h) => np.sum(np.square(scan((c: Tensor) => [step(w, c), null] as const, h, null, { length: 11, checkpoint: 3 })[0])),
  'a scan with slices and stacked results': (w, h) => {
    const [last, ys] = scan((c: Tensor, x: Tensor) => [step(w, np.add(c, x)), np.sum(np.multiply(c, x))] as const, h, xs, { checkpoint: 2, reverse: true })
    return np.add(np.sum(last), np.sum(np.sin(ys)))
  },
  'a scan whose state is a tree of arrays and numbers': (w, h) => {
    const [[c, t]] = scan(([a, k]: readonly [Tensor, Tensor]) => [[np.add(np.multiply(k, step(w, a)), a), np.add(k, np.mean(a))], null] as never, [h, 0.5] as never, null, { length: 8, checkpoint: 2 }) as unknown as [[Tensor, Tensor]]
    return np.multiply(np.sum(c), t)
  },
  'a loop with a counter': (w, h) => np.sum(foriLoop(0, 10, (i, c: Tensor) => np.add(step(w, c), np.multiply(0.1, i)), h, { checkpoint: 3 })),
  'a loop of unknown length': (w, h) => np.sum(whileLoop((c: Tensor) => np.greater(np.sum(np.square(c)), 0.01), (c) => np.multiply(0.7, step(w, c)), h, { checkpoint: 3 })),
  'one within another': (w, h) => np.sum(scan((c: Tensor) => [foriLoop(0, 4, (_i, d: Tensor) => step(w, d), c, { checkpoint: 2 }), null] as const, h, null, { length: 5, checkpoint: 2 })[0]),
}

describe.each(Object.entries(loops))('%s', (_name, f) => {
  const derived: Readonly<Record<string, F>> = {
    'value and gradient': (w, h) => list(valueAndGrad(f as (w: Tensor, h: Tensor) => Tensor, { argnums: [0, 1] })(w, h)),
    'a second derivative': (w, h) => list(hvp((v: Tensor) => f(v, h) as Tensor, [w], [wave([n, n], 0.9)])),
    'lanes': (w, h) => list(vmap((k: Tensor) => grad((v: Tensor) => f(v, k) as Tensor)(w))(np.stack([h, np.multiply(2, h)]))),
  }
  it.each(Object.keys(derived))('%s', (name) => {
    const g = derived[name]!
    const [direct, ...others] = (['direct', 'wasm', 'js', 'closure'] as const).map((backend) => jit(g as F, { backend }))
    for (const by of [1.3, 2.1, 1.3]) {
      const [w, h] = [wave([n, n], by), wave([n], by, 1)]
      const want = list(direct!(w as never, h as never)).map(bits)
      for (const other of others) expect(list(other(w as never, h as never)).map(bits)).toEqual(want)
    }
  })
})
