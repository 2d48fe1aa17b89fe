/** Minimum cuts against all cuts, and what is recomputed instead of stored. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jit, makeJaxpr, nn, np, valueAndGrad, type Tensor } from 'adjoint'
import { sinkSide, type Edge } from '../../../src/compile/loop/cut'
import { lower } from '../../../src/compile/loop/lower'
import type { Jaxpr } from '../../../src/ir/types'

const capacity = (edges: readonly Edge[], there: (node: number) => boolean): number => edges.reduce((n, [a, b, c]) => n + (!there(a) && there(b) ? c : 0), 0)

describe('a cut', () => {
  it('has the least capacity of all', () => {
    const node = fc.integer({ min: 0, max: 6 })
    const edge = fc.tuple(node, node, fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Infinity)))
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 16 }), (edges) => {
        const [n, source, sink] = [7, 0, 6]
        let least = Infinity
        for (let k = 0; k < 2 ** n; k++) if (!(k & (1 << source)) && k & (1 << sink)) least = Math.min(least, capacity(edges, (v) => (k & (1 << v)) !== 0))
        const side = sinkSide(n, source, sink, edges)
        expect(side[sink]).toBe(true)
        expect(side[source]).toBe(false)
        if (least < Infinity) expect(capacity(edges, (v) => side[v]!)).toBe(least)
      }),
      { numRuns: 2000 },
    )
  })
})

const data = (...shape: number[]): Tensor => np.reshape(np.array(Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.3))), shape)
/** Arrays of so many elements that loops write for later loops, products or the caller. */
const stored = (f: (...xs: never[]) => unknown, size: number, ...args: Tensor[]): number => {
  const { jaxpr } = makeJaxpr(f as never)(...(args as never[])) as unknown as { jaxpr: Jaxpr }
  const { steps } = lower(jaxpr)
  return steps.reduce((n, s) => n + (s._tag === 'Nest' && s.size === size ? s.values.filter((v) => v.store >= 0).length : 0), 0)
}

describe('a residual', () => {
  const loss = (act: (z: Tensor) => Tensor) => (w: Tensor, x: Tensor, u: Tensor): Tensor => np.sum(np.square(np.matmul(act(np.matmul(x, w)), u)))
  const args = [data(40, 30), data(20, 40), data(30, 5)] as const
  const count = (act: (z: Tensor) => Tensor): number => stored(valueAndGrad(loss(act) as never, { argnums: 0 }) as never, 600, ...args)

  it('that one cheap operation gives again is not stored', () => {
    // The activations, and the cotangent of z.
    expect(count(nn.relu)).toBe(2)
    expect(count((z) => np.square(z))).toBe(2)
    expect(count((z) => np.add(np.multiply(z, np.abs(z)), np.multiply(3, z)))).toBe(2)
  })

  it('that costs more than memory is stored', () => {
    expect(count((z) => np.sin(z))).toBe(3)
    expect(count((z) => np.exp(np.sin(z)))).toBeGreaterThan(2)
  })

  it('has the same bits either way', () => {
    for (const act of [nn.relu, nn.gelu, np.tanh, (z: Tensor) => np.multiply(z, np.abs(z))]) {
      const f = valueAndGrad(loss(act) as never, { argnums: [0, 2] }) as unknown as (...xs: Tensor[]) => [Tensor, Tensor[]]
      const all = (['direct', 'closure', 'js', 'wasm'] as const).map((backend) => {
        const [v, [a, b]] = (jit(f as never, { backend }) as unknown as typeof f)(...args)
        return [v.item(), [...a!.data()], [...b!.data()]]
      })
      for (const r of all) expect(r).toEqual(all[0])
    }
  })
})

it('differences of all pairs are not stored, neither for the nearest ones nor for their gradient', () => {
  const loss = (c: Tensor, x: Tensor): Tensor => np.sum(np.min(np.sum(np.square(np.subtract(np.expandDims(x, 1), c)), 2), 1))
  expect(stored(loss as never, 50 * 10 * 16, data(10, 16), data(50, 16))).toBe(0)
  expect(stored(valueAndGrad(loss) as never, 50 * 10 * 16, data(10, 16), data(50, 16))).toBe(0)
})
