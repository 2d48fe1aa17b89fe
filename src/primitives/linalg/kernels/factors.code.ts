/**
 * Factors of small matrices within a WebAssembly module: Cholesky's, whose elements are all in locals or are factored by the
 * function of whole rows, and those of Gaussian elimination, row by row.
 *
 * Law: the bits of `factorCholesky` and `factorLu`, and of the determinant by the latter.
 */
import { range } from '../../../data/shape'
import type { Aval } from '../../../ir/types'
import type { Code } from '../../../compile/wasm/assembler'
import { move, on, times } from '../../../compile/wasm/copies'
import type { ModuleCode } from '../../../compile/wasm/opaque'
import { codeOf } from '../../kernels/element'
import { matricesOf } from './buffers'
import { factorRows } from './module'
import { small } from './triangular'
import { held, settlePair } from './triangular.code'

/** Rows up to which all elements of a Cholesky factor are in locals. */
const few = 6

/** A local with what an address is. */
const pointer = (code: Code, address: () => void): number => {
  address()
  return held(code, 'i32')
}

/** Leaves the element at an offset of a symmetric matrix, of what is in one place and in its mirror image. */
function symmetrical(code: Code, p: number, low: number, high: number): void {
  const load = (at: number): Code => code.get(p).memory('f64.load', at)
  if (low === high) return void load(low)
  const [x, y] = [held(load(low), 'f64'), held(load(high), 'f64')]
  code.get(x).get(x).f64(0.5).op('f64.mul').get(y).f64(0.5).op('f64.mul', 'f64.add').get(x).get(y).op('f64.eq', 'select')
  code.release(x)
  code.release(y)
}

/** Leaves the root of what is in a local; NaN where that is not positive. */
const rootOf = (code: Code, square: number): Code => code.get(square).op('f64.sqrt').f64(NaN).f64(0).get(square).op('f64.lt', 'select')

/** One matrix, from p to q: rows of U in locals. */
function factorLocals(code: Code, n: number, p: number, q: number, single: boolean): void {
  const u = range(n).map((i) => range(n).map((j) => (j < i ? -1 : code.local('f64'))))
  range(n).forEach((i) => {
    for (let j = i; j < n; j++) {
      symmetrical(code, p, 8 * (j * n + i), 8 * (i * n + j))
      for (let k = 0; k < i; k++) code.get(u[k]![i]!).get(u[k]![j]!).op('f64.mul', 'f64.sub')
      code.set(u[i]![j]!)
    }
    const root = u[i]![i]!
    rootOf(code, root).set(root)
    for (let j = i + 1; j < n; j++) code.get(u[i]![j]!).get(root).op('f64.div').set(u[i]![j]!)
  })
  const last = u[n - 1]![n - 1]!
  const [definite, nan] = [held(code.f64(0).get(last).op('f64.lt'), 'i32'), held(code.f64(NaN), 'f64')]
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) {
      code.get(q)
      if (i > j) code.f64(0)
      else {
        code.get(u[i]![j]!).get(nan).get(definite).op('select')
        if (single) code.op('f32.demote', 'f64.promote')
      }
      code.memory('f64.store', 8 * (j * n + i))
    }
  for (const x of [...u.flat(), nan]) if (x >= 0) code.release(x)
  code.release(definite)
}

/** One matrix, from p to q, by the function that factors rows where they stand. */
function factorInPlace(code: Code, n: number, p: number, q: number, single: boolean, factor: () => void): void {
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) {
      code.get(q)
      symmetrical(code, p, 8 * (j * n + i), 8 * (i * n + j))
      code.memory('f64.store', 8 * (i * n + j))
    }
  factor()
  const [definite, nan] = [held(code.f64(0).get(q).memory('f64.load', 8 * (n * n - 1)).op('f64.lt'), 'i32'), held(code.f64(NaN), 'f64')]
  for (let j = 0; j < n; j++)
    for (let i = 0; i <= j; i++) {
      code.get(q).get(q).memory('f64.load', 8 * (i * n + j)).get(nan).get(definite).op('select')
      if (single) code.op('f32.demote', 'f64.promote')
      code.memory('f64.store', 8 * (j * n + i))
      if (i < j) code.get(q).f64(0).memory('f64.store', 8 * (i * n + j))
    }
  code.release(definite)
  code.release(nan)
}

/** Undefined where matrices are not small, or there are none. */
export const choleskyCode = ([a]: readonly Aval[]): ModuleCode | undefined => {
  const { count, n } = matricesOf(a!)
  if (n > small || count * n === 0) return undefined
  const single = codeOf(a!.dtype) === 1
  return (code, [from], [to], _own, _kept, site) => {
    const [p, q] = [pointer(code, from!), pointer(code, to!)]
    const area = 8 * n * n
    times(code, count, () => {
      if (n <= few) factorLocals(code, n, p, q, single)
      else factorInPlace(code, n, p, q, single, () => void code.i32(1).i32(n).i32(n).get(q).i32(8 * n).i32(area).call(site.library('factorRows', factorRows)))
      on(code, p, area)
      on(code, q, area)
    })
  }
}

/** The pairs of the columns of a row from one on, by their bytes, and whether the second is there. */
const columnPairs = (from: number, n: number): readonly (readonly [at: number, one: boolean])[] =>
  range(Math.ceil((n - from) / 2)).map((v) => [8 * (from + 2 * v), from + 2 * v + 1 === n])

const load = (code: Code, p: number, at: number, one: boolean): Code => code.get(p).memory(one ? 'v128.load64_zero' : 'v128.load', at)
/** Stores the pair in a local. */
const store = (code: Code, p: number, at: number, one: boolean, x: number): void => {
  code.get(p).get(x)
  if (one) code.memory('v128.store64_lane', at, 0)
  else code.memory('v128.store', at)
}

