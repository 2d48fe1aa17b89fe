/**
 * Arrays joined, padded, trimmed, put and added into windows by code of the module, within loops and outside: the bits of
 * their kernels, on every backend, also where arrays of the caller's are long.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foriLoop, grad, jit, makeJaxpr, np, ops, type Tensor } from 'adjoint'
import { bodyRun, emitClosures, type Emission, type Machine } from '../../../src/compile/closure/kernel'
import { makeLayout } from '../../../src/compile/closure/layout'
import { lower } from '../../../src/compile/loop/lower'
import { plan } from '../../../src/compile/loop/plan'
import type { LoopProgram } from '../../../src/compile/loop/types'
import { moverIn } from '../../../src/compile/wasm/joins'
import { makeSpace } from '../../../src/compile/wasm/memory'
import type { Jaxpr } from '../../../src/ir/types'

const bits = (t: Tensor): string[] => Array.from(new BigUint64Array(Float64Array.from(t.data()).buffer), String)
const wave = (shape: readonly number[]): Tensor => np.reshape(np.sin(np.multiply(1.3, np.arange(shape.reduce((n, e) => n * e, 1)))), shape)
const flat = (r: unknown): readonly Tensor[] => [r].flat() as readonly Tensor[]
const agree = (f: (x: Tensor) => unknown, x: Tensor): void => {
  const want = flat(jit(f as (x: Tensor) => Tensor, { backend: 'direct' })(x)).map(bits)
  for (const backend of ['wasm', 'js', 'closure', 'auto'] as const) {
    const compiled = jit(f as (x: Tensor) => Tensor, { backend })
    for (let round = 0; round < 2; round++) expect(flat(compiled(x)).map(bits), backend).toEqual(want)
  }
}

/** A step from an array to another; each is drawn once, with numbers that say which windows. */
type Step = (x: Tensor) => Tensor
const mod = (k: number, n: number): number => ((k % n) + n) % n
/** A window of x: of each axis from a start on, by a stride. */
const windowOf = (x: Tensor, ks: readonly number[]): [number, number, number][] => x.shape.map((n, i) => {
  const k = ks[i % ks.length]!
  const start = mod(k, n)
  return [start, start + 1 + mod(k >> 3, n - start), 1 + mod(k >> 6, 3)]
})
const cornersOf = (x: Tensor, ks: readonly number[]): [number[], number[], number[]] => [0, 1, 2].map((j) => windowOf(x, ks).map((w) => w[j]!)) as [number[], number[], number[]]
const steps: Readonly<Record<string, (ks: readonly number[]) => Step>> = {
  pad: (ks) => (x) => {
    const axes = x.shape.map((n, i): [number, number, number] => {
      const k = ks[i % ks.length]!
      const interior = n < 40 ? mod(k >> 6, 3) : 0
      return [mod(k, 7) - 2, mod(k >> 3, 6) - 1, interior]
    })
    if (x.shape.some((n, i) => n + (n - 1) * axes[i]![2] + axes[i]![0] + axes[i]![1] < 1)) return x
    return ops.pad(x, np.astype(ks[0]! / 7, x.dtype), axes) as Tensor
  },
  trim: (ks) => (x) => (x.shape.every((n) => n > 3) ? (ops.pad(x, np.astype(0, x.dtype), x.shape.map((_, i) => [-mod(ks[i % ks.length]!, 2), -mod(ks[i % ks.length]! >> 1, 2), 0])) as Tensor) : x),
  window: (ks) => (x) => ops.slice(x, ...cornersOf(x, ks)) as Tensor,
  join: (ks) => (x) => {
    const axis = mod(ks[0]!, x.shape.length)
    return np.concatenate([x, ops.slice(x, x.shape.map(() => 0), x.shape.map((n, i) => (i === axis ? mod(ks[1]!, n + 1) : n))) as Tensor, np.flip(x, axis)], axis)
  },
  roll: (ks) => (x) => np.roll(x, ks[1]! - 20, mod(ks[0]!, x.shape.length)),
  stencil: (ks) => (x) => {
    const shifts = ks.map((k) => x.shape.map((_, i) => mod(k >> (3 * i), 7) - 3))
    const rolls = shifts.map((by) => np.roll(x, by, x.shape.map((_, i) => i)))
    return x.dtype === 'bool' ? rolls.reduce((a, b) => np.logicalXor(a, b)) : rolls.reduce((a, b) => np.add(a, b), x)
  },
  put: (ks) => (x) => x.set(windowOf(x, ks), ((y) => (x.dtype === 'bool' ? np.logicalNot(y) : np.negative(y)))(ops.slice(x, ...cornersOf(x, ks)) as Tensor)),
  add: (ks) => (x) => (x.dtype === 'bool' ? x : x.addAt(windowOf(x, ks), ops.slice(x, ...cornersOf(x, ks)) as Tensor)),
  turn: () => (x) => np.transpose(x),
  map: () => (x) => (x.dtype === 'bool' ? np.logicalNot(x) : np.add(x, x)),
}
const program = fc.record({
  shape: fc.constantFrom([1], [2], [17], [40], [5000], [3, 5], [1, 9], [40, 3], [3, 40], [70, 80], [9, 33], [2, 3, 5], [4, 1, 33], [20, 17, 16]),
  dtype: fc.constantFrom('float64', 'float64', 'float32', 'int32', 'bool'),
  kinds: fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 3, maxLength: 3 })), { minLength: 1, maxLength: 4 }),
})
type Program = typeof program extends fc.Arbitrary<infer P> ? P : never
const made = ({ dtype, kinds }: Program) => (x: Tensor): Tensor => kinds.reduce((y, [kind, ks]) => steps[kind]!(ks)(y), np.astype(dtype === 'float64' ? x : np.multiply(5, x), dtype as 'float64'))
const seeds = { numRuns: 60 }

