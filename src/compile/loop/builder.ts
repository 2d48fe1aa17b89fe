/**
 * The loop program under construction: registers, buffers, steps, and the choice of the nest that an operation joins.
 *
 * Law: an operation joins the earliest nest of its size that comes after (or holds) its operands; a scalar operation runs
 * as early as its operands allow. Equal operations on equal operands are made once within a nest, and once among registers.
 * Decision: time 2k is before step k, time 2k + 1 is step k; scalar operations never make a step of their own, so they
 * never separate two nests.
 */
import { dtypes } from '../../data/dtype'
import { identity, numberKey } from '../../ir/fingerprint'
import type { Buffer, Nest, NestValue, Operation, Ref, Reduction, Run, ScalarStep, Step, Walk } from './types'
import type { Pass } from './views'

/** Columns narrower than this are accumulated side by side; wider ones strip by strip, in a nest of their own kind. */
const wide = 4096
/** Longer rows are not kept whole in a block. */
export const longest = 4096
/** Nests tried before a new one is made. */
const tries = 8

export interface Builder {
  readonly buffers: Buffer[]
  readonly steps: Step[]
  readonly scalars: ScalarStep[][]
  readonly constants: (readonly [number, number])[]
  readonly registerCount: () => number
  readonly register: (time: number) => number
  readonly constant: (value: number) => number
  readonly scalar: (operation: Operation, args: readonly number[]) => number
  readonly peek: (buffer: number, at: number) => number
  /** The first step at which a register, or a buffer, can be read. */
  readonly registerReady: (register: number) => number
  readonly bufferReady: (buffer: number) => number
  readonly buffer: (size: number, at: number, rowLength?: number) => number
  readonly append: (step: Step) => number
  /** Index of the nest that an operation over `size` elements joins, not before step `ready`. */
  readonly nest: (size: number, ready: number, pass?: Pass) => number
  /** Whether the nest runs, or from now on will run, by whole rows of this length. */
  readonly claim: (nest: number, length: number, really: boolean) => boolean
  readonly load: (nest: number, walk: Walk, rows: boolean) => Ref
  readonly join: (nest: number, runs: readonly Run[]) => Ref
  readonly expand: (nest: number, value: Ref) => Ref
  readonly spread: (nest: number, register: number) => Ref
  readonly compute: (nest: number, operation: Operation, args: readonly Ref[]) => Ref
  readonly reduce: (nest: number, reduction: Reduction) => void
  /** The buffer that keeps a value of a nest. */
  readonly store: (nest: number, value: Ref) => number
}

/** What a table has, made where it has nothing. */
export function had<K>(table: Map<K, number>, key: K, make: () => number): number {
  let n = table.get(key)
  if (n === undefined) table.set(key, (n = make()))
  return n
}

const numbers = new Map<string, number>()
/** A number for the name of an operation. */
const numberOf = (op: string): number => had(numbers, op, () => numbers.size)

/** Operands that a numeric key has room for. */
const room = 2 ** 19

/** Equal for equal operations on equal operands: a number where it fits, as strings cost ten times as much to look up. */
function keyOf(o: Operation, args: readonly Ref[]): number | string {
  if (o._tag === 'Unary' || o._tag === 'Binary') {
    // Eleven bits, with two times twenty for the operands.
    const code = (numberOf(o.op) * 5 + dtypes.indexOf(o.from)) * 5 + dtypes.indexOf(o.dtype)
    const a = args[0]!
    const b = args.length > 1 ? args[1]! : 0
    if (a > -room && a < room && b > -room && b < room) return (code * 2 * room + a + room) * 2 * room + b + room
  }
  const name = o._tag === 'Call' ? `#${identity(o.fn)}` : o._tag === 'Unary' || o._tag === 'Binary' ? `${o.op} ${o.from}` : o._tag === 'Convert' ? `> ${o.from}` : '?'
  return `${name} ${o.dtype}(${args.join()})`
}

/** Whether columns are reduced strip by strip. */
export const isWide = (p: { readonly inner: number }): boolean => p.inner > wide

const admits = (nest: Nest, pass: Pass | undefined): boolean =>
  pass === undefined ||
  ((nest.windows.length === 0 || (pass.outer === 1 && pass.inner === 1)) && !(isWide(pass) && nest.line > 0) && nest.reductions.every((r) => (isWide(pass) || isWide(r) ? r.length === pass.length && r.inner === pass.inner : true)))

