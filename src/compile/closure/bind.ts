/**
 * Loops bound to where their operands are: in a scratch block, in a buffer at the nest's index, or in a register.
 *
 * Law: the table of arrays is looked up at every call, so that inputs and outputs may change between calls.
 */
import type { Choice } from './choose'
import { sequence, type BlockRun } from './compose'
import { binaryLoops } from './loops'
import { ternaryLoops } from './loops.ternary.table'
import type { Block2, Block3 } from './loops.types'
import { unaryLoops, type UnaryName } from './loops.unary.table'
import { binaryRuns, selectRun, unaryRuns, type Run } from './registers.table'
import type { DType } from '../../data/dtype'
import type { Block, Block2 as Strided2 } from '../../ir/kernel'

/** Array `slot` of the table: element j of a block that starts at index i is at along · i + base + j (at base, if not a vector). */
export interface Operand {
  readonly slot: number
  readonly along: 0 | 1
  readonly base: number
  readonly vector: boolean
}

export const inRegister = (register: number): Operand => ({ slot: 0, along: 0, base: register, vector: false })
export const oneNumber = (slot: number): Operand => ({ slot, along: 0, base: 0, vector: false })
export const inScratch = (slot: number): Operand => ({ slot, along: 0, base: 0, vector: true })
export const inBuffer = (slot: number, offset: number): Operand => ({ slot, along: 1, base: offset, vector: true })

export function bindBlock(f: Block, o: Operand, a: Operand): BlockRun {
  const os = o.slot, ok = o.along, ob = o.base, as = a.slot, ak = a.along, ab = a.base
  return (m, i, n) => {
    f(m[os]!, ok * i + ob, m[as]!, ak * i + ab, n)
  }
}

function bindBlock2(f: Block2, o: Operand, a: Operand, b: Operand): BlockRun {
  const os = o.slot, ok = o.along, ob = o.base, as = a.slot, ak = a.along, ab = a.base, bs = b.slot, bk = b.along, bb = b.base
  return (m, i, n) => {
    f(m[os]!, ok * i + ob, m[as]!, ak * i + ab, m[bs]!, bk * i + bb, n)
  }
}

/** A function of two arguments, of which one is a vector. */
function bindFunction2(f: Strided2, dtype: DType, o: Operand, a: Operand, b: Operand): BlockRun {
  const os = o.slot, ok = o.along, ob = o.base, as = a.slot, ak = a.along, ab = a.base, da = a.vector ? 1 : 0, bs = b.slot, bk = b.along, bb = b.base, db = b.vector ? 1 : 0
  return (m, i, n) => {
    f(m[os]!, ok * i + ob, m[as]!, ak * i + ab, da, m[bs]!, bk * i + bb, db, n, dtype)
  }
}

function bindBlock3(f: Block3, o: Operand, a: Operand, b: Operand, c: Operand): BlockRun {
  const os = o.slot, ok = o.along, ob = o.base, as = a.slot, ak = a.along, ab = a.base
  const bs = b.slot, bk = b.along, bb = b.base, cs = c.slot, ck = c.along, cb = c.base
  return (m, i, n) => {
    f(m[os]!, ok * i + ob, m[as]!, ak * i + ab, m[bs]!, bk * i + bb, m[cs]!, ck * i + cb, n)
  }
}

/** One number throughout a block. */
export const fillFrom = (o: Operand, x: Operand): BlockRun => (m, i, n) => {
  const at = o.along * i + o.base
  m[o.slot]!.fill(m[x.slot]![x.base]!, at, at + n)
}

