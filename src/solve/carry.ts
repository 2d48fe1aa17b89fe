/**
 * What loops begin with: counters and flags of a dtype of their own.
 *
 * JavaScript's numbers and truths are weak in dtype; a carry has one from the first step on.
 */
import { ops } from '../primitives/core'
import type { Tensor } from '../trace/tensor'

/** A counter of steps, at 0. */
export const zeroSteps = (): Tensor => ops.full([], 0, 'int32')
export const yes = (): Tensor => ops.full([], 1, 'bool')
export const no = (): Tensor => ops.full([], 0, 'bool')
