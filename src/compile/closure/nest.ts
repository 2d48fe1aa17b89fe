/**
 * A loop nest as closures over blocks: loads, operations, stores and reductions of one block run one after another, then
 * come those of the next block.
 *
 * Blocks have about a thousand elements, whole rows where rows are reduced; what lives only within a block is in scratch
 * arrays that stay in the cache and are used again as soon as their value has been read for the last time.
 */
import { isWide } from '../loop/builder'
import { argsOf, counted } from '../loop/reads'
import type { Nest, NestValue, Ref, Reduction } from '../loop/types'
import { bindBlock, bindOperation, fillFrom, inBuffer, inRegister, inScratch, oneNumber, type Operand } from './bind'
import { choose, roundingTo } from './choose'
import { bindColumns, columnState } from './columns'
import { sequence, sequenceBlocks, type BlockRun } from './compose'
import { bindGather, bindJoin, isDirect } from './gather'
import type { Layout } from './layout'
import { unaryLoops } from './loops.unary.table'
import { chunkLength, monoid } from './monoid'
import type { Run } from './registers.table'
import { bindRows, chunkState, lineState } from './rows'

/** Columns of a strip where the inner axis is wide. */
export const strip = 1024
/** Longer rows are one to a block. */
const oneRow = 512
/** Inner axes up to here are reduced column by column with a stride. */
export const narrow = 8

/** Elements of a block. */
export function blockLength(nest: Nest, scratch: number): number {
  // Many live values: smaller blocks, so that all of them stay in the second-level cache.
  const room = scratch > 96 ? 256 : scratch > 48 ? 512 : 1024
  const first = nest.reductions[0]
  const unit = nest.line > 0 ? nest.line : first === undefined || first.inner > narrow ? 1 : first.length * first.inner
  const line = nest.line === 0 && first !== undefined && unit > room && first.inner > 1 && first.inner <= narrow ? chunkLength * first.inner : unit
  return Math.min(nest.size, line <= room ? Math.floor(room / line) * line : nest.line > 0 ? nest.line : room)
}

/** Pieces of a block in order; those of rows run on the rows that the block consists of. */
export interface Pieces {
  readonly add: (run: BlockRun, rows: boolean) => void
  readonly body: () => BlockRun
}

function makePieces(line: number): Pieces {
  const runs: BlockRun[] = []
  let ofRows: BlockRun[] = []
  const flush = (): void => {
    if (ofRows.length === 0) return
    const f = sequenceBlocks(ofRows)
    ofRows = []
    runs.push((m, i, n) => { f(m, i / line, n / line) })
  }
  return {
    add: (run, rows) => {
      if (rows) ofRows.push(run)
      else {
        flush()
        runs.push(run)
      }
    },
    body: () => {
      flush()
      return sequenceBlocks(runs)
    },
  }
}

/** Runs the nest. */
export function emitNest(nest: Nest, layout: Layout): Run {
  const reads = counted(nest)
  const needed = nest.values.map((_, i) => i).filter((i) => reads[i]! > 0)
  const { operands, live } = placed(nest, needed, layout)
  const length = blockLength(nest, live)
  layout.needScratch(Math.min(nest.size, Math.max(length, strip)))
  const pieces = makePieces(nest.line)
  const reductions = new Map<Ref, Reduction[]>()
  for (const r of nest.reductions) {
    const list = reductions.get(r.value)
    if (list) list.push(r)
    else reductions.set(r.value, [r])
  }
  const after: Run[] = []
  for (const i of needed) {
    const v = nest.values[i]!
    const o = operands.get(i)!
    for (const run of valueRuns(v, o, operands, layout, nest.line)) pieces.add(run, v.rows)
    for (const r of reductions.get(i) ?? []) addReduction(r, o, nest.line, length, layout, pieces, after)
  }
  const walk = nest.reductions.some(isWide) ? byStrips(nest, pieces.body()) : blocks(nest.size, length, pieces.body())
  return after.length > 0 ? sequence([walk, ...after]) : walk
}

const blocks = (size: number, length: number, body: BlockRun): Run =>
  size <= length
    ? (_r, m) => { body(m, 0, size) }
    : (_r, m) => { for (let i = 0; i < size; i += length) body(m, i, Math.min(length, size - i)) }

/** All rows of one strip of columns, so many at a time, then those of the next. */
export function byStrips(nest: Nest, body: BlockRun, rows = 1): Run {
  const { outer, length, inner } = nest.reductions[0]!
  return (_r, m) => {
    for (let o = 0; o < outer; o++)
      for (let c = 0; c < inner; c += strip) {
        const n = Math.min(strip, inner - c)
        for (let row = 0; row < length; row += rows) body(m, (o * length + row) * inner + c, n)
      }
  }
}

