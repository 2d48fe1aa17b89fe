/**
 * Solutions by small triangles within a WebAssembly module: a few right-hand sides at a time, all of whose elements are in locals.
 *
 * Law: the bits of `solveTriangle` and `solveFactored`: of each element what is solved before is taken away in the same order.
 */
import type { Aval } from '../../../ir/types'
import type { Code } from '../../../compile/wasm/assembler'
import { on, times } from '../../../compile/wasm/copies'
import type { ModuleCode } from '../../../compile/wasm/opaque'
import { codeOf } from '../../kernels/element'
import { matricesOf } from './buffers'
import { small, type Triangle } from './triangular'

/** Rows up to which four right-hand sides are solved at a time. */
const few = 8
/** Right-hand sides of more rows that are worth what does eight at a time. */
const many = 16

/** Rounds what is on the stack, both lanes, to float32 where results are that. */
export const settlePair = (code: Code, single: boolean): Code => (single ? code.op('f32x4.demote_f64x2_zero', 'f64x2.promote_low_f32x4') : code)

/** A local that holds what is on the stack. */
export const held = (code: Code, type: 'i32' | 'f64' | 'v128'): number => {
  const local = code.local(type)
  code.set(local)
  return local
}

/** Right-hand sides that are solved together: their elements of row i, as pairs, in locals. */
interface Sides {
  readonly rows: readonly (readonly number[])[]
}

/** Row i less the rows before it in the order, each times its factor, in turn; and divided by that of its own, if there is one. */
interface Substitution {
  readonly order: readonly number[]
  /** Bytes from the triangle's address to element (i, j) of what is solved. */
  readonly at: (i: number, j: number) => number
  readonly unit: boolean
  /** Whether what comes before is taken in ascending order, instead of the order in which it is solved. */
  readonly ascending?: boolean
}

function substitute(code: Code, a: number, { rows }: Sides, { order, at, unit, ascending = false }: Substitution): void {
  const factor = code.local('v128')
  order.forEach((i, k) => {
    const before = order.slice(0, k)
    if (ascending) before.sort((x, y) => x - y)
    for (const j of before) {
      code.get(a).memory('v128.load64_splat', at(i, j)).set(factor)
      rows[i]!.forEach((x, v) => code.get(x).get(factor).get(rows[j]![v]!).op('f64x2.mul', 'f64x2.sub').set(x))
    }
    if (unit) return
    code.get(a).memory('v128.load64_splat', at(i, i)).set(factor)
    for (const x of rows[i]!) code.get(x).get(factor).op('f64x2.div').set(x)
  })
  code.release(factor)
}

/** How right-hand sides lie: bytes from one row to the next, and from one side to the next. */
interface Lie {
  readonly row: number
  readonly side: number
}

/** Loads lanes of a pair from an address on and bytes, `side` bytes apart; of one lane the other is 0. */
function loadPair(code: Code, p: number, at: number, side: number, one: boolean): void {
  code.get(p)
  if (one) code.memory('v128.load64_zero', at)
  else if (side === 8) code.memory('v128.load', at)
  else {
    const x = held(code.memory('v128.load64_zero', at), 'v128')
    code.get(p).get(x).memory('v128.load64_lane', at + side, 1)
    code.release(x)
  }
}

function storePair(code: Code, p: number, at: number, side: number, one: boolean, x: number): void {
  code.get(p).get(x)
  if (!one && side === 8) return void code.memory('v128.store', at)
  code.memory('v128.store64_lane', at, 0)
  if (!one) code.get(p).get(x).memory('v128.store64_lane', at + side, 1)
}

/** Runs the body for groups of right-hand sides: their lanes, as many pairs as there are numbers, of which the last may be one alone. */
function eachGroup(code: Code, n: number, sides: number, advance: (lanes: number) => void, body: (sides: Sides, one: boolean) => void): void {
  const all = Array.from({ length: n }, (): number[] => [])
  let left = sides
  for (const lanes of n <= few ? [4, 2, 1] : [2, 1]) {
    const count = Math.floor(left / lanes)
    left -= count * lanes
    if (count === 0) continue
    for (const row of all) while (row.length < lanes / 2) row.push(code.local('v128'))
    times(code, count, () => {
      body({ rows: all.map((row) => row.slice(0, Math.ceil(lanes / 2))) }, lanes === 1)
      advance(lanes)
    })
  }
}

