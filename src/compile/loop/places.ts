/**
 * Where the values of a program are, by number; also of those that are no one place, until one is asked for.
 *
 * Decision: what makes composites (kernels with a lowering of their own) brings their code, so that programs without them do
 * not carry it.
 */
import type { Aval } from '../../ir/aval'
import type { Expr, ViewMap } from '../../ir/kernel'
import type { Builder } from './builder'
import type { FlatEqn } from './flatten'
import type { Place } from './place'

/** A value that is several places. */
export interface Composite {
  /** The value as one place. */
  readonly whole: Place
  /** What it, with other operands, is in an elementwise expression; undefined where one place is needed. */
  readonly elementwise: (places: Places, expr: Expr, ins: readonly number[], out: Aval, name: string) => Where | undefined
  readonly view: (out: Aval, map: (strides: readonly number[]) => ViewMap) => Where | undefined
}

export type Where = Place | Composite

export interface Places {
  /** The place of a value as one. */
  readonly of: (v: number) => Place
  readonly composite: (v: number) => Composite | undefined
  readonly put: (v: number, where: Where) => void
}

/** Puts the results of an equation; false where its kernel is better called. */
export type Lowering = (b: Builder, places: Places, e: FlatEqn, avals: readonly Aval[]) => boolean

/** How a backend that moves elements itself orders equations, and lowers those that have no lowering of their own. */
export interface Mover {
  readonly ordered: (eqns: readonly FlatEqn[]) => readonly FlatEqn[]
  readonly lowering: Lowering
}

const isComposite = (w: Where): w is Composite => !('_tag' in w)

export function makePlaces(values: number): Places {
  const at = new Array<Where>(values)
  return {
    of: (v) => {
      const w = at[v]!
      return isComposite(w) ? w.whole : w
    },
    composite: (v) => {
      const w = at[v]!
      return isComposite(w) ? w : undefined
    },
    put: (v, where) => void (at[v] = where),
  }
}
