/**
 * A loop nest as closures over blocks: loads, operations, stores and reductions of one block run one after another, then
 * come those of the next block.
 *
 * Blocks have about a thousand elements, whole rows where rows are reduced; what lives only within a block is in scratch
 * arrays that stay in the cache and are used again as soon as their value has been read for the last time.
 */
import { wide } from '../loop/builder'
import type { Nest, NestValue, Ref, Reduction } from '../loop/types'
import { bindBlock, bindOperation, fillFrom, inBuffer, inRegister, inScratch, type Operand } from './bind'
import { choose, roundingTo } from './choose'
import { bindColumns, stripState } from './columns'
import { sequenceBlocks, type BlockRun } from './compose'
import { fuse, type Item } from './fuse'
import { bindGather, isDirect } from './gather'
import type { Layout } from './layout'
import { unaryLoops } from './loops.table'
import { monoid } from './monoid'
import type { Run } from './registers.table'
import { bindRows, lineState } from './rows'

/** Columns of a strip where the inner axis is wide. */
const strip = 1024
/** Inner axes up to here are reduced column by column with a stride. */
const narrow = 8

/** Elements of a block. */
function blockLength(nest: Nest, scratch: number): number {
  // Many live values: smaller blocks, so that all of them stay in the second-level cache.
  const room = scratch > 96 ? 256 : scratch > 48 ? 512 : 1024
  const first = nest.reductions[0]
  const unit = first === undefined || first.inner > narrow ? 1 : first.length * first.inner
  const line = first !== undefined && unit > room && first.inner > 1 && first.inner <= narrow ? 128 * first.inner : unit
  return Math.min(nest.size, line <= room ? Math.floor(room / line) * line : room)
}

/** Runs the nest. */
export function emitNest(nest: Nest, layout: Layout): Run {
  const items = fuse(nest)
  const { operands, live } = placed(nest, items, layout)
  const length = blockLength(nest, live)
  layout.needScratch(Math.min(nest.size, Math.max(length, strip)))
  const runs: BlockRun[] = []
  const reductions = new Map<Ref, Reduction[]>()
  for (const r of nest.reductions) {
    const list = reductions.get(r.value)
    if (list) list.push(r)
    else reductions.set(r.value, [r])
  }
  const after: Run[] = []
  for (const item of items) {
    const v = nest.values[item.value]!
    const o = operands.get(item.value)!
    runs.push(...valueRuns(v, item, o, operands, layout))
    for (const r of reductions.get(item.value) ?? []) runs.push(reductionRun(r, o, length, layout, after))
  }
  const body = sequenceBlocks(runs)
  const ending = after.length > 0 ? after : undefined
  const walk = nest.reductions.some((r) => r.inner > wide) ? strips(nest, body) : blocks(nest.size, length, body)
  if (!ending) return walk
  return (r, m) => {
    walk(r, m)
    for (const f of ending) f(r, m)
  }
}

const blocks = (size: number, length: number, body: BlockRun): Run =>
  size <= length
    ? (_r, m) => { body(m, 0, size) }
    : (_r, m) => { for (let i = 0; i < size; i += length) body(m, i, Math.min(length, size - i)) }

/** All rows of one strip of columns, then those of the next. */
function strips(nest: Nest, body: BlockRun): Run {
  const { outer, length, inner } = nest.reductions[0]!
  return (_r, m) => {
    for (let o = 0; o < outer; o++)
      for (let c = 0; c < inner; c += strip) {
        const n = Math.min(strip, inner - c)
        for (let row = 0; row < length; row++) body(m, (o * length + row) * inner + c, n)
      }
  }
}

/** Where each value is during a block, and how many scratch arrays live at once. */
function placed(nest: Nest, items: readonly Item[], layout: Layout): { operands: Map<Ref, Operand>; live: number } {
  const last = new Map<Ref, number>()
  items.forEach((item, at) => {
    for (const a of item.args) if (a >= 0) last.set(a, at)
  })
  const operands = new Map<Ref, Operand>()
  const free: number[] = []
  let live = 0
  items.forEach((item, at) => {
    const v = nest.values[item.value]!
    for (const a of new Set(item.args)) {
      const o = a >= 0 && last.get(a) === at ? operands.get(a)! : undefined
      if (o && o.along === 0) free.push(o.slot)
    }
    if (v._tag === 'Load' && isDirect(v.walk)) operands.set(item.value, inBuffer(layout.bufferSlot(v.walk.buffer), v.walk.offset))
    else if (v.store >= 0) operands.set(item.value, inBuffer(layout.bufferSlot(v.store), 0))
    else {
      const slot = free.pop() ?? layout.scratch(live++)
      operands.set(item.value, inScratch(slot))
      // A value that only a reduction reads is done with at once.
      if (!last.has(item.value)) free.push(slot)
    }
  })
  return { operands, live }
}

function valueRuns(v: NestValue, item: Item, o: Operand, operands: ReadonlyMap<Ref, Operand>, layout: Layout): readonly BlockRun[] {
  switch (v._tag) {
    case 'Load': {
      if (!isDirect(v.walk)) return [bindGather(v.walk, layout.bufferSlot(v.walk.buffer), o)]
      return v.store >= 0 ? [bindBlock(unaryLoops.copy, inBuffer(layout.bufferSlot(v.store), 0), o)] : []
    }
    case 'Spread':
      return [fillFrom(o, v.register)]
    case 'Compute': {
      const args = item.args.map((a) => (a < 0 ? inRegister(~a) : operands.get(a)!))
      return item.fused ? [item.fused(o, args)] : bindOperation(choose(v.operation), o, args)
    }
  }
}

function reductionRun(r: Reduction, x: Operand, block: number, layout: Layout, after: Run[]): BlockRun {
  const op = monoid(r.op, r.dtype)
  const [slot, base] = r.target._tag === 'Register' ? [0, r.target.register] : [layout.bufferSlot(r.target.buffer), 0]
  const results = r.outer * r.inner
  const rounding = r.dtype === 'float64' || (r.op !== 'add' && r.op !== 'mul') ? undefined : roundingTo(r.dtype)
  if (rounding) {
    const round = unaryLoops[rounding]
    after.push((_r, m) => { round(m[slot]!, base, m[slot]!, base, results) })
  }
  if (r.inner <= narrow && block % r.inner === 0) {
    const states = Array.from({ length: r.inner }, () => layout.state(lineState))
    return bindRows(x, r.length, r.inner, op, slot, base, states)
  }
  const width = r.inner > wide ? strip : r.inner
  return bindColumns(x, r.length, r.inner, width, op, slot, base, layout.state(stripState(op, r.length, width)))
}
