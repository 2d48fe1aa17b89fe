/**
 * The words beyond the core over tensors, for what is built of tensors above this floor: who uses one of them ships no other.
 *
 * Example: import * as words from '../primitives/tensor-words', and words.floor(x)
 */
import type { CoreOps } from '../ir/types'
import { coreOps } from './core'
import * as further from './further-words'
import type { Tensored } from './vocabulary/context'

const over = <F>(word: (core: CoreOps) => F): Tensored<F> => word(coreOps) as unknown as Tensored<F>

export const floor = over(further.floor)
export const ceil = over(further.ceil)
export const round = over(further.round)
export const expm1 = over(further.expm1)
export const log1p = over(further.log1p)
export const cos = over(further.cos)
export const tan = over(further.tan)
export const tanh = over(further.tanh)
export const isFinite = over(further.isFinite)
export const stopGradient = over(further.stopGradient)
export const rem = over(further.rem)
export const xor = over(further.xor)
export const cumsum = over(further.cumsum)
export const cumprod = over(further.cumprod)
export const cummax = over(further.cummax)
export const cummin = over(further.cummin)
export const cumlogsumexp = over(further.cumlogsumexp)
export const pad = over(further.pad)
export const dynamicSlice = over(further.dynamicSlice)
export const dynamicUpdateSlice = over(further.dynamicUpdateSlice)
export const sort = over(further.sort)
