/**
 * Running reductions and recurrences within a WebAssembly module: some lines at a time, whose states are in locals.
 *
 * Law: the bits of the kernels: each element is joined to the one before it, in their order.
 */
import { range, size } from '../../data/shape'
import type { Aval } from '../../ir/aval'
import type { Code } from '../../compile/wasm/assembler'
import { on, times } from '../../compile/wasm/copies'
import type { ModuleCode } from '../../compile/wasm/opaque'
import { codeOf } from './element'

/** Along which axis, and whether from its end. */
export interface Run {
  readonly axis: number
  readonly reverse: boolean
}

export type RunningOp = 'add' | 'mul' | 'max' | 'min' | 'logaddexp'

/** Pairs, or single lines, that are worked on together. */
const together = 4
/** 1.5 · 2⁵²: added to an integer, it leaves it, modulo 2³², in the low word. */
const magic = 6755399441055744

/** Leaves the integers of a dtype that the low words of what is on the stack are. */
const fromWords = (code: Code, dtype: number): void => {
  const x = code.local('v128')
  code.tee(x).get(x).shuffleWords([0, 2, 0, 2]).op(dtype === 2 ? 'f64x2.convert_low_i32x4_s' : 'f64x2.convert_low_i32x4_u')
  code.release(x)
}
/** What is on the stack, as elements of the dtype. */
function settlePair(code: Code, dtype: number): void {
  if (dtype === 1) code.op('f32x4.demote_f64x2_zero', 'f64x2.promote_low_f32x4')
  if (dtype > 1) fromWords(code.pair(magic).op('f64x2.add'), dtype)
}
/** Leaves the product, as elements of the dtype. */
export function multiply(code: Code, dtype: number, x: () => void, y: () => void): void {
  for (const f of [x, y]) {
    f()
    if (dtype > 1) code.pair(magic).op('f64x2.add')
  }
  if (dtype > 1) fromWords(code.op('i32x4.mul'), dtype)
  else {
    code.op('f64x2.mul')
    settlePair(code, dtype)
  }
}

/** Puts the next state in the place of the one in a local; `loads` leave the elements of the operands. */
type Join = (code: Code, dtype: number, state: number, loads: readonly (() => void)[]) => void

const extremum = (attains: 'f64x2.ge' | 'f64x2.le'): Join => (code, _dtype, state, [load]) => {
  const x = code.local('v128')
  load!()
  // What stands before stays where it is NaN, and where both are 0.
  code.set(x).get(state).get(x).get(state).get(x).op(attains).get(state).get(state).op('f64x2.ne', 'v128.or', 'v128.bitselect').set(state)
  code.release(x)
}

const joins: { readonly [K in Exclude<RunningOp, 'logaddexp'>]: Join } = {
  add: (code, dtype, state, [load]) => {
    code.get(state)
    load!()
    code.op('f64x2.add')
    settlePair(code, dtype)
    code.set(state)
  },
  mul: (code, dtype, state, [load]) => {
    multiply(code, dtype, () => void code.get(state), load!)
    code.set(state)
  },
  max: extremum('f64x2.ge'),
  min: extremum('f64x2.le'),
}

const recur: Join = (code, dtype, state, [factor, term]) => {
  multiply(code, dtype, factor!, () => void code.get(state))
  term!()
  code.op('f64x2.add')
  settlePair(code, dtype)
  code.set(state)
}

/** A pair of lines side by side, or one: where it is, in bytes. */
interface Lines {
  readonly at: number
  readonly one: boolean
}

/** The first element of each line is that of the last operand. */
function running({ shape, dtype }: Aval, { axis, reverse }: Run, join: Join): ModuleCode | undefined {
  const n = shape[axis]!
  const inner = size(shape.slice(axis + 1))
  const outer = size(shape.slice(0, axis))
  if (n * inner * outer === 0) return undefined
  const code = codeOf(dtype)
  const step = reverse ? -8 * inner : 8 * inner
  return (c, inputs, outputs) => {
    const pointers = [...inputs, ...outputs].map((address) => {
      const p = c.local('i32')
      address()
      c.i32(reverse ? 8 * (n - 1) * inner : 0).op('i32.add').set(p)
      return p
    })
    const to = pointers.at(-1)!
    const move = (bytes: number): void => {
      for (const p of pointers) on(c, p, bytes)
    }
    const load = (p: number, { at, one }: Lines) => (): void => void c.get(p).memory(one ? 'v128.load64_zero' : 'v128.load', at)
    const store = ({ at, one }: Lines, state: number): void => {
      c.get(to).get(state)
      if (one) c.memory('v128.store64_lane', at, 0)
      else c.memory('v128.store', at)
    }
    /** Runs through lines together, from the pointers on, which are left where they were. */
    const through = (lines: readonly Lines[]): void => {
      const states = lines.map((l) => {
        const state = c.local('v128')
        load(pointers.at(-2)!, l)()
        c.set(state)
        store(l, state)
        return state
      })
      if (n > 1)
        times(c, n - 1, () => {
          move(step)
          lines.forEach((l, k) => {
            join(c, code, states[k]!, pointers.slice(0, -1).map((p) => load(p, l)))
            store(l, states[k]!)
          })
        })
      move(-step * (n - 1))
      for (const s of states) c.release(s)
    }
    /** Groups of lines that are alike, then what is left. */
    const groups = (count: number, each: number, bytes: number, lines: (k: number) => Lines): void => {
      const whole = Math.floor(count / each)
      if (whole > 0)
        times(c, whole, () => {
          through(range(each).map(lines))
          move(each * bytes)
        })
      if (count % each > 0) through(range(count % each).map(lines))
      move((count % each) * bytes)
    }
    if (inner === 1) return groups(outer, together, 8 * n, (k) => ({ at: 8 * n * k, one: true }))
    const single: Lines = { at: 0, one: true }
    times(c, outer, () => {
      groups(Math.floor(inner / 2), together, 16, (k) => ({ at: 16 * k, one: false }))
      if (inner % 2 === 1) through([single])
      move(8 * (n * inner - 2 * Math.floor(inner / 2)))
    })
  }
}

export const runningCode = (op: Exclude<RunningOp, 'logaddexp'>) => ([x]: readonly Aval[], run: Run): ModuleCode | undefined => running(x!, run, joins[op])
export const recurrenceCode = ([x]: readonly Aval[], run: Run): ModuleCode | undefined => running(x!, run, recur)