/** A function of any number of arguments, element by element. */
function bindCall(fn: (...xs: number[]) => number, o: Operand, args: readonly Operand[]): BlockRun {
  const [a, b] = args
  if (args.length === 1)
    return (m, i, n) => {
      const to = m[o.slot]!, p = o.along * i + o.base, x = m[a!.slot]!, q = a!.along * i + a!.base, dq = a!.vector ? 1 : 0
      for (let j = 0; j < n; j++) to[p + j] = fn(x[q + dq * j]!)
    }
  if (args.length === 2)
    return (m, i, n) => {
      const to = m[o.slot]!, p = o.along * i + o.base
      const x = m[a!.slot]!, q = a!.along * i + a!.base, dq = a!.vector ? 1 : 0
      const y = m[b!.slot]!, r = b!.along * i + b!.base, dr = b!.vector ? 1 : 0
      for (let j = 0; j < n; j++) to[p + j] = fn(x[q + dq * j]!, y[r + dr * j]!)
    }
  return (m, i, n) => {
    const to = m[o.slot]!, p = o.along * i + o.base
    for (let j = 0; j < n; j++) to[p + j] = fn(...args.map((v) => m[v.slot]![v.along * i + v.base + (v.vector ? j : 0)]!))
  }
}

/** An operation on blocks; at least one operand is a vector. */
export function bindOperation(c: Choice, o: Operand, args: readonly Operand[]): readonly BlockRun[] {
  const [a, b, d] = args as [Operand, Operand, Operand]
  switch (c._tag) {
    case 'Unary':
      return rounded(c.rounding, o, bindBlock(unaryLoops[c.name], o, a))
    case 'Binary': {
      const forms = binaryLoops(c.name)
      const run = b.vector
        ? a.vector ? bindBlock2(forms.vv, o, a, b) : forms.sv ? bindBlock2(forms.sv, o, a, b) : bindBlock2(forms.vs, o, b, a)
        : bindBlock2(forms.vs, o, a, b)
      return rounded(c.rounding, o, run)
    }
    case 'Function':
      return rounded(c.rounding, o, bindBlock(c.code, o, a))
    case 'Function2':
      return rounded(c.rounding, o, bindFunction2(c.code, c.from, o, a, b))
    case 'Select': {
      const { vvv, vvs, vsv, vss } = ternaryLoops.select
      return [a.vector ? bindBlock3(b.vector ? (d.vector ? vvv : vvs) : d.vector ? vsv : vss, o, a, b, d) : chosen(o, a, b, d)]
    }
    case 'Call':
      return [bindCall(c.fn, o, args)]
  }
}

const rounded = (name: UnaryName | undefined, o: Operand, run: BlockRun): readonly BlockRun[] =>
  name === undefined ? [run] : [run, bindBlock(unaryLoops[name], o, o)]

/** A choice by one test for the whole block. */
function chosen(o: Operand, test: Operand, x: Operand, y: Operand): BlockRun {
  const take = (v: Operand): BlockRun => (v.vector ? bindBlock(unaryLoops.copy, o, v) : fillFrom(o, v))
  const onTrue = take(x)
  const onFalse = take(y)
  return (m, i, n) => {
    if (m[test.slot]![test.base] !== 0) onTrue(m, i, n)
    else onFalse(m, i, n)
  }
}

const roundedRun = (name: UnaryName | undefined, o: number, run: Run): Run => (name === undefined ? run : sequence([run, unaryRuns[name](o, o)]))

/** The same operation on registers. */
export function bindRegisters(c: Choice, o: number, args: readonly number[]): Run {
  const [a, b, d] = args as [number, number, number]
  switch (c._tag) {
    case 'Unary':
      return roundedRun(c.rounding, o, unaryRuns[c.name](o, a))
    case 'Binary':
      return roundedRun(c.rounding, o, binaryRuns[c.name](o, a, b))
    case 'Function': {
      const { code } = c
      return roundedRun(c.rounding, o, (r) => code(r, o, r, a, 1))
    }
    case 'Function2': {
      const { code, from } = c
      return roundedRun(c.rounding, o, (r) => code(r, o, r, a, 0, r, b, 0, 1, from))
    }
    case 'Select':
      return selectRun(o, a, b, d)
    case 'Call': {
      const { fn } = c
      if (args.length === 1) return (r) => { r[o] = fn(r[a]!) }
      if (args.length === 2) return (r) => { r[o] = fn(r[a]!, r[b]!) }
      return (r) => { r[o] = fn(...args.map((k) => r[k]!)) }
    }
  }
}
