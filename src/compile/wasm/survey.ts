/**
 * How a nest is to be run over pairs: which rows it reduces in the loop, what must be staged, and in which blocks.
 *
 * Law: rows that are reduced in the loop are its innermost axis, whole; blocks begin at rows, or at chunks of one long row.
 */
import { isFloat } from '../../data/dtype'
import { isWide } from '../loop/builder'
import type { Nest, NestValue, Ref, Reduction, Walk } from '../loop/types'
import { counted } from '../loop/reads'
import { isDirect } from '../closure/gather'
import { narrow } from '../closure/nest'
import { makeAxes, type Axes, type Steps } from '../js/axes'
import { stagesOf, type Stages } from '../js/stages'
import { isSuited } from './rows'
import type { Site } from './site'

/** Elements of a staged block: more where that is little beside the arrays themselves. */
const blockOf = (size: number): number => (size < 2 ** 18 ? 1024 : 4096)
/** Rows that are shorter are not worth the work between them. */
const leastRow = 8
/** Whether it reduces rows of so many elements. */
const isRow = (r: Reduction, row: number): boolean => r.inner === 1 && r.length === row && isSuited(r)
/** Whether columns can be reduced in the loop over rows of so many elements, or over pieces of them (a pair of which does not reach into the next). */
const isColumnwise = (r: Reduction, row: number): boolean => (r.inner === row || (r.inner % row === 0 && row % 2 === 0)) && row >= leastRow && isFloat(r.dtype)
/** Values of a nest, at most: larger ones are left to closures. */
const most = 1500

export type Computed = NestValue & { readonly _tag: 'Compute' }

/** Pairs that a loop over little work takes at a time: as many as sums have pairs of lanes. */
export const group = 4
/**
 * Whether a loop over these values takes a group of pairs at a time: where going from pair to pair is a good part of the work,
 * and beside sums, whose lanes then need not change places, also where it is not. The code is written out for each pair.
 */
export function isGrouped(values: readonly Computed[], sums: number): boolean {
  const calls = values.some(({ operation: o }) => o._tag === 'Call')
  const functions = values.filter(({ operation: o }) => (o._tag === 'Unary' || o._tag === 'Binary') && o.code).length
  return !calls && (functions === 0 ? values.length <= (sums > 0 ? 48 : 24) : sums > 0 && functions <= 6 && values.length <= 48)
}

/** A walk over rows as one over their elements. */
export const spread = (w: Walk, line: number): Walk => ({ ...w, extents: [...w.extents, line], strides: [...w.strides, 0] })

/** The smallest number of elements behind one step of an axis of the walk, 1 aside. */
const finest = (w: Steps): number => {
  const last = w.extents[w.extents.length - 1]!
  return w.extents.length > 1 ? last : Infinity
}

/** A nest cut into rows. */
interface Cut {
  readonly axes: Axes
  /** Elements of the innermost axis. */
  readonly inner: number
  /** Reductions of rows in the loop, those of columns in it, and the others. */
  readonly inline: ReadonlySet<Reduction>
  readonly columns: ReadonlySet<Reduction>
  readonly outside: readonly Reduction[]
  /** Loads that JavaScript brings into scratch arrays. */
  readonly gathered: ReadonlySet<Ref>
}

export interface Survey extends Cut {
  /** Gathered loads whose elements another one brings: which one, and how many elements further on they are in its block. */
  readonly shares: ReadonlyMap<Ref, readonly [of: Ref, by: number]>
  /** How many elements more than its own a block has for those. */
  readonly reach: number
  readonly needed: readonly Ref[]
  readonly stages: Stages
  /** Values that are written to arrays of the caller's. */
  readonly foreign: readonly Ref[]
  readonly isStaged: boolean
  /** Whether a row is run in several blocks. */
  readonly pieces: boolean
  readonly block: number
}

/** How long rows may be: as long as what is reduced, the longest first, or as a walk goes; 0 where no reduction decides. */
function rowsOf({ reductions, line, values }: Nest): readonly number[] {
  if (line > 0) return [line]
  const lengths = [...reductions.flatMap((r) => [r.length, r.inner]), ...values.map((v) => (v._tag === 'Load' ? finest(v.walk) : 0))]
  return [...new Set(lengths.filter((n) => reductions.some((r) => isRow(r, n) || isColumnwise(r, n))))].sort((a, b) => b - a).concat(0)
}

