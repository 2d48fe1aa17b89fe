/** Arrays one after another are read where they are: the bits of the array that they make, on every backend, however they are cut into blocks. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grad, jit, np, type Tensor } from '../../../src'
import { makeSpace } from '../../../src/compile/wasm/memory'

const bits = (t: Tensor): readonly string[] => [...new BigUint64Array(Float64Array.from(t.data()).buffer)].map(String)

type Piece = (x: Tensor, length: number) => Tensor
/** Of x, [rows, 200, inner]: `length` along the middle axis. */
const pieces: Readonly<Record<string, Piece>> = {
  'a run': (x, n) => x.at([null, null], [3, 3 + n]),
  'a run backwards': (x, n) => np.flip(x.at([null, null], [7, 7 + n]), 1),
  'every second': (x, n) => np.concatenate([x, x], 1).at([null, null], [1, 1 + 2 * n, 2]),
  'a number': (x, n) => np.full([x.shape[0]!, n, x.shape[2]!], 0.75),
  'a number of the array': (x, n) => np.broadcastTo(x.at(0, 0, 0), [x.shape[0]!, n, x.shape[2]!]),
  'a row many times': (x, n) => np.broadcastTo(x.at([0, 1], [0, 1]), [x.shape[0]!, n, x.shape[2]!]),
  'values': (x, n) => np.sin(x.at([null, null], [0, n])),
}

const uses: Readonly<Record<string, (t: Tensor, x: Tensor) => unknown>> = {
  'a map': (t) => np.multiply(t, np.add(t, 1)),
  'two at once': (t, x) => [np.add(t, np.sin(t)), np.sum(np.square(x))],
  'sums of rows': (t) => np.sum(np.abs(t), 2),
  'sums of columns': (t) => np.sum(t, 0),
  'the largest, the sum and itself': (t) => [np.max(t), np.sum(np.square(t)), t],
  'a reshape and a transpose': (t) => [np.add(np.reshape(t, [-1]), 1), np.multiply(np.transpose(t), 2)],
  'joined again': (t) => np.negative(np.concatenate([t, t], 0)),
  'rows by their sums': (t) => np.divide(t, np.add(np.sum(np.square(t), 2, { keepdims: true }), 1)),
}

const wave = (...shape: readonly number[]): Tensor => np.reshape(np.array(Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(1.7 * i + 0.3))), shape)
const flat = (r: unknown): readonly Tensor[] => [r].flat() as readonly Tensor[]

const joined = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  inner: fc.constantFrom(1, 2, 3, 40),
  kinds: fc.array(fc.tuple(fc.constantFrom(...Object.keys(pieces)), fc.integer({ min: 0, max: 190 })), { minLength: 2, maxLength: 4 }),
})

describe.each(Object.entries(uses))('%s', (_name, use) => {
  it.each(['closure', 'js', 'wasm'] as const)('%s', (backend) => {
    fc.assert(
      fc.property(joined, ({ rows, inner, kinds }) => {
        const f = (x: Tensor): readonly Tensor[] => flat(use(np.concatenate(kinds.map(([kind, n]) => pieces[kind]!(x, n)), 1), x))
        fc.pre(kinds.some(([, n]) => n > 0))
        const x = wave(rows, 200, inner)
        expect(jit(f, { backend })(x).map(bits)).toEqual(f(x).map(bits))
      }),
      { numRuns: 20 },
    )
  })
})

describe('plans', () => {
  const plan = (f: (x: Tensor) => Tensor, x: Tensor): string => String(jit(f, { backend: 'wasm' }).lower(x))
  it('a step of a heat equation is one loop, of long runs where they are and of short ones once they are joined', () => {
    const rolls = (x: Tensor, axis: number): Tensor => {
      const at = (from: number | null, to: number | null): Tensor => (axis === 0 ? x.at([from, to]) : x.at([], [from, to]))
      return np.add(np.concatenate([at(-1, null), at(null, -1)], axis), np.concatenate([at(1, null), at(null, 1)], axis))
    }
    const step = (u: Tensor): Tensor => np.add(np.multiply(-4, u), u.ndim === 1 ? rolls(u, 0) : np.add(rolls(u, 0), rolls(u, 1)))
    const [long, short] = [plan(step, wave(9000)), plan(step, wave(100, 100))]
    expect(long).not.toMatch(/concatenate/)
    // Where there are no modules nests read them all.
    expect(short.match(/^concatenate/gm) ?? []).toHaveLength(makeSpace() ? 2 : 0)
    for (const p of [long, short]) expect(p.match(/^loop/gm)).toHaveLength(1)
  })
  it('a sum of a few arrays that are stacked is a sum of them', () => {
    expect(plan((x) => np.mean(np.stack([x, np.flip(x), x])), wave(5000))).not.toMatch(/\[1,3,5000\]|concatenate/)
  })
  it('short rows are joined by a call', () => {
    expect(plan((x) => np.sin(np.stack([x, x], { axis: 1 })), wave(5000))).toMatch(/concatenate/)
  })
})

describe('gradients', () => {
  it.each(['closure', 'js', 'wasm'] as const)('of what is joined: %s', (backend) => {
    const f = (x: Tensor): Tensor => np.sum(np.square(np.subtract(np.roll(x, 3), np.multiply(np.roll(x, -1), x))))
    const x = wave(9001)
    expect(bits(jit(grad(f), { backend })(x))).toEqual(bits(grad(f)(x)))
  })
})

describe('a few rows', () => {
  it.each(['closure', 'js', 'wasm'] as const)('have the bits of a reduction: %s', (backend) => {
    for (const n of [1, 2, 5, 7, 8]) {
      const x = np.concatenate([wave(3, n, 100), np.full([1, n, 100], -0)])
      const f = (t: Tensor): readonly Tensor[] => [np.sum(t, 1), np.prod(t, 1), np.max(t, 1), np.min(np.transpose(t, [2, 0, 1]), 2), np.sum(np.sin(t), 1)]
      expect(jit(f, { backend })(x).map(bits)).toEqual(f(x).map(bits))
    }
  })
})
