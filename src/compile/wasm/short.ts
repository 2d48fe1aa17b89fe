/**
 * Joins, sums into windows, and arrays put into others, as code of the module: runs of elements, in loops over their strides.
 *
 * Law: what the kernels of `concatenate`, `accumulate_at`, `replace_at` and `pad` do.
 */
import { rowMajor, size } from '../../data/shape'
import type { OpaqueCall } from '../../ir/kernel'
import { choose } from '../closure/choose'
import type { Opaque } from '../loop/types'
import { movingOf } from '../moves'
import type { Code } from './assembler'
import { lay, mergedStrides, move, on, type Strides } from './copies'
import { emitMoves } from './moves'
import { addressOf } from './opaque'
import { onNumbers } from './operations'
import { functionOf, type Site } from './site'

/** What is put, from a place of operand `piece` on, or of the result itself (−1), or added to what is there. */
export interface Put extends Strides {
  readonly piece: number
  readonly from: number
  readonly to: number
  readonly adds?: boolean | undefined
}

/** What is put into the result, in order; undefined for what is not nothing but that. */
export function putsOf({ kernel, ins, out, params }: OpaqueCall): readonly Put[] | undefined {
  if (kernel.joins) {
    const axis = kernel.joins(params)
    const tos = rowMajor(out.shape)
    let to = 0
    return ins.map(({ shape }, piece): Put => {
      const start = to
      to += shape[axis]! * tos[axis]!
      return { piece, from: 0, to: start, extents: shape, froms: rowMajor(shape), tos }
    })
  }
  if (kernel.rolls) return rollPuts(ins[0]!.shape, kernel.rolls(params))
  const { window, adds, inPlace } = kernel
  if (!window || (adds && out.dtype === 'bool')) return undefined
  const { offset, extents, strides, from = 0, froms = rowMajor(extents) } = window(ins, params, out)
  return [{ piece: inPlace === undefined ? 0 : 1, from, to: offset, extents, froms, tos: strides, adds }]
}

/** What is put of an array that is rolled: of each axis what stays before its end, and what begins anew. */
function rollPuts(shape: readonly number[], shifts: readonly number[]): readonly Put[] {
  const strides = rowMajor(shape)
  return shape.reduce<readonly Put[]>((puts, n, k) => {
    const [s, step] = [shifts[k]!, strides[k]!]
    const part = (put: Put, length: number, from: number, to: number): Put =>
      ({ ...put, extents: [...put.extents, length], from: put.from + from * step, to: put.to + to * step })
    return puts.flatMap((put) => (s === 0 ? [part(put, n, 0, 0)] : [part(put, s, n - s, 0), part(put, n - s, 0, s)]))
  }, [{ piece: 0, from: 0, to: 0, extents: [], froms: strides, tos: strides }])
}

/** Whether the result is a number where nothing is put. */
export const fills = ({ kernel }: OpaqueCall): boolean => kernel.window !== undefined && kernel.inPlace === undefined

/** Runs from so many elements on JavaScript copies as fast. */
const long = 2048

/** Whether a step moves a good part of its arrays, and not in long runs: then they are better in the memory of the module. */
export function isMoved({ call, inputs, outputs }: Opaque): boolean {
  if (!call) return false
  const all = [...inputs, ...outputs].reduce((n, x) => n + x.size, 0)
  const m = movingOf(call)
  const puts = m ? [] : putsOf(call)
  if (!puts) return false
  let [moved, runs] = m ? [m.batches * m.rows * m.count, Infinity] : [0, 0]
  for (const put of puts) {
    const { extents, tos, froms } = mergedStrides(put)
    const n = size(extents)
    moved += fills(call) ? all : n
    runs += put.adds ? Infinity : n / (tos.at(-1) === 1 && froms.at(-1) === 1 ? extents.at(-1)! : 1)
  }
  return 4 * moved >= all && runs * long > moved
}

export function emitShort(s: Opaque, site: Site, kept: boolean): Code | undefined {
  const { inputs, outputs: [y], call } = s
  if (!call) return undefined
  if (call.kernel.moves) return emitMoves(s, call, site, kept)
  const puts = putsOf(call)
  if (!puts) return undefined
  const { code, pairs } = functionOf(site)
  const { dtype } = call.out
  const load = (p: number) => (): void => void code.get(p).memory('f64.load', 0)
  const added = (to: number, from: number): void => onNumbers(pairs, choose({ _tag: 'Binary', op: 'add', code: undefined, from: dtype, dtype }), [load(to), load(from)])
  putAll(code, puts.map((put) => ({ ...put, ...mergedStrides(put) })), {
    to: addressOf(y!, site, code), n: y!.size,
    xs: inputs.map((x) => addressOf(x, site, code)),
    start: kept ? undefined : s.inPlace,
    fills: fills(call),
  }, dtype === 'float64' ? undefined : added)
  return code
}

/** The addresses of a result of n elements and of operands; `start`: the one that it starts as, if that is still to be copied. */
interface Arrays {
  readonly to: () => void
  readonly n: number
  readonly xs: readonly (() => void)[]
  readonly start: number | undefined
  /** Whether it is the number in operand 1 where nothing is put. */
  readonly fills: boolean
}

/** All that is put, in order; `added`: see `lay`. */
export function putAll(code: Code, puts: readonly Put[], { to, n, xs, start, fills }: Arrays, added?: (to: number, from: number) => void): void {
  if (start !== undefined) move(code, { address: to }, { address: xs[start]! }, 8 * n)
  if (fills) filled(code, to, xs[1]!, n)
  const [p, q] = [code.local('i32'), code.local('i32')]
  for (const put of puts) {
    if (size(put.extents) === 0) continue
    to()
    code.i32(8 * put.to).op('i32.add').set(p)
    ;(xs[put.piece] ?? to)()
    code.i32(8 * put.from).op('i32.add').set(q)
    lay(code, p, q, put, put.adds ? 'add' : 'set', added && (() => added(p, q)))
  }
}

/** The same as JavaScript. */
export const putting = (puts: readonly Put[]) => (xs: readonly Float64Array[], y: Float64Array): void => {
  for (const { piece, from, to, extents, tos, froms, adds } of puts) {
    const x = xs[piece] ?? y
    const put = (axis: number, p: number, q: number): void => {
      if (axis === extents.length) y[p] = adds ? y[p]! + x[q]! : x[q]!
      else for (let k = 0; k < extents[axis]!; k++) put(axis + 1, p + k * tos[axis]!, q + k * froms[axis]!)
    }
    put(0, to, from)
  }
}

/** So many elements, each the number at the address: two at a time, then the last. */
function filled(code: Code, address: () => void, number: () => void, n: number): void {
  if (n === 0) return
  const [p, end, pair] = [code.local('i32'), code.local('i32'), code.local('v128')]
  number()
  code.memory('v128.load64_splat', 0).set(pair)
  address()
  code.tee(p).i32(16 * Math.floor(n / 2)).op('i32.add').set(end)
  if (n > 1)
    code.repeat(
      () => {
        code.get(p).get(pair).memory('v128.store', 0)
        on(code, p, 16)
      },
      () => void code.get(p).get(end).op('i32.lt_u'),
    )
  if (n % 2 === 1) code.get(p).get(pair).lane('f64x2.extract_lane', 0).memory('f64.store', 0)
}
