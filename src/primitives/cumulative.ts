/**
 * Running reductions along an axis, and the linear recurrence in which their derivatives are written.
 *
 * Edges: no derivative divides by an element, so zeros are right at every order; the entries that tie for a running
 * maximum share its derivative equally; cumlogsumexp is stable, −∞ included.
 * Source: yᵢ = yᵢ₋₁·xᵢ gives ẏᵢ = ẏᵢ₋₁·xᵢ + yᵢ₋₁·ẋᵢ, again a recurrence, whose transpose runs the other way.
 */
import { right } from 'fp-ts/Either'
import type { DType } from '../data/dtype'
import { range, sameShape, showShape } from '../data/shape'
import type { CoreOps, JvpRule, KinkRule, PadAxis, Primitive, RoundingRule, ShapeRule } from '../ir/types'
import type { Value } from '../ir/value'
import { bad, definePrimitive, floating, number } from './define'
import { recurrenceKernel, runningKernel } from './kernels/running'
import type { Run, RunningOp } from './kernels/running.code'
import { isFinite } from './elementwise/logic'
import { padded } from './pad'
import { runningPattern } from './patterns'

const running = (name: string, accepts: (d: DType) => boolean, expected: string): ShapeRule => (avals, { axis }: Run) => {
  const x = avals[0]!
  if (!avals.every((a) => accepts(a.dtype) && a.dtype === x.dtype)) return bad('dtype', `${name}: expected ${expected}, got ${avals.map((a) => a.dtype).join(' and ')}`, 'Convert it with np.astype.')
  if (!(axis >= 0 && axis < x.shape.length)) return bad('axis', `${name}: axis ${axis} of shape ${showShape(x.shape)}`, 'Give an axis that the array has.')
  if (!avals.every((a) => sameShape(a.shape, x.shape))) return bad('shape', `${name}: shapes ${avals.map((a) => showShape(a.shape)).join(' and ')}`, 'Give arrays of one shape.')
  return right([{ ...x, weak: avals.every((a) => a.weak) }])
}

/** x one place later along the axis (in the direction of the run), `first` before it. */
function delayed(ops: CoreOps, x: Value, { axis, reverse }: Run, first: number): Value {
  const at: PadAxis = reverse ? [-1, 1, 0] : [1, -1, 0]
  return padded(ops, x, ops.full([], first, x.aval.dtype), x.aval.shape.map((_, a) => (a === axis ? at : [0, 0, 0])))
}

const recur = (ops: CoreOps, a: Value, b: Value, run: Run): Value => ops.bind(linearRecurrence, [a, b], { axis: run.axis, reverse: run.reverse })[0]!

/** tᵢ = aᵢ tᵢ₋₁ + bᵢ along an axis, t₀ = b₀ (or from the end, reversed). Linear in b. */
export const linearRecurrence: Primitive = definePrimitive({
  name: 'linear_recurrence',
  shape: running('linear_recurrence', floating, 'a floating dtype'),
  kernel: recurrenceKernel,
  pattern: runningPattern,
  jvp: (ops, [a], [t], [da, db], run: Run) => recur(ops, a!, ops.add(ops.mul(da!, delayed(ops, t!, run, 0)), db!), run),
  transpose: (ops, [ct], [a], { axis, reverse }: Run) => [null, recur(ops, delayed(ops, a!, { axis, reverse: !reverse }, 0), ct!, { axis, reverse: !reverse })],
  batch: (ops, operands, batched, { axis, reverse }: Run, n) => {
    const all = operands.map((o, i) => (batched[i] ? o : ops.broadcast(o, [n, ...o.aval.shape], range(o.aval.shape.length, 1))))
    return [recur(ops, all[0]!, all[1]!, { axis: axis + 1, reverse })]
  },
  linear: { each: [1] },
})

/** A running reduction of x. */
const ran = (ops: CoreOps, prim: Primitive, x: Value, run: Run): Value => ops.bind(prim, [x], { axis: run.axis, reverse: run.reverse })[0]!

interface Cumulative {
  readonly name: string
  readonly op: RunningOp
  readonly accepts?: (d: DType) => boolean
  readonly jvp: JvpRule
  readonly batch: (ops: CoreOps, x: Value, run: Run) => Value
  readonly more?: Partial<Primitive>
}

const cumulative = ({ name, op, accepts = number, jvp, batch, more }: Cumulative): Omit<Primitive, 'transpose'> => ({
  name,
  shape: running(name, accepts, accepts === number ? 'a number dtype' : 'a floating dtype'),
  kernel: runningKernel(op),
  pattern: runningPattern,
  jvp,
  batch: (ops, [x], _b, { axis, reverse }: Run) => [batch(ops, x!, { axis: axis + 1, reverse })],
  simplify: (_ctx, { inputs: [x], params }) => (x!.aval.shape[params.axis as number]! <= 1 ? x : undefined),
  ...more,
})

/** Every element carries on the roundings of those before it. */
const runningRounding: RoundingRule = (ops, _x, [y], { axis, reverse }: Run) => [ops.cumsum(ops.abs(y!), axis, reverse)]

