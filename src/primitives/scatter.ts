/**
 * The scatters that are not linear in array and updates together: products and extrema.
 *
 * Laws: several updates that multiply one place are differentiated as the sequence that they are, without division;
 * those that tie for an extremum share its derivative equally.
 */
import { right } from 'fp-ts/Either'
import { size } from '../data/shape'
import type { IndexParams, JvpRule, KinkRule, Primitive, ScatterKind } from '../ir/types'
import { isZero, type Value } from '../ir/value'
import { definePrimitive, spreadBatch } from './define'
import { bare, indexed, scatter, scatterAdd, scattered, scatterSet } from './indexing'
import { scatterKernel } from './kernels/indexing'
import { scatterCode } from './kernels/scatter.code'
import { indexedRecurrenceKernel, maxRuns, minRuns, mulRuns } from './kernels/scatter'
import { scaledPattern } from './patterns'

/** (x, indices, a, b) → (last states, states before): each row in turn reads a state s of x and leaves a·s + b. */
export const indexedRecurrence: Primitive = definePrimitive({
  name: 'indexed_recurrence',
  multipleResults: true,
  shape: (avals, params: IndexParams) => {
    const checked = indexed('indexed_recurrence', 2)(avals, params)
    return checked._tag === 'Left' ? checked : right([checked.right[0]!, { ...avals[3]!, weak: false }])
  },
  kernel: indexedRecurrenceKernel,
  jvp: (ops, [, indices, a], [, before], [dx, , da, db], params) =>
    ops.bind(indexedRecurrence, [dx!, indices!, a!, ops.add(db!, ops.mul(da!, before!))], params),
  transpose: (ops, [last, before], [, indices, a], params) => {
    const [x, b] = ops.bind(indexedRecurrence, [last!, indices!, a!, before!], { ...params, reverse: !params.reverse })
    return [x!, null, null, b!]
  },
  batch: (ops, operands, batched, params, n) =>
    ops.bind(indexedRecurrence, operands.map((o, i) => spreadBatch(ops, o, batched[i]!, n)), { ...params, batch: params.batch + 1 }),
  linear: { joint: [0, 3] },
  cost: ([, , a]) => 2 * size(a!.shape),
})

/** x with updates multiplied in where the indices point, one row after another. */
export const scatterMul: Primitive = scatter('scatter_mul', { ...scatterKernel(mulRuns), code: scatterCode('mul') }, {
  jvp: (ops, [x, indices, updates], _y, [dx, , du], params: IndexParams) => {
    if (isZero(du!)) return scattered(ops, scatterMul, [dx!, indices!, updates!], params)
    const run = { ...bare(params), reverse: false }
    const nothing = ops.full(updates!.aval.shape, 0, updates!.aval.dtype)
    const before = ops.bind(indexedRecurrence, [x!, indices!, updates!, nothing], run)[1]!
    return ops.bind(indexedRecurrence, [dx!, indices!, updates!, ops.mul(before, du)], run)[0]!
  },
  transpose: (ops, [ct], [, indices, updates], params: IndexParams) => [scattered(ops, scatterMul, [ct!, indices!, updates!], params), null, null],
  linear: { each: [0] },
  pattern: scaledPattern,
})

/** Tangents where array or update equals the result, in equal shares. */
const extremumJvp: JvpRule = (ops, [x, indices, updates], [y], [dx, , du], params: IndexParams) => {
  const { dtype } = y!.aval
  const kept = ops.or(ops.eq(x!, y!), ops.isNaN(x!))
  const attained = ops.eq(updates!, ops.gather(y!, indices!, bare(params)))
  const summed = (a: Value, b: Value): Value => scattered(ops, scatterAdd, [a, indices!, b], params)
  const count = summed(ops.convert(kept, dtype), ops.convert(attained, dtype))
  return ops.div(summed(ops.select(kept, ops.instantiate(dx!), 0), ops.select(attained, ops.instantiate(du!), 0)), count)
}

/** Where more than one of array and updates is the extremum. */
const extremumKinks: KinkRule = (ops, [x, indices, updates], [y], params: IndexParams) => {
  const attained = ops.eq(updates!, ops.gather(y!, indices!, bare(params)))
  const count = scattered(ops, scatterAdd, [ops.convert(ops.eq(x!, y!), 'int32'), indices!, ops.convert(attained, 'int32')], params)
  return ops.gt(count, 1)
}

/** x with updates as lower bounds where the indices point. */
export const scatterMax: Primitive = scatter('scatter_max', { ...scatterKernel(maxRuns), code: scatterCode('max') }, { jvp: extremumJvp, transpose: 'nonlinear', rounding: 'exact', kinks: extremumKinks })
/** x with updates as upper bounds where the indices point. */
export const scatterMin: Primitive = scatter('scatter_min', { ...scatterKernel(minRuns), code: scatterCode('min') }, { jvp: extremumJvp, transpose: 'nonlinear', rounding: 'exact', kinks: extremumKinks })

/** x with updates combined in where the indices point, one row after another. */
export const scatters: Readonly<Record<ScatterKind, Primitive>> = { set: scatterSet, add: scatterAdd, mul: scatterMul, min: scatterMin, max: scatterMax }

export const scatterings: readonly Primitive[] = [scatterMul, scatterMin, scatterMax, indexedRecurrence]