/** The elements at two addresses are exchanged. */
function exchange(code: Code, p: number, q: number, list: readonly (readonly [at: number, one: boolean])[]): void {
  for (const [at, one] of list) {
    const [x, y] = [held(load(code, p, at, one), 'v128'), held(load(code, q, at, one), 'v128')]
    store(code, p, at, one, y)
    store(code, q, at, one, x)
    code.release(x)
    code.release(y)
  }
}

/** The elimination of the m × n matrix at p, m ≥ n; `exchanged`: of step j and the row with which it is exchanged, another one or not. */
function eliminate(code: Code, m: number, n: number, p: number, pivoted: (j: number, pivot: number) => void, exchanged: (j: number, pivot: number) => void): void {
  const [pivot, row, d, largest, size, factor] = [code.local('i32'), code.local('i32'), code.local('f64'), code.local('f64'), code.local('f64'), code.local('v128')]
  for (let j = 0; j < n; j++) {
    const element = (i: number): Code => code.get(p).memory('f64.load', 8 * (i * n + j))
    code.i32(j).set(pivot)
    element(j).op('f64.abs').set(largest)
    for (let i = j + 1; i < m; i++) {
      element(i).op('f64.abs').set(size)
      code.i32(i).get(pivot).get(largest).get(size).op('f64.lt', 'select').set(pivot)
      code.get(size).get(largest).get(largest).get(size).op('f64.lt', 'select').set(largest)
    }
    pivoted(j, pivot)
    if (j < m - 1)
      code.get(pivot).i32(j).op('i32.ne').if(() => {
        const [one, other] = [held(code.get(p).i32(8 * j * n).op('i32.add'), 'i32'), held(code.get(p).get(pivot).i32(8 * n).op('i32.mul', 'i32.add'), 'i32')]
        exchange(code, one, other, columnPairs(0, n))
        code.release(one)
        code.release(other)
        exchanged(j, pivot)
      })
    if (j === m - 1) continue
    element(j).tee(d).f64(0).op('f64.ne').if(() => {
      const pairs = columnPairs(j + 1, n)
      const top = pairs.map(([at, one]) => held(load(code, p, 8 * j * n + at, one), 'v128'))
      code.get(p).i32(8 * (j + 1) * n).op('i32.add').set(row)
      times(code, m - 1 - j, () => {
        code.get(row).get(row).memory('f64.load', 8 * j).get(d).op('f64.div', 'f64x2.splat').tee(factor).memory('v128.store64_lane', 8 * j, 0)
        pairs.forEach(([at, one], v) => {
          const x = held(load(code, row, at, one).get(factor).get(top[v]!).op('f64x2.mul', 'f64x2.sub'), 'v128')
          store(code, row, at, one, x)
          code.release(x)
        })
        on(code, row, 8 * n)
      })
      for (const x of top) code.release(x)
    })
  }
  for (const x of [pivot, row, d, largest, size, factor]) code.release(x)
}

/** Undefined where matrices are not small, or wide, or there are none. */
export const luCode = ([a]: readonly Aval[]): ModuleCode | undefined => {
  const { count, m, n } = matricesOf(a!)
  if (m > small || n > m || count * n === 0) return undefined
  const single = codeOf(a!.dtype) === 1
  return (code, [from], [to, pivots, order]) => {
    move(code, { address: to! }, { address: from! }, 8 * count * m * n)
    const [p, q, o, x] = [pointer(code, to!), pointer(code, pivots!), pointer(code, order!), code.local('i32')]
    const both = code.local('f64')
    times(code, count, () => {
      for (let i = 0; i < m; i++) code.get(o).f64(i).memory('f64.store', 8 * i)
      eliminate(code, m, n, p, (j, pivot) => void code.get(q).get(pivot).op('f64.convert_i32_u').memory('f64.store', 8 * j), (j, pivot) => {
        code.get(o).get(pivot).i32(8).op('i32.mul', 'i32.add').tee(x).memory('f64.load', 0).set(both)
        code.get(x).get(o).memory('f64.load', 8 * j).memory('f64.store', 0).get(o).get(both).memory('f64.store', 8 * j)
      })
      if (single)
        for (const [at, one] of columnPairs(0, m * n)) {
          const v = held(settlePair(load(code, p, at, one), true), 'v128')
          store(code, p, at, one, v)
          code.release(v)
        }
      on(code, p, 8 * m * n)
      on(code, q, 8 * n)
      on(code, o, 8 * m)
    })
  }
}

/** Undefined where matrices are not small, or there are none. */
export const detCode = ([a]: readonly Aval[]): ModuleCode | undefined => {
  const { count, n } = matricesOf(a!)
  if (n > small || count * n === 0) return undefined
  const single = codeOf(a!.dtype) === 1
  return (code, [from], [to], own) => {
    const scratch = own(n * n)
    const [p, q, r, det] = [pointer(code, from!), pointer(code, to!), pointer(code, scratch), code.local('f64')]
    times(code, count, () => {
      move(code, { address: scratch }, { address: () => void code.get(p) }, 8 * n * n)
      code.f64(1).set(det)
      eliminate(code, n, n, r, () => undefined, () => void code.get(det).op('f64.neg').set(det))
      for (let i = 0; i < n; i++) code.get(det).get(r).memory('f64.load', 8 * i * (n + 1)).op('f64.mul').set(det)
      code.get(q).get(det)
      if (single) code.op('f32.demote', 'f64.promote')
      code.memory('f64.store', 0)
      on(code, p, 8 * n * n)
      on(code, q, 8)
    })
  }
}
