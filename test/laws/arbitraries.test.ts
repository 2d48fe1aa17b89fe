/** The arbitraries keep to their bounds, draw the edges, and shrink to what is simple. */
import { describe, expect, it } from 'vitest'
import { assert, check as run, property, sample } from 'fast-check'
import { tree as trees, type Tensor } from 'adjoint'
import { program, programOf, shape, tensor, tree } from 'adjoint/laws'

const size = (s: readonly number[]): number => s.reduce((n, e) => n * e, 1)

describe('shape', () => {
  it('keeps to its bounds', () => {
    assert(property(shape({ minRank: 1, maxRank: 2, minExtent: 1, maxExtent: 3 }), (s) => s.length >= 1 && s.length <= 2 && s.every((e) => e >= 1 && e <= 3)))
    assert(property(shape({ maxSize: 6 }), (s) => size(s) <= 6))
  })

  it('draws scalars, extents of 0 and of 1', () => {
    const drawn = sample(shape(), 400)
    expect(drawn.some((s) => s.length === 0)).toBe(true)
    expect(drawn.some((s) => s.includes(0))).toBe(true)
    expect(drawn.some((s) => s.includes(1))).toBe(true)
  })
})

describe('tensor', () => {
  it('has the shape, the dtype and elements in the interval', () => {
    assert(property(tensor({ shape: [2, 3], dtype: 'float32', min: 1, max: 2 }), (t) => {
      expect([t.shape, t.dtype]).toEqual([[2, 3], 'float32'])
      return Array.from(t.data()).every((x) => x >= 1 && x <= 2)
    }))
  })

  it('shrinks to the middle of the interval', () => {
    const { counterexample } = run(property(tensor({ shape: [2] }), (t) => t.data()[0]! < 1))
    expect((counterexample as [Tensor])[0].toArray()).toEqual([1, 0])
  })

  it('draws integers, booleans and special numbers', () => {
    assert(property(tensor({ dtype: 'bool' }), (t) => Array.from(t.data()).every((x) => x === 0 || x === 1)))
    assert(property(tensor({ dtype: 'uint32', min: -3, max: 3 }), (t) => Array.from(t.data()).every((x) => x <= 3)))
    expect(sample(tensor({ shape: [20], special: true }), 50).some((t) => t.data().includes(NaN))).toBe(true)
  })
})

describe('tree', () => {
  it('draws leaves, lists, records and null', () => {
    const drawn = sample(tree(tensor({ shape: [] })), 300)
    expect(drawn.some((t) => Array.isArray(t))).toBe(true)
    expect(drawn.some((t) => t === null)).toBe(true)
    expect(drawn.some((t) => trees.leaves(t).length > 1)).toBe(true)
  })
})

describe('program', () => {
  it('is the same for the same draws', () => {
    for (const p of sample(program(), 30)) expect(String(programOf(p.draws))).toBe(String(p))
  })

  it('is what any numbers are', () => {
    for (const n of [0, 1, 7, 99, 255]) {
      const p = programOf({ steps: [[n, n, n], [n], [], [255, n, n, n, n, n]], pool: [n % 64] })
      expect(p.call(...p.args).length).toBe(p.program.outs.length)
    }
  })

  it('prints as a program at its arguments, and shrinks to a small one', () => {
    const uses = (name: string) => (p: { toString: () => string }): boolean => !String(p).includes(`= ${name} `)
    const { counterexample } = run(property(program({ scopes: false }), uses('sin')), { numRuns: 3000 })
    const [smallest] = counterexample as unknown as [{ readonly program: { readonly steps: readonly unknown[] } }]
    expect(smallest.program.steps.length).toBe(1)
    expect(String(smallest).split('\n').slice(0, 4)).toEqual(['{ lambda a:float64[1]. let', '    b:float64[1] = sin a', '  in (b) }', 'argument 0: float64[1] = [0.]'])
  })
})
