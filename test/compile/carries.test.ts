/**
 * Loops whose carries are arrays that are read, replaced, exchanged and stacked in every order: the bits of the direct backend,
 * whatever a compiled loop reads and writes in place.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cond, foriLoop, grad, jit, jvp, np, scan, vmap, whileLoop, type Tensor } from 'adjoint'

interface Carry {
  readonly A: Tensor
  readonly B: Tensor
  readonly u: Tensor
  readonly v: Tensor
  readonly s: Tensor
}
interface Turn extends Carry {
  readonly x: Tensor
  readonly t: Tensor
}
interface Case {
  readonly n: number
  readonly dtype: 'float64' | 'float32'
  readonly steps: number
  readonly form: 'scan' | 'fori' | 'while'
  readonly reverse: boolean
  /** Which new matrices, vectors, and stacked results. */
  readonly a: number
  readonly b: number
  readonly u: number
  readonly v: number
  readonly y: readonly [number, number]
}

const wave = (...shape: number[]): Tensor => np.reshape(np.sin(np.multiply(1.7, np.arange(shape.reduce((n, e) => n * e, 1)))), shape)
const scaled = (by: number, x: Tensor): Tensor => np.multiply(by, x)
const outer = (u: Tensor, v: Tensor): Tensor => np.multiply(np.expandDims(u, 1), v)

const matrices: readonly ((c: Turn) => Tensor)[] = [
  ({ A, u, v }) => np.add(scaled(0.5, A), scaled(0.3, outer(u, v))),
  ({ A, u, v }) => np.add(A, scaled(-0.2, outer(np.sin(u), np.cos(v)))),
  ({ A }) => np.add(scaled(0.4, np.transpose(A)), 0.1),
  ({ A, B }) => scaled(0.2, np.matmul(A, np.tanh(B))),
  ({ A }) => A,
  ({ B }) => B,
  ({ A }) => np.sin(A),
  ({ A, u }) => np.divide(A, np.add(1, np.abs(np.sum(np.multiply(A, u), 1, { keepdims: true })))),
  ({ A, B }) => np.subtract(np.flip(A, 0), scaled(0.3, B)),
  ({ A }) => np.where(np.greater(A, 0), scaled(0.3, A), np.roll(A, 1, 1)),
  ({ A, u, t }) => np.dynamicUpdateSlice(A, np.expandDims(scaled(0.5, u), 0), [t, 0]),
  ({ A, v, t }) => cond(np.less(np.remainder(t, 3), 1), (m: Tensor) => scaled(0.5, m), (m: Tensor) => np.add(m, outer(v, v)), A),
]
const vectors: readonly ((c: Turn) => Tensor)[] = [
  ({ A, v }) => scaled(0.5, np.matmul(A, v)),
  ({ u }) => u,
  ({ v }) => v,
  ({ u, v }) => np.add(scaled(0.7, u), scaled(-0.4, v)),
  ({ u, B }) => np.tanh(np.matmul(u, B)),
  ({ A }) => np.sum(scaled(0.1, A), 0),
  ({ u, x }) => np.add(scaled(0.3, u), x),
  ({ u }) => np.cumsum(scaled(0.2, u)),
  ({ u, v }) => np.add(np.sin(u), np.multiply(v, np.sum(u))),
  ({ A, u }) => np.multiply(A.at(0, -1) as Tensor, np.cumsum(np.multiply(u, np.sum(A)))),
  ({ u, A }) => np.add(scaled(0.5, u), scaled(0.1, foriLoop(0, 3, (_, s: Tensor) => np.tanh(np.add(np.matmul(A, s), u)), u))),
]
const stacked: readonly ((old: Carry, next: Carry) => Tensor)[] = [({ u }) => u, ({ A }) => A, ({ A, u }) => np.matmul(A, u), (_, { u }) => u, (_, { A }) => A, ({ u }, { v }) => np.multiply(u, v), ({ s }) => s,
  // Of the same numbers, if another dtype: an array that an opaque step reads.
  ({ u }) => np.sort(np.astype(u, 'float64')), ({ A }) => np.sort(np.astype(A, 'float64'), 0)]

const cases = fc.record<Case>({
  n: fc.constantFrom(1, 2, 3, 4, 5, 8, 17, 24),
  dtype: fc.constantFrom('float64', 'float64', 'float32'),
  steps: fc.constantFrom(0, 1, 2, 5),
  form: fc.constantFrom('scan', 'fori', 'while'),
  reverse: fc.boolean(),
  a: fc.nat(matrices.length - 1),
  b: fc.nat(matrices.length - 1),
  u: fc.nat(vectors.length - 1),
  v: fc.nat(vectors.length - 1),
  y: fc.tuple(fc.nat(stacked.length - 1), fc.nat(stacked.length - 1)),
})