export function makeBuilder(): Builder {
  const buffers: Buffer[] = []
  const steps: Step[] = []
  const scalars: ScalarStep[][] = [[]]
  const constants: (readonly [number, number])[] = []
  const times: number[] = []
  const known = new Map<string | number, number>()
  const nestsOf = new Map<number, number[]>()
  const shared = new Map<number, Map<string | number, Ref>>()

  const register = (time: number): number => times.push(time) - 1
  const remember = (key: string | number, make: () => number): number => had(known, key, make)
  const emit = (ready: number, make: (out: number) => ScalarStep): number => {
    const out = register(2 * ready)
    scalars[ready]!.push(make(out))
    return out
  }
  const registerReady = (r: number): number => (times[r]! + 1) >> 1
  const bufferReady = (b: number): number => buffers[b]!.at + 1
  const append = (step: Step): number => {
    scalars.push([])
    return steps.push(step) - 1
  }
  const valuesOf = (nest: number): NestValue[] => (steps[nest] as Nest).values
  const intern = (nest: number, key: string | number, make: () => NestValue): Ref => had(shared.get(nest)!, key, () => valuesOf(nest).push(make()) - 1)

  return {
    buffers,
    steps,
    scalars,
    constants,
    registerCount: () => times.length,
    register,
    constant: (value) =>
      remember(`=${numberKey(value)}`, () => {
        const r = register(-1)
        constants.push([r, value])
        return r
      }),
    scalar: (operation, args) =>
      remember(keyOf(operation, args), () => {
        let ready = 0
        for (const a of args) ready = Math.max(ready, registerReady(a))
        return emit(ready, (out) => ({ _tag: 'Compute', operation, args, out }))
      }),
    peek: (buffer, at) => remember(`@${buffer}[${at}]`, () => emit(bufferReady(buffer), (out) => ({ _tag: 'Peek', buffer, at, out }))),
    registerReady,
    bufferReady,
    buffer: (size, at, rowLength = 0) => buffers.push({ size, at, rowLength, owner: { _tag: 'Arena' } }) - 1,
    append,
    nest: (size, ready, pass) => {
      let list = nestsOf.get(size)
      if (!list) nestsOf.set(size, (list = []))
      let low = 0
      for (let high = list.length; low < high; ) {
        const middle = (low + high) >> 1
        if (list[middle]! < ready) low = middle + 1
        else high = middle
      }
      for (let i = low; i < list.length && i < low + tries; i++) if (admits(steps[list[i]!] as Nest, pass)) return list[i]!
      const made = append({ _tag: 'Nest', size, line: 0, values: [], reductions: [], windows: [], names: [] })
      shared.set(made, new Map())
      list.push(made)
      return made
    },
    claim: (index, length, really) => {
      const nest = steps[index] as Nest
      if (nest.line !== length && (nest.line !== 0 || nest.windows.length > 0 || length > longest || nest.reductions.some(isWide))) return false
      if (really) nest.line = length
      return true
    },
    load: (nest, walk, rows) =>
      intern(nest, `${rows ? '-' : '@'}${walk.buffer} ${walk.offset} ${walk.extents.join()} ${walk.strides.join()}`, () => ({ _tag: 'Load', walk, rows, store: -1 })),
    join: (nest, runs) => intern(nest, `+${JSON.stringify(runs)}`, () => ({ _tag: 'Join', runs, rows: false, store: -1 })),
    expand: (nest, value) => intern(nest, `^${value}`, () => ({ _tag: 'Expand', value, rows: false, store: -1 })),
    spread: (nest, r) => intern(nest, `=${r}`, () => ({ _tag: 'Spread', register: r, rows: false, store: -1 })),
    compute: (nest, operation, args) =>
      intern(nest, keyOf(operation, args), () => ({ _tag: 'Compute', operation, args, rows: args.some((a) => a >= 0 && valuesOf(nest)[a]!.rows), store: -1 })),
    reduce: (nest, reduction) => {
      ;(steps[nest] as Nest).reductions.push(reduction)
    },
    store: (index, value) => {
      const nest = steps[index] as Nest
      const v = nest.values[value]!
      if (v.store < 0) v.store = buffers.push({ size: v.rows ? nest.size / nest.line : nest.size, at: index, rowLength: 0, owner: { _tag: 'Arena' } }) - 1
      return v.store
    },
  }
}
