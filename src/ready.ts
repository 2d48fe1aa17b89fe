/**
 * Loaded along with the whole library: from the start, what runs again is compiled and remembered.
 *
 * Decision: the package says that its files have no effects when they are imported, so bundlers leave this one out. Nothing
 * but time depends on it: in a bundle, `jit` and loops do the same when they are first used.
 */
import { warm } from './transforms/warm'

warm()
