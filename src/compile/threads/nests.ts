/**
 * A loop nest in parts: whole rows, or whole chunks of a row that is all of the nest.
 *
 * Law: the bits of the nest in one piece. A part of a row has a power of two of the chunks that `closure/monoid` speaks of, so
 * its result is a whole branch of the tree in which chunks are joined, wherever the row is cut and however often.
 */
import { isWide } from '../loop/builder'
import type { Nest, Reduction } from '../loop/types'
import { choose, roundingTo } from '../closure/choose'
import { unaryLoops } from '../closure/loops.unary.table'
import { chunkLength, isOrdered, monoid } from '../closure/monoid'
import { narrow } from '../closure/nest'
import { lineState } from '../closure/rows'
import { emitNest } from '../wasm/nest'
import { isLaneByLane } from '../wasm/operations'
import { index } from '../wasm/part'
import { base, type Outside, type Site } from '../wasm/site'
import type { Staging } from '../wasm/staging'
import { survey, type Survey } from '../wasm/survey'
import { ringOf } from './control'
import type { Cut, Measure } from './region'

/** Elements of a part that is staged, at most. */
const mostStaged = 2 ** 17
/** Parts that a thread has where nothing is staged. */
const partsOfThread = 8
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

/** Columns are reduced by the caller. */
const withoutColumns = (s: Survey): Survey => (s.columns.size === 0 ? s : { ...s, columns: new Set(), outside: [...s.outside, ...s.columns], isStaged: true })

export function cutNest(nest: Nest, site: Site, threads: number, measure: Measure): Cut | undefined {
  const found = nest.windows.length === 0 && !nest.reductions.some(isWide) ? survey(nest, site) : undefined
  if (!found) return undefined
  const plan = withoutColumns(found)
  const { inner, inline, outside, gathered, foreign, isStaged, stages } = plan
  const { size, line } = nest
  const cost = costOf(nest, plan)
  if (cost === undefined || size * (cost + inline.size * arithmetic) < measure.least) return undefined
  // What only the caller does may be half of the work at most.
  if (measure.least > 0 && cost < 2 * staging * (gathered.size + foreign.length + 2 * outside.length)) return undefined

  const inChunks = inner === size && line === 0
  const wanted = isStaged ? measure.elements : Math.max(measure.elements, size / (partsOfThread * threads))
  const length = inChunks ? chunkLength * 2 ** Math.max(0, Math.ceil(Math.log2(wanted / chunkLength))) : Math.max(1, Math.floor(wanted / inner)) * inner
  const count = Math.ceil(size / length)
  if (count < 2 || (inChunks && stages.count > 1) || (isStaged && length > mostStaged)) return undefined
  if (outside.some((r) => r.inner > 1 && r.inner <= narrow && (length % r.inner !== 0 || size % r.inner !== 0))) return undefined

  const { layout } = site
  const owners = isStaged ? ringOf(threads) : threads
  // Whole pages of the machine's where blocks are copied to and from: all of them begin at the same place in one.
  const stride = isStaged ? 512 * Math.ceil((length + plan.reach + 2) / 512) : line + 2
  const scratch: number[] = []
  const partials = new Map<Reduction, number>()
  let staged: Staging | undefined
  const code = emitNest(nest, site, plan, {
    length, stride,
    scratch: () => {
      const slot = layout.state(owners * stride)
      scratch.push(slot)
      return slot
    },
    state: () => layout.state(owners * lineState),
    staged: (s) => void (staged = s),
    partial: inChunks
      ? (r, c, value) => {
          const slot = layout.state(count)
          partials.set(r, slot)
          c.get(base).get(index).i32(8).op('i32.mul', 'i32.add')
          value()
          c.inSlot('f64.store', slot, 0)
        }
      : undefined,
  })
  const finishes = inChunks ? [...inline].map((r): Outside => {
    const [slot, at] = r.target._tag === 'Register' ? [0, r.target.register] : [layout.bufferSlot(r.target.buffer), 0]
    const join = joined(r, length, count)
    return (_m, m) => { m[slot]![at] = join(m[partials.get(r)!]!) }
  }) : []
  return {
    code,
    parts: {
      length: 8 * length, units: 8 * size, perElement: 8,
      staging: isStaged ? staged : undefined,
      scratch: isStaged ? scratch : [], stride,
      finish: finishes.length > 0 ? (r, m) => { for (const f of finishes) f(r, m, 0, 0) } : undefined,
    },
  }
}

/** The result of a row from those of its `count` parts of `length` elements, joined as the chunks in them are. */
function joined(r: Reduction, length: number, count: number): (p: Float64Array) => number {
  const { join } = monoid(r.op, r.dtype)
  const name = r.op === 'add' || r.op === 'mul' ? roundingTo(r.dtype) : undefined
  const round = name && unaryLoops[name]
  const s = new Float64Array(2)
  const both = (x: number, y: number): number => {
    s[0] = x
    s[1] = y
    join(s, 0, s, 0, s, 1, 1)
    return s[0]!
  }
  const last = r.length - (count - 1) * length
  // The end of a row goes on from a part that is not whole.
  const whole = isOrdered(r) && Math.ceil(last / chunkLength) < length / chunkLength ? count - 1 : count
  return (p) => {
    const levels: number[] = []
    for (let j = 0; j < count; j++) {
      let x = p[j]!
      for (let k = j < whole ? j : 0; k % 2 === 1; k = (k - 1) / 2) x = both(levels.pop()!, x)
      levels.push(x)
    }
    s[0] = levels.reduceRight((x, y) => both(y, x))
    round?.(s, 0, s, 0, 1)
    return s[0]!
  }
}
