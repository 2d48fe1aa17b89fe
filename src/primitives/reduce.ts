/**
 * Reductions over any set of axes (none included), and the positions of extrema.
 *
 * Edges: the product's derivative is made of products of the other elements, never of quotients, so that zeros are
 * right at every order; equal extrema share the derivative equally; an empty sum is 0, an empty product 1.
 */
import { right } from 'fp-ts/Either'
import type { DType } from '../data/dtype'
import { range, showShape, size, without, type Shape } from '../data/shape'
import { opaque, reduceBy, type KernelSpec, type ReduceOp } from '../ir/kernel'
import type { CoreOps, JvpRule, Primitive, ShapeRule } from '../ir/types'
import type { Value } from '../ir/value'
import { bad, definePrimitive, noTangent } from './define'
import { extremumKinks, type Extremum } from './kinks'

interface Axes {
  readonly axes: readonly number[]
}

const kept = (rank: number, axes: readonly number[]): number[] => range(rank).filter((a) => !axes.includes(a))

/** A reduction's result at every element that went into it. */
const spread = (ops: CoreOps, y: Value, shape: Shape, axes: readonly number[]): Value => ops.broadcast(y, shape, kept(shape.length, axes))

/** One result for the axes that are not reduced. Without an `identity` an empty reduction has no value. */
const reduced = (name: string, bools: boolean, identity: boolean): ShapeRule => ([x], { axes }: Axes) => {
  if ((x!.dtype === 'bool') !== bools) return bad('dtype', `${name}: expected ${bools ? 'bool' : 'a number dtype'}, got ${x!.dtype}`, 'Convert it with np.astype.')
  if (axes.some((a, i) => !(a >= 0 && a < x!.shape.length) || axes.indexOf(a) !== i))
    return bad('axis', `${name}: axes ${showShape(axes)} of shape ${showShape(x!.shape)}`, 'List axes that the array has, each once.')
  const shape = without(x!.shape, axes)
  if (!identity && size(x!.shape) === 0 && size(shape) > 0)
    return bad('shape', `${name}: zero-size array ${showShape(x!.shape)} to a reduction which has no identity`, 'Reduce over axes that have elements.')
  return right([{ ...x!, shape }])
}

const reduction = (op: ReduceOp, shape: ShapeRule, jvp: JvpRule, more: Partial<Primitive> = {}): Primitive => {
  const self: Primitive = definePrimitive({
    name: `reduce_${op === 'add' ? 'sum' : op === 'mul' ? 'prod' : op}`,
    shape,
    kernel: reduceBy(op, (p: Axes) => p.axes),
    jvp,
    transpose: 'nonlinear',
    batch: (ops, [x], _b, { axes }: Axes) => ops.bind(self, [x!], { axes: axes.map((a) => a + 1) }),
    // A sum of −0 alone may be 0.
    simplify: (_ctx, { inputs: [x], params }) => (op !== 'add' && (params.axes as readonly number[]).length === 0 ? x : undefined),
    cost: ([x]) => size(x!.shape),
    ...more,
  })
  return self
}

/** Σ x over the axes; 0 of nothing. */
export const sum: Primitive = reduction('add', reduced('sum', false, true), (ops, _x, _y, [dx], { axes }: Axes) => ops.sum(dx!, axes), {
  transpose: (ops, [ct], [x], { axes }: Axes) => [spread(ops, ct!, x!.aval.shape, axes)],
})

/** Halves of an axis are multiplied with one another, with their tangents, until one element is left: no quotient, so zeros do no harm. */
function productTangent(ops: CoreOps, x: Value, dx: Value, axis: number): Value {
  let [p, t] = [x, dx]
  for (let n = x.aval.shape[axis]!; n > 1; n = Math.ceil(n / 2)) {
    const cut = (v: Value, from: number, to: number): Value =>
      ops.slice(v, v.aval.shape.map((_, i) => (i === axis ? from : 0)), v.aval.shape.map((e, i) => (i === axis ? to : e)))
    const half = Math.floor(n / 2)
    const [a, b, da, db] = [cut(p, 0, half), cut(p, half, 2 * half), cut(t, 0, half), cut(t, half, 2 * half)]
    // An element without a partner goes up as it is.
    const up = (v: Value, whole: Value): Value => (n % 2 === 1 ? ops.concatenate([v, cut(whole, n - 1, n)], axis) : v)
    t = up(ops.add(ops.mul(da, b), ops.mul(a, db)), t)
    p = up(ops.mul(a, b), p)
  }
  return t
}

