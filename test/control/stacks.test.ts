/** The stacks of a loop's carries, as turns find them and as they leave them, are one array; what carries start as lies where they are. */
import { describe, expect, it } from 'vitest'
import { assert, boolean, constantFrom, integer, property, record } from 'fast-check'
import { grad, jit, np, scan, valueAndGrad, vmap, type Tensor } from '../../src/index'
import { makeSpace } from '../../src/compile/wasm/memory'

const backends = ['wasm', 'js', 'closure'] as const
type Bytes = { readonly inputs: number; readonly outputs: number; readonly scratch: number }
const bytesOf = (f: (...xs: never[]) => unknown, backend: string, ...args: readonly unknown[]): Bytes =>
  (jit(f as never, { backend } as never) as unknown as { lower: (...xs: readonly unknown[]) => { bytes: Bytes } }).lower(...args).bytes

const wave = (dtype: 'float64' | 'float32', phase: number, ...shape: number[]): Tensor => {
  const n = shape.reduce((a, b) => a * b, 1)
  const x = Float64Array.from({ length: n }, (_, i) => 0.4 * Math.sin(1.7 * i + phase))
  return np.reshape(np.array(dtype === 'float32' ? Float32Array.from(x) : x), shape)
}
const bitsOf = (x: unknown): unknown => (Array.isArray(x) ? x.map(bitsOf) : Array.from((x as Tensor).data(), (v) => (Object.is(v, -0) ? '-0' : String(v))))

const cases = record({
  kind: constantFrom('state', 'delayed', 'swapped', 'two', 'stacked', 'nested'),
  length: integer({ min: 0, max: 5 }), width: constantFrom(1, 3, 17, 20), reverse: boolean(), lanes: boolean(),
  dtype: constantFrom('float64' as const, 'float32' as const), checkpoint: constantFrom(undefined, 2),
})
type Case = { readonly kind: string; readonly length: number; readonly width: number; readonly reverse: boolean; readonly lanes: boolean; readonly dtype: 'float64' | 'float32'; readonly checkpoint: number | undefined }

/** A recurrent loss by its matrix, initial state and slices. */
function lossOf({ kind, reverse, checkpoint }: Case): (w: Tensor, s: Tensor, xs: Tensor) => Tensor {
  const options = { reverse, ...(checkpoint === undefined ? {} : { checkpoint }) }
  const step = (w: Tensor, s: Tensor, x: Tensor): Tensor => np.tanh(np.add(np.matmul(w, s), x))
  const squared = (...all: Tensor[]): Tensor => all.map((v) => np.sum(np.square(v))).reduce((a, b) => np.add(a, b))
  if (kind === 'state' || kind === 'stacked')
    return (w, s, xs) => {
      const [last, ys] = scan((c: Tensor, x: Tensor) => { const n = step(w, c, x); return [n, [c, n]] as const }, s, xs, options) as unknown as [Tensor, [Tensor, Tensor]]
      return kind === 'state' ? squared(last) : squared(last, np.multiply(ys[0], 3), ys[1])
    }
  if (kind === 'nested')
    return (w, s, xs) => squared(scan((c: Tensor, x: Tensor) => [scan((d: Tensor, y: Tensor) => [step(w, d, np.multiply(x, y)), null] as const, c, np.array([0.5, 1, 2]).astype(c.dtype), { reverse })[0] as Tensor, null] as const, s, xs, options)[0] as Tensor)
  return (w, s, xs) => {
    const [a, b] = scan(([p, q]: readonly [Tensor, Tensor], x: Tensor) =>
      [kind === 'delayed' ? [step(w, np.multiply(p, q), x), p] as const : kind === 'swapped' ? [q, step(w, p, np.multiply(x, q))] as const : [step(w, p, q), np.tanh(np.multiply(np.multiply(p, q), x))] as const, null] as const, [s, np.multiply(s, 0.5)] as const, xs, options as never)[0] as unknown as [Tensor, Tensor]
    return squared(a, b)
  }
}

