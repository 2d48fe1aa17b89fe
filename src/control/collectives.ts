/**
 * Collectives: operations across the lanes of a named vmap axis: psum, pmean, pmax, pmin, allGather, ppermute, axisIndex.
 *
 * Law: under vmap(f, {axisName}) each lane gets what the operation makes of all lanes; the derivatives are those of the
 * mapped function as a whole. Transposed: psum is psum, ppermute its inverse, allGather a psum of which each lane keeps its own.
 */
import { left, right } from 'fp-ts/Either'
import { isFloat } from '../data/dtype'
import { fault, raise, toError } from '../data/errors'
import { range } from '../data/shape'
import type { KernelSpec } from '../ir/kernel'
import { aval, type CoreOps, type Lane, type Primitive } from '../ir/types'
import type { Value } from '../ir/value'
import { definePrimitive } from '../primitives/define'
import { coreOps, record } from '../primitives/core'
import { dynamicSlice } from '../primitives/further-words'
import type { Tensor } from '../trace/tensor'
import { leavesOf, unflatten } from '../transforms/arguments'
import { axisSize } from '../transforms/axes'
import type { Tensors } from '../transforms/types'

interface Named {
  readonly axisName: string
  readonly size: number
}

/** Collectives are gone before anything is computed: vmap replaces them. */
const kernel: KernelSpec = {
  _tag: 'Opaque',
  make: (_ins, _outs, { axisName }: Named) => {
    return raise(fault('axis', `a collective over ${JSON.stringify(axisName)} is computed before its lanes meet`, 'Give the function that holds it an argument that is mapped, or call it without jit.'))
  },
}

const full = (l: Lane, n: number): Value => (l.batched ? l.value : coreOps.broadcast(l.value, [n, ...l.value.aval.shape], range(l.value.aval.shape.length, 1)))

/** x added up over all lanes. */
const sum: Primitive = definePrimitive({
  name: 'psum',
  shape: ([x]) => right([x!]),
  kernel,
  jvp: (ops, _x, _y, [dx], p: Named) => ops.bind(sum, [dx!], { ...p }),
  transpose: (ops, [ct], _o, p: Named) => [ops.bind(sum, [ct!], { ...p })[0]!],
  // Not 'elementwise': of a constant too it is no constant before the lanes have met.
  batch: (ops, operands, _b, p: Named) => ops.bind(sum, operands, { ...p }),
  collective: ([x], _p, n) => [x!.batched ? { value: coreOps.sum(x!.value, [0]), batched: false } : { value: coreOps.mul(x!.value, n), batched: false }],
})

const extremum = (name: string, reduce: (ops: CoreOps, x: Value) => Value, self: () => Primitive): Primitive =>
  definePrimitive({
    name,
    shape: ([x]) => right([x!]),
    kernel,
    // Lanes that attain the extremum share its derivative equally.
    jvp: (ops, [x], [y], [dx], p: Named) => {
      const mine = ops.convert(ops.eq(x!, y!), y!.aval.dtype)
      const [total] = ops.bind(sum, [ops.mul(dx!, mine)], { ...p })
      const [count] = ops.bind(sum, [mine], { ...p })
      return ops.div(total!, count!)
    },
    transpose: 'nonlinear',
    batch: (ops, operands, _b, p: Named) => ops.bind(self(), operands, { ...p }),
    collective: ([x]) => [x!.batched ? { value: reduce(coreOps, x!.value), batched: false } : x!],
  })
const max: Primitive = extremum('pmax', (ops, x) => ops.reduceMax(x, [0]), () => max)
const min: Primitive = extremum('pmin', (ops, x) => ops.reduceMin(x, [0]), () => min)

/** All lanes' x, stacked on a new leading axis. */
const gather: Primitive = definePrimitive({
  name: 'all_gather',
  shape: ([x], { size }: Named) => right([aval([size, ...x!.shape], x!.dtype)]),
  kernel,
  jvp: (ops, _x, _y, [dx], p: Named) => ops.bind(gather, [dx!], { ...p }),
  transpose: (ops, [ct], _o, p: Named) => {
    const [total] = ops.bind(sum, [ct!], { ...p })
    const me = record(index, [], { ...p })[0]!
    const own = dynamicSlice(ops)(total!, [me, ...ct!.aval.shape.slice(1).map(() => 0)], [1, ...ct!.aval.shape.slice(1)])
    return [ops.reshape(own, ct!.aval.shape.slice(1))]
  },
  batch: (ops, [x], _b, p: Named) => {
    const [y] = ops.bind(gather, [x!], { ...p })
    return [ops.transpose(y!, [1, 0, ...range(y!.aval.shape.length - 2, 2)])]
  },
  collective: ([x], _p, n) => [{ value: full(x!, n), batched: false }],
})

