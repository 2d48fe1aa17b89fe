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
import { addRun, move, type Place } from './copies'
import { emitMoves } from './moves'
import { addressOf } from './opaque'
import { functionOf, type Site } from './site'

/** Runs that are copied, or added, at most. */
const most = 32

export function emitShort(s: Opaque, site: Site, kept: boolean): Code | undefined {
  const { inputs, outputs, window, call } = s
  if (!call) return undefined
  const { kernel, out, params } = call
  if (kernel.moves) return emitMoves(s, call, site, kept)
  const joined = kernel.joins && size(out.shape.slice(0, kernel.joins(params)))
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
