/**
 * Reductions over an axis that a short one follows (sums over the rows of small matrices, of a batch of them), as steps of a
 * module: line by line, two lines at a time, each in registers.
 *
 * Law: the bits of `closure/monoid`: eight lanes, which are folded, then the other elements.
 * Decision: such nests would have rows too short to go through, so what is reduced is stored first.
 */
import { isFloat } from '../../data/dtype'
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { KernelSpec, OpaqueRun } from '../../ir/kernel'
import { chunkLength, monoid } from '../closure/monoid'
import { lanes } from '../closure/columns'
import { unaryLoops } from '../closure/loops.unary.table'
import { roundingTo } from '../closure/choose'
import type { Builder } from '../loop/builder'
import type { FlatEqn } from '../loop/flatten'
import { written } from '../loop/operation'
import { contiguous } from '../loop/place'
import type { Places } from '../loop/places'
import { passes, type Pass } from '../loop/views'
import type { Code } from './assembler'
import { on, times } from './copies'
import type { ModuleCode } from './opaque'
import { joins } from './rows'

/** Elements, at most, by those of the axis that follows: they are stored, and a long one can be a row of the loop that computes them. */
const most = (inner: number): number => (inner < 16 ? 2 ** 16 : inner < 256 ? 2 ** 13 : 0)

type Reduce = Extract<KernelSpec, { readonly _tag: 'Reduce' }>

/** Puts the result of a reduction; false where another way is better. */
export function reducedInLines(b: Builder, places: Places, { eqn: { prim, params }, ins: [v], outs: [o] }: FlatEqn, { op, axes }: Reduce, avals: readonly Aval[]): boolean {
  const [x, out] = [avals[v!]!, avals[o!]!]
  const n = size(x.shape)
  const [pass, ...further] = n > 0 && isFloat(out.dtype) ? passes(x.shape, axes(params)) : []
  const place = places.of(v!)
  if (!pass || further.length > 0 || pass.inner === 1 || n > most(pass.inner) || pass.length > chunkLength || place._tag === 'Register') return false
  const { buffer, offset } = contiguous(b, place, n)
  const count = pass.outer * pass.inner
  const [from, to] = written(b, count, out.shape, b.steps.length)
  const rounding = roundingTo(out.dtype, op)
  const { chunk } = monoid(op, out.dtype)
  const run: OpaqueRun = ([a], [y]) => {
    const s = new Float64Array(9)
    for (let k = 0; k < count; k++) {
      chunk(a!, Math.floor(k / pass.inner) * pass.length * pass.inner + (k % pass.inner), pass.inner, pass.length, s)
      y![k] = s[8]!
    }
    if (rounding) unaryLoops[rounding](y!, 0, y!, 0, count)
  }
  const code: ModuleCode = (c, [a], [y]) => emitLines(c, op, pass, a!, y!, rounding !== undefined)
  places.put(o!, to)
  b.append({ _tag: 'Opaque', name: prim.name, make: () => run, code, inputs: [{ from: { _tag: 'Buffer', buffer }, offset, size: n }], outputs: [{ from, offset: 0, size: count }] })
  return true
}

/** Groups of `inner` lines; of the last line of an odd number of them one result is written. */
function emitLines(code: Code, op: Reduce['op'], { outer, length, inner }: Pass, from: () => void, to: () => void, rounds: boolean): void {
  const [join, , unit] = joins[op]
  const [p, q, r] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const whole = length - (length % lanes)
  const sums = Array.from({ length: whole > 0 ? lanes : 1 }, () => code.local('v128'))
  /** Element k after the address in p joins a sum. */
  const take = (sum: number, k: number): Code => code.get(sum).get(p).memory('v128.load', 8 * k * inner).op(join).set(sum)
  const line = (one: boolean): void => {
    for (const s of sums) code.pair(unit).set(s)
    if (whole > 0) {
      times(code, whole / lanes, () => {
        sums.forEach(take)
        on(code, p, 8 * lanes * inner)
      })
      for (let by = 1; by < lanes; by *= 2)
        for (let k = 0; k < lanes; k += 2 * by) code.get(sums[k]!).get(sums[k + by]!).op(join).set(sums[k]!)
    }
    for (let k = whole; k < length; k++) take(sums[0]!, k - whole)
    code.get(r).get(sums[0]!)
    if (rounds) code.op('f32x4.demote_f64x2_zero', 'f64x2.promote_low_f32x4')
    code.memory(one ? 'v128.store64_lane' : 'v128.store', 0, one ? 0 : undefined)
    on(code, p, 8 * ((one ? 1 : 2) - whole * inner))
    on(code, r, one ? 8 : 16)
  }
  from()
  code.set(q)
  to()
  code.set(r)
  times(code, outer, () => {
    code.get(q).set(p)
    times(code, Math.floor(inner / 2), () => line(false))
    if (inner % 2 === 1) line(true)
    on(code, q, 8 * length * inner)
  })
}
