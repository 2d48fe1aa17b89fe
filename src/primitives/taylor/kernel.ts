/**
 * Primitives over truncated power series: arrays whose axis `axis` lists the coefficients of tᵏ, k = 0 … d.
 *
 * Each is one recurrence, written for a tile of a few elements, which the kernel moves over the arrays; heads
 * are operands without the series axis. A program's Taylor expansion has one equation an operation, whatever the order.
 * Decision: coefficients live in one array, not in d + 1 values: linear primitives act on all of them by their batch rule.
 */
import { right } from 'fp-ts/Either'
import { inParts, type PartOps } from '../../compile/loop/pieces'
import { range, size, without } from '../../data/shape'
import { opaque, type KernelSpec, type OpaqueSpec } from '../../ir/kernel'
import type { Aval, BatchRule, JvpRule, Linearity, Primitive, TransposeRule } from '../../ir/types'
import { definePrimitive } from '../define'
import { makeTile, most, type Recurrence } from './tile'

export interface SeriesParams {
  readonly axis: number
  readonly [key: string]: unknown
}

/** A recurrence in straight lines. */
export type Lines = <P>(s: PartOps<P>, xs: readonly (readonly P[])[], params: any) => readonly (readonly P[])[]

interface SeriesPrimitive {
  readonly name: string
  /** Which operands are series; the others are heads, of the shape without the series axis. */
  readonly series: readonly boolean[]
  readonly results?: number
  readonly recurrence: Recurrence
  /** The recurrence in straight lines: the parts of the operands (of a head, one) to those of the results. */
  readonly lines?: Lines
  readonly jvp: JvpRule
  readonly transpose?: TransposeRule
  readonly linear?: Linearity
}

const kernel = ({ recurrence, lines, series, results = 1 }: SeriesPrimitive): KernelSpec => ({
  ...looped(recurrence),
  ...(lines && {
    lowering: inParts((_ins, _outs, params: SeriesParams) => ({
      ins: series.map((s) => (s ? params.axis : null)),
      outs: range(results).map(() => params.axis),
      parts: (s, xs) => lines(s, xs, params),
    })),
  }),
})

/** The recurrence over tiles of the arrays. */
const looped = (recurrence: Recurrence): OpaqueSpec =>
  opaque((_ins, outs, params: SeriesParams) => {
    const { shape, dtype } = outs[0]!
    const n = shape[params.axis]!
    const outer = size(shape.slice(0, params.axis))
    const inner = size(shape.slice(params.axis + 1))
    const [full, one] = [makeTile(most, inner, n), makeTile(1, inner, n)]
    return (inputs, outputs) => {
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; ) {
          const tile = i + most <= inner ? full : one
          tile.at = o * n * inner + i
          tile.head = o * inner + i
          recurrence(inputs, outputs, tile, params)
          i += tile.lanes
        }
      if (dtype === 'float32') for (const y of outputs) for (let i = 0; i < y.length; i++) y[i] = Math.fround(y[i]!)
    }
  })

/** A primitive that a recurrence defines. Operands of the results' shape are series, those without the axis are heads. */
export function seriesPrimitive(said: SeriesPrimitive): Primitive {
  const { name, series, results = 1, jvp, transpose, linear } = said
  const first = series.indexOf(true)
  const batch: BatchRule = (ops, operands, batched, params: SeriesParams, n) => {
    const all = operands.map((x, i) => (batched[i] ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1))))
    return ops.bind(self, all, { ...params, axis: params.axis + 1 })
  }
  const self: Primitive = definePrimitive({
    name,
    shape: (avals) => right(range(results).map((): Aval => ({ ...avals[first]!, weak: false }))),
    kernel: kernel(said),
    jvp,
    transpose: transpose ?? 'nonlinear',
    batch,
    ...(linear && { linear }),
    cost: ([x], outs, { axis }: SeriesParams) => outs.length * size(without(outs[0]?.shape ?? x!.shape, [axis])) * multiplications(outs[0]!.shape[axis]! - 1) * 2,
    multipleResults: results > 1,
  })
  return self
}

/** How many products of coefficients a truncated product of order d has: (d + 1)(d + 2)/2. */
export const multiplications = (d: number): number => ((d + 1) * (d + 2)) / 2
