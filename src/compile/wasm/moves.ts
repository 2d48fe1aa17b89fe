/**
 * Elements moved to or from places known at run time, as a step of a module.
 *
 * Law: what the kernels of `gather`, the scatters and windows at run-time starts do.
 */
import type { OpaqueCall } from '../../ir/kernel'
import { choose } from '../closure/choose'
import type { Opaque } from '../loop/types'
import { movingOf } from '../moves'
import type { Code } from './assembler'
import { addressOf } from './opaque'
import { onNumbers } from './operations'
import { moveElements } from './rowwise'
import { functionOf, type Site } from './site'

export function emitMoves({ inputs, outputs }: Opaque, call: OpaqueCall, site: Site, kept: boolean): Code | undefined {
  const m = movingOf(call)
  if (!m) return undefined
  const { code, pairs } = functionOf(site)
  const { dtype } = m
  moveElements(
    code, m, inputs.map((x) => addressOf(x, site, code)), addressOf(outputs[0]!, site, code), kept ? 0 : 8 * inputs[0]!.size,
    dtype === 'float64' ? undefined : (x, y) => onNumbers(pairs, choose({ _tag: 'Binary', op: 'add', code: undefined, from: dtype, dtype }), [x, y]),
  )
  return code
}
