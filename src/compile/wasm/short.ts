/**
 * Joins of a few runs, and sums into windows of a few, as code of the module: within a loop a call of JavaScript would cost more
 * than the elements, or than pairs of them.
 *
 * Law: what the kernels of `concatenate` and `accumulate_at` do.
 */
import { placesOf, size } from '../../data/shape'
import type { Opaque } from '../loop/types'
import { merge } from '../loop/views'
import type { Code } from './assembler'
import { addressOf, type ShortCode } from './opaque'
import { functionOf, type Site } from './site'

/** Bytes up to which elements are copied one by one. */
const few = 128
/** Runs that are copied, or added, at most. */
const most = 32

/** What leaves the address of a place. */
export interface Place {
  readonly address: () => void
}

/** So many bytes from one place to another. */
export function move(code: Code, to: Place, from: Place, bytes: number): void {
  if (bytes > few || bytes === 0) {
    if (bytes === 0) return
    to.address()
    from.address()
    code.i32(bytes).copy()
    return
  }
  const [source, target] = [code.local('i32'), code.local('i32')]
  from.address()
  code.set(source)
  to.address()
  code.set(target)
  let at = 0
  for (; at + 16 <= bytes; at += 16) code.get(target).get(source).memory('v128.load', at).memory('v128.store', at)
  if (at < bytes) code.get(target).get(source).memory('f64.load', at).memory('f64.store', at)
  code.release(source)
  code.release(target)
}

/** Adds n elements after the address in `from` to those after the address in `to`; both go on to what comes after them. */
function addRun(code: Code, to: number, from: number, n: number): void {
  const add = (load: 'v128.load' | 'f64.load', sum: 'f64x2.add' | 'f64.add', store: 'v128.store' | 'f64.store', bytes: number): void => {
    code.get(to).get(to).memory(load, 0).get(from).memory(load, 0).op(sum).memory(store, 0)
    for (const p of [to, from]) code.get(p).i32(bytes).op('i32.add').set(p)
  }
  if (n > 1) {
    const end = code.local('i32')
    code.get(from).i32(16 * Math.floor(n / 2)).op('i32.add').set(end)
    code.repeat(() => add('v128.load', 'f64x2.add', 'v128.store', 16), () => void code.get(from).get(end).op('i32.lt_u'))
    code.release(end)
  }
  if (n % 2 === 1) add('f64.load', 'f64.add', 'f64.store', 8)
}

export const emitShort: ShortCode = ({ inputs, outputs, joined, window }: Opaque, site: Site, kept: boolean): Code | undefined => {
  const joins = joined !== undefined && joined * inputs.length <= most
  const { extents, strides } = merge(window?.extents ?? [], window?.strides ?? [])
  const run = strides.at(-1) === 1 ? extents.at(-1)! : 1
  const runs = run > 1 ? extents.slice(0, -1) : extents
  if (!joins && !(window?.dtype === 'float64' && inputs[1]!.size > 0 && size(runs) <= most)) return undefined
  const { code } = functionOf(site)
  const [from, to] = [inputs, outputs].map((list) => list.map((x) => addressOf(x, site, code))) as [(() => void)[], (() => void)[]]
  const at = (address: () => void, elements: number): Place => ({ address: () => { address(); code.i32(8 * elements).op('i32.add') } })
  if (joins) {
    let next = 0
    for (let row = 0; row < joined; row++)
      inputs.forEach((x, i) => {
        const n = x.size / joined
        move(code, at(to[0]!, next), at(from[i]!, row * n), 8 * n)
        next += n
      })
    return code
  }
  if (!kept) move(code, at(to[0]!, 0), at(from[0]!, 0), 8 * inputs[0]!.size)
  const [sum, piece] = [code.local('i32'), code.local('i32')]
  from[1]!()
  code.set(piece)
  for (const start of placesOf(runs, strides, window!.offset)) {
    at(to[0]!, start).address()
    code.set(sum)
    addRun(code, sum, piece, run)
  }
  return code
}
