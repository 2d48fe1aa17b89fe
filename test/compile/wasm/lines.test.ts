/** Reductions over an axis that a short one follows, as code of the module: the bits of plain evaluation, within loops and outside. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foriLoop, grad, jit, np, type Tensor } from 'adjoint'
import { makeSpace } from '../../../src/compile/wasm/memory'

// All NaN are one.
const bits = (t: Tensor): string[] => Array.from(Float64Array.from(t.data()), (v) => (Object.is(v, -0) ? '-0' : String(v)))
const flat = (r: unknown): readonly Tensor[] => [r].flat() as readonly Tensor[]
const agree = (f: (x: Tensor) => unknown, x: Tensor): void => {
  const want = flat(jit(f as (x: Tensor) => Tensor, { backend: 'direct' })(x)).map(bits)
  for (const backend of ['closure', 'js', 'wasm'] as const) expect(flat(jit(f as (x: Tensor) => Tensor, { backend })(x)).map(bits), backend).toEqual(want)
}

const reductions = { sum: np.sum, prod: np.prod, max: np.max, min: np.min } as const
const program = fc.record({
  outer: fc.constantFrom(1, 2, 3, 7, 16),
  length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(63, 64, 65, 127, 128, 129)),
  inner: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.constantFrom(31, 81, 255, 256)),
  op: fc.constantFrom<keyof typeof reductions>('sum', 'prod', 'max', 'min'),
  dtype: fc.constantFrom('float64', 'float64', 'float32', 'int32'),
  special: fc.array(fc.tuple(fc.nat(), fc.constantFrom(-0, 0, NaN, Infinity, -Infinity, 1e300, -3)), { maxLength: 3 }),
})

const arrayOf = (n: number, special: readonly (readonly [number, number])[]): Float64Array => {
  const x = Float64Array.from({ length: n }, (_, i) => Math.sin(1.7 * i) + 0.5)
  for (const [at, value] of special) x[at % n] = value
  return x
}

describe('reductions in lines', () => {
  it('alone, of what is computed and what is turned', () => {
    fc.assert(fc.property(program, ({ outer, length, inner, op, dtype, special }) => {
      const reduce = reductions[op] as typeof np.sum
      const x = np.reshape(np.array(arrayOf(outer * length * inner, special)), [outer, length, inner])
      const as = (t: Tensor): Tensor => np.astype(dtype === 'int32' ? np.multiply(5, np.where(np.isfinite(t), np.clip(t, -9, 9), 0)) : t, dtype)
      const wide = (t: Tensor): Tensor => np.astype(t, 'float64')
      agree((y) => wide(reduce(as(y), 1)), x)
      agree((y) => {
        const v = np.multiply(as(y), as(y))
        return [wide(reduce(v, 1)), wide(reduce(v, 2)), wide(v)]
      }, x)
      agree((y) => wide(reduce(as(np.transpose(y, [2, 1, 0])), 1)), x)
      agree((y) => wide(reduce(as(y), [0, 1])), x)
    }), { numRuns: 25 })
  })
  it('within loops, and their gradients', () => {
    fc.assert(fc.property(program, ({ outer, length, inner, op }) => {
      const reduce = reductions[op] as typeof np.sum
      const step = (s: Tensor): Tensor => np.add(np.multiply(0.5, s), np.multiply(0.01, np.tanh(reduce(np.sin(s), 1, { keepdims: true }))))
      const loop = (x: Tensor): Tensor => foriLoop(0, 3, (_t, s: Tensor) => step(s), x)
      const x = np.reshape(np.array(arrayOf(outer * length * inner, [])), [outer, length, inner])
      agree(loop, x)
      agree(grad((y: Tensor) => np.sum(loop(y))) as never, x)
    }), { numRuns: 12 })
  })
  it('are steps of their own, and do not call out', () => {
    const plan = (x: Tensor): string => String(jit((y: Tensor) => np.log(np.sum(np.exp(y), 1)), { backend: 'wasm' }).lower(x))
    const steps = makeSpace() ? 1 : 0
    for (const [shape, is] of [[[16, 9, 9], steps], [[1, 128, 255], 0], [[4, 30, 60], steps], [[4, 30, 256], 0], [[16, 129, 9], 0], [[16, 9], 0]] as const)
      expect(plan(np.ones([...shape])).match(/^reduce_sum/gm) ?? [], String(shape)).toHaveLength(is)
  })
})