/** Where an element equals the extremum so far of those before it. */
const runningKinks: KinkRule = (ops, [x], [y], run: Run) => ops.eq(x!, delayed(ops, y!, run, NaN))

/** Sums of all elements so far. */
export const cumsum: Primitive = definePrimitive({
  ...cumulative({
    name: 'cumsum',
    op: 'add',
    jvp: (ops, _x, _y, [dx], { axis, reverse }: Run) => ran(ops, cumsum, dx!, { axis, reverse }),
    batch: (ops, x, { axis, reverse }) => ran(ops, cumsum, x, { axis, reverse }),
    more: { rounding: runningRounding },
  }),
  transpose: (ops, [ct], _o, { axis, reverse }: Run) => [ran(ops, cumsum, ct!, { axis, reverse: !reverse })],
})

/** Products of all elements so far. */
export const cumprod: Primitive = definePrimitive({
  ...cumulative({
    name: 'cumprod',
    op: 'mul',
    jvp: (ops, [x], [y], [dx], run: Run) => recur(ops, x!, ops.mul(dx!, delayed(ops, y!, run, 1)), run),
    batch: (ops, x, { axis, reverse }) => ran(ops, cumprod, x, { axis, reverse }),
    more: { rounding: (ops, [x], [y], { axis, reverse }: Run) => [ops.mul(ops.abs(y!), ops.cumsum(ops.full(x!.aval.shape, 1, y!.aval.dtype), axis, reverse))] },
  }),
  transpose: 'nonlinear',
})

/** The mean of the tangents of the elements that equal the running extremum. */
const extremumJvp: JvpRule = (ops, [x], [y], [dx], run: Run) => {
  const { dtype } = y!.aval
  const attains = ops.eq(x!, y!)
  const stays = ops.convert(ops.eq(y!, delayed(ops, y!, run, NaN)), dtype)
  const count = recur(ops, stays, ops.convert(attains, dtype), run)
  return ops.div(recur(ops, stays, ops.select(attains, ops.instantiate(dx!), 0), run), count)
}

/** The largest element so far; NaN from the first one on. */
export const cummax: Primitive = definePrimitive({
  ...cumulative({ name: 'cummax', op: 'max', jvp: extremumJvp, batch: (ops, x, { axis, reverse }) => ran(ops, cummax, x, { axis, reverse }), more: { rounding: 'exact', kinks: runningKinks } }),
  transpose: 'nonlinear',
})

/** The smallest element so far; NaN from the first one on. */
export const cummin: Primitive = definePrimitive({
  ...cumulative({ name: 'cummin', op: 'min', jvp: extremumJvp, batch: (ops, x, { axis, reverse }) => ran(ops, cummin, x, { axis, reverse }), more: { rounding: 'exact', kinks: runningKinks } }),
  transpose: 'nonlinear',
})

/** e^(part − whole) ≤ 1, where whole = log(e^part + e^other); of equal infinities each has ½. */
const share = (ops: CoreOps, part: Value, other: Value, whole: Value): Value => {
  const infinite = ops.and(ops.eq(part, whole), ops.not(ops.bind(isFinite, [whole])[0]!))
  const even = ops.select(ops.eq(other, whole), ops.full([], -Math.LN2, whole.aval.dtype), 0)
  return ops.exp(ops.select(infinite, even, ops.sub(part, whole)))
}

/** log Σ eˣ of all elements so far.  ẏᵢ = e^(yᵢ₋₁ − yᵢ) ẏᵢ₋₁ + e^(xᵢ − yᵢ) ẋᵢ. */
export const cumlogsumexp: Primitive = definePrimitive({
  ...cumulative({
    name: 'cumlogsumexp',
    op: 'logaddexp',
    accepts: floating,
    jvp: (ops, [x], [y], [dx], run: Run) => {
      const { shape, dtype } = y!.aval
      const n = shape[run.axis]!
      if (n <= 1) return dx!
      const part = (v: Value, from: number, to: number): Value =>
        ops.slice(v, shape.map((_, a) => (a === run.axis ? from : 0)), shape.map((e, a) => (a === run.axis ? to : e)))
      const [now, before] = run.reverse ? [[0, n - 1], [1, n]] : [[1, n], [0, n - 1]]
      const [xs, whole, sofar] = [part(x!, now[0]!, now[1]!), part(y!, now[0]!, now[1]!), part(y!, before[0]!, before[1]!)]
      // The first element is all there is; its weight is 1.
      const whence = (v: Value, first: number): Value =>
        padded(ops, v, ops.full([], first, dtype), shape.map((_, a) => (a !== run.axis ? [0, 0, 0] : run.reverse ? [0, 1, 0] : [1, 0, 0])))
      return recur(ops, whence(share(ops, sofar, xs, whole), 0), ops.mul(dx!, whence(share(ops, xs, sofar, whole), 1)), run)
    },
    batch: (ops, x, { axis, reverse }) => ran(ops, cumlogsumexp, x, { axis, reverse }),
    more: { rounding: runningRounding },
  }),
  transpose: 'nonlinear',
})

export const cumulatives: readonly Primitive[] = [cumsum, cumprod, cummax, cummin, cumlogsumexp, linearRecurrence]
