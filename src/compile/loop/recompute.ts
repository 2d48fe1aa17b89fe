/**
 * Recompute or store: a value of one nest that a later nest reads is computed there again where that costs less than to
 * write and read it (residuals of the forward sweep, in the backward one).
 *
 * Law: the same operations on the same operands, so the same bits; a value is computed at most once in each nest. What is to be
 * recomputed is a minimum cut, for each pair of nests: between what is in memory and what the later nest reads.
 * Decision: values of rows, results of the user's functions and nests of more than 2,000 values are stored.
 * Source: Jain et al., "Checkmate", MLSys 2 (2020), for the costs; the cut for the fused case, as in AOTAutograd's partitioner.
 */
import type { Builder } from './builder'
import { sinkSide, type Edge } from './cut'
import { operandsOf } from './touched'
import type { Nest, NestValue, Operation, Ref, Result, Target, Walk } from './types'

/** Costs for each element: of memory, and of operations. */
const [read, write, simple, slow, called] = [2, 2.5, 1, 4, 24]
const largest = 2000
/** Values of a nest, at most. */
const most = 400

type Computed = Extract<NestValue, { _tag: 'Compute' }>

const costOf = (o: Operation): number => {
  if (o._tag === 'Call') return Infinity
  if (o._tag === 'Select' || o._tag === 'Convert') return simple
  return o.code ? called : o.op === 'div' || o.op === 'sqrt' || o.op === 'rem' ? slow : simple
}

const isWhole = (w: Walk, size: number): boolean => w.offset === 0 && w.extents.length === 1 && w.extents[0] === size && w.strides[0] === 1
const keyOf = (w: Walk): string => `${w.buffer} ${w.offset} ${w.extents.join()} ${w.strides.join()}`

/** Who reads a buffer: nests, element by element, and whether others do too. */
interface Readers {
  readonly nests: Set<number>
  others: boolean
}

function readersOf({ steps, scalars, buffers }: Builder, results: readonly Result[]): Readers[] {
  const all = buffers.map((): Readers => ({ nests: new Set(), others: false }))
  const other = (t: Target): void => {
    if (t._tag === 'Buffer') all[t.buffer]!.others = true
  }
  steps.forEach((s, i) => {
    operandsOf(s).forEach(other)
    if (s._tag !== 'Nest') return
    for (const v of s.values) {
      if (v._tag !== 'Load') continue
      if (!v.rows && isWhole(v.walk, s.size) && buffers[v.walk.buffer]!.size === s.size) all[v.walk.buffer]!.nests.add(i)
      else all[v.walk.buffer]!.others = true
    }
  })
  for (const list of scalars) for (const s of list) if (s._tag === 'Peek') all[s.buffer]!.others = true
  for (const r of results) if (r._tag !== 'Register') all[r.buffer]!.others = true
  return all
}

/** Whether the nest can walk so without having its elements gathered. */
function suits({ size, line, reductions }: Nest, w: Walk): boolean {
  if (isWhole(w, size)) return true
  const last = w.extents[w.extents.length - 1]!
  const stride = w.strides[w.strides.length - 1]!
  return last >= 8 && (stride === 1 || stride === 0) && (line === 0 || line === last) && reductions.every((r) => r.length === size || r.inner % last === 0 || (r.inner === 1 && r.length === last))
}

/** Puts values before those of a nest, some of which they replace; `moved` says where a value of the nest is then. */
function prepend(nest: Nest, added: readonly NestValue[], replaced: ReadonlyMap<Ref, Ref>, moved: (ref: Ref) => Ref): void {
  const old = nest.values.flatMap((v, ref): readonly NestValue[] =>
    replaced.has(ref) ? [] : v._tag === 'Compute' ? [{ ...v, args: v.args.map((a) => (a < 0 ? a : moved(a))) }] : v._tag === 'Expand' ? [{ ...v, value: moved(v.value) }] : [v])
  nest.values.splice(0, nest.values.length, ...added, ...old)
  nest.reductions.forEach((r, k) => (nest.reductions[k] = { ...r, value: moved(r.value) }))
  nest.windows.forEach((w, k) => (nest.windows[k] = { ...w, pieces: w.pieces.map((p) => ({ ...p, value: moved(p.value) })) }))
}

