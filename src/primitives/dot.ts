/**
 * The general product of two arrays: contracted axes are summed over, batch axes run in step, the others are free.
 *
 * Law: dot(x, y)[b…, i…, j…] = Σₖ x[b…, i…, k…] · y[b…, j…, k…], whatever the order of the axes of x and y.
 * Example: a matrix product is { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] }.
 */
import { right } from 'fp-ts/Either'
import { invert, range, showShape, size } from '../data/shape'
import type { DotDims } from '../ir/kernel'
import type { CoreOps, Primitive } from '../ir/types'
import { isLinear, type Value } from '../ir/value'
import { bad, definePrimitive, number } from './define'

const free = (rank: number, contract: readonly number[], batch: readonly number[]): number[] =>
  range(rank).filter((a) => !contract.includes(a) && !batch.includes(a))

const distinct = (axes: readonly number[], rank: number): boolean =>
  axes.every((a, i) => Number.isInteger(a) && a >= 0 && a < rank && axes.indexOf(a) === i)

/** The partners of `mine`, in the order of increasing axes of theirs. */
const partners = (mine: readonly number[], theirs: readonly number[]): number[] =>
  range(theirs.length).sort((i, j) => theirs[i]! - theirs[j]!).map((i) => mine[i]!)

/** An array whose axis i is axis order[i] of what it stands for, put in that one's order. */
const arrange = (ops: CoreOps, x: Value, order: readonly number[]): Value =>
  order.every((a, i) => a === i) ? x : ops.transpose(x, invert(order))

/** The axis `from` moved to the front. */
const toFront = (ops: CoreOps, x: Value, from: number): Value =>
  from === 0 ? x : ops.transpose(x, [from, ...range(x.aval.shape.length).filter((a) => a !== from)])

const shifted = (axes: readonly number[]): number[] => axes.map((a) => a + 1)

/** Σ x·y over the contracted axes; axes of the result: batch, free of x, free of y. Bilinear. */
export const dot: Primitive = definePrimitive({
  name: 'dot_general',
  shape: ([x, y], { lhsContract, rhsContract, lhsBatch, rhsBatch }: DotDims) => {
    const both = (a: readonly number[], b: readonly number[]): string => `${showShape(a)} and ${showShape(b)}`
    const shapes = (): string => both(x!.shape, y!.shape)
    const pairs = (): string => `${both(lhsContract, rhsContract)}, batch ${both(lhsBatch, rhsBatch)}`
    if (x!.dtype !== y!.dtype) return bad('dtype', `dot: operands have dtypes ${x!.dtype} and ${y!.dtype}`, 'Convert them to one dtype with np.astype.')
    if (!number(x!.dtype)) return bad('dtype', `dot: expected a number dtype, got ${x!.dtype}`, 'Convert them with np.astype.')
    if (!distinct([...lhsContract, ...lhsBatch], x!.shape.length) || !distinct([...rhsContract, ...rhsBatch], y!.shape.length) ||
      lhsContract.length !== rhsContract.length || lhsBatch.length !== rhsBatch.length)
      return bad('axis', `dot: axes ${pairs()} of shapes ${shapes()}`, 'Pair axes that both arrays have, each once.')
    const unequal = lhsContract.some((a, i) => x!.shape[a] !== y!.shape[rhsContract[i]!]) || lhsBatch.some((a, i) => x!.shape[a] !== y!.shape[rhsBatch[i]!])
    if (unequal) return bad('shape', `dot: shapes ${shapes()} differ along the axes that are paired (${pairs()})`, 'Transpose or reshape one operand.')
    return right([{
      shape: [
        ...lhsBatch.map((a) => x!.shape[a]!),
        ...free(x!.shape.length, lhsContract, lhsBatch).map((a) => x!.shape[a]!),
        ...free(y!.shape.length, rhsContract, rhsBatch).map((a) => y!.shape[a]!),
      ],
      dtype: x!.dtype,
      weak: x!.weak && y!.weak,
    }])
  },
  kernel: { _tag: 'Dot', dims: (params: DotDims) => params },
  jvp: (ops, [x, y], _z, [dx, dy], dims: DotDims) => ops.add(ops.dot(dx!, y!, dims), ops.dot(x!, dy!, dims)),
  transpose: (ops, [ct], [x, y], { lhsContract, rhsContract, lhsBatch, rhsBatch }: DotDims) => {
    const freeX = free(x!.aval.shape.length, lhsContract, lhsBatch)
    const freeY = free(y!.aval.shape.length, rhsContract, rhsBatch)
    const batch = range(lhsBatch.length)
    const ctX = range(freeX.length, batch.length)
    const ctY = range(freeY.length, batch.length + freeX.length)
    if (isLinear(x!)) {
      const product = ops.dot(ct!, y!, { lhsContract: ctY, rhsContract: freeY, lhsBatch: batch, rhsBatch })
      return [arrange(ops, product, [...lhsBatch, ...freeX, ...partners(lhsContract, rhsContract)]), null]
    }
    const product = ops.dot(x!, ct!, { lhsContract: freeX, rhsContract: ctX, lhsBatch, rhsBatch: batch })
    return [null, arrange(ops, product, [...rhsBatch, ...partners(rhsContract, lhsContract), ...freeY])]
  },
  batch: (ops, [x, y], [bx, by], { lhsContract, rhsContract, lhsBatch, rhsBatch }: DotDims) => {
    if (bx && by)
      return [ops.dot(x!, y!, { lhsContract: shifted(lhsContract), rhsContract: shifted(rhsContract), lhsBatch: [0, ...shifted(lhsBatch)], rhsBatch: [0, ...shifted(rhsBatch)] })]
    if (bx)
      return [toFront(ops, ops.dot(x!, y!, { lhsContract: shifted(lhsContract), rhsContract, lhsBatch: shifted(lhsBatch), rhsBatch }), lhsBatch.length)]
    const z = ops.dot(x!, y!, { lhsContract, rhsContract: shifted(rhsContract), lhsBatch, rhsBatch: shifted(rhsBatch) })
    return [toFront(ops, z, x!.aval.shape.length - lhsContract.length)]
  },
  linear: { each: [0, 1] },
  showParams: ({ lhsContract, rhsContract, lhsBatch, rhsBatch }: DotDims) => {
    const [lc, rc, lb, rb] = [lhsContract, rhsContract, lhsBatch, rhsBatch].map((axes) => `[${axes.join(', ')}]`)
    return { dimension_numbers: `((${lc}, ${rc}), (${lb}, ${rb}))` }
  },
  cost: ([x], [z], { lhsContract }: DotDims) => 2 * size(z!.shape) * size(lhsContract.map((a) => x!.shape[a]!)),
})

export const products: readonly Primitive[] = [dot]