/** What is moved between memory and the rows of right-hand sides: by row, where it is. */
function moveSides(code: Code, { rows }: Sides, one: boolean, side: number, pointer: (i: number) => readonly [p: number, at: number], stores: boolean, single = false): void {
  rows.forEach((pairs, i) => {
    const [p, at] = pointer(i)
    pairs.forEach((x, v) => {
      const offset = at + 2 * v * side
      if (stores) {
        if (single) settlePair(code.get(x), true).set(x)
        storePair(code, p, offset, side, one, x)
      } else {
        loadPair(code, p, offset, side, one)
        code.set(x)
      }
    })
  })
}

const ascending = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const descending = (n: number): number[] => ascending(n).reverse()

/** Undefined where triangles are not small, for many right-hand sides of large ones, and where there is nothing to solve. */
export const triangularCode = ([a, b]: readonly Aval[], params: Triangle & { readonly leftSide: boolean }): ModuleCode | undefined => {
  const { n } = matricesOf(a!)
  const { count, m, n: width } = matricesOf(b!)
  const { leftSide, lower, unitDiagonal } = params
  const sides = leftSide ? width : m
  if (n > (sides > many ? few : small) || count * m * width === 0) return undefined
  const transposed = params.transposeA === leftSide
  const single = codeOf(b!.dtype) === 1
  const lie: Lie = leftSide ? { row: 8 * width, side: 8 } : { row: 8, side: 8 * n }
  const order = lower !== transposed ? ascending(n) : descending(n)
  const at = (i: number, j: number): number => 8 * (transposed ? j * n + i : i * n + j)
  return (code, [matrix, given], [result]) => {
    const [p, q, r] = [matrix!, given!, result!].map((address) => {
      address()
      return held(code, 'i32')
    }) as [number, number, number]
    times(code, count, () => {
      eachGroup(code, n, sides, (lanes) => {
        on(code, q, lanes * lie.side)
        on(code, r, lanes * lie.side)
      }, (group, one) => {
        moveSides(code, group, one, lie.side, (i) => [q, i * lie.row], false)
        substitute(code, p, group, { order, at, unit: unitDiagonal })
        moveSides(code, group, one, lie.side, (i) => [r, i * lie.row], true, single)
      })
      on(code, p, 8 * n * n)
      for (const x of [q, r]) on(code, x, 8 * m * width - sides * lie.side)
    })
  }
}

/** Solutions by the factors of `lu`; undefined where `triangularCode` is. */
export const solveFactoredCode = ([, , , b]: readonly Aval[], { transposeA }: { readonly transposeA: boolean }): ModuleCode | undefined => {
  const { count, m: n, n: sides } = matricesOf(b!)
  if (n > (sides > many ? few : small) || count * n * sides === 0) return undefined
  const single = codeOf(b!.dtype) === 1
  const lie: Lie = { row: 8 * sides, side: 8 }
  return (code, [factors, order, , given], [result]) => {
    const [p, o, q, r] = [factors!, order!, given!, result!].map((address) => {
      address()
      return held(code, 'i32')
    }) as [number, number, number, number]
    const place = code.local('i32')
    /** The row of an array that row i is, in the order of rows. */
    const ordered = (array: number) => (i: number): readonly [number, number] => {
      code.get(o).memory('f64.load', 8 * i).op('i32.trunc_sat_f64_u').i32(lie.row).op('i32.mul').get(array).op('i32.add').set(place)
      return [place, 0]
    }
    const plain = (array: number) => (i: number): readonly [number, number] => [array, i * lie.row]
    times(code, count, () => {
      eachGroup(code, n, sides, (lanes) => {
        on(code, q, 8 * lanes)
        on(code, r, 8 * lanes)
      }, (group, one) => {
        moveSides(code, group, one, lie.side, transposeA ? plain(q) : ordered(q), false)
        const element = (i: number, j: number): number => 8 * (transposeA ? j * n + i : i * n + j)
        substitute(code, p, group, { order: ascending(n), at: element, unit: !transposeA })
        substitute(code, p, group, { order: descending(n), at: element, unit: transposeA, ascending: !transposeA })
        moveSides(code, group, one, lie.side, transposeA ? ordered(r) : plain(r), true, single)
      })
      on(code, p, 8 * n * n)
      on(code, o, 8 * n)
      for (const x of [q, r]) on(code, x, 8 * (n - 1) * sides)
    })
  }
}