describe('random programs of arrays that are moved', () => {
  it('alone, and their gradients', () => {
    fc.assert(fc.property(program, (p) => {
      const f = made(p)
      agree((x) => np.astype(f(x), 'float64'), wave(p.shape))
      agree((x) => { const y = f(x); return [np.astype(y, 'float64'), np.astype(np.sum(np.astype(y, 'float64')), 'float64')] }, wave(p.shape))
      if (p.dtype === 'float64' || p.dtype === 'float32') agree(grad((x: Tensor) => np.sum(np.sin(np.astype(f(x), 'float64')))) as never, wave(p.shape))
    }), seeds)
  })
  it('within loops', () => {
    fc.assert(fc.property(program, (p) => {
      const f = made({ ...p, dtype: 'float64' })
      // Back to the shape that the loop carries.
      const step = (s: Tensor): Tensor => np.add(np.multiply(0.5, s), np.multiply(0.1, np.sum(np.sin(f(s)))))
      const loop = (x: Tensor): Tensor => foriLoop(0, 3, (_t, s: Tensor) => step(s), x)
      agree(loop, wave(p.shape))
      agree(grad((x: Tensor) => np.sum(loop(x))) as never, wave(p.shape))
    }), seeds)
  })
})

/** The result of a lowered program without loops, by closures. */
function asClosures(program: LoopProgram, inputs: readonly Tensor[]): readonly number[] {
  const p = plan(program)
  const layout = makeLayout(program, p)
  const { run } = emitClosures({ program, plan: p, layout, kept: [] } as unknown as Emission)
  const table = (): Float64Array[] => {
    const memory = layout.allocate()
    for (const [register, value] of program.constants) memory[0]![register] = value
    return memory
  }
  const out = new Float64Array(program.outs[0]!.shape.reduce((n, e) => n * e, 1))
  const owned = Int32Array.from(program.results, (r) => (r._tag === 'Own' ? r.buffer + 1 : -1))
  bodyRun({ program, run, table, owned } as unknown as Machine)(inputs.map((x) => Float64Array.from(x.data())), [out])
  return [...out]
}

