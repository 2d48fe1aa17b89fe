/**
 * Joins of short runs, padding, rolls, and arrays put or added into windows, as steps of a module that read their operands by
 * strides: what is sliced, turned or stretched before is not copied first.
 *
 * Law: what the kernels of `concatenate`, `pad`, `roll`, `replace_at` and `accumulate_at` do.
 * Decision: joins of long runs outside of loops are read where they are, and arrays of which little is taken are not brought
 * into the memory of the module. An array that is rolled several times is copied once (`ring.ts`).
 */
import { rowMajor, size } from '../../data/shape'
import { putsBy, type OpaqueRun } from '../../ir/kernel'
import type { FlatEqn } from '../loop/flatten'
import { spanOf, written } from '../loop/operation'
import { stridedOf } from '../loop/place'
import type { Lowering, Mover } from '../loop/places'
import type { Span } from '../loop/types'
import { fills, mergedStrides, putsOf, putting, type Put } from '../puts'
import { reducedInLines } from './lines'
import type { ModuleCode } from './opaque'
import { rolledIn, ringsOf, type Rings } from './ring'
import { putAll } from './short'

/** Elements of a run, on average, from which on nests outside of loops read it where it is. */
const long = 2048
/** Elements of a result, at most. */
const most = 2 ** 18

const lowering = (raw: boolean, rings: Rings): Lowering => (b, places, { eqn, ins, outs }, avals) => {
  const { prim: { kernel, name }, params } = eqn
  if (kernel._tag === 'Reduce') return reducedInLines(b, places, { eqn, ins, outs }, kernel, avals)
  if (kernel._tag !== 'Opaque') return false
  if (kernel.rolls && rolledIn(rings, b, places, { eqn, ins, outs })) return true
  const { inPlace, adds } = kernel
  const [inAvals, out] = [ins.map((v) => avals[v]!), avals[outs[0]!]!]
  const n = size(out.shape)
  const call = { kernel, ins: inAvals, out, params }
  const puts = n > 1 && n <= most ? putsOf(call) : undefined
  if (!puts || (adds && out.dtype !== 'float64') || (kernel.joins && !raw && size(out.shape.slice(kernel.joins(params))) >= long * ins.length)) return false
  const at = ins.map(places.of)
  if (at.some((p) => p._tag === 'View' && b.buffers[p.view.buffer]!.size > 4 * n)) return false
  const strides: Strided[] = []
  const inputs = at.map((p, i): Span => {
    const { shape } = inAvals[i]!
    if (i === inPlace) {
      strides.push({ offset: 0, strides: [] })
      return spanOf(b, p, inAvals[i]!)
    }
    if (p._tag === 'Register' || size(shape) === 0) {
      strides.push({ offset: 0, strides: shape.map(() => 0) })
      return { from: p._tag === 'Register' ? p : { _tag: 'Register', register: b.constant(0) }, offset: 0, size: 1 }
    }
    const v = stridedOf(b, p, shape)
    strides.push(v)
    return { from: { _tag: 'Buffer', buffer: v.buffer }, offset: 0, size: b.buffers[v.buffer]!.size }
  })
  const seen = puts.map((put): Put => read(put, inAvals[put.piece]!.shape, strides[put.piece]!))
  const [from, place] = written(b, n, out.shape, b.steps.length)
  const filled = fills(call)
  const code: ModuleCode = (c, xs, [to], _own, kept) => putAll(c, seen, { to: to!, n, xs, start: kept ? undefined : inPlace, fills: filled })
  const put = putting(seen)
  const run: OpaqueRun = (xs, [y]) => {
    if (filled) y!.fill(xs[1]![0]!)
    put(xs, y!)
  }
  places.put(outs[0]!, place)
  b.append({ _tag: 'Opaque', name, make: () => run, code, inputs, outputs: [{ from, offset: 0, size: n }], inPlace })
  return true
}

/** Where elements of an array lie. */
interface Strided {
  readonly offset: number
  readonly strides: readonly number[]
}

/** What is put of an array that lies so. */
function read(put: Put, shape: readonly number[], { offset, strides }: Strided): Put {
  let [from, rest] = [offset, put.from]
  rowMajor(shape).forEach((step, k) => {
    from += Math.floor(rest / step) * strides[k]!
    rest %= step
  })
  return { ...put, ...mergedStrides({ ...put, froms: strides }), from }
}

/** Equations that an equation which moves elements may come earlier by. */
const early = 32

const movesAlone = ({ eqn: { prim: { kernel: k } } }: FlatEqn): boolean => k._tag === 'View' || (k._tag === 'Opaque' && k.inPlace === undefined && putsBy(k) !== undefined)

/** What is joined or padded as soon as it can be, so that it does not stand between loops that could be one. */
function ordered(eqns: readonly FlatEqn[]): readonly FlatEqn[] {
  const when = new Map<number, number>()
  const keyed = eqns.map((e, i) => {
    const at = movesAlone(e) ? Math.max(i - early, ...e.ins.map((v) => when.get(v) ?? -1)) : i
    for (const v of e.outs) when.set(v, at)
    return [e, at] as const
  })
  return keyed.sort(([, x], [, y]) => x - y).map(([e]) => e)
}

export const moverIn = (raw: boolean): Mover => {
  let rings: Rings = new Map()
  return {
    ordered: (eqns) => {
      rings = ringsOf(eqns)
      return ordered(eqns)
    },
    lowering: (...all) => lowering(raw, rings)(...all),
  }
}
