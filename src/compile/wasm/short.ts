/**
 * Short joins and sums into windows as code of the module: within a loop a call of JavaScript would cost more than the elements.
 *
 * Law: what the kernels of `concatenate` and `accumulate_at` do.
 */
import { placesOf } from '../../data/shape'
import type { Opaque } from '../loop/types'
import type { Code } from './assembler'
import { addressOf, type ShortCode } from './opaque'
import { functionOf, type Site } from './site'

/** Bytes up to which elements are copied one by one. */
const few = 128
/** Elements that are added one by one, and runs that are copied so, at most. */
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

export const emitShort: ShortCode = ({ inputs, outputs, joined, window }: Opaque, site: Site, kept: boolean): Code | undefined => {
  const joins = joined !== undefined && joined * inputs.length <= most
  if (!joins && !(window?.dtype === 'float64' && inputs[1]!.size <= most)) return undefined
  const { code } = functionOf(site)
  const [from, to] = [inputs, outputs].map((list) => list.map((x) => addressOf(x, site, code))) as [(() => void)[], (() => void)[]]
  const at = (address: () => void, elements: number): Place => ({ address: () => { address(); code.i32(8 * elements).op('i32.add') } })
  if (joins) {
    let next = 0
    for (let row = 0; row < joined; row++)
      inputs.forEach(({ size }, i) => {
        const n = size / joined
        move(code, at(to[0]!, next), at(from[i]!, row * n), 8 * n)
        next += n
      })
    return code
  }
  if (!kept) move(code, at(to[0]!, 0), at(from[0]!, 0), 8 * inputs[0]!.size)
  const [sum, piece] = [code.local('i32'), code.local('i32')]
  to[0]!()
  code.set(sum)
  from[1]!()
  code.set(piece)
  const { offset, extents, strides } = window!
  placesOf(extents, strides, offset).forEach((k, i) => void code.get(sum).get(sum).memory('f64.load', 8 * k).get(piece).memory('f64.load', 8 * i).op('f64.add').memory('f64.store', 8 * k))
  return code
}
