/**
 * What programs tell of where their equations come from, to whoever keeps it: nobody, unless one debugs (see lines.ts).
 *
 * Law: programs are the same whether it is kept or not.
 * Decision: the keeper is handed in, so that a program that does not debug carries none of its code.
 */
import type { Eqn, Primitive, Var } from './types'

export interface Keeper {
  /** Of an equation that is being recorded. */
  readonly note: (prim: Primitive, outs: readonly Var[]) => void
  /** An equation that stands for another one, with variables of other names. */
  readonly copy: (from: Eqn, to: Eqn) => void
  /** Tells programs of one structure apart by where they come from. */
  readonly key: (eqns: readonly Eqn[]) => string
  /** The equations one by one; what is recorded in between comes from where they do. */
  readonly each: (eqns: readonly Eqn[]) => Iterable<Eqn>
}

let keeper: Keeper | undefined

/** Sets the keeper, or takes it away. */
export function setKeeper(next: Keeper | undefined): void {
  keeper = next
}

export const noteSource = (prim: Primitive, outs: readonly Var[]): void => keeper?.note(prim, outs)

export function copySource(from: Eqn, to: Eqn): Eqn {
  keeper?.copy(from, to)
  return to
}

export const sourceKey = (eqns: readonly Eqn[]): string => keeper?.key(eqns) ?? ''
export const located = (eqns: readonly Eqn[]): Iterable<Eqn> => keeper?.each(eqns) ?? eqns