/** What a cut costs that has rows of so many elements, by what is not done in the loop; undefined where the nest cannot be cut so. */
function cut({ values, reductions, size, line }: Nest, row: number, needed: readonly Ref[], isResident: Site['isResident']): (Cut & { readonly cost: number }) | undefined {
  const axes = makeAxes(size)
  if (row > 0 && row < size) axes.admit([size / row, row])
  const gathered = new Set<Ref>()
  for (const i of needed) {
    const v = values[i]!
    if (v._tag === 'Join') gathered.add(i)
    if (v._tag !== 'Load') continue
    const rows = v.rows && !isDirect(v.walk)
    const walk = rows ? spread(v.walk, line) : v.walk
    const fits = isResident(v.walk.buffer) && (isDirect(v.walk) || (finest(walk) >= row && axes.admit(walk.extents)))
    if (v.rows && !fits) return undefined
    if (!fits) gathered.add(i)
  }
  const inner = axes.extents()[0]!
  if (row > 0 && inner !== row) return undefined
  const inline = new Set(reductions.filter((r) => isRow(r, row)))
  const columns = new Set(reductions.filter((r) => isColumnwise(r, row)))
  const outside = reductions.filter((r) => !inline.has(r) && !columns.has(r))
  return { axes, inner, inline, columns, outside, gathered, cost: gathered.size + outside.reduce((n, r) => n + (r.length === size ? 0.5 : r.inner === 1 ? 1 : 2), 0) }
}

/** Elements from which on, in a row with others of its array, a load has a block of its own. */
const far = 64

/** The direct loads among those that are gathered which read what is near to what another one reads. */
function sharedLoads(values: Nest['values'], gathered: ReadonlySet<Ref>): Pick<Survey, 'shares' | 'reach'> {
  const shares = new Map<Ref, readonly [Ref, number]>()
  const found: (readonly [Ref, Walk])[] = []
  let reach = 0
  const loads = [...gathered].flatMap((i) => {
    const v = values[i]!
    return v._tag === 'Load' && isDirect(v.walk) ? [[i, v.walk] as const] : []
  })
  for (const load of loads.sort(([, v], [, w]) => v.offset - w.offset)) {
    const [i, { buffer, offset }] = load
    const near = found.find(([, w]) => w.buffer === buffer && offset - w.offset <= far)
    if (near) {
      const by = offset - near[1].offset
      reach = Math.max(reach, by)
      shares.set(i, [near[0], by])
    } else found.push(load)
  }
  return { shares, reach }
}

/** Undefined where closures are to run the nest. */
export function survey(nest: Nest, { isResident }: Site): Survey | undefined {
  const { values, size, line } = nest
  if (values.length > most) return undefined
  const reads = counted(nest)
  const stages = stagesOf(nest, reads)
  const needed = values.map((_, i) => i).filter((i) => reads[i]! > 0)

  const found = rowsOf(nest)
    .map((row) => cut(nest, row, needed, isResident))
    .reduce((best, c) => (c && (!best || c.cost < best.cost) ? c : best), undefined)
  if (!found) return undefined
  const { axes, inner, inline, columns, outside, gathered } = found
  // Window sums go on from row to row, pair by pair.
  if (nest.windows.length > 0 && inner !== size && inner % 2 === 1) return undefined

  const foreign = needed.filter((i) => values[i]!.store >= 0 && !isResident(values[i]!.store))
  if (foreign.some((i) => values[i]!.rows) || (outside.length > 0 && nest.reductions.some(isWide))) return undefined
  const isStaged = gathered.size > 0 || foreign.length > 0 || outside.length > 0 || nest.windows.some((w) => !isResident(w.buffer))
  const staged = blockOf(size)
  const pieces = isStaged && line === 0 && inner > 2 * staged
  const block = !isStaged ? size : pieces ? staged : Math.min(size, Math.max(1, Math.floor(staged / inner)) * inner)
  // Of rows that the row's own values read, or that blocks would cut.
  if (outside.some((r) => (r.inner === 1 ? r.length === line : r.inner <= narrow && block % r.inner !== 0))) return undefined
  return { needed, stages, axes, inner, inline, columns, outside, gathered, ...sharedLoads(values, gathered), foreign, isStaged, pieces, block }
}
