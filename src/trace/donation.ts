/**
 * Donation: tensors whose storage may be written over, because their owner has given them up.
 *
 * Law: storage is handed on only where no other tensor shares it; a tensor that was donated raises whenever it is used, also
 * by what holds it: a compiled function that captured it, a pullback with it among its residuals.
 * Storage is known to be somebody's alone from where it is made (`own`) until a view of it is (`share`).
 * Source: JAX's `donate_argnums`; ownership as in the uniqueness test of copy-on-write arrays.
 */
import { changing } from '../compile/lasting'
import type { TypedArray } from '../data/dtype'
import { fault, raise, type Fault } from '../data/errors'
import { size } from '../data/shape'
import type { Aval } from '../ir/types'
import type { Tensor, TraceOf } from './tensor'
import { showAval } from './trace'

const sole = new WeakSet<TypedArray>()

/** The array belongs to one tensor. */
export const own = (buffer: TypedArray): void => void sole.add(buffer)

/** The array is seen by a second tensor, or by the user. */
export const share = (buffer: TypedArray): void => void sole.delete(buffer)

const used = (a: Aval): string => `a donated ${showAval(a)} was used after the call that it was given to`

const ended = (a: Aval): Fault =>
  fault('compile', `${used(a)}.`, 'Use the result of that call instead, or leave it out of donateArgnums.')

/** Where donated tensors belong to. */
const donated: TraceOf = { kind: 'jit', isOpen: false, valueOf: (t) => raise(ended(t.aval)), refusal: ended, coercion: ended, ended }

let count = 0

/** How many tensors were donated so far. */
export const donations = (): number => count

/** Raises where a tensor was donated that something holds; `holder` says what, `remedy` what to write instead. */
export function demandKept(held: readonly Tensor[], holder: string, remedy: string): void {
  for (const { source, aval } of held)
    if (source._tag === 'Name' && source.trace === donated) raise(fault('compile', `${used(aval)}: ${holder}.`, `${remedy}, or leave it out of donateArgnums.`))
}

/** Takes a tensor from its owner: from now on every use of it raises. Its array, where nobody else has it. */
export function takeOver(t: Tensor): TypedArray | undefined {
  const { buffer } = t.retire(donated)
  count++
  if (typeof buffer === 'number' || buffer.length !== size(t.shape) || !sole.has(buffer)) return undefined
  sole.delete(buffer)
  changing(buffer)
  return buffer
}
