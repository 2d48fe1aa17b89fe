/**
 * Sums into windows, folded into the nest that makes their pieces: the gradient of x[1:] − x[:-1] is one loop.
 *
 * Law: every element is the sum of the same terms in the same order as by one step for each piece. Terms that come too
 * early wait, a few elements long; where an element has no such term 0 is added instead, which changes no sum that began
 * with +0.
 */
import { size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Window } from '../../ir/kernel'
import type { Builder } from './builder'
import { asView, type Place } from './place'
import type { Nest, Piece, WindowSum } from './types'
import { merge, whole } from './views'

/** Terms that may wait in one nest. */
const most = 8

/** How many elements behind the foremost of its sum each piece is: element i − delay is the term of element i. */
export function delaysOf({ pieces }: WindowSum): readonly number[] {
  const first = Math.min(...pieces.map((p) => p.offset))
  return pieces.map((p) => p.offset - first)
}

/** For each value that waits, how long. */
export function waiting(windows: readonly WindowSum[]): ReadonlyMap<number, number> {
  const longest = new Map<number, number>()
  for (const w of windows)
    delaysOf(w).forEach((d, k) => {
      const { value } = w.pieces[k]!
      if (d > 0) longest.set(value, Math.max(d, longest.get(value) ?? 0))
    })
  return longest
}

/** Where sum + piece is, if the nest of the piece can make it: the sum is zero, or is made there and not read elsewhere. */
export function inNest(b: Builder, sum: Place, piece: Place, { offset, extents, strides }: Window, { shape, dtype }: Aval, readOnce: boolean): Place | undefined {
  if (piece._tag !== 'Local') return undefined
  const nest = b.steps[piece.nest] as Nest
  const run = merge(extents, strides)
  if (nest.line > 0 || nest.values[piece.ref]!.rows || run.extents.length !== 1 || run.extents[0] !== nest.size || run.strides[0] !== 1) return undefined
  if (nest.reductions.some((r) => r.outer !== 1 || r.inner !== 1)) return undefined
  const at = sum._tag === 'View' && readOnce ? nest.windows.findIndex((w) => w.buffer === sum.view.buffer) : -1
  if (at < 0 && !(sum._tag === 'Register' && sum.register === b.constant(0))) return undefined
  const pieces: readonly Piece[] = [...(nest.windows[at]?.pieces ?? []), { value: piece.ref, offset }]
  const made: WindowSum = { buffer: nest.windows[at]?.buffer ?? -1, size: size(shape), dtype, pieces }
  const others = nest.windows.filter((_, i) => i !== at)
  let held = 0
  for (const d of waiting([...others, made]).values()) held += d
  if (held > most) return undefined
  const buffer = at < 0 ? b.buffer(made.size, piece.nest) : made.buffer
  nest.windows[at < 0 ? nest.windows.length : at] = { ...made, buffer }
  return asView(whole(buffer, shape))
}
