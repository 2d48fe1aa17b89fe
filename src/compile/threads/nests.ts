/**
 * A loop nest in parts: whole rows, or whole chunks of a row that is all of the nest.
 *
 * Law: the bits of the nest in one piece. A part of a row has a power of two of the chunks that `closure/monoid` speaks of, so
 * its result is a whole branch of the tree in which chunks are joined, wherever the row is cut and however often.
 */
import type { Nest, Reduction } from '../loop/types'
import { choose, roundingTo } from '../closure/choose'
import { unaryLoops } from '../closure/loops.unary.table'
import { chunkLength, monoid } from '../closure/monoid'
import { narrow, strip } from '../closure/nest'
import { emitNest } from '../wasm/nest'
import { isLaneByLane } from '../wasm/operations'
import type { Site } from '../wasm/site'
import type { Staging } from '../wasm/staging'
import { survey, type Survey } from '../wasm/survey'
import { ringOf } from './control'
import type { Cut, Measure } from './region'

/** Elements of a part that is staged, at most. */
const mostStaged = 2 ** 17
/** Parts that a thread has where nothing is staged. */
const partsOfThread = 8
/** Columns of a strip, at least. */
const leastStrip = 64
/** Nanoseconds of an operation on an element: arithmetic, functions of one argument and of two; and of staging it. */
const [arithmetic, ofOne, ofTwo, staging] = [0.4, 4, 10, 0.7]

/** Nanoseconds of the operations on one element; undefined where threads cannot do them. */
function costOf({ values }: Nest, { needed }: Survey): number | undefined {
  let cost = 0
  for (const i of needed) {
    const v = values[i]!
    if (v._tag !== 'Compute') continue
    const c = choose(v.operation)
    if (isLaneByLane(c)) return undefined
    if (!v.rows) cost += c._tag === 'Function' ? ofOne : c._tag === 'Function2' ? ofTwo : arithmetic
  }
  return cost
}

/** So many times 1, 2, 4, …, but not more often than it takes to have as many as are wanted. */
const doubled = (unit: number, wanted: number): number => unit * 2 ** Math.max(0, Math.ceil(Math.log2(wanted / unit)))

export function cutNest(nest: Nest, site: Site, threads: number, measure: Measure): Cut | undefined {
  const plan = nest.windows.length === 0 ? survey(nest, site) : undefined
  const cost = plan && costOf(nest, plan)
  if (!plan || cost === undefined) return undefined
  const { inner, inline, outside, gathered, foreign, isStaged, stages } = plan
  const { size, line } = nest
  const columns = [...plan.columns]
  if (size * (cost + (inline.size + columns.length) * arithmetic) < measure.least) return undefined
  // What only the caller does may be half of the work at most.
  if (measure.least > 0 && cost < 2 * staging * (gathered.size + foreign.length + 2 * outside.length)) return undefined

  const wanted = isStaged ? measure.elements : Math.max(measure.elements, size / (partsOfThread * threads))
  const inRow = inner === size && line === 0
  // Rows that are reduced together, where they are.
  const group = (columns[0]?.length ?? 1) * inner
  const inColumns = group === size && columns.length > 0
  const rows = doubled(chunkLength * inner, wanted)
  const inStrips = inColumns && inline.size === 0 && line === 0 && !isStaged && inner > Math.min(leastStrip, wanted) && (inner > strip || size / rows < 2 * threads)
  const strips = Math.max(inner / strip, Math.min(2 * threads, inner / Math.min(leastStrip, wanted)))
  const length = inRow ? doubled(chunkLength, wanted) : inStrips ? 2 * Math.ceil(inner / strips / 2) : inColumns ? rows : Math.max(1, Math.floor(wanted / group)) * group
  const units = inStrips ? inner : size
  const count = Math.ceil(units / length)
  if (count < 2 || (inRow && stages.count > 1) || (isStaged && length > mostStaged) || columns.some((r) => r.inner !== inner || r.length * inner !== group)) return undefined
  if (outside.some((r) => r.inner > 1 && r.inner <= narrow && length % r.inner !== 0)) return undefined

  const { layout } = site
  const owners = isStaged ? Math.min(count, ringOf(threads)) : threads
  // Whole pages of the machine's where blocks are copied to and from: all of them begin at the same place in one.
  const stride = isStaged ? 512 * Math.ceil((length + plan.reach + 2) / 512) : line + 2
  const scratch: number[] = []
  const partials = new Map<Reduction, number>()
  const partial = (r: Reduction): number => {
    const slot = layout.state(count * r.inner)
    partials.set(r, slot)
    return slot
  }
  let staged: Staging | undefined
  const code = emitNest(nest, site, plan, {
    length, stride,
    scratch: () => {
      const slot = layout.state(owners * stride)
      scratch.push(slot)
      return slot
    },
    state: (doubles) => layout.state(owners * doubles),
    staged: (s) => void (staged = s),
    strip: inStrips ? size / inner : 0,
    partial: inRow || (inColumns && !inStrips) ? partial : undefined,
  })
  const finishes = [...partials].map(([r, slot]) => joined(r, length / r.inner, count, slot, site))
  return {
    code,
    parts: {
      length: 8 * length, units: 8 * units,
      staging: isStaged ? staged : undefined,
      scratch, stride,
      finish: (_r, m) => { for (const f of finishes) f(m) },
    },
  }
}

/** The results of rows, or of columns, from those of `count` parts that have so many of their elements each, joined as the chunks in them are. */
function joined(r: Reduction, length: number, count: number, from: number, { layout }: Site): (m: readonly Float64Array[]) => void {
  const { join } = monoid(r.op, r.dtype)
  const round = unaryLoops[roundingTo(r.dtype, r.op) ?? 'copy']
  const [slot, at] = r.target._tag === 'Register' ? [0, r.target.register] : [layout.bufferSlot(r.target.buffer), 0]
  const n = r.inner
  const last = r.length - (count - 1) * length
  // The end of a row goes on from a part that is not whole.
  const whole = Math.ceil(last / chunkLength) < length / chunkLength ? count - 1 : count
  return (m) => {
    const p = m[from]!
    const levels: number[] = []
    /** Joins the last two. */
    const carry = (): void => {
      const y = levels.pop()!
      const x = levels.at(-1)!
      join(p, x, p, x, p, y, n)
    }
    for (let j = 0; j < count; j++) {
      levels.push(n * j)
      for (let k = j < whole ? j : 0; k % 2 === 1; k = (k - 1) / 2) carry()
    }
    while (levels.length > 1) carry()
    round(m[slot]!, at, p, 0, n)
  }
}
