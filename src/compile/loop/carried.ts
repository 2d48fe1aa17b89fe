/**
 * Where the carries of a loop may be: its results where the operands are that they start as, and the stacks of a carry as turns
 * find it and as they leave it in one array.
 *
 * Law: loops copy what carries start as before they write results; what one turn leaves the next one finds, so of two such stacks
 * the one is the other moved by a row.
 */
import { size } from '../../data/shape'
import type { Control } from '../../ir/kernel'
import { isLit, type Jaxpr, type Var } from '../../ir/types'
import type { Part } from './arena'
import type { Opaque } from './types'

/** The operands that results of a loop start as, each with its result. */
export function starts(control: Control): readonly (readonly [operand: number, result: number])[] {
  if (control._tag === 'Cond') return []
  const first = control._tag === 'Scan' ? control.consts : control.condConsts + control.bodyConsts
  return before(control).map((_, i) => [first + i, i])
}

type Loop = Exclude<Control, { readonly _tag: 'Cond' }>
/** The carries as a turn finds them. */
function before(loop: Loop): readonly Var[] {
  const { inputs } = loop.body as Jaxpr
  return loop._tag === 'Scan' ? inputs.slice(loop.consts, loop.consts + loop.carries) : inputs.slice(loop.bodyConsts)
}

/** Of two results of a scan whose rows are those of one array: the one that comes first, the one that begins a row later, and the elements of a row. */
type Stacks = readonly [low: number, high: number, row: number]

/** The pairs of a scan, each result in no more than one. */
function stacksOf(scan: Control & { readonly _tag: 'Scan' }): readonly Stacks[] {
  const { outs } = scan.body as Jaxpr
  const free = new Set(outs.keys())
  /** The stack of a value, if it is in no pair yet. */
  const stackOf = (id: number): number => outs.findIndex((o, i) => i >= scan.carries && free.has(i) && !isLit(o) && o.id === id)
  return before(scan).flatMap((v, i): Stacks[] => {
    const after = outs[i]!
    if (isLit(after) || after.id === v.id) return []
    const [found, left] = [stackOf(v.id), stackOf(after.id)]
    if (found < 0 || left < 0) return []
    free.delete(found)
    free.delete(left)
    return [[...(scan.reverse ? [left, found] as const : [found, left] as const), size(v.aval.shape)]]
  })
}

/** Gives both stacks of a carry one part of the arena, where they are buffers that have parts of their own. */
export function shareStacks({ control, outputs }: Opaque, parts: (Part | undefined)[]): void {
  if (control?._tag !== 'Scan' || control.length === 0) return
  for (const [low, high, row] of stacksOf(control)) {
    const [x, y] = [low, high].map((k) => {
      const { from } = outputs[k]!
      return from._tag === 'Buffer' ? from.buffer : -1
    }) as [number, number]
    const [lower, upper] = [parts[x], parts[y]]
    if (!lower || !upper) continue
    const host: Part = (parts[x] = { ...lower, size: lower.size + row, to: Math.max(lower.to, upper.to) })
    // Needs no room, and is never moved.
    parts[y] = { size: 0, from: 1, to: 0, get at() { return host.at + row }, set at(_) {} }
  }
}