describe('steps that read by strides', () => {
  it('have the bits of their kernels as JavaScript, too', () => {
    let met = 0
    fc.assert(fc.property(program, (p) => {
      const x = wave(p.shape)
      const { jaxpr, consts } = makeJaxpr((y: Tensor) => made(p)(y))(x) as unknown as { readonly jaxpr: Jaxpr; readonly consts: readonly Tensor[] }
      const [plain, strided] = [lower(jaxpr, true), lower(jaxpr, true, false, moverIn(true))]
      met += strided.steps.filter((s) => s._tag === 'Opaque' && s.code !== undefined).length
      const inputs = [...consts, x]
      expect(asClosures(strided, inputs)).toEqual(asClosures(plain, inputs))
    }), seeds)
    expect(met).toBeGreaterThan(20)
  })
})

describe('plans', () => {
  const planOf = (f: (x: Tensor) => unknown, x: Tensor): string => String(jit(f as (x: Tensor) => Tensor, { backend: 'wasm' }).lower(x))
  it('what is only trimmed is a view', () => {
    expect(planOf((x) => np.add(ops.pad(x, 0 as never, [[-1, 0, 0], [0, -2, 0]]) as Tensor, 1), wave([30, 40]))).not.toMatch(/pad/)
    expect(planOf(grad((x: Tensor) => np.sum(np.square(np.pad(x, [[2, 2], [3, 3]])))) as never, wave([30, 40])).match(/^pad/gm)).toHaveLength(1)
  })
  it('what is rolled several times is copied once, also for its gradient', () => {
    const rolls = (x: Tensor, axes: readonly number[]): Tensor => axes.flatMap((a) => [np.roll(x, 1, a), np.roll(x, -1, a)]).reduce((a, b) => np.add(a, b))
    const loop = (f: (x: Tensor) => Tensor) => (x: Tensor): Tensor => foriLoop(0, 5, (_i, y: Tensor) => np.multiply(0.2, np.tanh(f(y))), x)
    const steps = (f: (x: Tensor) => Tensor, x: Tensor): number => planOf(f, x).match(/^ *roll/gm)!.length
    const alone = makeSpace() ? 1 : 4
    expect(steps(loop((x) => rolls(x, [0, 1])), wave([40, 40]))).toBe(alone)
    expect(steps((x) => np.multiply(2, rolls(x, [0, 1])), wave([40, 40]))).toBe(alone)
    expect(steps(loop((x) => rolls(x, [0])), wave([900]))).toBe(makeSpace() ? 1 : 2)
    // The value's rolls, and the adjoints'.
    expect(steps(grad((x: Tensor) => np.sum(loop((y) => rolls(y, [0, 1]))(x))) as never, wave([40, 40]))).toBe(2 * alone)
    // Rows that are too short, and sums over the whole.
    expect(steps(loop((x) => rolls(x, [0, 1])), wave([40, 20]))).toBe(4)
    expect(steps(loop((x) => np.divide(rolls(x, [0, 1]), np.sum(x))), wave([40, 40]))).toBe(4)
  })
  it('of loops are beneath that of the program that holds them', () => {
    const inner = (y: Tensor): Tensor => foriLoop(0, 7, (_i, z: Tensor) => np.tanh(z), y)
    const f = (x: Tensor): Tensor => foriLoop(0, 5, (_i, y: Tensor) => np.add(inner(y), np.roll(y, 1)), np.multiply(x, 2))
    for (const backend of ['wasm', 'js', 'closure'] as const) {
      const lines = String(jit(f, { backend }).lower(wave([300]))).split('\n')
      const depth = (what: RegExp): number => lines.find((l) => what.test(l))!.search(/\S/)
      expect([depth(/fused: mul/), depth(/fused: add/), depth(/fused: tanh/)], backend).toEqual([0, 2, 4])
      expect(lines.filter((l) => /^ *\d+ equations?, \d+ steps?, \d+ bytes kept$/.test(l)), backend).toHaveLength(3)
    }
  })
})