describe('gradients of loops', () => {
  it('have the bits of plain evaluation, whatever of their carries is in one place', () => {
    assert(
      property(cases, (c) => {
        const loss = valueAndGrad(lossOf(c) as never, { argnums: [0, 1, 2] } as never) as unknown as (...xs: Tensor[]) => unknown
        const f = (c.lanes ? vmap(loss as never, { inAxes: [null, 0, null] } as never) : loss) as (...xs: Tensor[]) => unknown
        const lead = c.lanes ? [3] : []
        const args = [wave(c.dtype, 0.3, c.width, c.width), wave(c.dtype, 0.7, ...lead, c.width), wave(c.dtype, 1.1, c.length, c.width)]
        const flat = (r: unknown): unknown => { const [v, g] = r as [Tensor, Tensor[]]; return bitsOf([v, ...g]) }
        const want = flat((jit(f as never, { backend: 'direct' }) as typeof f)(...args))
        for (const backend of backends) expect([backend, flat((jit(f as never, { backend }) as typeof f)(...args))]).toEqual([backend, want])
      }),
      { numRuns: 60 },
    )
  })
})

it.each([1, 8, 9, 30])('%i carries have the bits of plain evaluation', (many) => {
  const turn = (c: Tensor[], x: Tensor): [Tensor[], Tensor] => {
    const next = c.map((v, i) => np.tanh(np.add(np.multiply(v, 0.9), np.multiply(np.sin(c[(i + 1) % many]!), x))))
    return [next, next[0]!]
  }
  const f = (c: Tensor[], xs: Tensor): Tensor => {
    const [last, all] = scan(turn as never, c as never, xs) as unknown as [Tensor[], Tensor]
    return last.reduce((sum, v) => np.add(sum, np.sum(v)), np.sum(np.square(all)))
  }
  const start = Array.from({ length: many }, (_, i) => np.multiply(np.arange(1, 4), (i + 1) / (4 * many)))
  const xs = np.linspace(-1, 1, 6)
  const values = (backend: string): number[][] => (jit(grad(f as never) as never, { backend } as never) as unknown as (...args: unknown[]) => Tensor[])(start, xs).map((t) => t.toArray() as number[])
  for (const backend of backends) expect([backend, values(backend)]).toEqual([backend, values('direct')])
})

// Where nothing may be compiled, the others run as closures.
describe.each(makeSpace() ? backends : (['closure'] as const))('%s: a recurrent network', (backend) => {
  const [steps, h] = [100, 32]
  const loss = (a: Tensor, b: Tensor, xs: Tensor, reverse: boolean): Tensor =>
    np.sum(np.square(scan((s: Tensor, x: Tensor) => [np.tanh(np.add(np.matmul(a, s), np.matmul(b, x))), null] as const, np.zeros([h]), xs, { reverse })[0] as Tensor))
  const args = [wave('float64', 0.3, h, h), wave('float64', 0.7, h, h), wave('float64', 1.1, steps, h)]
  it.each([false, true])('keeps each state once (reverse: %s)', (reverse) => {
    const f = valueAndGrad(((a: Tensor, b: Tensor, xs: Tensor) => loss(a, b, xs, reverse)) as never, { argnums: [0, 1] } as never)
    const { inputs, outputs, scratch } = bytesOf(f as never, backend, ...args)
    const states = 8 * (steps + 1) * h
    // A module has its arguments and results in its memory, one matrix in another's place; closures have carries twice at a turn.
    const copied = backend === 'wasm' ? inputs + 8 * h * h : backend === 'closure' ? 6 * 8 * h * h : 0
    expect(scratch).toBeGreaterThanOrEqual(states + copied)
    expect(scratch).toBeLessThan(states + copied + 5000)
    if (backend === 'js') expect((inputs + outputs + scratch) / (inputs + outputs + states)).toBeLessThan(1.1)
  })
  it('by one matrix, without slices, too', () => {
    const f = (w: Tensor, s: Tensor): Tensor => {
      const [a] = scan((c: Tensor) => { const n = np.tanh(np.matmul(w, c)); return [n, null] as const }, s, null, { length: steps }) as unknown as [Tensor]
      return np.sum(a)
    }
    const { scratch } = bytesOf(grad(f as never) as never, backend, args[0], np.ones([h]))
    expect(scratch).toBeLessThan(8 * (steps + 1) * h + 8 * h * h * { wasm: 2, js: 0, closure: 4 }[backend] + 5000)
  })
})
