/** Laws of the closure backend on random programs: fused as equation by equation, to the bit; equations as their meaning says. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeKernel } from '../../../src/compile/closure/kernel'
import type { Backend, Buffer } from '../../../src/compile/backend'
import { coerce, isFloat, type TypedArray } from '../../../src/data/dtype'
import type { Eqn } from '../../../src/ir/types'
import { elements, expected, stepwise } from '../reference'
import { program, random } from '../programs'

const closure: Backend = { name: 'closure', compile: makeKernel }
const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
const copies = (xs: readonly Buffer[]): Buffer[] => xs.map((x) => (typeof x === 'number' ? x : x.slice()))

const cases = fc.record({ seed: fc.integer(), count: fc.integer({ min: 1, max: 14 }), wide: fc.constantFrom([1, 2, 3, 5], [0, 1, 4], [2, 7, 33], [1, 9, 130], [3, 1100]) })

/** Terms of each sum of a product. */
const termsOf = ({ inputs: [x], params }: Eqn): number => (params.lhsContract as readonly number[]).reduce((n, a) => n * x!.aval.shape[a]!, 1)

/** Holds one result to the reference. */
function hold(eqn: Eqn, operands: readonly ArrayLike<number>[], results: readonly Buffer[]): void {
  const tag = eqn.prim.kernel._tag
  if (tag === 'Opaque' || tag === 'Programs') return
  const dtype = eqn.outs[0].aval.dtype
  const want = expected(eqn, operands)
  const got = plain(results[0])
  expect(got.length).toBe(want.length)
  want.forEach(({ value, scale }, i) => {
    if (tag === 'Reduce' && Number.isNaN(value) && operands[0].length === 0) return
    const w = scale > 0 ? value : coerce(dtype, value)
    const same = Object.is(got[i], w) || (got[i] === 0 && w === 0 && tag !== 'Elementwise' && tag !== 'View')
    if (same || !Number.isFinite(scale)) return
    const unit = dtype === 'float32' ? 2 ** -23 : 2 ** -50
    // Products of float32 are summed in float32, 256 terms one after another, and then these sums. Roundings grow as their root
    // (Higham & Mary, "A new approach to probabilistic rounding error analysis", 2019).
    const terms = tag === 'Dot' && dtype === 'float32' ? termsOf(eqn) : 0
    const roundings = Math.max(4, Math.sqrt(Math.min(terms, 256) + terms / 256))
    const close = isFloat(dtype) && scale > 0 && (Math.abs(got[i] - w) <= scale * unit * roundings || (scale > 3e38 && dtype === 'float32') || scale < 1e-290 || scale > 1e290 || (dtype === 'float32' && scale < 1e-36))
    if (!close) expect.fail(`${eqn.prim.name} ${JSON.stringify(eqn.params)} element ${i}: ${got[i]} instead of ${w}, of ${eqn.inputs.map((a) => `${a.aval.dtype}[${a.aval.shape.join()}]`).join(' ')}`)
  })
}

describe('random programs', () => {
  it('give the bits of their equations one by one, again and again, and leave their inputs alone', () => {
    fc.assert(
      fc.property(cases, ({ seed, count, wide }) => {
        const p = program(seed, count, wide)
        const next = random(seed + 1)
        const inputs = p.inputs.map((v) => elements(next, v.aval))
        const kept = copies(inputs)
        const want = stepwise(closure, p, inputs, hold).map(plain)
        const kernel = makeKernel(p)
        for (let round = 0; round < 2; round++) {
          const got = kernel.run(inputs)
          expect(got.map(plain)).toEqual(want)
          got.forEach((g, i) => expect(typeof g === 'number').toBe(p.outs[i].aval.shape.length === 0))
          // Results are nobody else's: overwriting them changes nothing.
          for (const g of got) if (typeof g !== 'number') (g as TypedArray).fill(7)
          expect(inputs.map(plain)).toEqual(kept.map(plain))
        }
        const given = kernel.run(inputs).map((g) => (typeof g === 'number' ? undefined : g.slice().fill(9)))
        const filled = kernel.run(inputs, given)
        expect(filled.map(plain)).toEqual(want)
        given.forEach((g, i) => g && expect(filled[i]).toBe(g))
        expect(kernel.describe()).toMatch(/^\d+ equation/)
      }),
      { numRuns: 400 },
    )
  })
})
