/**
 * Rolling: elements move along axes, and what leaves at one end enters at the other.
 *
 * Law: a permutation, whose adjoint is its inverse: the roll by as much the other way.
 * Decision: one equation, and not two slices that are joined: rolls of one array are then read from one copy of it with its
 * edges on both sides (compile/wasm/joins.ts), and so are their adjoints.
 */
import { right } from 'fp-ts/Either'
import { showShape, type Shape } from '../data/shape'
import type { CoreOps, Primitive } from '../ir/types'
import type { Value } from '../ir/value'
import { bad, definePrimitive } from './define'
import { rollKernel, type Roll } from './kernels/roll'

/** The same shifts, which may be any integers, from 0 to below the extents. */
export const shiftsWithin = (shape: Shape, shifts: readonly number[]): number[] => shape.map((n, i) => (n === 0 ? 0 : ((shifts[i]! % n) + n) % n))

const rolled = (ops: CoreOps, x: Value, shifts: readonly number[]): Value => ops.bind(roll, [x], { shifts: shiftsWithin(x.aval.shape, shifts) })[0]!

/** Element i of each axis moves to i + shift, or that less the extent. */
export const roll: Primitive = definePrimitive({
  name: 'roll',
  shape: ([x], { shifts }: Roll) =>
    shifts.length === x!.shape.length && shifts.every((s, i) => Number.isInteger(s) && s >= 0 && (s < x!.shape[i]! || s === 0))
      ? right([x!])
      : bad('axis', `roll: shifts ${showShape(shifts)} for shape ${showShape(x!.shape)}`, 'Give each axis a shift from 0 to below its extent.'),
  kernel: rollKernel,
  pattern: 'moves',
  jvp: (ops, _x, _y, [dx], { shifts }: Roll) => rolled(ops, dx!, shifts),
  transpose: (ops, [ct], _o, { shifts }: Roll) => [rolled(ops, ct!, shifts.map((s) => -s))],
  batch: (ops, [x], _b, { shifts }: Roll) => [rolled(ops, x!, [0, ...shifts])],
  simplify: ({ definition }, { inputs: [x], params }) => {
    const { shifts } = params as unknown as Roll
    if (shifts.every((s) => s === 0)) return x
    const inner = definition(x!)
    return inner?.prim === roll ? { prim: roll, inputs: inner.inputs, params: { shifts: shiftsWithin(x!.aval.shape, shifts.map((s, i) => s + (inner.params as unknown as Roll).shifts[i]!)) } } : undefined
  },
})
