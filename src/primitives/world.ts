/**
 * The whole vocabulary over values and over tensors, for everything above this floor that needs more than the core.
 */
import type { Ops } from '../ir/types'
import { coreOps, engine } from './core'
import type { Context, TensorOps } from './vocabulary/context'
import { withWords } from './words'

export { bind, engine, record } from './core'

/** The vocabulary over values, as rules see it. */
export const ruleOps: Ops = withWords(coreOps)
/** The same over tensors. */
export const ops: TensorOps<Ops> = ruleOps as unknown as TensorOps<Ops>
/** For vocabulary functions outside the tensor's own. */
export const context: Context<Ops> = { ops, vocabulary: () => engine.vocabulary }
