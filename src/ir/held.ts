/**
 * Programs in parameters: what passes over the equations that hold them need.
 *
 * Decision: a primitive that holds programs brings these passes with its record, so that a program without loops and calls
 * carries none of their code.
 */
import { hasEffects, silentParams } from './effects'
import { valueKey } from './fingerprint'
import type { Held, Params, PrimitiveRecord } from './types'

export const holding = (programs: NonNullable<PrimitiveRecord['programs']>): Held =>
  Object.assign((params: Params) => programs(params), { acts: (params: Params) => programs(params).some(hasEffects), silent: silentParams, key: valueKey })