/** Where each value is during a block, and how many scratch arrays live at once. */
function placed(nest: Nest, needed: readonly Ref[], layout: Layout): { operands: Map<Ref, Operand>; live: number } {
  const last = new Map<Ref, Ref>()
  for (const i of needed) for (const a of argsOf(nest.values[i]!)) last.set(a, i)
  const single = singles(nest, needed)
  const operands = new Map<Ref, Operand>()
  const free: number[] = []
  let live = 0
  for (const i of needed) {
    const v = nest.values[i]!
    const release = (): void => {
      for (const a of argsOf(v)) {
        if (last.get(a) !== i) continue
        // It may be an operand twice.
        last.delete(a)
        const o = operands.get(a)!
        if (o.along === 0) free.push(o.slot)
      }
    }
    // A loop may write over its operand element by element, but not over rows that it has yet to spread.
    if (v._tag !== 'Expand') release()
    if (v._tag === 'Load' && isDirect(v.walk)) operands.set(i, inBuffer(layout.bufferSlot(v.walk.buffer), v.walk.offset))
    else if (v.store >= 0) operands.set(i, inBuffer(layout.bufferSlot(v.store), 0))
    else {
      const slot = free.pop() ?? layout.scratch(live++)
      operands.set(i, single.has(i) ? oneNumber(slot) : inScratch(slot))
      // A value that only a reduction reads is done with at once.
      if (!last.has(i)) free.push(slot)
    }
    if (v._tag === 'Expand') release()
  }
  return { operands, live }
}

/**
 * Values spread over rows that need no spreading, as a block is one row and every reader has another operand that is a vector.
 */
function singles({ values, reductions, line }: Nest, needed: readonly Ref[]): ReadonlySet<Ref> {
  const found = new Set<Ref>()
  if (line <= oneRow) return found
  const spread = (a: Ref): boolean => values[a]!._tag === 'Expand'
  for (const i of needed) if (spread(i) && values[i]!.store < 0) found.add(i)
  for (const r of reductions) found.delete(r.value)
  for (const i of needed) {
    const args = argsOf(values[i]!)
    if (args.every(spread)) for (const a of args) found.delete(a)
  }
  return found
}

function valueRuns(v: NestValue, o: Operand, operands: ReadonlyMap<Ref, Operand>, layout: Layout, line: number): readonly BlockRun[] {
  switch (v._tag) {
    case 'Load': {
      if (!isDirect(v.walk)) return [bindGather(v.walk, layout.bufferSlot(v.walk.buffer), o)]
      return v.store >= 0 ? [bindBlock(unaryLoops.copy, inBuffer(layout.bufferSlot(v.store), 0), o)] : []
    }
    case 'Join':
      return [bindJoin(v.runs, layout, o)]
    case 'Spread':
      return [fillFrom(o, inRegister(v.register))]
    case 'Expand':
      return [o.vector ? bindExpand(o, operands.get(v.value)!, line) : bindFirst(o, operands.get(v.value)!, line)]
    case 'Compute':
      return bindOperation(choose(v.operation), o, v.args.map((a) => (a < 0 ? inRegister(~a) : operands.get(a)!)))
  }
}

/** Each number of a row value at all elements of its row. */
const bindExpand = (o: Operand, x: Operand, line: number): BlockRun => (m, i, n) => {
  const to = m[o.slot]!, from = m[x.slot]!
  let at = o.along * i + o.base
  let row = (x.along * i) / line + x.base
  const end = at + n
  if (line > 32) for (; at < end; at += line) to.fill(from[row++]!, at, at + line)
  else
    for (; at < end; row++) {
      const v = from[row]
      for (let k = line; k > 0; k--) to[at++] = v
    }
}

/** The number of the one row of a block. */
const bindFirst = (o: Operand, x: Operand, line: number): BlockRun => (m, i) => {
  m[o.slot]![0] = m[x.slot]![(x.along * i) / line + x.base]!
}

export function addReduction(r: Reduction, x: Operand, line: number, block: number, layout: Layout, pieces: Pieces, after: Run[]): void {
  const op = monoid(r.op, r.dtype)
  const [slot, base] = r.target._tag === 'Register' ? [0, r.target.register] : [layout.bufferSlot(r.target.buffer), 0]
  const results = r.outer * r.inner
  const rounding = roundingTo(r.dtype, r.op)
  const round = rounding && unaryLoops[rounding]
  if (r.inner <= narrow && block % r.inner === 0) {
    const states = Array.from({ length: r.inner }, () => layout.state(r.length > chunkLength ? lineState : chunkState))
    pieces.add(bindRows(x, r.length, r.inner, op, slot, base, states), false)
    const own = r.inner === 1 && r.length === line
    // Other values of the block read the rows' results.
    if (round && own) pieces.add(bindBlock(round, inBuffer(slot, base), inBuffer(slot, base)), true)
    if (!round || own) return
  } else {
    const width = isWide(r) ? strip : r.inner
    pieces.add(bindColumns(x, r.length, r.inner, width, op, slot, base, layout.state(width * columnState(r.length))), false)
  }
  if (round) after.push((_r, m) => { round(m[slot]!, base, m[slot]!, base, results) })
}