function functionOf({ n, dtype, steps, form, reverse, a, b, u: iu, v: iv, y }: Case): (A: Tensor, u: Tensor) => Tensor {
  const typed = ({ A, B, u, v, s }: Carry): Carry => ({ A: np.astype(A, dtype), B: np.astype(B, dtype), u: np.astype(u, dtype), v: np.astype(v, dtype), s: np.astype(s, dtype) })
  const step = (c: Carry, x: Tensor, t: Tensor): Carry => {
    const turn = { ...c, x, t }
    const turned = { ...turn, A: c.B, B: c.A, u: c.v, v: c.u }
    return typed({ A: matrices[a]!(turn), B: matrices[b]!(turned), u: vectors[iu]!(turn), v: vectors[iv]!(turned), s: np.add(scaled(0.5, c.s), np.sum(np.multiply(c.u, c.v))) })
  }
  const whole = (t: Tensor): Tensor => np.astype(t, 'int32')
  return (A, u) => {
    const start = typed({ A, B: np.cos(A), u, v: np.sin(u), s: np.sum(u) })
    const ends = (c: Carry): Tensor => np.add(np.add(np.sum(np.sin(c.A)), np.sum(scaled(0.5, c.B))), np.add(np.sum(np.multiply(c.u, np.arange(1, n + 1))), np.add(np.sum(np.cos(c.v)), c.s)))
    if (form === 'fori') return ends(foriLoop(0, steps, (t, c: Carry) => step(c, u, whole(t)), start))
    if (form === 'while') return ends(whileLoop(([, t]: [Carry, Tensor]) => np.less(t, steps), ([c, t]: [Carry, Tensor]) => [step(c, u, t), np.add(t, 1)] as [Carry, Tensor], [start, whole(np.array(0))] as [Carry, Tensor])[0])
    const xs = np.add(scaled(0.1, np.reshape(np.arange(steps * n), [steps, n])), u)
    const [end, [p, q]] = scan((c: Carry, [x, t]: [Tensor, Tensor]) => {
      const next = step(c, x, t)
      return [next, y.map((k) => stacked[k]!(c, next)) as [Tensor, Tensor]] as const
    }, start, [xs, whole(np.arange(steps))] as [Tensor, Tensor], { reverse })
    return np.add(ends(end), np.add(np.sum(np.sin(p)), np.sum(np.square(q))))
  }
}

const bitsOf = (x: unknown): string => (Array.isArray(x) ? x : [x]).flatMap((t: Tensor) => Array.from(new BigUint64Array(Float64Array.from(np.reshape(t, [-1]).data(), (v) => (Number.isNaN(v) ? NaN : v)).buffer), String)).join()

function agree(c: Case): void {
  const f = functionOf(c)
  const [A, u] = [scaled(0.5, wave(c.n, c.n)), wave(c.n)]
  const both = grad(f, { argnums: [0, 1] })
  const programs: readonly ((A: Tensor, u: Tensor) => unknown)[] = [
    f, both,
    (m, w) => jvp(grad(f, { argnums: 1 }) as never, [m, w], [np.ones([c.n, c.n]), np.ones([c.n])] as never),
    (m, w) => vmap(both as never)(np.stack([m, scaled(0.5, m)]) as never, np.stack([w, np.negative(w)]) as never),
  ]
  for (const program of programs) {
    const want = bitsOf(jit(program, { backend: 'direct' })(A, u))
    for (const options of [{ backend: 'closure' }, { backend: 'js' }, { backend: 'wasm' }] as const) {
      const compiled = jit(program, options)
      for (let round = 0; round < 2; round++) expect(bitsOf(compiled(A, u)), options.backend).toBe(want)
    }
  }
}

describe('carries that are arrays', () => {
  it('give the same bits wherever loops keep them', () => {
    fc.assert(fc.property(cases, agree), {
      numRuns: 40,
      examples: [
        // A carry was written before a later value of the same loop had read it.
        [{ n: 4, dtype: 'float64', steps: 5, form: 'scan', reverse: true, a: 6, b: 3, u: 5, v: 0, y: [1, 1] }],
        [{ n: 3, dtype: 'float64', steps: 2, form: 'fori', reverse: false, a: 8, b: 10, u: 8, v: 8, y: [0, 0] }],
        [{ n: 17, dtype: 'float64', steps: 5, form: 'fori', reverse: false, a: 9, b: 6, u: 1, v: 0, y: [4, 6] }],
        [{ n: 16, dtype: 'float64', steps: 5, form: 'fori', reverse: false, a: 5, b: 10, u: 0, v: 7, y: [2, 6] }],
      ],
    })
  })
  it('are read as numbers of another dtype before they are written over (found by random programs)', () => {
    const f = (x: Tensor): readonly Tensor[] => scan((c: Tensor) => [np.add(np.roll(c, 1), np.roll(c, 2)), np.sort(np.astype(c, 'float64'))] as const, x, null, { length: 3 }) as never
    const x = np.astype(wave(32), 'float32')
    expect(bitsOf(jit(f as never, { backend: 'wasm' })(x as never))).toBe(bitsOf(f(x)))
  })
})