/** Π x over the axes; 1 of nothing.  d = Σᵢ dxᵢ Π_{j≠i} xⱼ. */
export const prod: Primitive = reduction('mul', reduced('prod', false, true), (ops, [x], [y], [dx], { axes }: Axes) => {
  if (size(x!.aval.shape) === 0) return ops.zero(y!.aval)
  // All axes that are multiplied are laid out as one, the last.
  const outer = without(x!.aval.shape, axes)
  const line = (v: Value): Value => {
    const moved = ops.transpose(v, [...kept(v.aval.shape.length, axes), ...axes])
    return ops.reshape(moved, [...outer, size(moved.aval.shape.slice(outer.length))])
  }
  return ops.reshape(productTangent(ops, line(x!), line(dx!), outer.length), outer)
})

/** The mean of the tangents of the elements that equal the result. */
const extremumJvp: JvpRule = (ops, [x], [y], [dx], { axes }: Axes) => {
  if (axes.length === 0) return dx!
  const chosen = ops.eq(x!, spread(ops, y!, x!.aval.shape, axes))
  const count = ops.sum(ops.convert(chosen, y!.aval.dtype), axes)
  return ops.div(ops.sum(ops.select(chosen, ops.instantiate(dx!), 0), axes), count)
}

const largest: Extremum = (ops, x, axes) => ops.reduceMax(x, axes)
const smallest: Extremum = (ops, x, axes) => ops.reduceMin(x, axes)
const extremum = (op: 'max' | 'min', value: Extremum): Primitive =>
  reduction(op, reduced(op, false, false), extremumJvp, { kinks: extremumKinks(value, ({ axes }: Axes) => axes) })

/** The largest element over the axes; NaN if one is. Equal ones share the derivative. */
export const reduceMax: Primitive = extremum('max', largest)
/** The smallest element over the axes; NaN if one is. Equal ones share the derivative. */
export const reduceMin: Primitive = extremum('min', smallest)

/** Whether all are true; true of nothing. */
export const reduceAnd: Primitive = reduction('and', reduced('all', true, true), noTangent)
/** Whether any is true; false of nothing. */
export const reduceOr: Primitive = reduction('or', reduced('any', true, true), noTangent)

/** Where an axis is searched, and the integer dtype of the positions (int32, when absent). */
interface Search {
  readonly axis: number
  readonly dtype?: DType
}

/** The first position of the largest element of sign·x; the first NaN where there is one. */
const positionKernel = (sign: 1 | -1): KernelSpec =>
  opaque(([x], _outs, { axis }: Search) => {
    const outer = size(x!.shape.slice(0, axis))
    const n = x!.shape[axis]!
    const inner = size(x!.shape.slice(axis + 1))
    return ([from], [to]) => {
      for (let o = 0; o < outer; o++)
        for (let j = 0; j < inner; j++) {
          const base = o * n * inner + j
          let best = sign * from![base]!
          let at = 0
          for (let i = 1; i < n && best === best; i++) {
            const v = sign * from![base + i * inner]!
            if (v > best || v !== v) {
              best = v
              at = i
            }
          }
          to![o * inner + j] = at
        }
    }
  })

const position = (name: string, sign: 1 | -1): Primitive => {
  const self: Primitive = definePrimitive({
    name,
    shape: ([x], { axis, dtype = 'int32' }: Search) => {
      if (!(axis >= 0 && axis < x!.shape.length)) return bad('axis', `${name}: axis ${axis} of shape ${showShape(x!.shape)}`, 'Give an axis that the array has.')
      const shape = without(x!.shape, [axis])
      return x!.shape[axis] === 0 && size(shape) > 0
        ? bad('shape', `${name}: no elements along axis ${axis} of ${showShape(x!.shape)}`, 'Give an axis that has elements.')
        : right([{ shape, dtype, weak: false }])
    },
    kernel: positionKernel(sign),
    jvp: noTangent,
    transpose: 'nonlinear',
    batch: (ops, [x], _b, params: Search) => ops.bind(self, [x!], { ...params, axis: params.axis + 1 }),
    kinks: extremumKinks(sign === 1 ? largest : smallest, ({ axis }: Search) => [axis]),
    cost: ([x]) => size(x!.shape),
  })
  return self
}

/** Where the largest element stands along an axis: the first one, NaN before all. */
export const argmax: Primitive = position('argmax', 1)
/** Where the smallest element stands along an axis: the first one, NaN before all. */
export const argmin: Primitive = position('argmin', -1)

export const reductions: readonly Primitive[] = [sum, prod, reduceMax, reduceMin, reduceAnd, reduceOr, argmax, argmin]
