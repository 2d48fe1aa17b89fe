/**
 * Tables by variable: what a pass knows of each variable of one program.
 *
 * Law: a table is a map from variable ids. Decision: the ids of one program lie close together (they are counted up while
 * it is traced), so they are places of an array; ids outside, and programs whose ids are scattered, go through a Map.
 * Passes over 100,000 equations spend their time here: an array is five times as fast as a Map.
 */
import type { Atom, Jaxpr } from './types'

/** Arrays may be this much longer than what they hold. */
const slack = 4

interface Span {
  readonly first: number
  readonly count: number
}

const spans = new WeakMap<Jaxpr, Span>()

/** The least id that the equations bind, and how many there are from it to the greatest; 0 where these are scattered. */
export function spanOf(p: Jaxpr): Span {
  const known = spans.get(p)
  if (known) return known
  let low = Infinity
  let high = -Infinity
  let bound = 0
  for (const { outs } of p.eqns)
    for (let k = 0; k < outs.length; k++) {
      const { id } = outs[k]!
      if (id < low) low = id
      if (id > high) high = id
      bound++
    }
  const count = high - low + 1
  const span = bound > 0 && count <= slack * bound + 64 ? { first: low, count } : { first: 0, count: 0 }
  spans.set(p, span)
  return span
}

export class VarTable<V> {
  readonly #first: number
  readonly #values: (V | undefined)[]
  #others: Map<number, V> | undefined

  /** A table for the variables of a program; others may be put in as well. */
  constructor(program: Jaxpr) {
    const { first, count } = spanOf(program)
    this.#first = first
    this.#values = new Array<V | undefined>(count)
  }

  get(id: number): V | undefined {
    const at = id - this.#first
    return at >= 0 && at < this.#values.length ? this.#values[at] : this.#others?.get(id)
  }

  set(id: number, value: V): void {
    const at = id - this.#first
    if (at >= 0 && at < this.#values.length) this.#values[at] = value
    else (this.#others ??= new Map()).set(id, value)
  }

  delete(id: number): void {
    const at = id - this.#first
    if (at >= 0 && at < this.#values.length) this.#values[at] = undefined
    else this.#others?.delete(id)
  }
}

/** A set of the variables of a program; others may be put in as well. A byte for each: no garbage collector reads them. */
export class VarSet {
  readonly #first: number
  readonly #marks: Uint8Array
  #others: Set<number> | undefined

  constructor(program: Jaxpr) {
    const { first, count } = spanOf(program)
    this.#first = first
    this.#marks = new Uint8Array(count)
  }

  has(id: number): boolean {
    const at = id - this.#first
    return at >= 0 && at < this.#marks.length ? this.#marks[at] === 1 : (this.#others?.has(id) ?? false)
  }

  add(id: number): void {
    const at = id - this.#first
    if (at >= 0 && at < this.#marks.length) this.#marks[at] = 1
    else (this.#others ??= new Set()).add(id)
  }

  delete(id: number): void {
    const at = id - this.#first
    if (at >= 0 && at < this.#marks.length) this.#marks[at] = 0
    else this.#others?.delete(id)
  }

  /** Whether one of the atoms is a variable of the set. */
  meets(atoms: readonly Atom[]): boolean {
    for (let i = 0; i < atoms.length; i++) {
      const a = atoms[i]!
      if (a._tag === 'Var' && this.has(a.id)) return true
    }
    return false
  }

  addAll(atoms: readonly Atom[]): void {
    for (let i = 0; i < atoms.length; i++) {
      const a = atoms[i]!
      if (a._tag === 'Var') this.add(a.id)
    }
  }
}
