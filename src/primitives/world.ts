/**
 * The whole vocabulary over values, for users and for rules that are handed all of it.
 */
import type { Ops } from '../ir/types'
import { coreOps } from './core'
import { withWords } from './words'

/** The vocabulary over values, as rules see it. */
export const ruleOps: Ops = withWords(coreOps)
