/**
 * Pattern rules of primitives whose kernels do not tell what a result's elements depend on.
 *
 * Law: a superset of the derivative's nonzeros. Where indices are not known, a result depends on all that they may
 * address: the addressed axes are joined, the others and the batch axes stay apart.
 */
import { size, type Shape } from '../data/shape'
import type { IndexParams } from '../ir/types'
import type { Dependence, PatternOperand, PatternRule, PatternSets } from '../ir/pattern'
import type { Run } from './kernels/running.code'

/** The union over the middle axis of [batch, middle, rest]. */
function across(sets: PatternSets, from: Int32Array, batch: number, rest: number): Int32Array {
  const middle = from.length / Math.max(1, batch * rest)
  const scratch = new Int32Array(middle)
  return Int32Array.from({ length: batch * rest }, (_, at) => {
    const b = Math.floor(at / rest)
    for (let k = 0; k < middle; k++) scratch[k] = from[(b * middle + k) * rest + (at - b * rest)]!
    return sets.unionAll(scratch)
  })
}

/** Extents of batch axes and of those that are not addressed. */
const sides = (x: Shape, indices: Shape, { batch }: IndexParams): { batch: number; rest: number } => ({
  batch: size(x.slice(0, batch)),
  rest: size(x.slice(batch + indices.at(-1)!)),
})

/** Repeats [batch, rest] along a middle axis. */
const along = (joined: Int32Array, n: number, batch: number, rest: number): Int32Array => {
  const middle = n / Math.max(1, batch * rest)
  return Int32Array.from({ length: n }, (_, at) => joined[Math.floor(at / (middle * rest)) * rest + (at % rest)]!)
}

export const gatherPattern: PatternRule = (sets, [x, indices], params: IndexParams, [out]) => {
  const moved = sets.routed('moves')
  if (moved) return moved
  const { batch, rest } = sides(x!.aval.shape, indices!.aval.shape, params)
  return [along(across(sets, x!.sets!, batch, rest), size(out!.shape), batch, rest)]
}

export const scatterPattern =
  (route: 'moves' | 'sums'): PatternRule =>
  (sets, [x, indices, updates], params: IndexParams, [out]) => {
    const routed = sets.routed(route)
    if (routed) return routed
    const { batch, rest } = sides(x!.aval.shape, indices!.aval.shape, params)
    const n = size(out!.shape)
    if (!updates!.sets) return [x!.sets]
    const written = along(across(sets, updates!.sets, batch, rest), n, batch, rest)
    return [x!.sets ? written.map((s, i) => sets.union(s, x!.sets![i]!)) : written]
  }

/** Scaling in place: linear in the array alone. */
export const scaledPattern: PatternRule = (_sets, [x, , updates]) => (updates!.sets ? undefined : [x!.sets])

/** Each element depends on its operand's elements so far; the last operand is what is run over. */
export const runningPattern: PatternRule = (sets, operands: readonly PatternOperand[], { axis, reverse }: Run, [out]) => {
  const { sets: from } = operands.at(-1)!
  if (!from) return undefined
  const inner = size(out!.shape.slice(axis + 1))
  const n = out!.shape[axis]!
  const to = new Int32Array(from.length)
  for (let start = 0; start < from.length; start += n * inner)
    for (let j = 0; j < inner; j++)
      for (let k = 0, so = 0; k < n; k++) {
        const at = start + (reverse ? n - 1 - k : k) * inner + j
        to[at] = so = sets.union(so, from[at]!)
      }
  return [to]
}

/** A choice that is known depends on what was chosen alone. */
export const selectPattern: PatternRule = (sets, [test, x, y], _params: never, [out]) => {
  const at = (o: PatternOperand, i: number): number => (o.sets ? o.sets[o.sets.length === 1 ? 0 : i]! : 0)
  const known = test!.elements()
  const to = new Int32Array(size(out!.shape))
  for (let i = 0; i < to.length; i++) {
    const t = known?.[known.length === 1 ? 0 : i]
    to[i] = t === undefined ? sets.union(at(x!, i), at(y!, i)) : at(t ? x! : y!, i)
  }
  return [to] satisfies Dependence[]
}
