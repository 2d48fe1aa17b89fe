/**
 * Loaded along with the whole library: from the start, what runs again is compiled and remembered,
 * and elements are moved by the code of programs.
 *
 * Decision: the package says that its files have no effects when they are imported, so bundlers leave this one out. Nothing
 * but time depends on it: in a bundle, `jit` and loops do the same when they are first used.
 */
import { bring } from './compile/brought'
import { written } from './compile/control'
import { warm } from './transforms/warm'

warm()
bring(written)