export function recompute(b: Builder, results: readonly Result[]): void {
  const { steps, buffers } = b
  const readers = readersOf(b, results)
  /** The value that a buffer keeps, where it may be one to recompute. */
  const kept = (buffer: number, size: number): readonly [nest: number, ref: Ref] | undefined => {
    const { at, owner } = buffers[buffer]!
    const s = owner._tag === 'Arena' && at >= 0 ? steps[at]! : undefined
    if (s?._tag !== 'Nest' || s.size !== size || s.values.length > largest) return undefined
    const ref = s.values.findIndex((v) => v.store === buffer)
    const v = s.values[ref]
    return v?._tag === 'Compute' && !v.rows ? [at, ref] : undefined
  }

  /** Whether it changed the nest. */
  const renew = (from: number, to: number, wanted: ReadonlyMap<Ref, number>): boolean => {
    const [source, nest] = [steps[from] as Nest, steps[to] as Nest]
    const known = new Set(nest.values.map((v) => v._tag === 'Load' && !v.rows && keyOf(v.walk)))
    /** What it costs the later nest to have the value from memory. */
    const fetched = (v: NestValue): number => {
      if (v.rows || v._tag === 'Expand' || v._tag === 'Join') return Infinity
      if (v._tag === 'Spread') return 0
      if (v._tag === 'Load') return known.has(keyOf(v.walk)) ? 0 : !suits(nest, v.walk) ? Infinity : read * Math.min(1, buffers[v.walk.buffer]!.size / nest.size)
      const r = v.store < 0 ? undefined : readers[v.store]!
      return read + (r === undefined ? write : r.others ? 0 : write / r.nests.size)
    }
    /** A value that may be computed again: no least cut wants that of one which is fetched at no higher cost. */
    const isCheap = (v: NestValue): v is Computed => v._tag === 'Compute' && !v.rows && costOf(v.operation) < fetched(v)
    if (![...wanted.keys()].some((ref) => isCheap(source.values[ref]!))) return false

    const nodes: Ref[] = []
    const place = new Map<Ref, number>()
    const visit = (start: Ref): void => {
      for (const stack = [start]; stack.length > 0; ) {
        const ref = stack.pop()!
        if (place.has(ref)) continue
        place.set(ref, nodes.push(ref) - 1)
        const v = source.values[ref]!
        if (isCheap(v)) for (const a of v.args) if (a >= 0) stack.push(a)
      }
    }
    for (const ref of wanted.keys()) visit(ref)
    const [start, end] = [2 * nodes.length, 2 * nodes.length + 1]
    const edges: Edge[] = []
    nodes.forEach((ref, k) => {
      const v = source.values[ref]!
      const cheap = isCheap(v)
      edges.push([start, 2 * k, cheap ? costOf(v.operation) : Infinity], [2 * k, 2 * k + 1, fetched(v)])
      if (cheap) for (const a of v.args) if (a >= 0) edges.push([2 * place.get(a)! + 1, 2 * k, Infinity])
      if (wanted.has(ref)) edges.push([2 * k + 1, end, Infinity])
    })
    const there = sinkSide(end + 1, start, end, edges)
    const again = nodes.filter((_, k) => there[2 * k]).sort((x, y) => x - y)
    if (again.length === 0 || nest.values.length + 2 * again.length > most) return false

    const added: NestValue[] = []
    const at = new Map<Ref, Ref>()
    const loads = new Map<string, Ref>()
    const load = (walk: Walk): Ref => {
      const key = keyOf(walk)
      let ref = loads.get(key)
      if (ref === undefined) {
        loads.set(key, (ref = added.push({ _tag: 'Load', walk, rows: false, store: -1 }) - 1))
        if (isWhole(walk, nest.size) && buffers[walk.buffer]!.size === nest.size) readers[walk.buffer]!.nests.add(to)
        else readers[walk.buffer]!.others = true
      }
      return ref
    }
    const inMemory = (ref: Ref): Ref => {
      const v = source.values[ref]!
      if (v._tag === 'Spread') return added.push({ ...v, store: -1 }) - 1
      if (v._tag === 'Load') return load(v.walk)
      const buffer = b.store(from, ref)
      readers[buffer] ??= { nests: new Set(), others: false }
      return load({ buffer, offset: 0, extents: [nest.size], strides: [1] })
    }
    const had = (ref: Ref): Ref => {
      if (ref < 0) return ref
      let r = at.get(ref)
      if (r === undefined) at.set(ref, (r = inMemory(ref)))
      return r
    }
    for (const ref of again) {
      const v = source.values[ref] as Computed
      const args = v.args.map(had)
      at.set(ref, added.push({ ...v, args, store: -1 }) - 1)
    }
    const replaced = new Map<Ref, Ref>([...wanted].flatMap(([ref, old]) => (again.includes(ref) ? [[old, at.get(ref)!]] : [])))
    const renewed = [...replaced.keys()]
    const before = [...nest.values]
    before.forEach((v, ref) => {
      const same = v._tag === 'Load' && !v.rows && v.store < 0 ? loads.get(keyOf(v.walk)) : undefined
      if (same !== undefined) replaced.set(ref, same)
    })
    let left = added.length
    const places = before.map((_, ref) => replaced.get(ref) ?? left++)
    prepend(nest, added, replaced, (ref) => places[ref]!)
    for (const old of renewed) {
      const { buffer } = (before[old] as Extract<NestValue, { _tag: 'Load' }>).walk
      const r = readers[buffer]!
      r.nests.delete(to)
      if (r.nests.size > 0 || r.others) continue
      for (const v of source.values) if (v.store === buffer) v.store = -1
      // Nobody's: no array of size 0 is made.
      buffers[buffer] = { ...buffers[buffer]!, size: 1 }
    }
    return true
  }

  /** What the nest reads of values of others: of each, its place there and its place here. */
  const sourcesOf = (s: Nest, to: number): Map<number, Map<Ref, number>> => {
    const groups = new Map<number, Map<Ref, number>>()
    s.values.forEach((v, here) => {
      const found = v._tag === 'Load' && !v.rows && v.store < 0 && isWhole(v.walk, s.size) ? kept(v.walk.buffer, s.size) : undefined
      if (found && found[0] < to) groups.set(found[0], (groups.get(found[0]) ?? new Map<Ref, number>()).set(found[1], here))
    })
    return groups
  }
  steps.forEach((s, to) => {
    if (s._tag !== 'Nest' || s.values.length > most) return
    // One source at a time: the places of values change.
    let sources = sourcesOf(s, to)
    for (const from of [...sources.keys()].sort((x, y) => y - x)) if (renew(from, to, sources.get(from)!)) sources = sourcesOf(s, to)
  })
}