interface Permute extends Named {
  /** Lane i gets from[i]'s value; −1 gives zeros. */
  readonly from: readonly number[]
}

/** Values handed from lane to lane. */
const permute: Primitive = definePrimitive({
  name: 'ppermute',
  shape: ([x]) => right([x!]),
  kernel,
  jvp: (ops, _x, _y, [dx], p: Permute) => ops.bind(permute, [dx!], { ...p }),
  transpose: (ops, [ct], _o, p: Permute) => [ops.bind(permute, [ct!], { ...p, from: range(p.size).map((i) => p.from.indexOf(i)) })[0]!],
  batch: (ops, [x], _b, p: Permute) => ops.bind(permute, [x!], { ...p }),
  collective: ([x], { from }: Permute, n) => {
    const all = full(x!, n)
    const rest = all.aval.shape.slice(1)
    const rows = from.map((i) =>
      i < 0 ? coreOps.full([1, ...rest], 0, all.aval.dtype) : coreOps.slice(all, [i, ...rest.map(() => 0)], [i + 1, ...rest]),
    )
    return [{ value: coreOps.concatenate(rows, 0), batched: true }]
  },
})

/** The lane's own position. */
const index: Primitive = definePrimitive({
  name: 'axis_index',
  shape: (avals) => (avals.length > 0 ? left(fault('shape', 'axis_index takes no operands', 'Give none.')) : right([aval([], 'int32')])),
  kernel,
  jvp: (ops, _x, outs) => outs.map((o) => ops.zero(o.aval)),
  transpose: 'nonlinear',
  batch: (_ops, _x, _b, p: Named, n) => [coreOps.broadcast(record(index, [], { ...p })[0]!, [n], [])],
  collective: (_lanes, _p, n) => [{ value: coreOps.iota([n], 'int32', 0), batched: true }],
})

/** Applies a collective to each leaf; always recorded, as even a constant takes part once for each lane. */
function each<T>(name: string, tree: T, axisName: string, f: (x: Tensor, p: Named) => Tensor): Tensors<T> {
  const p: Named = { axisName, size: axisSize(name, axisName) }
  const { tensors, def } = leavesOf(tree, 'tree')
  return unflatten(def, tensors.map((t) => f(t, p))) as Tensors<T>
}
const bindOne = (prim: Primitive) => (x: Tensor, p: Named): Tensor => record(prim, [x.dtype === 'bool' ? (coreOps.convert(x, 'int32') as Tensor) : x], { ...p })[0]!

/** The sum over the lanes of an axis, of each leaf. @example vmap((x) => psum(x, 'i'), {axisName: 'i'})(np.array([1, 2, 3])) // each lane gets 6 */
export const psum = <T>(tree: T, axisName: string): Tensors<T> => each('psum', tree, axisName, bindOne(sum))
/** The mean over the lanes of an axis. */
export const pmean = <T>(tree: T, axisName: string): Tensors<T> =>
  each('pmean', tree, axisName, (x, p) => {
    const total = bindOne(sum)(x, p)
    return coreOps.div(isFloat(total.dtype) ? total : coreOps.convert(total, 'float64'), p.size) as Tensor
  })
/** The largest over the lanes of an axis. */
export const pmax = <T>(tree: T, axisName: string): Tensors<T> => each('pmax', tree, axisName, bindOne(max))
/** The smallest over the lanes of an axis. */
export const pmin = <T>(tree: T, axisName: string): Tensors<T> => each('pmin', tree, axisName, bindOne(min))
/** All lanes' values, stacked on a new leading axis. */
export const allGather = <T>(tree: T, axisName: string): Tensors<T> => each('allGather', tree, axisName, bindOne(gather))

/** Values sent along [source, destination] pairs; lanes that get none get zeros. No lane may get or send two. */
export function ppermute<T>(tree: T, axisName: string, pairs: readonly (readonly [source: number, destination: number])[]): Tensors<T> {
  return each('ppermute', tree, axisName, (x, p) => {
    const from = new Array<number>(p.size).fill(-1)
    for (const [source, destination] of pairs) {
      if (![source, destination].every((k) => isLane(k, p.size)) || from[destination]! >= 0 || from.includes(source))
        throw invalid(source, destination, p.size)
      from[destination] = source
    }
    return record(permute, [x], { ...p, from })[0]!
  })
}
const isLane = (k: number, n: number): boolean => Number.isInteger(k) && k >= 0 && k < n
const invalid = (s: number, d: number, n: number): Error => toError(fault('index', `ppermute: the pair [${s}, ${d}] is not one of ${n} lanes, or repeats a lane`, 'Give pairs [source, destination] with every source and every destination at most once.'))

/** The lane's position along an axis, an int32 scalar. */
export const axisIndex = (axisName: string): Tensor => record(index, [], { axisName, size: axisSize('axisIndex', axisName) })[0]!
