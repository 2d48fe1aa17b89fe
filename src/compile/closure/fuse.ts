/**
 * The operations of a nest in the order in which they run, with pairs joined where one loop serves for two.
 *
 * Law: every value that is stored, reduced or read by a later item is an item; the bits are those of the operations one by
 * one, as each is rounded in the joined loop too.
 */
import type { Nest, NestValue, Ref } from '../loop/types'
import { bindBlock, bindTernary, type Operand } from './bind'
import type { BlockRun } from './compose'
import { unaryLoops } from './loops.unary.table'

/** A loop on the operands of a pair. */
export type Fused = (o: Operand, args: readonly Operand[]) => BlockRun

export interface Item {
  readonly value: Ref
  readonly args: readonly Ref[]
  /** In place of the operation's own loop. */
  readonly fused: Fused | undefined
}

type Compute = NestValue & { readonly _tag: 'Compute' }

/** Whether it is this operation on float64, which needs no rounding in between. */
const is = (v: NestValue, op: string): v is Compute =>
  v._tag === 'Compute' && v.operation._tag === 'Binary' && v.operation.op === op && v.operation.dtype === 'float64'

const square: Fused = (o, [x]) => bindBlock(unaryLoops.square, o, x!)
const mulAdd: Fused = (o, args) => bindTernary('mulAdd', o, args)
const mulSub: Fused = (o, args) => bindTernary('mulSub', o, args)
const subMul: Fused = (o, args) => bindTernary('subMul', o, args)

export function fuse(nest: Nest): readonly Item[] {
  const { values } = nest
  const reads = counted(nest)
  const joined = new Set<Ref>()
  /** The factors of a product that nobody else reads, a vector first. */
  const factors = (a: Ref): readonly Ref[] | undefined => {
    const v = a >= 0 && reads[a] === 1 ? values[a]! : undefined
    if (v === undefined || v.store >= 0 || !is(v, 'mul')) return undefined
    const [x, y] = v.args as readonly [Ref, Ref]
    joined.add(a)
    return x >= 0 ? [x, y] : [y, x]
  }
  const items: Item[] = []
  // From the end, so that a pair is joined before its first half is an item.
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i]!
    if (reads[i] === 0 || joined.has(i)) continue
    const args = v._tag === 'Compute' ? v.args : v._tag === 'Expand' ? [v.value] : []
    const [x, y] = args as readonly [Ref, Ref]
    let xy: readonly Ref[] | undefined
    if (is(v, 'mul') && x === y) items.push({ value: i, args: [x], fused: square })
    else if (is(v, 'add') && (xy = factors(x))) items.push({ value: i, args: [...xy, y], fused: mulAdd })
    else if (is(v, 'add') && (xy = factors(y))) items.push({ value: i, args: [...xy, x], fused: mulAdd })
    else if (is(v, 'sub') && (xy = factors(x))) items.push({ value: i, args: [...xy, y], fused: mulSub })
    else if (is(v, 'sub') && (xy = factors(y))) items.push({ value: i, args: [...xy, x], fused: subMul })
    else items.push({ value: i, args, fused: undefined })
  }
  return items.reverse()
}

/** How often each value is read, by needed values, reductions, window sums and stores. */
export function counted({ values, reductions, windows }: Nest): Int32Array {
  const reads = new Int32Array(values.length)
  for (const r of reductions) reads[r.value]!++
  for (const w of windows) for (const p of w.pieces) reads[p.value]!++
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i]!
    if (v.store >= 0) reads[i]!++
    if (reads[i] === 0) continue
    if (v._tag === 'Compute') for (const a of v.args) { if (a >= 0) reads[a]!++ }
    else if (v._tag === 'Expand') reads[v.value]!++
  }
  return reads
}
