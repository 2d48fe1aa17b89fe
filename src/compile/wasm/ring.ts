/**
 * Arrays that are rolled several times (periodic stencils), as one array with so much of its ends before and behind it along each
 * axis that all of its rolls are views of it.
 *
 * Law: what the kernel of `roll` does.
 * Decision: rows of views are not one after another where the last axis is longer than they are; loops run over such rows if they
 * are not too short, but reduce whole arrays only where these are.
 */
import { rowMajor, size, type Shape } from '../../data/shape'
import type { OpaqueRun } from '../../ir/kernel'
import type { Builder } from '../loop/builder'
import type { FlatEqn } from '../loop/flatten'
import { written } from '../loop/operation'
import { asView, stridedOf } from '../loop/place'
import type { Places } from '../loop/places'
import { merge, type Strided } from '../loop/views'
import { mergedStrides, putting, type Put } from '../puts'
import type { ModuleCode } from './opaque'
import { putAll } from './short'

/** How much is before and behind an array along each axis, and where the array is with that, once it is made. */
interface Ring {
  readonly before: number[]
  readonly behind: number[]
  made?: Strided
}

/** By the values that are rolled. */
export type Rings = ReadonlyMap<number, Ring>

/** Elements of an array, at most. */
const most = 2 ** 18
/** Elements of a row, at least. */
const least = 32
/** How many times as many elements as the array the one around it has, at most. */
const little = 1.5

const shiftsOf = ({ eqn: { prim: { kernel }, params } }: FlatEqn): readonly number[] | undefined =>
  kernel._tag === 'Opaque' ? kernel.rolls?.(params) : undefined
/** The shorter way round. */
const signed = (shift: number, n: number): number => (2 * shift > n ? shift - n : shift)
const padded = (shape: Shape, { before, behind }: Ring): number[] => shape.map((n, k) => before[k]! + n + behind[k]!)

/** The values that are worth one. */
export function ringsOf(eqns: readonly FlatEqn[]): Rings {
  const rings = new Map<number, Ring>()
  const times = new Map<number, number>()
  const shapes = new Map<number, Shape>()
  const reduced = new Set<number>()
  for (const e of eqns) {
    const shifts = shiftsOf(e)
    if (!shifts && e.eqn.prim.kernel._tag !== 'Reduce') continue
    const { shape } = e.eqn.inputs[0]!.aval
    if (!shifts) {
      reduced.add(size(shape))
      continue
    }
    const v = e.ins[0]!
    const ring = rings.get(v) ?? { before: shape.map(() => 0), behind: shape.map(() => 0) }
    shifts.forEach((s, k) => {
      const by = signed(s, shape[k]!)
      ring.before[k] = Math.max(ring.before[k]!, by)
      ring.behind[k] = Math.max(ring.behind[k]!, -by)
    })
    rings.set(v, ring)
    times.set(v, (times.get(v) ?? 0) + 1)
    shapes.set(v, shape)
  }
  for (const [v, ring] of rings) {
    const shape = shapes.get(v)!
    const whole = padded(shape, ring)
    const [n, rows] = [size(shape), merge(shape, rowMajor(whole)).extents]
    if (times.get(v) === 1 || n > most || size(whole) > little * n || (rows.length > 1 && (rows.at(-1)! < least || reduced.has(n)))) rings.delete(v)
  }
  return rings
}

/** Puts a roll as a view of the array around the one that is rolled, which the first of them makes; false where there is none. */
export function rolledIn(rings: Rings, b: Builder, places: Places, e: FlatEqn): boolean {
  const v = e.ins[0]!
  const ring = rings.get(v)
  const x = places.of(v)
  if (!ring || x._tag === 'Register') return false
  const { shape } = e.eqn.inputs[0]!.aval
  const around = (ring.made ??= made(b, ring, stridedOf(b, x, shape), e.eqn.prim.name))
  const shifts = shiftsOf(e)!
  const offset = around.strides.reduce((at, step, k) => at + (ring.before[k]! - signed(shifts[k]!, shape[k]!)) * step, 0)
  places.put(e.outs[0]!, asView({ ...around, offset, shape }))
  return true
}

/** The array, in the middle of its ring: axis after axis, so that corners are there where they are read. */
function made(b: Builder, ring: Ring, { buffer, offset, strides, shape }: Strided, name: string): Strided {
  const { before, behind } = ring
  const whole = padded(shape, ring)
  const tos = rowMajor(whole)
  const n = size(whole)
  /** From where on, with the axes before the k-th in all their length. */
  const first = (k: number): number => tos.reduce((at, step, j) => at + (j < k ? 0 : before[j]!) * step, 0)
  const puts: Put[] = [{ piece: 0, from: offset, to: first(0), extents: shape, froms: strides, tos }]
  shape.forEach((extent, k) => {
    const [at, step] = [first(k), tos[k]!]
    const copied = (length: number, to: number, from: number): void => {
      if (length > 0) puts.push({ piece: -1, from: at + from * step, to: at + to * step, extents: whole.map((e, j) => (j < k ? e : j === k ? length : shape[j]!)), froms: tos, tos })
    }
    copied(before[k]!, -before[k]!, extent - before[k]!)
    copied(behind[k]!, extent, 0)
  })
  const seen = puts.map((put): Put => ({ ...put, ...mergedStrides(put) }))
  const [from, place] = written(b, n, whole, b.steps.length)
  const code: ModuleCode = (c, xs, [to]) => putAll(c, seen, { to: to!, n, xs, start: undefined, fills: false })
  const run: OpaqueRun = (xs, [y]) => putting(seen)(xs, y!)
  b.append({ _tag: 'Opaque', name, make: () => run, code, inputs: [{ from: { _tag: 'Buffer', buffer }, offset: 0, size: b.buffers[buffer]!.size }], outputs: [{ from, offset: 0, size: n }] })
  return (place as { readonly view: Strided }).view
}
