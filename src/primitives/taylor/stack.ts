/**
 * Between separate arrays and a stack of them, with a factor each: derivatives and Taylor coefficients.
 *
 * Law: unstack(stack(xs)) = xs with factors that cancel; each is the transpose of the other, so both are linear.
 * One equation, whatever the order: a program's expansion has no more equations at order 40 than at order 2.
 */
import { right } from 'fp-ts/Either'
import { inParts } from '../../compile/loop/pieces'
import { coerce } from '../../data/dtype'
import { range, size, without } from '../../data/shape'
import type { KernelSpec, OpaqueSpec } from '../../ir/kernel'
import type { CoreOps, Primitive } from '../../ir/types'
import { isZero, type Value } from '../../ir/value'
import { definePrimitive } from '../define'
import { scaled } from './lines'

export interface Stacking {
  readonly axis: number
  readonly factors: readonly number[]
}

interface Along {
  readonly axis: number
  readonly [key: string]: unknown
}

/** How many elements of the stack stand together before the next array's begin, and how often. */
const blocks = (shape: readonly number[], axis: number): { outer: number; inner: number } => ({ outer: size(shape.slice(0, axis)), inner: size(shape.slice(axis + 1)) })

/** The kernels of a stack and of its opposite, which also are straight lines: products with numbers. */
const stacked = (back: boolean, make: OpaqueSpec['make']): KernelSpec => ({
  _tag: 'Opaque',
  make,
  lowering: inParts((ins, outs, { axis, factors }: Stacking) => ({
    ins: ins.map(() => (back ? axis : null)),
    outs: outs.map(() => (back ? null : axis)),
    parts: (s, xs) => {
      const products = factors.map((f, k) => scaled(s, f, back ? xs[0]![k]! : xs[k]![0]!))
      return back ? products.map((p) => [p]) : [products]
    },
  })),
})

const batched = (ops: CoreOps, x: Value, has: boolean, n: number): Value => (has ? x : ops.broadcast(x, [n, ...x.aval.shape], range(x.aval.shape.length, 1)))

/** factorₖ · xₖ, one after another along a new axis. */
export const stack: Primitive = definePrimitive({
  name: 'stack',
  shape: ([x, ...rest], { axis }: Stacking) => right([{ shape: [...x!.shape.slice(0, axis), rest.length + 1, ...x!.shape.slice(axis)], dtype: x!.dtype, weak: false }]),
  kernel: stacked(false, (_ins, [out], { axis, factors }: Stacking) => {
    const { outer, inner } = blocks(out!.shape, axis)
    const { dtype } = out!
    const exact = dtype === 'float64'
    return (xs, [to]) => {
      let at = 0
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < factors.length; k++) {
          const from = xs[k]!
          const f = factors[k]!
          for (let i = 0; i < inner; i++) to![at + i] = f * from[o * inner + i]!
          if (!exact) for (let i = 0; i < inner; i++) to![at + i] = coerce(dtype, to![at + i]!)
          at += inner
        }
    }
  }),
  jvp: (ops, _xs, _y, tangents, params) => ops.bind(stack, tangents.map(ops.instantiate), params),
  transpose: (ops, [ct], _xs, params) => ops.bind(unstack, [ct!], params),
  batch: (ops, xs, has, { axis, factors }: Stacking, n) => ops.bind(stack, xs.map((x, i) => batched(ops, x, has[i]!, n)), { axis: axis + 1, factors }),
})

/** The parts of a stack, each times its factor. */
export const unstack: Primitive = definePrimitive({
  name: 'unstack',
  shape: ([x], { axis, factors }: Stacking) => right(factors.map(() => ({ shape: without(x!.shape, [axis]), dtype: x!.dtype, weak: false }))),
  kernel: stacked(true, ([x], _outs, { axis, factors }: Stacking) => {
    const { outer, inner } = blocks(x!.shape, axis)
    const { dtype } = x!
    const exact = dtype === 'float64'
    return ([from], ys) => {
      let at = 0
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < factors.length; k++) {
          const to = ys[k]!
          const f = factors[k]!
          for (let i = 0; i < inner; i++) to[o * inner + i] = f * from![at + i]!
          if (!exact) for (let i = 0; i < inner; i++) to[o * inner + i] = coerce(dtype, to[o * inner + i]!)
          at += inner
        }
    }
  }),
  jvp: (ops, _x, _ys, [dx], params) => ops.bind(unstack, [dx!], params),
  transpose: (ops, cts, _x, params) => (cts.every(isZero) ? [null] : ops.bind(stack, cts.map(ops.instantiate), params)),
  batch: (ops, [x], _has, { axis, factors }: Stacking) => ops.bind(unstack, [x!], { axis: axis + 1, factors }),
  multipleResults: true,
})

/** A head and, along an axis, what follows it: [x, ...xs]. */
export const prepend: Primitive = definePrimitive({
  name: 'prepend',
  shape: ([, xs], { axis }: Along) => right([{ ...xs!, shape: xs!.shape.map((n, i) => (i === axis ? n + 1 : n)), weak: false }]),
  kernel: {
    _tag: 'Opaque',
    make: ([, xs], _outs, { axis }: Along) => {
      const { outer, inner } = blocks(xs!.shape, axis)
      const rest = xs!.shape[axis]! * inner
      return ([x, tail], [y]) => {
        for (let o = 0, q = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) y![q++] = x![o * inner + i]!
          for (let i = 0; i < rest; i++) y![q++] = tail![o * rest + i]!
        }
      }
    },
    lowering: inParts((_ins, _outs, { axis }: Along) => ({ ins: [null, axis], outs: [axis], parts: (_s, [x, xs]) => [[...x!, ...xs!]] })),
  },
  pattern: 'moves',
  jvp: (ops, _xs, _y, tangents, params) => (tangents.every(isZero) ? ops.zero(_y[0]!.aval) : ops.bind(prepend, tangents.map(ops.instantiate), params)),
  transpose: (ops, [ct], [x], { axis }: Along) => {
    const { shape } = ct!.aval
    const cut = (from: number, to: number): Value => ops.slice(ct!, shape.map((_, i) => (i === axis ? from : 0)), shape.map((n, i) => (i === axis ? to : n)))
    return [ops.reshape(cut(0, 1), x!.aval.shape), cut(1, shape[axis]!)]
  },
  batch: (ops, xs, has, { axis }: Along, n) => ops.bind(prepend, xs.map((x, i) => batched(ops, x, has[i]!, n)), { axis: axis + 1 }),
})
