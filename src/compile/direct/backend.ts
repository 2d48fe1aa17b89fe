/**
 * The direct backend: equations one by one, on whole arrays. It costs next to nothing to make and is small.
 *
 * Law: the bits of every other backend. It runs what is met for the first time, and is what compiled programs are held to.
 */
import type { Backend } from '../backend'
import { makeKernel } from './kernel'

export const direct: Backend = { name: 'direct', compile: makeKernel }
