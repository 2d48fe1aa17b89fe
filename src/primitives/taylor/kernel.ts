/**
 * Primitives over truncated power series: arrays whose axis `axis` lists the coefficients of tᵏ, k = 0 … d.
 *
 * Each is one recurrence, written for the series of a single element, and run by the kernel for every element; heads
 * are operands without the series axis. A program's Taylor expansion has one equation an operation, whatever the order.
 * Decision: coefficients live in one array, not in d + 1 values: linear primitives act on all of them by their batch rule.
 */
import { right } from 'fp-ts/Either'
import { range, size, without } from '../../data/shape'
import { opaque, type KernelSpec } from '../../ir/kernel'
import type { Aval, BatchRule, JvpRule, Linearity, Primitive, TransposeRule } from '../../ir/types'
import { definePrimitive } from '../define'

/** A series or a head in `from`, and where the results go: coefficients 0 … n − 1 of each. */
export type Recurrence = (from: readonly Float64Array[], to: readonly Float64Array[], n: number, params: any) => void

export interface SeriesParams {
  readonly axis: number
  readonly [key: string]: unknown
}

interface SeriesPrimitive {
  readonly name: string
  /** Which operands are series; the others are heads, of the shape without the series axis. */
  readonly series: readonly boolean[]
  readonly results?: number
  readonly recurrence: Recurrence
  readonly jvp: JvpRule
  readonly transpose?: TransposeRule
  readonly linear?: Linearity
}

const kernel = (series: readonly boolean[], recurrence: Recurrence): KernelSpec =>
  opaque((_ins, outs, params: SeriesParams) => {
    const { shape, dtype } = outs[0]!
    const n = shape[params.axis]!
    const outer = size(shape.slice(0, params.axis))
    const inner = size(shape.slice(params.axis + 1))
    const from = series.map((s) => new Float64Array(s ? n : 1))
    const to = outs.map(() => new Float64Array(n))
    const single = dtype === 'float32'
    return (inputs, outputs) => {
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          const base = o * n * inner + i
          for (let v = 0; v < from.length; v++) {
            const source = inputs[v]!
            const x = from[v]!
            if (!series[v]) x[0] = source[o * inner + i]!
            else for (let k = 0, at = base; k < n; k++, at += inner) x[k] = source[at]!
          }
          recurrence(from, to, n, params)
          for (let v = 0; v < to.length; v++) {
            const target = outputs[v]!
            const y = to[v]!
            for (let k = 0, at = base; k < n; k++, at += inner) target[at] = single ? Math.fround(y[k]!) : y[k]!
          }
        }
    }
  })

/** A primitive that a recurrence defines. Operands of the results' shape are series, those without the axis are heads. */
export function seriesPrimitive({ name, series, results = 1, recurrence, jvp, transpose, linear }: SeriesPrimitive): Primitive {
  const first = series.indexOf(true)
  const batch: BatchRule = (ops, operands, batched, params: SeriesParams, n) => {
    const all = operands.map((x, i) => (batched[i] ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1))))
    return ops.bind(self, all, { ...params, axis: params.axis + 1 })
  }
  const self: Primitive = definePrimitive({
    name,
    shape: (avals) => right(range(results).map((): Aval => ({ ...avals[first]!, weak: false }))),
    kernel: kernel(series, recurrence),
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
