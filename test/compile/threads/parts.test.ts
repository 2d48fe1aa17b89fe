/** Parts of steps are independent: run backwards they give the same bits as in order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeJaxpr, np, type Tensor } from 'adjoint'
import type { Backend, Buffer } from '../../../src/compile/backend'
import { closure } from '../../../src/compile/closure/backend'
import { js, jsBody } from '../../../src/compile/js/backend'
import { cutStep } from '../../../src/compile/threads/backend'
import { wasmBackend } from '../../../src/compile/wasm/backend'
import { makeSpace } from '../../../src/compile/wasm/memory'
import { base, functionOf } from '../../../src/compile/wasm/site'
import type { Jaxpr } from '../../../src/ir/types'
import { elements } from '../reference'
import { program, random } from '../programs'

const plain = (b: Buffer): number[] => (typeof b === 'number' ? [b] : Array.from(b))
const threads = 2
let backwards = 0

/** The wasm backend, whose parts run from the last to the first where nothing is staged. */
const backend: Backend = wasmBackend(js, jsBody, false, () => {
  let parts = 0
  let exported: { readonly [name: string]: (...xs: number[]) => void } = {}
  return {
    space: makeSpace()!,
    emit: (step, site) => {
      const cut = cutStep(step, site, threads, { least: 0, elements: 16 })
      if (!cut) return undefined
      const name = `p${parts++}`
      site.assembly.export(name, site.assembly.add(cut.code))
      const { length, units, staging, scratch, stride, finish } = cut.parts
      const count = Math.ceil(units / length)
      const { code } = functionOf(site)
      code.get(base).i32(0).call(site.outside((r, m, at) => {
        for (let i = 0; i < count; i++) {
          const k = staging ? i : count - 1 - i
          const [from, to] = [k * length, Math.min(units, (k + 1) * length)]
          const table = m.map((a, slot) => (scratch.includes(slot) ? a.subarray(0, stride) : a))
          if (!staging) backwards++
          for (const f of staging?.before ?? []) f(r, table, from / 8, (to - from) / 8)
          exported[name]!(at, from, to, 0, k)
          for (const f of staging?.after ?? []) f(r, table, from / 8, (to - from) / 8)
        }
        for (const f of staging?.ends ?? []) f(r, m, 0, 0)
        finish?.(r, m, 0, 0)
      }))
      return code
    },
    isIdle: () => false,
    describe: () => '',
    ready: (_bytes, instance) => void (exported = instance.exports),
  }
})

function same(p: Jaxpr, inputs: readonly Buffer[]): void {
  const want = closure.compile(p).run(inputs).map(plain)
  const kernel = backend.compile(p)
  for (let round = 0; round < 2; round++) expect(kernel.run(inputs).map(plain)).toEqual(want)
}

describe('parts run backwards', () => {
  it('give the same bits, in random programs', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 16 }), fc.constantFrom([2, 3, 5], [2, 7, 33], [1, 9, 130], [3, 129], [1, 1100], [3, 5, 700]), (seed, count, wide) => {
        const p = program(seed, count, wide)
        const next = random(seed + 1)
        same(p, p.inputs.map((v) => elements(next, v.aval)))
      }),
      { numRuns: 300 },
    )
    expect(backwards).toBeGreaterThan(1000)
  })

  it('give them where rows are of odd length', () => {
    const f = (x: Tensor, s: Tensor): unknown => {
      const y = np.multiply(np.add(x, np.expandDims(s, 1)), np.exp(x))
      return [y, np.sum(y, 1), np.divide(np.subtract(y, np.max(y, 1, { keepdims: true })), np.sum(y, 1, { keepdims: true }))]
    }
    for (const [rows, row] of [[30, 7], [101, 5], [15, 31], [64, 1], [200, 3], [40, 33]] as const) {
      const { jaxpr } = makeJaxpr(f as never)(np.zeros([rows, row]) as never, np.zeros([rows]) as never) as unknown as { jaxpr: Jaxpr }
      same(jaxpr, [Float64Array.from({ length: rows * row }, (_, i) => Math.sin(i)), Float64Array.from({ length: rows }, (_, i) => Math.cos(i))])
    }
  })
})
